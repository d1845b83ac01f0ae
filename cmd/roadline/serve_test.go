package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

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
			done <- run(context.Background(), m, logger(configs.Log{Level: "info", Format: "json"}, n.log), told)
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
