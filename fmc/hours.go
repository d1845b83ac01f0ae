package fmc

import (
	"fmt"
	"time"
)

// Hours is a weekly schedule with exceptions, in the zone of whoever asks.
type Hours struct {
	ID     HoursID
	Weekly [7][]Span      // by time.Weekday
	Closed map[Date]bool  // whole days off
	Zone   *time.Location // nil: the company's
}

// Span is a part of a day in minutes since midnight on the wall clock, From included and To excluded; To may pass
// 24 h, into the next day.
type Span struct{ From, To int }

// Date is a day of the calendar.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf returns the day of an instant in its own zone.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

const minutesADay = 24 * 60

// Open reports whether the instant lies within the hours, in the given zone unless the hours have their own. What
// counts is the wall clock: 09:00 is 09:00 on both sides of a change to summer time.
func (h Hours) Open(at time.Time, zone *time.Location) bool {
	if h.Zone != nil {
		zone = h.Zone
	}
	if zone == nil {
		zone = time.UTC
	}
	local := at.In(zone)
	minute := local.Hour()*60 + local.Minute()
	yesterday := time.Date(local.Year(), local.Month(), local.Day()-1, 12, 0, 0, 0, zone)
	return h.covers(local, minute) || h.covers(yesterday, minute+minutesADay)
}

func (h Hours) covers(day time.Time, minute int) bool {
	if h.Closed[DateOf(day)] {
		return false
	}
	for _, s := range h.Weekly[day.Weekday()] {
		if minute >= s.From && minute < s.To {
			return true
		}
	}
	return false
}

// OpenAt reports whether the hours of that id are open; no id means always, an unknown one never.
func (c *Company) OpenAt(id HoursID, at time.Time) bool {
	if id == "" {
		return true
	}
	h, ok := c.Hours[id]
	return ok && h.Open(at, c.Profile.Zone)
}
