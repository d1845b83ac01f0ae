package times

import (
	"net/url"
	"time"

	"roadline/fmc/cause"
)

// Span is some days of a company, one after another.
type Span struct {
	From, To time.Time // midnights of the first and of the last day
}

// mostDays is how many days may be asked of at once.
const mostDays = 732

// Days reads the parameters from and to, days in a zone, both included: the last thirty days where they are not given.
func Days(q url.Values, zone *time.Location, now time.Time) (s Span, err error) {
	if s.From, err = Day(q, "from", zone); err != nil {
		return s, err
	}
	if s.To, err = Day(q, "to", zone); err != nil {
		return s, err
	}
	if s.To.IsZero() {
		now = now.In(zone)
		s.To = time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, zone)
	}
	if s.From.IsZero() {
		s.From = s.To.AddDate(0, 0, -29)
	}
	if n := s.Count(); n < 1 || n > mostDays {
		return s, cause.Errorf(cause.Invalid, "from %s to %s: choose up to %d days, the first first", s.First(), s.Last(), mostDays)
	}
	return s, nil
}

// First is the first day, as 2026-11-28.
func (s Span) First() string { return s.From.Format(time.DateOnly) }

// Last is the last day, as 2026-11-28.
func (s Span) Last() string { return s.To.Format(time.DateOnly) }

// Count is how many days there are, whatever the clocks did in between.
func (s Span) Count() int {
	day := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }
	return int(day(s.To).Sub(day(s.From))/(24*time.Hour)) + 1
}
