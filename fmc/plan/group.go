package plan

import (
	"slices"
	"strconv"
	"time"

	"roadline/fmc"
)

const (
	groupRing  = 30 * time.Second // a round of ringing, where the group says nothing
	groupEach  = 15 * time.Second // one person's ringing, where people ring one after another
	mostRounds = 500              // rounds of ringing for one call: its longest wait is over before
	mostCount  = 999              // the highest number that is spoken
	spare      = 5                // people rung beyond a round's time, in place of those who cannot be reached
)

// present is who of a group can be rung now, and why the others cannot.
type present struct {
	free    []*fmc.Employee // on shift, may be disturbed, not in a call, did not decline this one; in the order of the file
	busy    int             // on shift and in a call
	onShift int
}

func (d *decision) present(g *fmc.Group) present {
	var p present
	for _, e := range d.c.Members(g.ID) {
		id := string(e.ID)
		switch {
		case d.asks(e):
			d.because("person", id, "%s is the one who calls", id)
		case !d.c.OpenAt(e.Hours, d.now):
			d.because("hours", id, "%s is not on shift: it is outside %s", id, e.Hours)
		case slices.Contains(d.q.So.Passed, e.ID):
			p.onShift++
			d.because("person", id, "%s declined this call", id)
		case d.undisturbed(e):
			p.onShift++
		case d.w.Busy(e.ID):
			p.onShift++
			p.busy++
		default:
			p.onShift++
			p.free = append(p.free, e)
		}
	}
	return p
}

// anybodyOnShift reports whether somebody of the group may be rung at this hour.
func (d *decision) anybodyOnShift(g *fmc.Group) bool {
	return slices.ContainsFunc(d.c.Members(g.ID), func(e *fmc.Employee) bool { return d.c.OpenAt(e.Hours, d.now) })
}

// askedGroup answers a call that asks for a group in its middle.
func (d *decision) askedGroup() {
	g, ok := d.c.Group(d.q.Query.Group)
	if !ok {
		d.missing(fmc.Action{Group: d.q.Query.Group})
		return
	}
	d.group(g)
}

// group rings a group, has the call wait for it, or leads it on.
func (d *decision) group(g *fmc.Group) {
	d.setPolicy(g.ID)
	d.announce(d.policy.Record)
	id := string(g.ID)
	if r := d.q.Query.Round; r > 0 && (r > mostRounds || g.Wait.Longest > 0 && d.q.So.Waited >= g.Wait.Longest) {
		d.because("overflow", id, "the call waited %s and was rung for %d times: enough", d.q.So.Waited.Round(time.Second), r)
		d.overflow(g)
		return
	}
	p := d.present(g)
	if p.onShift == 0 {
		d.because("overflow", id, "nobody of %s is on shift", id)
		d.closed = true
		d.overflow(g)
		return
	}
	if d.newcomer() && d.lined(g) && d.w.Waiting(g.ID) > 0 {
		d.because("line", id, "others wait for %s: nobody overtakes them", id)
		d.join(g)
		return
	}
	rings := d.ringsOf(g, p.free)
	switch {
	case len(rings) > 0:
		d.ringGroup(g, p, rings)
	case p.busy > 0:
		d.because("line", id, "everybody of %s who can be reached is in a call", id)
		d.join(g)
	default:
		d.because("overflow", id, "nobody of %s can be reached", id)
		d.overflow(g)
	}
}

// newcomer reports whether this call asks for its group for the first time.
func (d *decision) newcomer() bool { return d.q.Query.Round == 0 }

// lined reports whether a group has a waiting line.
func (d *decision) lined(g *fmc.Group) bool { return g.Wait.Longest > 0 }

// ringGroup rings people of a group: first whom the client knows, then by the group's strategy. Whom nobody took waits,
// or is led on.
func (d *decision) ringGroup(g *fmc.Group, p present, rings []ring) {
	first := d.here()
	for _, r := range rings {
		at := d.add(Node{Do: Ring, Tries: r.tries, For: r.lasts, Group: g.ID})
		d.on(at, d.here(), failures...)
	}
	last := d.here() - 1
	talk := d.talk(0, d.rescueQuery(g.ID))
	mail := d.here()
	d.mail(MailGroup, g.ID, "")
	nobody, over := d.here(), mail
	line := d.hasRoom(g)
	if line {
		d.wait(g)
	}
	if !g.Overflow.IsZero() {
		over = d.here()
		d.overflow(g)
	}
	if line {
		d.on(nobody, over, TimedOut)
	} else {
		nobody = over
	}
	for i := first; i <= last; i++ {
		d.on(i, talk, Won)
		d.on(i, mail, ToVoicemail)
	}
	d.on(last, nobody, failures...)
	if p.busy == 0 && len(p.free) == people(rings) { // whoever may be rung declined
		d.on(last, over, TurnedDown)
	}
}

// hasRoom reports whether one more call may stand in a group's line.
func (d *decision) hasRoom(g *fmc.Group) bool {
	if !d.lined(g) || d.newcomer() && g.Wait.Most > 0 && d.w.Waiting(g.ID) >= g.Wait.Most {
		return false
	}
	return true
}

// join has the call stand in the group's line, where there is one with room; else it is led on.
func (d *decision) join(g *fmc.Group) {
	id := string(g.ID)
	switch {
	case !d.lined(g):
		d.because("overflow", id, "%s has no waiting line", id)
	case !d.hasRoom(g):
		d.because("overflow", id, "the line of %s is full", id)
	default:
		if d.newcomer() && g.Wait.Position {
			d.tellPlace(g)
		}
		d.on(d.wait(g), d.here(), TimedOut)
	}
	d.overflow(g)
}

// tellPlace says which place in the line the caller has, as far as places have numbers that are spoken.
func (d *decision) tellPlace(g *fmc.Group) {
	if place := d.w.Waiting(g.ID) + 1; place <= mostCount {
		d.say(compose(SayPosition, fmc.PromptID(prefixCount+strconv.Itoa(place))))
	}
}

// wait adds the stand in a group's line and what is asked when its turn came.
func (d *decision) wait(g *fmc.Group) int {
	music := g.Wait.Music
	if music == "" {
		music = MusicDefault
	}
	at := d.add(Node{Do: Wait, Group: g.ID, Say: music, For: g.Wait.Longest})
	d.askAfresh(Query{What: AskGroup, Group: g.ID, Round: d.q.Query.Round + 1, Hops: d.q.Query.Hops})
	return at
}

// overflow leads on a call that nobody of the group took: where the group says, else to its voicemail.
func (d *decision) overflow(g *fmc.Group) {
	switch {
	case !g.Overflow.IsZero():
		d.branch(g.Overflow, false)
	case d.closed:
		d.mail(MailOffHours, g.ID, "")
	default:
		d.mail(MailGroup, g.ID, "")
	}
}
