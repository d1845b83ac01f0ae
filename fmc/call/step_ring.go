package call

import (
	"slices"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

func (l *life) enterRing(ti int, n plan.Node) {
	t := &l.Threads[ti]
	for _, try := range n.Tries {
		t.Tries = append(t.Tries, Attempt{State: Planned, Due: l.Now + try.After})
	}
	t.Due = l.Now + either(n.For, ringTime)
	l.ring(t.Subject)
	l.race(ti)
}

// race starts the attempts whose time has come and ends those whose time is over; when none is left, the node is left
// with what came of them. The node's own end starts no attempt and leaves alone who is about to confirm.
func (l *life) race(ti int) {
	t := &l.Threads[ti]
	ringOver := t.Due <= l.Now
	for i := range t.Tries {
		a := &t.Tries[i]
		switch {
		case a.State == Planned && ringOver:
			l.withdraw(t, i, 0, cause.Cause{})
		case a.State == Planned && a.Due <= l.Now:
			l.dial(ti, i)
		case a.State == Withdrawn, a.State == Planned:
		case a.State == Answered && a.Due <= l.Now:
			l.fail(t, i, plan.NoAnswer, cause.Of(cause.Unconfirmed))
		case a.State == Reserved && (a.Due <= l.Now || ringOver):
			l.fail(t, i, plan.Unreachable, cause.Because(cause.Unreachable, "The phone did not ring in time."))
		case a.State == Ringing && (a.Due <= l.Now || ringOver):
			l.fail(t, i, plan.NoAnswer, cause.Of(cause.NoAnswer))
		}
	}
	l.settleRing(ti)
}

// settleRing leaves a Ring in which nobody is left to answer, and keeps its own deadline alive for who confirms.
func (l *life) settleRing(ti int) {
	t := &l.Threads[ti]
	l.hasten(ti)
	best := plan.Outcome(0)
	for _, a := range t.Tries {
		if a.State != Withdrawn {
			if t.Due <= l.Now {
				t.Due = a.Due // what is left of the confirmation
				if t.Node().Answer {
					l.answer(t.Subject)
				}
			}
			return
		}
		if best == 0 || weight(a.Outcome) > weight(best) {
			best = a.Outcome
		}
	}
	if best == 0 {
		best = plan.Unreachable
	}
	l.leave(ti, best)
}

// hasten starts the next attempt at once where nobody rings any more, and the later ones as much sooner: a person who is
// busy, declines or cannot be reached leaves no silence behind.
func (l *life) hasten(ti int) {
	t := &l.Threads[ti]
	early := time.Duration(-1)
	for _, a := range t.Tries {
		switch {
		case a.State == Withdrawn:
		case a.State != Planned:
			return
		case early < 0 || a.Due-l.Now < early:
			early = a.Due - l.Now
		}
	}
	if early <= 0 || t.Due <= l.Now {
		return
	}
	for i := range t.Tries {
		if a := &t.Tries[i]; a.State == Planned {
			if a.Due -= early; a.Due <= l.Now {
				l.dial(ti, i)
			}
		}
	}
}

// weight orders what came of several attempts: the one that says most of the people rung counts.
func weight(o plan.Outcome) int {
	return slices.Index([]plan.Outcome{0, plan.Congested, plan.Unreachable, plan.Busy, plan.TurnedDown, plan.NoAnswer}, o)
}

func (l *life) dial(ti, i int) {
	t := &l.Threads[ti]
	n := t.Node()
	try := n.Tries[i]
	l.Born++
	a := &t.Tries[i]
	a.State, a.Leg, a.Dialled = Reserved, fmc.LegID{Call: l.ID, N: l.Born}, l.Now
	a.Due = l.Now + postDialDelay + try.For
	assent := fmc.NotNeeded
	if try.Confirm {
		assent = fmc.Awaited
	}
	l.Parties = append(l.Parties, Party{
		Leg: a.Leg, Role: try.Role, Link: fmc.Dialing, Assent: assent, Number: l.outside(try.Number),
		Who: Who{Employee: try.Employee, Group: n.Group, Device: try.Device},
	})
	began := fmc.LegBegan{
		Leg: a.Leg, Role: try.Role, Employee: try.Employee, Group: n.Group, Device: try.Device, Number: try.Number, Confirm: try.Confirm,
	}
	if len(try.Lines) > 0 {
		began.Line, began.Shown = try.Lines[0].Line, try.Lines[0].Shown
	}
	l.note(began)
	l.command(Dial{Leg: a.Leg, Try: try, Group: n.Group, By: l.payer(*t, try.Role)})
}

func (l *life) attempt(id fmc.LegID) (ti, i int, ok bool) { return attemptOf(*l.Call, id) }

// attemptOf finds the running attempt of a leg.
func attemptOf(c Call, id fmc.LegID) (ti, i int, ok bool) {
	for ti := range c.Threads {
		if c.Threads[ti].Node().Do != plan.Ring {
			continue
		}
		for i, a := range c.Threads[ti].Tries {
			if a.Leg == id && a.State != Withdrawn && a.State != Planned {
				return ti, i, true
			}
		}
	}
	return 0, 0, false
}

// shownOn is what the far side of a dialled leg sees on the line that carries it.
func (l *life) shownOn(id fmc.LegID, line fmc.LineID) *callerid.Shown {
	ti, i, ok := l.attempt(id)
	if !ok || line == "" {
		return nil
	}
	for _, c := range l.Threads[ti].Node().Tries[i].Lines {
		if c.Line == line {
			return &c.Shown
		}
	}
	return nil
}

// alerts starts the ring time of an attempt: it counts from alerting, not from dialling.
func (l *life) alerts(id fmc.LegID) {
	if ti, i, ok := l.attempt(id); ok {
		a := &l.Threads[ti].Tries[i]
		a.State, a.Alerted = Ringing, true
		a.Due = l.Now + either(l.Threads[ti].Node().Tries[i].For, ringTime)
	}
}

// up takes an answer: whoever need not confirm wins; an answer that must be confirmed ends nothing.
func (l *life) up(id fmc.LegID) {
	ti, i, ok := l.attempt(id)
	if !ok {
		return
	}
	if l.party(id).Assent == fmc.NotNeeded {
		l.win(ti, id)
		return
	}
	t := &l.Threads[ti]
	a := &t.Tries[i]
	a.State = Answered
	a.Due = l.Now + either(t.Plan.Recording.Confirm, confirmTime)
}

// win ends the race: the others are let go, and are no missed calls.
func (l *life) win(ti int, id fmc.LegID) {
	t := &l.Threads[ti]
	for i := range t.Tries {
		a := &t.Tries[i]
		if a.Leg == id {
			a.State = Withdrawn
			continue
		}
		if a.State == Answered {
			a.State = Withdrawn
			l.dismiss(a.Leg, "already-taken", cause.Of(cause.TakenElsewhere))
			continue
		}
		l.withdraw(t, i, 0, cause.Of(cause.TakenElsewhere))
	}
	if t.Subject.IsZero() {
		t.Subject = id
		l.calledBack(id)
	} else {
		t.With = append(t.With, id)
	}
	l.leave(ti, plan.Won)
}

// withdraw takes an attempt out of the race.
func (l *life) withdraw(t *Thread, i int, o plan.Outcome, c cause.Cause) {
	a := &t.Tries[i]
	if a.State == Withdrawn {
		return
	}
	a.State, a.Outcome = Withdrawn, o
	if !a.Leg.IsZero() {
		l.release(a.Leg, c)
	}
}

// fail ends an attempt that nobody took.
func (l *life) fail(t *Thread, i int, o plan.Outcome, c cause.Cause) {
	l.withdraw(t, i, o, c)
	t.Visit.Why = c
	who := t.Node().Tries[i].Employee
	if who == "" {
		return
	}
	if !slices.Contains(t.Visit.Tried, who) {
		t.Visit.Tried = append(t.Visit.Tried, who)
	}
	if o == plan.TurnedDown {
		l.passedOn(t, who, c)
	}
}

// passedOn skips every device of a person who declined.
func (l *life) passedOn(t *Thread, who fmc.EmployeeID, c cause.Cause) {
	if !slices.Contains(t.Visit.Passed, who) {
		t.Visit.Passed = append(t.Visit.Passed, who)
	}
	for i := range t.Tries {
		if t.Node().Tries[i].Employee == who {
			l.withdraw(t, i, plan.TurnedDown, c)
		}
	}
}

// attemptGone takes the end of a leg that still raced.
func (l *life) attemptGone(ti, i int, c cause.Cause) {
	t := &l.Threads[ti]
	a := &t.Tries[i]
	o := outcomeOf(c)
	if a.State == Answered { // picked up and put down without a key: a voicemail, or a person who would not
		o = plan.NoAnswer
	}
	a.State, a.Outcome = Withdrawn, o
	l.fail(t, i, o, c)
	if who := t.Node().Tries[i].Employee; o == plan.TurnedDown && who != "" {
		l.passedOn(t, who, cause.Of(cause.Cancelled))
	}
	l.settleRing(ti)
}

// outcomeOf is what the end of a leg that nobody took means for the plan.
func outcomeOf(c cause.Cause) plan.Outcome {
	switch c.Meaning {
	case cause.Busy:
		return plan.Busy
	case cause.NoAnswer, cause.Unconfirmed, cause.Hangup:
		return plan.NoAnswer
	case cause.Declined:
		return plan.TurnedDown
	case cause.Congested, cause.CallerIDRefused, cause.LineFault, cause.MediaRefused, cause.Refused, cause.Failed:
		return plan.Congested
	case cause.Unknown, cause.Unreachable, cause.WrongNumber, cause.Lost, cause.Cancelled, cause.TakenElsewhere, cause.Interrupted:
	}
	return plan.Unreachable
}
