package gsmgw

import (
	"context"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
	"roadline/gsmgw/shadow"
	"roadline/hardware/modem"
)

// Shadows makes what has the cards try each other; its Run starts it.
func (g *Gateway) Shadows(o shadow.Options) *shadow.Trials {
	o.Lines, o.Journal, o.Now, o.Log = shadowLines{g}, g.o.Journal, g.o.Now, g.log
	return shadow.New(o)
}

// shadowLines are the lines as those who try the cards see them.
type shadowLines struct{ g *Gateway }

var _ shadow.Lines = shadowLines{}

// Ready says whether a card's line could take a call now, one that is abroad only where it may be used there, and whether its
// modem carries speech.
func (s shadowLines) Ready(c *fmc.Company, id fmc.ICCID) (free, speaks bool) {
	v, ok := s.g.where(id)
	if !ok {
		return false, false
	}
	sim, known := c.SIM(id)
	free = known && v.Owner == c.Profile.ID && v.State == StateReady && !s.g.draining() && (v.Radio.Registration != modem.Roaming || sim.Roaming)
	return free, v.Can.Voice != modem.NoVoice
}

// Used is what a card was used for today and in the package's running month.
func (s shadowLines) Used(c *fmc.Company, sim *fmc.SIM, now time.Time) fmc.SIMUsed {
	return s.g.uses.used(c, sim, now)
}

// Expect has a card wait for an attempt's call until over is called; false: it waits for another's.
func (s shadowLines) Expect(id fmc.ICCID, x *shadow.Trial) (over func(), ok bool) {
	s.g.mu.Lock()
	defer s.g.mu.Unlock()
	if s.g.expects[id] != nil {
		return nil, false
	}
	s.g.expects[id] = x
	return func() {
		s.g.mu.Lock()
		defer s.g.mu.Unlock()
		delete(s.g.expects, id)
	}, true
}

// Call calls a number from a card, by a leg of no call.
func (s shadowLines) Call(side *shadow.Side, from *fmc.SIM, to callerid.Number) shadow.Leg {
	l := s.g.newShadowLeg(side)
	l.try = plan.Try{Number: to, Lines: []plan.Candidate{{Line: from.ICCID.Line(), Kind: fmc.SIMLine, Shown: callerid.BySIM(from.Number)}}}
	l.why = cause.Of(cause.Congested)
	l.goOn()
	return l
}

// Text sends an attempt's text, and has the attempt told of it until over is called.
func (s shadowLines) Text(ctx context.Context, x *shadow.Trial, o fmc.MessageOrder, until time.Time) (over func(), why string) {
	s.g.mu.Lock()
	s.g.trials[x.ID] = x
	s.g.mu.Unlock()
	over = func() {
		s.g.mu.Lock()
		defer s.g.mu.Unlock()
		delete(s.g.trials, x.ID)
	}
	_, goOn, err := s.g.Begin(x.Company, o, until)
	if err == nil {
		if err = s.g.o.Journal.Sync(ctx); err != nil {
			goOn(false)
		}
	}
	if err != nil {
		return over, sentence(err)
	}
	goOn(true)
	return over, ""
}
