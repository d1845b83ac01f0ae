// Package storetest gives tests a real PostgreSQL: one private server for a test process, started when a test first
// asks, and a fresh database from a template for every test. It holds no fake. Start at Main and Open; Server is a
// server of one test's own, to be stopped and frozen.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"roadline/store"
)

// Main runs the tests of a package and exits: it stops the server that they started and looks for goroutines that they
// left. Call it in TestMain.
func Main(m *testing.M) {
	code := m.Run()
	if err := stopShared(); err != nil {
		fmt.Fprintln(os.Stderr, "storetest:", err)
		code = 1
	}
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, "storetest: goroutines left behind:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// server is a private PostgreSQL in a folder of its own.
type server struct {
	private *store.Private
	cancel  context.CancelFunc
	done    chan error
}

var (
	shared     *server
	sharedErr  error
	sharedOnce sync.Once
	numbers    atomic.Int64 // of databases and servers
)

const template = "roadline_template"

func startShared() {
	shared, sharedErr = start(parentFolder())
	if sharedErr == nil {
		sharedErr = makeTemplate(shared.private.DSN())
	}
}

func stopShared() (err error) {
	if shared != nil {
		err = shared.stop()
	}
	return errors.Join(err, os.RemoveAll(parentFolder()))
}

// baseFolder is where the test processes of one user keep their servers: in memory where there is room, for a fresh
// database is 600 files, and their making takes most of a test's time on a disk.
func baseFolder() string {
	const memory, room = "/dev/shm", 4 << 30
	root := os.TempDir()
	var fs unix.Statfs_t
	if err := unix.Statfs(memory, &fs); err == nil && fs.Bavail*uint64(fs.Bsize) >= room && unix.Access(memory, unix.W_OK) == nil { //nolint:gosec // no size is negative
		root = memory
	}
	return filepath.Join(root, "roadline-storetest-"+strconv.Itoa(os.Geteuid()))
}

// parentFolder is this process's. Those of dead processes are removed on the way.
func parentFolder() string {
	base := baseFolder()
	entries, _ := os.ReadDir(base)
	for _, e := range entries {
		pid, err := strconv.Atoi(strings.TrimPrefix(e.Name(), "making-"))
		if err == nil && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			_ = os.RemoveAll(filepath.Join(base, e.Name()))
		}
	}
	return filepath.Join(base, strconv.Itoa(os.Getpid()))
}

// pristine is the data of a server that was never used. The number goes up when store makes its data otherwise.
const pristine = "pristine-1"

// Prepare gives a private server's folder the data of a server that was never used, which takes a tenth of the time of
// making them. Data that are there stay. Test processes share what is copied.
func Prepare(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "data")); err == nil {
		return nil
	}
	made, err := pristineOnce()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // the server's own account passes through it
		return err
	}
	return copyFolder(made, filepath.Join(dir, "data"))
}

var pristineOnce = sync.OnceValues(makePristine)

// makePristine returns the folder of the data that are copied, made where there are none of this PostgreSQL.
func makePristine() (string, error) {
	making := filepath.Join(baseFolder(), "making-"+strconv.Itoa(os.Getpid()))
	if err := os.MkdirAll(making, 0o755); err != nil { //nolint:gosec // as above
		return "", err
	}
	defer func() { _ = os.RemoveAll(making) }()
	p, err := newPrivate(making)
	if err != nil {
		return "", err
	}
	made := filepath.Join(baseFolder(), pristine+"-"+p.Version())
	if _, err := os.Stat(made); err == nil {
		return made, nil
	}
	s, err := run(p)
	if err != nil {
		return "", err
	}
	if err := s.stop(); err != nil {
		return "", err
	}
	err = os.Rename(filepath.Join(making, "pg", "data"), made)
	if _, there := os.Stat(made); there == nil {
		err = nil // another process was quicker
	}
	return made, err
}

// copyFolder copies with owners and modes.
func copyFolder(from, to string) error {
	if out, err := exec.Command("cp", "-a", from, to).CombinedOutput(); err != nil {
		return fmt.Errorf("copy the data of PostgreSQL: %w: %s", err, out)
	}
	return nil
}

func start(dir string) (*server, error) {
	if err := Prepare(filepath.Join(dir, "pg")); err != nil {
		return nil, err
	}
	private, err := newPrivate(dir)
	if err != nil {
		return nil, err
	}
	return run(private)
}

func newPrivate(dir string) (*store.Private, error) {
	return store.NewPrivate(store.PrivateOptions{Dir: filepath.Join(dir, "pg"), NoSync: true, Connections: 100}, slog.New(slog.DiscardHandler))
}

func run(private *store.Private) (*server, error) {
	ctx, cancel := context.WithCancel(context.Background())
	s := &server{private: private, cancel: cancel, done: make(chan error, 1)}
	go func() { s.done <- private.Run(ctx) }()
	if err := private.Ready(ctx); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

func (s *server) stop() error {
	s.cancel()
	return <-s.done
}

func makeTemplate(dsn string) error {
	ctx := context.Background()
	if err := admin(ctx, dsn, "create database "+template); err != nil {
		return err
	}
	s, err := store.Open(ctx, store.Options{DSN: dsn + " dbname=" + template, Clock: time.Now})
	if err != nil {
		return err
	}
	defer s.Close()
	return s.Run(ctx)
}

// admin runs one statement on the server's own database.
func admin(ctx context.Context, dsn, sql string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, sql)
	return errors.Join(err, conn.Close(ctx))
}

// DSN returns the address of a fresh database with the schema, dropped when the test ends.
func DSN(t testing.TB) string {
	t.Helper()
	sharedOnce.Do(startShared)
	if sharedErr != nil {
		t.Fatalf("PostgreSQL for the tests (make setup installs it): %v", sharedErr)
	}
	name := "test_" + strconv.FormatInt(numbers.Add(1), 10)
	if err := admin(t.Context(), shared.private.DSN(), "create database "+name+" template "+template+" strategy file_copy"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := admin(context.Background(), shared.private.DSN(), "drop database "+name+" with (force)"); err != nil {
			t.Error(err)
		}
	})
	return shared.private.DSN() + " dbname=" + name
}

// Open returns a Store on a fresh database, ready, closed when the test ends.
func Open(t testing.TB) *store.Store {
	t.Helper()
	return OpenAt(t, DSN(t))
}

// OpenAt returns a Store on a database, ready, closed when the test ends.
func OpenAt(t testing.TB, dsn string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{DSN: dsn, Clock: time.Now, Retry: 10 * time.Millisecond, RetryMost: 100 * time.Millisecond, ConnectTimeout: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// Server is a PostgreSQL of one test's own.
type Server struct {
	t       testing.TB
	dir     string
	running *server
	stopped bool
	frozen  []int
}

// NewServer starts one; it is stopped and removed when the test ends.
func NewServer(t testing.TB) *Server {
	t.Helper()
	s := &Server{t: t, dir: filepath.Join(parentFolder(), "server-"+strconv.FormatInt(numbers.Add(1), 10)), stopped: true}
	t.Cleanup(func() {
		s.Thaw()
		s.Stop()
		if err := os.RemoveAll(s.dir); err != nil {
			t.Error(err)
		}
	})
	s.Start()
	return s
}

// DSN is the address of its database, also while it is stopped.
func (s *Server) DSN() string { return s.running.private.DSN() }

// Start starts it again after Stop.
func (s *Server) Start() {
	s.t.Helper()
	running, err := start(s.dir)
	if err != nil {
		s.t.Fatalf("PostgreSQL for the test (make setup installs it): %v", err)
	}
	s.running, s.stopped = running, false
}

// Stop stops it, where it runs.
func (s *Server) Stop() {
	s.t.Helper()
	if s.stopped {
		return
	}
	s.stopped = true
	if err := s.running.stop(); err != nil {
		s.t.Error(err)
	}
}

// Freeze stops every process of the server where it stands, as a hung disk or machine would.
func (s *Server) Freeze() {
	s.frozen = s.running.private.Processes()
	for _, pid := range s.frozen {
		_ = syscall.Kill(pid, syscall.SIGSTOP)
	}
}

// Thaw lets it go on.
func (s *Server) Thaw() {
	for _, pid := range s.frozen {
		_ = syscall.Kill(pid, syscall.SIGCONT)
	}
	s.frozen = nil
}

// Exec runs a statement as the server's owner.
func (s *Server) Exec(sql string) {
	s.t.Helper()
	if err := admin(context.WithoutCancel(s.t.Context()), s.DSN(), sql); err != nil {
		s.t.Fatal(err)
	}
}
