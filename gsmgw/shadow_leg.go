package gsmgw

import (
	"sync"

	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/hardware/modem"
	"roadline/media"
)

// sound is where a leg's speech goes to and comes from.
type sound interface {
	Say(frame *[media.FrameSamples]int16) (owed bool)
	Hear(frame *[media.FrameSamples]int16) bool
	Close()
}

// shadowSide is one side of a shadow call, in place of a call's room: it says its own tones and listens for the other's.
type shadowSide struct {
	trial *shadowTrial
	voice *media.SignatureVoice // owned by whoever pumps the speech

	mu  sync.Mutex
	ear media.SignatureEar // guarded by mu
}

func newShadowSide(x *shadowTrial, back bool) *shadowSide {
	return &shadowSide{trial: x, voice: media.NewSignatureVoice(x.id.Tones(back))}
}

// Say takes what the far side said.
func (x *shadowSide) Say(frame *[media.FrameSamples]int16) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.ear.Frame(frame)
	return true
}

// Hear gives what the far side is to hear.
func (x *shadowSide) Hear(frame *[media.FrameSamples]int16) bool {
	x.voice.Frame(frame)
	return true
}

// Close does nothing: nobody else listens.
func (x *shadowSide) Close() {}

// heard is how the other side's tones were heard.
func (x *shadowSide) heard(back bool) *fmc.ShadowSound {
	x.mu.Lock()
	defer x.mu.Unlock()
	h := x.ear.Heard(x.trial.id.Tones(back))
	return &fmc.ShadowSound{Heard: h.Heard, Level: int(h.Level), Lost: h.Lost}
}

// newShadowLeg makes a leg of no call.
func (g *Gateway) newShadowLeg(x *shadowSide) *leg {
	l := &leg{g: g, log: g.log.With("leg", "shadow/"+string(x.trial.id)), sound: x, shadow: x}
	g.keep(l)
	return l
}

// errYielded is why a shadow call ended that gave way.
var errYielded = cause.Because(cause.Cancelled, "A client's call needs the line.")

// giveWay ends a shadow call at once: somebody else needs its line.
func (l *leg) giveWay() {
	l.shadow.trial.post(shadowEvent{yielded: true})
	l.Release(errYielded)
}

// wanted ends the attempt that is to call a card whose line a client's call took. g.mu is held.
func (g *Gateway) wanted(card fmc.ICCID, l *leg) {
	if x := g.expects[card]; x != nil && l.shadow == nil {
		x.post(shadowEvent{yielded: true})
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
func (g *Gateway) expecting(id fmc.ICCID) *shadowTrial {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.expects[id]
}

// expect has a card wait for an attempt's call until the returned function is called; false: it waits for another.
func (g *Gateway) expect(id fmc.ICCID, x *shadowTrial) (over func(), ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.expects[id] != nil {
		return nil, false
	}
	g.expects[id] = x
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		delete(g.expects, id)
	}, true
}

// doubt is a call that rings in a card which an attempt is to call, with another number than expected: it may be the
// attempt's, whose number the network changed, or a client's.
type doubt struct {
	ringing modem.Ringing
	ended   *modem.CallIs // it stopped ringing meanwhile
	trial   *shadowTrial
}

// rangShadow takes a call that comes in where an attempt's is expected; false: it is an ordinary one.
func (s *slot) rangShadow(ev modem.Ringing) bool {
	x := s.g.expecting(s.card.id)
	switch {
	case s.doubt != nil:
		return true // told twice
	case x == nil || x.over() && !x.expects(ev):
		return false
	case x.over():
		return true // it rings out: the calling card has hung up
	case !x.expects(ev):
		s.doubt = &doubt{ringing: ev, trial: x}
		x.post(shadowEvent{side: calledSide, rang: &ev, slot: s, doubt: s.doubt})
		return true
	}
	l := s.g.newShadowLeg(newShadowSide(x, true))
	if !s.leased.CompareAndSwap(nil, l) || !l.takes(s) { // a client's call out took the line this moment, or the server stops
		s.leased.CompareAndSwap(l, nil)
		l.drop()
		x.post(shadowEvent{yielded: true})
		return true
	}
	s.talk = &talk{leg: l, line: s.card.id.Line(), card: s.card.id, link: fmc.Offered, began: s.g.o.Now()}
	s.assess()
	x.post(shadowEvent{side: calledSide, rang: &ev, leg: l, slot: s})
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

// told takes what becomes of a shadow call's leg.
func (x *shadowSide) told(ev call.LinkIs) {
	side := callingSide
	if x != x.trial.calling {
		side = calledSide
	}
	x.trial.post(shadowEvent{side: side, link: ev.Link, cause: ev.Cause})
}
