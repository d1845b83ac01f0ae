package fmc_test

import (
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
)

func TestALegThatLeavesACallAndComesBackIsOneEntry(t *testing.T) {
	leg := fmc.LegID{Call: "c1", N: 2}
	var facts []fmc.Fact
	for i, body := range []fmc.Happening{
		fmc.Opened{Direction: fmc.Inbound},
		fmc.LegBegan{Leg: leg, Role: fmc.Worker, Employee: "ivanov", Number: callerid.Number{E164: "+79161234567"}},
		fmc.LegIs{Leg: leg, Link: fmc.Up},
		fmc.Passed{Leg: leg, To: "c2", Gift: fmc.Take},
		fmc.LegBegan{Leg: leg, Offered: true, Role: fmc.Worker, Employee: "ivanov"},
		fmc.LegIs{Leg: leg, Link: fmc.Up},
		fmc.Passed{Leg: leg, From: "c2", Gift: fmc.Take},
		fmc.LegIs{Leg: leg, Link: fmc.Gone},
		fmc.Closed{},
	} {
		facts = append(facts, fmc.Fact{Company: "acme", Call: "c1", At: time.Duration(i) * time.Second, Body: body})
	}
	legs := fmc.Fold(facts).Legs
	if len(legs) != 1 {
		t.Fatalf("%d entries for one leg: %+v", len(legs), legs)
	}
	if l := legs[0]; l.Away != "" || l.Up != 2*time.Second || l.Gone != 7*time.Second || l.Number.E164 != "+79161234567" {
		t.Fatalf("%+v", l)
	}
}
