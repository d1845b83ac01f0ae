package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// body is a task as River keeps it. Two of the same content are the same task.
type body struct {
	What    store.JobKind `json:"what"`
	Company fmc.CompanyID `json:"company"`
	Call    fmc.CallID    `json:"call,omitempty"`
	N       int           `json:"n,omitempty"`
	To      string        `json:"to,omitempty"`
	Key     string        `json:"key,omitempty"`
	Also    []Object      `json:"also,omitempty"`
	More    int           `json:"more,omitempty"`
}

// Kind is River's: all tasks are of one, so that its one worker knows what to do with each.
func (body) Kind() string { return "roadline" }

func bodyOf(t Task) body {
	return body{What: t.Kind, Company: t.Company, Call: t.Call, N: t.N, To: t.To, Key: t.Key, Also: t.Also, More: t.More}
}

func taskOf(row *rivertype.JobRow, b body) Task {
	return Task{
		Job: store.Job{Kind: b.What, Company: b.Company, Call: b.Call, N: b.N, At: row.ScheduledAt},
		To:  b.To, Key: b.Key, Also: b.Also, More: b.More, ID: row.ID, Accepted: row.CreatedAt, Tries: len(row.Errors),
	}
}

// later is not yet.
type later struct {
	wait time.Duration
	why  string
}

func (l later) Error() string { return fmt.Sprintf("in %v: %s", l.wait, l.why) }

// Later is returned by Work.Do for a task whose time has not come; it is no failure.
func Later(wait time.Duration, why string) error { return later{wait, why} }

// worker does tasks for River.
type worker struct {
	river.WorkerDefaults[body]
	queue *Queue
}

// Work does one task.
func (w *worker) Work(ctx context.Context, job *river.Job[body]) error {
	q := w.queue
	t := taskOf(job.JobRow, job.Args)
	err := q.do(ctx, job, t)
	log := q.opt.Log.With("company", t.Company, "call", t.Call, "text", string(t.Kind))
	if l, is := errors.AsType[later](err); is {
		log.Debug("job waits", "err", l)
		return river.JobSnooze(l.wait)
	}
	switch {
	case err == nil:
	case errors.Is(err, cause.Invalid) || errors.Is(err, cause.NotFound):
		log.Error("job given up", "err", err)
		return river.JobCancel(err)
	case errors.Is(ctx.Err(), context.Canceled):
		log.Debug("job put off by the stop", "err", err)
		return river.JobSnooze(0)
	case job.Attempt >= job.MaxAttempts:
		log.Error("job given up after its last try", "count", job.Attempt, "err", err)
	default:
		log.Warn("job failed and is tried again", "count", job.Attempt, "dur", q.opt.pause(len(job.Errors)), "err", err)
	}
	return err
}

// do does a task and ends it.
func (q *Queue) do(ctx context.Context, job *river.Job[body], t Task) error {
	work, known := q.works[t.Kind]
	if !known {
		return cause.Errorf(cause.Unsupported, "nobody here does jobs of kind %q", t.Kind)
	}
	if work.Every > 0 {
		return q.gather(ctx, job, t, work)
	}
	if work.Once {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), longest)
		defer cancel()
		if err := q.begin(ctx, t.ID); err != nil {
			return err
		}
	}
	then, err := work.Do(ctx, t)
	if err != nil && work.Once {
		err = q.mayBegin(ctx, t.ID, err)
	}
	if err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, q.store.NodeConns(), func(tx pgx.Tx) error { return q.end(ctx, tx, job, then) })
}

// begin marks a task that is done once, before it is; one that is marked is given up.
func (q *Queue) begin(ctx context.Context, id int64) error {
	done, err := q.store.NodeConns().Exec(ctx, "update "+store.JobSchema+`.river_job set metadata = metadata || '{"begun": true}' where id = $1 and not metadata ? 'begun'`, id)
	if err != nil {
		return fmt.Errorf("mark a job that is done once: %w", err)
	}
	if done.RowsAffected() == 0 {
		return cause.Errorf(cause.Invalid, "the server was killed in the middle of it: it may have been done, and is not done again")
	}
	return nil
}

// mayBegin takes the mark off a task that was certainly not done, for why. Where that fails it stays.
func (q *Queue) mayBegin(ctx context.Context, id int64, why error) error {
	_, err := q.store.NodeConns().Exec(ctx, "update "+store.JobSchema+`.river_job set metadata = metadata - 'begun' where id = $1`, id)
	return errors.Join(why, err)
}

// end ends a task, and begins what follows.
func (q *Queue) end(ctx context.Context, tx pgx.Tx, job *river.Job[body], then []Task) error {
	if err := q.insert(ctx, tx, then); err != nil {
		return fmt.Errorf("insert what follows a job: %w", err)
	}
	if _, err := river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx, job); err != nil {
		return fmt.Errorf("end a job: %w", err)
	}
	return nil
}

const (
	// Only one of a key is gathered at a time.
	lockKey = "select pg_advisory_xact_lock(hashtextextended($1, 0))"
	// When the latest of the key was done.
	lastOfKey = "select max(finalized_at) from " + store.JobSchema + ".river_job where state = 'completed' and args @> $1"
	// The others that wait. What another process holds in this moment is left to the next time.
	takeOthers = `with taken as (select id from ` + store.JobSchema + `.river_job
			where state in ('available', 'scheduled', 'retryable') and args @> $1 and id <> $2 for update skip locked),
		done as (update ` + store.JobSchema + `.river_job j set state = 'completed', finalized_at = $3 from taken where j.id = taken.id
			returning j.id, j.args)
		select args from done order by id`
)

// mostAlso is how many others a gathered task names one by one.
const mostAlso = 20

// gather does a task and the others of its key as one, if the time has come.
func (q *Queue) gather(ctx context.Context, job *river.Job[body], t Task, work Work) error {
	of, err := json.Marshal(body{What: t.Kind, Company: t.Company, Key: t.Key})
	if err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, q.store.NodeConns(), func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, lockKey, string(of)); err != nil {
			return err
		}
		var last *time.Time
		if err := tx.QueryRow(ctx, lastOfKey, of).Scan(&last); err != nil {
			return err
		}
		now := q.opt.Clock()
		if last != nil && now.Sub(*last) < work.Every {
			return Later(work.Every-now.Sub(*last), "others of its kind were done just now")
		}
		if err := q.take(ctx, tx, of, &t, now); err != nil {
			return err
		}
		then, err := work.Do(ctx, t)
		if err != nil {
			return err
		}
		return q.end(ctx, tx, job, then)
	})
}

// take ends the others of a task's key, in their order, and has the task name them.
func (q *Queue) take(ctx context.Context, tx pgx.Tx, of []byte, t *Task, now time.Time) error {
	rows, err := tx.Query(ctx, takeOthers, of, t.ID, now.UTC())
	if err != nil {
		return err
	}
	others, err := pgx.CollectRows(rows, pgx.RowTo[body])
	if err != nil {
		return err
	}
	for _, o := range others[:min(len(others), mostAlso)] {
		t.Also = append(t.Also, Object{o.Call, o.N})
	}
	t.More += max(0, len(others)-mostAlso)
	return nil
}

// patience is when a task that failed is tried again.
type patience struct{ opt Options }

// NextRetry is asked by River.
func (p patience) NextRetry(job *rivertype.JobRow) time.Time {
	return p.opt.Clock().UTC().Add(p.opt.pause(len(job.Errors)))
}

// pause is how long after its failure number n+1 a task is tried again.
func (o Options) pause(n int) time.Duration {
	d := o.Retry
	for range n {
		if d *= 3; d >= o.Longest {
			return o.Longest
		}
	}
	return d
}
