package call

import (
	"reflect"
	"slices"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// Limits of a call's life that no plan can change.
const (
	postDialDelay  = 12 * time.Second // FLOWS E0: a mobile's delay from INVITE to alerting, capped
	confirmTime    = 8 * time.Second  // where the plan says nothing
	tapeTime       = time.Second      // invariant 6: a tape that is not ready then has failed
	askTime        = 5 * time.Second  // for Decide, which is immediate: only a dead goroutine takes it
	giveTime       = 2 * time.Second
	sayTime        = 30 * time.Second // for a Say without For: longer than any prompt
	gatherTime     = 6 * time.Second  // for the first key after the prompt
	keyGap         = 4 * time.Second  // between keys
	keysTime       = 40 * time.Second // FLOWS E2a: for all keys together, from the prompt's end
	keyWindow      = 3 * time.Second  // FLOWS E4: between the keys of a code
	ringTime       = 2 * time.Minute
	talkTime       = 4 * time.Hour
	mailTime       = 2 * time.Minute
	parkTime       = 90 * time.Second
	partingTime    = 4 * time.Second
	cueTime        = 5 * time.Second  // a cue that nobody reported is over
	bareTime       = 30 * time.Second // FLOWS E4: within it the same keys without a leader are a second try
	remindTime     = 15 * time.Second // FLOWS E4: between reminders that somebody is on hold
	soundTime      = 3 * time.Second  // FLOWS E5: for its first sound after that
	swapTime       = 5 * time.Second  // for a phone that takes a talk over to acknowledge our answer
	endTime        = 32 * time.Second // RFC 3261 64*T1: after it no answer to our BYE can come
	movesInOneStep = 100              // a plan that goes round without waiting is our own error
)

// life is a call in one step: the clone that is changed, and what it commands.
type life struct {
	*Call
	out   []Command
	moves int
}

// Step is the life of a call: what the call becomes and what must be done when an event comes, at a time since it
// began. It is pure: it clones first, settles last, reads no clock and makes no id but leg numbers. Any event may come
// in any state; one that no longer means anything changes nothing.
func Step(c Call, at time.Duration, ev Event) (Call, []Command) {
	c = clone(c)
	c.Now = max(c.Now, at)
	l := &life{Call: &c}
	if c.Over() {
		l.afterEnd(ev)
		return c, l.out
	}
	l.hear(ev)
	l.expire()
	l.settle()
	return c, l.out
}

// clone copies what Step may change in place; plans, wirings and what pointers lead to are replaced, never changed.
func clone(c Call) Call {
	c.Parties = slices.Clone(c.Parties)
	c.Threads = slices.Clone(c.Threads)
	for i := range c.Threads {
		t := &c.Threads[i]
		t.Tries = slices.Clone(t.Tries)
		t.With = slices.Clone(t.With)
		t.Visit.Heard = slices.Clone(t.Visit.Heard)
		t.Visit.Tried = slices.Clone(t.Visit.Tried)
		t.Visit.Passed = slices.Clone(t.Visit.Passed)
	}
	return c
}

func (l *life) command(c Command) { l.out = append(l.out, c) }

func (l *life) note(h fmc.Happening) {
	if l.private() {
		h = veiled(h)
	}
	l.command(Note{fmc.Fact{Company: l.Company, Call: l.ID, At: l.Now, Body: h}})
}

// afterEnd answers what comes for a call whose record is written: a leg handed to it must not be left hanging.
func (l *life) afterEnd(ev Event) {
	if e, ok := ev.(LegGiven); ok {
		l.command(Release{e.Party.Leg, cause.Of(cause.Hangup)})
	}
}

func (l *life) hear(ev Event) {
	switch e := ev.(type) {
	case LegOffered:
		l.offered(e)
	case LinkIs:
		l.link(e)
	case HeldIs:
		l.held(e)
	case Digit:
		l.digit(e)
	case SoundCame:
		l.sounds(e.Leg)
	case Allowance:
		l.allowed(e)
	case Played:
		l.played(e)
	case TapeIs:
		l.tapeIs(e)
	case Decided:
		l.decided(e)
	case Wished:
		l.wish(e.Wish)
	case LegGiven:
		l.given(e)
	case LegTaken:
		l.taken(e)
	case LegReturned:
		l.returned(e)
	case TurnCame:
		l.turn(e)
	case Due:
	}
}

// expire does what is due.
func (l *life) expire() {
	l.expireTape()
	for i := range l.Parties {
		p := &l.Parties[i]
		if p.Part != nil && p.Part.Due <= l.Now {
			l.release(p.Leg, p.Part.Cause)
		}
		if p.Ends > 0 && p.Ends <= l.Now {
			l.timeIsUp(p.Leg)
		}
	}
	l.expireCues()
	for i := range l.Parties {
		if in := l.Parties[i].Input; in.Due > 0 && in.Due <= l.Now {
			l.keysWhole(l.Parties[i].Leg)
		}
		if b := l.Parties[i].Bare; b.Due > 0 && b.Due <= l.Now {
			l.bareWhole(&l.Parties[i])
		}
	}
	for ti := 0; ti < len(l.Threads); ti++ {
		l.expireThread(ti)
	}
}

func (l *life) expireThread(ti int) {
	t := &l.Threads[ti]
	if t.Node().Do == plan.Ring {
		l.race(ti)
		return
	}
	if t.Due == 0 || t.Due > l.Now {
		return
	}
	switch t.Node().Do {
	case plan.Say, plan.Mail: // a prompt that nobody reported is over; a message may be two minutes
		l.leave(ti, plan.Done)
	case plan.Give:
		l.leave(ti, plan.Unreachable)
	case plan.Gather: // keys that more could have followed count as whole
		l.gathered(ti)
	case plan.Talk, plan.Wait, plan.Park, plan.Ask, plan.Ring, plan.End:
		l.leave(ti, plan.TimedOut)
	}
}

// settle derives what follows from the state: tape, ending, legs that nobody needs, the wiring.
func (l *life) settle() {
	l.forbid()
	l.openTape()
	if l.End != nil {
		l.finishing()
	}
	for i := range l.Parties {
		p := &l.Parties[i]
		if p.Link < fmc.Leaving && p.Part == nil && !l.needed(p.Leg) {
			l.release(p.Leg, l.farewell(p.Leg))
		}
	}
	l.forget()
	l.wire()
	l.close()
}

// farewell is the cause that a leg is told when the call has no more use for it.
func (l *life) farewell(id fmc.LegID) cause.Cause {
	p := l.party(id)
	switch {
	case l.End != nil && p.Link < fmc.Up && len(l.Threads) > 0 && l.Threads[0].Subject == id:
		return l.End.Cause
	case p.Link < fmc.Up:
		return cause.Of(cause.Cancelled)
	default:
		return cause.Of(cause.Hangup)
	}
}

func (l *life) wire() {
	w := wiring(*l.Call)
	if reflect.DeepEqual(w, l.Wiring) {
		return
	}
	if !reflect.DeepEqual(w.Talks, l.Wiring.Talks) {
		l.note(talking(w))
	}
	l.Wiring = w
	l.progress(w)
	l.noticesBegin(w)
	l.command(Wire{w})
}

// progress opens early sound on the offered legs that hear something.
func (l *life) progress(w Wiring) {
	for _, h := range w.Hears {
		if p := l.party(h.Leg); p.Link == fmc.Offered && p.Told < ToldEarly {
			p.Told = ToldEarly
			l.command(Progress{Leg: p.Leg, Early: true})
		}
	}
}

func talking(w Wiring) fmc.Talking {
	var f fmc.Talking
	for _, t := range w.Talks {
		f.Talks = append(f.Talks, fmc.Conversation{Legs: t.Legs, Tape: t.Tape, Mail: t.Mail})
	}
	return f
}

// end ends the call: everything that lives in it is let go.
func (l *life) end(c cause.Cause, by fmc.LegID) {
	if l.End != nil {
		return
	}
	l.End = &Ending{Cause: c, By: by, Due: l.Now + endTime}
}

// finishing lets every thread go. The legs follow, since nobody needs them.
func (l *life) finishing() {
	for ti := range l.Threads {
		t := &l.Threads[ti]
		for i := range t.Tries {
			l.withdraw(t, i, 0, cause.Of(cause.Cancelled))
		}
		l.stop(ti)
	}
	for i := range l.Parties {
		if p := &l.Parties[i]; p.Part != nil && l.alone(p.Leg) {
			continue // it may hear its word to the end
		}
		if l.Parties[i].Part != nil {
			l.release(l.Parties[i].Leg, l.Parties[i].Part.Cause)
		}
	}
}

// alone reports whether no other leg is left to wait for.
func (l *life) alone(id fmc.LegID) bool {
	return !slices.ContainsFunc(l.Parties, func(p Party) bool { return p.Leg != id && p.Link < fmc.Leaving && p.Part == nil })
}

// close writes the last fact when every leg has gone, or has had its time.
func (l *life) close() {
	if l.End == nil || l.End.Closed {
		return
	}
	living := slices.ContainsFunc(l.Parties, func(p Party) bool { return p.Link != fmc.Gone })
	if living && l.Now < l.End.Due {
		return
	}
	for i := range l.Parties {
		if p := &l.Parties[i]; p.Link != fmc.Gone { // no leg outlives its call
			p.Link = fmc.Gone
			l.note(fmc.LegIs{Leg: p.Leg, Link: fmc.Gone, Cause: &l.End.Cause})
		}
	}
	end := *l.End
	end.Closed, end.Due = true, 0
	l.End = &end
	l.note(fmc.Closed{Cause: end.Cause, By: end.By})
}

// Next returns the earliest deadline; false only when the call is over.
func (c Call) Next() (time.Duration, bool) {
	if c.Over() {
		return 0, false
	}
	var next time.Duration
	note := func(due time.Duration) {
		if due > 0 && (next == 0 || due < next) {
			next = due
		}
	}
	if c.End != nil {
		note(c.End.Due)
	}
	if c.Tape.State == fmc.TapeWanted {
		note(c.Tape.Due)
	}
	if c.Tape.Pause != nil {
		note(c.Tape.Pause.Until)
	}
	for _, p := range c.Parties {
		note(p.Input.Due)
		note(p.Bare.Due)
		note(p.Cue.Due)
		note(p.Remind)
		if p.Link < fmc.Leaving {
			note(p.Ends)
		}
		if p.Part != nil {
			note(p.Part.Due)
		}
	}
	for _, t := range c.Threads {
		note(t.Due)
		for _, a := range t.Tries {
			if a.State != Withdrawn {
				note(max(a.Due, 1))
			}
		}
	}
	return next, next > 0
}
