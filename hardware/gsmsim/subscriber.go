package gsmsim

import (
	"context"
	"strings"
	"time"

	"roadline/fmc/cause"
)

// Answering is what a subscriber does with a call.
type Answering int

// The ways.
const (
	Answers     Answering = iota // after Behaviour.After
	Ignores                      // it rings until somebody gives up
	Busy                         // cause 17
	Refuses                      // it rings, then he presses the red key: cause 21
	OutOfCover                   // the network looks for him in vain: cause 18
	SwitchedOff                  // cause 27, or the voicemail answers at once
)

// Behaviour is how a subscriber outside the simulated modems takes calls.
type Behaviour struct {
	Does  Answering
	After time.Duration // of ringing, until he answers or refuses; in the network's pace
	// Voicemail answers instead, where he ignores (after After), is out of cover or switched off.
	Voicemail bool
	Says      func() Voice  // begins when he answers; nil: silence
	HangsUp   time.Duration // so long after the answer; 0: never; in the network's pace
	Presses   string        // keys, as soon as he answered, at PressesAfter; in the pace of sound
	// PressesAfter is so long after the answer.
	PressesAfter time.Duration
}

// Subscriber is somebody with a telephone outside.
type Subscriber struct {
	net    *Network
	number string
	does   Behaviour
	calls  []*Handset    // that came and nobody took with Next
	came   chan struct{} // closed and made anew when one came
}

// Subscriber adds a subscriber, or changes how the one with that number behaves.
func (n *Network) Subscriber(number string, b Behaviour) *Subscriber {
	n.mu.Lock()
	defer n.mu.Unlock()
	key := strings.TrimPrefix(number, "+")
	s := n.subscribers[key]
	if s == nil {
		s = &Subscriber{net: n, number: number, came: make(chan struct{})}
		n.subscribers[key] = s
	}
	s.does = b
	return s
}

// mostUntaken is how many calls a subscriber keeps for Next: the oldest are forgotten.
const mostUntaken = 16

// Next waits for the next call that comes to the subscriber and nobody took yet. It comes when it rings.
func (s *Subscriber) Next(ctx context.Context) (*Handset, error) {
	for {
		s.net.mu.Lock()
		came := s.came
		if len(s.calls) > 0 {
			h := s.calls[0]
			s.calls = s.calls[1:]
			s.net.mu.Unlock()
			return h, nil
		}
		s.net.mu.Unlock()
		select {
		case <-came:
		case <-ctx.Done():
			return nil, cause.Errorf(cause.Unavailable, "no call came to %s: %w", s.number, ctx.Err())
		}
	}
}

// find is what happens when the network looks for the subscriber.
func (s *Subscriber) find(c *call) {
	b := s.does
	switch {
	case b.Does == Busy:
		c.release(nil, causeBusy)
	case (b.Does == OutOfCover || b.Does == SwitchedOff) && b.Voicemail:
		s.take(c)
		c.answer()
	case b.Does == OutOfCover:
		c.later(2*c.net.timing.SetUp, func() { c.release(nil, causeUnreachable) })
	case b.Does == SwitchedOff:
		c.release(nil, causeOutOfOrder)
	default:
		h := s.take(c)
		c.later(b.After, func() {
			switch {
			case !c.answered.IsZero():
			case b.Does == Refuses:
				c.release(h, causeRefused)
			case b.Does == Answers || b.Voicemail:
				c.answer()
			}
		})
	}
}

// take rings the subscriber's phone.
func (s *Subscriber) take(c *call) *Handset {
	b := s.does
	h := newHandset(s.net, c)
	h.other, h.diverter = c.caller, c.diverter
	if c.hidden {
		h.other = ""
	}
	h.onAnswer = func() {
		if b.Says != nil {
			h.voice = b.Says()
		}
		if b.Presses != "" {
			s.net.in(b.PressesAfter, func() { h.press(b.Presses) })
		}
		if b.HangsUp > 0 {
			c.later(b.HangsUp, func() { c.release(h, causeNormal) })
		}
	}
	if s.calls = append(s.calls, h); len(s.calls) > mostUntaken {
		s.calls = s.calls[1:]
	}
	close(s.came)
	s.came = make(chan struct{})
	c.ring(h)
	return h
}
