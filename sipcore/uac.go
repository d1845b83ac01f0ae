package sipcore

import (
	"fmt"
	"slices"

	"github.com/emiago/sipgo/sip"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// dialling is a leg of ours until it is answered: the lines of a Try one after another, on each line its places. The
// targets of a trunk are tried one after another too; the phones of an account ring together, and the first that answers
// wins.
type dialling struct {
	try      plan.Try
	trail    trail       // of the call that bears the leg
	next     int         // the line to try after this one
	line     *line       // being tried; nil before the first
	branches []*branch   // of this line, and those of earlier ones that are not closed
	early    bool        // sound was heard before the answer
	ringing  *dialog     // the latest early dialog
	why      cause.Cause // of the last line that failed: told when none is left
	offer    []byte      // our SDP, the same on every branch: the leg has one port
}

// begin tries the next line that can be had; without one the leg is gone.
func (l *leg) begin() {
	for d := l.dial; d != nil; {
		if d.line != nil && d.line.more() {
			if l.wave(d.line.wave()) {
				return
			}
			continue
		}
		if d.next == len(d.try.Lines) {
			l.dial = nil
			l.gone(d.why)
			return
		}
		candidate := d.try.Lines[d.next]
		d.next++
		ln, err := l.lease(candidate)
		if err != nil {
			d.why = lineCause(err)
			l.log.Info("line passed over", "line", string(candidate.Line), "cause", d.why.String(), "err", err)
			continue
		}
		l.carry(ln)
	}
}

// carry makes a leased line the leg's line.
func (l *leg) carry(ln *line) {
	if l.line.free != nil {
		l.line.free()
	}
	l.dial.line, l.line = ln, carrier{id: ln.candidate.Line, account: ln.account, profile: ln.profile, free: ln.free}
	l.dial.early, l.dial.ringing = false, nil // what was heard on the line before says nothing of this one
	l.talk.codecs, l.talk.set = ln.profile.Codecs, false
	l.dial.offer = l.talk.offer()
	l.report(fmc.Dialing, cause.Cause{})
}

// wave sends INVITEs to places at once; false when none could be sent.
func (l *leg) wave(places []place) bool {
	d, sent := l.dial, false
	for _, p := range places {
		b := &branch{dial: d, to: p}
		var err error
		if b.invite, err = l.invite(p); err == nil {
			err = l.ring(b)
		}
		if err != nil {
			d.why = worse(d.why, notSent(p, err))
			l.log.Warn("invite not sent", "err", err)
			continue
		}
		d.branches, sent = append(d.branches, b), true
	}
	return sent
}

// notSent is why an INVITE did not leave: the number that was to be shown is not proven, or nobody is there.
func notSent(p place, err error) cause.Cause {
	if cause.KindOf(err) == cause.Denied {
		return cause.Because(cause.CallerIDRefused, "%s", sentence(err))
	}
	return cause.Because(p.absent(), "%s could not be reached: %v.", p.flow.Remote, err)
}

// responded takes a response to a branch's INVITE.
func (l *leg) responded(b *branch, res *sip.Response) {
	b.silence.stop()
	if !b.heard {
		b.heard = true
		b.to.target.answered(l.set.now())
	}
	switch s := res.StatusCode; {
	case s < 200:
		l.cancel(b)
		if s > 100 && b.unwanted == nil && l.dial == b.dial {
			l.sounded(b, res)
		}
	case s < 300:
		b.close()
		l.taken(b, res)
	case b.unwanted != nil || l.dial != b.dial:
		b.close()
	case l.retry(b, res):
	default:
		b.close()
		l.refused(b, res)
	}
}

// sounded takes a provisional response above 100: how far the ringing is, and perhaps sound. There may be any number of
// them. A 183 with SDP is not alerting: networks play "the subscriber is unavailable" in it (FLOWS E0).
func (l *leg) sounded(b *branch, res *sip.Response) {
	b.spoken, b.toTag = true, tagOf(res.To().Params)
	link := l.link
	if res.StatusCode == 180 {
		if !b.rang {
			b.rang, b.since = true, l.set.now()
		}
		link = fmc.Alerting
	}
	early := l.dial.early
	if hasSDP(res) && l.dial.wanted() == 1 {
		l.talk.signal = b.to.flow.remote().Addr()
		l.dial.early = l.talk.answered(res.Body()) == nil || l.dial.early
	}
	if b.toTag != "" {
		l.dial.ringing = dialogOfResponse(b.invite, res, b.to.flow)
	}
	if link != l.link || early != l.dial.early {
		l.report(link, cause.Cause{})
	}
}

// taken takes a 2xx: the first one wins, every other one, of whatever branch or fork, is acknowledged and hung up.
func (l *leg) taken(b *branch, res *sip.Response) {
	if b.unwanted != nil || l.dial != b.dial {
		l.set.hangUp(res, l.unwantedCause(b))
		return
	}
	l.dlg = dialogOfResponse(b.invite, res, b.to.flow)
	if err := l.acknowledge(b.invite.CSeq().SeqNo); err != nil {
		l.log.Warn("ack not sent", "err", err)
	}
	l.withdraw(cause.Of(cause.TakenElsewhere), b)
	l.dial = nil
	l.talk.signal = b.to.flow.remote().Addr()
	if err := l.talk.answered(res.Body()); err != nil {
		c := cause.Because(cause.MediaRefused, "The other side's answer cannot be used: %v.", err)
		l.bye(c)
		l.gone(c)
		return
	}
	l.pulse.take(res)
	l.pulse.start(l)
	l.report(fmc.Up, cause.Cause{})
	l.tellHeld()
	l.listen()
}

// again takes what arrives for an INVITE after its first 2xx: the same answer once more, whose ACK was lost, or the
// answer of another phone behind a forking proxy, which is a dialog of its own (RFC 3261 §13.2.2.4). The layer reports
// it past the queue in which the first one may still wait, on a machine with much to do: then it says nothing, and what
// is a fork comes again.
func (l *leg) again(res *sip.Response) {
	if l.awaits(res) {
		return
	}
	if l.dlg == nil || tagOf(res.To().Params) != l.dlg.remote.Tag || res.CallID().Value() != l.dlg.callID {
		l.set.hangUp(res, cause.Of(cause.TakenElsewhere))
		return
	}
	if err := l.acknowledge(res.CSeq().SeqNo); err != nil {
		l.log.Warn("ack not sent", "err", err)
	}
}

// awaits reports whether the first final response to the INVITE of this response has not been dealt with.
func (l *leg) awaits(res *sip.Response) bool {
	return l.dial != nil && slices.ContainsFunc(l.dial.branches, func(b *branch) bool {
		return !b.closed && b.invite.CallID().Value() == res.CallID().Value()
	})
}

// refused takes a final refusal.
func (l *leg) refused(b *branch, res *sip.Response) {
	o := outcome{Status: res.StatusCode, Q850: reasonQ850(res), Rang: b.rang, Heard: b.spoken}
	if b.rang {
		o.Alerting = l.set.now().Sub(b.since)
	}
	l.failed(b, causeOf(o, l.line.profile.Means))
}

// died takes the end of a transaction without a final response: the peer is silent, or its connection broke.
func (l *leg) died(b *branch, err error) {
	if b.closed || err == nil {
		return
	}
	b.close()
	if b.unwanted != nil || l.dial != b.dial {
		return
	}
	l.failed(b, cause.Because(b.to.absent(), "%s stopped answering: %v.", b.to.flow.Remote, err))
}

// failed takes the failure of one wanted branch. The line is over when none of its branches rings any more, or at once
// where a person refused: what they refused on one phone is not rung on the next.
func (l *leg) failed(b *branch, c cause.Cause) {
	d := b.dial
	if d != l.dial || d == nil {
		return
	}
	l.log.Info("line failed", "line", string(d.line.candidate.Line), "cause", c.String(), "fault", c.Fault.String(), "text", c.Text)
	d.why = worse(d.why, c)
	if c.Meaning == cause.Declined {
		l.withdraw(c, b)
	}
	if d.wanted() > 0 {
		return
	}
	if c := d.why; !ofLine(c.Meaning) {
		l.dial = nil
		l.gone(c)
		return
	}
	l.begin()
}

// wanted is how many branches may still be answered.
func (d *dialling) wanted() int {
	n := 0
	for _, b := range d.branches {
		if !b.closed && b.unwanted == nil {
			n++
		}
	}
	return n
}

// withdraw makes every other branch unwanted.
func (l *leg) withdraw(c cause.Cause, except *branch) {
	for _, b := range l.dial.branches {
		if b != except {
			l.drop(b, c)
		}
	}
}

// abandon ends the dialling because the call does not want it any more.
func (l *leg) abandon(c cause.Cause) {
	l.withdraw(c, nil)
	l.dial = nil
}

func (b *branch) close() {
	b.closed = true
	b.silence.stop()
	b.last.stop()
}

// unwantedCause is why a branch that answered is hung up.
func (l *leg) unwantedCause(b *branch) cause.Cause {
	if b.unwanted != nil {
		return *b.unwanted
	}
	return cause.Of(cause.TakenElsewhere)
}

// ofLine reports whether a failure says something of the line and nothing of the person, so that the next line is tried
// for the same device.
func ofLine(m cause.Meaning) bool {
	switch m {
	case cause.Congested, cause.LineFault, cause.CallerIDRefused, cause.Failed, cause.Unknown:
		return true
	default:
		return false
	}
}

// weight orders the failures of phones that rang together: what says most about the person wins.
var weight = map[cause.Meaning]int{
	cause.Declined: 6, cause.Busy: 5, cause.NoAnswer: 4, cause.Unreachable: 3, cause.WrongNumber: 2, cause.MediaRefused: 1,
}

func worse(a, b cause.Cause) cause.Cause {
	if weight[a.Meaning] > weight[b.Meaning] {
		return a
	}
	return b
}

// lineCause says in a person's words why a line could not be had.
func lineCause(err error) cause.Cause {
	m := cause.Congested
	switch cause.KindOf(err) {
	case cause.NotFound:
		m = cause.Unreachable // nobody registered
	case cause.Invalid:
		m = cause.WrongNumber // it cannot be written to the trunk
	default:
	}
	return cause.Because(m, "%s", sentence(err))
}

func sentence(err error) string { return fmt.Sprintf("%v.", err) }
