package sipcore

import (
	"strconv"

	"github.com/emiago/sipgo/sip"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// sdpType is the only body that an INVITE may carry.
const sdpType = "application/sdp"

// Invite makes a leg of an INVITE from outside a dialog and offers it to the calls. account is who sent it, proved by
// digest; empty: a trunk is looked for by the address it came from. It returns when the INVITE is a call or is refused.
func (s *Legs) Invite(in inbound, account fmc.AccountID) {
	l := s.newLeg(fmc.LegID{Call: s.opts.NewCall(), N: 1})
	box, wrong := s.box(in, account)
	if box != nil {
		l.byBox(in, box)
	}
	s.began(l, in)
	tag := claim(in)
	l.link = fmc.Offered
	a := &answering{in: in, first: true}
	l.asked = a
	// From here on a CANCEL comes to the leg, and its actor starts only once the call knows it: no instant is left out.
	cancelled := !in.tx.OnCancel(func(cancel *sip.Request) { l.box.post(func() { l.cancelled(a, cancel) }) })
	if cancelled || s.wasCancelled(in.req) {
		s.respond(in, 487)
		s.forget(l)
		return
	}
	req, err := plan.Request{}, wrong
	if wrong == nil {
		req, err = s.requestOf(in, account, l)
	}
	if err == nil {
		err = l.hear(in)
	}
	if err == nil {
		l.dlg = dialogOfRequest(in.req, tag, in.at)
		l.dlg.flow.Pinned = l.line.profile.Pinned
		l.log = l.log.With("sip_call_id", l.dlg.callID)
		s.remember(l, dialogKey{l.dlg.callID, tag})
		err = s.offer(l, req)
	}
	if err != nil {
		s.log.Info("call refused", "sip_call_id", in.req.CallID().Value(), "remote", in.at.Remote, "err", err)
		l.shut()
		s.forget(l)
		status, headers := refusalOf(err)
		s.respond(in, status, headers...)
		return
	}
	if !s.start(l.run) {
		l.release(cause.Of(cause.Interrupted))
		s.forget(l)
	}
}

// offer offers a leg to the calls, or to whoever serves the gateway's line that brought it.
func (s *Legs) offer(l *leg, r plan.Request) error {
	if l.boxed != nil {
		return s.opts.Boxes.CameByBox(l, l.line.id, l.boxed.caller)
	}
	return s.opts.Calls.Offer(l, r)
}

// claim is the first act on an INVITE: the 100 stops the timer that would send another. Our tag stands on the request
// already (edge_answer.go), so that every response made of it carries the same one, also the 487 that the transaction
// layer makes by itself (RFC 3261 §8.2.6.2).
func claim(in inbound) string {
	_ = in.tx.Respond(sip.NewResponseFromRequest(in.req, 100, phrases[100], nil))
	return tagOf(in.req.To().Params)
}

// hear leases the leg's media and reads the offer, so that a call whose sound cannot work is refused before it exists.
func (l *leg) hear(in inbound) error {
	if h := in.req.ContentType(); len(in.req.Body()) > 0 && (h == nil || !isSDP(h.Value())) {
		return &refusal{status: 415, headers: []sip.Header{sip.NewHeader("Accept", sdpType)}}
	}
	if !l.pulse.acceptable(in.req) {
		return &refusal{status: 422, headers: []sip.Header{sip.NewHeader("Min-SE", strconv.Itoa(minSession))}}
	}
	if err := l.openMedia(in.at); err != nil {
		return err
	}
	if !hasSDP(in.req) {
		return nil // we shall offer, and the ACK will answer (RFC 3261 §13.2.1)
	}
	return l.talk.offered(in.req.Body())
}

// progress says that it rings: 183 with our answer where sound may come early, else 180.
func (l *leg) progress(early bool) {
	a := l.asked
	if a == nil || !a.first || a.res != nil {
		return
	}
	status, body := 180, []byte(nil)
	if early && l.line.profile.EarlyMedia && hasSDP(a.in.req) {
		status, body = 183, l.talk.body()
	}
	if a.shown != nil && a.shown.StatusCode >= status {
		return
	}
	a.shown = l.response(a.in, status, body)
	l.showAgain(a)
}

// showAgain sends the last provisional response, now and every minute (RFC 3261 §13.3.1.1).
func (l *leg) showAgain(a *answering) {
	if l.asked != a || a.res != nil {
		return
	}
	_ = a.in.tx.Respond(a.shown)
	a.ringing.stop()
	a.ringing = l.after(repeatProvisional, func() { l.showAgain(a) })
}

// answer takes the call: 200 with our SDP, the answer to the INVITE's offer or, where it had none, an offer.
func (l *leg) answer() {
	a := l.asked
	if a == nil || !a.first || a.res != nil {
		return
	}
	a.ringing.stop()
	a.offered = !hasSDP(a.in.req)
	res := l.response(a.in, 200, l.talk.body())
	l.pulse.answer(a.in.req, res)
	l.accept(a, res)
}

// refuse answers a request of the leg finally with an error status.
func (l *leg) refuse(in inbound, status int, headers ...sip.Header) {
	l.set.respond(in, status, headers...)
}
