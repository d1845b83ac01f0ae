package store_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
	"roadline/store"
	"roadline/store/storetest"
)

// pastOf is a company in Moscow with a made-up past of so many calls, and the address of its database.
func pastOf(t *testing.T, calls int) (*store.Store, string) {
	t.Helper()
	dsn := storetest.DSN(t)
	s := storetest.OpenAt(t, dsn)
	c := company("acme")
	c.Profile.Zone = moscow(t)
	c.Employees = nil
	for i := range 12 {
		c.Employees = append(c.Employees, fmc.Employee{ID: fmc.EmployeeID(fmt.Sprint("e", i)), Name: fmt.Sprint("Person ", i), Extension: fmt.Sprint(200 + i)})
	}
	apply(t, s, c, 0)
	past := storetest.Past{
		Company: "acme", Calls: calls, Days: 60, End: time.Date(2026, 11, 28, 21, 0, 0, 0, time.UTC), People: 12, Groups: 3,
		Numbers: []string{"+74951000001", "+74951000002"},
	}
	if err := past.Make(t.Context(), dsn); err != nil {
		t.Fatal(err)
	}
	return s, dsn
}

func moscow(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Moscow")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// sums are a tally's rows by everything that they have in common, and how many calls there are in all.
func sums(rows []store.Tally) (map[string]string, int) {
	all, calls := map[string]string{}, 0
	for _, x := range rows {
		all[fmt.Sprint(x.Day, " ", x.Hour, " ", x.Who, " ", x.Direction, " ", x.Status)] = fmt.Sprint(x.Calls, " ", x.Talked, " ", x.Waited)
		calls += x.Calls
	}
	return all, calls
}

// recount is what Tallied should say, counted from the list of calls.
func recount(t *testing.T, s *store.Store, f store.CallFilter, who func(store.CallLine) string) []store.Tally {
	t.Helper()
	zone := moscow(t)
	counted := map[store.Tally]*store.Tally{}
	err := s.For("acme").EachCall(t.Context(), f, func(l store.CallLine) error {
		if l.Status == fmc.StatusOpen {
			return nil
		}
		at := l.Began.In(zone)
		key := store.Tally{Day: at.Format(time.DateOnly), Hour: at.Hour(), Direction: l.Direction, Status: l.Status}
		if who != nil {
			key.Who, key.Hour = who(l), 0
			if key.Who == "" {
				return nil
			}
		}
		sum := counted[key]
		if sum == nil {
			sum = &store.Tally{Day: key.Day, Hour: key.Hour, Who: key.Who, Direction: key.Direction, Status: key.Status}
			counted[key] = sum
		}
		sum.Calls++
		sum.Talked += l.Talked
		if l.Answered != nil {
			sum.Waited += *l.Answered
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var all []store.Tally
	for _, sum := range counted {
		all = append(all, *sum)
	}
	return all
}

// reconciles fails where two ways of counting differ.
func reconciles(t *testing.T, what string, got, want []store.Tally) {
	t.Helper()
	counted, calls := sums(got)
	expected, _ := sums(want)
	if calls == 0 {
		t.Errorf("%s: nothing was counted", what)
	}
	for key, sum := range expected {
		if counted[key] != sum {
			t.Errorf("%s: %s: %q, the records say %q", what, key, counted[key], sum)
		}
	}
	if len(counted) != len(expected) {
		t.Errorf("%s: %d sums, the records make %d", what, len(counted), len(expected))
	}
}

func TestWhatIsCountedIsWhatTheRecordsSay(t *testing.T) {
	s, _ := pastOf(t, 5000)
	acme, zone := s.For("acme"), moscow(t)
	from, to := "2026-10-20", "2026-11-10"
	period := store.CallFilter{From: time.Date(2026, 10, 20, 0, 0, 0, 0, zone), To: time.Date(2026, 11, 11, 0, 0, 0, 0, zone)}
	for what, row := range map[string]struct {
		side   store.Side
		who    []string
		choose func(*store.CallFilter)
	}{
		"the company": {store.OfCompany, nil, func(*store.CallFilter) {}},
		"a group":     {store.OfGroup, []string{"g1"}, func(f *store.CallFilter) { f.Group = "g1" }},
		"two groups":  {store.OfGroup, []string{"g1", "g2"}, func(f *store.CallFilter) { f.Within = &store.Within{Groups: []fmc.GroupID{"g1", "g2"}} }},
		"a number":    {store.OfNumber, []string{"+74951000002"}, func(f *store.CallFilter) { f.Number = "+74951000002" }},
		"a person":    {store.OfPerson, []string{"e3"}, func(f *store.CallFilter) { f.Employee = "e3" }},
	} {
		filter := period
		row.choose(&filter)
		counted, err := acme.Tallied(t.Context(), store.TallyFilter{From: from, To: to, Side: row.side, Who: row.who})
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		reconciles(t, what, counted, recount(t, s, filter, nil))
		waits, err := acme.Waits(t.Context(), store.TallyFilter{From: from, To: to, Side: row.side, Who: row.who})
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		filter.Direction = fmc.Inbound
		for bin, n := range waits {
			filter.Wait = store.DurationRange{Least: max(time.Duration(bin)*store.WaitStep, 1), Under: time.Duration(bin+1) * store.WaitStep}
			if bin == store.WaitBins-1 {
				filter.Wait.Under = 0
			}
			listed := 0
			if err := acme.EachCall(t.Context(), filter, func(store.CallLine) error { listed++; return nil }); err != nil || listed != n {
				t.Errorf("%s: %d waited in bin %d, the list has %d, %v", what, n, bin, listed, err)
			}
		}
	}
	two := store.TallyFilter{From: from, To: to, Side: store.OfPerson, Who: []string{"e1", "e2"}}
	people, err := acme.TalliedDays(t.Context(), two)
	if err != nil {
		t.Fatal(err)
	}
	each, err := acme.TalliedEach(t.Context(), two)
	if err != nil {
		t.Fatal(err)
	}
	type day struct{ day, who string }
	counted := map[day]int{}
	for _, p := range people {
		counted[day{p.Day, p.Who}] = p.Calls
	}
	want, whole := map[day]int{}, map[store.Tally]store.Tally{}
	for _, row := range recount(t, s, store.CallFilter{From: period.From, To: period.To, Within: &store.Within{People: []fmc.EmployeeID{"e1", "e2"}}},
		func(l store.CallLine) string { return string(l.Employee) }) {
		want[day{row.Day, row.Who}] += row.Calls
		key := store.Tally{Who: row.Who, Direction: row.Direction, Status: row.Status}
		sum := whole[key]
		key.Calls, key.Talked, key.Waited = sum.Calls+row.Calls, sum.Talked+row.Talked, sum.Waited+row.Waited
		whole[store.Tally{Who: row.Who, Direction: row.Direction, Status: row.Status}] = key
	}
	reconciles(t, "people in all", each, slices.Collect(maps.Values(whole)))
	if len(people) != len(want) || !maps.Equal(counted, want) {
		t.Errorf("people by day: %v, want %v", counted, want)
	}
}

func TestAnHourOfTheWeekListsWhatItsCellCounts(t *testing.T) {
	s, _ := pastOf(t, 3000)
	acme, zone := s.For("acme"), moscow(t)
	rows, err := acme.Tallied(t.Context(), store.TallyFilter{From: "2026-10-01", To: "2026-11-30", Side: store.OfCompany})
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, x := range rows {
		if day, _ := time.Parse(time.DateOnly, x.Day); day.Weekday() == time.Tuesday && x.Hour == 13 {
			want += x.Calls
		}
	}
	week := &store.WeekHour{Day: time.Tuesday, Hour: 13, Zone: zone}
	for what, f := range map[string]store.CallFilter{
		"in a period":  {From: time.Date(2026, 10, 1, 0, 0, 0, 0, zone), To: time.Date(2026, 12, 1, 0, 0, 0, 0, zone), Week: week},
		"in all time":  {Week: week},
		"in ten years": {From: time.Date(2020, 1, 1, 0, 0, 0, 0, zone), To: time.Date(2030, 1, 1, 0, 0, 0, 0, zone), Week: week},
		"of everybody's": {
			From: time.Date(2026, 10, 1, 0, 0, 0, 0, zone), To: time.Date(2026, 12, 1, 0, 0, 0, 0, zone), Week: week,
			Within: &store.Within{People: people(12), Groups: []fmc.GroupID{"g0", "g1", "g2"}, Nobodys: []fmc.GroupID{""}},
		},
	} {
		listed := 0
		if err := acme.EachCall(t.Context(), f, func(store.CallLine) error { listed++; return nil }); err != nil || listed != want || want == 0 {
			t.Errorf("%s: the list has %d, the cell says %d, %v", what, listed, want, err)
		}
	}
}

// allDays chooses everything that was counted of a side.
func allDays(side store.Side, who ...string) store.TallyFilter {
	return store.TallyFilter{From: "2026-01-01", To: "2026-12-31", Side: side, Who: who}
}

func people(n int) (ids []fmc.EmployeeID) {
	for i := range n {
		ids = append(ids, fmc.EmployeeID(fmt.Sprint("e", i)))
	}
	return ids
}

func TestEachCallCountsOnceWhateverBecomesKnownOfIt(t *testing.T) {
	dsn := storetest.DSN(t)
	s := storetest.OpenAt(t, dsn)
	apply(t, s, salesOf("acme"), 0)
	counted := func() string {
		return query[string](t, dsn, `select coalesce(string_agg(side || '|' || who || '|' || day || '|' || hour || '|' || status || '|' || calls || '|' || talked, E'\n' order by side), '') from tally where calls <> 0`)
	}
	call := newCall()
	facts := aCall("acme", call)
	drainAll(t, s, facts[:7]...)
	if got := counted(); got != "" {
		t.Errorf("while it goes on: %s", got)
	}
	drainAll(t, s, facts[7:]...)
	whole := counted()
	if want := "company||2026-11-22|9|answered|1|00:00:30"; !strings.HasPrefix(whole, want) || strings.Count(whole, "\n") != 3 {
		t.Errorf("%s\nwant 4 rows, the first %s", whole, want)
	}
	drainAll(t, s, fmc.Fact{Company: "acme", Call: call, At: time.Minute, Body: fmc.Kept{File: "acme/x.wav"}})
	if got := counted(); got != whole {
		t.Errorf("with its recording: %s", got)
	}
	mustExec(t, dsn, "update call_record set talked = interval '40 seconds', grp = '' where id = '"+string(call)+"'")
	if got := counted(); !strings.Contains(got, "00:00:40") || strings.Contains(got, "group") {
		t.Errorf("corrected: %s", got)
	}
	if got := query[string](t, dsn, "select line || '|' || tries || '|' || up || '|' || talked from tally_line"); got != "trunk:carrier-a|1|1|00:00:31" {
		t.Errorf("its line: %s", got)
	}
	mustExec(t, dsn, "delete from call_record where id = '"+string(call)+"'")
	if got := counted(); got != "" {
		t.Errorf("deleted: %s", got)
	}
}

func TestPrivateAndMergedCallsAreCountedNowhere(t *testing.T) {
	dsn := storetest.DSN(t)
	s := storetest.OpenAt(t, dsn)
	apply(t, s, salesOf("acme"), 0)
	drainAll(t, s, aCall("acme", newCall())...)
	before := query[int](t, dsn, "select sum(calls)::int from tally")
	mustExec(t, dsn, "update call_record set private = true")
	private := query[int](t, dsn, "select sum(calls)::int from tally")
	mustExec(t, dsn, "update call_record set private = false, merged_into = 'x'")
	if merged := query[int](t, dsn, "select sum(calls)::int from tally"); before != 4 || private != 0 || merged != 0 {
		t.Errorf("%d, as a private one %d, as a merged one %d", before, private, merged)
	}
}

func TestACompanyThatMovesHasOtherDays(t *testing.T) {
	dsn := storetest.DSN(t)
	s := storetest.OpenAt(t, dsn)
	c := company("acme")
	base := apply(t, s, c, 0)
	drainAll(t, s, aCall("acme", newCall())...)
	hours := func() string {
		return query[string](t, dsn, "select string_agg(day || ' ' || hour, ',') from tally where side = 'company' and calls <> 0")
	}
	if got := hours(); got != "2026-11-22 9" {
		t.Error(got)
	}
	c.Profile.Zone, c.Profile.Name = time.FixedZone("Pacific/Auckland", 13*3600), "moved"
	apply(t, s, c, base)
	if got := hours(); got != "2026-11-22 22" {
		t.Errorf("in Auckland: %s", got)
	}
	drainAll(t, s, aCall("acme", newCall())...)
	if got := query[int](t, dsn, "select sum(calls)::int from tally where side = 'company' and hour = 22"); got != 2 {
		t.Errorf("%d calls in that hour", got)
	}
	c.Profile.Zone, c.Profile.Name = time.FixedZone("Mars/Olympus", 0), "on Mars"
	if _, err := s.For("acme").Apply(t.Context(), change(c, base+1)); err == nil || !strings.Contains(err.Error(), "Mars/Olympus") {
		t.Errorf("a zone that PostgreSQL does not know: %v", err)
	}
}

func TestLostClientsHaveTheOutcomeThatTheirTaskTells(t *testing.T) {
	s := storetest.Open(t)
	c := salesOf("acme")
	apply(t, s, c, 0)
	lost := func(n int) string { return fmt.Sprintf("+7912000%04d", n) }
	back := func(after time.Duration, n int) []fmc.Fact {
		facts := calledBack(morning.Add(after), "ivanov")
		for i, f := range facts {
			switch b := f.Body.(type) {
			case fmc.Opened:
				b.To.E164 = lost(n)
				facts[i].Body = b
			case fmc.LegBegan:
				if b.Role == fmc.Client {
					b.Number.E164 = lost(n)
					facts[i].Body = b
				}
			}
		}
		return facts
	}
	again := comes("acme", newCall(), morning.Add(5*time.Minute), lost(4)).rings("petrov", "sales").talks(5 * time.Second).ends(time.Minute)
	drainBy(t, s, c, nil, slices.Concat(
		missedAt(morning, lost(1)), back(10*time.Minute, 1), missedAt(morning, lost(2)), back(5*time.Hour, 2), missedAt(morning, lost(3)), back(30*time.Hour, 3),
		missedAt(morning, lost(4)), again, missedAt(morning, lost(5)), missedAt(morning, lost(6)))...)
	acme := s.For("acme")
	closed := tasks(t, s, store.MissedFilter{Client: lost(6)})[0]
	if err := acme.CloseMissed(t.Context(), closed.ID, "petrov", "a wrong number"); err != nil {
		t.Fatal(err)
	}
	counted, err := acme.CountMissed(t.Context(), store.MissedFilter{From: morning, To: morning.Add(time.Hour), Group: "sales"})
	if err != nil {
		t.Fatal(err)
	}
	for _, outcome := range store.MissedOutcomes {
		if listed := tasks(t, s, store.MissedFilter{Outcome: outcome}); counted[outcome] != 1 || len(listed) != 1 {
			t.Errorf("%s: counted %d, listed %+v", outcome, counted[outcome], listed)
		}
	}
	if counted, err := acme.CountMissed(t.Context(), store.MissedFilter{Within: &store.Within{Groups: []fmc.GroupID{"other"}}}); err != nil || len(counted) != 0 {
		t.Errorf("of another group: %v, %v", counted, err)
	}
}

// TestEveryFilterOfTheListHasAnIndex looks at what PostgreSQL reads for a page of each filter: of twenty thousand calls a
// few hundred rows at most.
func TestEveryFilterOfTheListHasAnIndex(t *testing.T) {
	s, dsn := pastOf(t, 20_000)
	acme, zone := s.For("acme"), moscow(t)
	first, err := acme.Calls(t.Context(), store.CallFilter{Limit: 1, Direction: fmc.Inbound})
	if err != nil || len(first) != 1 {
		t.Fatal(err)
	}
	line := first[0]
	written(t, dsn)
	week := &store.WeekHour{Day: time.Tuesday, Hour: 11, Zone: zone}
	for what, row := range map[string]struct {
		f    store.CallFilter
		none bool // nothing is found
	}{
		"all":                      {f: store.CallFilter{}},
		"a later page":             {f: store.CallFilter{After: store.CallMark{Began: time.Date(2026, 10, 20, 0, 0, 0, 0, zone), ID: "x"}}},
		"a day":                    {f: store.CallFilter{From: time.Date(2026, 10, 20, 0, 0, 0, 0, zone), To: time.Date(2026, 10, 21, 0, 0, 0, 0, zone)}},
		"a client":                 {f: store.CallFilter{Client: line.Client}},
		"a whole number":           {f: store.CallFilter{Client: line.Client, Whole: true}},
		"nobody's number":          {f: store.CallFilter{Client: "+7000"}, none: true},
		"how a number ends":        {f: store.CallFilter{Digits: line.Client[len(line.Client)-6:]}},
		"digits that no one has":   {f: store.CallFilter{Digits: "00000000"}, none: true},
		"a person":                 {f: store.CallFilter{Employee: "e3"}},
		"a group":                  {f: store.CallFilter{Group: "g2"}},
		"a number":                 {f: store.CallFilter{Number: "+74951000002"}},
		"a rare status":            {f: store.CallFilter{Status: fmc.StatusFailed}},
		"among colleagues":         {f: store.CallFilter{Direction: fmc.Internal}},
		"recorded":                 {f: store.CallFilter{Taped: true}},
		"longer than ever":         {f: store.CallFilter{Talk: store.DurationRange{Least: 10 * time.Hour}}, none: true},
		"an hour of the week":      {f: store.CallFilter{From: time.Date(2026, 10, 1, 0, 0, 0, 0, zone), To: time.Date(2026, 12, 1, 0, 0, 0, 0, zone), Week: week}},
		"one's own":                {f: store.CallFilter{Within: &store.Within{People: []fmc.EmployeeID{"e3"}, Nobodys: []fmc.GroupID{"g1"}}}},
		"of who never had a call":  {f: store.CallFilter{Within: &store.Within{People: []fmc.EmployeeID{"new"}}}, none: true},
		"of who may see nothing":   {f: store.CallFilter{Within: &store.Within{}}, none: true},
		"found":                    {f: store.CallFilter{Found: &store.Found{People: []fmc.EmployeeID{"e1"}, Calls: []fmc.CallID{line.ID}}}},
		"found nothing":            {f: store.CallFilter{Found: &store.Found{}}, none: true},
		"a tag of many":            {f: store.CallFilter{Tag: "vip"}},
		"a tag that no one gave":   {f: store.CallFilter{Tag: "none"}, none: true},
		"a result":                 {f: store.CallFilter{Result: "agreed"}},
		"a result of no call":      {f: store.CallFilter{Result: "none"}, none: true},
		"a person's rare statuses": {f: store.CallFilter{Employee: "e3", Statuses: []fmc.Status{fmc.StatusFailed, fmc.StatusRefused}}},
	} {
		lines, err := acme.Calls(t.Context(), row.f)
		if err != nil || len(lines) == 0 != row.none {
			t.Errorf("%s: %d lines, %v", what, len(lines), err)
		}
		if !slices.IsSortedFunc(lines, func(a, b store.CallLine) int { return cmp.Or(b.Began.Compare(a.Began), cmp.Compare(b.ID, a.ID)) }) {
			t.Errorf("%s: not newest first", what)
		}
		if read := rowsRead(t, dsn, row.f); read > 4500 {
			t.Errorf("%s: %d rows were read for a page", what, read)
		}
	}
}

// written has people write something about every tenth call.
func written(t *testing.T, dsn string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	const tenth = " from call_record where company = 'acme' and abs(hashtext(id)) % 10 = 0"
	for _, sql := range []string{
		"insert into call_tag (company, tag, began, call, author, at) select company, 'vip', began, id, 'e1', began" + tenth,
		"insert into call_result (company, call, result, note, author, at) select company, id, 'agreed', '', 'e1', began" + tenth,
		"analyze call_tag", "analyze call_result",
	} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
}

// rowsRead is how many rows of calls PostgreSQL takes into its hands for a page, as the cabinet asks for it.
func rowsRead(t *testing.T, dsn string, f store.CallFilter) int {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	if _, err := conn.Exec(t.Context(), "set role roadline_cabinet; select set_config('app.company', 'acme', false)"); err != nil {
		t.Fatal(err)
	}
	sql, args := store.CallListSQL("acme", f)
	var plans []struct{ Plan planNode }
	if err := conn.QueryRow(t.Context(), "explain (analyze, format json) "+sql, args...).Scan(&plans); err != nil {
		t.Fatal(err)
	}
	return plans[0].Plan.read()
}

// planNode is a node of a plan of PostgreSQL.
type planNode struct {
	Relation string  `json:"Relation Name"`
	Rows     float64 `json:"Actual Rows"`
	Loops    float64 `json:"Actual Loops"`
	Removed  float64 `json:"Rows Removed by Filter"`
	Plans    []planNode
}

func (n planNode) read() (rows int) {
	if n.Relation == "call_record" {
		rows = int((n.Rows + n.Removed) * n.Loops)
	}
	for _, p := range n.Plans {
		rows += p.read()
	}
	return rows
}

// TestACallThatEndsWhileTheCompanyMovesCountsInTheNewZone has a call end between the moment at which all is counted by the
// new zone and the moment at which that is seen.
func TestACallThatEndsWhileTheCompanyMovesCountsInTheNewZone(t *testing.T) {
	dsn := storetest.DSN(t)
	s := storetest.OpenAt(t, dsn)
	apply(t, s, company("acme"), 0)
	facts := aCall("acme", newCall())
	last := len(facts) - 1
	drainAll(t, s, facts[:last]...)
	moving, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = moving.Close(context.Background()) }()
	tx, err := moving.Begin(t.Context())
	if err == nil { // as Apply does it
		_, err = tx.Exec(t.Context(), "select from company where id = 'acme' for update")
	}
	if err == nil {
		_, err = tx.Exec(t.Context(), "update company set zone = 'Pacific/Honolulu' where id = 'acme'")
	}
	if err != nil {
		t.Fatal(err)
	}
	j, left := openLog(t, t.TempDir())
	keep(t, j, facts[last])
	d := s.Drain(j.Log, left, store.DrainOptions{Linger: time.Millisecond})
	stop := startDrain(t, d)
	await(t, "the drain waits for the move", func() bool {
		return query[bool](t, dsn, "select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')")
	})
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	awaitDrained(t, d, j)
	stop()
	if days := query[string](t, dsn, "select string_agg(distinct day::text, ' ') from tally"); days != "2026-11-21" {
		t.Errorf("it counts on %s", days)
	}
}
