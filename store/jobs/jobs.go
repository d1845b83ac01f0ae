// Package jobs does what follows from what was kept, outside the database: letters and texts. It is River on the node's
// own PostgreSQL: a job is inserted in the transaction that makes it necessary, is done at least once by whoever serves
// its kind, is tried again while that fails, and survives a kill. It knows no letter and no person, and nothing that a
// call needs goes through it. Start at New; Queue.Insert is what a store.Drain asks for.
package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// Task is a job on its way. What it is about is named, not held: it is looked up when the task is done.
type Task struct {
	store.Job
	To   string // whom a letter or a text is for; empty: whoever does the task finds that out
	Key  string // of a gathered kind: which are done together
	Also []Object
	More int // how many it is about besides Also

	// What follows is the queue's.
	ID       int64
	Accepted time.Time
	Tries    int // before this one
}

// Object is something else that a task is about, as store.Job names it.
type Object struct {
	Call fmc.CallID `json:"call"`
	N    int        `json:"n"`
}

// Work is how tasks of one kind are done.
type Work struct {
	// Do does a task. What it returns is inserted in the transaction that ends the task: both happen, or neither.
	// After Later the task comes again; after an error of kind cause.Invalid or cause.NotFound it never does; after any
	// other it is tried again, each time later. A task may come again although Do went through, where the server was
	// killed meanwhile.
	Do func(context.Context, Task) ([]Task, error)
	// Once gives a task up whose Do was cut off by a kill: nobody knows how far it came. The stop does not cut Do off, so
	// it must be short.
	Once bool
	// Every makes the kind a gathered one: tasks of one key are done together, as one whose Also and More name the
	// others, and at most once in so long. Do must then do nothing but say what follows. 0: each for itself, at once.
	Every time.Duration
}

// Options of a Queue. Zero values are the product's, but for Node and Clock.
type Options struct {
	Node    fmc.NodeID // whose tasks these are while they are done; one process at a time has that name
	Clock   func() time.Time
	Log     *slog.Logger  // nil: nothing is told
	Poll    time.Duration // how often it looks for tasks that nobody told it of: those to be tried again; 0: 5 s
	Retry   time.Duration // until the second try, three times as long each time; 0: 5 s
	Longest time.Duration // and at most; 0: 1 h
	Most    int           // tries; 0: 60, some two and a half days
	Grace   time.Duration // how long a task may go on at the stop; 0: 5 s
}

func (o Options) withDefaults() Options {
	for value, normal := range map[*time.Duration]time.Duration{
		&o.Poll: 5 * time.Second, &o.Retry: 5 * time.Second, &o.Longest: time.Hour, &o.Grace: 5 * time.Second,
	} {
		if *value == 0 {
			*value = normal
		}
	}
	if o.Most == 0 {
		o.Most = 60
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

const (
	atOnce  = 4                   // tasks that are done at the same time
	longest = 2 * time.Minute     // one try
	kept    = 7 * 24 * time.Hour  // a task that is over: until then the same one is not taken again
	buried  = 30 * 24 * time.Hour // one that was given up, for whoever wants to know why
)

// Queue is the tasks of the node.
type Queue struct {
	opt    Options
	store  *store.Store
	works  map[store.JobKind]Work
	client *river.Client[pgx.Tx]
}

var _ store.Jobs = (*Queue)(nil)

// New returns the queue of a store. It does nothing before Run, but tasks may be inserted.
func New(s *store.Store, works map[store.JobKind]Work, opt Options) (*Queue, error) {
	q := &Queue{opt: opt.withDefaults(), store: s, works: works}
	if q.opt.Node == "" || q.opt.Clock == nil {
		return nil, cause.Errorf(cause.Invalid, "queue of jobs: no node or no clock")
	}
	workers := river.NewWorkers()
	river.AddWorker(workers, &worker{queue: q})
	client, err := river.NewClient(riverpgxv5.New(s.NodeConns()), &river.Config{
		ID:                          string(q.opt.Node),
		Schema:                      store.JobSchema,
		Queues:                      map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: atOnce}},
		Workers:                     workers,
		Logger:                      slog.New(newRarely(q.opt.Log.Handler())),
		FetchPollInterval:           q.opt.Poll,
		FetchCooldown:               min(q.opt.Poll, 100*time.Millisecond),
		JobTimeout:                  longest,
		RescueStuckJobsAfter:        5 * longest,
		SoftStopTimeout:             q.opt.Grace,
		MaxAttempts:                 q.opt.Most,
		RetryPolicy:                 patience{q.opt},
		CompletedJobRetentionPeriod: kept,
		CancelledJobRetentionPeriod: buried,
		DiscardedJobRetentionPeriod: buried,
	})
	if err != nil {
		return nil, cause.Errorf(cause.Invalid, "queue of jobs: %w", err)
	}
	q.client = client
	return q, nil
}

// Insert inserts jobs in a transaction. One that is there already, waiting or done, is not inserted again.
func (q *Queue) Insert(ctx context.Context, tx pgx.Tx, all []store.Job) error {
	tasks := make([]Task, len(all))
	for i, j := range all {
		tasks[i].Job = j
	}
	return q.insert(ctx, tx, tasks)
}

// insert inserts tasks. River v0.51.1 lets PostgreSQL refuse the whole of what holds one task twice.
func (q *Queue) insert(ctx context.Context, tx pgx.Tx, all []Task) error {
	seen := map[string]bool{}
	var many []river.InsertManyParams
	for _, t := range all {
		b := bodyOf(t)
		id := fmt.Sprint(b)
		if seen[id] {
			continue
		}
		seen[id] = true
		opt := &river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true}}
		if t.At.After(q.opt.Clock()) { // with any time, even one that is over, River would look at it seconds later
			opt.ScheduledAt = t.At
		}
		many = append(many, river.InsertManyParams{Args: b, InsertOpts: opt})
	}
	if len(many) == 0 {
		return nil
	}
	_, err := q.client.InsertManyTx(ctx, tx, many)
	return err
}

// Run does tasks until ctx is done and returns when none is being done any more.
func (q *Queue) Run(ctx context.Context) error {
	if q.store.Ready(ctx) != nil {
		return nil
	}
	for {
		err := q.start(ctx)
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return nil
		}
		q.opt.Log.Warn("jobs wait for PostgreSQL", "err", err, "dur", q.opt.Poll)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(q.opt.Poll):
		}
	}
	<-ctx.Done()
	<-q.client.Stopped()
	return nil
}

// start takes up what an earlier process of this node had in hand when it was killed, and begins.
func (q *Queue) start(ctx context.Context) error {
	done, err := q.store.NodeConns().Exec(ctx, `update `+store.JobSchema+`.river_job set state = 'available', scheduled_at = $2
		where state = 'running' and attempted_by[array_upper(attempted_by, 1)] = $1`, string(q.opt.Node), q.opt.Clock().UTC())
	if err != nil {
		return err
	}
	if n := done.RowsAffected(); n > 0 {
		q.opt.Log.Warn("jobs that were being done when the server was killed are done again", "count", n)
	}
	return q.client.Start(ctx)
}
