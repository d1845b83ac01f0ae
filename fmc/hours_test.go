package fmc_test

import (
	"testing"
	"time"

	"roadline/fmc"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func clock(hours, minutes int) int { return hours*60 + minutes }

// everyDay is the same span on each day of the week.
func everyDay(from, to int) [7][]fmc.Span {
	var weekly [7][]fmc.Span
	for day := range weekly {
		weekly[day] = []fmc.Span{{From: from, To: to}}
	}
	return weekly
}

func TestHoursAreOpenByTheWallClock(t *testing.T) {
	office := fmc.Hours{Weekly: [7][]fmc.Span{
		time.Monday:  {{From: clock(9, 0), To: clock(13, 0)}, {From: clock(14, 0), To: clock(18, 0)}},
		time.Tuesday: {{From: clock(9, 0), To: clock(18, 0)}},
	}, Closed: map[fmc.Date]bool{{Year: 2026, Month: time.November, Day: 24}: true}}
	night := fmc.Hours{
		Weekly: [7][]fmc.Span{time.Friday: {{From: clock(22, 0), To: clock(30, 0)}}, time.Saturday: {{From: clock(22, 0), To: clock(30, 0)}}},
		Closed: map[fmc.Date]bool{{Year: 2026, Month: time.November, Day: 28}: true},
	}
	for name, row := range map[string]struct {
		hours fmc.Hours
		at    string // in Moscow
		want  bool
	}{
		"before the first minute":                {office, "2026-11-23 08:59:59", false},
		"the first minute":                       {office, "2026-11-23 09:00:00", true},
		"the last second before lunch":           {office, "2026-11-23 12:59:59", true},
		"lunch":                                  {office, "2026-11-23 13:00:00", false},
		"after lunch":                            {office, "2026-11-23 14:00:00", true},
		"the end":                                {office, "2026-11-23 18:00:00", false},
		"a holiday":                              {office, "2026-11-24 12:00:00", false},
		"the same weekday, a week later":         {office, "2026-12-01 12:00:00", true},
		"a day without hours":                    {office, "2026-11-25 12:00:00", false},
		"no hours at all":                        {fmc.Hours{}, "2026-11-23 12:00:00", false},
		"a night that begins on Friday":          {night, "2026-11-20 23:00:00", true},
		"it goes on after midnight":              {night, "2026-11-21 05:59:59", true},
		"and is over in the morning":             {night, "2026-11-21 06:00:00", false},
		"a night before a holiday ends in it":    {night, "2026-11-28 03:00:00", true},
		"no night begins on a holiday":           {night, "2026-11-28 23:00:00", false},
		"nor goes on after it":                   {night, "2026-11-29 03:00:00", false},
		"a night over the change of the month":   {night, "2026-10-31 23:30:00", true},
		"and in the first hours of the next one": {night, "2026-11-01 02:00:00", true},
	} {
		t.Run(name, func(t *testing.T) {
			moscow := zone(t, "Europe/Moscow")
			at, err := time.ParseInLocation(time.DateTime, row.at, moscow)
			if err != nil {
				t.Fatal(err)
			}
			for _, seen := range []time.Time{at, at.UTC(), at.In(zone(t, "Pacific/Auckland"))} {
				if got := row.hours.Open(seen, moscow); got != row.want {
					t.Errorf("%s: open is %v", seen, got)
				}
			}
		})
	}
}

func TestAChangeToOrFromSummerTimeMovesNoOpeningHour(t *testing.T) {
	day := fmc.Hours{Weekly: everyDay(clock(9, 0), clock(18, 0))}
	night := fmc.Hours{Weekly: everyDay(clock(22, 0), clock(30, 0))}
	early := fmc.Hours{Weekly: everyDay(clock(2, 0), clock(3, 0))}
	for name, row := range map[string]struct {
		hours fmc.Hours
		zone  string
		at    string // UTC
		want  bool
	}{
		"Berlin, the day before summer time, 08:59":     {day, "Europe/Berlin", "2026-03-28 07:59:59", false},
		"Berlin, the day before summer time, 09:00":     {day, "Europe/Berlin", "2026-03-28 08:00:00", true},
		"Berlin, the first day of summer time, 08:59":   {day, "Europe/Berlin", "2026-03-29 06:59:59", false},
		"Berlin, the first day of summer time, 09:00":   {day, "Europe/Berlin", "2026-03-29 07:00:00", true},
		"Berlin, the first day of winter time, 08:59":   {day, "Europe/Berlin", "2026-10-25 07:59:59", false},
		"Berlin, the first day of winter time, 09:00":   {day, "Europe/Berlin", "2026-10-25 08:00:00", true},
		"Berlin, a night one hour short, at its end":    {night, "Europe/Berlin", "2026-03-29 03:59:59", true},
		"Berlin, a night one hour short, behind it":     {night, "Europe/Berlin", "2026-03-29 04:00:00", false},
		"Berlin, a night one hour long, at its end":     {night, "Europe/Berlin", "2026-10-25 04:59:59", true},
		"Berlin, a night one hour long, behind it":      {night, "Europe/Berlin", "2026-10-25 05:00:00", false},
		"Berlin, the hour that there is not":            {early, "Europe/Berlin", "2026-03-29 01:30:00", false},
		"Berlin, the hour that there is twice, first":   {early, "Europe/Berlin", "2026-10-25 00:30:00", true},
		"Berlin, the hour that there is twice, second":  {early, "Europe/Berlin", "2026-10-25 01:30:00", true},
		"Cairo, a day that begins at one, a night on":   {night, "Africa/Cairo", "2026-04-23 22:30:00", true},
		"Cairo, a day that begins at one, in the night": {night, "Africa/Cairo", "2026-04-24 02:59:59", true},
		"Cairo, a day that begins at one, after it":     {night, "Africa/Cairo", "2026-04-24 03:00:00", false},
		"Kathmandu, three quarters of an hour":          {day, "Asia/Kathmandu", "2026-06-01 03:15:00", true},
		"Kathmandu, a second before":                    {day, "Asia/Kathmandu", "2026-06-01 03:14:59", false},
	} {
		t.Run(name, func(t *testing.T) {
			at, err := time.Parse(time.DateTime, row.at)
			if err != nil {
				t.Fatal(err)
			}
			if got := row.hours.Open(at, zone(t, row.zone)); got != row.want {
				t.Errorf("%s is %s there: open is %v", row.at, at.In(zone(t, row.zone)), got)
			}
		})
	}
}

func TestHoursHaveTheCompanysZoneUnlessTheyHaveTheirOwn(t *testing.T) {
	nine := time.Date(2026, time.November, 23, 9, 0, 0, 0, time.UTC)
	hours := fmc.Hours{Weekly: everyDay(clock(9, 0), clock(10, 0))}
	c := fmc.Company{Profile: fmc.Profile{Zone: zone(t, "Europe/Moscow")}, Hours: map[fmc.HoursID]fmc.Hours{"work": hours}}
	if c.OpenAt("work", nine) || !c.OpenAt("work", nine.Add(-3*time.Hour)) {
		t.Error("the company's zone does not count")
	}
	hours.Zone = zone(t, "Asia/Vladivostok")
	c.Hours["far"] = hours
	if !c.OpenAt("far", nine.Add(-10*time.Hour)) || c.OpenAt("far", nine.Add(-3*time.Hour)) {
		t.Error("the hours' own zone does not count")
	}
	c.Profile.Zone = nil
	if !c.OpenAt("work", nine) {
		t.Error("without a zone it is not UTC")
	}
	if !c.OpenAt("", nine) || c.OpenAt("nobody's", nine) {
		t.Error("no hours means always, unknown ones never")
	}
}
