package fmc_test

import (
	"strings"
	"testing"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
)

func TestAMessageLeavesByTheRightWayForAReasonThatIsSaid(t *testing.T) {
	const card, office, other = "+79031112233", "+74951234500", "+74951234501"
	c := &fmc.Company{
		Profile: fmc.Profile{ID: "acme", Country: "RU"},
		SIMs:    []fmc.SIM{{ICCID: "8970101234567890123", Number: callerid.Number{E164: card}}},
		Programs: []fmc.Program{
			{ID: "crm", Numbers: []callerid.Number{{E164: office}, {E164: card}}, Names: []string{"ACME"}},
		},
		Rules: fmc.Rules{Messages: []fmc.MessageRule{
			{To: []string{"+7999"}, By: []fmc.MessageBy{{Centre: "mts"}}},
			{From: []string{"ACME"}, By: []fmc.MessageBy{{Centre: "beeline"}, {Centre: "mts"}}},
		}},
	}
	grants := []fmc.CentreGrant{
		{Centre: "beeline", Company: "acme", Numbers: []callerid.Number{{E164: office}}},
		{Centre: "mts", Company: "acme", Names: []string{"ACME"}},
	}
	for _, x := range []struct {
		name, from, to string
		program        fmc.ProgramID
		by, why        string
		kind           cause.Kind
	}{
		{"a number that has a SIM, whatever a rule says", card, "+79991112233", "", "sim", "on a SIM", 0},
		{"a card by its ICCID", "8970101234567890123", "+79161234567", "", "sim", "on a SIM", 0},
		{"nobody in particular", "", "+79161234567", "", "sim", "no rule", 0},
		{"a rule by the receiver, and its centre's own name", "", "+79991112233", "", "mts", "rule 1", 0},
		{"the first of a rule's ways that may", "ACME", "+79161234567", "crm", "mts", "rule 2", 0},
		{"a rule of which no way may", office, "+79991112233", "", "", "", cause.Denied},
		{"a number that a centre may show", office, "+79161234567", "crm", "beeline", "no rule", 0},
		{"a number that nothing may show", other, "+79161234567", "", "", "", cause.NotFound},
		{"a program as somebody else", other, "+79161234567", "crm", "", "", cause.NotFound},
	} {
		t.Run(x.name, func(t *testing.T) {
			to, err := c.MessagePeer(x.to)
			if err != nil {
				t.Fatal(err)
			}
			way, err := c.MessageWay(fmc.MessageOrder{From: x.from, Program: x.program}, to, grants)
			if cause.KindOf(err) != x.kind || err == nil && (way.By.String() != x.by || !strings.Contains(way.Why, x.why)) {
				t.Errorf("it leaves by %v since %q: %v", way.By, way.Why, err)
			}
		})
	}
}
