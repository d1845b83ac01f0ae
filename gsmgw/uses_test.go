package gsmgw_test

import (
	"testing"
	"time"

	"roadline/fmc"
	"roadline/gsmgw"
)

func TestUseIsCountedByTheDayAndByThePackagesMonth(t *testing.T) {
	m := newModem(cardA)
	startWith(t, func(b *bench) {
		b.company.SIMs[0].Package = fmc.SIMPackage{Minutes: 100, Day: 31, Step: time.Minute}
	}, func(b *bench) {
		now := time.Now() // 2000-01-01 00:00:00 UTC in a bubble
		b.pass(10 * time.Hour)
		b.g.Remember(cardA, []gsmgw.Use{
			{At: now.AddDate(0, 0, -2), Call: true, Talk: 10 * time.Minute}, // before the package's month, which began on 31 December
			{At: now.Add(-time.Hour), Call: true, Talk: 61 * time.Second},   // yesterday, 31 December
			{At: now.Add(time.Hour), Call: true, Talk: 30 * time.Second},
			{At: now.Add(time.Hour)},
		}, time.Now())
		want := fmc.SIMUsed{Calls: 1, Talk: 30 * time.Second, Messages: 1, MonthTalk: 3 * time.Minute, MonthMessages: 1}
		if got := b.line(cardA).SIM.Used; got != want {
			t.Errorf("%+v, not %+v", got, want)
		}
	}, m)
}
