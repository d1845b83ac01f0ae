package shadow

import (
	"context"
	"sync/atomic"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/hardware/modem"
)

// Trial is one attempt: a call and a text from one of a company's cards to another. One goroutine lives it; what
// happens on the lines comes to it as events. What is told to it never waits, and any goroutine may tell it.
type Trial struct {
	ID      fmc.ShadowID
	Company *fmc.Company

	o        Options
	from, to *fmc.SIM
	began    fmc.ShadowBegan
	events   chan event
	calling  *Side
	done     chan struct{} // closed when the call is over: who rings still is not answered
	// reference is by which the network's report names the text, plus 1; 0: it has not gone yet.
	reference atomic.Int32
}

// event is something that happened to an attempt.
type event struct {
	side    party
	link    fmc.Link
	cause   cause.Cause // of Gone
	rang    *modem.Ringing
	leg     Leg             // that rang
	back    *Side           // what it is joined to
	settle  func(ours bool) // of a call with another number than expected: says whose it was
	stopped bool            // it rings no more
	yielded bool
	text    *textEvent
}

type party uint8

const (
	callingSide party = iota + 1
	calledSide
)

// How long an attempt takes at most.
const (
	setupWithin  = 50 * time.Second // from dialling until it rings at the other card: the watchdog of a line comes first
	answerWithin = 20 * time.Second // from ringing until both cards are in conversation
	listens      = 6 * time.Second  // of a conversation: within 4.8 s a signature of 2.4 s is heard from its beginning
	lingers      = 3 * time.Second  // a call that is hung up may still begin to ring, as may one that is told to be answered
	doubts       = 5 * time.Second  // the calling card is told that it rings, and after it hung up the other stops ringing, if it was the same call
	textWithin   = 3 * time.Minute  // for the text, and as long for its report
	mostTrial    = 15 * time.Minute // an attempt without an end after so long was cut
	mostEvents   = 64               // that wait: an attempt has a dozen
)

func newTrial(o Options, c *fmc.Company, b fmc.ShadowBegan) *Trial {
	x := &Trial{ID: b.Shadow, Company: c, o: o, began: b, events: make(chan event, mostEvents), done: make(chan struct{})}
	x.from, _ = c.SIM(b.From)
	x.to, _ = c.SIM(b.To)
	x.calling = x.side(false)
	return x
}

// post tells the attempt of something. It never waits.
func (x *Trial) post(ev event) {
	select {
	case x.events <- ev:
	default:
		x.o.Log.Error("line check event lost", "company", x.Company.Profile.ID)
	}
}

// Yield tells that a client's call needs a line.
func (x *Trial) Yield() { x.post(event{yielded: true}) }

// Rang tells that the attempt's call rings in the card that is called. l is being answered, and joined to the side.
func (x *Trial) Rang(ev modem.Ringing, l Leg, back *Side) {
	x.post(event{side: calledSide, rang: &ev, leg: l, back: back})
}

// Doubted tells that a call rings there with another number than expected: it may be the attempt's, whose number the network
// changed, or a client's. settle is called when it is known whose it was.
func (x *Trial) Doubted(ev modem.Ringing, settle func(ours bool)) {
	x.post(event{side: calledSide, rang: &ev, settle: settle})
}

// Stopped tells that a call which was doubted rings no more.
func (x *Trial) Stopped() { x.post(event{side: calledSide, link: fmc.Gone, stopped: true}) }

// Expects reports whether a call that rings in the card that is called is the attempt's, by the number that it shows.
func (x *Trial) Expects(ev modem.Ringing) bool {
	return !ev.Hidden && x.from.Number.Same(callerid.Received(ev.Number, x.Company.Profile.Country))
}

// Over reports that the call is over: it may ring on for a moment.
func (x *Trial) Over() bool {
	select {
	case <-x.done:
		return true
	default:
		return false
	}
}

// run lives the attempt. The facts of its beginning and its end are written by whoever runs it.
func (x *Trial) run(ctx context.Context) fmc.ShadowEnded {
	end := fmc.ShadowEnded{Shadow: x.ID}
	if x.began.Call {
		end.Call, end.Yielded = x.call(ctx)
	}
	if x.began.Text && ctx.Err() == nil && !end.Yielded {
		end.Text = x.text(ctx)
	}
	end.Cut = ctx.Err() != nil
	end.At = x.o.Now().UTC()
	return end
}
