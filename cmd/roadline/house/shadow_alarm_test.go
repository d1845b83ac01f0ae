package house

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"roadline/callerid"
	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/journal"
	"roadline/store/storetest"
)

func TestACardThatATestFindsAtFaultIsToldOnceUntilItWorks(t *testing.T) {
	s := storetest.Open(t)
	c := (&fmc.Company{
		Profile: fmc.Profile{ID: "acme", Name: "Acme", Country: "RU", Language: "en", Zone: time.UTC},
		SIMs:    []fmc.SIM{{ICCID: "one", Number: callerid.Received("+79031112233", "RU")}, {ICCID: "two", Number: callerid.Received("+79031112244", "RU")}},
	}).Indexed()
	if _, err := s.For("acme").Apply(t.Context(), store.Change{Document: "x", Company: c, Author: "test", Reason: "test"}); err != nil {
		t.Fatal(err)
	}
	h := &House{m: &configs.Machine{}, store: s, alarms: s.Alarms(nil), log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	l, now := newLookout(h), time.Now()
	// tried brings an attempt in and looks at it: what goes on then?
	tried := func(id fmc.ShadowID, text fmc.ShadowText) []string {
		t.Helper()
		now = now.Add(time.Minute)
		storetest.BringIn(t, s, fmc.Fact{Company: "acme", Body: fmc.ShadowBegan{Shadow: id, At: now, From: "one", To: "two", Text: true}},
			fmc.Fact{Company: "acme", Body: fmc.ShadowEnded{Shadow: id, At: now, Text: &text}})
		seen := seenOf("acme")
		l.tried(t.Context(), c, now, seen)
		l.settle(t.Context(), seen, now)
		return openAlarms(t, s)
	}
	if got := tried("1", fmc.ShadowText{Why: "It was refused."}); !slices.Equal(got, []string{"shadow one"}) {
		t.Errorf("a fault: %q", got)
	}
	if got := tried("2", fmc.ShadowText{Why: "It was refused."}); !slices.Equal(got, []string{"shadow one"}) {
		t.Errorf("again: %q", got)
	}
	all, err := s.For("acme").Alarms(t.Context(), store.AlarmFilter{})
	if err != nil || len(all) != 1 || all[0].Values["line"] != "+79031112233" || all[0].Values["why"] != "its text was not sent" || all[0].Values["troubles"] != "no_text" {
		t.Errorf("it was told %+v, %v", all, err)
	}
	if got := tried("3", fmc.ShadowText{Sent: true, Came: true, Took: time.Second}); len(got) > 0 {
		t.Errorf("it works: %q", got)
	}
	if got := tried("4", fmc.ShadowText{Sent: true}); !slices.Equal(got, []string{"shadow one", "shadow two"}) {
		t.Errorf("a text that never came: %q", got)
	}
	looks := func() []string {
		t.Helper()
		seen := seenOf("acme")
		l.tried(t.Context(), c, now, seen)
		l.settle(t.Context(), seen, now)
		return openAlarms(t, s)
	}
	if got := looks(); !slices.Equal(got, []string{"shadow one", "shadow two"}) {
		t.Errorf("the next moment: %q", got)
	}
	then := now
	now = now.Add(triedLast + time.Minute)
	if got := looks(); len(got) > 0 {
		t.Errorf("long after anybody tried: %q", got)
	}
	now = then
	l.judged = map[fmc.CompanyID]time.Time{}
	looks()
	c.SIMs = c.SIMs[:1]
	if got := looks(); len(got) > 0 {
		t.Errorf("of the only card that is left: %q", got)
	}
}

func TestNoCardIsTriedAsLongAsPostgreSQLHasNotWhatEarlierStartsLeft(t *testing.T) {
	s := storetest.Open(t)
	h := &House{store: s, drain: s.Drain(nil, []*journal.Boot{nil}, store.DrainOptions{})}
	if _, err := h.triedBefore(t.Context(), "acme", time.Time{}); cause.KindOf(err) != cause.Unavailable {
		t.Errorf("with an earlier start's journal left: %v", err)
	}
	h.drain = s.Drain(nil, nil, store.DrainOptions{})
	if all, err := h.triedBefore(t.Context(), "acme", time.Time{}); err != nil || len(all) > 0 {
		t.Errorf("without one: %+v, %v", all, err)
	}
}
