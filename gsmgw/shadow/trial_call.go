package shadow

import (
	"context"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// conversation is how far the call is.
type conversation struct {
	x         *Trial
	out       fmc.ShadowCall
	dialled   time.Time
	in        Leg     // of the called card, once it rang
	back      *Side   // that it is joined to
	dialing   bool    // the calling card's line was had
	alerting  bool    // it is told that it rings
	up        [3]bool // by side
	gone      [3]bool
	doubt     *event // rings with another number
	suspected bool   // the doubt is waited for to stop ringing
	yielded   bool
}

// call calls the other card, and listens. yielded: a client's call needed a line.
func (x *Trial) call(ctx context.Context) (result *fmc.ShadowCall, yielded bool) {
	release, ok := x.o.Lines.Expect(x.to.ICCID, x)
	if !ok {
		return nil, true
	}
	defer release()
	c := &conversation{x: x, dialled: x.o.Now()}
	l := x.o.Lines.Call(x.calling, x.from, x.to.Number)
	due := time.NewTimer(setupWithin)
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
func (c *conversation) over() bool {
	return !c.suspected && (c.yielded || c.gone[calledSide] || c.gone[callingSide])
}

func (c *conversation) because(why cause.Cause) {
	if c.out.Cause == nil {
		c.out.Cause = &why
	}
}

// happens takes an event.
func (c *conversation) happens(ev event, due *time.Timer, l Leg) {
	now := c.x.o.Now()
	switch {
	case ev.text != nil: // of an attempt before
	case ev.yielded:
		c.yielded = true
		c.suspect(due, l)
	case ev.rang != nil:
		c.rang(ev, now, due, l)
	case ev.stopped:
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
				due.Reset(lingers) // the call went elsewhere: somebody listens to it, and it costs
			}
		}
		if c.up[callingSide] && c.up[calledSide] {
			due.Reset(listens)
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
func (c *conversation) rang(ev event, now time.Time, due *time.Timer, l Leg) {
	if ev.settle != nil {
		c.doubt = &ev
		c.out.Setup = now.Sub(c.dialled)
		due.Reset(doubts)
		c.suspect(due, l)
		return
	}
	c.out.Rang, c.out.Setup, c.out.Arrived = true, now.Sub(c.dialled), ev.rang.Number
	c.in, c.back = ev.leg, ev.back
	due.Reset(answerWithin)
}

// suspect finds out whether a call that rings with another number is the attempt's: the calling card is told that it rings,
// or a client took its line, and when it hangs up the ringing ends.
func (c *conversation) suspect(due *time.Timer, l Leg) {
	if c.doubt == nil || c.suspected || !c.alerting && !c.yielded {
		return
	}
	c.suspected = true
	l.Release(cause.Of(cause.Hangup))
	due.Reset(doubts)
}

// stopped takes that what rang with another number rings no more.
func (c *conversation) stopped() {
	if c.doubt == nil {
		return
	}
	if c.suspected {
		c.out.Rang, c.out.Arrived, c.out.Hidden = true, c.doubt.rang.Number, c.doubt.rang.Hidden
	}
	c.clear(c.suspected)
}

// clear ends the doubt.
func (c *conversation) clear(ours bool) {
	d := c.doubt
	c.doubt, c.suspected = nil, false
	d.settle(ours)
	if !ours { // somebody calls the card: the attempt says nothing of it
		c.yielded, c.out.Setup = true, 0
		return
	}
	c.gone[callingSide] = true
}

// timeout takes that what was waited for did not come.
func (c *conversation) timeout() {
	switch {
	case c.doubt != nil:
		c.clear(false)
	case c.up[callingSide] && c.up[calledSide]: // listened long enough
	case c.out.Rang:
		c.because(cause.Because(cause.NoAnswer, "It rang, and was not in conversation %s later.", answerWithin))
	case c.up[callingSide]:
		c.because(cause.Because(cause.NoAnswer, "Somebody else answered."))
	default:
		c.because(cause.Because(cause.NoAnswer, "It did not ring within %s.", setupWithin))
	}
	c.gone[callingSide] = true
}

// listened reports whether both sides could be heard for long enough.
func (c *conversation) listened(now time.Time) bool {
	return c.up[callingSide] && c.up[calledSide] && now.Sub(c.dialled)-c.out.Up >= listens
}

// finish works out what was heard.
func (c *conversation) finish() {
	if c.out.Up > 0 {
		c.out.Talk = c.x.o.Now().Sub(c.dialled) - c.out.Up
	}
	if c.yielded || !c.up[callingSide] || !c.up[calledSide] {
		return
	}
	c.out.There, c.out.Back = c.back.heard(false), c.x.calling.heard(true)
}

// linger waits until the call cannot ring any more.
func (x *Trial) linger(ctx context.Context) {
	late := time.NewTimer(lingers)
	defer late.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-late.C:
			return
		case ev := <-x.events:
			if ev.settle != nil {
				ev.settle(false)
			}
			if ev.leg != nil { // it rang this moment
				ev.leg.Release(cause.Of(cause.Hangup))
			}
		}
	}
}
