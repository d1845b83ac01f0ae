package house

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// notebook is a journal that some companies' facts do not get into.
type notebook struct {
	away  map[fmc.CompanyID]bool
	facts []fmc.Fact
}

func (n *notebook) Append(facts ...fmc.Fact) error {
	for _, f := range facts {
		if n.away[f.Company] {
			return cause.Errorf(cause.Unavailable, "the disk is full")
		}
		n.facts = append(n.facts, f)
	}
	return nil
}

func (n *notebook) Sync(context.Context) error { return nil }

func TestACompanyThatCouldNotBeToldOfATrunkIsToldAtTheNextLook(t *testing.T) {
	m := &configs.Machine{Trunks: []configs.Trunk{{ID: "carrier-a", Grants: []configs.Grant{{Company: "acme"}, {Company: "other"}}}}}
	book := &notebook{away: map[fmc.CompanyID]bool{"acme": true}}
	n := newLineNews(&House{m: m, log: slog.New(slog.DiscardHandler)}, book)
	companies := []*fmc.Company{{Profile: fmc.Profile{ID: "acme"}}, {Profile: fmc.Profile{ID: "other"}}, {Profile: fmc.Profile{ID: "without"}}}
	look := func(ready bool) { n.trunk(companies, fmc.TrunkSeen{Trunk: "carrier-a", Ready: ready}) }
	look(true) // at the start it is taken to be there
	look(false)
	book.away["acme"] = false
	look(false)
	look(false)
	look(true)
	var told []string
	for _, f := range book.facts {
		is, _ := f.Body.(fmc.TrunkSeen)
		told = append(told, string(f.Company)+map[bool]string{true: " ready", false: " lost"}[is.Ready])
	}
	if want := []string{"other lost", "acme lost", "acme ready", "other ready"}; !slices.Equal(told, want) {
		t.Errorf("told were %q, want %q", told, want)
	}
}

func TestALimitIsToldOnceEachTimeThatItIsReached(t *testing.T) {
	book := &notebook{}
	n := newLineNews(&House{log: slog.New(slog.DiscardHandler)}, book)
	c := &fmc.Company{Profile: fmc.Profile{ID: "acme"}, SIMs: []fmc.SIM{{ICCID: "8970", Limits: fmc.SIMLimits{Calls: 5, Messages: 10}}}}
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	look := func(days, calls int) {
		n.cards(c, []fmc.LineState{{ID: "trunk:x"}, {SIM: &fmc.SIMState{ICCID: "other"}}, {SIM: &fmc.SIMState{ICCID: "8970", Used: fmc.SIMUsed{Calls: calls}}}}, noon.AddDate(0, 0, days))
	}
	look(0, 4)
	look(0, 5)
	look(0, 6)
	look(1, 5)
	var until []string
	for _, f := range book.facts {
		is, _ := f.Body.(fmc.LimitSeen)
		until = append(until, string(is.Limit)+" "+is.Until.Format(time.DateOnly))
	}
	if want := []string{"calls 2026-11-24", "calls 2026-11-25"}; !slices.Equal(until, want) {
		t.Errorf("told were %q, want %q", until, want)
	}
}
