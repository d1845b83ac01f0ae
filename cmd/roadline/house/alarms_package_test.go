package house

import (
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"roadline/cabinet"
	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/storetest"
)

// talkedBefore is a call of ten minutes by a card at noon of each of the days before a moment.
func talkedBefore(now time.Time, card fmc.ICCID, days int) (facts []fmc.Fact) {
	for back := 1; back <= days; back++ {
		id := fmc.CallID(fmt.Sprintf("019aa000-0000-7000-8000-0000000000%02d", back))
		leg := fmc.LegID{Call: id, N: 1}
		number := callerid.Number{E164: "+79121112233", Country: "RU"}
		for _, x := range []struct {
			at   time.Duration
			body fmc.Happening
		}{
			{0, fmc.Opened{Began: now.AddDate(0, 0, -back), Direction: fmc.Outbound, To: number}},
			{0, fmc.LegBegan{Leg: leg, Role: fmc.Client, Line: card.Line(), Number: number}},
			{time.Second, fmc.LegIs{Leg: leg, Link: fmc.Up}},
			{10*time.Minute + time.Second, fmc.LegIs{Leg: leg, Link: fmc.Gone}},
			{10*time.Minute + time.Second, fmc.Closed{Cause: cause.Of(cause.Hangup)}},
		} {
			facts = append(facts, fmc.Fact{Company: "acme", Call: id, At: x.at, Body: x.body})
		}
	}
	return facts
}

func TestAPackageThatWillNotSufficeIsToldOnceAMonth(t *testing.T) {
	const card fmc.ICCID = "8970101234567890123"
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	acme := func(minutes int) *fmc.Company {
		return (&fmc.Company{
			Profile: fmc.Profile{ID: "acme", Name: "Acme", Country: "RU", Language: "en", Zone: time.UTC},
			SIMs:    []fmc.SIM{{ICCID: card, Number: callerid.Number{E164: "+79160000001"}, Package: fmc.SIMPackage{Minutes: minutes}}},
		}).Indexed()
	}
	s := storetest.Open(t)
	if _, err := s.For("acme").Apply(t.Context(), store.Change{Document: "x", Company: acme(100), Author: "test", Reason: "test"}); err != nil {
		t.Fatal(err)
	}
	storetest.BringIn(t, s, talkedBefore(now, card, 22)...)
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	h := &House{store: s, alarms: s.Alarms(nil), log: log}
	h.api = cabinet.New(cabinet.Options{Store: s, Now: func() time.Time { return now }, Log: log})
	l := newLookout(h)
	look := func(minutes int, want ...string) {
		t.Helper()
		now = now.Add(packagesEvery)
		x := seenOf("acme")
		l.packages(t.Context(), acme(minutes), now, x)
		l.settle(t.Context(), x, now)
		if got := openAlarms(t, s); !slices.Equal(got, want) {
			t.Errorf("with %d minutes %q go on, want %q", minutes, got, want)
		}
	}
	november, december := "package_short "+string(card)+" 2026-12-01", "package_short "+string(card)+" 2027-01-01"
	look(1000)
	look(100, november)
	all, err := s.For("acme").Alarms(t.Context(), store.AlarmFilter{Kind: fmc.AlarmPackageShort})
	if err != nil || len(all) != 1 {
		t.Fatalf("%v %+v", err, all)
	}
	if v := all[0].Values; v["line"] != "+79160000001" || v["end"] != "2026-12-01" || v["day"] != "2026-11-10" || v["short"] == "" || v["moves"] != "" {
		t.Errorf("%v", v)
	}
	look(100, november)
	look(1000)
	look(100) // it was told of this month already
	l = newLookout(h)
	look(100) // and is known to have been after a restart
	now = now.AddDate(0, 0, 8)
	look(100, december)
	l = newLookout(h)
	look(0) // none are counted any more
}
