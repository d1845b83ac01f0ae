package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/journal"
	"roadline/store/storetest"
)

func newCall() fmc.CallID { return fmc.CallID(uuid.Must(uuid.NewV7()).String()) }

// aCall is an answered inbound call to ivanov, from its first fact to its last.
func aCall(company fmc.CompanyID, id fmc.CallID) []fmc.Fact {
	c, w := fmc.LegID{Call: id, N: 1}, fmc.LegID{Call: id, N: 2}
	hangUp := cause.Of(cause.Hangup)
	var facts []fmc.Fact
	add := func(at time.Duration, body fmc.Happening) {
		facts = append(facts, fmc.Fact{Company: company, Call: id, At: at, Body: body})
	}
	add(0, fmc.Opened{
		Began: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), Direction: fmc.Inbound, Trunk: "carrier-a",
		From: callerid.Number{E164: client}, To: callerid.Number{E164: numberOf(company)},
	})
	add(0, fmc.LegBegan{Leg: c, Offered: true, Role: fmc.Client, Number: callerid.Number{E164: client}})
	add(time.Millisecond, fmc.Planned{Generation: 1, At: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), Request: json.RawMessage(`{"z":1,"a":"<&>"}`), Plan: json.RawMessage(`{"nodes":[1, 2]}`)})
	add(time.Second, fmc.LegBegan{Leg: w, Role: fmc.Worker, Employee: "ivanov", Group: "sales", Device: "ivanov/mobile", Line: "trunk:carrier-a"})
	add(2*time.Second, fmc.LegIs{Leg: w, Link: fmc.Alerting})
	add(5*time.Second, fmc.LegIs{Leg: w, Link: fmc.Up})
	add(6*time.Second, fmc.Talking{Talks: []fmc.Conversation{{Legs: []fmc.LegID{c, w}, Tape: true}}})
	add(6*time.Second, fmc.TapeIs{State: fmc.TapeReady})
	add(36*time.Second, fmc.Talking{})
	add(36*time.Second, fmc.LegIs{Leg: c, Link: fmc.Gone, Cause: &hangUp})
	add(36*time.Second, fmc.LegIs{Leg: w, Link: fmc.Gone, Cause: &hangUp})
	add(36*time.Second, fmc.Closed{Cause: hangUp, By: c})
	return facts
}

// openLog begins a journal in a folder and runs it.
func openLog(t *testing.T, dir string) (journal.Journal, []*journal.Boot) {
	t.Helper()
	l, left, err := journal.Open(dir, "node", uuid.Must(uuid.NewV7()), journal.Options{SegmentSize: 16 << 10})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, l.Close()); err != nil {
			t.Error(err)
		}
		for _, b := range left {
			_ = b.Close()
		}
	})
	return journal.Journal{Log: l}, left
}

// startDrain runs a drain until the returned function is called.
func startDrain(t *testing.T, d *store.Drain) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return stop
}

func keep(t *testing.T, j journal.Journal, facts ...fmc.Fact) {
	t.Helper()
	if err := j.Append(facts...); err != nil {
		t.Fatal(err)
	}
}

// drainAll brings facts into the store by way of a journal.
func drainAll(t *testing.T, s *store.Store, facts ...fmc.Fact) {
	t.Helper()
	j, left := openLog(t, t.TempDir())
	keep(t, j, facts...)
	d := s.Drain(j.Log, left, quick)
	stop := startDrain(t, d)
	awaitDrained(t, d, j)
	stop()
}

func awaitDrained(t *testing.T, d *store.Drain, j journal.Journal) {
	t.Helper()
	await(t, "everything is drained", func() bool { return d.State().Drained == j.State().Last && d.State().BootsLeft == 0 })
}

// quick are options for tests: small batches, and little patience with a frozen server.
var quick = store.DrainOptions{Batch: 7, Linger: time.Millisecond, Patience: 500 * time.Millisecond}

func TestAnEntryAfterAQuietTimeWaitsForNoOthers(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	j, left := openLog(t, t.TempDir())
	d := s.Drain(j.Log, left, store.DrainOptions{Linger: time.Hour})
	stop := startDrain(t, d)
	facts := aCall("acme", newCall())
	keep(t, j, facts[0])
	awaitDrained(t, d, j)
	keep(t, j, facts[1:]...) // they wait, and come in at the stop at the latest
	stop()
	if d.State().Drained != j.State().Last {
		t.Errorf("drained up to %d of %d", d.State().Drained, j.State().Last)
	}
}

func TestACallBecomesItsRecord(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	id := newCall()
	facts := aCall("acme", id)
	drainAll(t, s, facts...)
	acme := s.For("acme")
	r, err := acme.Call(t.Context(), id)
	if err != nil || r.Status != fmc.StatusAnswered || r.Times.Talked != 30*time.Second || len(r.Legs) != 2 {
		t.Fatalf("%+v, %v", r, err)
	}
	lines, err := acme.Calls(t.Context(), store.CallFilter{})
	if err != nil || len(lines) != 1 {
		t.Fatalf("%+v, %v", lines, err)
	}
	l := lines[0]
	if l.ID != id || l.Client != client || l.Number != numberOf("acme") || l.EmployeeName != "Ivan Ivanov" || l.Group != "sales" ||
		*l.Answered != 6*time.Second || l.Talked != 30*time.Second || *l.Ended != 36*time.Second || l.Recording != "ready" || l.Cause != "hangup" {
		t.Errorf("%+v", l)
	}
	plans, err := acme.Plans(t.Context(), id)
	if err != nil || len(plans) != 1 || plans[0].Generation != 1 {
		t.Fatalf("%+v, %v", plans, err)
	}
	var kept struct{ Body fmc.Planned }
	whole, err := json.Marshal(facts[2])
	if err != nil || json.Unmarshal(whole, &kept) != nil || string(plans[0].Request) != string(kept.Body.Request) || string(plans[0].Plan) != string(kept.Body.Plan) {
		t.Errorf("request %s, plan %s: not the bytes of the journal", plans[0].Request, plans[0].Plan)
	}
	back, err := acme.Facts(t.Context(), id)
	if err != nil || len(back) != len(facts) {
		t.Fatalf("%d facts of %d, %v", len(back), len(facts), err)
	}
	for i := range back {
		if back[i].Kind() != facts[i].Kind() || back[i].At != facts[i].At {
			t.Errorf("fact %d: %+v, want %+v", i, back[i], facts[i])
		}
	}
}

func TestACallThatGoesOnHasARecordToo(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	j, left := openLog(t, t.TempDir())
	d := s.Drain(j.Log, left, quick)
	startDrain(t, d)
	id := newCall()
	facts := aCall("acme", id)
	for i, f := range facts { // one batch each, so that what was drained before is remembered
		keep(t, j, f)
		awaitDrained(t, d, j)
		r, err := s.For("acme").Call(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if last := i == len(facts)-1; last != (r.Status == fmc.StatusAnswered) || !last && r.Status != fmc.StatusOpen {
			t.Fatalf("after fact %d: %s", i, r.Status)
		}
	}
	plans, err := s.For("acme").Plans(t.Context(), id)
	if err != nil || len(plans) != 1 {
		t.Fatalf("%d plans, %v", len(plans), err)
	}
}

func TestAFactAfterTheEndOfACallReachesItsRecord(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	j, left := openLog(t, t.TempDir())
	d := s.Drain(j.Log, left, quick)
	startDrain(t, d)
	id := newCall()
	keep(t, j, aCall("acme", id)...)
	awaitDrained(t, d, j)
	keep(t, j, fmc.Fact{Company: "acme", Call: id, At: time.Minute, Body: fmc.Kept{File: "acme/x.wav", SHA256: "abc"}})
	awaitDrained(t, d, j)
	r, err := s.For("acme").Call(t.Context(), id)
	if err != nil || r.Recording.Kept == nil || r.Recording.Kept.File != "acme/x.wav" || r.Status != fmc.StatusAnswered {
		t.Fatalf("%+v, %v", r, err)
	}
}

func TestCallsAreFilteredAndPaged(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	var facts []fmc.Fact
	for i := range 25 {
		call := aCall("acme", newCall())
		opened := call[0].Body.(fmc.Opened)
		opened.Began = opened.Began.Add(time.Duration(i/2) * time.Minute) // two at each instant
		call[0].Body = opened
		facts = append(facts, call...)
	}
	merged := aCall("acme", newCall())
	facts = append(facts, append(merged[:len(merged)-1:len(merged)-1], fmc.Fact{Company: "acme", Call: merged[0].Call, At: time.Minute, Body: fmc.Merged{Into: facts[0].Call}}, merged[len(merged)-1])...)
	drainAll(t, s, facts...)
	acme := s.For("acme")
	seen := map[fmc.CallID]bool{}
	for f := (store.CallFilter{Limit: 4}); ; {
		page, err := acme.Calls(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, l := range page {
			if seen[l.ID] {
				t.Fatalf("call %s on two pages", l.ID)
			}
			seen[l.ID] = true
		}
		f.After = page[len(page)-1].Mark()
	}
	if len(seen) != 25 {
		t.Fatalf("%d calls on all pages", len(seen))
	}
	at := func(minutes int) time.Time {
		return time.Date(2026, 11, 22, 9, minutes, 0, 0, time.UTC)
	}
	for _, row := range []struct {
		f    store.CallFilter
		want int
	}{
		{store.CallFilter{From: at(3), To: at(5)}, 4},
		{store.CallFilter{Client: "+7912"}, 25},
		{store.CallFilter{Client: "+7913"}, 0},
		{store.CallFilter{Client: "%"}, 0},
		{store.CallFilter{Employee: "ivanov", Group: "sales", Direction: fmc.Inbound, Status: fmc.StatusAnswered, Number: numberOf("acme")}, 25},
		{store.CallFilter{Employee: "petrov"}, 0},
		{store.CallFilter{Direction: fmc.Outbound}, 0},
		{store.CallFilter{Merged: true}, 26},
	} {
		if lines, err := acme.Calls(t.Context(), row.f); err != nil || len(lines) != row.want {
			t.Errorf("%+v: %d calls, want %d, %v", row.f, len(lines), row.want, err)
		}
	}
}

// TestWhatPostgresRefusesIsPutAsideAndTheRestGoesOn mixes in a fact of a company that is not there, one of a later
// build, a number with a character that PostgreSQL has no place for, and an entry with the one that stands between bodies.
func TestWhatPostgresRefusesIsPutAsideAndTheRestGoesOn(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	j, left := openLog(t, t.TempDir())
	var ids []fmc.CallID
	add := func(company fmc.CompanyID) {
		id := newCall()
		facts := aCall(company, id)
		opened := facts[0].Body.(fmc.Opened)
		opened.From = callerid.Number{Raw: "a\x00b\xff"}
		facts[0].Body = opened
		keep(t, j, facts...)
		if company == "acme" {
			ids = append(ids, id)
		}
	}
	add("acme")
	add("ghost")
	later := []byte(`{"v":99,"kind":"opened","company":"acme","call":"x","at":0,"body":{}}`)
	split := []byte("{\"v\":1,\"kind\":\"closed\",\"company\":\"ac\x1eme\",\"call\":\"x\",\"at\":0,\"body\":{}}")
	if err := j.Log.Append(journal.Draft{Body: later}, journal.Draft{Body: []byte("not even JSON")}, journal.Draft{Body: split}); err != nil {
		t.Fatal(err)
	}
	keep(t, j, fmc.Fact{Company: "acme\x00", Call: newCall(), Body: fmc.Opened{Direction: fmc.Inbound}})
	add("acme")
	add("ghost")
	add("acme")
	d := s.Drain(j.Log, left, quick)
	stop := startDrain(t, d)
	awaitDrained(t, d, j)
	stop()
	for _, id := range ids {
		r, err := s.For("acme").Call(t.Context(), id)
		if err != nil || r.Status != fmc.StatusAnswered {
			t.Errorf("%s: %s, %v", id, r.Status, err)
		}
	}
	aside, err := s.Operator().Quarantined(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, a := range aside {
		kinds[a.Kind]++
		if a.Reason == "" || a.Boot != j.Boot() || a.Kind == "entry" && len(a.Body) == 0 {
			t.Errorf("%+v", a)
		}
	}
	// two calls of the ghost, whose facts are kept; four entries that could not be kept as facts
	if kinds["record"] != 2 || kinds["entry"] != 4 || d.State().Quarantined == 0 {
		t.Errorf("%v, %+v", kinds, d.State())
	}
}

func TestAHoleInTheJournalIsPutAside(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	dir := t.TempDir()
	first, _, err := journal.Open(dir, "node", uuid.Must(uuid.NewV7()), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	id := newCall()
	keep(t, journal.Journal{Log: first}, aCall("acme", id)...)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	damage(t, dir)
	j, left := openLog(t, dir)
	d := s.Drain(j.Log, left, quick)
	stop := startDrain(t, d)
	awaitDrained(t, d, j)
	stop()
	aside, err := s.Operator().Quarantined(t.Context(), 10)
	if err != nil || len(aside) != 1 || aside[0].Kind != "hole" || aside[0].From != aside[0].To || len(aside[0].Body) == 0 {
		t.Fatalf("%+v, %v", aside, err)
	}
	if facts, err := s.For("acme").Facts(t.Context(), id); err != nil || len(facts) != len(aCall("acme", id))-1 {
		t.Fatalf("%d facts, %v", len(facts), err)
	}
}

// TestEarlierBootsAreDrainedBeforeTheirFolderGoes leaves calls in two boots, the second of which closes one of the
// first, as recovery does.
func TestEarlierBootsAreDrainedBeforeTheirFolderGoes(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	dir := t.TempDir()
	first, _, err := journal.Open(dir, "node", uuid.Must(uuid.NewV7()), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	whole, cut := aCall("acme", newCall()), aCall("acme", newCall())
	keep(t, journal.Journal{Log: first}, append(whole, cut[:7]...)...)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	j, left := openLog(t, dir)
	open, err := journal.Unfinished(left)
	if err != nil || len(open) != 1 || open[0][0].Call != cut[0].Call || len(open[0]) != 7 {
		t.Fatalf("%v, %v", open, err)
	}
	keep(t, j, fmc.Fact{Company: "acme", Call: cut[0].Call, At: 10 * time.Second, Body: fmc.Closed{Cause: cause.Of(cause.Interrupted), Interrupted: true}})
	d := s.Drain(j.Log, left, quick)
	stop := startDrain(t, d)
	awaitDrained(t, d, j)
	stop()
	r, err := s.For("acme").Call(t.Context(), cut[0].Call)
	if err != nil || !r.Interrupted || r.Status != fmc.StatusAnswered || r.Times.Ended != 10*time.Second {
		t.Fatalf("%+v, %v", r, err)
	}
	if r, err := s.For("acme").Call(t.Context(), whole[0].Call); err != nil || r.Status != fmc.StatusAnswered {
		t.Fatalf("%+v, %v", r, err)
	}
	if again, err := journal.Unfinished(left); err == nil {
		t.Fatalf("the folder is still there: %v", again)
	}
}

func TestAnOldJournalThatCannotBeReadStopsNothing(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	dir := t.TempDir()
	var boots []string
	for range 2 {
		l, _, err := journal.Open(dir, "node", uuid.Must(uuid.NewV7()), journal.Options{})
		if err != nil {
			t.Fatal(err)
		}
		keep(t, journal.Journal{Log: l}, aCall("acme", newCall())...)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		boots = append(boots, filepath.Join(dir, "node."+l.Boot().String()))
		if len(boots) == 2 {
			break
		}
		if err := os.Rename(boots[0], boots[0]+".aside"); err != nil { // so that the second does not take it over
			t.Fatal(err)
		}
	}
	if err := os.Rename(boots[0]+".aside", boots[0]); err != nil {
		t.Fatal(err)
	}
	j, left := openLog(t, dir)
	if len(left) != 2 {
		t.Fatalf("%d boots", len(left))
	}
	if err := os.RemoveAll(boots[0]); err != nil { // as a disk that lost it
		t.Fatal(err)
	}
	keep(t, j, aCall("acme", newCall())...)
	d := s.Drain(j.Log, left, quick)
	stop := startDrain(t, d)
	awaitDrained(t, d, j)
	stop()
	if lines, err := s.For("acme").Calls(t.Context(), store.CallFilter{}); err != nil || len(lines) != 2 {
		t.Fatalf("%d records, %v", len(lines), err)
	}
}

// TestPostgresAwayInAnyWay lets calls go on while PostgreSQL is stopped, frozen, refusing writes or full of
// connections, and looks that every record is there afterwards, once.
func TestPostgresAwayInAnyWay(t *testing.T) {
	server := storetest.NewServer(t)
	s := storetest.OpenAt(t, server.DSN())
	apply(t, s, company("acme"), 0)
	j, left := openLog(t, t.TempDir())
	d := s.Drain(j.Log, left, quick)
	stop := startDrain(t, d)
	want := map[fmc.CallID]bool{}
	calls := func(n int) {
		for range n {
			id := newCall()
			want[id] = true
			facts := aCall("acme", id)
			for len(facts) > 0 {
				k := 1 + rand.IntN(len(facts))
				keep(t, j, facts[:k]...)
				facts = facts[k:]
			}
		}
	}
	stands := func(what string) {
		t.Helper()
		await(t, "the drain notices: "+what, func() bool { return d.State().Why != nil })
		if !j.Healthy() {
			t.Fatal("the journal waits for PostgreSQL")
		}
		calls(20)
	}
	calls(20)
	awaitDrained(t, d, j)

	server.Freeze()
	calls(5)
	stands("frozen")
	server.Thaw()
	awaitDrained(t, d, j)

	server.Stop()
	calls(5)
	stands("stopped")
	server.Start()
	awaitDrained(t, d, j)

	server.Exec("alter system set default_transaction_read_only = on")
	server.Exec("select pg_reload_conf()")
	await(t, "the server refuses writes", func() bool {
		v, err := tryQuery[string](t.Context(), server.DSN(), "show default_transaction_read_only")
		return err == nil && v == "on"
	})
	calls(5)
	stands("read-only")
	server.Exec("alter system reset default_transaction_read_only")
	server.Exec("select pg_reload_conf()")
	awaitDrained(t, d, j)
	if why := d.State().Why; why != nil {
		t.Errorf("healed, but %v", why)
	}
	stop()

	if n := query[int](t, server.DSN(), "select count(*) from call_record where status = 'answered'"); n != len(want) {
		t.Errorf("%d records of %d", n, len(want))
	}
	if n := query[int](t, server.DSN(), "select count(*) from fact"); n != len(want)*len(aCall("acme", "x")) {
		t.Errorf("%d facts of %d", n, len(want)*len(aCall("acme", "x")))
	}
	if n := query[int](t, server.DSN(), "select count(*) from pg_class where relname = 'fact' and reltuples < 0"); n != 0 {
		t.Error("the largest table is without statistics")
	}
	if n := query[int](t, server.DSN(), "select count(*) from quarantine"); n != 0 {
		t.Errorf("%d put aside", n)
	}
	for id := range want {
		if r, err := s.For("acme").Call(t.Context(), id); err != nil || r.Times.Talked != 30*time.Second {
			t.Errorf("%s: %v, %v", id, r.Times, err)
		}
	}
}

func TestPostgresFullOfConnectionsIsWaitedFor(t *testing.T) {
	server := storetest.NewServer(t)
	s := storetest.OpenAt(t, server.DSN())
	apply(t, s, company("acme"), 0)
	s.Close()
	var taken []*pgx.Conn
	for {
		c, err := pgx.Connect(t.Context(), server.DSN())
		if err != nil {
			break
		}
		taken = append(taken, c)
	}
	s, err := store.Open(t.Context(), store.Options{DSN: server.DSN(), Clock: time.Now, Retry: 5 * time.Millisecond, RetryMost: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	ran := make(chan error, 1)
	go func() { ran <- s.Run(t.Context()) }()
	if err := s.Ready(within(t, 200*time.Millisecond)); !errors.Is(err, cause.Unavailable) {
		t.Fatalf("ready on a server without a free connection: %v", err)
	}
	for _, c := range taken {
		if err := c.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(s.Ready(within(t, 30*time.Second)), <-ran); err != nil {
		t.Fatal(err)
	}
}

// TestADrainKilledAnywhereBringsEveryFactOnce cuts drains off at random instants and lets others go on.
func TestADrainKilledAnywhereBringsEveryFactOnce(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	j, left := openLog(t, t.TempDir())
	total := 0
	for range 60 {
		facts := aCall("acme", newCall())
		total += len(facts)
		keep(t, j, facts...)
	}
	for round := 0; ; round++ {
		d := s.Drain(j.Log, left, store.DrainOptions{Batch: 7, Linger: time.Microsecond, Last: time.Nanosecond})
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rand.IntN(30_000+round*1000))*time.Microsecond)
		err := d.Run(ctx)
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		if d.State().Drained == j.State().Last {
			t.Logf("%d drains", round+1)
			break
		}
	}
	lines, err := s.For("acme").Calls(t.Context(), store.CallFilter{Limit: 1000, Status: fmc.StatusAnswered})
	if err != nil || len(lines) != 60 {
		t.Fatalf("%d records, %v", len(lines), err)
	}
	facts := 0
	for _, l := range lines {
		f, err := s.For("acme").Facts(t.Context(), l.ID)
		if err != nil {
			t.Fatal(err)
		}
		facts += len(f)
	}
	if facts != total {
		t.Fatalf("%d facts of %d", facts, total)
	}
}

// damage turns a bit in the middle of the only segment that earlier boots left in dir.
func damage(t *testing.T, dir string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "node.*", "*.seg"))
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	b, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(names[0], b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkDrain(b *testing.B) {
	s := storetest.Open(b)
	apply(b, s, company("acme"), 0)
	l, left, err := journal.Open(b.TempDir(), "node", uuid.Must(uuid.NewV7()), journal.Options{})
	if err != nil {
		b.Fatal(err)
	}
	j := journal.Journal{Log: l}
	for range b.N {
		if err := j.Append(aCall("acme", newCall())...); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	d := s.Drain(l, left, store.DrainOptions{})
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	await(b, "everything is drained", func() bool { return d.State().Drained == l.State().Last })
	b.StopTimer()
	cancel()
	if err := errors.Join(<-done, l.Close()); err != nil {
		b.Fatal(err)
	}
}
