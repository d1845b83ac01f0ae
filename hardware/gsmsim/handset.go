package gsmsim

import (
	"strings"
	"time"

	"roadline/fmc/cause"
)

// Handset is one call at the phone of somebody outside: he called, or was called.
type Handset struct {
	net      *Network
	call     *call
	other    string // who calls him; empty: withheld, or it is he who calls
	diverter string // whose card forwarded the call here; empty: nobody's
	voice    Voice
	keys     keyer
	heard    []int16
	got      []byte // keys that the other end sent
	why      int
	onAnswer func()
	onEnd    func()
	listener func(*[frameSamples]int16) // nil: what is heard is kept for Heard

	alerted, answered, ended chan struct{}
}

// CallState is how far a handset's call is.
type CallState string

// The states.
const (
	Calling  CallState = "calling"
	Ringing  CallState = "ringing"
	Talking  CallState = "talking"
	HungUp   CallState = "ended"
	mostSaid           = 30 * 60 * sampleRate // of Heard; what comes later is not kept
)

// CallOptions say how somebody calls.
type CallOptions struct {
	Hidden bool          // the number is withheld
	GiveUp time.Duration // he hangs up when nobody answered so long; 0: never; in the network's pace
}

var _ party = (*Handset)(nil)

func newHandset(n *Network, c *call) *Handset {
	return &Handset{net: n, call: c, alerted: make(chan struct{}), answered: make(chan struct{}), ended: make(chan struct{})}
}

// Call lets somebody outside call a number: that of a card, or of a subscriber.
func (n *Network) Call(from, to string, o CallOptions) (*Handset, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.stage == ended {
		return nil, cause.Errorf(cause.Unavailable, "the simulated network has ended")
	}
	if strings.Trim(to, "+0123456789*#") != "" || to == "" {
		return nil, cause.Errorf(cause.Invalid, "call %q: a number is digits", to)
	}
	h := newHandset(n, nil)
	h.call = n.place(h, from, to, o.Hidden)
	if o.GiveUp > 0 {
		h.call.later(o.GiveUp, func() {
			if h.call.answered.IsZero() {
				h.call.release(h, causeNormal)
			}
		})
	}
	return h, nil
}

// Caller is who calls the handset; empty: the number is withheld, or it is the handset that calls.
func (h *Handset) Caller() string { return h.other }

// Diverter is the number of the card that forwarded the call to this handset, as the network tells it to where the call
// comes: in Diversion, at a trunk. Empty: nobody did.
//
//lint:ignore deadcode a trunk is the tests' to make: they carry the call on from here
func (h *Handset) Diverter() string { return h.diverter }

// Alerted is closed when it rings at the other end, or here.
func (h *Handset) Alerted() <-chan struct{} { return h.alerted }

// Answered is closed when the call is answered.
func (h *Handset) Answered() <-chan struct{} { return h.answered }

// Ended is closed when the call is over.
func (h *Handset) Ended() <-chan struct{} { return h.ended }

// State is how far the call is.
func (h *Handset) State() CallState {
	h.net.mu.Lock()
	defer h.net.mu.Unlock()
	switch {
	case h.call.done:
		return HungUp
	case !h.call.answered.IsZero():
		return Talking
	case !h.call.alerting.IsZero():
		return Ringing
	}
	return Calling
}

// Cause is the cause of 24.008 that the call ended with; 0: it goes on.
func (h *Handset) Cause() int {
	h.net.mu.Lock()
	defer h.net.mu.Unlock()
	return h.why
}

// Say speaks from now on; nil is silence.
func (h *Handset) Say(v Voice) {
	h.net.mu.Lock()
	defer h.net.mu.Unlock()
	h.voice = v
}

// Heard is all that came from the other end since the answer, 8000 samples a second.
func (h *Handset) Heard() []int16 {
	h.net.mu.Lock()
	defer h.net.mu.Unlock()
	return append([]int16(nil), h.heard...)
}

// Listen has every frame that comes from the other end, ring-back too, given to take, which neither waits nor calls the
// network, and keeps nothing for Heard.
func (h *Handset) Listen(take func(f *[frameSamples]int16)) {
	h.net.mu.Lock()
	defer h.net.mu.Unlock()
	h.listener = take
}

// Pressed are the keys that the other end sent by command.
func (h *Handset) Pressed() string {
	h.net.mu.Lock()
	defer h.net.mu.Unlock()
	return string(h.got)
}

// Press presses keys, 0-9 * # A-D: they sound one after the other.
func (h *Handset) Press(keys string) error {
	if !isKeys(keys) {
		return cause.Errorf(cause.Invalid, "press %q: the keys are 0-9, *, #, A-D", keys)
	}
	h.net.mu.Lock()
	defer h.net.mu.Unlock()
	h.press(keys)
	return nil
}

func (h *Handset) press(keys string) {
	if h.call.done || h.call.answered.IsZero() {
		return
	}
	h.keys.press(keys)
	for i := range len(keys) {
		h.call.other(h).keyed(keys[i])
	}
}

// Answer answers, where Behaviour does not.
func (h *Handset) Answer() {
	h.net.mu.Lock()
	defer h.net.mu.Unlock()
	if h.call.to == party(h) {
		h.call.answer()
	}
}

// HangUp ends the call; one that rings here is refused.
func (h *Handset) HangUp() {
	h.net.mu.Lock()
	defer h.net.mu.Unlock()
	why := causeNormal
	if h.call.to == party(h) && h.call.answered.IsZero() {
		why = causeRefused
	}
	h.call.release(h, why)
}

func (h *Handset) offered(*call) { close(h.alerted) }

func (h *Handset) alerts() { close(h.alerted) }

func (h *Handset) connected() {
	close(h.answered)
	if h.onAnswer != nil {
		h.onAnswer()
	}
}

func (h *Handset) over(why int, _ bool) {
	h.why = why
	if h.onEnd != nil {
		h.onEnd()
	}
	close(h.ended)
}

func (h *Handset) keyed(key byte) { h.got = append(h.got, key) }

func (h *Handset) says(f *frame) {
	if !h.keys.next(f) && h.voice != nil {
		h.voice(f)
	}
}

func (h *Handset) hears(f *frame) {
	if h.listener != nil {
		h.listener(f)
		return
	}
	if !h.call.answered.IsZero() && len(h.heard) < mostSaid {
		h.heard = append(h.heard, f[:]...)
	}
}
