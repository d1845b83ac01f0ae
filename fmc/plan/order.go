package plan

import (
	"cmp"
	"slices"
	"time"

	"roadline/fmc"
)

// ring is one Ring in the making.
type ring struct {
	tries []Try
	lasts time.Duration
}

// people counts who is rung.
func people(rings []ring) int {
	seen := make(map[fmc.EmployeeID]bool)
	for _, r := range rings {
		for _, t := range r.tries {
			seen[t.Employee] = true
		}
	}
	return len(seen)
}

// ringsOf is how people of a group are rung: whom the client knows alone first, then the others.
func (d *decision) ringsOf(g *fmc.Group, free []*fmc.Employee) []ring {
	var rings []ring
	each, lasts := g.Each, g.Ring
	if each <= 0 {
		each = groupEach
	}
	if lasts <= 0 {
		lasts = groupRing
	}
	if i := d.familiar(g, free); i >= 0 {
		if tries := d.reach(free[i], g.ID); len(tries) > 0 {
			for t := range tries {
				tries[t].For = min(tries[t].For, each)
			}
			rings = append(rings, ring{tries, ringTime(tries)})
			free = slices.Delete(slices.Clone(free), i, i+1)
		}
	}
	if tries := d.tryGroup(g, free, each, lasts); len(tries) > 0 {
		rings = append(rings, ring{tries, lasts})
	}
	return rings
}

// familiar is which of the free the client talked with last, within the time that the group wants; -1 for none.
func (d *decision) familiar(g *fmc.Group, free []*fmc.Employee) int {
	if g.Sticky <= 0 || !d.newcomer() || !d.client || d.q.From.E164 == "" {
		return -1
	}
	who, ago := d.w.LastWith(d.q.From)
	if who == "" || ago > g.Sticky || slices.Contains(d.q.So.Tried, who) {
		return -1
	}
	i := slices.IndexFunc(free, func(e *fmc.Employee) bool { return e.ID == who })
	if i < 0 {
		d.because("sticky", string(who), "the client talked with %s, who cannot be rung for %s now", who, g.ID)
	} else {
		d.because("sticky", string(who), "the client talked with %s within %s: %s rings first", who, g.Sticky, who)
	}
	return i
}

// tryGroup is the devices of a group's people in the order of its strategy.
func (d *decision) tryGroup(g *fmc.Group, free []*fmc.Employee, each, lasts time.Duration) []Try {
	var tries []Try
	if g.Strategy == fmc.RingAll {
		for _, e := range free {
			tries = append(tries, d.reach(e, g.ID)...)
		}
		return tries
	}
	var start time.Duration
	for _, e := range d.order(g, free) {
		if start >= lasts+spare*each {
			d.because("person", string(e.ID), "%s is not rung in this round: it is over before", e.ID)
			break
		}
		theirs := d.reach(e, g.ID)
		for _, t := range theirs {
			if t.After >= each {
				continue // the next person's turn comes before this device's
			}
			t.For = min(t.For, each-t.After)
			t.After += start
			tries = append(tries, t)
		}
		if len(theirs) > 0 {
			start += each
		}
	}
	return tries
}

// order is people in the order in which a group rings them one after another: who was rung before and did not take the
// call comes last.
func (d *decision) order(g *fmc.Group, free []*fmc.Employee) []*fmc.Employee {
	people := slices.Clone(free)
	switch g.Strategy {
	case fmc.LongestIdle:
		slices.SortStableFunc(people, func(a, b *fmc.Employee) int {
			return cmp.Compare(d.w.IdleSince(b.ID), d.w.IdleSince(a.ID))
		})
	case fmc.RoundRobin:
		people = d.behind(g, people)
	case fmc.RingAll, fmc.Hunt:
	}
	slices.SortStableFunc(people, func(a, b *fmc.Employee) int {
		return cmp.Compare(d.tried(a), d.tried(b))
	})
	return people
}

func (d *decision) tried(e *fmc.Employee) int {
	if slices.Contains(d.q.So.Tried, e.ID) {
		return 1
	}
	return 0
}

// behind begins with those who stand behind the one rung last in turn.
func (d *decision) behind(g *fmc.Group, people []*fmc.Employee) []*fmc.Employee {
	last := d.w.Turn(g.ID)
	members := d.c.Members(g.ID)
	at := slices.IndexFunc(members, func(e *fmc.Employee) bool { return e.ID == last })
	if at < 0 {
		return people
	}
	later := func(e *fmc.Employee) bool { return slices.Index(members, e) > at }
	begin := slices.IndexFunc(people, later)
	if begin < 0 {
		return people
	}
	return append(slices.Clone(people[begin:]), people[:begin]...)
}
