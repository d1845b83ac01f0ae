package web

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
	"time"
)

// moment is a time in a company's zone, beside the time at which somebody looks at it. visit.at makes one.
type moment struct {
	time.Time
	now time.Time
}

// words are what templates may call, in one language.
func (t *tongue) words(a *assets) template.FuncMap {
	return template.FuncMap{
		"t": t.say, "count": t.count, "percent": t.percent, "bytes": t.bytes, "span": span, "length": t.length,
		"clock": clock, "day": t.day, "date": t.date, "when": t.when, "iso": iso, "ago": t.ago, "weekday": t.weekday,
		"icon": a.icon, "money": t.money, "modem": modemName, "said": t.marked, "told": t.said,
	}
}

// count is a whole number with the language's marks between thousands.
func (t *tongue) count(n int) string { return t.figures.Sprintf("%d", n) }

// percent is a share of one as whole per cent.
func (t *tongue) percent(share float64) string {
	return t.say("figure.percent", "Share", t.figures.Sprintf("%.0f", math.Round(share*100)))
}

// bytes is a size in the largest unit of 1000 in which it is at least one.
func (t *tongue) bytes(n int64) string {
	units := []string{"byte", "kilobyte", "megabyte", "gigabyte", "terabyte"}
	size, i := float64(n), 0
	for ; size >= 1000 && i < len(units)-1; i++ {
		size /= 1000
	}
	form := "%.1f"
	if i == 0 || size >= 100 {
		form = "%.0f"
	}
	return t.say("figure."+units[i], "Size", t.figures.Sprintf(form, size))
}

// money is a sum as the network or our own reckoning has it, "1242.28", as the language writes it. What is no sum is left
// as it is.
func (t *tongue) money(sum string) string {
	amount, err := strconv.ParseFloat(sum, 64)
	if err != nil {
		return sum
	}
	_, cents, _ := strings.Cut(sum, ".")
	return t.figures.Sprintf(fmt.Sprintf("%%.%df", len(cents)), amount)
}

// span is how long something took as a clock counts it: 0:42, 3:20, 1:02:03.
func span(d time.Duration) string {
	s := int(d.Round(time.Second) / time.Second)
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// length is how long something took in words, to two units: 42 s, 3 min 20 s, 1 h 12 min, 2 d 3 h.
func (t *tongue) length(d time.Duration) string {
	s := int(d.Round(time.Second) / time.Second)
	switch {
	case s < 60:
		return t.say("figure.seconds", "S", s)
	case s < 3600:
		return t.say("figure.minutes", "M", s/60, "S", s%60)
	case s < 86400:
		return t.say("figure.hours", "H", s/3600, "M", s/60%60)
	}
	return t.say("figure.days", "D", s/86400, "H", s/3600%24)
}

func clock(m moment) string { return m.Format("15:04") }

// day is the day in the year of whoever looks, and with its year otherwise.
func (t *tongue) day(m moment) string {
	if m.Year() == m.now.Year() {
		return t.say("figure.day", "Day", m.Day(), "Month", t.month(m))
	}
	return t.say("figure.day-year", "Day", m.Day(), "Month", t.month(m), "Year", m.Year())
}

// date is the whole date with its weekday.
func (t *tongue) date(m moment) string {
	return t.say("figure.date", "Weekday", t.weekday(m.Weekday()), "Day", t.day(m))
}

// when is the time of day for what was today, else with the day.
func (t *tongue) when(m moment) string {
	if m.sameDay() {
		return clock(m)
	}
	return t.day(m) + ", " + clock(m)
}

// ago is how long it was before whoever looks.
func (t *tongue) ago(m moment) string {
	d := m.now.Sub(m.Time)
	if d < time.Minute {
		return t.say("figure.just-now")
	}
	return t.say("figure.ago", "Length", t.length(d.Truncate(time.Minute)))
}

func (t *tongue) month(m moment) string { return t.say(fmt.Sprintf("month.%d", m.Month())) }

// weekday is its short name.
func (t *tongue) weekday(d time.Weekday) string { return t.say(fmt.Sprintf("weekday.%d", d)) }

// iso is for machines: the datetime of <time>.
func iso(m moment) string { return m.Format(time.RFC3339) }

func (m moment) sameDay() bool {
	return m.Year() == m.now.Year() && m.YearDay() == m.now.YearDay()
}
