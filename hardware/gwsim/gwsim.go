// Package gwsim has SIP-GSM gateways that do not exist: boxes with SIM cards of a simulated network in their ports, which
// speak their vendors' protocols byte for byte, quirks and faults included, and carry calls by SIP and RTP. What comes to
// a card goes to whoever the box is set up for; what he orders goes into the network.
//
// It knows nothing of the drivers that are tested against it: what it says is written from the vendors' papers and from
// what real boxes were seen to say. Start at Options and GoIP; port.go has what all boxes share, sip.go their telephony.
package gwsim

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/gsmsim"
)

// Options are what a box is set up with. Which of them a vendor's box uses stands at its constructor.
type Options struct {
	Net    *gsmsim.Network
	Cards  []*gsmsim.Card // one for each port; nil: the port is empty
	Server string         // host:port of whoever it speaks to by itself; for boxes that push, a URL
	Listen string         // host:port at which it is reached; port 0: any
	User   string
	Secret string // of the box, or of every line
	SIP    *SIP   // nil: the box carries no calls
	Now    func() time.Time
	Log    *slog.Logger // nil: nothing is logged
	Timing Timing
}

// Timing is how long things take. Zero values take the default named at each.
type Timing struct {
	Alive time.Duration // between two words of a line that it is there; 30 s
	Again time.Duration // before what nobody acknowledged is said again; 3 s
	Boot  time.Duration // how long a port or a box that starts anew is away; 10 s
}

func (o *Options) fill() error {
	if o.Net == nil || o.Now == nil || len(o.Cards) == 0 {
		return cause.Errorf(cause.Invalid, "a simulated gateway needs a network, cards and a clock")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	for _, row := range []struct {
		at *time.Duration
		d  time.Duration
	}{{&o.Timing.Alive, 30 * time.Second}, {&o.Timing.Again, 3 * time.Second}, {&o.Timing.Boot, 10 * time.Second}} {
		if *row.at == 0 {
			*row.at = row.d
		}
	}
	return nil
}

// Box is what every simulated gateway is able to do for whoever plays with it. Its methods may be called by any goroutine.
type Box interface {
	// Run lives the box until ctx ends.
	Run(ctx context.Context) error
	// Address is where the box is reached; empty where it is not.
	Address() string
	// Fault gives a port a fault, or takes it away.
	Fault(port int, f Fault, on bool)
	// Pull takes the card out of a port, or puts it back.
	Pull(port int, out bool)
	// Blocked says that a port was switched off by command; Boots counts how often it was started anew.
	Blocked(port int) bool
	Boots(port int) int
	// SIP is where a port takes calls by SIP; empty before Run, or where the box carries none.
	SIP(port int) string
	// Registered says that a port's SIP account is registered.
	Registered(port int) bool
}

// Fault is something that boxes in the field do.
type Fault int

// The faults.
const (
	Silent      Fault = iota // it says nothing and answers nothing, though it does what it is told
	Repeats                  // it says everything twice
	CutSend                  // it sends a text and loses every word about it
	Strange                  // it answers with words that nobody knows
	WrongSecret              // it has another password than it should
	Forgets                  // it starts anew when it has sent a text, and knows nothing of it
	Lies                     // it says of texts that nobody sent that they went
	NoReports                // the network's reports get lost in it
	Breaks                   // the network refuses the second part of every long text
	faults
)

// box is what all boxes share.
type box struct {
	o     Options
	ports []*port
	sip   *endpoint // nil: the box carries no calls

	mu sync.Mutex // guards everything of ports that is not the network's
}

func newBox(o Options) (*box, error) {
	if err := o.fill(); err != nil {
		return nil, err
	}
	b := &box{o: o}
	for i, card := range o.Cards {
		p := &port{box: b, index: i}
		if card != nil {
			m, err := o.Net.Mobile(card)
			if err != nil {
				return nil, err
			}
			p.mobile = m
		}
		b.ports = append(b.ports, p)
	}
	if o.SIP != nil {
		b.sip = newEndpoint(b)
	}
	return b, nil
}

// SIP is documented at Box, as are the others.
func (b *box) SIP(port int) string {
	if b.sip == nil {
		return ""
	}
	return b.sip.at(port)
}

// Registered is documented at Box.
func (b *box) Registered(port int) bool { return b.sip != nil && b.sip.isRegistered(port) }

// Fault is documented at Box.
func (b *box) Fault(port int, f Fault, on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ports[port].faults[f] = on
}

func (b *box) Pull(port int, out bool) {
	p := b.ports[port]
	b.mu.Lock()
	p.pulled = out
	b.mu.Unlock()
	p.settle()
}

func (b *box) Blocked(port int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ports[port].blocked
}

func (b *box) Boots(port int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ports[port].boots
}
