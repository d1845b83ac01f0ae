package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/storetest"
)

// talked is a company with one call in which ivanov talked with a client.
func talked(t *testing.T, from string) (*store.Store, *store.Tenant, fmc.CallID) {
	t.Helper()
	s := storetest.Open(t)
	apply(t, s, salesOf("acme"), 0)
	id := newCall()
	drainAll(t, s, comes("acme", id, morning, from).rings("ivanov", "sales").talks(5*time.Second).ends(time.Minute)...)
	return s, s.For("acme"), id
}

func TestWhatCameOfACallIsKeptAndFound(t *testing.T) {
	_, acme, id := talked(t, client)
	if _, err := acme.CallResult(t.Context(), id); !errors.Is(err, cause.NotFound) {
		t.Errorf("before anybody said it: %v", err)
	}
	for _, said := range []string{"thinking", "agreed"} {
		if err := acme.SetCallResult(t.Context(), store.CallResult{Call: id, Result: said, Note: "takes two", Author: "ivanov"}); err != nil {
			t.Fatal(err)
		}
	}
	r, err := acme.CallResult(t.Context(), id)
	if err != nil || r.Result != "agreed" || r.Note != "takes two" || r.Author != "ivanov" || r.Back != nil || r.At.IsZero() {
		t.Errorf("%+v %v", r, err)
	}
	for result, want := range map[string]int{"": 1, "agreed": 1, "thinking": 0} {
		lines, err := acme.Calls(t.Context(), store.CallFilter{Result: result})
		if err != nil || len(lines) != want || want == 1 && lines[0].Result != "agreed" {
			t.Errorf("%q: %+v %v", result, lines, err)
		}
	}
	if all, err := acme.ResultsOf(t.Context(), []fmc.CallID{id, newCall()}); err != nil || len(all) != 1 || all[id].Result != "agreed" {
		t.Errorf("%+v %v", all, err)
	}
	if err := acme.SetCallResult(t.Context(), store.CallResult{Call: newCall(), Result: "agreed"}); !errors.Is(err, cause.NotFound) {
		t.Errorf("of no call: %v", err)
	}
}

func TestACallBackThatIsPromisedIsATaskUntilTheyTalkAgain(t *testing.T) {
	s, acme, id := talked(t, client)
	back := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	promise := func(at *time.Time) {
		t.Helper()
		if err := acme.SetCallResult(t.Context(), store.CallResult{Call: id, Result: "thinking", Back: at, Author: "ivanov"}); err != nil {
			t.Fatal(err)
		}
	}
	promise(&back)
	open := tasks(t, s, store.MissedFilter{State: store.MissedOpen})
	if len(open) != 1 || open[0].Promised != id || !open[0].Due.Equal(back) || open[0].Owner != "ivanov" || open[0].Client != client || len(open[0].Calls) != 1 || open[0].Calls[0] != id {
		t.Fatalf("%+v", open)
	}
	later := back.Add(time.Hour)
	promise(&later)
	if moved := tasks(t, s, store.MissedFilter{State: store.MissedOpen}); len(moved) != 1 || moved[0].ID != open[0].ID || !moved[0].Due.Equal(later) {
		t.Errorf("put off: %+v", moved)
	}
	promise(nil)
	if left := tasks(t, s, store.MissedFilter{State: store.MissedOpen}); len(left) != 0 {
		t.Errorf("promised no more: %+v", left)
	}
	promise(&back)
	drainAll(t, s, missedAt(time.Now().Add(time.Minute), client)...)
	if both := tasks(t, s, store.MissedFilter{State: store.MissedOpen}); len(both) != 2 {
		t.Errorf("a client who is lost meanwhile has a task of its own: %+v", both)
	}
	drainAll(t, s, calledBack(time.Now().Add(10*time.Minute), "petrov")...)
	for _, m := range tasks(t, s, store.MissedFilter{}) {
		if m.State != store.MissedDone || m.EndedBy != "petrov" {
			t.Errorf("%+v", m)
		}
	}
	if counted, err := acme.CountMissed(t.Context(), store.MissedFilter{}); err != nil || len(counted) != 1 {
		t.Errorf("a promise counts as no client who was lost: %v %v", counted, err)
	}
}

// Who only corrects a note has promised nothing anew: a call back that was made, or that a colleague took over, stays so.
func TestAPromiseThatIsSaidAgainLeavesItsTaskAlone(t *testing.T) {
	s, acme, id := talked(t, client)
	back := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	say := func(note string) {
		t.Helper()
		if err := acme.SetCallResult(t.Context(), store.CallResult{Call: id, Result: "thinking", Note: note, Back: &back, Author: "ivanov"}); err != nil {
			t.Fatal(err)
		}
	}
	say("")
	if err := acme.TakeMissed(t.Context(), tasks(t, s, store.MissedFilter{})[0].ID, "petrov"); err != nil {
		t.Fatal(err)
	}
	say("wants two")
	if all := tasks(t, s, store.MissedFilter{}); len(all) != 1 || all[0].Owner != "petrov" {
		t.Errorf("taken over by a colleague: %+v", all)
	}
	drainAll(t, s, calledBack(time.Now().Add(time.Minute), "petrov")...)
	say("wants three")
	if all := tasks(t, s, store.MissedFilter{}); len(all) != 1 || all[0].State != store.MissedDone {
		t.Errorf("called back: %+v", all)
	}
}

func TestWhoSaysNothingTakesNothingBack(t *testing.T) {
	s, acme, id := talked(t, client)
	back := time.Now().Add(time.Hour)
	for _, r := range []store.CallResult{{Result: "agreed", Note: "takes two", Back: &back, Author: "ivanov"}, {Author: "petrov"}} {
		r.Call = id
		if err := acme.SetCallResult(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if r, err := acme.CallResult(t.Context(), id); err != nil || r.Result != "agreed" || r.Note != "takes two" || r.Author != "ivanov" || r.Back == nil {
		t.Errorf("%+v %v", r, err)
	}
	if open := tasks(t, s, store.MissedFilter{State: store.MissedOpen}); len(open) != 1 {
		t.Errorf("%+v", open)
	}
}

func TestAProgramPromisesForWhoTalked(t *testing.T) {
	s, acme, id := talked(t, client)
	back := time.Now().Add(time.Hour)
	if err := acme.SetCallResult(t.Context(), store.CallResult{Call: id, Result: "agreed", Back: &back, Author: "token crm"}); err != nil {
		t.Fatal(err)
	}
	if all := tasks(t, s, store.MissedFilter{}); len(all) != 1 || all[0].Owner != "ivanov" {
		t.Errorf("%+v", all)
	}
}

func TestWhoHidTheNumberCannotBeCalledBack(t *testing.T) {
	s, acme, id := talked(t, "")
	back := time.Now().Add(time.Hour)
	if err := acme.SetCallResult(t.Context(), store.CallResult{Call: id, Result: "agreed", Back: &back, Author: "ivanov"}); !errors.Is(err, cause.Invalid) {
		t.Error(err)
	}
	if all := tasks(t, s, store.MissedFilter{}); len(all) != 0 {
		t.Errorf("%+v", all)
	}
}

// taken are jobs as they were given.
type taken []store.Job

func (x *taken) Insert(_ context.Context, _ pgx.Tx, jobs []store.Job) error {
	*x = append(*x, jobs...)
	return nil
}

func TestAPromiseThatIsLateGivesJobsAndOneToComeOrKeptNone(t *testing.T) {
	s, acme, id := talked(t, client)
	remind := func() []store.Job {
		t.Helper()
		var given taken
		if err := s.RemindOfPromises(t.Context(), &given, func(fmc.CompanyID) time.Duration { return 2 * time.Hour }); err != nil {
			t.Fatal(err)
		}
		return given
	}
	for _, row := range []struct {
		back time.Duration // from now
		late bool
	}{{time.Hour, false}, {-time.Hour, true}, {-7 * 24 * time.Hour, false}, {-2 * time.Hour, true}} {
		back := time.Now().Add(row.back).UTC().Truncate(time.Second)
		if err := acme.SetCallResult(t.Context(), store.CallResult{Call: id, Result: "thinking", Back: &back, Author: "ivanov"}); err != nil {
			t.Fatal(err)
		}
		jobs := remind()
		if !row.late {
			if len(jobs) != 0 {
				t.Errorf("%s from now: %+v", row.back, jobs)
			}
			continue
		}
		task := tasks(t, s, store.MissedFilter{State: store.MissedOpen})[0].ID
		due := store.Job{Kind: store.JobMissedDue, Company: "acme", Call: task, N: int(back.Unix()), At: back}
		above := due
		above.Kind, above.At = store.JobMissedEscalate, back.Add(2*time.Hour)
		for i := range jobs {
			jobs[i].At = jobs[i].At.UTC()
		}
		if !slices.Equal(jobs, []store.Job{due, above}) {
			t.Errorf("%+v", jobs)
		}
	}
	drainAll(t, s, calledBack(time.Now().Add(time.Minute), "petrov")...)
	if jobs := remind(); len(jobs) != 0 {
		t.Errorf("of one that was kept: %+v", jobs)
	}
}
