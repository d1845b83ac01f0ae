package smpp

import (
	"encoding/hex"
	"slices"
	"sync"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// queue is what a centre is to be sent, part by part in the order in which the messages were accepted. A part that the
// centre refused for now is overtaken by those behind it.
type queue struct {
	mu    sync.Mutex    // guards all below, and every message in it
	news  chan struct{} // closed and replaced when there is something to look at
	parts []part
	later []part    // that were refused for now
	rest  time.Time // nothing is sent before: the centre asked for less
	open  int       // messages that are not settled
}

// part is one part of a message on its way.
type part struct {
	*outgoing
	n int // from 1
}

// outgoing is one message.
type outgoing struct {
	fmc.MessageRecord
	settled bool // nothing more of it is sent
	tries   int  // refusals for now, one after another
}

// mostQueued is how many messages wait for one centre; more are refused, so that their senders know.
const mostQueued = 200_000

func newQueue() *queue { return &queue{news: make(chan struct{})} }

func (q *queue) full() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.open >= mostQueued
}

// add puts what is left of a message in.
func (q *queue) add(m *outgoing) {
	q.mu.Lock()
	q.open++
	for _, p := range m.Parts {
		if p.State != fmc.PartPassed {
			q.parts = append(q.parts, part{m, p.Part})
		}
	}
	q.tell()
	q.mu.Unlock()
}

// tell wakes whoever waits. mu is held.
func (q *queue) tell() {
	close(q.news)
	q.news = make(chan struct{})
}

// changed is closed when there is something to look at.
func (q *queue) changed() <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.news
}

// waiting is how many messages are not settled.
func (q *queue) waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.open
}

// take takes parts that may go now. expired are messages whose time is over. Without any, when says when to look again;
// zero: when there are news.
func (q *queue) take(now time.Time, most int) (fit []part, expired []*outgoing, when time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.rest.After(now) {
		return nil, nil, q.rest
	}
	var due []part
	q.later = slices.DeleteFunc(q.later, func(p part) bool {
		again := p.Parts[p.n-1].Again
		if again.After(now) && p.Accepted.Until.After(now) {
			if when.IsZero() || again.Before(when) {
				when = again
			}
			return false
		}
		due = append(due, p)
		return true
	})
	if len(due) > 0 {
		q.parts = slices.Concat(due, q.parts)
	}
	i := 0
	for ; i < len(q.parts) && len(fit) < most; i++ {
		switch p := q.parts[i]; {
		case p.settled:
		case !p.Accepted.Until.After(now):
			q.settle(p.outgoing, fmc.MessageExpired)
			expired = append(expired, p.outgoing)
		default:
			fit = append(fit, p)
		}
	}
	q.parts = q.parts[i:]
	return fit, expired, when
}

// back puts parts back that did not go after all.
func (q *queue) back(parts []part) {
	q.mu.Lock()
	q.parts = slices.Concat(parts, q.parts)
	q.tell()
	q.mu.Unlock()
}

// delay has a part go later.
func (q *queue) delay(p part) {
	q.mu.Lock()
	q.later = append(q.later, p)
	q.tell()
	q.mu.Unlock()
}

// change changes messages.
func (q *queue) change(do func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	do()
}

// frame is the submit_sm of a part.
func (p part) frame() (frame, error) {
	f, err := hex.DecodeString(p.Accepted.PDUs[p.n-1])
	if err != nil || len(f) < headerLength {
		return nil, cause.Errorf(cause.Invalid, "part %d of message %s is no PDU", p.n, p.ID)
	}
	return f, nil
}

// whole reports that every part passed.
func (m *outgoing) whole() bool {
	return !slices.ContainsFunc(m.Parts, func(p fmc.PartRecord) bool { return p.State != fmc.PartPassed })
}

// away reports that the centre may have something of the message.
func (m *outgoing) away() bool {
	return slices.ContainsFunc(m.Parts, func(p fmc.PartRecord) bool { return p.State == fmc.PartTried || p.State == fmc.PartPassed })
}

// settle counts a message as over, once. mu is held.
func (q *queue) settle(m *outgoing, state fmc.MessageState) {
	if !m.settled {
		m.settled, m.State = true, state
		q.open--
	}
}

// expired takes out the messages whose time is over, and what is left of those that are settled.
func (q *queue) expired(now time.Time) (over []*outgoing) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, parts := range []*[]part{&q.parts, &q.later} {
		*parts = slices.DeleteFunc(*parts, func(p part) bool {
			if !p.settled && !p.Accepted.Until.After(now) {
				q.settle(p.outgoing, fmc.MessageExpired)
				over = append(over, p.outgoing)
			}
			return p.settled
		})
	}
	return over
}
