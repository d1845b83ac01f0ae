package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/storetest"
)

// events are a company's, from the first on.
func events(t *testing.T, s *store.Store, company fmc.CompanyID) []store.Event {
	t.Helper()
	p, err := s.For(company).Events(t.Context(), 0, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	return p.Events
}

// typesOf are the types of events, in order.
func typesOf(all []store.Event) string {
	var types []string
	for _, e := range all {
		types = append(types, string(e.Type))
	}
	return strings.Join(types, " ")
}

// gapless reports a number that is missing, twice or out of order.
func gapless(t *testing.T, all []store.Event) {
	t.Helper()
	for i, e := range all {
		if e.N != int64(i)+1 {
			t.Fatalf("event at place %d has the number %d", i+1, e.N)
		}
	}
}

func TestACallIsToldFromItsBeginningToItsEnd(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	id := newCall()
	drainAll(t, s, append(aCall("acme", id), fmc.Fact{Company: "acme", Call: id, At: 40 * time.Second, Body: fmc.Kept{File: "x.wav", Bytes: 4711, Length: 30 * time.Second}})...)
	all := events(t, s, "acme")
	gapless(t, all)
	if got := typesOf(all); got != "config.published call.started call.ringing call.answered call.ended recording.ready" {
		t.Fatalf("told: %s", got)
	}
	ringing, ended := all[2], all[4]
	if string(ended.Data) != fmt.Sprintf(`{"call":%q,"direction":"inbound","began":"2026-11-22T09:00:00Z","client":"+79121112233","number":%q,"employee":"ivanov","group":"sales","answered_s":6,"talked_s":30,"ended_s":36,"status":"answered","cause":"hangup","recording":"ready"}`, id, numberOf("acme")) {
		t.Errorf("ended: %s", ended.Data)
	}
	if !strings.Contains(string(ringing.Data), `"rings":{"role":"employee","employee":"ivanov","device":"ivanov/mobile"}`) {
		t.Errorf("ringing: %s", ringing.Data)
	}
	if !slices.Equal(ended.People, []fmc.EmployeeID{"ivanov"}) || ended.Group != "sales" || !ended.At.Equal(morning.Add(36*time.Second)) {
		t.Errorf("%+v", ended)
	}
	if !strings.Contains(string(all[5].Data), `"length_s":30,"bytes":4711`) {
		t.Errorf("recording: %s", all[5].Data)
	}
}

func TestWhatIsDrainedInPiecesOrTwiceIsToldOnce(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	id := newCall()
	facts := aCall("acme", id)
	for _, f := range facts {
		drainAll(t, s, f) // each by a start of its own
	}
	kept := fmc.Fact{Company: "acme", Call: id, Body: fmc.Kept{File: "x.wav"}}
	drainAll(t, s, facts[len(facts)-1], kept, kept) // a start that did not see how far the one before it came
	if got := typesOf(events(t, s, "acme")); got != "config.published call.started call.ringing call.answered call.ended recording.ready" {
		t.Errorf("told: %s", got)
	}
}

func TestALostClientIsToldAndThatSomebodyTalkedWithThem(t *testing.T) {
	s := storetest.Open(t)
	c := salesOf("acme")
	apply(t, s, c, 0)
	lost, back := missedAt(morning, client), calledBack(morning.Add(time.Hour), "ivanov")
	drainBy(t, s, c, &notebook{}, lost...)
	drainBy(t, s, c, &notebook{}, back...)
	all := events(t, s, "acme")
	at := func(kind fmc.EventType) (told fmc.MissedTold, e store.Event) {
		i := slices.IndexFunc(all, func(e store.Event) bool { return e.Type == kind })
		if i < 0 {
			t.Fatalf("no %s among %s", kind, typesOf(all))
		}
		if err := json.Unmarshal(all[i].Data, &told); err != nil {
			t.Fatal(err)
		}
		return told, all[i]
	}
	missed, e := at(fmc.EventCallMissed)
	if want := (fmc.MissedTold{Task: lost[0].Call, Call: lost[0].Call, Client: client, Group: "sales", Owner: "petrov"}); missed != want || !e.At.Equal(morning.Add(30*time.Second)) {
		t.Errorf("missed: %+v at %v", missed, e.At)
	}
	returned, e := at(fmc.EventCallReturned)
	if want := (fmc.MissedTold{Task: lost[0].Call, Call: back[0].Call, Client: client, Group: "sales", Owner: "petrov", Employee: "ivanov"}); returned != want || !slices.Contains(e.People, "ivanov") {
		t.Errorf("returned: %+v to %v", returned, e.People)
	}
}

func TestAPrivateCallIsToldToItsOwnerAlone(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	hook(t, s, "crm")
	x := &script{company: "acme", id: newCall()}
	x.at(0, fmc.Opened{Began: morning, Direction: fmc.Outbound, Employee: "petrov", Private: true})
	x.at(0, fmc.LegBegan{Leg: x.leg(1), Offered: true, Role: fmc.Worker, Employee: "petrov"})
	drainAll(t, s, x.ends(time.Minute)...)
	all := events(t, s, "acme")
	for _, e := range all[1:] {
		if !e.Private || len(e.People) == 0 || e.People[0] != "petrov" || strings.Contains(string(e.Data), "client") {
			t.Errorf("%s for %v: %s", e.Type, e.People, e.Data)
		}
	}
	if told := deliveries(t, s, "crm"); len(all) < 3 || len(told) != 0 {
		t.Errorf("%d events, the receiver outside is told of %v", len(all), told)
	}
}

func TestMessagesAndLinesAreTold(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	const sim = fmc.ICCID("8970")
	part := func(n int, text string) fmc.Fact {
		return fmc.Fact{Company: "acme", Message: fmc.MessageID(newCall()), Body: fmc.MessageCame{
			At: morning.Add(time.Duration(n) * time.Second), SIM: sim, From: "79121112233", Text: text, Sent: morning, Ref: 7, Part: n, Parts: 2, Key: text,
		}}
	}
	sent := fmc.MessageID(newCall())
	out := func(at time.Duration, body fmc.Happening) fmc.Fact {
		return fmc.Fact{Company: "acme", Message: sent, At: at, Body: body}
	}
	accepted := out(0, fmc.MessageAccepted{At: morning, SIM: sim, To: callerid.Number{E164: client}, Text: "we call back", By: "petrov", PDUs: []string{"01"}})
	settled := out(0, fmc.MessageSettled{At: morning.Add(time.Minute), State: fmc.MessageSent})
	drainAll(t, s, part(1, "two "))
	drainAll(t, s, part(2, "parts"), part(2, "parts"), accepted)
	drainAll(t, s, accepted, settled) // a start that took the message on wrote its beginning anew
	drainAll(t, s, accepted, settled,
		fmc.Fact{Company: "acme", Body: fmc.SIMSeen{At: morning.Add(time.Hour), SIM: sim, Modem: "usb-1", State: "quarantined", Why: "it answers nothing"}})
	all := events(t, s, "acme")
	gapless(t, all)
	if got := typesOf(all); got != "config.published sms.received sms.received sms.sent line.state_changed" {
		t.Fatalf("told: %s", got)
	}
	for i, want := range map[int]string{
		1: `"text":"two [part 2 of 2 has not come yet]","state":"received","missing":1`,
		2: `"text":"two parts","state":"received"}`,
		3: `"peer":"+79121112233","text":"we call back","state":"sent","by":"petrov"`,
		4: `{"line":"sim:8970","sim":"8970","modem":"usb-1","state":"quarantined","why":"it answers nothing"}`,
	} {
		if !strings.Contains(string(all[i].Data), want) {
			t.Errorf("%s: %s", all[i].Type, all[i].Data)
		}
	}
}

// TestNumbersOfEventsHaveNoGapAndComeInOrder has drains, applies and others raise events of two companies at once, while
// somebody reads: who has seen a number has seen all before it.
func TestNumbersOfEventsHaveNoGapAndComeInOrder(t *testing.T) {
	s := storetest.Open(t)
	for _, id := range []fmc.CompanyID{"acme", "beta"} {
		apply(t, s, company(id), 0)
	}
	const each = 40
	ctx, cancel := context.WithCancel(t.Context())
	var reading, raising sync.WaitGroup
	reading.Go(func() {
		for after := int64(0); ctx.Err() == nil; {
			p, err := s.For("acme").Events(context.WithoutCancel(ctx), after, 10)
			if err != nil {
				t.Error(err)
				return
			}
			for _, e := range p.Events {
				if e.N != after+1 {
					t.Errorf("event %d is seen after %d", e.N, after)
				}
				after = e.N
			}
		}
	})
	for range 3 {
		raising.Go(func() {
			for range each {
				if err := s.For("acme").Raise(ctx, fmc.Event{Type: fmc.EventBalanceLow, At: morning}, fmc.Event{Type: fmc.EventTrunkState, At: morning}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	raising.Go(func() {
		for i := range int64(each) {
			c := company("acme")
			c.Profile.Name = fmt.Sprint(i)
			if _, err := s.For("acme").Apply(ctx, change(c, i+1)); err != nil {
				t.Error(err)
			}
		}
	})
	var facts []fmc.Fact
	for range each {
		facts = append(facts, aCall("acme", newCall())...)
		facts = append(facts, aCall("beta", newCall())...)
	}
	drainAll(t, s, facts...)
	raising.Wait()
	cancel()
	reading.Wait()
	all := events(t, s, "acme")
	gapless(t, all)
	if len(all) != 1+3*each*2+each+each*4 {
		t.Errorf("%d events", len(all))
	}
	gapless(t, events(t, s, "beta"))
}

// TestACallIsKeptWholeWhileAReceiverIsRemoved has the transaction that removes a receiver end only when the drain waits
// for it: what it read of the receiver is not so any more.
func TestACallIsKeptWholeWhileAReceiverIsRemoved(t *testing.T) {
	dsn := storetest.DSN(t)
	s := storetest.OpenAt(t, dsn)
	apply(t, s, company("acme"), 0)
	hook(t, s, "crm")
	hook(t, s, "other")
	removing, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = removing.Close(context.Background()) }()
	tx, err := removing.Begin(t.Context())
	if err == nil {
		_, err = tx.Exec(t.Context(), "delete from webhook where id = 'crm'")
	}
	if err != nil {
		t.Fatal(err)
	}
	id := newCall()
	j, left := openLog(t, t.TempDir())
	keep(t, j, aCall("acme", id)...)
	d := s.Drain(j.Log, left, store.DrainOptions{Batch: 1, Linger: time.Millisecond})
	stop := startDrain(t, d)
	await(t, "the drain waits for the removal", func() bool {
		return query[bool](t, dsn, "select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')")
	})
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	awaitDrained(t, d, j)
	stop()
	if aside, err := s.Operator().Quarantined(t.Context(), 10); err != nil || len(aside) != 0 {
		t.Errorf("put aside: %+v, %v", aside, err)
	}
	if r, err := s.For("acme").Call(t.Context(), id); err != nil || r.Status != fmc.StatusAnswered {
		t.Errorf("%s, %v", r.Status, err)
	}
	all := events(t, s, "acme")
	gapless(t, all)
	if got := typesOf(all); got != "config.published call.started call.ringing call.answered call.ended" {
		t.Errorf("told: %s", got)
	}
	if told := deliveries(t, s, "other"); len(told) != 4 {
		t.Errorf("another receiver is told of %v", told)
	}
}

// TestNobodyIsLockedOutWhereAReceiverGoes has a receiver be removed, and its last try end with that it is switched off,
// while events are raised and the company's document is applied.
func TestNobodyIsLockedOutWhereAReceiverGoes(t *testing.T) {
	s := storetest.Open(t)
	generation := apply(t, s, company("acme"), 0)
	o, acme := s.Operator(), s.For("acme")
	for i := range 40 {
		id := fmt.Sprint("hook", i)
		hook(t, s, id)
		raiseOne(t, s)
		c, ok, err := o.ClaimWebhook(t.Context(), "node")
		if err != nil || !ok {
			t.Fatalf("%v, %v", ok, err)
		}
		var going sync.WaitGroup
		for name, do := range map[string]func() error{
			"remove": func() error {
				return acme.RemoveWebhook(store.Audited(t.Context(), &store.AuditEntry{Who: "petrov", What: "webhooks.remove", Object: id}), id)
			},
			"switch off": func() error {
				off := store.Verdict{State: store.DeliveryWaiting, First: morning, Due: morning, Failing: &morning, Fails: 1, Off: "It answered 410 Gone."}
				_, err := o.EndTry(t.Context(), "node", c, store.WaitingEvent{N: 1}, store.Try{At: morning}, off)
				return err
			},
			"raise": func() error { return acme.Raise(t.Context(), fmc.Event{Type: fmc.EventTrunkState, At: morning}) },
			"apply": func() (err error) {
				generation, err = acme.Apply(t.Context(), change(company("acme"), generation))
				return err
			},
		} {
			going.Go(func() {
				if err := do(); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		going.Wait()
	}
	gapless(t, events(t, s, "acme"))
}

func TestNewsOfEventsIsHeardAlsoAfterPostgreSQLWasAway(t *testing.T) {
	server := storetest.NewServer(t)
	s := storetest.OpenAt(t, server.DSN())
	apply(t, s, company("acme"), 0)
	news := make(chan fmc.CompanyID, 100)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Operator().FollowEvents(ctx, func(c fmc.CompanyID) { news <- c }) }()
	hears := func(want fmc.CompanyID) {
		t.Helper()
		select {
		case got := <-news:
			if got != want {
				t.Fatalf("news of %q, want of %q", got, want)
			}
		case <-time.After(time.Minute):
			t.Fatalf("no news of %q", want)
		}
	}
	hears("") // at first anything may have happened
	raiseOne(t, s)
	hears("acme")
	server.Stop()
	server.Start()
	hears("")
	raiseOne(t, s)
	hears("acme")
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func raiseOne(t *testing.T, s *store.Store) {
	t.Helper()
	if err := s.For("acme").Raise(t.Context(), fmc.Event{Type: fmc.EventTrunkState, At: morning, Data: fmc.TrunkTold{Trunk: "carrier-a"}}); err != nil {
		t.Fatal(err)
	}
}

func TestOldEventsAreTakenAwayAndSaidToBeGone(t *testing.T) {
	dsn := storetest.DSN(t)
	s := storetest.OpenAt(t, dsn)
	apply(t, s, company("acme"), 0)
	hook(t, s, "crm")
	for range 3 {
		raiseOne(t, s)
	}
	tryOnce(t, s)
	execute(t, dsn, "update event set kept = kept - interval '31 days' where n <= 3")
	if err := s.Operator().SweepEvents(t.Context()); err != nil {
		t.Fatal(err)
	}
	p, err := s.For("acme").Events(t.Context(), 0, 10)
	if err != nil || p.Span != (store.EventSpan{First: 4, Last: 4}) || len(p.Events) != 1 {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := s.For("acme").Replay(t.Context(), "crm", 2, 4); !errors.Is(err, cause.NotFound) || !strings.Contains(err.Error(), "event 2 is gone: events are kept for 30 days, the oldest is 4") {
		t.Errorf("a replay from a number that is gone: %v", err)
	}
	if _, err := s.For("acme").Replay(t.Context(), "crm", 5, 9); !errors.Is(err, cause.NotFound) || !strings.Contains(err.Error(), "the last one is 4") {
		t.Errorf("a replay from a number to come: %v", err)
	}
	execute(t, dsn, "update event set kept = kept - interval '31 days'")
	if err := s.Operator().SweepEvents(t.Context()); err != nil {
		t.Fatal(err)
	}
	raiseOne(t, s)
	if p, err := s.For("acme").Events(t.Context(), 0, 10); err != nil || p.Span != (store.EventSpan{First: 5, Last: 5}) {
		t.Errorf("numbers begin anew: %+v, %v", p, err)
	}
}

// execute runs a statement as the database's owner.
func execute(t *testing.T, dsn, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}
