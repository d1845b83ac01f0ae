package gateway

import (
	"slices"
	"sync"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/modem"
)

// State is how a line stands, as the box told it last.
type State struct {
	SIM     modem.SIM
	Radio   modem.Radio
	IMEI    string
	Box     string // what the box says of itself: model, firmware
	Busy    bool   // it carries a GSM call, by the box's word
	Blocked bool   // switched off at the box, by a person or by Block
	SIP     bool   // its account is registered, by the box's word; true where the box does not say
}

// Line is one port of a box: what its driver tells, for whoever serves the line. The driver calls Is, Tell and Lost;
// everything else is for the other side.
type Line struct {
	id      string
	vendor  Vendor
	control Control
	now     func() time.Time

	mu sync.Mutex
	// mu guards:
	state State
	seen  time.Time     // zero: the box did not tell of the line yet, or is away
	why   error         // while seen is zero
	held  []modem.Event // texts and reports that nobody kept yet, the oldest first
	serve *Module       // nil: nobody
}

// mostHeld is how many texts and reports wait to be kept. What finds no room is not acknowledged, and the box tells it
// again.
const mostHeld = 64

// NewLine is for drivers.
func NewLine(id string, vendor Vendor, control Control, now func() time.Time) *Line {
	return &Line{id: id, vendor: vendor, control: control, now: now, why: cause.Errorf(cause.NotFound, "the gateway did not tell of line %s yet", id)}
}

// ID is the line's name at the box.
func (l *Line) ID() string { return l.id }

// Is takes how the line stands now.
func (l *Line) Is(s State) {
	l.mu.Lock()
	was, known := l.state, !l.seen.IsZero()
	l.state, l.seen = s, l.now()
	m := l.serve
	l.mu.Unlock()
	if m == nil || !known {
		return
	}
	if was.SIM != s.SIM && was.SIM.State == s.SIM.State && was.SIM.ICCID != s.SIM.ICCID { // another card, unseen
		m.tell(modem.SIMIs{State: modem.SIMAbsent})
	}
	if was.SIM.State != s.SIM.State || was.SIM.ICCID != s.SIM.ICCID {
		m.tell(modem.SIMIs{State: s.SIM.State})
	}
	if was.radio() != s.radio() {
		m.tell(modem.RadioIs{Radio: s.radio()})
	}
}

// radio is how the line stands with the network: a line that is blocked, or whose SIP is away, has no voice.
func (s State) radio() modem.Radio {
	r := s.Radio
	if s.Blocked || !s.SIP {
		r.Voice = false
	}
	return r
}

// Tell passes on what happened. A text or a report is told again to whoever serves the line next, until it is kept. False:
// there is no room for it.
func (l *Line) Tell(ev modem.Event) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	token, keep := owed(ev)
	if keep && (token != "" || l.serve == nil) {
		if len(l.held) >= mostHeld {
			return false
		}
		l.held = append(l.held, ev)
	}
	if l.serve != nil {
		l.serve.tell(ev)
	}
	return true
}

// owed is the token of what must reach somebody who keeps it; empty: it is enough that somebody heard of it.
func owed(ev modem.Event) (token string, keep bool) {
	if came, is := ev.(modem.TextCame); is {
		return came.Token, true
	}
	reported, is := ev.(modem.TextReported)
	return reported.Token, is
}

// kept forgets what is on disk.
func (l *Line) kept(token string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held = slices.DeleteFunc(l.held, func(ev modem.Event) bool {
		t, _ := owed(ev)
		return t == token
	})
}

// Lost takes that the box is away: whoever serves the line is told, and has to open it again.
func (l *Line) Lost(why error) {
	l.mu.Lock()
	l.seen, l.why = time.Time{}, why
	m := l.serve
	l.mu.Unlock()
	if m != nil {
		m.fail(why)
	}
}

// State is how the line stands; an error says why that is not known.
func (l *Line) State() (State, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen.IsZero() {
		return State{}, l.why
	}
	return l.state, nil
}

// take makes m the one who serves the line, and tells it what nobody kept.
func (l *Line) take(m *Module) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.seen.IsZero():
		return l.why
	case l.serve != nil:
		return cause.Errorf(cause.Conflict, "line %s is served already", l.id)
	}
	l.serve = m
	for _, ev := range l.held {
		m.tell(ev)
	}
	l.held = slices.DeleteFunc(l.held, func(ev modem.Event) bool {
		t, _ := owed(ev)
		return t == ""
	})
	return nil
}

// leave ends it.
func (l *Line) leave(m *Module) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.serve == m {
		l.serve = nil
	}
}
