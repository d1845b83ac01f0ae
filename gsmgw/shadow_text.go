package gsmgw

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/gsmgw/shadow"
)

// trial is an attempt whose text is under way; nil: there is none of that name.
func (g *Gateway) trial(id fmc.ShadowID) *shadow.Trial {
	if id == "" {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.trials[id]
}

// underWay are the attempts whose texts are.
func (g *Gateway) underWay() []*shadow.Trial {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Collect(maps.Values(g.trials))
}

// shadowPassed takes that the network has an attempt's text, under a reference.
func (g *Gateway) shadowPassed(id fmc.ShadowID, at time.Time, reference byte) {
	if x := g.trial(id); x != nil {
		x.TextPassed(at, reference)
	}
}

// shadowSettled takes the end of an attempt's text for the queue.
func (g *Gateway) shadowSettled(id fmc.ShadowID, state fmc.MessageState, c cause.Cause) {
	if x := g.trial(id); x != nil && state != fmc.MessageSent {
		x.TextFailed(cmp.Or(c.Text, "Nobody says why."))
	}
}

// shadowReported takes a delivery report, which may be of an attempt's text.
func (g *Gateway) shadowReported(r fmc.MessageReported) {
	for _, x := range g.underWay() {
		x.TextReported(r)
	}
}

// shadowCame takes a text that an attempt sent, whichever.
func (g *Gateway) shadowCame(came fmc.MessageCame) {
	for _, x := range g.underWay() {
		x.TextCame(came)
	}
}

// isShadow reports whether a text that came is an attempt's: the one that the card expects, whatever number it shows, or
// an earlier one, from a card of the company's own.
func (g *Gateway) isShadow(owner holder, came fmc.MessageCame) bool {
	if !fmc.IsShadowText(came.Text) {
		return false
	}
	if slices.ContainsFunc(g.underWay(), func(x *shadow.Trial) bool { return x.Awaits(owner.id, came.Text) }) {
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
