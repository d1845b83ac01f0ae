package gsmgw

import (
	"log/slog"
	"sync"
	"time"

	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
	"roadline/gsmgw/shadow"
	"roadline/media"
)

// leg is one party over a SIM: a call.Leg with a media port, to which a modem's speech is joined. It begins as a call
// that rings in a modem, or as a try that goes through the SIM lines of its candidates; what happens on a line is the
// slot's business, and comes back on the slot's goroutine.
type leg struct {
	g     *Gateway
	id    fmc.LegID
	log   *slog.Logger
	pcm   *media.PCM // nil of a shadow call
	sound sound      // what its speech is joined to
	keys  chan byte  // keys on their way to the far side
	try   plan.Try   // outgoing; zero of a leg that was offered

	shadow *shadow.Side // of a shadow call, which is no call; else nil

	mu       sync.Mutex  // guards:
	slot     *slot       // that has it now; nil between lines and at the end
	next     int         // candidate to try next
	why      cause.Cause // of the last line that failed
	released *cause.Cause
	over     bool // LinkIs Gone was told
}

var (
	_ call.Dialer = (*Gateway)(nil)
	_ call.Leg    = (*leg)(nil)
)

// mostKeys is how many keys may be on their way to a module; those beyond are lost.
const mostKeys = 32

// newLeg makes a leg with a port of its own.
func (g *Gateway) newLeg(id fmc.LegID) (*leg, error) {
	l := &leg{g: g, id: id, log: g.log.With("call", string(id.Call), "leg", id.String()), keys: make(chan byte, mostKeys)}
	pcm, err := g.o.Ports.LeasePCM(id.String(), l.keyed)
	if err != nil {
		return nil, err
	}
	l.pcm, l.sound = pcm, pcm
	g.keep(l)
	return l, nil
}

// keyed takes a key for the far side. It neither waits nor allocates: the speech's own goroutine sends it on.
func (l *leg) keyed(k media.Key) {
	select {
	case l.keys <- k.Digit:
	default:
	}
}

// ID is the leg's name for life.
func (l *leg) ID() fmc.LegID { return l.id }

// Port is the leg's media, open from the leg's first moment to its last; nil of a leg that never was.
func (l *leg) Port() *media.Port {
	if l.pcm == nil {
		return nil
	}
	return l.pcm.Port()
}

// Progress does nothing: the caller of a SIM hears the network's ringing, and nothing can be sent before the answer.
func (l *leg) Progress(bool) {}

// Answer takes the call. LinkIs Up follows when its speech is open.
func (l *leg) Answer() {
	if s := l.at(); s != nil {
		s.box.post(func() { s.answer(l) })
	}
}

// Release ends the leg, LinkIs Gone follows at once; the line is free when its modem has no call any more.
func (l *leg) Release(c cause.Cause) {
	l.mu.Lock()
	if l.released == nil {
		l.released = &c
	}
	s := l.slot
	l.mu.Unlock()
	if s == nil || !s.box.post(func() { s.release(l, c) }) {
		l.gone(c, nil)
	}
}

// at is the slot that has the leg now.
func (l *leg) at() *slot {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.slot
}

// drop gives up a leg that no call has.
func (l *leg) drop() {
	l.mu.Lock()
	l.over = true
	l.mu.Unlock()
	l.sound.Close()
	l.g.forget(l)
}

// tell posts how far the leg is.
func (l *leg) tell(ev call.LinkIs) {
	ev.Leg = l.id
	l.log.Info("leg changed", "state", ev.Link.String(), "line", string(ev.Line), "cause", ev.Cause.String(), "fault", ev.Cause.Fault.String())
	if l.shadow != nil {
		l.shadow.Told(ev.Link, ev.Cause)
		return
	}
	l.g.o.Calls.Post(l.id, ev)
}

// gone ends the leg for its call, once.
func (l *leg) gone(c cause.Cause, q *fmc.LegQuality) {
	l.mu.Lock()
	was := l.over
	l.over, l.slot = true, nil
	l.mu.Unlock()
	if was {
		return
	}
	l.sound.Close()
	l.g.forget(l)
	l.tell(call.LinkIs{Link: fmc.Gone, Cause: c, Quality: q})
}

// Dial makes a leg by the SIM lines of a try. It returns at once.
func (g *Gateway) Dial(id fmc.LegID, try plan.Try) call.Leg {
	l, err := g.newLeg(id)
	if err != nil {
		l = &leg{g: g, id: id, log: g.log, over: true}
		l.tell(call.LinkIs{Link: fmc.Gone, Cause: cause.Because(cause.Failed, "There is no media port: %s.", sentence(err))})
		return l
	}
	l.try, l.why = try, cause.Because(cause.Congested, "There is no SIM line to call by.")
	l.goOn()
	return l
}

// goOn takes the next line that can be had; without one the leg is gone.
func (l *leg) goOn() {
	for {
		c, ok := l.candidate()
		if !ok {
			return
		}
		s, err := l.g.lease(c.Line, l)
		if err != nil {
			l.failed(cause.Because(cause.Congested, "%s: %s.", c.Line, sentence(err)))
			l.log.Info("line passed over", "line", string(c.Line), "err", err)
			continue
		}
		if l.takes(s) && s.box.post(func() { s.place(l, c) }) {
			return
		}
		s.leased.CompareAndSwap(l, nil)
	}
}

// candidate is the next line to try. Without one, or where the call has let the leg go, the leg is gone.
func (l *leg) candidate() (c plan.Candidate, ok bool) {
	l.mu.Lock()
	l.slot = nil
	why := l.why
	switch {
	case l.over:
		l.mu.Unlock()
		return c, false
	case l.released != nil:
		why = *l.released
	case l.next < len(l.try.Lines):
		c, ok = l.try.Lines[l.next], true
		l.next++
	}
	l.mu.Unlock()
	if !ok {
		l.gone(why, nil)
	}
	return c, ok
}

// failed notes why a line did not serve.
func (l *leg) failed(c cause.Cause) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.why = c
}

// takes makes a slot the leg's; false where the call has let the leg go meanwhile.
func (l *leg) takes(s *slot) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over || l.released != nil {
		return false
	}
	l.slot = s
	return true
}

// lease takes a line for a leg: the line is ready, and nobody else has it.
func (g *Gateway) lease(id fmc.LineID, l *leg) (*slot, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for card, s := range g.cards {
		if card.Line() != id {
			continue
		}
		v := s.look()
		switch {
		case g.off:
			return nil, cause.Errorf(cause.Unavailable, "the server is stopping")
		case (v.State == StateReady || v.State == StateCalling) && !s.vacated.Load() && s.takeOver(l):
			return s, nil
		case v.State != StateReady:
			return nil, cause.Errorf(cause.NoRoom, "the line is %s", v.State)
		case !s.leased.CompareAndSwap(nil, l):
			return nil, cause.Errorf(cause.NoRoom, "the line was taken just now")
		case s.vacated.Load(): // after the line was taken: whoever vacates it looks the other way round
			s.leased.CompareAndSwap(l, nil)
			return nil, cause.Errorf(cause.NoRoom, "its card is about to be exchanged")
		}
		g.wanted(card, l)
		return s, nil
	}
	return nil, cause.Errorf(cause.Unavailable, "the card is in no modem")
}

// hungUpWait is how long Run waits at its end for modems to hang up, and to say what became of a message that they have.
const hungUpWait = 5 * time.Second

// hungUp waits until no line has a call any more, and no module a message.
func (g *Gateway) hungUp() {
	over := time.NewTimer(hungUpWait)
	defer over.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for g.calling() {
		select {
		case <-over.C:
			return
		case <-tick.C:
		}
	}
}

func (g *Gateway) calling() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, s := range g.slots {
		if s.leased.Load() != nil {
			return true
		}
	}
	return g.sent.Load() > 0
}
