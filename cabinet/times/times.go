// Package times reads and writes times as the people and the programs of a company do: a moment as it is said, a day of a
// list, a duration in JSON. It has no clock: what it is now is passed in. Start at Read.
package times

import (
	"net/url"
	"strings"
	"time"

	"roadline/fmc/cause"
)

// layouts are the ways to write a moment whole.
var layouts = []string{time.RFC3339, "2006-01-02 15:04", "2006-01-02 15:04:05", time.DateOnly}

// Read reads a moment to come as people say it, in a zone: "now" or nothing, "10:00" for the next time it is so,
// "Sunday 10:00" for the next Sunday, "2026-11-29", "2026-11-29 10:00", or RFC 3339. Errors are of kind cause.Invalid.
func Read(text string, zone *time.Location, now time.Time) (time.Time, error) {
	return read(text, zone, now, 1)
}

// Past is Read for what was: "Sunday 10:00" is the last one.
func Past(text string, zone *time.Location, now time.Time) (time.Time, error) {
	return read(text, zone, now, -1)
}

// read looks for a time of day and a weekday forward, step 1, or backward, step -1.
func read(text string, zone *time.Location, now time.Time, step int) (time.Time, error) {
	text = strings.TrimSpace(text)
	if text == "" || text == "now" {
		return now, nil
	}
	for _, layout := range layouts {
		if at, err := time.ParseInLocation(layout, text, zone); err == nil {
			return at, nil
		}
	}
	day, clock, two := strings.Cut(text, " ")
	if !two {
		day, clock = "", text
	}
	weekday, known := weekdayOf(day)
	at, err := time.Parse("15:04", strings.TrimSpace(clock))
	if err != nil || two && !known {
		return time.Time{}, cause.Errorf(cause.Invalid, "moment %q: write \"2026-11-29\", \"2026-11-29 10:00\", \"Sunday 10:00\", \"10:00\" or \"now\"", text)
	}
	today := now.In(zone)
	for days := 0; ; days += step { // within eight days there is one
		t := time.Date(today.Year(), today.Month(), today.Day()+days, at.Hour(), at.Minute(), 0, 0, zone)
		if t.Compare(now) != -step && (!two || t.Weekday() == weekday) {
			return t, nil
		}
	}
}

// weekdayOf reads an English day of the week, of which three letters are enough.
func weekdayOf(word string) (time.Weekday, bool) {
	word = strings.ToLower(word)
	for d := time.Sunday; d <= time.Saturday; d++ {
		if len(word) >= 3 && strings.HasPrefix(strings.ToLower(d.String()), word) {
			return d, true
		}
	}
	return 0, false
}

// Day reads a day among parameters; the zero time where none is given.
func Day(q url.Values, name string, zone *time.Location) (time.Time, error) {
	text := q.Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	day, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil || day.Year() < 1 || day.Year() > 9998 {
		return time.Time{}, cause.Errorf(cause.Invalid, "%s %q: write a day as 2026-11-28", name, text)
	}
	return day, nil
}
