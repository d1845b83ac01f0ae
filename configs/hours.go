package configs

import (
	"embed"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"roadline/fmc"
)

// holidays are the calendars that a company file can name: whole-day events, as offices publish them.
//
//go:embed holidays/*.ics
var holidays embed.FS

var days = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func (r *companyReader) hours(n *yaml.Node) {
	r.pairs(n, "hours", func(key, value *yaml.Node) {
		h := fmc.Hours{ID: fmc.HoursID(r.id(key, "hours")), Closed: map[fmc.Date]bool{}}
		r.pairs(value, "hours "+key.Value, func(key, value *yaml.Node) {
			switch key.Value {
			case "except":
				r.except(value, &h)
			case "timezone":
				h.Zone = r.zone(value)
			default:
				from, to, ok := daySpan(key.Value)
				if !ok {
					r.fail(key, "hours: %q: write days such as \"mon\", \"mon-fri\" or \"sat-sun\", or \"except\" or \"timezone\"", key.Value)
					return
				}
				spans := r.spans(value)
				for d := from; ; d = (d + 1) % 7 {
					h.Weekly[d] = append(h.Weekly[d], spans...)
					if d == to {
						break
					}
				}
			}
		})
		r.c.Hours[h.ID] = h
	})
}

// daySpan reads "mon" or "mon-fri".
func daySpan(s string) (from, to int, ok bool) {
	a, b, span := strings.Cut(s, "-")
	if !span {
		b = a
	}
	from, to = slices.Index(days, a), slices.Index(days, b)
	return from, to, from >= 0 && to >= 0
}

// spans reads "09:00-18:00" or a list of such.
func (r *companyReader) spans(n *yaml.Node) []fmc.Span {
	if n.Kind == yaml.SequenceNode {
		var all []fmc.Span
		for _, x := range n.Content {
			all = append(all, r.spans(x)...)
		}
		return all
	}
	a, b, _ := strings.Cut(n.Value, "-")
	from, ok1 := minuteOf(strings.TrimSpace(a))
	to, ok2 := minuteOf(strings.TrimSpace(b))
	if n.Kind != yaml.ScalarNode || !ok1 || !ok2 || from == to || from == 24*60 {
		r.fail(n, "hours: %q: write a span such as \"09:00-18:00\"; one that ends earlier than it begins ends on the next day", n.Value)
		return nil
	}
	if to < from {
		to += 24 * 60
	}
	return []fmc.Span{{From: from, To: to}}
}

// minuteOf reads "09:30" as minutes since midnight; 24:00 is the end of the day.
func minuteOf(s string) (int, bool) {
	h, m, ok := strings.Cut(s, ":")
	hour, err1 := strconv.Atoi(h)
	minute, err2 := strconv.Atoi(m)
	ok = ok && err1 == nil && err2 == nil && len(m) == 2 && hour >= 0 && minute >= 0 && minute < 60 && hour*60+minute <= 24*60
	return hour*60 + minute, ok
}

// except reads days off: "2026-12-31", "2027-01-01/2027-01-08", or the name of a calendar of the house.
func (r *companyReader) except(n *yaml.Node, h *fmc.Hours) {
	if n.Kind == yaml.ScalarNode {
		r.dayOff(n, h)
		return
	}
	r.list(n, "except", func(n *yaml.Node) { r.dayOff(n, h) })
}

func (r *companyReader) dayOff(n *yaml.Node, h *fmc.Hours) {
	if strings.HasSuffix(n.Value, ".ics") {
		text, err := holidays.ReadFile("holidays/" + n.Value)
		if err != nil {
			r.fail(n, "except: there is no calendar %q: the house has %s; other days are written one by one, such as 2026-12-31", n.Value, strings.Join(calendars(), ", "))
			return
		}
		for _, d := range daysOff(string(text)) {
			h.Closed[d] = true
		}
		return
	}
	a, b, span := strings.Cut(n.Value, "/")
	if !span {
		b = a
	}
	from, err1 := time.Parse(time.DateOnly, a)
	to, err2 := time.Parse(time.DateOnly, b)
	if n.Kind != yaml.ScalarNode || err1 != nil || err2 != nil || to.Before(from) || to.Sub(from) > 366*24*time.Hour {
		r.fail(n, "except: %q: write a day such as 2026-12-31, some such as 2027-01-01/2027-01-08, or a calendar such as holidays-ru.ics", n.Value)
		return
	}
	for d := from; !d.After(to); d = d.AddDate(0, 0, 1) {
		h.Closed[fmc.DateOf(d)] = true
	}
}

func calendars() []string {
	entries, err := holidays.ReadDir("holidays")
	if err != nil {
		return nil
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

// daysOff reads the whole-day events of a calendar (RFC 5545 §3.6.1): DTSTART and DTEND as dates, the end not included.
func daysOff(ics string) []fmc.Date {
	var all []fmc.Date
	var from, to time.Time
	for line := range strings.Lines(ics) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		name, _, _ = strings.Cut(name, ";")
		day, err := time.Parse("20060102", value)
		switch {
		case name == "BEGIN" && value == "VEVENT":
			from, to = time.Time{}, time.Time{}
		case name == "DTSTART" && err == nil:
			from, to = day, day.AddDate(0, 0, 1)
		case name == "DTEND" && err == nil:
			to = day
		case name == "END" && value == "VEVENT" && !from.IsZero():
			for d := from; d.Before(to); d = d.AddDate(0, 0, 1) {
				all = append(all, fmc.DateOf(d))
			}
		}
	}
	return all
}
