package store_test

import (
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
)

func TestLooksAtForwardingAreKeptNewestFirst(t *testing.T) {
	s, a := acme(t)
	look := func(n int, state fmc.ForwardingState) fmc.Fact {
		return about("acme", "", fmc.ForwardingSeen{
			At: noon.Add(time.Duration(n) * time.Hour), SIM: "8970-acme", Asked: fmc.AskedNight, State: state, Why: "a\x00b", Strange: []string{"+7999\x00"},
			Wish:  fmc.Forwarding{fmc.ForwardNoReply: {To: "+74951234567", After: 25 * time.Second}},
			Found: fmc.Forwarding{fmc.ForwardBusy: {To: "\x00"}}, Left: fmc.Forwarding{},
		})
	}
	drainAll(t, s, look(2, fmc.ForwardingSet), look(1, fmc.ForwardingRefused), look(3, fmc.ForwardingRight))
	all, err := a.Forwardings(t.Context(), "8970-acme")
	if err != nil || len(all) != 3 || all[0].State != fmc.ForwardingRight || all[2].State != fmc.ForwardingRefused || all[1].Wish[fmc.ForwardNoReply].After != 25*time.Second {
		t.Fatalf("%+v, %v", all, err)
	}
	if all, err := a.Forwardings(t.Context(), "8970-none"); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestCallsThatACardsNetworkBroughtAreCountedByTheCardsNumber(t *testing.T) {
	s, a := acme(t)
	diverted := func(by string, began time.Time) []fmc.Fact {
		facts := on(aCall("acme", newCall()), began)
		opened := facts[0].Body.(fmc.Opened)
		opened.Diversion = callerid.Number{E164: by}
		facts[0].Body = opened
		id := facts[0].Call
		up := fmc.Fact{Company: "acme", Call: id, At: 6 * time.Second, Body: fmc.LegIs{Leg: fmc.LegID{Call: id, N: 1}, Link: fmc.Up}}
		return append(facts[:6:6], append([]fmc.Fact{up}, facts[6:]...)...)
	}
	var facts []fmc.Fact
	for _, d := range [][]fmc.Fact{diverted("+79031112233", noon), diverted("+79031112233", noon.Add(time.Hour)), diverted("+79031112244", noon), diverted("", noon), diverted("+79031112233", noon.AddDate(0, 0, -40))} {
		facts = append(facts, d...)
	}
	drainAll(t, s, facts...)
	if d, err := a.Diverted(t.Context(), "+79031112233", noon.AddDate(0, 0, -1)); err != nil || d.Calls != 2 || d.Talk != time.Minute {
		t.Errorf("%+v, %v", d, err)
	}
	for _, none := range []string{"", "+79031112255"} {
		if d, err := a.Diverted(t.Context(), none, time.Time{}); err != nil || d.Calls != 0 {
			t.Errorf("by %q: %+v, %v", none, d, err)
		}
	}
}
