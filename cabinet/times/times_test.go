package times_test

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"go.uber.org/goleak"

	"roadline/cabinet/times"
	"roadline/fmc/cause"
)

// now is a Monday morning in Moscow.
var now = time.Date(2026, time.November, 23, 7, 0, 0, 0, time.UTC)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

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
		at, err := times.Read(text, zone, now)
		if err != nil || at.In(zone).Format("2006-01-02 15:04") != want {
			t.Errorf("%q: %v %v, want %s", text, at, err, want)
		}
	}
	for _, text := range []string{"soon", "25:00", "Someday 10:00", "mo 10:00", "Monday", "Monday 10:00 sharp", "10:00 Monday", "2026-02-30"} {
		if at, err := times.Read(text, zone, now); !errors.Is(err, cause.Invalid) {
			t.Errorf("%q: %v %v", text, at, err)
		}
	}
}

func TestDaysAreTheLastThirtyUnlessTheyAreSaid(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin") // its clocks went back on 25 October
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		from, to, first, last string
		days                  int
	}{
		{"", "", "2026-10-25", "2026-11-23", 30}, {"2026-10-25", "2026-10-25", "2026-10-25", "2026-10-25", 1}, {"2026-10-24", "2026-10-26", "2026-10-24", "2026-10-26", 3},
	} {
		s, err := times.Days(url.Values{"from": {row.from}, "to": {row.to}}, zone, now)
		if err != nil || s.First() != row.first || s.Last() != row.last || s.Count() != row.days {
			t.Errorf("%+v: %s to %s, %d days, %v", row, s.First(), s.Last(), s.Count(), err)
		}
	}
	for _, q := range []url.Values{{"from": {"2026-11-02"}, "to": {"2026-11-01"}}, {"from": {"2020-01-01"}}, {"to": {"monday"}}} {
		if s, err := times.Days(q, zone, now); !errors.Is(err, cause.Invalid) {
			t.Errorf("%v: %v %v", q, s, err)
		}
	}
}

func FuzzMoment(f *testing.F) {
	f.Add("Sunday 10:00")
	f.Add("2026-12-31T10:00:00Z")
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := times.Read(text, time.UTC, now); err != nil && !errors.Is(err, cause.Invalid) {
			t.Fatal(err)
		}
	})
}
