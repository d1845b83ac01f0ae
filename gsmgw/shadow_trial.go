package gsmgw

import (
	"cmp"
	"context"
	"sync/atomic"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
	"roadline/hardware/modem"
)

// shadowTrial is one attempt: a call and a text from one of a company's cards to another. One goroutine lives it; what
// happens on the lines comes to it as events.
type shadowTrial struct {
	g        *Gateway
	id       fmc.ShadowID
	company  *fmc.Company
	from, to *fmc.SIM
	began    fmc.ShadowBegan
	events   chan shadowEvent
	calling  *shadowSide
	done     chan struct{} // closed when the call is over: who rings still is not answered
	// reference is by which the network's report names the text, plus 1; 0: it has not gone yet.
	reference atomic.Int32
}

// shadowEvent is something that happened to an attempt.
type shadowEvent struct {
	side    shadowEnd
	link    fmc.Link
	cause   cause.Cause // of Gone
	rang    *modem.Ringing
	leg     *leg // that rang
	slot    *slot
	doubt   *doubt
	yielded bool
	text    *shadowTextEvent
}

type shadowEnd uint8

const (
	callingSide shadowEnd = iota + 1
	calledSide
)

// shadowTextEvent is how far the text is.
type shadowTextEvent struct {
	at       time.Time
	passed   bool
	came     bool
	reported bool
	failed   string // why it was not sent
}

// How long an attempt takes at most.
const (
	shadowSetup   = 50 * time.Second // from dialling until it rings at the other card: the watchdog of a line comes first
	shadowAnswer  = 20 * time.Second // from ringing until both cards are in conversation
	shadowListen  = 6 * time.Second  // of a conversation: within 4.8 s a signature of 2.4 s is heard from its beginning
	shadowLinger  = 3 * time.Second  // a call that is hung up may still begin to ring, as may one that is told to be answered
	shadowDoubt   = 5 * time.Second  // the calling card is told that it rings, and after it hung up the other stops ringing, if it was the same call
	shadowText    = 3 * time.Minute  // for the text, and as long for its report
	mostShadow    = 15 * time.Minute // an attempt without an end after so long was cut
	mostShadowing = 64               // events that wait: an attempt has a dozen
)

func (g *Gateway) newTrial(c *fmc.Company, b fmc.ShadowBegan) *shadowTrial {
	x := &shadowTrial{g: g, id: b.Shadow, company: c, began: b, events: make(chan shadowEvent, mostShadowing), done: make(chan struct{})}
	x.from, _ = c.SIM(b.From)
	x.to, _ = c.SIM(b.To)
	x.calling = newShadowSide(x, false)
	return x
}

// post tells the attempt of something. It never waits.
func (x *shadowTrial) post(ev shadowEvent) {
	select {
	case x.events <- ev:
	default:
		x.g.log.Error("line check event lost", "company", x.company.Profile.ID)
	}
}

// expects reports whether a call that rings in the card that is called is the attempt's, by the number that it shows.
func (x *shadowTrial) expects(ev modem.Ringing) bool {
	return !ev.Hidden && x.from.Number.Same(callerid.Received(ev.Number, x.company.Profile.Country))
}

// over reports that the call is over: it may ring on for a moment.
func (x *shadowTrial) over() bool {
	select {
	case <-x.done:
		return true
	default:
		return false
	}
}

// run lives the attempt. The facts of its beginning and its end are written by whoever runs it.
func (x *shadowTrial) run(ctx context.Context) fmc.ShadowEnded {
	end := fmc.ShadowEnded{Shadow: x.id}
	if x.began.Call {
		end.Call, end.Yielded = x.call(ctx)
	}
	if x.began.Text && ctx.Err() == nil && !end.Yielded {
		end.Text = x.text(ctx)
	}
	end.Cut = ctx.Err() != nil
	end.At = x.g.o.Now().UTC()
	return end
}

// shadowCall is how far the call is.
type shadowCall struct {
	x         *shadowTrial
	out       fmc.ShadowCall
	dialled   time.Time
	in        *leg        // of the called card, once it rang
	back      *shadowSide // that it is joined to
	dialing   bool        // the calling card's line was had
	alerting  bool        // it is told that it rings
	up        [3]bool     // by side
	gone      [3]bool
	doubt     *shadowEvent // rings with another number
	suspected bool         // the doubt is waited for to stop ringing
	yielded   bool
}

// call calls the other card, and listens. yielded: a client's call needed a line.
func (x *shadowTrial) call(ctx context.Context) (result *fmc.ShadowCall, yielded bool) {
	release, ok := x.g.expect(x.to.ICCID, x)
	if !ok {
		return nil, true
	}
	defer release()
	c := &shadowCall{x: x, dialled: x.g.o.Now()}
	l := x.g.newShadowLeg(x.calling)
	l.try = plan.Try{Number: x.to.Number, Lines: []plan.Candidate{{Line: x.from.ICCID.Line(), Kind: fmc.SIMLine, Shown: callerid.BySIM(x.from.Number)}}}
	l.why = cause.Of(cause.Congested)
	l.goOn()
	due := time.NewTimer(shadowSetup)
	defer due.Stop()
	for !c.over() {
		select {
		case <-ctx.Done():
			c.because(cause.Of(cause.Interrupted))
			c.gone[callingSide], c.suspected = true, false
		case <-due.C:
			c.timeout()
		case ev := <-x.events:
			c.happens(ev, due, l)
		}
	}
	if c.doubt != nil { // whoever rings is somebody as long as nobody knows better
		c.clear(false)
	}
	l.Release(cause.Of(cause.Hangup))
	if c.in != nil {
		c.in.Release(cause.Of(cause.Hangup))
	}
	c.finish()
	close(x.done)
	x.linger(ctx)
	return &c.out, c.yielded
}

// over reports that nothing more is to be learnt.
func (c *shadowCall) over() bool {
	return !c.suspected && (c.yielded || c.gone[calledSide] || c.gone[callingSide])
}

func (c *shadowCall) because(why cause.Cause) {
	if c.out.Cause == nil {
		c.out.Cause = &why
	}
}

// happens takes an event.
func (c *shadowCall) happens(ev shadowEvent, due *time.Timer, l *leg) {
	now := c.x.g.o.Now()
	switch {
	case ev.text != nil: // of an attempt before
	case ev.yielded:
		c.yielded = true
		c.suspect(due, l)
	case ev.rang != nil:
		c.rang(ev, now, due, l)
	case ev.doubt != nil:
		c.stopped()
	case ev.side == callingSide && ev.link == fmc.Dialing:
		c.dialing = true
	case ev.side == callingSide && ev.link == fmc.Alerting:
		c.alerting = true
		c.suspect(due, l)
	case ev.link == fmc.Up:
		if c.up[ev.side] = true; ev.side == callingSide {
			c.out.Up = now.Sub(c.dialled)
			if !c.out.Rang && c.doubt == nil {
				due.Reset(shadowLinger) // the call went elsewhere: somebody listens to it, and it costs
			}
		}
		if c.up[callingSide] && c.up[calledSide] {
			due.Reset(shadowListen)
		}
	case ev.link == fmc.Gone:
		c.gone[ev.side] = true
		c.yielded = c.yielded || !c.dialing // a call had the line before
		if !c.listened(now) && !c.suspected {
			c.because(ev.cause)
		}
		if ev.side == callingSide && c.doubt != nil && !c.suspected { // its call ended while somebody else rings
			c.clear(false)
		}
	}
}

// rang takes that the called card rings.
func (c *shadowCall) rang(ev shadowEvent, now time.Time, due *time.Timer, l *leg) {
	if ev.doubt != nil {
		c.doubt = &ev
		c.out.Setup = now.Sub(c.dialled)
		due.Reset(shadowDoubt)
		c.suspect(due, l)
		return
	}
	c.out.Rang, c.out.Setup, c.out.Arrived = true, now.Sub(c.dialled), ev.rang.Number
	c.in, c.back = ev.leg, ev.leg.shadow
	due.Reset(shadowAnswer)
}

// suspect finds out whether a call that rings with another number is the attempt's: the calling card is told that it rings,
// or a client took its line, and when it hangs up the ringing ends.
func (c *shadowCall) suspect(due *time.Timer, l *leg) {
	if c.doubt == nil || c.suspected || !c.alerting && !c.yielded {
		return
	}
	c.suspected = true
	l.Release(cause.Of(cause.Hangup))
	due.Reset(shadowDoubt)
}

// stopped takes that what rang with another number rings no more.
func (c *shadowCall) stopped() {
	if c.doubt == nil {
		return
	}
	if c.suspected {
		c.out.Rang, c.out.Arrived, c.out.Hidden = true, c.doubt.rang.Number, c.doubt.rang.Hidden
	}
	c.clear(c.suspected)
}

// clear ends the doubt.
func (c *shadowCall) clear(ours bool) {
	d := c.doubt
	c.doubt, c.suspected = nil, false
	d.slot.box.post(func() { d.slot.settleDoubt(d.doubt, ours) })
	if !ours { // somebody calls the card: the attempt says nothing of it
		c.yielded, c.out.Setup = true, 0
		return
	}
	c.gone[callingSide] = true
}

// timeout takes that what was waited for did not come.
func (c *shadowCall) timeout() {
	switch {
	case c.doubt != nil:
		c.clear(false)
	case c.up[callingSide] && c.up[calledSide]: // listened long enough
	case c.out.Rang:
		c.because(cause.Because(cause.NoAnswer, "It rang, and was not in conversation %s later.", shadowAnswer))
	case c.up[callingSide]:
		c.because(cause.Because(cause.NoAnswer, "Somebody else answered."))
	default:
		c.because(cause.Because(cause.NoAnswer, "It did not ring within %s.", shadowSetup))
	}
	c.gone[callingSide] = true
}

// listened reports whether both sides could be heard for long enough.
func (c *shadowCall) listened(now time.Time) bool {
	return c.up[callingSide] && c.up[calledSide] && now.Sub(c.dialled)-c.out.Up >= shadowListen
}

// finish works out what was heard.
func (c *shadowCall) finish() {
	if c.out.Up > 0 {
		c.out.Talk = c.x.g.o.Now().Sub(c.dialled) - c.out.Up
	}
	if c.yielded || !c.up[callingSide] || !c.up[calledSide] {
		return
	}
	c.out.There, c.out.Back = c.back.heard(false), c.x.calling.heard(true)
}

// linger waits until the call cannot ring any more.
func (x *shadowTrial) linger(ctx context.Context) {
	late := time.NewTimer(shadowLinger)
	defer late.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-late.C:
			return
		case ev := <-x.events:
			if ev.doubt != nil && ev.rang != nil {
				ev.slot.box.post(func() { ev.slot.settleDoubt(ev.doubt, false) })
			}
			if ev.leg != nil { // it rang this moment
				ev.leg.Release(cause.Of(cause.Hangup))
			}
		}
	}
}

// text sends a text to the other card, and waits for it and its report.
func (x *shadowTrial) text(ctx context.Context) *fmc.ShadowText {
	x.g.enrol(x)
	defer x.g.dismiss(x)
	out := &fmc.ShadowText{}
	now := x.g.o.Now()
	order := fmc.MessageOrder{From: string(x.from.ICCID), To: x.to.Number.E164, Text: x.id.Text(), By: cmp.Or(x.began.By, "shadow"), Shadow: x.id}
	_, goOn, err := x.g.Begin(x.company, order, now.Add(shadowText))
	if err == nil {
		if err = x.g.o.Journal.Sync(ctx); err != nil {
			goOn(false)
		}
	}
	if err != nil {
		out.Why = sentence(err)
		return out
	}
	goOn(true)
	var passed time.Time
	due := time.NewTimer(shadowText)
	defer due.Stop()
	for !(out.Came && out.Reported) {
		select {
		case <-ctx.Done():
			return out
		case <-due.C:
			return out
		case ev := <-x.events:
			t := ev.text
			switch {
			case t == nil:
			case t.failed != "":
				out.Why = t.failed
				return out
			case t.passed && !out.Sent:
				out.Sent, passed = true, t.at
				due.Reset(shadowText)
			case t.came && !out.Came:
				out.Came = true
				out.Took = t.at.Sub(cmp.Or(passed, now))
			case t.reported:
				out.Reported = true
			}
		}
	}
	return out
}
