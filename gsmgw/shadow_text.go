package gsmgw

import (
	"cmp"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// enrol has an attempt told of its text.
func (g *Gateway) enrol(x *shadowTrial) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.trials[x.id] = x
}

func (g *Gateway) dismiss(x *shadowTrial) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.trials, x.id)
}

// trial is an attempt whose text is under way; nil: there is none of that name.
func (g *Gateway) trial(id fmc.ShadowID) *shadowTrial {
	if id == "" {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.trials[id]
}

// trialOf is the attempt whose text is under way that a condition fits.
func (g *Gateway) trialOf(fits func(*shadowTrial) bool) *shadowTrial {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, x := range g.trials {
		if fits(x) {
			return x
		}
	}
	return nil
}

// shadowPassed takes that the network has an attempt's text, under a reference.
func (g *Gateway) shadowPassed(id fmc.ShadowID, at time.Time, reference byte) {
	if x := g.trial(id); x != nil {
		x.reference.Store(int32(reference) + 1)
		x.post(shadowEvent{text: &shadowTextEvent{at: at, passed: true}})
	}
}

// shadowSettled takes the end of an attempt's text for the queue.
func (g *Gateway) shadowSettled(id fmc.ShadowID, state fmc.MessageState, c cause.Cause) {
	if x := g.trial(id); x != nil && state != fmc.MessageSent {
		x.post(shadowEvent{text: &shadowTextEvent{failed: cmp.Or(c.Text, "Nobody says why.")}})
	}
}

// shadowReported takes a delivery report, which may be of an attempt's text.
func (g *Gateway) shadowReported(r fmc.MessageReported) {
	x := g.trialOf(func(x *shadowTrial) bool {
		return x.from.ICCID == r.SIM && x.reference.Load() == int32(r.Reference)+1 && x.to.Number.Same(callerid.Received(r.To, x.company.Profile.Country))
	})
	if x != nil && r.Status == 0 { // 23.040 §9.2.3.15: the telephone has it
		x.post(shadowEvent{text: &shadowTextEvent{at: r.At, reported: true}})
	}
}

// shadowCame takes a text that an attempt sent, whichever.
func (g *Gateway) shadowCame(came fmc.MessageCame) {
	x := g.trialOf(func(x *shadowTrial) bool { return x.to.ICCID == came.SIM && x.id.Text() == came.Text })
	if x != nil {
		x.post(shadowEvent{text: &shadowTextEvent{at: came.At, came: true}})
	}
}

// isShadow reports whether a text that came is an attempt's: the one that the card expects, whatever number it shows, or
// an earlier one, from a card of the company's own.
func (g *Gateway) isShadow(owner holder, came fmc.MessageCame) bool {
	if !fmc.IsShadowText(came.Text) {
		return false
	}
	if g.trialOf(func(x *shadowTrial) bool { return x.to.ICCID == owner.id && x.id.Text() == came.Text }) != nil {
		return true
	}
	c, ok := g.o.Companies.Company(owner.company)
	if !ok {
		return false
	}
	from := callerid.Received(came.From, c.Profile.Country)
	for i := range c.SIMs {
		if from.E164 != "" && c.SIMs[i].Number.Same(from) {
			return true
		}
	}
	return false
}
