package fmc_test

import (
	"testing"
	"time"

	"roadline/fmc"
)

func TestACardSaysWhichOfItsLimitsAreReachedAndUntilWhen(t *testing.T) {
	now := time.Date(2026, 2, 27, 23, 0, 0, 0, time.UTC)
	s := fmc.SIM{
		ICCID: "8970", Limits: fmc.SIMLimits{Calls: 5, Talk: 90 * time.Minute, Messages: 10}, Package: fmc.SIMPackage{Minutes: 100, Messages: 50, Day: 31},
	}
	if got := s.Reached(fmc.SIMUsed{Calls: 4, Talk: 89 * time.Minute, Messages: 9, MonthTalk: 99 * time.Minute, MonthMessages: 49}, now); got != nil {
		t.Errorf("below all of them: %+v", got)
	}
	got := s.Reached(fmc.SIMUsed{Calls: 5, Talk: 90 * time.Minute, Messages: 11, MonthTalk: 100 * time.Minute, MonthMessages: 50}, now)
	if len(got) != 5 || !got[0].Until.Equal(now.Add(time.Hour)) || got[1].Most != 90 || got[3].Limit != fmc.LimitPackageMinutes || !got[3].Until.Equal(time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v", got)
	}
	if got := new(fmc.SIM).Reached(fmc.SIMUsed{Calls: 1000}, now); got != nil {
		t.Errorf("a card without limits: %+v", got)
	}
}

func TestAPackagesMonthBeginsOnItsDayAndInAShortMonthOnTheLast(t *testing.T) {
	day := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 0, 0, 0, 0, time.UTC) }
	for _, x := range []struct {
		day              int
		now, from, until time.Time
	}{
		{0, day(11, 15), day(11, 1), day(12, 1)},
		{15, day(11, 15), day(11, 15), day(12, 15)},
		{15, day(11, 14), day(10, 15), day(11, 15)},
		{31, day(2, 28), day(2, 28), day(3, 31)},
		{31, day(3, 30), day(2, 28), day(3, 31)},
		{20, day(1, 5), time.Date(2025, 12, 20, 0, 0, 0, 0, time.UTC), day(1, 20)},
		{1, day(12, 31), day(12, 1), time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		if from, until := (fmc.SIMPackage{Day: x.day}).Month(x.now); !from.Equal(x.from) || !until.Equal(x.until) {
			t.Errorf("of day %d on %v: %v to %v", x.day, x.now, from, until)
		}
	}
}
