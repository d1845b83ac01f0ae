package fmc_test

import (
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
)

const card fmc.ICCID = "8970101234567890123"

func TestALineOfASIMLeadsBackToItsCard(t *testing.T) {
	if id, ok := card.Line().SIM(); !ok || id != card {
		t.Error(id, ok)
	}
	for _, line := range []fmc.LineID{"trunk:carrier-a", "sip:ivanov-desk", "sim:", ""} {
		if id, ok := line.SIM(); ok {
			t.Errorf("%s is made by the card %s", line, id)
		}
	}
}

func TestANumberOnASIMIsLimitedByTheOneCallOfItsCard(t *testing.T) {
	n := fmc.Number{Number: callerid.Number{E164: "+79031112233"}, Lines: 4}
	if n.Limit() != "number:+79031112233" {
		t.Error(n.Limit())
	}
	if n.SIM = card; n.Limit() != card.Limit() || card.Limit() != "sim:8970101234567890123" {
		t.Error(n.Limit())
	}
}

func TestACardIsFoundWithAndWithoutAnIndex(t *testing.T) {
	c := &fmc.Company{SIMs: []fmc.SIM{{ICCID: "1"}, {ICCID: card, Operator: "mts"}}}
	for range 2 {
		if s, ok := c.SIM(card); !ok || s.Operator != "mts" {
			t.Error(s, ok)
		}
		if s, ok := c.SIM("2"); ok {
			t.Error(s)
		}
		c = c.Indexed()
	}
}

func TestAMandateSaysWhyACardMayNotBeUsed(t *testing.T) {
	day := time.Date(2026, time.November, 23, 0, 0, 0, 0, time.UTC)
	whole := fmc.Mandate{Owner: "Acme", Contract: "17", For: []fmc.SIMUse{fmc.UseCalls}, Where: []string{"RU", "KZ"}, From: day, Until: day.AddDate(0, 1, 0)}
	for name, row := range map[string]struct {
		change  func(*fmc.Mandate)
		use     fmc.SIMUse
		country string
		now     time.Time
		want    string
	}{
		"it may":                {func(*fmc.Mandate) {}, fmc.UseCalls, "KZ", day, ""},
		"nowhere in particular": {func(*fmc.Mandate) {}, fmc.UseCalls, "", day, ""},
		"none":                  {func(m *fmc.Mandate) { *m = fmc.Mandate{} }, fmc.UseCalls, "RU", day, "no mandate is on file for this SIM"},
		"of nobody":             {func(m *fmc.Mandate) { m.Owner = "" }, fmc.UseCalls, "RU", day, "no mandate is on file for this SIM"},
		"for something else":    {func(*fmc.Mandate) {}, fmc.UseMessages, "RU", day, "the mandate of this SIM does not name messages"},
		"elsewhere":             {func(*fmc.Mandate) {}, fmc.UseCalls, "GB", day, "the mandate of this SIM does not reach GB"},
		"of no country":         {func(*fmc.Mandate) {}, fmc.UseCalls, "001", day, "the mandate of this SIM does not reach 001"},
		"at home alone":         {func(m *fmc.Mandate) { m.Where = nil }, fmc.UseCalls, "KZ", day, "the mandate of this SIM does not reach KZ"},
		"at home":               {func(m *fmc.Mandate) { m.Where = nil }, fmc.UseCalls, "RU", day, ""},
		"too early":             {func(*fmc.Mandate) {}, fmc.UseCalls, "RU", day.Add(-time.Nanosecond), "the mandate of this SIM begins on 2026-11-23"},
		"too late":              {func(*fmc.Mandate) {}, fmc.UseCalls, "RU", day.AddDate(0, 1, 0), "the mandate of this SIM ended on 2026-12-23"},
		"for ever":              {func(m *fmc.Mandate) { m.From, m.Until = time.Time{}, time.Time{} }, fmc.UseCalls, "RU", day.AddDate(9, 0, 0), ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := whole
			row.change(&m)
			if got := m.Allows(row.use, row.country, "RU", row.now); got != row.want {
				t.Errorf("%q, want %q", got, row.want)
			}
		})
	}
}
