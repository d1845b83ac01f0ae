package gsmgw

import (
	"encoding/hex"
	"sync"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// outbox is what a card has to send, in the order it was accepted. It belongs to the card: whatever modem the card sits
// in sends it.
type outbox struct {
	mu    sync.Mutex // guards:
	queue []*outgoing
}

// outgoing is one message on its way.
type outgoing struct{ fmc.MessageRecord }

func (b *outbox) add(m *outgoing) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queue = append(b.queue, m)
}

func (b *outbox) size() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.queue)
}

// parts counts what is still to be sent.
func (b *outbox) parts() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, m := range b.queue {
		for _, p := range m.Parts {
			if p.State != fmc.PartPassed {
				n++
			}
		}
	}
	return n
}

// next is the first message that may go now: to one peer they go in order, so that a message that waits for its next
// try holds back those behind it to the same peer, and no others. Without one, when says when to look again; zero: when
// something changes.
func (b *outbox) next(now time.Time) (m *outgoing, when time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	held := map[string]bool{}
	for _, m := range b.queue {
		peer := m.Accepted.To.String()
		if held[peer] {
			continue
		}
		held[peer] = true
		if again := m.due(); again.After(now) && m.Accepted.Until.After(now) {
			if when.IsZero() || again.Before(when) {
				when = again
			}
			continue
		}
		return m, time.Time{}
	}
	return nil, when
}

// remove takes a settled message out.
func (b *outbox) remove(m *outgoing) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, o := range b.queue {
		if o == m {
			b.queue = append(b.queue[:i:i], b.queue[i+1:]...)
			return
		}
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
