package gsmgw

import (
	"slices"
	"sync"
	"time"

	"roadline/fmc"
)

// Use is what a card was used for at a moment.
type Use struct {
	At   time.Time
	Call bool          // a call out, else a part of a message
	Talk time.Duration // of a call
}

// UseMemory is how long a use counts: the longest package period, and a day.
const UseMemory = 32 * 24 * time.Hour

// uses counts what each card was used for. It is the node's memory: PostgreSQL tells it after a restart.
type uses struct {
	mu    sync.Mutex // guards:
	all   map[fmc.ICCID][]Use
	sound map[fmc.ICCID]float64 // MOS of the latest calls, weighted; in hundredths
}

func newUses() *uses { return &uses{all: map[fmc.ICCID][]Use{}, sound: map[fmc.ICCID]float64{}} }

// Remember tells what a card was used for until an instant: before this start, and since it, which then counts by what
// is told.
func (g *Gateway) Remember(id fmc.ICCID, before []Use, until time.Time) {
	g.uses.mu.Lock()
	defer g.uses.mu.Unlock()
	since := slices.DeleteFunc(g.uses.all[id], func(u Use) bool { return u.At.Before(until) })
	g.uses.all[id] = append(before, since...)
}

func (u *uses) called(id fmc.ICCID, began time.Time, talk time.Duration) {
	u.add(id, Use{At: began, Call: true, Talk: talk})
}

func (u *uses) sent(id fmc.ICCID, at time.Time) { u.add(id, Use{At: at}) }

func (u *uses) add(id fmc.ICCID, use Use) {
	u.mu.Lock()
	defer u.mu.Unlock()
	all := u.all[id]
	for len(all) > 0 && use.At.Sub(all[0].At) > UseMemory {
		all = all[1:]
	}
	u.all[id] = append(all, use)
}

// weightOfLast is how much the latest call counts in the picture of a line's sound.
const weightOfLast = 0.3

func (u *uses) sounded(id fmc.ICCID, mos int) {
	if mos == 0 {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if old, ok := u.sound[id]; ok {
		u.sound[id] = old + weightOfLast*(float64(mos)-old)
		return
	}
	u.sound[id] = float64(mos)
}

// mos is how the latest calls of a card sounded, in hundredths; 0: not known.
func (u *uses) mos(id fmc.ICCID) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return int(u.sound[id])
}

// used is what a card was used for today and in the package's running month, in the company's zone.
func (u *uses) used(c *fmc.Company, sim *fmc.SIM, now time.Time) fmc.SIMUsed {
	zone := c.Profile.Zone
	if zone == nil {
		zone = time.UTC
	}
	here := now.In(zone)
	today := time.Date(here.Year(), here.Month(), here.Day(), 0, 0, 0, 0, zone)
	month, _ := sim.Package.Month(here)
	u.mu.Lock()
	defer u.mu.Unlock()
	var used fmc.SIMUsed
	for _, x := range u.all[sim.ICCID] {
		day, period := !x.At.Before(today), !x.At.Before(month)
		switch {
		case x.Call:
			if day {
				used.Calls++
				used.Talk += x.Talk
			}
			if period {
				used.MonthTalk += sim.Package.Rounded(x.Talk)
			}
		default:
			if day {
				used.Messages++
			}
			if period {
				used.MonthMessages++
			}
		}
	}
	return used
}
