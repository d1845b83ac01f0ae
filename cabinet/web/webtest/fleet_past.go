package webtest

import (
	"fmt"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// Uncertain is a message that may not have gone out.
const Uncertain fmc.MessageID = "019aa000-0000-7000-8000-0000000000cc"

// SeedFleet gives the cards a past: a message that carries a code, one that may not have gone out, balances, calls that
// went out by one of them, and an alarm.
func (c *Cabinet) SeedFleet() {
	number := callerid.Number{E164: "+79031112233"}
	at := Now.Add(-time.Hour).UTC()
	fact := func(id fmc.MessageID, body fmc.Happening) fmc.Fact {
		return fmc.Fact{Company: "acme", Message: id, Body: body}
	}
	c.Drain(
		fact("019aa000-0000-7000-8000-0000000000aa", fmc.MessageCame{At: at, SIM: ReadyCard, Number: number, From: "BANK", Text: "Ваш код 482915", Key: "k1"}),
		fact(Uncertain, fmc.MessageAccepted{At: at, SIM: ReadyCard, Number: number, To: callerid.Number{E164: "+79121112233"}, Text: "Едем к вам", By: "olga", Until: at.Add(time.Hour), PDUs: []string{"00"}}),
		fact(Uncertain, fmc.MessageTried{At: at, Part: 1}),
		fact(Uncertain, fmc.MessageSettled{At: at, State: fmc.MessageUncertain}),
		fact("", fmc.SIMSeen{At: at, SIM: ReadyCard, State: "ready", Modem: "left"}),
		fact("", fmc.SIMSeen{At: at.Add(-4 * time.Hour), SIM: AwayCard, State: "searching"}),
		fact("", fmc.SIMSeen{At: at, SIM: AwayCard, State: "quarantined", Why: "the network has no room for its calls"}),
		fact("", fmc.LimitSeen{At: at.Add(30 * time.Minute), SIM: ReadyCard, Limit: fmc.LimitCalls, Most: 50, Until: Now.Add(14 * time.Hour)}),
		fact("", fmc.BalanceSeen{At: at.AddDate(0, 0, -10), SIM: ReadyCard, Answer: "Баланс 420.50 р.", Amount: "420.50"}),
		fact("", fmc.BalanceSeen{At: at, SIM: ReadyCard, Answer: "Баланс 320.50 р.", Amount: "320.50"}),
	)
	if err := c.Store.Operator().KeepSignals(c.T.Context(), []store.CardSignal{{Company: "acme", SIM: ReadyCard, At: at, DBm: -71}}); err != nil {
		c.T.Fatal(err)
	}
	c.Drain(dialled(at.Add(-10*time.Minute), ReadyCard.Line(), 12)...)
	if err := c.Store.Alarms(nil).Raise(c.T.Context(), fmc.Alarm{Company: "acme", Kind: fmc.AlarmLineDown, About: string(AwayCard.Line()), Values: map[string]string{
		"line": "+79031112234", "state": "quarantined", "why": "it failed", "wayout": "release it",
	}}); err != nil {
		c.T.Fatal(err)
	}
}

// FleetCall begins the ids of calls that went out by a line.
const FleetCall = "019aa000-0000-7000-8000-0000000001"

// dialled are calls to a client's mobile by a line, each of five minutes and the first answered.
func dialled(at time.Time, line fmc.LineID, n int) (facts []fmc.Fact) {
	for i := range n {
		id := fmc.CallID(fmt.Sprintf("%s%02d", FleetCall, i))
		leg := fmc.LegID{Call: id, N: 1}
		end := fmc.LegIs{Leg: leg, Link: fmc.Gone, Quality: &fmc.LegQuality{Setup: 4 * time.Second, MOS: 390}}
		bodies := []fmc.Happening{
			fmc.Opened{Began: at.Add(time.Duration(-i) * 10 * time.Minute), Direction: fmc.Outbound, To: callerid.Number{E164: "+79121112233", Country: "RU"}},
			fmc.LegBegan{Leg: leg, Role: fmc.Client, Line: line, Number: callerid.Number{E164: "+79121112233", Country: "RU"}},
		}
		if i == 0 {
			bodies = append(bodies, fmc.LegIs{Leg: leg, Link: fmc.Up})
		}
		for n, body := range bodies {
			facts = append(facts, fmc.Fact{Company: "acme", Call: id, At: time.Duration(n) * 5 * time.Second, Body: body})
		}
		facts = append(facts, fmc.Fact{Company: "acme", Call: id, At: 5 * time.Minute, Body: end}, fmc.Fact{Company: "acme", Call: id, At: 5 * time.Minute, Body: fmc.Closed{Cause: cause.Of(cause.Hangup)}})
	}
	return facts
}

// TalkedDaily is a call of so many minutes by a card at noon of each of the days before today.
func TalkedDaily(card fmc.ICCID, days, minutes int) (facts []fmc.Fact) {
	for back := 1; back <= days; back++ {
		id := fmc.CallID(fmt.Sprintf("019aa000-0000-7000-8000-000000%s%02d", card[len(card)-4:], back))
		leg := fmc.LegID{Call: id, N: 1}
		end := time.Duration(minutes)*time.Minute + time.Second
		add := func(at time.Duration, body fmc.Happening) {
			facts = append(facts, fmc.Fact{Company: "acme", Call: id, At: at, Body: body})
		}
		number := callerid.Number{E164: "+79121112233", Country: "RU"}
		add(0, fmc.Opened{Began: Now.AddDate(0, 0, -back).Add(2 * time.Hour), Direction: fmc.Outbound, To: number})
		add(0, fmc.LegBegan{Leg: leg, Role: fmc.Client, Line: card.Line(), Number: number})
		add(time.Second, fmc.LegIs{Leg: leg, Link: fmc.Up})
		add(end, fmc.LegIs{Leg: leg, Link: fmc.Gone})
		add(end, fmc.Closed{Cause: cause.Of(cause.Hangup)})
	}
	return facts
}
