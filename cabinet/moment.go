package cabinet

import (
	"strings"
	"time"

	"roadline/fmc/cause"
)

// Moment reads a moment as people say it, in a zone: "now" or nothing, "10:00" for the next time it is so, "Sunday
// 10:00" for the next Sunday, "2026-11-29", "2026-11-29 10:00", or RFC 3339. Errors are of kind cause.Invalid.
func Moment(text string, zone *time.Location, now time.Time) (time.Time, error) {
	text = strings.TrimSpace(text)
	if text == "" || text == "now" {
		return now, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04", "2006-01-02 15:04:05", time.DateOnly} {
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
		return time.Time{}, cause.Errorf(cause.Invalid, "moment %q: write \"2026-11-29 10:00\", \"Sunday 10:00\", \"10:00\" or \"now\"", text)
	}
	today := now.In(zone)
	for ahead := range 8 {
		t := time.Date(today.Year(), today.Month(), today.Day()+ahead, at.Hour(), at.Minute(), 0, 0, zone)
		if !t.Before(now) && (!two || t.Weekday() == weekday) {
			return t, nil
		}
	}
	return time.Date(today.Year(), today.Month(), today.Day()+7, at.Hour(), at.Minute(), 0, 0, zone), nil
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
