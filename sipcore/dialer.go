package sipcore

import (
	"context"
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// Dial makes a leg by a try. It returns at once, with a media port that the room can wire; the lines are leased in the
// try's order on the leg's own goroutine.
func (s *Legs) Dial(id fmc.LegID, try plan.Try) call.Leg {
	l := s.newLeg(id)
	l.dials = try.Number
	s.dialling(l, try, s.opts.Trunks.firstPath(try))
	return l
}

// dialling starts a leg that calls out; towards is where its first line leads.
func (s *Legs) dialling(l *leg, try plan.Try, towards flow) {
	l.link = fmc.Dialing
	l.dial = &dialling{try: try, trail: s.trailFor(l.id.Call), why: cause.Because(cause.Congested, "There is no line to call by.")}
	err := l.openMedia(towards)
	s.keep(l)
	switch {
	case err != nil:
		err = cause.Errorf(cause.NoRoom, "there is no media port: %w", err)
	case s.start(l.run):
		l.box.post(l.begin)
		return
	default:
		err = cause.Errorf(cause.Unavailable, "the server is stopping")
	}
	l.gone(cause.Because(cause.Failed, "%s", sentence(err)))
	s.forget(l)
}

// invite builds the INVITE of a place on the leg's line.
func (l *leg) invite(p place) (*sip.Request, error) {
	d := l.dial
	tag, id := newTag(), newCallIDHeader()
	ours := l.set.contact(p.flow)
	req := sip.NewRequest(sip.INVITE, *p.uri.Clone())
	for _, r := range p.routes {
		req.AppendHeader(&sip.RouteHeader{Address: *r.Clone()})
	}
	mf := sip.MaxForwardsHeader(d.trail.hops)
	req.AppendHeader(&mf)
	host := ours.Host
	req.AppendHeader(&sip.FromHeader{Address: sip.Uri{Scheme: "sip", User: "anonymous", Host: host}, Params: tagParams(tag)})
	req.AppendHeader(&sip.ToHeader{Address: toOf(p.uri)})
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: firstSeq(), MethodName: sip.INVITE})
	if err := l.show(req, host); err != nil {
		return nil, err
	}
	l.dress(req, p.flow)
	setBody(req, d.offer)
	l.set.remember(l, dialogKey{id.Value(), tag})
	l.set.overhear(l, id.Value())
	return req, nil
}

// show writes who calls: towards a trunk what is proven, towards a phone of the company whoever it is.
func (l *leg) show(req *sip.Request, host string) error {
	ln := l.dial.line
	shown := ln.candidate.Shown
	if ln.trunk != nil {
		if err := l.vouchedFor(shown); err != nil {
			return err
		}
		return identity(req, shown, ln.trunk, l.set.owned(shown.Asserted), host, l.set.now(), l.dial.trail.diverted)
	}
	from := req.From()
	from.DisplayName = shown.Display
	if user := shown.From.E164; user != "" {
		from.Address.User = escapeUser(user)
	} else if code := shown.From.Code(); code != "" {
		from.Address.User = escapeUser(code)
	} else {
		from.DisplayName = "Anonymous"
	}
	return nil
}

// vouchedFor says whether the operator of the leg's line knows the mobile that the leg shows: that it is a person's whom
// this trunk serves, and that a call back to the handset goes to that very handset.
func (l *leg) vouchedFor(shown callerid.Shown) error {
	if shown.Mobile.IsZero() {
		return nil
	}
	t := l.dial.line.trunk.ID
	if _, ok := l.set.served(t, shown.Mobile); !ok {
		return cause.Errorf(cause.Denied, "the operator of trunk %s vouches for nobody with %s", t, shown.Mobile.Masked())
	}
	if !shown.Diversion.IsZero() && !shown.Diversion.Same(l.dial.try.Number) {
		return cause.Errorf(cause.Denied, "a call goes back to the mobile that it was for, not to another")
	}
	return nil
}

// owned are the proven numbers of the company that owns a number, on whatever trunk it is served. What nobody owns is
// proved by nobody.
func (s *Legs) owned(n callerid.Number) callerid.Owned {
	for _, t := range s.opts.Trunks.order {
		if co, ok := s.opts.Companies.Called(t, n.E164); ok {
			return co.Owned()
		}
	}
	return callerid.Owned{}
}

// toOf is the To of a new INVITE: the Request-URI without what only the next hop needs (RFC 3261 §8.1.1.2).
func toOf(u sip.Uri) sip.Uri {
	to := *u.Clone()
	to.UriParams.Remove("transport")
	to.UriParams.Remove("lr")
	return to
}

// retry answers what a peer asks before it takes an INVITE: credentials (401, 407), a longer session (422). It sends
// the INVITE again with the next CSeq, once for each reason.
func (l *leg) retry(b *branch, res *sip.Response) bool {
	again := b.invite.Clone()
	again.RemoveHeader("Via")
	again.CSeq().SeqNo++
	switch s := res.StatusCode; {
	case (s == 401 || s == 407) && b.retries&1 == 0:
		ln := l.dial.line
		if ln.login.Name == "" {
			return false
		}
		if err := answerChallenge(again, res, ln.login); err != nil {
			l.log.Warn("challenge not answered", "err", err)
			return false
		}
		b.retries |= 1
	case s == 422 && b.retries&2 == 0:
		least := minSE(res)
		if least == 0 {
			return false
		}
		again.AppendHeader(sip.NewHeader("Session-Expires", strconv.Itoa(least)))
		again.AppendHeader(sip.NewHeader("Min-SE", strconv.Itoa(least)))
		b.retries |= 2
	default:
		return false
	}
	b.invite, b.heard, b.cancelled = again, false, false
	if err := l.ring(b); err != nil {
		l.log.Warn("invite not sent again", "err", err)
		return false
	}
	return true
}

// lineWait bounds how long finding the targets of a line may take before the next line is tried.
const lineWait = 2 * time.Second

func (l *leg) lease(c plan.Candidate) (*line, error) {
	if l.boxed != nil {
		return l.leaseBox()
	}
	ctx, cancel := context.WithTimeout(context.Background(), lineWait)
	defer cancel()
	return l.set.opts.Trunks.lease(ctx, l.set.wire, c, l.dial.try)
}
