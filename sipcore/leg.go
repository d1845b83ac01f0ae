package sipcore

import (
	"github.com/emiago/sipgo/sip"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/media"
)

// leg is one party over SIP: a call.Leg with a media port. It begins as an INVITE of the peer (uas.go) or as INVITEs of
// ours (uac.go) and, once it is answered, is the same thing either way (leg_inside.go).
type leg struct {
	actor
	set    *Legs
	id     fmc.LegID
	keys   []dialogKey     // where it stands in the table; guarded by set.mu
	dials  callerid.Number // whom it calls; zero on an incoming leg and a phone's
	line   carrier
	boxed  *boxed   // it is a call of a gateway's line; nil: it is not
	traced []string // Call-IDs that the trace takes for the leg's; guarded by set.mu

	// owned by the actor's goroutine
	link   fmc.Link
	dlg    *dialog    // nil until the leg is answered or, offered to us, could be
	asked  *answering // the peer's INVITE that we are answering; nil: none
	dial   *dialling  // our INVITEs before the answer; nil on an incoming leg and after the answer
	order  order
	talk   session
	pulse  refresher
	asking *renewal // our re-INVITE or UPDATE under way; nil: none

	refers   int          // how often the phone sent REFER
	transfer *transfer    // the REFER under way; nil: none
	yielding *alarm       // a REFER in another dialog of the person's names this one; nil: none does
	parting  *cause.Cause // the phone has hung up, and the call is not told yet; nil: it has not
}

// carrier is the line that carries a leg.
type carrier struct {
	id      fmc.LineID
	account fmc.AccountID // of a phone; empty: a trunk's
	profile *Profile      // how it wants to be spoken to
	free    func()        // gives back the leg's place on it; nil: none taken
}

// ID is the leg's name for life.
func (l *leg) ID() fmc.LegID { return l.id }

// Port is the leg's media, open from the leg's first moment to its last.
func (l *leg) Port() *media.Port { return l.talk.port }

// Progress tells the caller that it rings; early: with our audio already, where the caller's trunk lets it through.
func (l *leg) Progress(early bool) { l.box.post(func() { l.progress(early) }) }

// Answer takes the call. Link Up follows when the peer has acknowledged.
func (l *leg) Answer() { l.box.post(l.answer) }

// Release ends the leg in whatever way its state wants: a final status, a CANCEL or a BYE. Link Gone follows at once;
// what the protocol still owes the peer is done behind it.
func (l *leg) Release(c cause.Cause) { l.box.post(func() { l.release(c) }) }

// report tells the call how far the leg is. Gone is told once and is the last thing told; the media port closes with it.
func (l *leg) report(link fmc.Link, c cause.Cause) {
	if l.link == fmc.Gone {
		return
	}
	l.link = link
	ev := call.LinkIs{Leg: l.id, Link: link, Line: l.line.id, Cause: c, Early: l.dial != nil && l.dial.early}
	if link == fmc.Gone {
		l.shut()
	} else {
		ev.Dialog = l.state()
	}
	l.log.Info("leg changed", "state", link.String(), "line", string(l.line.id), "cause", c.String(), "fault", c.Fault.String())
	l.set.opts.Calls.Post(l.id, ev)
}

var _ call.Standing = (*leg)(nil)

// Dialog implements call.Standing: while the leg is offered nobody else has it yet.
func (l *leg) Dialog() *fmc.Dialog { return l.state() }

// state is what a restarted server needs to hang the leg up; nil while there is nothing to hang up.
func (l *leg) state() *fmc.Dialog {
	switch {
	case l.dlg != nil:
		return l.dlg.state()
	case l.dial != nil && l.dial.ringing != nil:
		return l.dial.ringing.state()
	default:
		return nil
	}
}

// up reports whether the leg is answered and stands.
func (l *leg) up() bool { return l.link == fmc.Up }

// shut frees what a gone leg must not keep.
func (l *leg) shut() {
	l.pulse.stop()
	l.yielding.stop()
	if l.transfer != nil {
		l.transfer.late.stop()
	}
	if l.talk.port != nil {
		l.talk.port.Close()
	}
	if l.line.free != nil {
		l.line.free()
		l.line.free = nil
	}
}

// gone ends the leg for the call.
func (l *leg) gone(c cause.Cause) { l.report(fmc.Gone, c) }

// cut ends what the protocol still owes, when the server will not wait for it.
func (l *leg) cut() {
	l.gone(cause.Of(cause.Interrupted))
	l.asked, l.acks = nil, nil
	for tx := range l.open {
		tx.Terminate()
	}
}

// run owns the leg from its first message to its last.
func (l *leg) run() {
	defer l.set.forget(l)
	l.loop(l.finished, l.acknowledged, l.fail)
}

// finished reports whether nobody waits for anything from this leg any more: it is gone for the call, none of our
// transactions is open, and no 2xx of ours is unacknowledged.
func (l *leg) finished() bool { return l.link == fmc.Gone && len(l.open) == 0 && l.asked == nil }

// fail ends a leg whose code panicked, as far as its state lets it: the peer is told in whatever way is left, and the
// call in any case.
func (l *leg) fail(err error) {
	c := cause.Because(cause.Failed, "The server made a mistake: %v.", err)
	defer func() {
		if recover() != nil {
			l.asked, l.acks, l.dial = nil, nil, nil
			l.gone(c)
		}
	}()
	l.release(c)
}

// release carries out the call's wish.
func (l *leg) release(c cause.Cause) {
	switch {
	case l.link == fmc.Gone:
		return
	case l.dial != nil:
		l.abandon(c)
	case l.asked != nil && l.asked.first && l.asked.res == nil:
		l.refuse(l.asked.in, statusOf(c), reasonHeaders(c)...)
		l.asked = nil
	case l.asked != nil && l.asked.first:
		// RFC 3261 §15: no BYE before the ACK of our 2xx. acknowledged or unacknowledged sends it.
		l.asked.leaving = &c
	case l.parting != nil:
	case l.dlg != nil:
		l.movedOn(c)
		if l.asked != nil { // a re-INVITE of the peer whose ACK is not here: it is of no use any more
			l.asked.again.stop()
			l.asked, l.acks = nil, nil
		}
		l.bye(c)
	}
	l.gone(c)
}

// bye hangs up. The peer's answer changes nothing: the leg is over either way.
func (l *leg) bye(c cause.Cause) {
	req := l.dlg.request(sip.BYE)
	for _, h := range reasonHeaders(c) {
		req.AppendHeader(h)
	}
	tx, err := l.send(req)
	if err != nil {
		l.log.Warn("bye not sent", "err", err)
		return
	}
	l.follow(l.set, tx, func(*sip.Response) {}, func(error) {})
}
