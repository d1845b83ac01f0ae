package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
	"roadline/store"
	"roadline/store/jobs"
	"roadline/store/storetest"
)

// doomedVar is set in a process that does jobs until it is killed: the address of its database.
const doomedVar = "ROADLINE_TEST_JOBS"

func TestMain(m *testing.M) {
	if dsn := os.Getenv(doomedVar); dsn != "" {
		fmt.Fprintln(os.Stderr, doUntilKilled(dsn))
		os.Exit(1)
	}
	storetest.Main(m)
}

const letter, text, gathered store.JobKind = "letter", "text", "gathered"

// bench is a queue that runs on a database of its own.
type bench struct {
	t     *testing.T
	store *store.Store
	queue *jobs.Queue
	dsn   string
}

// quick are options with which a test need not wait long.
func quick() jobs.Options {
	return jobs.Options{Node: "n1", Clock: time.Now, Poll: 50 * time.Millisecond, Retry: 20 * time.Millisecond, Longest: 100 * time.Millisecond}
}

// newBench returns a queue with these works; it is not run.
func newBench(t *testing.T, works map[store.JobKind]jobs.Work, opt jobs.Options) *bench {
	t.Helper()
	dsn := storetest.DSN(t)
	b := &bench{t: t, store: storetest.OpenAt(t, dsn), dsn: dsn}
	opt.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	var err error
	if b.queue, err = jobs.New(b.store, works, opt); err != nil {
		t.Fatal(err)
	}
	return b
}

// run runs the queue until the returned function, or the end of the test, stops it.
func (b *bench) run() (stop func()) {
	b.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.queue.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			b.t.Error(err)
		}
	}
	b.t.Cleanup(stop)
	return stop
}

// insert inserts jobs in a transaction that ends as undo says.
func (b *bench) insert(undo error, all ...store.Job) {
	b.t.Helper()
	err := pgx.BeginFunc(b.t.Context(), b.store.NodeConns(), func(tx pgx.Tx) error {
		if err := b.queue.Insert(b.t.Context(), tx, all); err != nil {
			return err
		}
		return undo
	})
	if !errors.Is(err, undo) {
		b.t.Fatal(err)
	}
}

// left are the states of the jobs that are there.
func (b *bench) left() map[string]int {
	b.t.Helper()
	rows, err := b.store.NodeConns().Query(b.t.Context(), "select state::text, count(*) from "+store.JobSchema+".river_job group by 1")
	if err != nil {
		b.t.Fatal(err)
	}
	all := map[string]int{}
	var state string
	var n int
	if _, err := pgx.ForEachRow(rows, []any{&state, &n}, func() error { all[state] = n; return nil }); err != nil {
		b.t.Fatal(err)
	}
	return all
}

// until waits until so many jobs are in a state.
func (b *bench) until(state string, n int) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 30*time.Second)
	defer cancel()
	for left := b.left(); left[state] != n; left = b.left() {
		if ctx.Err() != nil {
			b.t.Fatalf("%d %s, not %d", left[state], state, n)
		}
	}
}

// lines are what was logged.
type lines struct {
	mu   sync.Mutex // guards:
	text strings.Builder
	grew chan struct{}
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.grew != nil {
		close(l.grew)
		l.grew = nil
	}
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// until waits until something is logged.
func (l *lines) until(t *testing.T, what string) {
	t.Helper()
	for {
		l.mu.Lock()
		if strings.Contains(l.text.String(), what) {
			l.mu.Unlock()
			return
		}
		grew := make(chan struct{})
		l.grew = grew
		l.mu.Unlock()
		select {
		case <-grew:
		case <-time.After(30 * time.Second):
			t.Fatalf("nobody says %q", what)
		}
	}
}

func job(kind store.JobKind, call fmc.CallID) store.Job {
	return store.Job{Kind: kind, Company: "acme", Call: call}
}

// told sends every task on and returns what the function says.
func told(to chan<- jobs.Task, then func(jobs.Task) ([]jobs.Task, error)) jobs.Work {
	return jobs.Work{Do: func(_ context.Context, t jobs.Task) ([]jobs.Task, error) {
		to <- t
		if then == nil {
			return nil, nil
		}
		return then(t)
	}}
}

// next is the next value, which must come soon.
func next[T any](t *testing.T, from <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(30 * time.Second):
		t.Fatal("nothing comes")
	}
	return v
}
