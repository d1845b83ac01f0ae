package gsmsim

import (
	"slices"
	"strings"
	"time"
)

// The causes of 24.008 that the network ends calls with.
const (
	causeUnassigned  = 1
	causeNormal      = 16
	causeBusy        = 17
	causeUnreachable = 18 // "no user responding": the phone does not answer the page
	causeNoAnswer    = 19
	causeRefused     = 21
	causeOutOfOrder  = 27
	causeNetwork     = 38
	causeTemporary   = 41
)

// A party is one end of a call. Its methods are called with Network.mu held.
type party interface {
	// offered says to the one who is called that a call comes in.
	offered(c *call)
	// alerts says to the one who calls that it rings at the other end.
	alerts()
	connected()
	// over says that the call ended, and who ended it: this party itself, or somebody else.
	over(why int, self bool)
	// keyed says that the other end pressed a key, which also sounds.
	keyed(key byte)
	// says fills the next frame, hears takes one.
	says(*frame)
	hears(*frame)
}

// A call is between two parties, the calling one first.
type call struct {
	net      *Network
	from, to party // to is nil while the network looks for the phone
	number   string
	caller   string
	hidden   bool
	alerting time.Time
	answered time.Time // zero: not yet
	done     bool
	steps    []*appointment
	frames   int // of sound since the beginning
	forwards int // how often it was forwarded
	// Of the card that forwarded it last, in E.164; empty: none did.
	diverter string
	payers   []*Card // of the ways on to where it was forwarded
}

// place begins a call.
func (n *Network) place(from party, caller, number string, hidden bool) *call {
	c := &call{net: n, from: from, caller: caller, number: strings.TrimPrefix(number, "+"), hidden: hidden}
	n.calls = append(n.calls, c)
	c.later(n.timing.SetUp, c.find)
	return c
}

// later does something unless the call has ended by then.
func (c *call) later(d time.Duration, do func()) {
	c.steps = append(c.steps, c.net.after(d, func() {
		if !c.done {
			do()
		}
	}))
}

// find looks for the phone that is called.
func (c *call) find() {
	n := c.net
	if d := n.deviceOf(c.number); d != nil {
		c.reach(d)
		return
	}
	if m := n.mobiles[c.number]; m != nil {
		m.find(c)
		return
	}
	if s := n.subscribers[c.number]; s != nil {
		s.find(c)
		return
	}
	c.release(nil, causeUnassigned)
}

// reach rings a device, or goes where its card forwards calls to.
func (c *call) reach(d *Device) {
	switch {
	case c.forward(d, forwardAlways):
	case !d.reachable():
		if !c.forward(d, forwardUnreachable) {
			c.release(nil, causeUnreachable)
		}
	case d.leg != nil:
		if !c.forward(d, forwardBusy) {
			c.release(nil, causeBusy)
		}
	default:
		l := &leg{device: d, call: c, incoming: true}
		c.ring(l)
		if after := d.card.forwarded[forwardNoReply].after; after > 0 {
			c.later(after, func() { c.leave(l, forwardNoReply, causeNoAnswer) })
		}
	}
}

// ring offers the call to its phone.
func (c *call) ring(to party) {
	first := c.alerting.IsZero()
	c.to, c.alerting = to, c.net.opts.Now()
	to.offered(c)
	if first {
		c.from.alerts()
	}
	c.later(c.net.timing.GiveUp, func() {
		if c.answered.IsZero() && c.to == to {
			c.release(nil, causeNoAnswer)
		}
	})
}

// answer connects the call.
func (c *call) answer() {
	if c.done || c.to == nil || !c.answered.IsZero() {
		return
	}
	c.answered = c.net.opts.Now()
	c.to.connected()
	c.from.connected()
}

// release ends the call; by is nil where neither party does.
func (c *call) release(by party, why int) {
	if c.done {
		return
	}
	c.done = true
	for _, step := range c.steps {
		c.net.off(step)
	}
	c.net.calls = slices.DeleteFunc(c.net.calls, func(other *call) bool { return other == c })
	for _, card := range c.payers {
		if talk := c.talk(); talk > 0 {
			card.spend(talk)
		}
	}
	c.from.over(why, by == c.from)
	if c.to != nil {
		c.to.over(why, by == c.to)
	}
}

// other is who p talks with; nil: nobody yet.
func (c *call) other(p party) party {
	if p == c.from {
		return c.to
	}
	return c.from
}

// talk is how long the call has lasted since it was answered.
func (c *call) talk() time.Duration {
	if c.answered.IsZero() {
		return 0
	}
	return c.net.opts.Now().Sub(c.answered)
}

// sound carries one frame each way through every call.
func (n *Network) sound() {
	n.mu.Lock()
	defer n.mu.Unlock()
	var forth, back frame
	for _, c := range n.calls {
		clear(forth[:])
		clear(back[:])
		c.frames++
		if c.answered.IsZero() {
			if !c.alerting.IsZero() {
				ringback(&back, c.frames)
				c.from.hears(&back)
			}
			continue
		}
		c.from.says(&forth)
		c.to.says(&back)
		c.to.hears(&forth)
		c.from.hears(&back)
	}
}

// deviceOf is the device that the card with that number is in; digits without +.
func (n *Network) deviceOf(number string) *Device {
	for _, d := range n.devices {
		if d.hasCard() && strings.TrimPrefix(d.card.Number, "+") == number {
			return d
		}
	}
	return nil
}
