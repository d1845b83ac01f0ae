package gsmgw

import (
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/gsmgw/shadow"
	"roadline/hardware/modem"
	"roadline/media"
)

// sound is where a leg's speech goes to and comes from.
type sound interface {
	Say(frame *[media.FrameSamples]int16) (owed bool)
	Hear(frame *[media.FrameSamples]int16) bool
	Close()
}

// newShadowLeg makes a leg of no call.
func (g *Gateway) newShadowLeg(x *shadow.Side) *leg {
	l := &leg{g: g, log: g.log.With("leg", "shadow/"+string(x.Trial.ID)), sound: x, shadow: x}
	g.keep(l)
	return l
}

// errYielded is why a shadow call ended that gave way.
var errYielded = cause.Because(cause.Cancelled, "A client's call needs the line.")

// giveWay ends a shadow call at once: somebody else needs its line.
func (l *leg) giveWay() {
	l.shadow.Trial.Yield()
	l.Release(errYielded)
}

// wanted ends the attempt that is to call a card whose line a client's call took. g.mu is held.
func (g *Gateway) wanted(card fmc.ICCID, l *leg) {
	if x := g.expects[card]; x != nil && l.shadow == nil {
		x.Yield()
	}
}

// takeOver gives a line that a shadow call has to a leg; false: no shadow call has it, or it went to somebody else.
func (s *slot) takeOver(l *leg) bool {
	other := s.leased.Load()
	if l.shadow != nil || other == nil || other.shadow == nil || !s.leased.CompareAndSwap(other, l) {
		return false
	}
	other.giveWay()
	return true
}

// expecting is the attempt of which a card is to be called, as far as it is under way; nil: none.
func (g *Gateway) expecting(id fmc.ICCID) *shadow.Trial {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.expects[id]
}

// doubt is a call that rings in a card which an attempt is to call, with another number than expected: it may be the
// attempt's, whose number the network changed, or a client's.
type doubt struct {
	ringing modem.Ringing
	ended   *modem.CallIs // it stopped ringing meanwhile
	trial   *shadow.Trial
}

// rangShadow takes a call that comes in where an attempt's is expected; false: it is an ordinary one.
func (s *slot) rangShadow(ev modem.Ringing) bool {
	x := s.g.expecting(s.card.id)
	switch {
	case s.doubt != nil:
		return true // told twice
	case x == nil || x.Over() && !x.Expects(ev):
		return false
	case x.Over():
		return true // it rings out: the calling card has hung up
	case !x.Expects(ev):
		d := &doubt{ringing: ev, trial: x}
		s.doubt = d
		x.Doubted(ev, func(ours bool) { s.box.post(func() { s.settleDoubt(d, ours) }) })
		return true
	}
	back := x.Called()
	l := s.g.newShadowLeg(back)
	if !s.leased.CompareAndSwap(nil, l) || !l.takes(s) { // a client's call out took the line this moment, or the server stops
		s.leased.CompareAndSwap(l, nil)
		l.drop()
		x.Yield()
		return true
	}
	s.talk = &talk{leg: l, line: s.card.id.Line(), card: s.card.id, link: fmc.Offered, began: s.g.o.Now()}
	s.assess()
	x.Rang(ev, l, back)
	s.answer(l)
	return true
}

// settleDoubt says what a doubtful call was: the attempt's, which is over, or somebody's, who is taken as anybody is, also
// where they have given up meanwhile.
func (s *slot) settleDoubt(d *doubt, ours bool) {
	if s.doubt != d {
		return
	}
	s.doubt = nil
	if ours {
		return
	}
	s.rangOrdinary(d.ringing)
	if d.ended != nil {
		s.callIs(*d.ended)
	}
}
