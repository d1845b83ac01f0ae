package smpp

import (
	"context"
	"errors"
	"time"

	"github.com/fiorix/go-smpp/smpp/pdu"
	"github.com/fiorix/go-smpp/smpp/pdu/pdufield"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// told takes what became of a part: it is sent, it is offered again, or its message is over. An answer that comes after its
// time still settles a message that was uncertain until then.
func (x *centre) told(p part, answer frame, err error) {
	switch {
	case errors.Is(err, errUnsent):
		x.refused(p, cause.Because(cause.Unreachable, "Part %d did not go: %v.", p.n, err), x.o.Now())
	case err != nil:
		x.uncertain(p, err)
	case answer.status() == statusOK:
		x.passed(p, x.IDs.answered(fieldOf(answer, pdufield.MessageID)))
	case passing(answer.status()):
		wait := x.again(p, answer.status())
		x.refused(p, x.because(p, answer), x.o.Now().Add(wait))
	default:
		x.refused(p, x.because(p, answer), time.Time{})
	}
}

func (x *centre) because(p part, answer frame) cause.Cause {
	r := &refusal{"the centre did not take it", answer.status()}
	return cause.Because(cause.Refused, "Part %d was not taken: %v.", p.n, r)
}

// Waits before a message is offered again that the centre had no room for.
const (
	throttledFirst = time.Second
	throttledMost  = time.Minute
)

// again is how long a part waits that was refused for now: twice as long each time. Where the centre asks for less, all wait.
func (x *centre) again(p part, status pdu.Status) time.Duration {
	wait := throttledFirst
	x.queue.change(func() {
		if status != statusSystem {
			x.queue.rest = x.o.Now().Add(throttledFirst)
		}
		wait = min(throttledFirst<<min(p.tries, 10), throttledMost)
		p.tries++
	})
	return wait
}

// passed notes that the centre has a part.
func (x *centre) passed(p part, id string) {
	now := x.o.Now().UTC()
	facts := []fmc.Happening{fmc.MessagePassed{At: now, Part: p.n, ID: id}}
	x.queue.change(func() {
		r := &p.Parts[p.n-1]
		r.State, r.Passed, r.ID, r.Cause = fmc.PartPassed, now, id, nil
		p.tries = 0
		if p.whole() {
			facts = append(facts, fmc.MessageSettled{At: now, State: fmc.MessageSent})
			x.queue.settle(p.outgoing, fmc.MessageSent)
		}
	})
	x.note(p.Company, p.ID, facts...)
}

// refused notes that the centre certainly does not have a part; without again for good, as one whose message is over. A
// message that was uncertain until now has failed once the centre has nothing of it.
func (x *centre) refused(p part, c cause.Cause, again time.Time) {
	now := x.o.Now().UTC()
	fails := again.IsZero()
	x.queue.change(func() {
		r := &p.Parts[p.n-1]
		r.State, r.Cause, r.Again = fmc.PartRefused, &c, again
		if p.settled {
			r.Again = time.Time{}
			if fails = p.State == fmc.MessageUncertain && !p.away(); fails {
				p.State = fmc.MessageFailed
			}
		} else if fails {
			x.queue.settle(p.outgoing, fmc.MessageFailed)
		}
		again = r.Again
	})
	facts := []fmc.Happening{fmc.MessageRefused{At: now, Part: p.n, Cause: c, Again: again.UTC()}}
	if fails {
		facts = append(facts, fmc.MessageSettled{At: now, State: fmc.MessageFailed, Cause: &c})
	}
	x.note(p.Company, p.ID, facts...)
	if !again.IsZero() {
		x.queue.delay(p)
	}
}

// uncertain notes that nobody knows whether the centre has a part. It is not sent again by itself, and what of the message
// was not sent yet is not sent either.
func (x *centre) uncertain(p part, err error) {
	late := false
	x.queue.change(func() {
		late = p.Parts[p.n-1].State != fmc.PartTried || p.settled // it was answered beside, or told of already
		x.queue.settle(p.outgoing, fmc.MessageUncertain)
	})
	if !late {
		x.settle(p.outgoing, fmc.MessageUncertain, cause.Because(cause.Lost, "The centre had part %d and did not say what became of it: %v.", p.n, err))
	}
}

// over ends a message.
func (x *centre) over(p part, state fmc.MessageState, c cause.Cause) {
	x.queue.change(func() { x.queue.settle(p.outgoing, state) })
	x.settle(p.outgoing, state, c)
}

// late ends messages whose time is over; they are out of the queue already.
func (x *centre) late(all []*outgoing) {
	for _, m := range all {
		x.settle(m, fmc.MessageExpired, cause.Because(cause.Unreachable, "The centre could not be given it in time."))
	}
}

// expireEvery is how often messages are looked for whose time is over while no link is up.
const expireEvery = 30 * time.Second

// expire ends them.
func (x *centre) expire(ctx context.Context) {
	tick := time.NewTicker(expireEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			x.late(x.queue.expired(x.o.Now()))
		}
	}
}

// fieldOf is a field of an answer; "" where it has none.
func fieldOf(f frame, name pdufield.Name) string {
	b, err := f.body()
	if err != nil {
		return ""
	}
	return textOf(b.Fields(), name)
}
