package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/storetest"
)

func TestAReviewStandsOnceForEachReviewer(t *testing.T) {
	_, acme, id := talked(t, client)
	for _, r := range []store.Review{{Call: id, Reviewer: "hanna", Score: 2, Body: "x"}, {Call: id, Reviewer: "boris", Score: 5}, {Call: id, Reviewer: "hanna", Score: 4, Body: "asked well"}} {
		if err := acme.SetReview(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []store.ReviewFilter{{}, {Calls: []fmc.CallID{id}}, {Employee: "ivanov"}} {
		all, err := acme.Reviews(t.Context(), f)
		if i := slices.IndexFunc(all, func(r store.Review) bool { return r.Reviewer == "hanna" }); err != nil || len(all) != 2 || all[i].Score != 4 || all[i].Body != "asked well" || all[i].Employee != "ivanov" {
			t.Errorf("%+v: %+v %v", f, all, err)
		}
	}
	if all, err := acme.Reviews(t.Context(), store.ReviewFilter{Employee: "petrov"}); err != nil || len(all) != 0 {
		t.Errorf("of whom nobody reviewed: %+v %v", all, err)
	}
	if err := acme.SetReview(t.Context(), store.Review{Call: newCall(), Reviewer: "hanna", Score: 4}); !errors.Is(err, cause.NotFound) {
		t.Errorf("of no call: %v", err)
	}
}

// taped are a conversation of so many seconds with its recording.
func taped(id fmc.CallID, began time.Time, who fmc.EmployeeID, seconds int) []fmc.Fact {
	facts := comes("acme", id, began, fmt.Sprintf("+7912000%04d", seconds)).rings(who, "sales").talks(5 * time.Second).ends(time.Duration(5+seconds) * time.Second)
	return append(facts, onTape(id)...)
}

// onTape is that a call's recording is there.
func onTape(id fmc.CallID) []fmc.Fact {
	return []fmc.Fact{
		{Company: "acme", Call: id, At: time.Hour, Body: fmc.TapeIs{State: fmc.TapeReady}},
		{Company: "acme", Call: id, At: time.Hour, Body: fmc.Kept{File: "acme/" + string(id) + ".wav", Bytes: 1}},
	}
}

func TestPicksAreTheSameAllDayAndOnlyOfThoseOneMayHear(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, salesOf("acme"), 0)
	var facts []fmc.Fact
	long := newCall()
	facts = append(facts, taped(long, morning, "ivanov", 500)...)
	for i := range 12 {
		facts = append(facts, taped(newCall(), morning.Add(time.Duration(i)*time.Minute), []fmc.EmployeeID{"ivanov", "petrov"}[i%2], 20+i)...)
	}
	back := calledBack(morning.Add(2*time.Hour), "ivanov")
	facts = append(append(facts, missedAt(morning.Add(time.Hour), client)...), back...)
	facts = append(facts, onTape(back[0].Call)...)
	yesterday := newCall()
	facts = append(facts, taped(yesterday, morning.Add(-24*time.Hour), "ivanov", 900)...)
	drainAll(t, s, facts...)
	acme, day := s.For("acme"), morning.Truncate(24*time.Hour)
	picked := func(w *store.Within, reviewer fmc.EmployeeID) (ids []fmc.CallID, reasons map[store.PickReason]int) {
		t.Helper()
		all, err := acme.Picks(t.Context(), w, reviewer, day, day.Add(24*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		reasons = map[store.PickReason]int{}
		for _, p := range all {
			ids = append(ids, p.ID)
			reasons[p.Reason]++
		}
		return ids, reasons
	}
	ids, reasons := picked(nil, "boris")
	if len(ids) != 8 || ids[0] != long || reasons[store.PickLongest] != 3 || reasons[store.PickReturned] != 1 || reasons[store.PickRandom] != 4 || !slices.Contains(ids, back[0].Call) || slices.Contains(ids, yesterday) {
		t.Errorf("%v %v", ids, reasons)
	}
	if again, _ := picked(nil, "boris"); !slices.Equal(ids, again) {
		t.Errorf("%v, then %v", ids, again)
	}
	if other, _ := picked(nil, "hanna"); slices.Equal(ids, other) {
		t.Error("chance picks the same for everybody")
	}
	slices.Sort(ids)
	if len(slices.Compact(ids)) != 8 {
		t.Error("a call is picked twice")
	}
	if own, _ := picked(&store.Within{People: []fmc.EmployeeID{"petrov"}}, "petrov"); len(own) != 0 {
		t.Errorf("one's own: %v", own)
	}
	if theirs, _ := picked(&store.Within{People: []fmc.EmployeeID{"petrov"}}, "boris"); len(theirs) != 6 || slices.Contains(theirs, long) {
		t.Errorf("of petrov's alone: %v", theirs)
	}
}
