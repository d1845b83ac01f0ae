package store_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"roadline/fmc"
	"roadline/store"
	"roadline/store/storetest"
)

const seenCard fmc.ICCID = "8970-acme"

// seenAs is a card in a state some hours after noon.
func seenAs(hours int, state string) fmc.Fact {
	return about("acme", "", fmc.SIMSeen{At: noon.Add(time.Duration(hours) * time.Hour), SIM: seenCard, State: state})
}

func TestADayOfACardBeginsWithTheStateOfBefore(t *testing.T) {
	s, a := acme(t)
	drainAll(t, s, seenAs(-50, "found"), seenAs(-49, "ready"), seenAs(1, "searching"), seenAs(3, "ready"), seenAs(30, "gone"))
	all, err := a.CardStates(t.Context(), seenCard, noon, noon.Add(24*time.Hour))
	var got []string
	for _, x := range all {
		got = append(got, fmt.Sprintf("%s %.0f", x.State, x.At.Sub(noon).Hours()))
	}
	if want := []string{"ready -49", "searching 1", "ready 3"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v %q, want %q", err, got, want)
	}
}

func TestACallHasItsLineWhileItGoesOnAndNotOutsideTheTime(t *testing.T) {
	s, a := acme(t)
	over, open := newCall(), newCall()
	drainAll(t, s, on(overSIM(aCall("acme", over), seenCard, nil), noon)...)
	going := on(overSIM(aCall("acme", open), seenCard, nil), noon.Add(time.Hour))
	drainAll(t, s, going[:5]...)
	all, err := a.LineCalls(t.Context(), "", noon, noon.Add(2*time.Hour))
	if err != nil || len(all) != 2 || all[0].Call != over || !all[0].To.Before(noon.Add(time.Hour)) || all[1].Call != open || !all[1].To.Equal(noon.Add(2*time.Hour)) {
		t.Errorf("%+v, %v", all, err)
	}
	if all, err = a.LineCalls(t.Context(), seenCard.Line(), noon.Add(30*time.Minute), noon.Add(2*time.Hour)); err != nil || len(all) != 1 || all[0].Call != open {
		t.Errorf("later: %+v, %v", all, err)
	}
}

func TestALimitIsToldOnceHoweverOftenTheServerStarts(t *testing.T) {
	s, a := acme(t)
	reached := func(minutes int, until time.Time) fmc.Fact {
		return about("acme", "", fmc.LimitSeen{At: noon.Add(time.Duration(minutes) * time.Minute), SIM: seenCard, Limit: fmc.LimitTalk, Most: 60, Until: until})
	}
	evening := noon.Add(9 * time.Hour)
	drainAll(t, s, reached(1, evening), reached(2, evening), reached(60*24, evening.AddDate(0, 0, 1)))
	drainAll(t, s, reached(3, evening))
	limits, err := a.CardLimits(t.Context(), "", noon, evening)
	if err != nil || len(limits) != 1 || !limits[0].At.Equal(noon.Add(time.Minute)) || !limits[0].Until.Equal(evening) {
		t.Errorf("%+v, %v", limits, err)
	}
	all := events(t, s, "acme")
	var told fmc.LimitTold
	if typesOf(all) != "config.published sim.limit_reached sim.limit_reached" || json.Unmarshal(all[1].Data, &told) != nil || told.Limit != fmc.LimitTalk || told.SIM != seenCard {
		t.Errorf("%s %+v", typesOf(all), told)
	}
}

func TestWhatHappenedWhilePostgreSQLWasAwayIsToldWithItsOwnTime(t *testing.T) {
	s, _ := acme(t)
	drainAll(t, s, seenAs(1, "searching"), about("acme", "", fmc.TrunkSeen{At: noon.Add(2 * time.Hour), Trunk: "carrier-a", Why: "no answer"}),
		about("acme", "", fmc.USSDSeen{At: noon.Add(3 * time.Hour), SIM: seenCard, Text: "12,50 r.", Open: true}))
	all := events(t, s, "acme")[1:]
	if typesOf(all) != "line.state_changed trunk.state_changed ussd.answered" {
		t.Fatal(typesOf(all))
	}
	for i, e := range all {
		if !e.At.Equal(noon.Add(time.Duration(i+1) * time.Hour)) {
			t.Errorf("%s at %v", e.Type, e.At)
		}
	}
	if !strings.Contains(string(all[1].Data), `"ready":false`) || !strings.Contains(string(all[2].Data), `"text":"12,50 r."`) {
		t.Errorf("%s %s", all[1].Data, all[2].Data)
	}
}

func TestAMessageIsToldToBeDeliveredOnceItsReportCame(t *testing.T) {
	s, _ := acme(t)
	id := newMessage()
	drainAll(t, s, outgoing("acme", seenCard, id, noon, 5, 2)...)
	drainAll(t, s, about("acme", newMessage(), report(noon.Add(time.Minute), client, 5, 0)))
	if got := typesOf(events(t, s, "acme")); strings.Contains(got, "delivered") {
		t.Errorf("one part of two: %s", got)
	}
	last := report(noon.Add(2*time.Minute), client, 6, 0)
	drainAll(t, s, about("acme", newMessage(), last), about("acme", newMessage(), last))
	all := events(t, s, "acme")
	var told fmc.MessageTold
	if typesOf(all) != "config.published sms.sent sms.delivered" || json.Unmarshal(all[2].Data, &told) != nil || told.Message != id || told.State != fmc.MessageDelivered || told.Text != "hello" ||
		!all[2].At.Equal(noon.Add(2*time.Minute)) {
		t.Errorf("%s %+v", typesOf(all), told)
	}
	// The reader of reports was quicker than the sender: first it is sent, then delivered.
	quick := newMessage()
	drainAll(t, s, append([]fmc.Fact{about("acme", newMessage(), report(noon.Add(time.Hour), client, 9, 0))}, outgoing("acme", seenCard, quick, noon.Add(time.Hour), 9, 1)...)...)
	if all := events(t, s, "acme"); typesOf(all[3:]) != "sms.sent sms.delivered" {
		t.Error(typesOf(all))
	}
}

func TestWhatIsKeptOfLinesIsTakenAwayAfterItsTime(t *testing.T) {
	dsn := storetest.DSN(t)
	late := noon.Add(store.StatesKept + 24*time.Hour)
	s := storetest.OpenAt(t, dsn)
	apply(t, s, company("acme"), 0)
	for _, at := range []time.Time{noon.AddDate(-2, 0, 0), noon.AddDate(-1, 0, -1), late} {
		facts := append(tried(fmc.ShadowID(at.Format(time.DateOnly)), at, nil), about("acme", "", fmc.ForwardingSeen{At: at, SIM: seenCard, State: fmc.ForwardingRight}))
		if at.Before(late) { // nobody looked at this one since
			facts = append(facts, about("acme", "", fmc.ForwardingSeen{At: at, SIM: otherCard, State: fmc.ForwardingRefused}))
		}
		drainAll(t, s, facts...)
	}
	drainAll(t, s, seenAs(-3, "found"), seenAs(-2, "searching"), seenAs(-1, "ready"), seenAs(24*32, "weak"), seenAs(24*33, "ready"),
		about("acme", "", fmc.LimitSeen{At: noon, SIM: seenCard, Limit: fmc.LimitCalls, Most: 5, Until: noon}))
	if err := s.Operator().KeepSignals(t.Context(), []store.CardSignal{
		{Company: "acme", SIM: seenCard, At: noon, DBm: -71}, {Company: "acme", SIM: seenCard, At: late, DBm: -80}, {Company: "nobody", SIM: seenCard, At: late, DBm: -80},
	}); err != nil {
		t.Fatal(err)
	}
	later, err := store.Open(t.Context(), store.Options{DSN: dsn, Clock: func() time.Time { return late }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(later.Close)
	if err := later.Operator().SweepLines(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := query[string](t, dsn, "select string_agg(state, ' ' order by at) from sim_seen"); got != "found ready weak ready" {
		t.Errorf("states: %s", got)
	}
	if got := query[string](t, dsn, "select string_agg(sim || ' ' || at::date, ', ' order by at) from sim_forwarding"); got != fmt.Sprintf("%s 2025-11-21, %s %s", otherCard, seenCard, late.Format(time.DateOnly)) {
		t.Errorf("looks at forwarding: %s", got)
	}
	if got := query[string](t, dsn, "select string_agg(id, ' ') from shadow"); got != late.Format(time.DateOnly) {
		t.Errorf("tries of cards: %s", got)
	}
	signals, err := s.For("acme").Signals(t.Context(), noon)
	if err != nil || len(signals) != 1 || signals[0].DBm != -80 || query[int](t, dsn, "select count(*) from sim_limit") != 0 {
		t.Errorf("%+v, %v", signals, err)
	}
}

// toClient has a call's second leg dial the client's number.
func toClient(facts []fmc.Fact) []fmc.Fact {
	for i, f := range facts {
		if b, ok := f.Body.(fmc.LegBegan); ok && !b.Offered {
			b.Number = russian(client)
			facts[i].Body = b
		}
	}
	return facts
}

func TestRoutesAreCountedByWhereTheyLead(t *testing.T) {
	dsn := storetest.DSN(t)
	s := storetest.OpenAt(t, dsn)
	apply(t, s, company("acme"), 0)
	drainAll(t, s, toClient(overSIM(aCall("acme", newCall()), seenCard, &fmc.LegQuality{Setup: 2 * time.Second, MOS: 400}))...)
	drainAll(t, s, toClient(overSIM(aCall("acme", newCall()), seenCard, &fmc.LegQuality{Setup: 4 * time.Second, MOS: 300}))...)
	all, err := s.For("acme").RoutesTallied(t.Context(), "2026-11-01", "2026-11-30")
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	want := store.RouteTally{Line: seenCard.Line(), Prefix: all[0].Prefix, Tries: 2, Up: 2, Talked: all[0].Talked, Rang: 2, Setup: 6 * time.Second, Scored: 2, Score: 700}
	if all[0] != want || !strings.HasPrefix(want.Prefix, "+79") || len(want.Prefix) != 5 || want.Talked == 0 {
		t.Errorf("%+v", all[0])
	}
	mustExec(t, dsn, "select tally_route_again('acme')")
	if again, err := s.For("acme").RoutesTallied(t.Context(), "2026-11-01", "2026-11-30"); err != nil || len(again) != 1 || again[0] != want {
		t.Errorf("counted anew: %+v, %v", again, err)
	}
	balances, err := s.For("acme").BalancesSince(t.Context(), noon)
	if err != nil || len(balances) != 0 {
		t.Errorf("%+v, %v", balances, err)
	}
}
