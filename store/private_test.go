package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/storetest"
)

// privateVar makes the test binary run a private server in the folder named, until it is killed.
const privateVar = "STORE_TEST_PRIVATE"

func runPrivateUntilKilled(dir string) error {
	p, err := store.NewPrivate(store.PrivateOptions{Dir: dir, NoSync: true}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- p.Run(context.Background()) }()
	if err := p.Ready(context.Background()); err != nil {
		return err
	}
	fmt.Println(p.DSN())
	return <-done
}

// serverFolder is a folder that another account may enter, as those of t.TempDir may not be.
func serverFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "roadline-test-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // others pass through it
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "pg")
}

// madeFolder is a serverFolder with data in it.
func madeFolder(t *testing.T) string {
	t.Helper()
	dir := serverFolder(t)
	if err := storetest.Prepare(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func startPrivate(t *testing.T, dir string) (p *store.Private, stop func() error) {
	t.Helper()
	p, err := store.NewPrivate(store.PrivateOptions{Dir: dir, NoSync: true}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	stopped := false
	stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		return <-done
	}
	t.Cleanup(func() { _ = stop() })
	if err := p.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	return p, stop
}

func query[T any](t *testing.T, dsn, sql string) T {
	t.Helper()
	v, err := tryQuery[T](t.Context(), dsn, sql)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func tryQuery[T any](ctx context.Context, dsn, sql string) (v T, err error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return v, err
	}
	defer func() { _ = conn.Close(ctx) }()
	err = conn.QueryRow(ctx, sql).Scan(&v)
	return v, err
}

func TestPrivateServerListensOnItsSocketOnlyAndKeepsItsData(t *testing.T) {
	dir := serverFolder(t)
	p, stop := startPrivate(t, dir)
	if got := query[string](t, p.DSN(), "show listen_addresses"); got != "" {
		t.Errorf("listens on %q", got)
	}
	if got := query[string](t, p.DSN(), "select lower('ИВАНОВ')"); got != "иванов" {
		t.Errorf("the locale knows no Cyrillic: %q", got)
	}
	info, err := os.Stat(filepath.Join(dir, "run"))
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("socket folder: %v, %v", info.Mode(), err)
	}
	if os.Geteuid() == 0 {
		pid := query[int](t, p.DSN(), "select pg_backend_pid()")
		var st syscall.Stat_t
		if err := syscall.Stat("/proc/"+strconv.Itoa(pid), &st); err == nil && st.Uid == 0 {
			t.Error("it runs as root")
		}
	}
	query[string](t, p.DSN(), "select 'x' from (select pg_notify('a', 'b')) q")
	mustExec(t, p.DSN(), "create table kept (n int); insert into kept values (42)")
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	p, stop = startPrivate(t, dir)
	if n := query[int](t, p.DSN(), "select n from kept"); n != 42 {
		t.Errorf("kept %d", n)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

func mustExec(t *testing.T, dsn, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

// TestPrivateServerDiesWithUs kills the process that started the server, which must go as well, and starts again on
// its data.
func TestPrivateServerDiesWithUs(t *testing.T) {
	dir := madeFolder(t)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), privateVar+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	dsn, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, dsn, "create table kept (n int); insert into kept values (42)")
	pid := postmaster(t, dir)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, out)
	_ = cmd.Wait()
	p, stop := startPrivate(t, dir)
	if n := query[int](t, p.DSN(), "select n from kept"); n != 42 {
		t.Errorf("kept %d", n)
	}
	if now := postmaster(t, dir); now == pid || living(pid) {
		t.Errorf("the old server, pid %d, lives on", pid)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

// living reports whether a process runs; one that only waits to be reaped does not.
func living(pid int) bool {
	_, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
	return err == nil
}

func postmaster(t *testing.T, dir string) int {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func TestATerminalsCtrlCIsNotThePrivateServers(t *testing.T) {
	dir := serverFolder(t)
	_, stop := startPrivate(t, dir)
	theirs, err := syscall.Getpgid(postmaster(t, dir))
	if err != nil || theirs == syscall.Getpgrp() {
		t.Errorf("the server is in our process group %d: %v", theirs, err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestPrivateServerThatDiesIsStartedAgain(t *testing.T) {
	dir := madeFolder(t)
	p, stop := startPrivate(t, dir)
	old := postmaster(t, dir)
	if err := syscall.Kill(old, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	await(t, "the server answers again", func() bool {
		_, err := tryQuery[int](t.Context(), p.DSN(), "select 1")
		return err == nil && postmaster(t, dir) != old
	})
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

// await asks until it is so: for what only another process can tell.
func await(t testing.TB, what string, is func() bool) {
	t.Helper()
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-deadline.C:
			t.Fatalf("not within 30 s: %s", what)
		case <-tick.C:
		}
	}
}

func TestAStalePidFileIsNoObstacle(t *testing.T) {
	dir := madeFolder(t)
	_, stop := startPrivate(t, dir)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	other := fmt.Sprintf("%d\n%s/data\n1\n5432\n\n\n  0 0\nready   \n", os.Getppid(), dir) // alive, and no PostgreSQL
	if err := os.WriteFile(filepath.Join(dir, "data", "postmaster.pid"), []byte(other), 0o600); err != nil {
		t.Fatal(err)
	}
	p, _ := startPrivate(t, dir)
	if n := query[int](t, p.DSN(), "select 1"); n != 1 {
		t.Fatal(n)
	}
}

func TestDataOfAnotherVersionIsExplained(t *testing.T) {
	dir := serverFolder(t)
	if err := os.MkdirAll(filepath.Join(dir, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "data", "PG_VERSION"), []byte("9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := store.NewPrivate(store.PrivateOptions{Dir: dir}, slog.New(slog.DiscardHandler))
	if !errors.Is(err, cause.Unavailable) || !strings.Contains(err.Error(), "PostgreSQL 9") || !strings.Contains(err.Error(), "apt-get install postgresql-9") {
		t.Fatal(err)
	}
}

func TestMissingBinariesAreExplained(t *testing.T) {
	_, err := store.NewPrivate(store.PrivateOptions{Dir: serverFolder(t), Bin: t.TempDir()}, slog.New(slog.DiscardHandler))
	if !errors.Is(err, cause.Unavailable) || !strings.Contains(err.Error(), "apt-get install postgresql") {
		t.Fatal(err)
	}
}

func TestALongFolderGetsAShortSocket(t *testing.T) {
	dir := filepath.Join(serverFolder(t), strings.Repeat("a-long-name/", 12))
	if err := storetest.Prepare(dir); err != nil {
		t.Fatal(err)
	}
	p, stop := startPrivate(t, dir)
	if n := query[int](t, p.DSN(), "select 1"); n != 1 {
		t.Fatal(n)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

func TestTwoServersDoNotShareAFolder(t *testing.T) {
	dir := madeFolder(t)
	startPrivate(t, dir)
	second, err := store.NewPrivate(store.PrivateOptions{Dir: dir, NoSync: true}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Run(t.Context()); !errors.Is(err, cause.Conflict) {
		t.Fatal(err)
	}
	if err := second.Ready(t.Context()); !errors.Is(err, cause.Conflict) && !errors.Is(err, cause.Unavailable) {
		t.Fatal(err)
	}
}

func TestAFolderThatTheServersAccountMayNotPassIsNamed(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root runs the server as another account")
	}
	closed := filepath.Join(serverFolder(t), "closed")
	if err := os.MkdirAll(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	p, err := store.NewPrivate(store.PrivateOptions{Dir: filepath.Join(closed, "pg"), NoSync: true}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(t.Context()); !errors.Is(err, cause.Denied) || !strings.Contains(err.Error(), closed) {
		t.Fatal(err)
	}
}
