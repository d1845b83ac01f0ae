package gsmgw

import (
	"encoding/hex"
	"maps"
	"slices"
	"sync"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// outbox is what a card has to send, in the order it was accepted. It belongs to the card: whatever modem the card sits
// in sends it. Whoever changes a message does it in change.
type outbox struct {
	mu       sync.Mutex // guards all below, and every message in it
	queue    []*outgoing
	promised int // parts of messages that are being accepted
	waiting  int // parts in the queue that are not used yet
}

// mostWaiting is how many parts wait for a card at most: no card sends more before their time is over.
const mostWaiting = 10_000

// outgoing is one message on its way.
type outgoing struct {
	fmc.MessageRecord
	out      bool // one of its parts is at a module, and stays there if the card moves on
	refusals int  // of the network, of the part that is next
	doubted  int  // parts that did not pass and count as used: nobody knows what became of them
}

// left is how many of its parts are not used yet.
func (m *outgoing) left() int {
	n := -m.doubted
	for _, p := range m.Parts {
		if p.State != fmc.PartPassed {
			n++
		}
	}
	return n
}

// isPart reports that it is a part of a text that a program cut: 3GPP TS 23.040 §9.2.3.23, TP-UDHI in the only PDU.
func (m *outgoing) isPart() bool {
	if len(m.Accepted.PDUs) != 1 {
		return false
	}
	body, err := m.pdu(1)
	return err == nil && len(body) > 0 && body[0]&0x40 != 0
}

// sending reports that a part of a message is at a module.
func (b *outbox) sending() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.ContainsFunc(b.queue, func(m *outgoing) bool { return m.out })
}

func (b *outbox) add(m *outgoing) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queue = append(b.queue, m)
	b.waiting += m.left()
}

func (b *outbox) size() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.queue)
}

// change changes messages.
func (b *outbox) change(do func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	do()
}

// promise takes room for parts of a message that is being accepted, of what a card may send a day; sent says how many are gone
// today, asked while nothing moves. left is how many it may still take: where these are fewer, nothing is promised. An error: too
// much waits for the card. The promise ends with fulfil or forgo.
func (b *outbox) promise(parts, most int, sent func() int) (left int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	ahead := b.promised + b.waiting
	if ahead+parts > mostWaiting {
		return 0, cause.Errorf(cause.NoRoom, "%d parts wait for the card already, and no more than %d may: try again later, or send by another card", ahead, mostWaiting)
	}
	if left = max(0, most-sent()-ahead); parts <= left {
		b.promised += parts
	}
	return left, nil
}

// fulfil puts a message into the queue, in the place of its promise.
func (b *outbox) fulfil(m *outgoing) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queue = append(b.queue, m)
	b.waiting += m.left()
	b.promised -= len(m.Parts)
}

// forgo gives a promise back: the message was not accepted after all.
func (b *outbox) forgo(parts int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.promised -= parts
}

// take is the first message that may go now, and marks it as out: to one peer they go in order, so that a message that
// is out, or waits for its next try, holds back those behind it to the same peer, and no others. Without one, when says
// when to look again; zero: when something changes.
func (b *outbox) take(now time.Time) (m *outgoing, when time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	held := map[string]bool{}
	for _, m := range b.queue {
		peer := m.Accepted.To.String()
		if held[peer] {
			continue
		}
		held[peer] = true
		if m.out {
			continue
		}
		if again := m.due(); again.After(now) && m.Accepted.Until.After(now) {
			if when.IsZero() || again.Before(when) {
				when = again
			}
			continue
		}
		m.out = true
		return m, time.Time{}
	}
	return nil, when
}

// expired takes out the messages whose time is over, but for those that are out.
func (b *outbox) expired(now time.Time) []*outgoing {
	b.mu.Lock()
	defer b.mu.Unlock()
	var over []*outgoing
	b.queue = slices.DeleteFunc(b.queue, func(m *outgoing) bool {
		if m.out || m.Accepted.Until.After(now) {
			return false
		}
		over = append(over, m)
		b.waiting -= m.left()
		return true
	})
	return over
}

// remove takes a settled message out.
func (b *outbox) remove(m *outgoing) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if i := slices.Index(b.queue, m); i >= 0 {
		b.queue = slices.Delete(b.queue, i, i+1)
		b.waiting -= m.left()
	}
}

// part is the first part that did not pass; nil where all did.
func (m *outgoing) part() *fmc.PartRecord {
	for i := range m.Parts {
		if m.Parts[i].State != fmc.PartPassed {
			return &m.Parts[i]
		}
	}
	return nil
}

// due is when the part that is next may go; zero: at once.
func (m *outgoing) due() time.Time {
	if p := m.part(); p != nil {
		return p.Again
	}
	return time.Time{}
}

// pdu is what is sent of a part.
func (m *outgoing) pdu(part int) ([]byte, error) {
	if part < 1 || part > len(m.Accepted.PDUs) {
		return nil, cause.Errorf(cause.Invalid, "message %s has no part %d", m.ID, part)
	}
	return hex.DecodeString(m.Accepted.PDUs[part-1])
}

// outbox is what a card has to send.
func (g *Gateway) outbox(id fmc.ICCID) *outbox {
	g.mu.Lock()
	defer g.mu.Unlock()
	b := g.sends[id]
	if b == nil {
		b = &outbox{}
		g.sends[id] = b
	}
	return b
}

// Restore takes on messages that an earlier start accepted and did not settle; their facts are in the journal of this
// start already. A message of which a part was tried, and nobody knows with what end, is uncertain: no part of it is
// sent again without a person's word. Before Run.
func (g *Gateway) Restore(left []fmc.MessageRecord) {
	for _, r := range left {
		m := &outgoing{MessageRecord: r}
		if p := m.part(); p != nil && p.State == fmc.PartTried {
			c := cause.Because(cause.Interrupted, "The server stopped while part %d was at the modem.", p.Part)
			g.note(r.Company, r.ID, fmc.MessageSettled{At: g.o.Now().UTC(), State: fmc.MessageUncertain, Cause: &c})
			continue
		} else if p == nil {
			g.note(r.Company, r.ID, fmc.MessageSettled{At: g.o.Now().UTC(), State: fmc.MessageSent})
			continue
		}
		g.outbox(r.Accepted.SIM).add(m)
	}
}

// expire settles the messages that their cards could not send in time, wherever the cards are.
func (g *Gateway) expire() {
	g.mu.Lock()
	boxes := slices.Collect(maps.Values(g.sends))
	g.mu.Unlock()
	for _, b := range boxes {
		for _, m := range b.expired(g.o.Now()) {
			c := cause.Because(cause.Unreachable, "The card could not send it in time.")
			g.note(m.Company, m.ID, fmc.MessageSettled{At: g.o.Now().UTC(), State: fmc.MessageExpired, Cause: &c})
		}
	}
}
