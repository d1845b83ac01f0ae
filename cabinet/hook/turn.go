package hook

import (
	"context"
	"time"

	"roadline/store"
)

// turn is one receiver being told by one goroutine.
type turn struct {
	desk   *Desk
	claim  store.WebhookClaim
	queue  []store.WaitingEvent // what is due, in order
	tried  map[int64]bool       // in this turn, and failed
	rest   time.Time            // the receiver is not to be tried before; zero: no matter
	jitter func() float64       // from 0 to 1
}

// run tells the receiver what is due. Where it is away the oldest event is tried and then the newest, and nothing more:
// the others keep their tries and their order.
func (t *turn) run(ctx context.Context) error {
	for range turnMost {
		e, ok, err := t.next(ctx)
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		at := t.desk.o.Now()
		a := t.desk.tell(ctx, t.claim, e, at)
		if ctx.Err() != nil {
			return nil // cut off by the stop, which says nothing about the receiver
		}
		v := judge(t.claim, e, a, at, t.jitter())
		v.Woken = v.Woken && len(t.tried) == 0 // else it is one event, and not the receiver, that is at fault
		t.tell(e, a, v)
		ours, err := t.desk.o.Store.Operator().EndTry(ctx, t.desk.o.Node, t.claim, e, a.Try, v.Verdict)
		if err != nil || !ours || v.Off != "" {
			return err
		}
		t.claim.Failing, t.claim.Fails = v.Failing, v.Fails
		if v.Failing != nil {
			t.tried[e.N], t.queue = true, nil
		}
		if !v.rest.IsZero() {
			t.rest = v.rest
			return nil
		}
	}
	if t.away() {
		now := t.desk.o.Now()
		t.rest = now.Add(restFor(now.Sub(*t.claim.Failing), t.jitter()))
	}
	return nil
}

// away reports that the receiver takes nothing: two events, one after another, failed.
func (t *turn) away() bool { return t.claim.Fails >= awayAfter && t.claim.Failing != nil }

// next is the event to be told now.
func (t *turn) next(ctx context.Context) (e store.WaitingEvent, ok bool, err error) {
	o := t.desk.o.Store.Operator()
	if t.away() {
		for _, which := range []store.Which{store.Oldest, store.Newest} {
			one, err := o.Waiting(ctx, t.claim, which, 1)
			if err != nil {
				return e, false, err
			}
			if len(one) == 1 && !t.tried[one[0].N] {
				return one[0], true, nil
			}
		}
		return e, false, nil
	}
	if len(t.queue) == 0 {
		if t.queue, err = o.Waiting(ctx, t.claim, store.DueFirst, 50); err != nil || len(t.queue) == 0 {
			return e, false, err
		}
	}
	e, t.queue = t.queue[0], t.queue[1:]
	return e, true, nil
}

// tell tells the log what a person would want to know: that a receiver takes nothing, that it is back, that it is off.
func (t *turn) tell(e store.WaitingEvent, a answer, v verdict) {
	log := t.desk.o.Log.With("company", t.claim.Company, "target", t.claim.ID)
	switch {
	case v.Off != "":
		log.Error("webhook switched off", "cause", v.Off)
	case v.State == store.DeliveryFailed:
		log.Error("event given up that a webhook does not take", "seq", e.N, "cause", a.Why)
	case v.Failing != nil && v.Fails == awayAfter:
		log.Warn("webhook takes nothing, events wait for it", "seq", e.N, "cause", a.Why)
	case v.Woken:
		log.Info("webhook takes events again", "dur", t.desk.o.Now().Sub(*t.claim.Failing))
	default:
		log.Debug("webhook told", "seq", e.N, "status", a.Status, "cause", a.Why)
	}
}
