// Package pcsctest starts a pcscd of its own for a test, with two virtual readers (vsmartcard's vpcd) and the cards in them:
// the daemon that production has, on a socket and ports that nobody else uses. Start at Start.
package pcsctest

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"roadline/hardware/simcard/cardtest"
)

// driver is Debian's place of vpcd.
const driver = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"

// Start starts pcscd until the test ends and returns its socket. The cards sit in its readers, in this order. pcscd keeps
// its number under /run, which needs root.
func Start(t testing.TB, first, second *cardtest.Card) (socket string) {
	t.Helper()
	slots := ports(t)
	var wait sync.WaitGroup
	conns := make(chan net.Conn, 16)
	for i, card := range []*cardtest.Card{first, second} {
		wait.Go(func() {
			for {
				conn, err := slots[i].Accept()
				if err != nil {
					return
				}
				conns <- conn
				card.Serve(conn)
			}
		})
	}
	dir := t.TempDir()
	port := slots[0].Addr().(*net.TCPAddr).Port
	config := filepath.Join(dir, "reader.conf")
	text := fmt.Sprintf("FRIENDLYNAME \"Virtual PCD\"\nDEVICENAME 127.0.0.1:0x%X\nLIBPATH %s\nCHANNELID 0x%X\n", port, driver, port)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	socket = filepath.Join(dir, "pcscd.comm")
	stop := daemon(t, socket, config)
	t.Cleanup(func() {
		stop()
		for _, l := range slots {
			_ = l.Close()
		}
		for len(conns) > 0 {
			_ = (<-conns).Close()
		}
		wait.Wait()
	})
	return socket
}

// ports are two that follow each other: vpcd counts on from the one that it is given.
func ports(t testing.TB) [2]net.Listener {
	t.Helper()
	for range 100 {
		a, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		b, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", a.Addr().(*net.TCPAddr).Port+1))
		if err == nil {
			return [2]net.Listener{a, b}
		}
		_ = a.Close()
	}
	t.Fatal("no two ports in a row are free")
	return [2]net.Listener{}
}

// daemon starts pcscd as systemd does, with a socket that listens already, and returns what ends it.
func daemon(t testing.TB, socket, config string) (stop func()) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	f, err := l.File()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	c := exec.Command("/bin/sh", "-c", `LISTEN_FDS=1 LISTEN_PID=$$ exec /usr/sbin/pcscd --foreground --info --config "$0"`, config)
	c.ExtraFiles = []*os.File{f} // its descriptor 3
	c.Stdout, c.Stderr = &out, &out
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := c.Start(); err != nil {
		t.Fatalf("pcscd (make setup installs it): %v", err)
	}
	_, _ = f.Close(), l.Close()
	return func() {
		_ = c.Process.Signal(syscall.SIGTERM)
		late := time.AfterFunc(5*time.Second, func() { _ = c.Process.Kill() })
		_ = c.Wait()
		late.Stop()
		if t.Failed() {
			t.Logf("pcscd wrote:\n%s", &out)
		}
	}
}
