package gsmsim

import (
	"fmt"
	"strings"
	"time"
)

// Forwarding is how the operator of a card takes its wishes to have calls forwarded.
type Forwarding int

// The ways.
const (
	ForwardingTaken   Forwarding = iota
	ForwardingRefused            // the network does not allow it: +CME ERROR: 3
	ForwardingIgnored            // the network says OK, and leaves everything as it was
	ForwardingLost               // the network does not answer, and nor does the module
)

// SetForwarding has the card's operator take wishes otherwise from now on.
func (n *Network) SetForwarding(c *Card, how Forwarding) {
	n.mu.Lock()
	defer n.mu.Unlock()
	c.Forwarding = how
}

// forwarded is where calls go for a reason.
type forwarded struct {
	to    string        // as it was written; empty: nowhere
	after time.Duration // of forwardNoReply
}

// Reasons of +CCFC. 4 is all of them, 5 all but the first.
const (
	forwardAlways = iota
	forwardBusy
	forwardNoReply
	forwardUnreachable
	forwards
)

// Of how long a phone rings before the call goes on: 22.082 §2.1.2. The network takes steps of five seconds.
const (
	forwardUsually = 20 // where nobody says it
	forwardLongest = 30
	forwardStep    = 5
)

// forward is +CCFC: the network keeps, for each reason, where calls go.
func forward(s *session, c command) answer {
	d := s.device
	if c.form == tests {
		return say("+CCFC: (0-5)")
	}
	reason, ok := c.number(0)
	mode, ok2 := c.number(1)
	switch {
	case c.form != sets || !ok || !ok2 || reason > 5 || mode > 4:
		return cme(cmeInvalid)
	case !d.ready():
		return cme(cmeNoSIM)
	case !d.registered():
		return cme(cmeNoNetwork)
	}
	a := answer{after: d.net.timing.USSD}
	switch how := d.card.Forwarding; {
	case how == ForwardingRefused:
		refusal := cme(cmeNotAllowed)
		refusal.after = a.after
		return refusal
	case how == ForwardingLost:
		a.after = time.Hour
		return a
	case mode == 2:
		a.lines = []string{d.card.forwarded[min(reason, forwardUnreachable)].line(reason)}
		return a
	case how == ForwardingIgnored:
		return a
	}
	to, ok := forwardedTo(c, reason, mode)
	if !ok {
		return cme(cmeInvalid)
	}
	if class, given := c.number(4); !given || class&1 != 0 { // calls are voice here
		d.card.forward(reason, to)
	}
	return a
}

// forwardedTo reads where calls are to go: registered with mode 3, nowhere with the others but 1, which has what was
// registered work again.
func forwardedTo(c command, reason, mode int) (forwarded, bool) {
	number := c.field(2)
	if mode == 1 && number == "" || mode == 3 && (number == "" || strings.Trim(number, "+0123456789") != "") {
		return forwarded{}, false
	}
	if mode != 1 && mode != 3 {
		return forwarded{}, true
	}
	to := forwarded{to: number}
	if reason == forwardAlways || reason == forwardBusy || reason == forwardUnreachable {
		return to, c.field(7) == ""
	}
	seconds, given := c.number(7)
	if !given {
		seconds = forwardUsually
	}
	steps := (seconds + forwardStep - 1) / forwardStep
	to.after = time.Duration(steps*forwardStep) * time.Second
	return to, seconds > 0 && seconds <= forwardLongest
}

// line is the answer to who asks.
func (f forwarded) line(reason int) string {
	switch {
	case f.to == "":
		return "+CCFC: 0,1"
	case reason == forwardNoReply:
		return fmt.Sprintf(`+CCFC: 1,1,"%s",%d,,,%d`, f.to, kindOf(f.to), f.after/time.Second)
	}
	return fmt.Sprintf(`+CCFC: 1,1,"%s",%d`, f.to, kindOf(f.to))
}

func (c *Card) forward(reason int, to forwarded) {
	first, last := reason, reason
	switch reason {
	case 4:
		first, last = forwardAlways, forwardUnreachable
	case 5:
		first, last = forwardBusy, forwardUnreachable
	}
	for i := first; i <= last; i++ {
		c.forwarded[i] = to
		if i != forwardNoReply {
			c.forwarded[i].after = 0
		}
	}
}

// mostForwards is how often one call is forwarded.
const mostForwards = 3

// forward takes the call to where the card of a device has it go, which then pays for the way on.
func (c *call) forward(d *Device, reason int) bool {
	to := d.card.forwarded[reason].to
	if to == "" || c.forwards == mostForwards {
		return false
	}
	c.forwards++
	c.number, c.diverter, c.payers = strings.TrimPrefix(to, "+"), d.card.Number, append(c.payers, d.card)
	c.later(c.net.timing.SetUp, c.find)
	return true
}

// leave takes a call that rings at a device away from it to where its card has it go, and reports whether it did.
func (c *call) leave(l *leg, reason, why int) bool {
	if c.done || !c.answered.IsZero() || c.to != party(l) || !c.forward(l.device, reason) {
		return false
	}
	c.to = nil
	l.over(why, reason == forwardBusy)
	return true
}

// Forwarded is where the network takes the calls of a card for a reason of +CCFC, 0 to 3, and after how long of
// ringing; empty: nowhere.
func (n *Network) Forwarded(c *Card, reason int) (to string, after time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f := c.forwarded[reason]
	return f.to, f.after
}
