package cabinet_test

import (
	"errors"
	"testing"
	"time"

	"roadline/cabinet"
	"roadline/fmc/cause"
)

func TestAMomentIsReadAsPeopleSayIt(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Moscow")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{ // it is Monday, ten in the morning
		"": "2026-11-23 10:00", "now": "2026-11-23 10:00", " now ": "2026-11-23 10:00",
		"10:00": "2026-11-23 10:00", "09:59": "2026-11-24 09:59", "23:30": "2026-11-23 23:30",
		"Monday 10:00": "2026-11-23 10:00", "mon 09:00": "2026-11-30 09:00", "Sunday 10:00": "2026-11-29 10:00", "tue  08:15": "2026-11-24 08:15",
		"2026-12-31": "2026-12-31 00:00", "2026-12-31 10:00": "2026-12-31 10:00", "2026-12-31T10:00:00Z": "2026-12-31 13:00",
	} {
		at, err := cabinet.Moment(text, zone, now)
		if err != nil || at.In(zone).Format("2006-01-02 15:04") != want {
			t.Errorf("%q: %v %v, want %s", text, at, err, want)
		}
	}
	for _, text := range []string{"soon", "25:00", "Someday 10:00", "mo 10:00", "Monday", "Monday 10:00 sharp", "10:00 Monday", "2026-02-30"} {
		if at, err := cabinet.Moment(text, zone, now); !errors.Is(err, cause.Invalid) {
			t.Errorf("%q: %v %v", text, at, err)
		}
	}
}

func FuzzMoment(f *testing.F) {
	f.Add("Sunday 10:00")
	f.Add("2026-12-31T10:00:00Z")
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := cabinet.Moment(text, time.UTC, now); err != nil && !errors.Is(err, cause.Invalid) {
			t.Fatal(err)
		}
	})
}
