package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sys/unix"
)

// settings are given on the command line, so that what runs is what this program says. Sized for one machine that
// also carries the calls.
func (p *Private) settings() map[string]string {
	s := map[string]string{
		"listen_addresses":                "",
		"port":                            privatePort,
		"unix_socket_directories":         `"` + strings.ReplaceAll(p.socket, `"`, `""`) + `"`,
		"unix_socket_permissions":         "0700",
		"hba_file":                        filepath.Join(p.opt.Dir, "pg_hba.conf"),
		"max_connections":                 strconv.Itoa(p.opt.Connections),
		"shared_buffers":                  "64MB",
		"max_wal_size":                    "512MB",
		"min_wal_size":                    "64MB",
		"jit":                             "off",
		"timezone":                        "UTC",
		"log_timezone":                    "UTC",
		"logging_collector":               "off",
		"log_destination":                 "stderr",
		"log_line_prefix":                 "",
		"log_checkpoints":                 "off",
		"log_autovacuum_min_duration":     "-1",
		"log_min_error_statement":         "panic", // statements hold numbers of persons
		"lc_messages":                     "C",
		"max_worker_processes":            "4",
		"max_parallel_workers_per_gather": "0",
	}
	if p.opt.NoSync {
		s["fsync"], s["synchronous_commit"], s["full_page_writes"] = "off", "off", "off"
	}
	return s
}

// stopSteps are what a server that does not stop hears, and how long it is given: fast shutdown, immediate shutdown.
var stopSteps = []struct {
	signal syscall.Signal
	wait   time.Duration
}{{unix.SIGINT, 10 * time.Second}, {unix.SIGQUIT, 5 * time.Second}, {unix.SIGKILL, 5 * time.Second}}

// serve runs the server once: until it dies, or until ctx is done and it has stopped.
func (p *Private) serve(ctx context.Context) error {
	if err := p.clearOrphans(ctx); err != nil || ctx.Err() != nil {
		return err
	}
	args := []string{"-D", p.data()}
	for name, value := range p.settings() {
		args = append(args, "-c", name+"="+value)
	}
	cmd := p.command("postgres", args...)
	cmd.SysProcAttr.Pdeathsig = unix.SIGINT // also when we are killed; the next start recovers
	out := &serverLog{log: p.log}
	cmd.Stderr, cmd.Stdout = out, out
	exited := make(chan error, 1)
	started := make(chan error, 1)
	go startLocked(cmd, started, exited)
	if err := <-started; err != nil {
		return err
	}
	up, stopWaiting := context.WithCancel(ctx)
	answered := make(chan error, 1)
	go func() { answered <- p.awaitReady(up) }()
	var err error
	select {
	case err = <-exited:
		stopWaiting()
		<-answered
		return fmt.Errorf("postgres exited: %w: %s", errors.Join(err), out.tail())
	case err = <-answered:
		stopWaiting()
	}
	if ctx.Err() != nil {
		return stopServer(cmd, exited)
	}
	if err != nil {
		return errors.Join(err, stopServer(cmd, exited))
	}
	p.log.Info("private PostgreSQL ready", "dir", p.opt.Dir, "version", p.release.version, "pid", cmd.Process.Pid)
	p.once.Do(func() { close(p.ready) })
	select {
	case err = <-exited:
		return fmt.Errorf("postgres exited: %w: %s", errors.Join(err), out.tail())
	case <-ctx.Done():
		return stopServer(cmd, exited)
	}
}

// awaitReady connects until the server answers, and makes the database.
func (p *Private) awaitReady(ctx context.Context) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := pgx.Connect(ctx, p.dsn("postgres"))
		if err == nil {
			err = p.bootstrap(ctx, conn)
			return errors.Join(err, conn.Close(ctx))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func stopServer(cmd *exec.Cmd, exited <-chan error) error {
	for _, step := range stopSteps {
		_ = cmd.Process.Signal(step.signal)
		select {
		case <-exited:
			return nil
		case <-time.After(step.wait):
		}
	}
	return fmt.Errorf("postgres, pid %d, does not die", cmd.Process.Pid)
}

// clearOrphans waits for a server of an earlier start to be gone, since it may be stopping still, makes it go where it
// does not, and removes the pid file that it left: another process may have its number by now.
func (p *Private) clearOrphans(ctx context.Context) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for _, step := range stopSteps {
		for deadline := time.After(step.wait); ; {
			pids := processesIn(p.data())
			if len(pids) == 0 {
				err := os.Remove(filepath.Join(p.data(), "postmaster.pid"))
				if err != nil && !errors.Is(err, os.ErrNotExist) {
					return err
				}
				return nil
			}
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
				continue
			case <-deadline:
			}
			p.log.Warn("private PostgreSQL of an earlier start does not stop", "pid", pids, "signal", step.signal.String())
			for _, pid := range pids {
				_ = unix.Kill(pid, step.signal)
			}
			break
		}
	}
	return fmt.Errorf("processes %v still use %s", processesIn(p.data()), p.data())
}

// Processes returns the pids of the server and its children, for whoever watches them.
func (p *Private) Processes() []int { return processesIn(p.data()) }

// processesIn returns the processes whose working folder is dir: a PostgreSQL server and its children stay in their
// data.
func processesIn(dir string) []int {
	folders, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		return nil
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	var pids []int
	for _, link := range folders {
		if at, err := os.Readlink(link); err != nil || at != dir {
			continue
		}
		name, _ := os.ReadFile(filepath.Join(filepath.Dir(link), "comm"))
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(link)))
		if err == nil && strings.TrimSpace(string(name)) == "postgres" {
			pids = append(pids, pid)
		}
	}
	return pids
}

// yields is the niceness of PostgreSQL's processes: the records may wait, calls may not.
const yields = 5

// command prepares one of PostgreSQL's programs to run under the account, with nothing of our environment.
func (p *Private) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(p.release.bin, name), args...)
	cmd.Dir = p.opt.Dir
	cmd.Env = []string{"PATH=" + p.release.bin + ":/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"}
	// A group of its own: a terminal's Ctrl-C is for us, who stop the server when nothing needs it any more.
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: p.account.credential(), Setpgid: true}
	return cmd
}

// startLocked starts a command and waits for it on a thread of its own: the signal at our death is bound to the thread
// that forked, which must therefore live as long as the child. The child yields to calls where both want the processor;
// that, too, is bound to the thread, which ends here.
func startLocked(cmd *exec.Cmd, started, exited chan<- error) {
	runtime.LockOSThread()
	_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), yields) // a courtesy
	err := cmd.Start()
	started <- err
	if err == nil {
		exited <- cmd.Wait()
	}
}

// runLocked runs a command to its end, or kills it when ctx is done.
func runLocked(ctx context.Context, cmd *exec.Cmd) ([]byte, error) {
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	started, exited := make(chan error, 1), make(chan error, 1)
	go startLocked(cmd, started, exited)
	if err := <-started; err != nil {
		return nil, err
	}
	select {
	case err := <-exited:
		return out.Bytes(), err
	case <-ctx.Done():
		_ = cmd.Process.Kill()
		<-exited
		return nil, ctx.Err()
	}
}
