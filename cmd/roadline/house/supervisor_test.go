package house

import (
	"net"
	"path/filepath"
	"testing"
	"time"
)

func TestASupervisorIsToldBySocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	for socket, name := range map[string]string{path: path, "@roadline-test-" + filepath.Base(t.TempDir()): ""} {
		if name == "" {
			name = "\x00" + socket[1:]
		}
		l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
		if err != nil {
			t.Fatal(err)
		}
		env := map[string]string{"NOTIFY_SOCKET": socket, "WATCHDOG_USEC": "30000000"}
		s := SupervisorOf(func(key string) string { return env[key] })
		if s.Watchdog != 30*time.Second {
			t.Errorf("watchdog %v", s.Watchdog)
		}
		if err := s.Tell("READY=1"); err != nil {
			t.Error(err)
		}
		heard := make([]byte, 100)
		if n, err := l.Read(heard); err != nil || string(heard[:n]) != "READY=1" {
			t.Errorf("%q %v", heard[:n], err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := (Supervisor{}).Tell("READY=1"); err != nil {
		t.Errorf("nobody started us: %v", err)
	}
	if err := (Supervisor{Socket: filepath.Join(t.TempDir(), "gone")}).Tell("READY=1"); err == nil {
		t.Error("a supervisor that is gone was told")
	}
	if s := SupervisorOf(func(string) string { return "x" }); s.Watchdog != 0 {
		t.Errorf("%+v", s)
	}
}
