package call

import (
	"fmt"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// running is what the rest of the node holds of a call.
type running struct {
	inbox    chan Event
	overflow chan struct{} // one token: an event had no room
	snapshot atomic.Pointer[Call]
}

// offer hands the call an event without waiting; false: it had no room. A full inbox ends the call as our fault.
func (r *running) offer(ev Event) bool {
	select {
	case r.inbox <- ev:
		return true
	default:
	}
	select {
	case r.overflow <- struct{}{}:
	default:
	}
	return false
}

// post is offer for whoever can do nothing about it.
func (r *running) post(ev Event) { r.offer(ev) }

// newNow is a call that begins now. The goroutine of a call is the one place that reads the machine's clock for it.
func newNow(id fmc.CallID, r plan.Request) Call { return New(id, time.Now(), r) }

// runner is the goroutine of one call: next event, Step, append the facts, publish the value, carry out the rest.
type runner struct {
	s     *Switch
	r     *running
	c     Call
	began time.Time // with the monotonic clock
	room  Room
	leg   Leg     // the one that was offered; nil once it is in the room
	own   []Event // what the runner itself has to say, before anything in the inbox
	mute  bool    // the journal failed; said once
}

func (r *runner) run(first Event) {
	defer r.room.Close()
	defer r.rescue()
	if r.leg != nil {
		r.room.Enter(r.leg)
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	r.step(first)
	for !r.c.Over() {
		if next, ok := r.c.Next(); ok {
			timer.Reset(max(0, next-time.Since(r.began)))
		}
		select {
		case ev := <-r.r.inbox:
			r.step(ev)
		case <-r.r.overflow:
			r.step(Wished{Wish{Kind: WishHangUp, Cause: cause.Because(cause.Failed, "The call could not keep up with its events.")}})
		case <-timer.C:
			r.step(Due{})
		}
	}
	r.drain()
}

// drain lets go of legs that were handed to the call while it ended. Nothing is posted any more: publish took the call
// out of the Switch.
func (r *runner) drain() {
	for {
		select {
		case ev := <-r.r.inbox:
			r.step(ev)
		default:
			return
		}
	}
}

// step feeds the call an event, and what follows from it at once.
func (r *runner) step(ev Event) {
	r.one(ev)
	for len(r.own) > 0 {
		ev, r.own = r.own[0], r.own[1:]
		r.one(ev)
	}
}

func (r *runner) one(ev Event) {
	if id, ok := legOf(ev); ok {
		if o, known := r.s.owner(id); known && o.call != r.c.ID { // it was handed on meanwhile
			r.s.Post(id, ev)
			return
		}
	}
	if g, ok := ev.(LegGiven); ok {
		if o, known := r.s.owner(g.Party.Leg); known && !r.c.Over() {
			r.room.Enter(o.leg)
		}
	}
	if e, ok := ev.(LinkIs); ok && e.Anew {
		r.withLeg(e.Leg, func(l Leg) { r.room.Enter(l) })
	}
	was := r.c
	now := time.Now()
	next, commands := Step(was, now.Sub(r.began), ev)
	r.c = next
	facts := r.append(commands)
	r.s.publish(r.r, was, next, now)
	if r.s.o.Watch != nil {
		r.s.o.Watch(was, next, facts)
	}
	for _, c := range commands {
		r.carryOut(c, now)
	}
	if g, ok := ev.(LegGiven); ok && was.Over() {
		r.s.disown(r.c, g.Party, now)
	}
}

// append writes the step's facts before anything is done about them. Where that fails the call goes on from memory;
// new calls are refused by whoever looks at the journal's health.
func (r *runner) append(commands []Command) []fmc.Fact {
	var facts []fmc.Fact
	for _, c := range commands {
		if n, ok := c.(Note); ok {
			facts = append(facts, n.Fact)
		}
	}
	if len(facts) == 0 {
		return nil
	}
	if err := r.s.o.Journal.Append(facts...); err != nil && !r.mute {
		r.mute = true
		r.s.o.Log.Error("facts not written", "call", r.c.ID, "company", r.c.Company, "cause", err)
	}
	return facts
}

func (r *runner) carryOut(c Command, now time.Time) {
	switch c := c.(type) {
	case Note:
	case Dial:
		r.dial(c, now)
	case Progress:
		r.withLeg(c.Leg, func(l Leg) { l.Progress(c.Early) })
	case Answer:
		r.withLeg(c.Leg, Leg.Answer)
	case Release:
		r.withLeg(c.Leg, func(l Leg) { l.Release(c.Cause) })
	case Ask:
		r.own = append(r.own, r.ask(c, now))
	case OpenTape:
		r.room.OpenTape(c.Policy)
	case Wire:
		r.room.Wire(c.Wiring)
	case Give:
		r.give(c)
	case Press:
		r.room.Press(c.Leg, c.Keys)
	case Begin:
		r.s.follow(c, now)
	case Text:
		if r.s.o.Text != nil {
			r.s.o.Text(r.c.Company, r.c.ID, c)
		}
	}
}

func (r *runner) withLeg(id fmc.LegID, do func(Leg)) {
	if o, ok := r.s.owner(id); ok {
		do(o.leg)
	}
}

func (r *runner) dial(d Dial, now time.Time) {
	company, ok := r.s.o.Directory.Company(r.c.Company)
	if !ok {
		r.own = append(r.own, LinkIs{Leg: d.Leg, Link: fmc.Gone, Cause: cause.Of(cause.Refused)})
		return
	}
	try, why := r.s.dial(r.c, d, company, now)
	if why != nil {
		r.own = append(r.own, LinkIs{Leg: d.Leg, Link: fmc.Gone, Cause: *why})
		return
	}
	r.s.own(d.Leg, nil, r.c.ID) // it may have something to say before Dial returns
	leg := r.s.o.Dialer.Dial(d.Leg, try)
	r.s.own(d.Leg, leg, r.c.ID)
	r.room.Enter(leg)
}

// ask has Decide decide on the company as it is now.
func (r *runner) ask(a Ask, now time.Time) Event {
	company, ok := r.s.o.Directory.Company(r.c.Company)
	if !ok {
		gone := cause.Because(cause.Refused, "The company is not on this node any more.")
		return Decided{Asked: a.Asked, Request: a.Request, At: now, Plan: plan.Plan{Nodes: []plan.Node{{Do: plan.End, Cause: &gone}}}}
	}
	return Decided{Asked: a.Asked, Request: a.Request, At: now, Plan: plan.Decide(company, r.s.world(company, r.c.ID, now), a.Request, now)}
}

func (r *runner) give(g Give) {
	r.room.Leave(g.Party.Leg)
	to, err := r.s.give(r.c, g)
	if err != nil {
		r.withLeg(g.Party.Leg, r.room.Enter)
		r.own = append(r.own, LegReturned{Leg: g.Party.Leg, Why: err.Error()})
		return
	}
	r.own = append(r.own, LegTaken{Leg: g.Party.Leg, To: to})
}

// rescue writes the record of a call whose own code panicked, and lets its legs go.
func (r *runner) rescue() {
	p := recover()
	if p == nil {
		return
	}
	r.s.o.Log.Error("call panicked", "call", r.c.ID, "company", r.c.Company, "cause", fmt.Sprint(p), "stack", string(debug.Stack()))
	failed := cause.Of(cause.Failed)
	was := r.c
	for _, p := range r.c.Parties {
		if p.Link != fmc.Gone {
			r.withLeg(p.Leg, func(l Leg) { l.Release(failed) })
		}
	}
	r.c.Parties, r.c.Threads = slices.Clone(r.c.Parties), nil
	for i := range r.c.Parties {
		r.c.Parties[i].Link = fmc.Gone
	}
	r.c.End = &Ending{Cause: failed, Closed: true}
	facts := r.append([]Command{Note{fmc.Fact{Company: r.c.Company, Call: r.c.ID, At: time.Since(r.began), Body: fmc.Closed{Cause: failed}}}})
	r.s.publish(r.r, was, r.c, time.Now())
	defer func() { // one call's mistake must not end the node
		if p := recover(); p != nil {
			r.s.o.Log.Error("call panicked again", "call", r.c.ID, "company", r.c.Company, "cause", fmt.Sprint(p))
		}
	}()
	if r.s.o.Watch != nil { // whoever follows the call must hear that it is over
		r.s.o.Watch(was, r.c, facts)
	}
	r.drain()
}

// legOf returns whose event it is, where it is a leg's.
func legOf(ev Event) (fmc.LegID, bool) {
	switch e := ev.(type) {
	case LinkIs:
		return e.Leg, true
	case HeldIs:
		return e.Leg, true
	case Digit:
		return e.Leg, true
	case SoundCame:
		return e.Leg, true
	case Allowance:
		return e.Leg, true
	case LegOffered, Played, TapeIs, Decided, Wished, LegGiven, LegTaken, LegReturned, TurnCame, Due:
	}
	return fmc.LegID{}, false
}
