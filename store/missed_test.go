package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/journal"
	"roadline/store/storetest"
)

// salesOf is a company with a group of two that works from nine to six, on weekdays.
func salesOf(id fmc.CompanyID) *fmc.Company {
	c := company(id)
	work := fmc.Hours{ID: "work"}
	for day := time.Monday; day <= time.Friday; day++ {
		work.Weekly[day] = []fmc.Span{{From: 9 * 60, To: 18 * 60}}
	}
	c.Hours = map[fmc.HoursID]fmc.Hours{"work": work}
	for i := range c.Employees {
		c.Employees[i].Groups, c.Employees[i].Hours = []fmc.GroupID{"sales"}, "work"
	}
	c.Groups = []fmc.Group{{ID: "sales", Head: "petrov", Sticky: 48 * time.Hour}}
	return c
}

// tasks are a company's tasks, newest first.
func tasks(t *testing.T, s *store.Store, f store.MissedFilter) []store.MissedTask {
	t.Helper()
	all, err := s.For("acme").Missed(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// missedAt is a call of a client that nobody took.
func missedAt(began time.Time, from string) []fmc.Fact {
	return comes("acme", newCall(), began, from).rings("ivanov", "sales").ends(30 * time.Second)
}

// calledBack is a call of a person to a client, in which they talk.
func calledBack(began time.Time, who fmc.EmployeeID) []fmc.Fact {
	s := &script{company: "acme", id: newCall()}
	s.at(0, fmc.Opened{Began: began, Direction: fmc.Outbound, Account: "acme-ivanov", Employee: who, To: callerid.Number{E164: client}})
	s.at(0, fmc.LegBegan{Leg: s.leg(1), Offered: true, Role: fmc.Worker, Employee: who})
	s.at(0, fmc.LegBegan{Leg: s.leg(2), Role: fmc.Client, Number: callerid.Number{E164: client}})
	return s.talks(5 * time.Second).ends(time.Minute)
}

func TestOfAClientOneTaskIsOpen(t *testing.T) {
	s := storetest.Open(t)
	c := salesOf("acme")
	apply(t, s, c, 0)
	book := &notebook{}
	one, two := missedAt(morning.Add(time.Hour), client), missedAt(morning, client) // the later becomes known first
	drainBy(t, s, c, book, slices.Concat(one, two, missedAt(morning, "+79120000002"))...)
	all := tasks(t, s, store.MissedFilter{Client: client})
	if len(all) != 1 || all[0].ID != one[0].Call || !slices.Equal(all[0].Calls, []fmc.CallID{two[0].Call, one[0].Call}) ||
		!all[0].First.Equal(morning) || !all[0].Last.Equal(morning.Add(time.Hour)) || all[0].State != store.MissedOpen || all[0].Group != "sales" {
		t.Errorf("%+v", all)
	}
	if len(tasks(t, s, store.MissedFilter{State: store.MissedOpen})) != 2 {
		t.Error("another client has no task")
	}
	if kinds := book.kinds(); len(kinds) != 4 {
		t.Errorf("jobs %v, want two for each client", kinds)
	}
}

func TestHiddenCallersHaveATaskForEachCall(t *testing.T) {
	s := storetest.Open(t)
	c := salesOf("acme")
	c.Rules.Missed.Text = "We call you back."
	apply(t, s, c, 0)
	book := &notebook{}
	drainBy(t, s, c, book, slices.Concat(missedAt(morning, ""), missedAt(morning, ""), missedAt(morning, client))...)
	if all := tasks(t, s, store.MissedFilter{}); len(all) != 3 {
		t.Errorf("%+v", all)
	}
	texts := 0
	for _, k := range book.kinds() {
		if k == store.JobMissedText {
			texts++
		}
	}
	if texts != 1 {
		t.Errorf("%d clients are sent a text", texts)
	}
}

func TestAConversationEndsTheTaskWhicheverIsKnownFirst(t *testing.T) {
	answered := func(began time.Time) []fmc.Fact {
		return comes("acme", newCall(), began, client).rings("petrov", "sales").talks(5 * time.Second).ends(time.Minute)
	}
	for name, row := range map[string]struct {
		facts [][]fmc.Fact
		state store.MissedState
		by    string
	}{
		"they call again":                    {[][]fmc.Fact{missedAt(morning, client), answered(morning.Add(time.Hour))}, store.MissedDone, "petrov"},
		"they are called back":               {[][]fmc.Fact{missedAt(morning, client), calledBack(morning.Add(time.Hour), "ivanov")}, store.MissedDone, "ivanov"},
		"the conversation is known first":    {[][]fmc.Fact{calledBack(morning.Add(time.Hour), "ivanov"), missedAt(morning, client)}, store.MissedDone, "ivanov"},
		"they talked before":                 {[][]fmc.Fact{missedAt(morning, client), answered(morning.Add(-time.Hour))}, store.MissedOpen, ""},
		"they talked before the second only": {[][]fmc.Fact{missedAt(morning, client), missedAt(morning.Add(2*time.Hour), client), answered(morning.Add(time.Hour))}, store.MissedOpen, ""},
		"another client talked":              {[][]fmc.Fact{missedAt(morning, "+79120000002"), answered(morning.Add(time.Hour))}, store.MissedOpen, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := storetest.Open(t)
			c := salesOf("acme")
			apply(t, s, c, 0)
			for _, facts := range row.facts {
				drainBy(t, s, c, nil, facts...)
			}
			all := tasks(t, s, store.MissedFilter{})
			if len(all) != 1 || all[0].State != row.state || all[0].EndedBy != row.by || (all[0].Ended != nil) != (row.state != store.MissedOpen) {
				t.Errorf("%+v", all)
			}
		})
	}
}

func TestATaskEndsWhileTheyStillTalk(t *testing.T) {
	s := storetest.Open(t)
	c := salesOf("acme")
	apply(t, s, c, 0)
	drainBy(t, s, c, nil, missedAt(morning, client)...)
	talk := calledBack(morning.Add(time.Hour), "ivanov")
	drainBy(t, s, c, nil, talk[:len(talk)-2]...)
	if all := tasks(t, s, store.MissedFilter{State: store.MissedDone}); len(all) != 1 || all[0].Why != "call "+string(talk[0].Call) {
		t.Errorf("%+v", all)
	}
}

func TestWhoseATaskIs(t *testing.T) {
	talked := func(began time.Time, who fmc.EmployeeID) []fmc.Fact {
		return comes("acme", newCall(), began, client).rings(who, "sales").talks(5 * time.Second).ends(time.Minute)
	}
	mail := func(m fmc.Mailed) []fmc.Fact {
		s := comes("acme", newCall(), morning, client)
		m.Leg, m.From = s.leg(1), time.Second
		return s.at(9*time.Second, m).ends(10 * time.Second)
	}
	for name, row := range map[string]struct {
		facts [][]fmc.Fact
		owner fmc.EmployeeID
		group fmc.GroupID
	}{
		"nobody knows the client: the head's":        {[][]fmc.Fact{missedAt(morning, client)}, "petrov", "sales"},
		"who talked with them last":                  {[][]fmc.Fact{talked(morning.Add(-3*time.Hour), "petrov"), talked(morning.Add(-2*time.Hour), "ivanov"), missedAt(morning, client)}, "ivanov", "sales"},
		"who talked with them too long ago does not": {[][]fmc.Fact{talked(morning.Add(-72*time.Hour), "ivanov"), missedAt(morning, client)}, "petrov", "sales"},
		"who is gone from the company does not":      {[][]fmc.Fact{talked(morning.Add(-2*time.Hour), "gone"), missedAt(morning, client)}, "petrov", "sales"},
		"whom a message was left for":                {[][]fmc.Fact{mail(fmc.Mailed{Employee: "ivanov"})}, "ivanov", ""},
		"a message for the group":                    {[][]fmc.Fact{mail(fmc.Mailed{Group: "sales"})}, "petrov", "sales"},
		"nobody's":                                   {[][]fmc.Fact{comes("acme", newCall(), morning, client).rings("ivanov", "").ends(30 * time.Second)}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := storetest.Open(t)
			c := salesOf("acme")
			apply(t, s, c, 0)
			for _, facts := range row.facts {
				drainBy(t, s, c, nil, facts...)
			}
			all := tasks(t, s, store.MissedFilter{})
			if len(all) != 1 || all[0].Owner != row.owner || all[0].Group != row.group {
				t.Errorf("%+v", all)
			}
		})
	}
}

func TestWhichCallsLoseAClient(t *testing.T) {
	interrupted := func(s *script, at time.Duration) []fmc.Fact {
		return s.at(at, fmc.Closed{Cause: cause.Of(cause.Interrupted), Interrupted: true}).facts
	}
	out := calledBack(morning, "ivanov")
	refused := comes("acme", newCall(), morning, client)
	refused.at(time.Second, fmc.Closed{Cause: cause.Of(cause.Refused)})
	for name, row := range map[string]struct {
		facts []fmc.Fact
		at    time.Duration // since morning; -1: it loses nobody
	}{
		"nobody took it":                             {missedAt(morning, client), 0},
		"they hung up before anybody was rung":       {comes("acme", newCall(), morning, client).ends(3 * time.Second), -1},
		"it was refused":                             {refused.facts, -1},
		"they talked":                                {comes("acme", newCall(), morning, client).rings("ivanov", "sales").talks(time.Second).ends(time.Minute), -1},
		"we were killed while they talked":           {interrupted(comes("acme", newCall(), morning, client).rings("ivanov", "sales").talks(time.Second), time.Minute), time.Minute},
		"we were killed while it rang":               {interrupted(comes("acme", newCall(), morning, client).rings("ivanov", "sales"), 5*time.Second), 5 * time.Second},
		"we were killed in the menu":                 {interrupted(comes("acme", newCall(), morning, client), 2*time.Second), 2 * time.Second},
		"we were killed while a person called them":  {append(out[:len(out)-2:len(out)-2], fmc.Fact{Company: "acme", Call: out[0].Call, At: time.Minute, Body: fmc.Closed{Interrupted: true}}), time.Minute},
		"we were killed while their mobile rang":     {append(out[:3:3], fmc.Fact{Company: "acme", Call: out[0].Call, At: time.Minute, Body: fmc.Closed{Interrupted: true}}), -1},
		"a person did not get through to the client": {append(out[:3:3], fmc.Fact{Company: "acme", Call: out[0].Call, At: time.Minute, Body: fmc.Closed{Cause: cause.Of(cause.Busy)}}), -1},
		"a person of the company calls their own":    {missedAt(morning, "+79161234567"), -1},
		"it is told by another record":               {comes("acme", newCall(), morning, client).rings("ivanov", "sales").at(time.Second, fmc.Merged{Into: "x"}).ends(2 * time.Second), -1},
	} {
		t.Run(name, func(t *testing.T) {
			s := storetest.Open(t)
			c := salesOf("acme")
			apply(t, s, c, 0)
			drainBy(t, s, c, nil, row.facts...)
			all := tasks(t, s, store.MissedFilter{})
			switch {
			case row.at < 0 && len(all) == 0:
			case row.at < 0 || len(all) != 1 || !all[0].First.Equal(morning.Add(row.at)) || all[0].State != store.MissedOpen:
				t.Errorf("%+v", all)
			}
		})
	}
}

func TestTheDeadlineIsCountedWhileTheOwnerWorks(t *testing.T) {
	friday := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	at := func(day, hour, minute int) time.Time {
		return friday.AddDate(0, 0, day).Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
	}
	for name, row := range map[string]struct {
		change func(*fmc.Company)
		lost   time.Time
		due    time.Time
	}{
		"within the hours":               {nil, at(0, 10, 0).Add(30 * time.Second), at(0, 11, 0).Add(30 * time.Second)},
		"over the weekend":               {nil, at(0, 17, 30), at(3, 9, 30)},
		"at night":                       {nil, at(0, 3, 0), at(0, 10, 0)},
		"by the company's rule":          {func(c *fmc.Company) { c.Rules.Missed.Deadline = 15 * time.Minute }, at(0, 17, 50), at(3, 9, 5)},
		"nobody has hours":               {func(c *fmc.Company) { c.Employees[0].Hours, c.Employees[1].Hours = "", "" }, at(0, 23, 30), at(1, 0, 30)},
		"the group's, where nobody owns": {func(c *fmc.Company) { c.Groups[0].Head = "" }, at(0, 17, 30), at(3, 9, 30)},
		"hours that never open":          {func(c *fmc.Company) { c.Hours["work"] = fmc.Hours{ID: "work"} }, at(0, 17, 30), at(0, 18, 30)},
	} {
		t.Run(name, func(t *testing.T) {
			s := storetest.Open(t)
			c := salesOf("acme")
			c.Rules.Missed.Escalate = 2 * time.Hour
			if row.change != nil {
				row.change(c)
			}
			apply(t, s, c, 0)
			book := &notebook{}
			drainBy(t, s, c, book, missedAt(row.lost, client)...)
			all := tasks(t, s, store.MissedFilter{})
			if len(all) != 1 || !all[0].Due.Equal(row.due) {
				t.Fatalf("%+v, want due %s", all, row.due)
			}
			for _, j := range book.jobs {
				if want := map[store.JobKind]time.Time{store.JobMissedDue: row.due, store.JobMissedEscalate: row.due.Add(2 * time.Hour)}[j.Kind]; !j.At.Equal(want) || j.Call != all[0].ID {
					t.Errorf("%+v, want %s", j, want)
				}
			}
		})
	}
}

func TestWithoutADirectoryATaskIsDueInAnHour(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, salesOf("acme"), 0)
	drainAll(t, s, missedAt(morning, client)...)
	if all := tasks(t, s, store.MissedFilter{}); len(all) != 1 || !all[0].Due.Equal(morning.Add(time.Hour)) || all[0].Owner != "" || all[0].Group != "sales" {
		t.Errorf("%+v", all)
	}
}

func TestATaskIsTakenAndClosedByHandOnce(t *testing.T) {
	s := storetest.Open(t)
	c := salesOf("acme")
	apply(t, s, c, 0)
	lost := missedAt(morning, client)
	drainBy(t, s, c, nil, lost...)
	acme, id := s.For("acme"), lost[0].Call
	if err := acme.TakeMissed(t.Context(), id, "nobody"); !errors.Is(err, cause.NotFound) {
		t.Error(err)
	}
	if err := acme.TakeMissed(t.Context(), id, "ivanov"); err != nil {
		t.Error(err)
	}
	if m, err := acme.MissedTask(t.Context(), id); err != nil || m.Owner != "ivanov" || m.State != store.MissedOpen {
		t.Errorf("%+v, %v", m, err)
	}
	if err := acme.CloseMissed(t.Context(), id, "ivanov", "wrong number"); err != nil {
		t.Error(err)
	}
	if m, err := acme.MissedTask(t.Context(), id); err != nil || m.State != store.MissedClosed || m.EndedBy != "ivanov" || m.Why != "wrong number" || m.Ended == nil {
		t.Errorf("%+v, %v", m, err)
	}
	for _, err := range []error{acme.CloseMissed(t.Context(), id, "x", "y"), acme.TakeMissed(t.Context(), id, "petrov")} {
		if !errors.Is(err, cause.Conflict) {
			t.Error(err)
		}
	}
	drainBy(t, s, c, nil, append(lost, missedAt(morning.Add(time.Hour), client)...)...) // the old one again, and a new one
	if all := tasks(t, s, store.MissedFilter{}); len(all) != 2 || all[0].State != store.MissedOpen || len(all[0].Calls) != 1 || all[1].State != store.MissedClosed {
		t.Errorf("%+v", all)
	}
	done := calledBack(morning.Add(2*time.Hour), "petrov")
	drainBy(t, s, c, nil, done...)
	if err := acme.CloseMissed(t.Context(), tasks(t, s, store.MissedFilter{})[0].ID, "x", "y"); !errors.Is(err, cause.Conflict) {
		t.Error(err)
	}
}

func TestTasksAreFilteredAndPaged(t *testing.T) {
	s := storetest.Open(t)
	c := salesOf("acme")
	apply(t, s, c, 0)
	for i := range 5 {
		drainBy(t, s, c, nil, missedAt(morning.Add(time.Duration(i/2)*time.Hour), "+7912000000"+string(rune('0'+i)))...)
	}
	seen := map[fmc.CallID]bool{}
	for f := (store.MissedFilter{Limit: 2}); ; {
		page := tasks(t, s, f)
		if len(page) == 0 {
			break
		}
		for _, m := range page {
			seen[m.ID] = true
		}
		f.After = page[len(page)-1].Mark()
	}
	if len(seen) != 5 {
		t.Errorf("%d on all pages", len(seen))
	}
	for _, row := range []struct {
		f    store.MissedFilter
		want int
	}{
		{store.MissedFilter{Owner: "petrov"}, 5},
		{store.MissedFilter{Owner: "ivanov"}, 0},
		{store.MissedFilter{Group: "sales"}, 5},
		{store.MissedFilter{Client: "+79120000003"}, 1},
		{store.MissedFilter{From: morning.Add(time.Hour), To: morning.Add(2 * time.Hour)}, 2},
		{store.MissedFilter{State: store.MissedClosed}, 0},
	} {
		if all := tasks(t, s, row.f); len(all) != row.want {
			t.Errorf("%+v: %d", row.f, len(all))
		}
	}
}

// TestNodesThatLoseOneClientAtOnceOpenOneTask drains two journals at the same time, call by call.
func TestNodesThatLoseOneClientAtOnceOpenOneTask(t *testing.T) {
	s := storetest.Open(t)
	c := salesOf("acme")
	apply(t, s, c, 0)
	const each = 10
	var drains []*store.Drain
	var journals []journal.Journal
	for range 2 {
		j, left := openLog(t, t.TempDir())
		for i := range each {
			keep(t, j, missedAt(morning.Add(time.Duration(i)*time.Minute), client)...)
		}
		o := quick
		o.Batch, o.Directory = 1, rules{c}
		drains, journals = append(drains, s.Drain(j.Log, left, o)), append(journals, j)
	}
	for _, d := range drains {
		startDrain(t, d)
	}
	for i, d := range drains {
		awaitDrained(t, d, journals[i])
	}
	if all := tasks(t, s, store.MissedFilter{}); len(all) != 1 || len(all[0].Calls) != 2*each {
		t.Errorf("%d tasks", len(all))
	}
	if aside, err := s.Operator().Quarantined(t.Context(), 10); err != nil || len(aside) > 0 {
		t.Errorf("%+v, %v", aside, err)
	}
}
