package sipcore

import (
	"time"

	"github.com/emiago/sipgo/sip"

	"roadline/fmc/cause"
)

// place is one address that an INVITE of ours is sent to: a target of a trunk or a binding of an account.
type place struct {
	uri    sip.Uri   // the Request-URI
	routes []sip.Uri // the Path that its registration came by (RFC 3327)
	flow   flow      // where to: the next hop, resolved
	fast   bool      // it answered us lately, so silence is noticed sooner
	target *target   // of a trunk; nil: a phone, or a gateway
	box    bool      // a gateway's line
}

// branch is one INVITE of ours, from its first sending to its final response. It outlives the leg's interest in it: the
// protocol must be carried to its end, else a phone rings on or a call is billed that nobody has.
type branch struct {
	dial   *dialling
	to     place
	invite *sip.Request
	tx     *sip.ClientTx

	heard  bool      // any 1xx: from now on a CANCEL may be sent (RFC 3261 §9.1)
	spoken bool      // something above 100
	toTag  string    // of the last of those: its early dialog
	rang   bool      // a 180
	since  time.Time // of the first 180
	closed bool      // it had its final response, or died

	unwanted  *cause.Cause // why it is to be cancelled; nil: wanted
	cancelled bool         // the CANCEL is sent
	silence   *alarm       // until the first response, whatever it is
	last      *alarm       // after the CANCEL: until we stop waiting for the final response
	retries   int          // how often it was sent again with credentials or a longer session
}

// firstWord is how long a peer may be silent after an INVITE before the next line is tried.
func (t Timing) firstWord(p place) time.Duration {
	if p.fast {
		return t.Known
	}
	return t.Unknown
}

// absent is what silence means: a trunk's is the carrier's, and another may serve; a phone's is the person's, and a
// gateway's its own.
func (p place) absent() cause.Meaning {
	switch {
	case p.box:
		return cause.LineFault
	case p.target == nil:
		return cause.Unreachable
	}
	return cause.Congested
}

// ring sends the branch's INVITE.
func (l *leg) ring(b *branch) error {
	tx, err := l.set.wire.send(b.invite, b.to.flow)
	if err != nil {
		return err
	}
	b.tx = tx
	// A 2xx that comes after the first one is a retransmission of it or the answer of another phone behind a forking
	// proxy: the layer reports both here, also when the leg is long over.
	tx.OnRetransmission(func(res *sip.Response) {
		if !l.box.post(func() { l.again(res) }) {
			l.set.Stray(res)
		}
	})
	b.silence = l.after(l.set.opts.Timing.firstWord(b.to), func() { l.silent(b) })
	l.follow(l.set, tx, func(res *sip.Response) { l.responded(b, res) }, func(err error) { l.died(b, err) })
	return nil
}

// silent gives up on a peer that said nothing. Its INVITE stays: it gets its CANCEL when its first 1xx comes, and ACK
// and BYE if a 200 does.
func (l *leg) silent(b *branch) {
	if b.heard || b.closed {
		return
	}
	c := cause.Because(b.to.absent(), "%s did not answer for %v.", b.to.flow.Remote, l.set.opts.Timing.firstWord(b.to))
	b.to.target.doubted()
	l.drop(b, c)
	l.failed(b, c)
}

// drop makes a branch unwanted: CANCEL now, or as soon as the protocol allows.
func (l *leg) drop(b *branch, c cause.Cause) {
	if b.closed || b.unwanted != nil {
		return
	}
	b.unwanted = &c
	l.cancel(b)
}

// cancel sends the CANCEL of an unwanted branch once a 1xx has been heard (RFC 3261 §9.1). The INVITE's transaction is
// kept until its final response, which may be a 200 that crossed the CANCEL.
func (l *leg) cancel(b *branch) {
	if b.unwanted == nil || !b.heard || b.cancelled || b.closed {
		return
	}
	b.cancelled = true
	req := cancelOf(b.invite, *b.unwanted)
	tx, err := l.set.wire.send(req, b.to.flow)
	if err != nil {
		l.log.Warn("cancel not sent", "err", err)
		return
	}
	l.follow(l.set, tx, func(*sip.Response) {}, func(error) {})
	// RFC 3261 §9.1: without a final response in 64*T1 the INVITE is considered cancelled.
	b.last = l.after(64*sip.T1, b.tx.Terminate)
}

// cancelOf builds the CANCEL of an INVITE (RFC 3261 §9.1): the same Request-URI, Via, Route, From, To, Call-ID and CSeq
// number. The library's own cannot carry the Reason that keeps the phone from showing a missed call.
func cancelOf(invite *sip.Request, c cause.Cause) *sip.Request {
	req := sip.NewRequest(sip.CANCEL, *invite.Recipient.Clone())
	req.AppendHeader(invite.Via().Clone())
	for _, name := range []string{"Route", "Max-Forwards", "From", "To", "Call-ID"} {
		sip.CopyHeaders(name, invite, req)
	}
	req.AppendHeader(&sip.CSeqHeader{SeqNo: invite.CSeq().SeqNo, MethodName: sip.CANCEL})
	for _, h := range reasonHeaders(c) {
		req.AppendHeader(h)
	}
	req.SetBody(nil)
	return req
}
