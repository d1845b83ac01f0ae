package gsmsim

import (
	"context"
	"slices"
	"strings"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/gsmsim/tpdu"
)

// Mobile is a card in something that speaks no AT: the port of a simulated gateway. Whoever has it makes and takes its
// calls as Handsets, its texts as PDUs, and asks the network by USSD.
type Mobile struct {
	net  *Network
	card *Card

	// Network.mu guards:
	on      bool // registered
	call    *Handset
	menu    bool // the network waits for a choice
	waiting []MobileEvent
	news    chan struct{} // closed and made anew when something was added
}

// MobileEvent is what the network brought to a Mobile: exactly one field is set.
type MobileEvent struct {
	Call *Handset // it rings
	PDU  []byte   // a text or a report came, with the service centre in front
}

// Mobile puts a card into a telephone without AT, registered. A card is in one thing only.
func (n *Network) Mobile(card *Card) (*Mobile, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	digits := strings.TrimPrefix(card.Number, "+")
	if card.where != nil || n.mobiles[digits] != nil {
		return nil, cause.Errorf(cause.Conflict, "card %s is in another device", card.ICCID)
	}
	card.settle(n)
	m := &Mobile{net: n, card: card, on: true, news: make(chan struct{})}
	n.mobiles[digits] = m
	return m, nil
}

// Card is the card in it.
func (m *Mobile) Card() *Card { return m.card }

// Operator is the network that the card belongs to.
func (m *Mobile) Operator() Operator { return m.net.operatorOf(m.card) }

// Switch takes it out of the network, with the call that it has, or brings it back.
func (m *Mobile) Switch(on bool) {
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	if m.on = on; on {
		m.net.deliver(m)
	} else if m.call != nil {
		m.call.call.release(nil, causeOutOfOrder)
	}
}

// On says that it is in the network.
func (m *Mobile) On() bool {
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	return m.on
}

// Dial calls a number. One that is in a call, or out of the network, cannot.
func (m *Mobile) Dial(number string) (*Handset, error) {
	if strings.Trim(number, "+0123456789*#") != "" || number == "" {
		return nil, cause.Errorf(cause.Invalid, "call %q: a number is digits", number)
	}
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	switch {
	case !m.on || m.net.stage == ended:
		return nil, cause.Errorf(cause.Unavailable, "the card is in no network")
	case m.call != nil:
		return nil, cause.Errorf(cause.NoRoom, "the card is in a call")
	}
	h := newHandset(m.net, nil)
	m.call = h
	h.onEnd = func() {
		if m.call = nil; h.call.talk() > 0 {
			m.card.spend(h.call.talk())
		}
	}
	h.call = m.net.place(h, m.card.Number, number, false)
	return h, nil
}

// find is what happens when the network looks for the card.
func (m *Mobile) find(c *call) {
	switch {
	case !m.on:
		c.release(nil, causeUnreachable)
	case m.call != nil:
		c.release(nil, causeBusy)
	default:
		h := newHandset(m.net, c)
		if h.other = c.caller; c.hidden {
			h.other = ""
		}
		m.call = h
		h.onEnd = func() { m.call = nil }
		c.ring(h)
		m.add(MobileEvent{Call: h})
	}
}

func (m *Mobile) add(ev MobileEvent) {
	m.waiting = append(m.waiting, ev)
	close(m.news)
	m.news = make(chan struct{})
}

// Next waits for what the network brings next.
func (m *Mobile) Next(ctx context.Context) (MobileEvent, error) {
	for {
		m.net.mu.Lock()
		news := m.news
		if len(m.waiting) > 0 {
			ev := m.waiting[0]
			m.waiting = slices.Delete(m.waiting, 0, 1)
			m.net.mu.Unlock()
			return ev, nil
		}
		m.net.mu.Unlock()
		select {
		case <-news:
		case <-ctx.Done():
			return MobileEvent{}, cause.Errorf(cause.Unavailable, "nothing came to %s: %w", m.card.Number, ctx.Err())
		}
	}
}

// Submit sends a SMS-SUBMIT without service centre; why is a number of +CMS ERROR, 0 where the network took it. It waits
// as long as the network takes.
func (m *Mobile) Submit(ctx context.Context, pdu []byte) (reference byte, why int) {
	p, err := tpdu.Submitted(pdu)
	if err != nil {
		return 0, cmsInvalidPDU
	}
	taken := make(chan int, 1)
	m.later(m.net.timing.Submit, func() {
		if !m.on {
			taken <- cmsNoNetwork
			return
		}
		m.card.reference++
		p.Reference, p.From = m.card.reference, m.card.Number
		taken <- m.net.submit(m.card, p)
	})
	select {
	case why = <-taken:
		return p.Reference, why
	case <-ctx.Done():
		return 0, cmsNoNetwork
	}
}

// Ask asks the network by USSD; open says that it waits for a choice.
func (m *Mobile) Ask(ctx context.Context, text string) (answer string, open bool, err error) {
	type said struct {
		text string
		open bool
	}
	answered := make(chan said, 1)
	m.later(m.net.timing.USSD, func() {
		if m.on {
			answer, open := m.net.respond(m.card, text, m.menu)
			m.menu = open
			answered <- said{answer, open}
		}
	})
	select {
	case s := <-answered:
		return s.text, s.open, nil
	case <-ctx.Done():
		return "", false, cause.Errorf(cause.Unavailable, "the network did not answer: %w", ctx.Err())
	}
}

// Leave ends the USSD session.
func (m *Mobile) Leave() {
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	m.menu = false
}

func (m *Mobile) later(d time.Duration, do func()) {
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	m.net.after(d, do)
}

// registered, digits, takes and receive are what the service centre wants of it.
func (m *Mobile) registered() bool { return m.on }

func (m *Mobile) takes() bool { return m.on }

func (m *Mobile) digits() string { return strings.TrimPrefix(m.card.Number, "+") }

func (m *Mobile) receive(l *letter) bool {
	m.add(MobileEvent{PDU: slices.Clone(l.pdu)})
	return true
}
