package call

import (
	"slices"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// over reports whether a thread has nothing more to do.
func (t Thread) over() bool { return t.At >= len(t.Plan.Nodes) }

// leads reports whether the thread's node says where an outcome goes.
func (t Thread) leads(o plan.Outcome) bool {
	_, ok := t.Node().On[o]
	return ok
}

// begin starts the thread that serves the contact, with the question where to go: what the call was begun to ask, else
// what Decide makes of it.
func (l *life) begin(subject fmc.LegID) {
	q := l.Request.Query
	l.Request.Query = plan.Query{}
	l.Threads = append(l.Threads, Thread{Errand: Serve, Subject: subject, Plan: asking(q, plan.Policy{})})
	l.enter(0, 0, 0)
}

// send starts an errand for a person: a thread of its own.
func (l *life) send(e Errand, subject, by fmc.LegID, q plan.Query) bool {
	busy := slices.ContainsFunc(l.Threads[1:], func(t Thread) bool { return t.By == by && !t.over() })
	if busy {
		return false // one errand a person
	}
	l.Threads = append(l.Threads, Thread{Errand: e, Subject: subject, By: by, Plan: asking(q, l.Threads[0].Plan.Recording)})
	l.enter(len(l.Threads)-1, 0, 0)
	return true
}

// current reports whether an answer names the stay that its thread is in.
func (c Call) current(q Question) bool {
	return c.End == nil && q.Thread >= 0 && q.Thread < len(c.Threads) && c.Threads[q.Thread].Visit.Serial == q.Serial && !c.Threads[q.Thread].over()
}

// enter brings a thread to a node; o is how the one before came out, 0 at a plan's first.
func (l *life) enter(ti, at int, o plan.Outcome) {
	if l.moves++; l.moves > movesInOneStep {
		l.end(cause.Because(cause.Failed, "The plan goes round in a circle."), fmc.LegID{})
		return
	}
	t := &l.Threads[ti]
	if t.Node().Do == plan.Mail {
		l.mailed(ti)
	}
	t.At = at
	t.Tries = nil
	t.Due = 0
	t.Visit = Visit{Serial: t.Visit.Serial + 1, Since: l.Now, Why: t.Visit.Why, Tried: t.Visit.Tried, Passed: t.Visit.Passed}
	n := t.Node()
	l.note(fmc.Stepped{Thread: ti, Node: at, Op: n.Do.String(), Outcome: outcomeName(o)})
	if n.Do != plan.Ask && n.Do != plan.Ring && n.Do != plan.Say && (n.Do != plan.Wait || n.Group != t.Place.Group) {
		t.Place = Place{}
	}
	l.tellSlot(ti, n)
	if n.Do != plan.Ring && n.Do != plan.Say && n.Do != plan.Talk {
		t.HandTo = fmc.LegID{}
	}
	switch n.Do {
	case plan.Say:
		l.enterSay(ti, n)
	case plan.Gather:
		l.answer(t.Subject)
		l.party(t.Subject).Input = Input{Secret: n.Secret}
		t.Due = l.Now + sayTime + n.For
	case plan.Ring:
		l.enterRing(ti, n)
	case plan.Talk:
		l.enterTalk(ti, n)
	case plan.Wait:
		l.enterWait(ti, n)
	case plan.Mail:
		l.answer(t.Subject)
		t.Due = l.Now + sayTime + tapeTime
	case plan.Park:
		l.answer(t.Subject)
		t.Due = l.Now + either(n.For, parkTime)
	case plan.Give:
		l.enterGive(ti, n)
	case plan.Ask:
		t.Due = l.Now + askTime
		l.command(Ask{Question{Thread: ti, Serial: t.Visit.Serial}, l.request(ti, n.Query)})
	case plan.End:
		l.follow(n.Then)
		l.finish(ti, endCause(n, t.Visit.Why))
	}
}

func endCause(n plan.Node, why cause.Cause) cause.Cause {
	switch {
	case n.Cause != nil:
		return *n.Cause
	case why.Meaning != cause.Unknown:
		return why
	default:
		return cause.Of(cause.Hangup)
	}
}

func outcomeName(o plan.Outcome) string {
	if o == 0 {
		return ""
	}
	return o.String()
}

func either(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}

func (l *life) enterSay(ti int, n plan.Node) {
	t := &l.Threads[ti]
	if !n.Early {
		l.answer(t.Subject)
	}
	t.Due = l.Now + either(n.For, sayTime)
	if len(l.audience(*t)) == 0 || n.Notice && l.Tape.Refused {
		l.leave(ti, plan.Done)
	}
}

// audience is who hears a thread's Say.
func (c Call) audience(t Thread) []fmc.LegID {
	var legs []fmc.LegID
	if n := t.Node(); n.To != plan.ToOthers && c.alive(t.Subject) {
		legs = append(legs, t.Subject)
	}
	if t.Node().To != plan.ToSubject {
		for _, id := range t.With {
			if c.alive(id) {
				legs = append(legs, id)
			}
		}
	}
	return legs
}

// said reports whether everybody who is to hear a thread's Say has.
func (c Call) said(t Thread) bool {
	return !slices.ContainsFunc(c.audience(t), func(id fmc.LegID) bool { return !slices.Contains(t.Visit.Heard, id) })
}

func (l *life) enterTalk(ti int, n plan.Node) {
	t := &l.Threads[ti]
	t.With = slices.DeleteFunc(t.With, func(id fmc.LegID) bool { return !l.alive(id) })
	t.Due = l.Now + either(n.For, talkTime)
	if n.For > 0 {
		l.limit(*t)
	}
	t.Visit.Why, t.Visit.Tried, t.Visit.Passed = cause.Cause{}, nil, nil
	if t.Errand == Move {
		l.movesOn(ti)
		return
	}
	l.answer(t.Subject)
	if t.Errand == Serve { // who held them talked before, and is not here to take them back
		for _, id := range append([]fmc.LegID{t.Subject}, t.With...) {
			l.unhold(id)
		}
	}
	switch {
	case len(t.With) == 0 && n.Conference == "":
		l.leave(ti, plan.Done)
	case !t.HandTo.IsZero():
		l.handOver(ti)
	}
}

func (l *life) enterWait(ti int, n plan.Node) {
	t := &l.Threads[ti]
	l.answer(t.Subject)
	if t.Place == (Place{}) {
		t.Place = Place{Group: n.Group, Since: l.Now}
	}
	if n.For > 0 {
		t.Due = t.Place.Since + n.For
	} else {
		t.Due = l.Now + ringTime
	}
	if t.Due <= l.Now {
		l.leave(ti, plan.TimedOut)
	}
}

// turn tells a thread that waits for the group that its turn came.
func (l *life) turn(e TurnCame) {
	for ti := range l.Threads {
		if n := l.Threads[ti].Node(); n.Do == plan.Wait && n.Group == e.Group {
			l.leave(ti, plan.Done)
			return
		}
	}
}

// another reports whether the end of a talk would have somebody key the next number who is not the person whose call it
// is: the client, or a colleague whom they were handed over to.
func (c Call) another(t Thread, to int) bool {
	p, _ := c.Party(t.Subject)
	return t.Node().Do == plan.Talk && t.Plan.Nodes[to].Do == plan.Gather && c.Request.Direction != fmc.Inbound &&
		(p.Role != fmc.Worker || p.Who.Employee != c.Request.Employee)
}

// leave goes where the node's outcome leads.
func (l *life) leave(ti int, o plan.Outcome) {
	t := &l.Threads[ti]
	n := t.Node()
	for i := range t.Tries {
		l.withdraw(t, i, 0, cause.Of(cause.Cancelled))
	}
	if ti == 0 && n.Do == plan.Talk {
		l.callOff()
	}
	if to, ok := n.On[o]; ok {
		if l.another(*t, to) {
			l.finish(ti, cause.Of(cause.Hangup))
			return
		}
		l.enter(ti, to, o)
		return
	}
	if o == plan.Done || o == plan.Won {
		if t.At+1 < len(t.Plan.Nodes) {
			l.enter(ti, t.At+1, o)
			return
		}
		l.finish(ti, cause.Of(cause.Hangup))
		return
	}
	l.finish(ti, causeOf(o, t.Visit.Why))
}

// callOff ends the errands of a talk that is over: what they were for is gone, and who sent them is asked something else.
func (l *life) callOff() {
	for ti := 1; ti < len(l.Threads); ti++ {
		t := &l.Threads[ti]
		for i := range t.Tries {
			l.withdraw(t, i, 0, cause.Of(cause.Cancelled))
		}
		l.stop(ti)
	}
}

// causeOf is why a thread ends whose plan does not say where an outcome leads.
func causeOf(o plan.Outcome, why cause.Cause) cause.Cause {
	if why.Meaning != cause.Unknown {
		return why
	}
	switch o {
	case plan.Busy:
		return cause.Of(cause.Busy)
	case plan.NoAnswer:
		return cause.Of(cause.NoAnswer)
	case plan.Unreachable:
		return cause.Of(cause.Unreachable)
	case plan.TurnedDown:
		return cause.Of(cause.Declined)
	case plan.Congested:
		return cause.Of(cause.Congested)
	case plan.Dropped:
		return cause.Of(cause.Lost)
	case plan.Forbidden:
		return cause.Because(cause.Refused, "The call may not go on without a recording, and the recording failed.")
	case plan.Done, plan.Won, plan.ToVoicemail, plan.TimedOut:
	}
	return cause.Of(cause.NoAnswer)
}

// stop puts a thread at its end.
func (l *life) stop(ti int) {
	t := &l.Threads[ti]
	if t.Node().Do == plan.Mail {
		l.mailed(ti)
	}
	t.At = len(t.Plan.Nodes)
	t.Tries, t.With, t.Due, t.Place, t.HandTo = nil, nil, 0, Place{}, fmc.LegID{}
}

// finish ends a thread, and with the first the call.
func (l *life) finish(ti int, c cause.Cause) {
	t := &l.Threads[ti]
	for i := range t.Tries {
		l.withdraw(t, i, 0, cause.Of(cause.Cancelled))
	}
	errand, by, brought := t.Errand, t.By, l.party(t.Subject).Told != ToldNothing
	l.stop(ti)
	switch {
	case ti == 0:
		l.end(c, fmc.LegID{})
	case errand == Move:
		l.moveFailed(by)
		if !brought { // they wished it there, rather than by calling from the phone that failed
			l.cue(by, cueError)
		}
	}
}

// played takes that a leg heard a prompt to its end.
func (l *life) played(e Played) {
	if e.Asked.Thread == OfCue {
		if p := l.party(e.Asked.Leg); p.Cue.Serial == e.Asked.Serial {
			p.Cue = Cue{}
		}
		return
	}
	if e.Asked.Serial == 0 {
		if p := l.party(e.Asked.Leg); p.Part != nil {
			l.release(p.Leg, p.Part.Cause)
		}
		return
	}
	if !l.current(e.Asked) {
		return
	}
	ti := e.Asked.Thread
	t := &l.Threads[ti]
	if slices.Contains(t.Visit.Heard, e.Asked.Leg) {
		return
	}
	if t.Node().Do == plan.Talk && !e.Missing && l.party(e.Asked.Leg).Notice.Since == 0 {
		return // a hold cut the notice at its end: it is heard again
	}
	t.Visit.Heard = append(t.Visit.Heard, e.Asked.Leg)
	l.heardNotice(ti, e)
	l.listened(ti, e)
	switch n := t.Node(); n.Do {
	case plan.Say:
		if l.said(*t) {
			l.leave(ti, plan.Done)
		}
	case plan.Gather:
		if l.party(t.Subject).Input.Keys == "" && t.Visit.Until == 0 {
			t.Due = l.Now + either(n.For, gatherTime)
			t.Visit.Until = l.Now + max(n.For, keysTime)
		}
	case plan.Mail:
		t.Due = l.Now + either(n.For, mailTime)
		t.Visit.Since = l.Now
	case plan.Ring, plan.Talk, plan.Wait, plan.Park, plan.Give, plan.Ask, plan.End:
	}
}

// mailed notes the message that was left, where one was.
func (l *life) mailed(ti int) {
	t := &l.Threads[ti]
	if !slices.Contains(t.Visit.Heard, t.Subject) || l.Tape.State != fmc.TapeReady || l.Now-t.Visit.Since < time.Second {
		return
	}
	n := t.Node()
	l.note(fmc.Mailed{Leg: t.Subject, Group: n.Group, Employee: n.Person, Prompt: n.Prompt, From: t.Visit.Since})
}
