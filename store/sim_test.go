package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// overSIM has a call's second leg go out by a card and not by a trunk.
func overSIM(facts []fmc.Fact, sim fmc.ICCID, q *fmc.LegQuality) []fmc.Fact {
	for i, f := range facts {
		switch b := f.Body.(type) {
		case fmc.LegBegan:
			if !b.Offered {
				b.Line = sim.Line()
			}
			facts[i].Body = b
		case fmc.LegIs:
			if b.Link == fmc.Gone && b.Leg.N == 2 {
				b.Quality = q
			}
			facts[i].Body = b
		}
	}
	return facts
}

// on moves a call to another moment.
func on(facts []fmc.Fact, began time.Time) []fmc.Fact {
	opened := facts[0].Body.(fmc.Opened)
	opened.Began = began
	facts[0].Body = opened
	return facts
}

func TestACardsHistoryIsKept(t *testing.T) {
	s, a := acme(t)
	sim := fmc.ICCID("8970-acme")
	minutes := 100
	seen := func(n int, modem, imei, state, why string) fmc.Fact {
		return about("acme", "", fmc.SIMSeen{At: noon.Add(time.Duration(n) * time.Minute), SIM: sim, Modem: modem, IMEI: imei, IMSI: map[string]string{"ready": "25001"}[state], State: state, Why: why})
	}
	drainAll(t, s, seen(0, "usb-1.2", "86", "ready", ""), seen(1, "usb-1.2", "86", "quarantined", "its calls are mute"), seen(2, "", "", "gone", ""), seen(3, "usb-1.3", "87", "ready", ""),
		about("acme", "", fmc.BalanceSeen{At: noon, SIM: sim, Answer: "Balans 12,50 r.", Amount: "12.50"}),
		about("acme", "", fmc.BalanceSeen{At: noon.Add(time.Hour), SIM: sim, Answer: "Try later", Minutes: &minutes}))
	all, err := a.SIMs(t.Context())
	if err != nil || len(all) != 1 || all[0].ICCID != sim || all[0].State != "ready" || all[0].Modem != "usb-1.3" || all[0].IMEI != "87" || *all[0].Balance.Minutes != 100 {
		t.Fatalf("%+v, %v", all, err)
	}
	one, history, err := a.SIM(t.Context(), sim)
	if err != nil || one.IMSI != "25001" || len(history) != 4 || history[0].Modem != "usb-1.3" || history[2].Why != "its calls are mute" {
		t.Fatalf("%+v, %+v, %v", one, history, err)
	}
	balances, err := a.Balances(t.Context(), sim)
	if err != nil || len(balances) != 2 || balances[0].Answer != "Try later" || balances[0].Amount != "" || balances[1].Amount != "12.50" {
		t.Fatalf("%+v, %v", balances, err)
	}
	if _, _, err := a.SIM(t.Context(), "8970-none"); !errors.Is(err, cause.NotFound) {
		t.Error(err)
	}
	drainAll(t, s, seen(-5, "usb-9", "88", "ready", "")) // of another node, drained late
	if one, history, err := a.SIM(t.Context(), sim); err != nil || one.Modem != "usb-1.3" || len(history) != 5 {
		t.Errorf("%+v, %+v, %v", one, history, err)
	}
}

func TestWhatALineWasUsedForIsCountedByTheCompanysDays(t *testing.T) {
	s, a := acme(t)
	moscow, err := time.LoadLocation("Europe/Moscow")
	if err != nil {
		t.Skip(err)
	}
	late := time.Date(2026, 11, 22, 20, 59, 0, 0, time.UTC) // 23:59 in Moscow
	unanswered := overSIM(aCall("acme", newCall()), "8970-acme", nil)
	unanswered = on(append(unanswered[:5:5], unanswered[len(unanswered)-1]), late) // it rang only
	killed := overSIM(aCall("acme", newCall()), "8970-acme", nil)
	killed = on(append(killed[:7:7], fmc.Fact{Company: "acme", Call: killed[0].Call, At: 20 * time.Second, Body: fmc.Closed{Interrupted: true}}), late.Add(time.Minute))
	var facts []fmc.Fact
	facts = append(facts, on(overSIM(aCall("acme", newCall()), "8970-acme", nil), late)...)
	facts = append(facts, unanswered...)
	facts = append(facts, killed...)
	facts = append(facts, aCall("acme", newCall())...) // by trunk: not counted
	facts = append(facts, outgoing("acme", "8970-acme", newMessage(), late.Add(58*time.Second), 1, 3)...)
	facts = append(facts, outgoing("acme", "8970-two", newMessage(), late, 1, 1)...)
	doubted := newMessage() // of two parts that were tried, one passed, and of the other nobody knows
	facts = append(facts, outgoing("acme", "8970-two", doubted, late.Add(-10*time.Minute), 1, 3)[:4]...)
	facts = append(facts, about("acme", doubted, fmc.MessageSettled{At: late, State: fmc.MessageUncertain}))
	facts = append(facts, outgoing("acme", "8970-two", newMessage(), late.AddDate(0, -1, 0), 1, 1)...) // long ago
	drainAll(t, s, facts...)
	got, err := a.LineUse(t.Context(), late.Add(-time.Hour), moscow)
	want := []store.LineUse{
		{Line: "sim:8970-acme", Day: "2026-11-22", Calls: 2, Talks: []time.Duration{31 * time.Second}, Messages: 1},
		{Line: "sim:8970-acme", Day: "2026-11-23", Calls: 1, Talks: []time.Duration{15 * time.Second}, Messages: 2},
		{Line: "sim:8970-two", Day: "2026-11-22", Messages: 3},
	}
	if err != nil || !slices.EqualFunc(got, want, func(a, b store.LineUse) bool {
		return a.Line == b.Line && a.Day == b.Day && a.Calls == b.Calls && a.Messages == b.Messages && slices.Equal(a.Talks, b.Talks)
	}) {
		t.Fatalf("%+v, %v", got, err)
	}
}

func TestHowALineServedIsSummedUp(t *testing.T) {
	s, a := acme(t)
	began := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	var facts []fmc.Fact
	for i := range 10 {
		facts = append(facts, overSIM(aCall("acme", newCall()), "8970-acme", &fmc.LegQuality{
			Setup: time.Duration(i+1) * time.Second, MOS: 300 + 10*i, Heard: time.Duration(i) * time.Second, Spoke: time.Second, SignalDBm: -70,
		})...)
	}
	silent := overSIM(aCall("acme", newCall()), "8970-acme", nil)
	facts = append(facts, append(silent[:5:5], silent[len(silent)-1])...)
	drainAll(t, s, facts...)
	q, err := a.LineQuality(t.Context(), "sim:8970-acme", began, began.Add(time.Hour))
	if err != nil || q.Calls != 11 || q.Answered != 10 || q.Talk != 310*time.Second || *q.Setup != 5500*time.Millisecond || *q.Setup90 != 9*time.Second || *q.MOS != 345 || q.Mute != 1 {
		t.Fatalf("%+v, %v", q, err)
	}
	for _, line := range []fmc.LineID{"sim:other", "sim:8970-acme"} {
		if q, err := a.LineQuality(t.Context(), line, began.Add(time.Hour), began.Add(2*time.Hour)); err != nil || q != (store.LineQuality{}) {
			t.Errorf("%+v, %v", q, err)
		}
	}
}
