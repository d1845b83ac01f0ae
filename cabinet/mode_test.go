package cabinet_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"roadline/cabinet"
	"roadline/fmc"
	"roadline/fmc/cause"
)

func TestAModeIsSetAndShownUntilItEnds(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", acmeFile, 0)
	if all := read[[]cabinet.ModeShown](d, http.MethodGet, "modes", nil); len(all) != 1 || all[0].Employee != "ivanov" || all[0].Mode != fmc.Available || all[0].Set != nil {
		t.Fatalf("%+v", all)
	}
	for _, x := range []struct {
		set   cabinet.Mode
		kind  fmc.ModeKind
		until time.Time
		by    string
	}{
		{cabinet.Mode{Mode: "dnd"}, fmc.Undisturbed, time.Time{}, "ivanov"},
		{cabinet.Mode{Mode: "dnd", Until: "18:30", By: "boss"}, fmc.Undisturbed, time.Date(2026, 11, 23, 15, 30, 0, 0, time.UTC), "boss"},
		{cabinet.Mode{Mode: "mobile", For: "90m"}, fmc.MobileOnly, now.Add(90 * time.Minute), "ivanov"},
		{cabinet.Mode{Mode: "on"}, fmc.Available, time.Time{}, "ivanov"},
	} {
		is := read[cabinet.ModeShown](d, http.MethodPost, "employees/ivanov/mode", x.set)
		all := read[[]cabinet.ModeShown](d, http.MethodGet, "modes", nil)
		if is.Mode != x.kind || is.By != x.by || (is.Until == nil) != x.until.IsZero() || is.Until != nil && !is.Until.Equal(x.until) || !is.Set.Equal(now) || all[0].Mode != x.kind {
			t.Errorf("%+v: %+v, listed %+v", x.set, is, all)
		}
	}
	d.modes["acme"]["ivanov"] = fmc.ModeSet{At: now.Add(-time.Hour), Employee: "ivanov", Mode: fmc.Mode{Kind: fmc.Undisturbed, Until: now}, By: "ivanov"}
	if all := read[[]cabinet.ModeShown](d, http.MethodGet, "modes", nil); all[0].Mode != fmc.Available || all[0].Until != nil {
		t.Errorf("a mode that ended is shown as %+v", all)
	}
}

func TestAModeThatCannotBeIsRefused(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", strings.Replace(acmeFile, `, mobile: "+79161234567"`, "", 1), 0)
	for want, m := range map[string]cabinet.Mode{
		"write on, mobile or dnd":                {Mode: "off"},
		"has no mobile":                          {Mode: "mobile"},
		"write one of them":                      {Mode: "dnd", Until: "18:30", For: "2h"},
		"it has no end":                          {Mode: "on", For: "2h"},
		"write a time as":                        {Mode: "dnd", For: "soon"},
		`until: moment "soon"`:                   {Mode: "dnd", Until: "soon"},
		"the mode ends at 2026-11-22T00:00:00":   {Mode: "dnd", Until: "2026-11-22"},
		"a moment to come, within a year":        {Mode: "dnd", For: "-2h"},
		"the mode ends at 2036-11-23T00:00:00":   {Mode: "dnd", Until: "2036-11-23"},
		"by: write one line of at most 200 byte": {Mode: "dnd", By: "two\nlines"},
	} {
		if p := d.problem(http.MethodPost, "/v1/companies/acme/employees/ivanov/mode", m); p.Status != http.StatusBadRequest || !strings.Contains(p.Detail, want) {
			t.Errorf("%+v: %+v", m, p)
		}
	}
	if len(d.modes["acme"]) > 0 {
		t.Errorf("%+v", d.modes)
	}
	d.fails = cause.Errorf(cause.Unavailable, "the journal is full")
	if p := d.problem(http.MethodPost, "/v1/companies/acme/employees/ivanov/mode", cabinet.Mode{Mode: "dnd"}); p.Status != http.StatusServiceUnavailable {
		t.Errorf("%+v", p)
	}
}
