package sipcore

import (
	"errors"
	"time"

	"github.com/emiago/sipgo/sip"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// repeatProvisional is how often a ringing answer is said again: RFC 3261 §13.3.1.1 asks for one a minute, so that no
// proxy takes the call for dead.
const repeatProvisional = time.Minute

// answering is an INVITE of the peer from its arrival to its ACK: the first one of a leg or a re-INVITE.
type answering struct {
	in      inbound
	first   bool
	shown   *sip.Response // the last provisional response, said again every minute
	res     *sip.Response // our 2xx, repeated until the ACK; nil before it
	offered bool          // the 2xx carries our offer, so the ACK must carry the answer
	leaving *cause.Cause  // the call released the leg before the ACK: BYE follows it

	every, spent time.Duration // until the next repetition of the 2xx; since the first
	again        *alarm
	ringing      *alarm // until the provisional response is said again
}

// final answers an INVITE finally, unless a CANCEL was there first: the transaction layer has sent 487 by itself then,
// but would repeat ours from now on, so the 487 is given back to it. False: cancelled.
func final(tx *sip.ServerTx, req *sip.Request, res *sip.Response) bool {
	if err := tx.Respond(res); errors.Is(err, sip.ErrTransactionCanceled) {
		_ = tx.Respond(sip.NewResponseFromRequest(req, 487, phrases[487], nil))
		return false
	}
	return true
}

// accept sends the 2xx of an INVITE and goes on sending it until the ACK: T1, doubled up to T2, on every transport,
// since a proxy on the way may be the one that loses it (RFC 3261 §13.3.1.4).
func (l *leg) accept(a *answering, res *sip.Response) {
	a.res, a.every = res, sip.T1
	a.again = l.after(a.every, func() { l.repeat(a) })
	l.acks = a.in.tx.Acks()
	if !final(a.in.tx, a.in.req, res) {
		a.again.stop() // and cancelled is on its way through the inbox
	}
}

// repeat says the 2xx again. Without an ACK in 64*T1 the dialog is ended (RFC 3261 §13.3.1.4).
func (l *leg) repeat(a *answering) {
	if a.spent += a.every; a.spent >= 64*sip.T1 {
		l.unacknowledged(a)
		return
	}
	_ = a.in.tx.Respond(a.res)
	a.every = min(2*a.every, sip.T2, 64*sip.T1-a.spent)
	a.again = l.after(a.every, func() { l.repeat(a) })
}

// unacknowledged hangs up on a peer that never acknowledged our 2xx.
func (l *leg) unacknowledged(a *answering) {
	l.asked, l.acks = nil, nil
	if l.link == fmc.Gone && a.leaving == nil {
		return // it was hung up by the peer meanwhile
	}
	c := cause.Because(cause.Lost, "The caller's side never acknowledged our answer.")
	if a.leaving != nil {
		c = *a.leaving
	}
	l.bye(c)
	l.gone(c)
}

// acknowledged takes the ACK of a 2xx, however it came: on the branch of the INVITE or on its own.
func (l *leg) acknowledged(ack *sip.Request) {
	a := l.asked
	if a == nil || a.res == nil || ack.CSeq().SeqNo != a.in.req.CSeq().SeqNo {
		return
	}
	l.arrived(a, ack.Body())
}

// arrived goes on after the peer has our 2xx; body is the answer of its ACK, where we offered.
func (l *leg) arrived(a *answering, body []byte) {
	a.again.stop()
	l.asked, l.acks = nil, nil
	if a.leaving != nil {
		l.bye(*a.leaving)
		return
	}
	if l.link == fmc.Gone {
		return
	}
	if a.offered {
		if err := l.talk.answered(body); err != nil {
			c := cause.Because(cause.MediaRefused, "The other side's answer in its ACK cannot be used: %v.", err)
			l.bye(c)
			l.gone(c)
			return
		}
	}
	if a.first {
		l.pulse.start(l)
		l.report(fmc.Up, cause.Cause{})
		l.listen()
	}
	l.tellHeld()
}

// cancelled ends an INVITE of the peer that was taken back. The transaction layer tells it only where the CANCEL was
// before any final answer of ours, and has sent the 487 itself (RFC 3261 §9.2).
func (l *leg) cancelled(a *answering, cancel *sip.Request) {
	if l.asked != a {
		return
	}
	a.ringing.stop()
	a.again.stop()
	l.asked, l.acks = nil, nil
	if !a.first {
		return
	}
	if completedElsewhere(cancel) {
		l.gone(cause.Of(cause.TakenElsewhere))
		return
	}
	l.gone(cause.Of(cause.Cancelled))
}
