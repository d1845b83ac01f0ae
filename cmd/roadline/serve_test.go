package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"roadline/cmd/roadline/house"
	"roadline/configs"
	"roadline/store/storetest"
)

func TestASignalStopsAServerAndASecondHurriesIt(t *testing.T) {
	prompts, err := spoken()
	if err != nil {
		t.Fatal(err)
	}
	for signals := range 2 {
		dir, err := os.MkdirTemp("", "roadline-node-")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		m, err := configs.ReadMachine(filepath.Join(dir, "roadline.yaml"), fmt.Appendf(nil, machineText, storetest.DSN(t)))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(m.Data, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(prompts, filepath.Join(m.Data, "prompts")); err != nil {
			t.Fatal(err)
		}
		n := &node{t: t, dir: dir, log: &logged{}}
		told := make(chan os.Signal, 2)
		done := make(chan error, 1)
		go func() {
			done <- run(context.Background(), m, house.Options{Log: logger(configs.Log{Level: "info", Format: "json"}, n.log)}, told)
		}()
		n.until("calls are taken", func() bool { return strings.Contains(n.log.String(), "taking calls") })
		for range signals + 1 {
			told <- syscall.SIGTERM
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(n.log.String()) {
			if !json.Valid([]byte(line)) {
				t.Errorf("%q is no JSON", line)
			}
		}
		if !strings.Contains(n.log.String(), `"msg":"told to stop","signal":"terminated"`) {
			t.Error(n.log)
		}
		if s := runWith(t, "", "version", "--socket", m.Socket); !strings.Contains(s.out, "none answers") {
			t.Error(s)
		}
	}
}

func TestASecondServerOnTheSameSocketIsRefused(t *testing.T) {
	n := newNode(t)
	s := runWith(t, "", "serve", "--config", n.write("second.yaml", "data: other\nsocket: data/roadline.sock\nsip: {udp: [\"127.0.0.1:0\"]}\ndatabase: host=/nowhere\n"))
	if s.code != exitFailed || !strings.Contains(s.err, "another roadline serves there: stop it first") {
		t.Error(s)
	}
	if s := n.run("version"); !strings.Contains(s.out, "node test at") {
		t.Error(s)
	}
}

func TestWhatStopsAStartSaysWhatToWrite(t *testing.T) {
	taken, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	prompts, err := spoken()
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"socket: kept\n":            "what stands there is no socket, and is left alone: write another \"socket\" in roadline.yaml",
		"socket: nowhere/x.sock\n":  "write a \"socket\" in roadline.yaml whose folder is there",
		"data: kept\n":              "as \"data\" in roadline.yaml",
		"database: host=x port=y\n": "write \"database\" in roadline.yaml as libpq reads it",
		"web: {listen: \"127.0.0.1:0\", tls: {cert: kept, key: kept}}\n":              "name two PEM files that belong together in \"web: {tls:",
		fmt.Sprintf("sip: {udp: [%q]}\ndatabase: host=/nowhere\n", taken.LocalAddr()): "that nothing else listens at under \"sip\" in roadline.yaml",
	} {
		dir := t.TempDir()
		if err := errors.Join(os.Mkdir(filepath.Join(dir, "data"), 0o700), os.Symlink(prompts, filepath.Join(dir, "data", "prompts"))); err != nil {
			t.Fatal(err)
		}
		kept := filepath.Join(dir, "kept")
		if err := os.WriteFile(kept, []byte("keep me"), 0o600); err != nil {
			t.Fatal(err)
		}
		config := filepath.Join(dir, "roadline.yaml")
		if err := os.WriteFile(config, []byte(text+"modems: []\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if s := runWith(t, "", "serve", "--config", config); s.code == exitOK || !strings.Contains(s.err, want) {
			t.Errorf("%s%s", text, s)
		}
		if is, err := os.ReadFile(kept); string(is) != "keep me" {
			t.Errorf("%sa file became %q, %v", text, is, err)
		}
	}
}

func TestAServerThatIsToldToStopWhileItStartsStops(t *testing.T) {
	dir := t.TempDir()
	m, err := configs.ReadMachine(filepath.Join(dir, "roadline.yaml"), []byte("database: host=/nowhere\nsip: {udp: [\"127.0.0.1:0\"]}\nmodems: []\n"))
	if err != nil {
		t.Fatal(err)
	}
	h, err := house.New(m, house.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := h.Run(ctx, nil); err != nil {
		t.Error(err)
	}
}
