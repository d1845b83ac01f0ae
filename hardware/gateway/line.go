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
	seen  time.Time         // zero: the box did not tell of the line yet, or is away
	since time.Time         // the box tells of the line
	why   error             // while seen is zero
	cards map[string]string // ICCIDs of the cards that were in the line, by their IMSI
	held  []held            // texts and reports that nobody kept yet, the oldest first
	serve *Module           // nil: nobody
}

// held is a text or a report, and when it was told.
type held struct {
	modem.Event
	at    time.Time
	blind bool // it was told before the line's card was: it is of the card that is told next, if soon
}

// cardSoon is how soon after a text the box must say which card is in the line for the text to be of it.
const cardSoon = time.Minute

// mostCards is how many cards are remembered that were in a line.
const mostCards = 1000

// mostHeld is how many texts and reports wait to be kept. What finds no room is not acknowledged, and the box tells it
// again.
const mostHeld = 64

// NewLine is for drivers.
func NewLine(id string, vendor Vendor, control Control, now func() time.Time) *Line {
	return &Line{id: id, vendor: vendor, control: control, now: now, cards: map[string]string{}, why: cause.Errorf(cause.NotFound, "the gateway did not tell of line %s yet", id)}
}

// ID is the line's name at the box.
func (l *Line) ID() string { return l.id }

// Is takes how the line stands now.
func (l *Line) Is(s State) {
	s = s.cut()
	l.mu.Lock()
	was, known := l.state, !l.seen.IsZero()
	if l.state, l.seen = s, l.now(); !known {
		l.since = l.seen
	}
	l.knowCards()
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

// knowCards notes which card is in, and whose what is held is by that. mu is held.
func (l *Line) knowCards() {
	if sim := l.state.SIM; sim.ICCID != "" && sim.IMSI != "" {
		if _, known := l.cards[sim.IMSI]; !known && len(l.cards) >= mostCards {
			clear(l.cards)
		}
		l.cards[sim.IMSI] = sim.ICCID
	}
	for i := range l.held {
		h := &l.held[i]
		was, soon := *h, l.seen.Sub(h.at) < cardSoon
		h.Event = l.ofCard(h.Event, h.blind && soon)
		h.blind = h.blind && soon && l.state.SIM.ICCID == ""
		if l.serve != nil && (was.blind && !h.blind || cardOf(h.Event).Card != cardOf(was.Event).Card) {
			l.serve.tell(h.Event)
		}
	}
}

// ofCard says which card a text or a report is of: that of its IMSI, or, where the box says none, the one that is in.
func (l *Line) ofCard(ev modem.Event, isNow bool) modem.Event {
	of := cardOf(ev)
	switch {
	case of == nil || of.Card != "":
		return ev
	case of.IMSI != "":
		of.Card = l.cards[of.IMSI]
	case isNow:
		of.Card = l.state.SIM.ICCID
	}
	switch x := ev.(type) {
	case modem.TextCame:
		x.Of = *of
		return x
	case modem.TextReported:
		x.Of = *of
		return x
	default:
		return ev
	}
}

// cardOf is which card a text or a report says that it is of; nil: ev is neither.
func cardOf(ev modem.Event) *modem.Of {
	switch x := ev.(type) {
	case modem.TextCame:
		return &x.Of
	case modem.TextReported:
		return &x.Of
	default:
		return nil
	}
}

// Tell passes on what happened. A text or a report is told again to whoever serves the line next, until it is kept: it is of
// the card that is in the line now, unless its IMSI is another's. False: there is no room for it.
func (l *Line) Tell(ev modem.Event) bool {
	ev = cutEvent(ev)
	l.mu.Lock()
	defer l.mu.Unlock()
	token, keep := owed(ev)
	if !keep {
		if l.serve != nil {
			l.serve.tell(ev)
		}
		return true
	}
	blind := l.seen.IsZero()
	ev = l.ofCard(ev, !blind)
	if token != "" || l.serve == nil || blind {
		if !l.makeRoom() {
			return false
		}
		l.held = append(l.held, held{ev, l.now(), blind})
	}
	if l.serve != nil && !blind { // one that serves a line of which nothing is known is at its end
		l.serve.tell(ev)
	}
	return true
}

// makeRoom makes room for one more: where none is, what waits for a card that is not in gives way. mu is held.
func (l *Line) makeRoom() bool {
	if len(l.held) < mostHeld {
		return true
	}
	i := slices.IndexFunc(l.held, func(h held) bool { return !h.blind && cardOf(h.Event).Card != l.state.SIM.ICCID })
	if i < 0 {
		return false
	}
	l.held = slices.Delete(l.held, i, i+1)
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
	l.held = slices.DeleteFunc(l.held, func(h held) bool {
		t, _ := owed(h.Event)
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

// Since is when the box began to tell of the line, without a break until now; an error says why it does not.
func (l *Line) Since() (time.Time, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen.IsZero() {
		return time.Time{}, l.why
	}
	return l.since, nil
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
	for _, h := range l.held {
		if !h.blind {
			m.tell(h.Event)
		}
	}
	l.held = slices.DeleteFunc(l.held, func(h held) bool {
		t, _ := owed(h.Event)
		return t == "" && !h.blind
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
