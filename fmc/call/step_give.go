package call

import (
	"slices"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// enterGive offers the subject to another call. It stays ours until the Switch says whose it is.
func (l *life) enterGive(ti int, n plan.Node) {
	t := &l.Threads[ti]
	p := *l.party(t.Subject)
	if p.Link >= fmc.Leaving || p.Part != nil {
		l.leave(ti, plan.Unreachable)
		return
	}
	t.Due = l.Now + giveTime
	l.unhold(p.Leg)
	q := l.fill(ti, n.Query)
	p.quiet()
	p.OnHold = false
	if p.Ends > 0 {
		p.Ends, p.Latest = max(p.Ends-l.Now, 1), max(p.Latest-l.Now, 1) // what is left; the other call has its own clock
	}
	l.command(Give{Party: p, Gift: n.Gift, Whom: n.Whom, Query: q})
}

// taken takes that another call has the leg: the contact is told by its record.
func (l *life) taken(e LegTaken) {
	ti, ok := l.giving(e.Leg)
	i := slices.IndexFunc(l.Parties, func(p Party) bool { return p.Leg == e.Leg })
	if i < 0 {
		return
	}
	gift := fmc.Take
	if ok {
		gift = l.Threads[ti].Node().Gift
	}
	l.Parties = slices.Delete(l.Parties, i, i+1)
	l.note(fmc.Passed{Leg: e.Leg, To: e.To, Gift: gift})
	for other := range l.Threads { // whoever else counted on it does so no more
		if other != ti && (l.Threads[other].Subject == e.Leg || slices.Contains(l.Threads[other].With, e.Leg)) && !l.Threads[other].over() {
			l.left(other, e.Leg, cause.Of(cause.TakenElsewhere))
		}
	}
	if !ok {
		return
	}
	l.Threads[ti].Subject = fmc.LegID{}
	switch {
	case gift == fmc.Anew: // the contact is over and told; what follows is another
		l.finish(ti, cause.Of(cause.Hangup))
		return
	case ti == 0:
		l.note(fmc.Merged{Into: e.To})
	}
	l.finish(ti, cause.Of(cause.TakenElsewhere))
}

// returned takes that nobody wanted the leg.
func (l *life) returned(e LegReturned) {
	if ti, ok := l.giving(e.Leg); ok {
		l.Threads[ti].Visit.Why = cause.Because(cause.Unreachable, "%s", e.Why)
		l.leave(ti, plan.Unreachable)
	}
}

func (l *life) giving(id fmc.LegID) (int, bool) {
	for ti, t := range l.Threads {
		if t.Node().Do == plan.Give && t.Subject == id {
			return ti, true
		}
	}
	return -1, false
}

// given takes a leg that another call hands to this one; one that is of no use here is released.
func (l *life) given(e LegGiven) {
	p := e.Party
	if _, ok := l.Party(p.Leg); ok {
		return
	}
	p.quiet()
	p.Notice.Since = 0
	if p.Ends > 0 {
		p.Ends, p.Latest = p.Ends+l.Now, p.Latest+l.Now
	}
	if e.Gift == fmc.Anew && len(l.Threads) == 0 && l.End == nil {
		l.anew(p, e)
		return
	}
	l.Parties = append(l.Parties, p)
	l.came(p, e)
	if l.End != nil || len(l.Threads) == 0 || p.Link != fmc.Up && p.Link != fmc.Offered {
		l.release(p.Leg, cause.Of(cause.Hangup))
		return
	}
	switch e.Gift {
	case fmc.Take:
		l.takes(p.Leg)
	case fmc.Join:
		l.joins(p.Leg)
	case fmc.Replace:
		l.replaces(p.Leg, e.Whom)
	case fmc.Anew: // of a call that began already
		l.release(p.Leg, cause.Of(cause.Hangup))
	}
}

// came notes a leg that was handed over as one that calls us: its other facts are in another call's record, and whoever
// reads this one must know who talked, and after a kill how to hang up.
func (l *life) came(p Party, e LegGiven) {
	l.note(fmc.LegBegan{Leg: p.Leg, Offered: true, Role: p.Role, Employee: p.Who.Employee, Group: p.Who.Group, Device: p.Who.Device, Number: p.Number})
	l.note(fmc.LegIs{Leg: p.Leg, Link: p.Link, Dialog: p.Dialog})
	l.note(fmc.Passed{Leg: p.Leg, From: e.From, Gift: e.Gift})
}

// takes lets a given leg have the call that rings, waits or is parked. Whoever came for the call agreed to it.
func (l *life) takes(id fmc.LegID) {
	t := &l.Threads[0]
	p := l.party(id)
	if t.Subject.IsZero() { // whoever is called back is known by it: nobody else takes that call
		l.release(id, cause.Of(cause.Hangup))
		return
	}
	if p.Assent == fmc.Awaited {
		p.Assent = fmc.Granted
	}
	switch t.Node().Do {
	case plan.Ring:
		l.answer(id)
		l.win(0, id)
	case plan.Park, plan.Wait:
		l.answer(id)
		t.With = append(t.With, id)
		if t.Node().Do == plan.Wait && !t.leads(plan.Won) { // a plan's Wait leads on to a question, not to a talk
			l.talkNow(0)
			return
		}
		l.leave(0, plan.Won)
	case plan.Say, plan.Gather, plan.Talk, plan.Mail, plan.Give, plan.Ask, plan.End:
		l.release(id, cause.Of(cause.Hangup))
	}
}

// talkNow has a thread talk with whom it has, whatever its plan says.
func (l *life) talkNow(ti int) {
	t := &l.Threads[ti]
	t.Plan.Nodes = []plan.Node{{Do: plan.Talk}}
	l.enter(ti, 0, plan.Won)
}

func (l *life) joins(id fmc.LegID) {
	t := &l.Threads[0]
	if t.Node().Do != plan.Talk || l.party(id).Assent == fmc.Awaited {
		l.release(id, cause.Of(cause.Hangup))
		return
	}
	l.answer(id)
	for _, other := range l.speakers(*t) {
		l.cue(other, cueBeep)
	}
	if t.Subject.IsZero() {
		t.Subject = id
		return
	}
	t.With = append(t.With, id)
}

// replaces puts a given leg in another's place: in the talk, or in the ring that waits for it.
func (l *life) replaces(id, whom fmc.LegID) {
	if l.inTalk(whom) && l.errand(whom, Consult) == 0 && l.errand(whom, Move) == 0 && l.party(id).Assent != fmc.Awaited {
		l.supersede(id, whom)
		return
	}
	if ti, _, ok := l.attempt(whom); ok && ti == 0 {
		l.takes(id)
		return
	}
	l.release(id, cause.Of(cause.Hangup))
}
