package fmc_test

import (
	"testing"

	"roadline/callerid"
	"roadline/fmc"
)

func TestACallIsTheirsWhoTurnedOutToMakeIt(t *testing.T) {
	caller, out, third := fmc.LegID{Call: "c1", N: 1}, fmc.LegID{Call: "c1", N: 2}, fmc.LegID{Call: "c1", N: 3}
	office, client := callerid.Number{E164: "+74951234567"}, callerid.Number{E164: "+79120000001"}
	for name, x := range map[string]struct {
		opened   fmc.Opened
		by       fmc.Assurance
		dialled  callerid.Number
		client   string
		outbound bool
	}{
		"by their number, and calls a client":   {fmc.Opened{Direction: fmc.Outbound, Employee: "ivanov", To: office}, fmc.ByNumber, client, client.E164, true},
		"by their number, and calls nobody":     {fmc.Opened{Direction: fmc.Outbound, Employee: "ivanov", To: office}, fmc.ByNumber, callerid.Number{}, "", true},
		"by a PIN, with their number hidden":    {fmc.Opened{Direction: fmc.Inbound, To: office, From: callerid.Number{Kind: callerid.Hidden}}, fmc.ByPIN, client, client.E164, true},
		"by their account, which dialled them":  {fmc.Opened{Direction: fmc.Outbound, Employee: "ivanov", To: client}, fmc.ByAccount, callerid.Number{}, client.E164, true},
		"by their account, and calls colleague": {fmc.Opened{Direction: fmc.Internal, Employee: "ivanov"}, fmc.ByAccount, callerid.Number{}, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			facts := []fmc.Fact{
				{Company: "acme", Call: "c1", Body: x.opened},
				{Company: "acme", Call: "c1", Body: fmc.LegBegan{Leg: caller, Offered: true, Role: fmc.Client}},
				{Company: "acme", Call: "c1", Body: fmc.Recognised{Leg: caller, Employee: "ivanov", Device: "ivanov/mobile", By: x.by}},
			}
			if !x.dialled.IsZero() {
				facts = append(facts, fmc.Fact{Company: "acme", Call: "c1", Body: fmc.LegBegan{Leg: out, Role: fmc.Client, Number: x.dialled}})
			}
			if x.client != "" { // whom they ask about it is not whom the call is with
				facts = append(facts, fmc.Fact{Company: "acme", Call: "c1", Body: fmc.LegBegan{Leg: third, Role: fmc.Client, Number: callerid.Number{E164: "+79120000009"}}})
			}
			r := fmc.Fold(facts)
			if r.Who.Employee != "ivanov" || r.Who.Client.E164 != x.client || r.Opened.Direction == fmc.Outbound != x.outbound {
				t.Fatalf("%+v, %s", r.Who, r.Opened.Direction)
			}
			if l := r.Legs[0]; l.Role != fmc.Worker || l.Employee != "ivanov" || l.Device != "ivanov/mobile" || len(r.Recognised) != 1 {
				t.Fatalf("%+v", l)
			}
		})
	}
}
