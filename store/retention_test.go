package store_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/storetest"
)

// recorded is a call of a day with a recording of so many bytes, and half as many in a track of its own.
func recorded(company fmc.CompanyID, day time.Time, group fmc.GroupID, bytes int64) []fmc.Fact {
	s := comes(company, newCall(), day, client).rings("ivanov", group).talks(5 * time.Second)
	s.ends(time.Minute)
	file := string(company) + "/" + day.Format(time.DateOnly) + "/" + string(s.id)
	return s.at(time.Minute, fmc.Kept{File: file + ".wav", Bytes: bytes, Tracks: []fmc.KeptTrack{{File: file + "-1-client.wav", Bytes: bytes / 2}}}).facts
}

// removals notes the jobs that an archive gives.
type removals struct {
	jobs []store.Job
	fail error
}

func (r *removals) Insert(_ context.Context, _ pgx.Tx, jobs []store.Job) error {
	if r.fail != nil {
		return r.fail
	}
	r.jobs = append(r.jobs, jobs...)
	return nil
}

// recordings is a store with one recording a day of the last days, the newest today; those of every second day are of
// sales.
func recordings(t *testing.T, days int) (*store.Store, []fmc.CallID) {
	t.Helper()
	s := storetest.Open(t)
	c := salesOf("acme")
	apply(t, s, c, 0)
	var facts []fmc.Fact
	var calls []fmc.CallID
	for i := range days {
		group := fmc.GroupID("")
		if i%2 == 0 {
			group = "sales"
		}
		call := recorded("acme", morning.AddDate(0, 0, i-days+1), group, 100)
		facts, calls = append(facts, call...), append(calls, call[0].Call)
	}
	drainBy(t, s, c, nil, facts...)
	return s, calls
}

func states(t *testing.T, s *store.Store, state store.RecordingState) (calls []fmc.CallID) {
	t.Helper()
	all, err := s.For("acme").Recordings(t.Context(), store.RecordingFilter{State: state})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		calls = append(calls, r.Call)
	}
	slices.Sort(calls)
	return calls
}

func TestADeliveredRecordingIsFiledWithAllItsFiles(t *testing.T) {
	s, calls := recordings(t, 1)
	r, err := s.For("acme").Recording(t.Context(), calls[0])
	if err != nil || r.Bytes != 150 || len(r.Files) != 2 || !strings.HasSuffix(r.Files[0], string(calls[0])+".wav") || r.Group != "sales" || !r.At.Equal(morning) || r.Heard() != nil {
		t.Errorf("%+v %v", r, err)
	}
	days, err := s.For("acme").StoredDays(t.Context())
	if err != nil || len(days) != 1 || days[0].Bytes != 150 || days[0].Recordings != 1 || days[0].Group != "sales" || !days[0].Day.Equal(morning.Truncate(24*time.Hour)) {
		t.Errorf("%+v %v", days, err)
	}
}

func TestWhatIsOverGoesByItsClassAndLeavesATombstone(t *testing.T) {
	s, calls := recordings(t, 6)
	jobs := &removals{}
	archive := s.Archive(jobs)
	rule := fmc.KeepRule{Usual: fmc.Term{Days: 2}, Groups: map[fmc.GroupID]fmc.Term{"sales": {Days: 4}}}
	for _, class := range rule.Classes() {
		if _, _, err := archive.Dispose(t.Context(), "acme", fmc.Disposal{Class: class, Before: class.Term.Before(morning.Add(time.Hour)), Why: "keep " + class.Name}); err != nil {
			t.Fatal(err)
		}
	}
	// calls[i] is 5-i days old; the even ones are of sales.
	if gone := states(t, s, store.RecordingGone); !slices.Equal(gone, []fmc.CallID{calls[0], calls[1], calls[3]}) && len(gone) != 3 {
		t.Errorf("gone are %v of %v", gone, calls)
	}
	if len(jobs.jobs) != 3 || jobs.jobs[0].Kind != store.JobRemoveRecording {
		t.Errorf("jobs %v", jobs.jobs)
	}
	r, err := s.For("acme").Recording(t.Context(), calls[1])
	if err != nil || r.Gone == nil || r.GoneBy != "" || r.GoneWhy != "keep default" || r.Removed != nil || !errors.Is(r.Heard(), cause.NotFound) {
		t.Errorf("%+v %v", r, err)
	}
	if _, err := s.For("acme").Call(t.Context(), calls[1]); err != nil {
		t.Errorf("the record of the call went too: %v", err)
	}
	if err := archive.Removed(t.Context(), "acme", calls[1]); err != nil {
		t.Fatal(err)
	}
	jobs.jobs = nil
	if err := archive.RemoveLeft(t.Context(), "acme"); err != nil || len(jobs.jobs) != 2 {
		t.Errorf("%v %v, want the two whose files were not removed", jobs.jobs, err)
	}
}

func TestRoomIsMadeFromTheOldestOnAndNoFurther(t *testing.T) {
	s, calls := recordings(t, 8)
	archive := s.Archive(&removals{})
	if err := s.For("acme").HoldRecording(t.Context(), calls[1], "petrov", "a complaint"); err != nil {
		t.Fatal(err)
	}
	usual := fmc.KeepRule{Groups: map[fmc.GroupID]fmc.Term{"sales": {Years: 1}}}.Classes()[1]
	n, bytes, err := archive.Dispose(t.Context(), "acme", fmc.Disposal{Class: usual, Before: morning.Add(time.Hour), Bytes: 160, Why: "quota"})
	if err != nil || n != 2 || bytes != 300 {
		t.Errorf("%d recordings, %d bytes, %v", n, bytes, err)
	}
	if gone := states(t, s, store.RecordingGone); len(gone) != 2 || !slices.Contains(gone, calls[3]) || !slices.Contains(gone, calls[5]) {
		t.Errorf("gone are %v of %v: the held one stays, then the oldest go", gone, calls)
	}
}

func TestWithoutAJobNothingGoes(t *testing.T) {
	s, _ := recordings(t, 2)
	archive := s.Archive(&removals{fail: errors.New("no room for jobs")})
	n, bytes, err := archive.Dispose(t.Context(), "acme", fmc.Disposal{Class: fmc.KeepRule{}.Classes()[0], Before: morning.AddDate(1, 0, 0), Why: "x"})
	if err == nil || n != 0 || bytes != 0 || len(states(t, s, store.RecordingGone)) != 0 {
		t.Errorf("%d %d %v", n, bytes, err)
	}
}

func TestWhatPersonsSayOfARecordingHolds(t *testing.T) {
	s, calls := recordings(t, 3)
	acme := s.For("acme")
	for _, step := range []struct {
		name string
		do   func() error
		want error
	}{
		{"nobody deletes", func() error { return acme.DeleteRecording(t.Context(), calls[0], "", "x") }, cause.Invalid},
		{"nobody says why", func() error { return acme.DeleteRecording(t.Context(), calls[0], "petrov", "") }, cause.Invalid},
		{"there is no call", func() error { return acme.HoldRecording(t.Context(), newCall(), "petrov", "x") }, cause.NotFound},
		{"it is not held", func() error { return acme.LetGoRecording(t.Context(), calls[0], "petrov", "x") }, cause.Conflict},
		{"it is held", func() error { return acme.HoldRecording(t.Context(), calls[0], "petrov", "a complaint") }, nil},
		{"what is held is not deleted", func() error { return acme.DeleteRecording(t.Context(), calls[0], "petrov", "x") }, cause.Conflict},
		{"it is let go", func() error { return acme.LetGoRecording(t.Context(), calls[0], "petrov", "settled") }, nil},
		{"it is deleted", func() error { return acme.DeleteRecording(t.Context(), calls[0], "petrov", "the client asked") }, nil},
		{"it is deleted once", func() error { return acme.DeleteRecording(t.Context(), calls[0], "petrov", "x") }, cause.Conflict},
		{"what is gone is not held", func() error { return acme.HoldRecording(t.Context(), calls[0], "petrov", "x") }, cause.Conflict},
	} {
		if err := step.do(); !errors.Is(err, step.want) || step.want == nil && err != nil {
			t.Errorf("%s: %v", step.name, err)
		}
	}
	r, err := acme.Recording(t.Context(), calls[0])
	if err != nil || r.GoneBy != "petrov" || r.GoneWhy != "the client asked" || !strings.Contains(r.Heard().Error(), "petrov: the client asked") {
		t.Errorf("%+v %v", r, err)
	}
	if files, err := s.Archive(&removals{}).Gone(t.Context(), "acme", calls[0]); err != nil || len(files) != 2 {
		t.Errorf("%v %v", files, err)
	}
	if _, err := s.Archive(&removals{}).Gone(t.Context(), "acme", calls[1]); !errors.Is(err, cause.Invalid) {
		t.Errorf("a recording that is kept has files to be removed: %v", err)
	}
}

func TestWhatTheDiskSaysIsWritten(t *testing.T) {
	s, calls := recordings(t, 1)
	archive := s.Archive(&removals{})
	found := func(bytes int64) {
		t.Helper()
		kept, err := archive.Found(t.Context(), "acme", []fmc.FoundSize{{Call: calls[0], Bytes: bytes}, {Call: newCall(), Bytes: bytes}})
		if err != nil || !slices.Equal(kept, calls) {
			t.Fatalf("kept are %v, want %v: %v", kept, calls, err)
		}
	}
	found(0)
	r, err := s.For("acme").Recording(t.Context(), calls[0])
	if err != nil || r.Lost == nil || r.Bytes != 150 || !errors.Is(r.Heard(), cause.NotFound) || len(states(t, s, store.RecordingLost)) != 1 {
		t.Errorf("%+v %v", r, err)
	}
	lost := *r.Lost
	found(0)
	if r, err = s.For("acme").Recording(t.Context(), calls[0]); err != nil || !r.Lost.Equal(lost) {
		t.Errorf("it is missing since it was first missed: %+v, want %v, %v", r, lost, err)
	}
	found(170)
	filed, err := archive.Day(t.Context(), "acme", morning.Truncate(24*time.Hour), fmc.Filed{})
	if err != nil || len(filed) != 1 || filed[0].Bytes != 170 || filed[0].Lost || filed[0].Gone || filed[0].Call != calls[0] {
		t.Errorf("%+v %v", filed, err)
	}
	if err := s.For("acme").DeleteRecording(t.Context(), calls[0], "petrov", "x"); err != nil {
		t.Fatal(err)
	}
	kept, err := archive.Found(t.Context(), "acme", []fmc.FoundSize{{Call: calls[0]}})
	if r, _ := s.For("acme").Recording(t.Context(), calls[0]); err != nil || len(kept) != 0 || r.Lost != nil || r.Bytes != 170 {
		t.Errorf("what is gone is not missed: %v %+v %v", kept, r, err)
	}
}

func TestADayOfRecordingsIsReadInPages(t *testing.T) {
	s := storetest.Open(t)
	c := salesOf("acme")
	apply(t, s, c, 0)
	day := morning.Truncate(24 * time.Hour)
	var facts []fmc.Fact
	want := map[fmc.CallID]bool{}
	for i := range 270 { // a page has 250; several begin at one moment
		call := recorded("acme", day.Add(time.Duration(i/4)*time.Minute), "", 100)
		facts, want[call[0].Call] = append(facts, call...), true
	}
	facts = append(facts, recorded("acme", day.AddDate(0, 0, 1), "", 100)...)
	drainBy(t, s, c, nil, facts...)
	archive := s.Archive(&removals{})
	pages := 0
	for after := (fmc.Filed{}); ; pages++ {
		page, err := archive.Day(t.Context(), "acme", day, after)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, f := range page {
			if !want[f.Call] {
				t.Fatalf("%s is of another day, or on two pages", f.Call)
			}
			delete(want, f.Call)
		}
		after = page[len(page)-1]
	}
	if pages != 2 || len(want) != 0 {
		t.Errorf("%d pages, %d recordings on none", pages, len(want))
	}
}

func TestAnAlarmIsToldOnceUntilItIsOver(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	jobs := &removals{}
	alarms := s.Alarms(jobs)
	raise := func(used string) {
		t.Helper()
		if err := alarms.Raise(t.Context(), fmc.Alarm{Company: "acme", Kind: fmc.AlarmQuotaNear, Values: map[string]string{"used": used}}); err != nil {
			t.Fatal(err)
		}
	}
	raise("8 GB")
	raise("9 GB")
	open, err := s.For("acme").Alarms(t.Context(), store.AlarmFilter{Open: true})
	if err != nil || len(open) != 1 || open[0].Values["used"] != "9 GB" || len(jobs.jobs) != 1 || int64(jobs.jobs[0].N) != open[0].ID {
		t.Fatalf("%+v %v %v", open, jobs.jobs, err)
	}
	acme := s.For("acme")
	if err := errors.Join(acme.SeeAlarm(t.Context(), open[0].ID, "petrov"), acme.MuteAlarm(t.Context(), open[0].ID, time.Now().Add(time.Hour)), alarms.Clear(t.Context(), "acme", fmc.AlarmQuotaNear, "")); err != nil {
		t.Fatal(err)
	}
	if err := acme.SeeAlarm(t.Context(), open[0].ID, "petrov"); !errors.Is(err, cause.Conflict) {
		t.Errorf("an alarm that is over is seen to: %v", err)
	}
	raise("8 GB")
	all, err := acme.Alarms(t.Context(), store.AlarmFilter{})
	if err != nil || len(all) != 2 || all[0].Muted == nil || all[1].Cleared == nil || all[1].SeenBy != "petrov" || len(jobs.jobs) != 1 {
		t.Errorf("%+v %v %v: what comes back while it is muted is told to nobody", all, jobs.jobs, err)
	}
	if err := alarms.Raise(t.Context(), fmc.Alarm{Company: "nobody", Kind: "x"}); err == nil {
		t.Error("an alarm of no company")
	}
	if _, err := s.For("other").Alarm(t.Context(), all[0].ID); !errors.Is(err, cause.NotFound) {
		t.Errorf("another company's alarm: %v", err)
	}
}
