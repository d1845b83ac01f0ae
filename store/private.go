package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sys/unix"

	"roadline/fmc/cause"
)

// PrivateOptions say where and how the private PostgreSQL server runs. Zero values are the product's.
type PrivateOptions struct {
	Dir         string // its folder: the data, the socket, the access file
	Bin         string // folder of initdb and postgres; empty: where Debian puts them, then PATH
	User        string // the account it runs as when we are root; empty: the data's owner, else postgres, else nobody
	Connections int    // at most; 0: 40
	NoSync      bool   // for tests: quick, and a power cut may ruin the data
}

const (
	privateRole     = "roadline"
	privateDatabase = "roadline"
	privatePort     = "5432" // names the socket file; nothing listens on TCP
)

// Private is the PostgreSQL server that roadline starts itself on one machine: reached by a socket in a folder that
// only its own account and root may enter, stopped with us however we end, started again when it dies.
type Private struct {
	opt     PrivateOptions
	log     *slog.Logger
	account account
	release release // of the binaries
	socket  string  // folder

	ready  chan struct{} // closed when it first took a connection
	once   sync.Once     // closes ready
	ended  chan struct{} // closed when Run returned
	result error         // of Run; read after ended
}

// NewPrivate finds the binaries and the account. Errors say what to install or where to put the folder.
func NewPrivate(opt PrivateOptions, log *slog.Logger) (*Private, error) {
	dir, err := filepath.Abs(opt.Dir)
	if err != nil || opt.Dir == "" {
		return nil, cause.Errorf(cause.Invalid, "private PostgreSQL: folder %q: %w", opt.Dir, errors.Join(err))
	}
	opt.Dir = dir
	if opt.Connections <= 0 {
		opt.Connections = 40
	}
	p := &Private{opt: opt, log: log, ready: make(chan struct{}), ended: make(chan struct{})}
	if p.account, err = chooseAccount(opt.User, p.data()); err != nil {
		return nil, err
	}
	if p.release, err = chooseRelease(opt.Bin, p.data()); err != nil {
		return nil, err
	}
	if p.socket, err = socketFolder(dir, p.account); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Private) data() string { return filepath.Join(p.opt.Dir, "data") }

// DSN is how the server is reached. It is valid before the server runs.
func (p *Private) DSN() string { return p.dsn(privateDatabase) }

func (p *Private) dsn(database string) string {
	quote := func(s string) string {
		return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
	}
	return fmt.Sprintf("host=%s port=%s user=%s dbname=%s sslmode=disable", quote(p.socket), privatePort, privateRole, quote(database))
}

// Version is that of the PostgreSQL it runs: "15.8".
func (p *Private) Version() string { return p.release.version }

// Ready waits until the server takes connections for the first time; it returns Run's error where that ended first.
func (p *Private) Ready(ctx context.Context) error {
	select {
	case <-p.ready:
		return nil
	case <-p.ended:
		return cause.Errorf(cause.Unavailable, "private PostgreSQL has ended: %w", errors.Join(p.result))
	case <-ctx.Done():
		return cause.Errorf(cause.Unavailable, "private PostgreSQL is not ready: %w", ctx.Err())
	}
}

// How long a server that dies stays down: the first time, and at most.
const (
	restartFirst = 100 * time.Millisecond
	restartMost  = 5 * time.Second
)

// Run makes the data where there is none, runs the server, starts it again when it dies, and stops it when ctx is
// done. It returns early only for what waiting does not mend: a folder that is in use or that may not be entered.
func (p *Private) Run(ctx context.Context) (err error) {
	defer func() {
		p.result = err
		close(p.ended)
	}()
	lock, err := p.occupy()
	if err != nil {
		return fmt.Errorf("private PostgreSQL in %s: %w", p.opt.Dir, err)
	}
	defer func() { _ = lock.Close() }()
	for wait := restartFirst; ; wait = min(2*wait, restartMost) {
		if err = p.prepare(ctx); err == nil {
			err = p.serve(ctx)
		}
		switch kind := cause.KindOf(err); {
		case ctx.Err() != nil:
			return p.stopped(err)
		case kind == cause.Conflict || kind == cause.Denied:
			return fmt.Errorf("private PostgreSQL in %s: %w", p.opt.Dir, err)
		}
		p.log.Error("private PostgreSQL is down and is started again", "err", err, "dur", wait)
		if !pause(ctx, wait) {
			return nil
		}
	}
}

// stopped is what Run returns when it was told to stop: that it was is no error.
func (p *Private) stopped(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// occupy makes the folder and takes it for the life of the process.
func (p *Private) occupy() (*os.File, error) {
	if err := os.MkdirAll(p.opt.Dir, 0o711); err != nil {
		return nil, err
	}
	lock, err := os.Open(p.opt.Dir)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = lock.Close()
		return nil, cause.Errorf(cause.Conflict, "another roadline runs on this folder: stop it or choose another data folder: %w", err)
	}
	return lock, nil
}

// prepare makes what the server needs: a folder for its socket, data where there are none yet, its access file.
func (p *Private) prepare(ctx context.Context) error {
	if err := p.account.mayEnter(p.opt.Dir); err != nil {
		return err
	}
	if err := p.account.makeFolder(p.socket); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(p.data(), "PG_VERSION")); errors.Is(err, os.ErrNotExist) {
		if err := p.initialise(ctx); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(p.opt.Dir, "pg_hba.conf"), []byte(access), 0o644) //nolint:gosec // no secret in it
}

// Whoever may enter the socket's folder could as well read the data's files: there is nothing to ask them for.
const access = "# Written by roadline at every start. There is no line for TCP.\nlocal all all trust\n"

// initialise makes the data beside its place and moves it there whole, so that a kill leaves no half of it.
func (p *Private) initialise(ctx context.Context) error {
	fresh := p.data() + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	if err := p.account.makeFolder(fresh); err != nil {
		return err
	}
	args := []string{
		"-D", fresh, "-U", privateRole, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", "--no-instructions",
	}
	if p.opt.NoSync {
		args = append(args, "--no-sync")
	}
	cmd := p.command("initdb", args...)
	cmd.SysProcAttr.Pdeathsig = unix.SIGKILL
	out, err := runLocked(ctx, cmd)
	if err != nil {
		return fmt.Errorf("initdb: %w: %s", err, lastLines(out, 5))
	}
	return os.Rename(fresh, p.data())
}

// bootstrap makes the database where it is missing.
func (p *Private) bootstrap(ctx context.Context, conn *pgx.Conn) error {
	var there bool
	err := conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", privateDatabase).Scan(&there)
	if err != nil || there {
		return err
	}
	_, err = conn.Exec(ctx, "create database "+pgx.Identifier{privateDatabase}.Sanitize())
	return err
}
