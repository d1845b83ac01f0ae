package recording

import (
	"strconv"
	"time"

	"roadline/fmc"
)

// Usage is how full a company's store of recordings is.
type Usage struct {
	Recordings int
	Bytes      int64
	Held       int64 // of Bytes: what may not be deleted
	Quota      int64 // 0: none
	Classes    []ClassUsage
	PerDay     int64 // bytes that came a day, lately
	// Full is the day on which the quota is reached, as things go; zero: not within three years, or there is no quota.
	Full time.Time
}

// ClassUsage is how much of it is of one class.
type ClassUsage struct {
	fmc.KeepClass
	Recordings int
	Bytes      int64
}

// Share is the part of the quota that is used, in percent.
func (u Usage) Share() int {
	if u.Quota == 0 {
		return 0
	}
	return int(100 * float64(u.Bytes) / float64(u.Quota))
}

const (
	lately  = 30      // days whose recordings say how many will come
	foresee = 3 * 365 // days
)

// Use sums up what lies on disk under a rule.
func Use(days []fmc.StoredDay, rule fmc.KeepRule, now time.Time) Usage {
	u := Usage{Quota: rule.Quota}
	for _, class := range rule.Classes() {
		u.Classes = append(u.Classes, ClassUsage{KeepClass: class})
	}
	for _, d := range days {
		u.Recordings, u.Bytes, u.Held = u.Recordings+d.Recordings, u.Bytes+d.Bytes, u.Held+d.Held
		for i := range u.Classes {
			c := &u.Classes[i]
			if _, named := rule.Groups[d.Group]; c.Group == d.Group && named || c.Group == "" && !named {
				c.Recordings, c.Bytes = c.Recordings+d.Recordings, c.Bytes+d.Bytes
			}
		}
	}
	u.foresee(days, rule, dayOf(now))
	return u
}

func dayOf(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// foresee goes on day by day as the last thirty went: as much comes, and what comes and what is there goes in its time.
func (u *Usage) foresee(days []fmc.StoredDay, rule fmc.KeepRule, today time.Time) {
	leaves := map[time.Time]int64{}
	comes := map[fmc.GroupID]int64{}
	first := today
	for _, d := range days {
		if term := rule.TermOf(d.Group); !term.IsZero() {
			leaves[after(d.Day, term)] += d.Bytes - d.Held
		}
		if !d.Day.Before(today.AddDate(0, 0, -lately)) && d.Day.Before(today) {
			comes[d.Group] += d.Bytes
			if d.Day.Before(first) {
				first = d.Day
			}
		}
	}
	seen := int64(today.Sub(first) / (24 * time.Hour))
	if seen == 0 {
		return // nothing came before today: nobody knows
	}
	for g := range comes {
		comes[g] /= seen
		u.PerDay += comes[g]
	}
	used := u.Bytes
	for day := today.AddDate(0, 0, 1); u.Quota > 0 && day.Before(today.AddDate(0, 0, foresee)); day = day.AddDate(0, 0, 1) {
		for g, bytes := range comes {
			used += bytes
			if term := rule.TermOf(g); !term.IsZero() {
				leaves[after(day, term)] += bytes
			}
		}
		if used -= leaves[day]; used >= u.Quota {
			u.Full = day
			return
		}
	}
}

// after is the day on which what began on a day goes.
func after(day time.Time, term fmc.Term) time.Time {
	return day.AddDate(term.Years, term.Months, term.Days+1)
}

// Room writes an amount of bytes as a person reads it, in powers of a thousand: "1.5 GB".
func Room(bytes int64) string {
	for _, unit := range []struct {
		name string
		size int64
	}{{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}} {
		if bytes < unit.size {
			continue
		}
		if bytes%unit.size == 0 || bytes >= 100*unit.size {
			return strconv.FormatInt(bytes/unit.size, 10) + " " + unit.name
		}
		return strconv.FormatFloat(float64(bytes)/float64(unit.size), 'f', 1, 64) + " " + unit.name
	}
	return strconv.FormatInt(bytes, 10) + " B"
}
