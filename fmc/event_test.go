package fmc_test

import (
	"slices"
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
)

func TestAPatternMeansATypeOrAllOfANoun(t *testing.T) {
	for pattern, want := range map[string]int{
		"call.ended": 1, "call.*": 6, "*": len(fmc.EventTypes), "call": 0, "cal*": 0, "call.": 0, "": 0, "CALL.*": 0, "*.ended": 0, "call.*.x": 0,
	} {
		n := 0
		for _, kind := range fmc.EventTypes {
			if kind.Fits(pattern) {
				n++
			}
		}
		if n != want || fmc.FitsEvents(pattern) != (want > 0) {
			t.Errorf("%q fits %d types, want %d", pattern, n, want)
		}
	}
}

// TestEachPersonWhosePhonesRingIsToldOnce has a group rung, one of it at two phones, and later a client outside.
func TestEachPersonWhosePhonesRingIsToldOnce(t *testing.T) {
	leg := func(n int) fmc.LegID { return fmc.LegID{Call: "c", N: n} }
	at := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	bodies := []fmc.Happening{
		fmc.Opened{Began: at, Direction: fmc.Inbound, From: callerid.Number{E164: "+79120000001"}, To: callerid.Number{E164: "+74950000001"}},
		fmc.LegBegan{Leg: leg(1), Offered: true, Role: fmc.Client},
		fmc.LegBegan{Leg: leg(2), Role: fmc.Worker, Employee: "anna", Device: "anna/sip", Group: "sales"},
		fmc.LegBegan{Leg: leg(3), Role: fmc.Worker, Employee: "anna", Device: "anna/mobile", Group: "sales"},
		fmc.LegBegan{Leg: leg(4), Role: fmc.Worker, Employee: "ivan", Device: "ivan/sip", Group: "sales"},
		fmc.LegIs{Leg: leg(1), Link: fmc.Alerting}, // what we told who called is no news
		fmc.LegIs{Leg: leg(3), Link: fmc.Alerting},
		fmc.LegIs{Leg: leg(2), Link: fmc.Alerting},
		fmc.LegIs{Leg: leg(4), Link: fmc.Alerting},
		fmc.LegBegan{Leg: leg(5), Role: fmc.Client, Number: callerid.Number{E164: "+79120000002"}},
		fmc.LegIs{Leg: leg(5), Link: fmc.Alerting},
		fmc.LegIs{Leg: leg(9), Link: fmc.Alerting}, // nobody knows it
	}
	var facts []fmc.Fact
	for _, b := range bodies {
		facts = append(facts, fmc.Fact{Company: "acme", Call: "c", Body: b})
	}
	rings := func(all []fmc.Event) (who []fmc.DeviceID) {
		for _, e := range all {
			if told, ok := e.Data.(fmc.CallTold); ok && e.Type == fmc.EventCallRinging {
				who = append(who, told.Rings.Device)
			}
		}
		return who
	}
	r := fmc.Fold(facts)
	if got := rings(fmc.CallEvents(r, facts, 0)); !slices.Equal(got, []fmc.DeviceID{"anna/mobile", "ivan/sip", ""}) {
		t.Errorf("at once: %v", got)
	}
	var apart []fmc.DeviceID
	for i := range facts {
		apart = append(apart, rings(fmc.CallEvents(fmc.Fold(facts[:i+1]), facts[:i+1], i))...)
	}
	if !slices.Equal(apart, []fmc.DeviceID{"anna/mobile", "ivan/sip", ""}) {
		t.Errorf("one by one: %v", apart)
	}
	if people := r.People(); !slices.Equal(people, []fmc.EmployeeID{"anna", "ivan"}) {
		t.Errorf("it concerns %v", people)
	}
}
