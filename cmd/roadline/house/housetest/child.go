package housetest

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"roadline/cmd/roadline/bound"
	"roadline/cmd/roadline/house"
	"roadline/configs"
)

// childEnv names the machine file of a house that a test program runs instead of its tests.
const childEnv = "ROADLINE_TEST_HOUSE"

// Serve runs a house, where this process is one that StartChild made; false: it is not. TestMain asks first.
func Serve() bool {
	file := os.Getenv(childEnv)
	if file == "" {
		return false
	}
	if err := serve(file); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return true
}

func serve(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	m, err := configs.ReadMachine(file, text)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelInfo}))
	h, err := house.New(m, house.Options{Log: log, Ready: func() { fmt.Println("ready") }, Prompts: promptFolder(), Grace: time.Second})
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	return h.Run(ctx, nil)
}

// Child is a house in a process of its own, to be killed.
type Child struct {
	t    testing.TB
	data string
	cmd  *exec.Cmd
	log  *Log
}

// StartChild starts a house on the folder of a town that is closed, and waits until it takes calls.
func StartChild(t testing.TB, data string) *Child {
	t.Helper()
	c := &Child{t: t, data: data, cmd: exec.Command(os.Args[0]), log: &Log{}} //nolint:gosec // this very program
	c.cmd.Env = append(os.Environ(), childEnv+"="+filepath.Join(data, "roadline.yaml"))
	c.cmd.Stderr = c.log
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := bound.Begin(c.cmd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Stop)
	ready := make(chan error, 1)
	go func() {
		_, err := bufio.NewReader(out).ReadString('\n')
		ready <- err
	}()
	select {
	case err = <-ready:
	case <-time.After(Within):
		err = context.DeadlineExceeded
	}
	if err != nil {
		t.Fatalf("the house did not start: %v\n%s", err, c.log)
	}
	return c
}

// Kill ends it as a power cut of the process: SIGKILL. It returns when that was, not before and not after.
func (c *Child) Kill() (before, after time.Time) {
	before = time.Now()
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
	c.cmd = nil
	return before, time.Now()
}

// Stop ends it in order.
func (c *Child) Stop() {
	if c.cmd == nil {
		return
	}
	_ = c.cmd.Process.Signal(syscall.SIGTERM)
	if err := c.cmd.Wait(); err != nil {
		c.t.Errorf("the house ended with %v\n%s", err, c.log)
	}
	c.cmd = nil
}

// Said is what it has logged.
func (c *Child) Said() string { return c.log.String() }
