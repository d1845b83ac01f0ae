package call

import (
	"slices"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// wish carries out what a person, the API or the Switch wants. A wish that does not fit what the call is doing changes
// nothing, and whoever wished it hears so.
func (l *life) wish(w Wish) {
	if w.Kind == WishBegin {
		if len(l.Threads) == 0 && l.End == nil {
			l.opened()
			l.begin(fmc.LegID{})
		}
		return
	}
	if len(l.Threads) == 0 || l.End != nil {
		return
	}
	if !l.granted(w) {
		l.cue(w.Leg, cueError)
	}
}

// granted does what is wished; false where it cannot be done.
func (l *life) granted(w Wish) bool {
	switch w.Kind {
	case WishHangUp:
		c := w.Cause
		if c.Meaning == cause.Unknown {
			c = cause.Of(cause.Hangup)
		}
		l.end(c, w.Leg)
		return true
	case WishHold:
		return l.hold(w.Leg)
	case WishConsult:
		return l.inTalk(w.Leg) && w.Digits != "" && l.send(Consult, w.Leg, w.Leg, l.about(plan.AskConsult, w))
	case WishComplete:
		return l.complete(w.Leg)
	case WishReturn:
		return l.back(w.Leg)
	case WishThreeWay:
		return l.threeWay(w.Leg)
	case WishTransfer:
		return w.Digits != "" && l.pass(w.Leg, l.about(plan.AskTransfer, w))
	case WishPark:
		q := l.about(plan.AskPark, w)
		q.Slot, q.Digits = fmc.SlotID(w.Digits), ""
		return l.pass(w.Leg, q)
	case WishMove:
		return l.inTalk(w.Leg) && l.send(Move, fmc.LegID{}, w.Leg, l.about(plan.AskMove, w))
	case WishPause:
		return l.pause(w)
	case WishMark:
		l.note(fmc.Marked{By: l.party(w.Leg).Who.Employee})
		l.cue(w.Leg, cueSoftBeep)
		return true
	case WishDropLast:
		return l.dropLast(w.Leg)
	case WishHandOver:
		return l.handsOver(w)
	case WishBegin, wishes:
	}
	return false
}

// back ends a person's consultation: the contact has them again.
func (l *life) back(id fmc.LegID) bool {
	ti := l.errand(id, Consult)
	if ti > 0 {
		l.finish(ti, cause.Of(cause.Hangup))
	}
	return ti > 0
}

// about is the question that a wish raises, with who wished it.
func (l *life) about(what plan.QueryKind, w Wish) plan.Query {
	who := l.party(w.Leg).Who
	return plan.Query{What: what, Digits: w.Digits, Leg: w.Leg, Employee: who.Employee, Group: who.Group, Device: who.Device}
}

// inTalk reports whether a leg is in the contact's own talk.
func (l *life) inTalk(id fmc.LegID) bool {
	t := &l.Threads[0]
	return l.alive(id) && t.Node().Do == plan.Talk && len(t.With) > 0 && (t.Subject == id || slices.Contains(t.With, id))
}

// errand returns the thread that a leg sent on an errand of that kind and that still runs; 0 for none.
func (c Call) errand(by fmc.LegID, e Errand) int {
	for ti := 1; ti < len(c.Threads); ti++ {
		if t := c.Threads[ti]; t.By == by && t.Errand == e && !t.over() {
			return ti
		}
	}
	return 0
}

// moving reports whether a leg is on its way to another device.
func (c Call) moving(by fmc.LegID) bool { return c.errand(by, Move) > 0 }

// errands reports whether a leg sent anybody on an errand: it consults, or is on its way to another device.
func (c Call) errands(by fmc.LegID) bool { return c.errand(by, Consult) > 0 || c.moving(by) }

// hold puts everybody a person talks with on hold, or takes them back.
func (l *life) hold(id fmc.LegID) bool {
	if !l.inTalk(id) || l.errand(id, Consult) > 0 {
		return false
	}
	t := &l.Threads[0]
	others := slices.DeleteFunc(append([]fmc.LegID{t.Subject}, t.With...), func(x fmc.LegID) bool { return x == id })
	held := l.holds(id)
	for _, x := range others {
		l.party(x).OnHold = !held
		l.note(fmc.LegHeld{Leg: x, Held: !held, Key: true, By: l.party(id).Who.Employee})
	}
	p := l.party(id)
	if p.Remind = l.Now + remindTime; held {
		p.Remind = 0
	}
	l.cue(id, cueBeep)
	return true
}

// holds reports whether a leg talks in the contact's talk with somebody who is on hold.
func (l *life) holds(id fmc.LegID) bool {
	return l.inTalk(id) && slices.ContainsFunc(l.speakers(l.Threads[0]), func(x fmc.LegID) bool { return x != id && l.party(x).OnHold })
}

// unhold takes a leg back whom a person held by key.
func (l *life) unhold(id fmc.LegID) {
	if p := l.party(id); p.OnHold {
		p.OnHold = false
		l.note(fmc.LegHeld{Leg: id, Held: false, Key: true})
	}
}

// complete hands the contact over to whom the person consulted.
func (l *life) complete(id fmc.LegID) bool {
	ti := l.errand(id, Consult)
	if ti == 0 || l.Threads[ti].Node().Do != plan.Talk || len(l.Threads[ti].With) == 0 {
		return false
	}
	l.swap(id, l.consulted(ti))
	return true
}

// consulted ends a consultation and returns whom it brought.
func (l *life) consulted(ti int) []fmc.LegID {
	targets := slices.Clone(l.Threads[ti].With)
	l.stop(ti)
	return targets
}

// swap puts other legs in the place of one in the contact's talk. The one is then needed no more.
func (l *life) swap(id fmc.LegID, by []fmc.LegID) {
	t := &l.Threads[0]
	t.With = slices.DeleteFunc(t.With, func(x fmc.LegID) bool { return x == id })
	t.With = append(t.With, by...)
	if t.Subject == id {
		t.Subject = t.With[0]
		if len(by) > 0 && l.party(by[0]).Who.Employee == l.party(id).Who.Employee { // the same person, at another device
			t.Subject = by[0]
		}
		t.With = slices.DeleteFunc(t.With, func(x fmc.LegID) bool { return x == t.Subject })
	}
	for _, x := range append([]fmc.LegID{t.Subject}, t.With...) {
		l.unhold(x)
	}
	if len(t.With) == 0 && t.Node().Do == plan.Talk {
		l.leave(0, plan.Done)
	}
}

// threeWay brings whom the person consulted into the contact's talk.
func (l *life) threeWay(id fmc.LegID) bool {
	ti := l.errand(id, Consult)
	if ti == 0 || l.Threads[ti].Node().Do != plan.Talk || !l.inTalk(id) {
		return false
	}
	main := &l.Threads[0]
	main.With = append(main.With, l.consulted(ti)...)
	for _, x := range l.speakers(*main) {
		l.unhold(x)
	}
	return true
}

// pass lets a person go and asks where the other party goes: blind transfer, parking.
func (l *life) pass(id fmc.LegID, q plan.Query) bool {
	t := &l.Threads[0]
	if !l.inTalk(id) || len(t.With) > 1 || t.Node().Conference != "" {
		return false // of several, which one would go?
	}
	if l.errands(t.Subject) || l.errands(t.With[0]) {
		return false // who goes, and who lets them go, must be here
	}
	if t.Subject == id {
		t.Subject = t.With[0]
	}
	t.With = nil
	if q.What == plan.AskPark {
		t.By = id // to hear where
	}
	l.unhold(t.Subject)
	l.party(t.Subject).Input = Input{}
	l.ask(0, q)
	return true
}

// moved lets a person go on at the device that a Move brought.
func (l *life) moved(ti int) {
	t := &l.Threads[ti]
	fresh, by := t.Subject, t.By
	l.stop(ti)
	main := &l.Threads[0]
	if !l.alive(fresh) || main.Node().Do != plan.Talk {
		return
	}
	if p := l.party(fresh); p.Role == fmc.Worker {
		p.Who.Employee = either2(p.Who.Employee, l.party(by).Who.Employee)
	}
	defer l.leaves(by, fresh)
	switch {
	case slices.Contains(main.With, by) || main.Subject == by:
		l.swap(by, []fmc.LegID{fresh})
	case len(main.With) == 0: // the old device was lost while the new one rang
		main.With = []fmc.LegID{fresh}
	}
}

func either2(e, otherwise fmc.EmployeeID) fmc.EmployeeID {
	if e != "" {
		return e
	}
	return otherwise
}

// moveFailed ends a talk that nobody is left in but who waits for a move that did not come.
func (l *life) moveFailed(by fmc.LegID) {
	main := &l.Threads[0]
	if main.Node().Do == plan.Talk && len(main.With) == 0 && !l.alive(by) && l.End == nil {
		l.leave(0, plan.Dropped)
	}
}

// leftConsult takes a leg out of a consultation.
func (l *life) leftConsult(ti int, id fmc.LegID) {
	t := &l.Threads[ti]
	switch {
	case t.Subject != id: // the one consulted left: the person returns to the contact
		if do := t.Node().Do; len(t.With) == 0 && (do == plan.Talk || do == plan.Say) {
			l.finish(ti, cause.Of(cause.Hangup))
		}
	case t.Node().Do == plan.Talk && len(t.With) > 0: // hanging up completes the transfer
		l.swap(id, l.consulted(ti))
	default: // hung up while it rang: the contact returns to the person
		l.finish(ti, cause.Of(cause.Cancelled))
		l.bringBack(id)
	}
}

// bringBack has the contact ask for a person who hung up before anybody else was there.
func (l *life) bringBack(id fmc.LegID) {
	t := &l.Threads[0]
	others := slices.DeleteFunc(append([]fmc.LegID{t.Subject}, t.With...), func(x fmc.LegID) bool { return x == id })
	if t.Node().Do != plan.Talk || len(others) != 1 || !l.alive(others[0]) || l.End != nil {
		return
	}
	t.Subject, t.With = others[0], nil
	l.ask(0, plan.Query{What: plan.AskRescue, Employee: l.party(id).Who.Employee, Leg: id})
}

// dropLast lets the last who joined a conference go.
func (l *life) dropLast(id fmc.LegID) bool {
	t := &l.Threads[0]
	if !l.inTalk(id) || len(t.With) < 2 {
		return false
	}
	last := t.With[len(t.With)-1]
	if last == id {
		last = t.With[len(t.With)-2]
	}
	t.With = slices.DeleteFunc(t.With, func(x fmc.LegID) bool { return x == last })
	return true
}
