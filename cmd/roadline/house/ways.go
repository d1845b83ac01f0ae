package house

import (
	"sync"

	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
	"roadline/fmc/room"
	"roadline/gsmgw"
	"roadline/media"
	"roadline/sipcore"
)

// ways makes legs: SIP by sipcore, SIM lines by gsmgw. The lines of one try may be of both kinds; such a leg goes through
// them in their order, a run of one kind after the other, and is one leg for its call. ways stands between the legs and
// the Switch, which is made before either.
type ways struct {
	h *House

	mu    sync.Mutex // guards:
	mixed map[fmc.LegID]*mixedLeg
}

var (
	_ call.Dialer   = (*ways)(nil)
	_ sipcore.Calls = (*ways)(nil)
	_ gsmgw.Calls   = (*ways)(nil)
	_ room.Voiced   = (*mixedLeg)(nil)
)

func newWays(h *House) *ways { return &ways{h: h, mixed: map[fmc.LegID]*mixedLeg{}} }

// Dial implements call.Dialer.
func (w *ways) Dial(id fmc.LegID, try plan.Try) call.Leg {
	runs := runsOf(try)
	if len(runs) < 2 {
		return w.dial(id, try)
	}
	m := &mixedLeg{ways: w, id: id, rest: runs}
	w.mu.Lock()
	w.mixed[id] = m
	w.mu.Unlock()
	m.next()
	return m
}

// dial makes a leg by lines of one kind.
func (w *ways) dial(id fmc.LegID, try plan.Try) call.Leg {
	if len(try.Lines) > 0 && try.Lines[0].Kind == fmc.SIMLine {
		return w.h.gsm.Dial(id, try)
	}
	return w.h.legs.Dial(id, try)
}

// runsOf cuts a try into tries whose lines are of one kind.
func runsOf(try plan.Try) []plan.Try {
	var runs []plan.Try
	for _, c := range try.Lines {
		if n := len(runs); n == 0 || (runs[n-1].Lines[0].Kind == fmc.SIMLine) != (c.Kind == fmc.SIMLine) {
			run := try
			run.Lines = nil
			runs = append(runs, run)
		}
		last := &runs[len(runs)-1]
		last.Lines = append(last.Lines, c)
	}
	return runs
}

// Offer implements Calls of sipcore and gsmgw.
func (w *ways) Offer(l call.Leg, r plan.Request) error { return w.h.calls.Offer(l, r) }

// Post implements Calls of sipcore and gsmgw.
func (w *ways) Post(id fmc.LegID, ev call.Event) {
	if w.h.boxes.post(id, ev) {
		return
	}
	w.mu.Lock()
	m := w.mixed[id]
	w.mu.Unlock()
	if is, ok := ev.(call.LinkIs); ok && m != nil && m.goesOn(is) {
		m.next()
		return
	}
	if is, ok := ev.(call.LinkIs); ok && is.Link == fmc.Up && is.Dialog == nil && len(w.h.boxes.all) > 0 {
		is.Dialog = w.h.boxes.standing(is, w.h.gsm.Views())
		ev = is
	}
	w.h.calls.Post(id, ev)
}

func (w *ways) forget(id fmc.LegID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.mixed, id)
}

// mixedLeg is a leg whose lines are of several kinds.
type mixedLeg struct {
	ways *ways
	id   fmc.LegID

	mu       sync.Mutex // guards:
	rest     []plan.Try
	inner    call.Leg     // that is tried now
	tried    int          // how many runs were begun
	rang     bool         // the far side was reached: no other line is tried
	released *cause.Cause // by the call
}

// goesOn reports that what ended is a run of lines, and not the leg.
func (m *mixedLeg) goesOn(is call.LinkIs) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch is.Link {
	case fmc.Alerting, fmc.Up:
		m.rang = true
	case fmc.Gone:
		if !m.rang && m.released == nil && len(m.rest) > 0 && anotherLine(is.Cause) {
			return true
		}
		m.ways.forget(m.id)
	case fmc.Offered, fmc.Dialing, fmc.Leaving:
	}
	return false
}

// anotherLine reports whether a line of another kind may do better.
func anotherLine(c cause.Cause) bool {
	return c.Meaning == cause.Congested || c.Meaning == cause.LineFault || c.Meaning == cause.Lost ||
		c.Meaning == cause.Failed || c.Meaning == cause.CallerIDRefused
}

// next begins the next run of lines.
func (m *mixedLeg) next() {
	m.mu.Lock()
	try := m.rest[0]
	m.rest = m.rest[1:]
	m.tried++
	n := m.tried
	m.mu.Unlock()
	leg := m.ways.dial(m.id, try)
	m.mu.Lock()
	newest := m.tried == n // a run may fail before Dial returns, and the next have begun
	if newest {
		m.inner = leg
	}
	released := m.released
	m.mu.Unlock()
	if !newest {
		return
	}
	if released != nil {
		leg.Release(*released)
	}
	if n > 1 {
		m.ways.h.calls.Post(m.id, call.LinkIs{Leg: m.id, Link: fmc.Dialing, Line: try.Lines[0].Line, Anew: true})
	}
}

func (m *mixedLeg) leg() call.Leg {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.inner
}

// ID implements call.Leg.
func (m *mixedLeg) ID() fmc.LegID { return m.id }

// Progress implements call.Leg.
func (m *mixedLeg) Progress(early bool) { m.leg().Progress(early) }

// Answer implements call.Leg.
func (m *mixedLeg) Answer() { m.leg().Answer() }

// Release implements call.Leg.
func (m *mixedLeg) Release(c cause.Cause) {
	m.mu.Lock()
	m.released = &c
	inner := m.inner
	m.mu.Unlock()
	inner.Release(c)
}

// Port is the port of the line that is tried now.
func (m *mixedLeg) Port() *media.Port {
	if v, ok := m.leg().(room.Voiced); ok {
		return v.Port()
	}
	return nil
}
