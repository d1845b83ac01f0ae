package call

import (
	"slices"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// supersede lets a given leg take another's place in the contact's talk as soon as it is heard: until then the other talks
// on, so that nobody hears a gap.
func (l *life) supersede(id, whom fmc.LegID) {
	if l.party(id).Link == fmc.Up {
		l.swap(whom, []fmc.LegID{id})
		l.leaves(whom, id)
		return
	}
	p := plan.Plan{Recording: l.Threads[0].Plan.Recording, Nodes: []plan.Node{{Do: plan.Wait, For: swapTime}, {Do: plan.Talk}}}
	l.Threads = append(l.Threads, Thread{Errand: Move, Subject: id, By: whom, Plan: p})
	l.enter(len(l.Threads)-1, 0, 0)
}

// leaves lets a person's old device go when they go on at another.
func (l *life) leaves(old, fresh fmc.LegID) {
	if who := l.party(fresh).Who.Employee; who != "" && who == l.party(old).Who.Employee {
		l.dismiss(old, sayMoved, cause.Of(cause.Hangup))
	}
}

// arrived lets a leg that was waited for take the place it is to have.
func (l *life) arrived(id fmc.LegID) {
	for ti := 1; ti < len(l.Threads); ti++ {
		if t := l.Threads[ti]; t.Errand == Move && t.Subject == id && t.Node().Do == plan.Wait {
			l.leave(ti, plan.Done)
			return
		}
	}
}

// movesOn lets a person go on at another device once that is heard: one that answers and stays silent would leave whom they
// talk with alone. Where nobody is left at the old device there is nothing to lose.
func (l *life) movesOn(ti int) {
	t := &l.Threads[ti]
	if l.party(t.Subject).Heard || !l.alive(t.By) {
		l.moved(ti)
		return
	}
	t.Due = l.Now + soundTime
}

// sounds takes that a leg is heard.
func (l *life) sounds(id fmc.LegID) {
	l.party(id).Heard = true
	for ti := 1; ti < len(l.Threads); ti++ {
		if t := l.Threads[ti]; t.Errand == Move && t.Subject == id && t.Node().Do == plan.Talk {
			l.moved(ti)
			return
		}
	}
}

// handsOver has whom a person talks with here, or rings, take the place of the person's leg in another call; false where
// they talk with nobody, or with several.
func (l *life) handsOver(w Wish) bool {
	t := &l.Threads[0]
	if w.Whom.IsZero() || !l.alive(w.Leg) || l.errands(w.Leg) {
		return false
	}
	switch t.Node().Do {
	case plan.Talk:
		if len(t.With) != 1 || t.Subject != w.Leg && t.With[0] != w.Leg || l.errands(t.Subject) || l.errands(t.With[0]) {
			return false
		}
		if t.Subject != w.Leg {
			t.Subject, t.With = t.With[0], []fmc.LegID{t.Subject}
		}
		t.HandTo = w.Whom
		l.handOver(0)
	case plan.Ring, plan.Say: // they may answer yet
		if t.Subject != w.Leg {
			return false
		}
		t.HandTo = w.Whom
	case plan.Gather, plan.Wait, plan.Mail, plan.Park, plan.Give, plan.Ask, plan.End:
		return false
	}
	return true
}

// handOver gives away whom the subject talks with. The subject stays until another call has them: where none does, the
// talk goes on.
func (l *life) handOver(ti int) {
	t := &l.Threads[ti]
	whom := t.HandTo
	t.HandTo = fmc.LegID{}
	if len(t.With) != 1 {
		return
	}
	t.Subject, t.With = t.With[0], []fmc.LegID{t.Subject}
	give := plan.Node{Do: plan.Give, Gift: fmc.Replace, Whom: whom, On: map[plan.Outcome]int{plan.Unreachable: t.At}}
	t.Plan.Nodes = append(slices.Clone(t.Plan.Nodes), give)
	l.enter(ti, len(t.Plan.Nodes)-1, plan.Done)
}
