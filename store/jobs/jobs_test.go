package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/jobs"
	"roadline/store/storetest"
)

func TestAJobIsDoneWhenItsTransactionIsCommitted(t *testing.T) {
	done := make(chan jobs.Task, 10)
	b := newBench(t, map[store.JobKind]jobs.Work{letter: told(done, nil)}, quick())
	b.run()
	b.insert(errors.New("undone"), job(letter, "undone"))
	want := job(letter, "kept")
	want.N = 3
	b.insert(nil, want)
	got := next(t, done)
	if got.Call != "kept" || got.N != 3 || got.Company != "acme" || got.Kind != letter || got.ID == 0 || got.Accepted.IsZero() || got.Tries != 0 {
		t.Errorf("done: %+v", got)
	}
}

func TestTheSameJobIsDoneOnce(t *testing.T) {
	done := make(chan jobs.Task, 10)
	b := newBench(t, map[store.JobKind]jobs.Work{letter: told(done, nil)}, quick())
	b.insert(nil, job(letter, "a"), job(letter, "a"))
	stop := b.run()
	next(t, done)
	b.insert(nil, job(letter, "a")) // as when a journal is drained again
	b.insert(nil, job(letter, "b"))
	if got := next(t, done); got.Call != "b" {
		t.Errorf("%q is done again", got.Call)
	}
	stop()
	if left := b.left(); left["completed"] != 2 || len(left) != 1 {
		t.Errorf("left: %v", left)
	}
}

func TestAJobWaitsForItsTime(t *testing.T) {
	done := make(chan jobs.Task, 10)
	b := newBench(t, map[store.JobKind]jobs.Work{letter: told(done, nil)}, quick())
	late, soon := job(letter, "late"), job(letter, "soon")
	late.At, soon.At = time.Now().Add(time.Hour), time.Now().Add(300*time.Millisecond)
	b.insert(nil, late, soon)
	stop := b.run()
	if got := next(t, done); got.Call != "soon" || time.Now().Before(soon.At) {
		t.Errorf("%q is done at %v", got.Call, time.Now())
	}
	stop()
	if left := b.left(); left["scheduled"] != 1 {
		t.Errorf("left: %v", left)
	}
}

func TestAJobThatFailsIsTriedAgainUntilItGoesThrough(t *testing.T) {
	done := make(chan jobs.Task, 10)
	fails := func(task jobs.Task) ([]jobs.Task, error) {
		if task.Tries < 3 {
			return nil, cause.Errorf(cause.Unavailable, "the server is away")
		}
		return nil, nil
	}
	b := newBench(t, map[store.JobKind]jobs.Work{letter: told(done, fails)}, quick())
	b.insert(nil, job(letter, "a"))
	stop := b.run()
	for want := range 4 {
		if got := next(t, done); got.Tries != want {
			t.Errorf("try %d says %d before it", want, got.Tries)
		}
	}
	stop()
	if left := b.left(); left["completed"] != 1 {
		t.Errorf("left: %v", left)
	}
}

func TestAJobIsGivenUp(t *testing.T) {
	for what, test := range map[string]struct {
		err   error
		tries int
		state string
	}{
		"at once where trying again cannot help": {cause.Errorf(cause.Invalid, "no such address"), 1, "cancelled"},
		"after its last try":                     {errors.New("away"), 3, "discarded"},
	} {
		t.Run(what, func(t *testing.T) {
			done := make(chan jobs.Task, 10)
			opt := quick()
			opt.Most = 3
			b := newBench(t, map[store.JobKind]jobs.Work{letter: told(done, func(jobs.Task) ([]jobs.Task, error) { return nil, test.err })}, opt)
			b.insert(nil, job(letter, "a"))
			stop := b.run()
			for range test.tries {
				next(t, done)
			}
			b.insert(nil, job(letter, "b"))
			if got := next(t, done); got.Call != "b" {
				t.Error("tried once more")
			}
			stop()
			if left := b.left(); left[test.state] == 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

func TestAJobOfAKindThatNobodyDoesWaits(t *testing.T) {
	done := make(chan jobs.Task, 10)
	b := newBench(t, map[store.JobKind]jobs.Work{letter: told(done, nil)}, quick())
	b.insert(nil, job("of a later version", "a"))
	b.insert(nil, job(letter, "b"))
	stop := b.run()
	next(t, done)
	stop()
	if left := b.left(); left["available"]+left["retryable"] != 1 {
		t.Errorf("left: %v", left)
	}
}

func TestATaskMayPutItselfOff(t *testing.T) {
	done := make(chan jobs.Task, 10)
	waits := true
	b := newBench(t, map[store.JobKind]jobs.Work{letter: told(done, func(jobs.Task) ([]jobs.Task, error) {
		if waits {
			waits = false
			return nil, jobs.Later(30*time.Millisecond, "its recording is not there yet")
		}
		return nil, nil
	})}, quick())
	b.insert(nil, job(letter, "a"))
	b.run()
	next(t, done)
	if again := next(t, done); again.Tries != 0 {
		t.Error("waiting counts as a try")
	}
}

func TestWhatFollowsATaskIsInsertedWithItsEnd(t *testing.T) {
	done, followed := make(chan jobs.Task, 10), make(chan jobs.Task, 10)
	b := newBench(t, map[store.JobKind]jobs.Work{
		"cause": told(done, func(task jobs.Task) ([]jobs.Task, error) {
			if task.Tries == 0 {
				return []jobs.Task{{Job: job(letter, "never")}}, errors.New("it failed")
			}
			a, b := jobs.Task{Job: job(letter, task.Call), To: "a@acme.example"}, jobs.Task{Job: job(letter, task.Call), To: "b@acme.example"}
			return []jobs.Task{a, b}, nil
		}),
		letter: told(followed, nil),
	}, quick())
	b.insert(nil, job("cause", "x"))
	stop := b.run()
	to := []string{next(t, followed).To, next(t, followed).To}
	stop()
	slices.Sort(to)
	if !slices.Equal(to, []string{"a@acme.example", "b@acme.example"}) || len(followed) > 0 {
		t.Errorf("letters to %v, and %d more", to, len(followed))
	}
	if left := b.left(); left["completed"] != 3 || len(left) != 1 {
		t.Errorf("left: %v", left)
	}
}

// shop is a queue with a gathered kind. What was done lies an hour back when a test says so.
func shop(t *testing.T, then func(jobs.Task) ([]jobs.Task, error)) (b *bench, done chan jobs.Task, goOn func()) {
	t.Helper()
	done = make(chan jobs.Task, 100)
	work := told(done, then)
	work.Every = time.Hour
	split := func(_ context.Context, t jobs.Task) ([]jobs.Task, error) {
		t.Kind, t.Key = gathered, string(t.Call[:1])
		return []jobs.Task{t}, nil
	}
	b = newBench(t, map[store.JobKind]jobs.Work{"split": {Do: split}, gathered: work}, quick())
	return b, done, func() {
		if _, err := b.store.NodeConns().Exec(t.Context(), "update "+store.JobSchema+".river_job set finalized_at = finalized_at - interval '1 hour'"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTasksOfOneKeyAreDoneTogether: the first at once, and what comes soon after it as one.
func TestTasksOfOneKeyAreDoneTogether(t *testing.T) {
	b, done, anHourLater := shop(t, nil)
	b.run()
	b.insert(nil, job("split", "a0"))
	if first := next(t, done); first.Call != "a0" || len(first.Also)+first.More != 0 {
		t.Errorf("the first: %+v", first)
	}
	for i := range 25 {
		b.insert(nil, job("split", fmc.CallID(fmt.Sprintf("a%d", i+1))))
	}
	b.insert(nil, job("split", "b0"))
	if other := next(t, done); other.Call != "b0" {
		t.Errorf("another key waits: %+v", other)
	}
	b.until("scheduled", 25)
	anHourLater()
	b.insert(nil, job("split", "a26"))
	sum := next(t, done)
	if sum.Call != "a26" || len(sum.Also) != 20 || sum.More != 5 {
		t.Errorf("gathered: %+v", sum)
	}
	b.until("completed", 27+1+27+1)
}

func TestAGatheredTaskThatFailsTakesNothingWithIt(t *testing.T) {
	b, done, anHourLater := shop(t, func(task jobs.Task) ([]jobs.Task, error) {
		if task.Call == "a3" && task.Tries == 0 {
			return nil, errors.New("it failed")
		}
		return nil, nil
	})
	b.run()
	b.insert(nil, job("split", "a0"))
	next(t, done)
	b.insert(nil, job("split", "a1"), job("split", "a2"))
	b.until("scheduled", 2)
	anHourLater()
	b.insert(nil, job("split", "a3"))
	for range 2 {
		if got := next(t, done); got.Call != "a3" || len(got.Also) != 2 {
			t.Errorf("gathered: %+v", got)
		}
	}
	b.until("completed", 8)
}

func TestTheStopWaitsForWhatIsBeingDone(t *testing.T) {
	begun, goOn := make(chan struct{}), make(chan struct{})
	b := newBench(t, map[store.JobKind]jobs.Work{letter: {Do: func(context.Context, jobs.Task) ([]jobs.Task, error) {
		close(begun)
		<-goOn
		return nil, nil
	}}}, quick())
	b.insert(nil, job(letter, "a"))
	stop := b.run()
	<-begun
	stopped := make(chan struct{})
	go func() { defer close(stopped); stop() }()
	select {
	case <-stopped:
		t.Error("stopped in the middle of a job")
	case <-time.After(200 * time.Millisecond):
	}
	close(goOn)
	<-stopped
	if left := b.left(); left["completed"] != 1 {
		t.Errorf("left: %v", left)
	}
}

func TestAJobThatDoesNotEndIsPutOffByTheStop(t *testing.T) {
	begun := make(chan struct{})
	opt := quick()
	opt.Grace = 50 * time.Millisecond
	b := newBench(t, map[store.JobKind]jobs.Work{letter: {Do: func(ctx context.Context, _ jobs.Task) ([]jobs.Task, error) {
		close(begun)
		<-ctx.Done()
		return nil, ctx.Err()
	}}}, opt)
	b.insert(nil, job(letter, "a"))
	stop := b.run()
	<-begun
	stop()
	if left := b.left(); left["available"] != 1 {
		t.Errorf("left: %v", left)
	}
}

func TestNoJobIsLostWhenPostgreSQLGoesAway(t *testing.T) {
	server := storetest.NewServer(t)
	s := storetest.OpenAt(t, server.DSN())
	done := make(chan jobs.Task, 100)
	begun, goOn := make(chan struct{}), make(chan struct{})
	opt := quick()
	opt.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	q, err := jobs.New(s, map[store.JobKind]jobs.Work{letter: told(done, nil), "slow": {Do: func(_ context.Context, task jobs.Task) ([]jobs.Task, error) {
		if task.Tries == 0 {
			close(begun)
			<-goOn
		}
		done <- task
		return nil, nil
	}}}, opt)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, store: s, queue: q}
	stop := b.run()
	b.insert(nil, job("slow", "a"))
	<-begun
	server.Stop()
	close(goOn)
	next(t, done)
	server.Start()
	for { // the connections of before are dead until the pool has noticed
		err := pgx.BeginFunc(t.Context(), s.NodeConns(), func(tx pgx.Tx) error { return q.Insert(t.Context(), tx, []store.Job{job(letter, "b")}) })
		if err == nil {
			break
		}
	}
	for next(t, done).Call != "b" {
	}
	stop()
}

func TestTheStopDoesNotWaitForPostgreSQL(t *testing.T) {
	server := storetest.NewServer(t)
	s := storetest.OpenAt(t, server.DSN())
	begun, goOn := make(chan struct{}), make(chan struct{})
	var said lines
	opt := quick()
	opt.Log = slog.New(slog.NewTextHandler(&said, nil))
	q, err := jobs.New(s, map[store.JobKind]jobs.Work{letter: {Do: func(context.Context, jobs.Task) ([]jobs.Task, error) {
		close(begun)
		<-goOn
		return nil, nil
	}}}, opt)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, store: s, queue: q}
	stop := b.run()
	b.insert(nil, job(letter, "a"))
	<-begun
	server.Stop()
	said.until(t, "Error fetching jobs")
	close(goOn)
	at := time.Now()
	stop()
	if took := time.Since(at); took > 30*time.Second {
		t.Errorf("it took %v", took)
	}
	if n := strings.Count(said.String(), "Error fetching jobs"); n != 1 {
		t.Errorf("it is said %d times that PostgreSQL is away", n)
	}
	t.Logf("stopped after %v", time.Since(at))
}

// doUntilKilled does jobs of which none ends. It says which it has begun.
func doUntilKilled(dsn string) error {
	s, err := store.Open(context.Background(), store.Options{DSN: dsn, Clock: time.Now})
	if err != nil {
		return err
	}
	if err := s.Run(context.Background()); err != nil {
		return err
	}
	endless := func(ctx context.Context, t jobs.Task) ([]jobs.Task, error) {
		fmt.Println(t.Call)
		<-ctx.Done()
		return nil, ctx.Err()
	}
	q, err := jobs.New(s, map[store.JobKind]jobs.Work{letter: {Do: endless}, text: {Do: endless, Once: true}}, quick())
	if err != nil {
		return err
	}
	return q.Run(context.Background())
}

// kill has a process of its own do the jobs of a bench, and kills it in the middle of four.
func (b *bench) kill() {
	b.t.Helper()
	doomed := exec.Command(os.Args[0])
	doomed.Env = append(os.Environ(), doomedVar+"="+b.dsn)
	doomed.Stderr = os.Stderr
	out, err := doomed.StdoutPipe()
	if err != nil {
		b.t.Fatal(err)
	}
	if err := doomed.Start(); err != nil {
		b.t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, len("a\nb\nc\nd\n"))); err != nil {
		b.t.Error(err)
	}
	_ = doomed.Process.Kill()
	_ = doomed.Wait()
	if left := b.left(); left["running"] != 4 {
		b.t.Errorf("left by the kill: %v", left)
	}
}

func TestAKilledServerLosesNoJob(t *testing.T) {
	done := make(chan jobs.Task, 100)
	b := newBench(t, map[store.JobKind]jobs.Work{letter: told(done, nil)}, quick())
	want := []string{"a", "b", "c", "d", "e", "f", "g"}
	for _, call := range want {
		b.insert(nil, job(letter, fmc.CallID(call)))
	}
	b.kill()
	stop := b.run()
	var got []string
	for range want {
		got = append(got, string(next(t, done).Call))
	}
	stop()
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("done after the kill: %v", got)
	}
	if left := b.left(); left["completed"] != len(want) || len(left) != 1 {
		t.Errorf("left: %v", left)
	}
}

func TestWhatIsDoneOnceIsNotDoneAgainAfterAKill(t *testing.T) {
	done := make(chan jobs.Task, 100)
	once := told(done, nil)
	once.Once = true
	b := newBench(t, map[store.JobKind]jobs.Work{text: once}, quick())
	for _, call := range []fmc.CallID{"a", "b", "c", "d"} {
		b.insert(nil, job(text, call))
	}
	b.kill()
	b.insert(nil, job(text, "e"))
	b.run()
	if got := next(t, done); got.Call != "e" {
		t.Errorf("%s is done again", got.Call)
	}
	b.until("cancelled", 4)
}

func TestWhatIsDoneOnceIsTriedAgainWhereItWasNotDone(t *testing.T) {
	done := make(chan jobs.Task, 100)
	once := told(done, func(task jobs.Task) ([]jobs.Task, error) {
		if task.Tries == 0 {
			return nil, cause.Errorf(cause.Unavailable, "no card is in cover")
		}
		return nil, nil
	})
	once.Once = true
	b := newBench(t, map[store.JobKind]jobs.Work{text: once}, quick())
	b.insert(nil, job(text, "a"))
	b.run()
	next(t, done)
	next(t, done)
	b.until("completed", 1)
}

func TestAQueueWithoutANodeIsRefused(t *testing.T) {
	if _, err := jobs.New(storetest.Open(t), nil, jobs.Options{Clock: time.Now}); !errors.Is(err, cause.Invalid) || !strings.Contains(err.Error(), "node") {
		t.Errorf("%v", err)
	}
}
