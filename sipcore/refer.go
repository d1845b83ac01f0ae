package sipcore

import (
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
)

const (
	transferWait = 40 * time.Second // for the call to let the leg go, before the phone is told that nothing came of it
	partingWait  = 3 * time.Second  // for the two calls of an attended transfer to join, when the phone has hung up already
	mostReferred = 64               // bytes of what a phone may transfer to
)

// transfer is a REFER of the leg's phone under way. The phone learns by NOTIFY how it goes: the subscription that every
// REFER implies (RFC 3515 §2.4.4).
type transfer struct {
	event  string // of its NOTIFY; the first REFER of a dialog has no id (RFC 3515 §2.4.6)
	silent bool   // the phone wants no NOTIFY: Refer-Sub: false (RFC 4488)
	handed bool   // it is an attended one: this leg's call and another join
	late   *alarm
}

// referred takes a REFER: the person at this phone wants the other party to go on without them.
func (l *leg) referred(in inbound) {
	switch {
	case l.line.account == "":
		l.respond(in, 603, sip.NewHeader("Warning", `399 roadline "Transfer by keys or in the cabinet"`))
		return
	case !l.up():
		l.refuseReferral(in, refused(480, "only an answered call is transferred"))
		return
	case l.transfer != nil:
		l.refuseReferral(in, refused(491, "a transfer is under way"))
		return
	}
	to, err := referTo(in.req)
	if err != nil {
		l.refuseReferral(in, err)
		return
	}
	r, err := replacesIn(&to.URI)
	switch {
	case err != nil:
		l.refuseReferral(in, err)
	case r != nil:
		l.set.named(*r, func(n named, ok bool) {
			if !l.box.post(func() { l.handOver(in, n, ok) }) {
				l.respond(in, 481)
			}
		})
	default:
		l.promise(in, false)
		l.set.opts.Calls.Post(l.id, call.Wished{Wish: call.Wish{Kind: call.WishTransfer, Leg: l.id, Digits: userOf(&to.URI)}})
	}
}

func (l *leg) refuseReferral(in inbound, err error) {
	status, headers := refusalOf(err)
	l.respond(in, status, headers...)
}

// referTo reads where a REFER leads (RFC 3515 §2.1, §2.4.2). Errors: *refusal.
func referTo(req *sip.Request) (nameAddr, error) {
	all := values(req, "refer-to")
	if len(all) != 1 {
		return nameAddr{}, refused(400, "a REFER has one Refer-To")
	}
	to, ok := parseNameAddr(all[0])
	if !ok {
		return to, refused(400, "Refer-To cannot be read")
	}
	method, has := to.URI.UriParams.Get("method")
	switch user := userOf(&to.URI); {
	case !strings.EqualFold(to.URI.Scheme, "sip") && !strings.EqualFold(to.URI.Scheme, "sips") && !strings.EqualFold(to.URI.Scheme, "tel"):
		return to, refused(416, "a call is transferred to a sip: or tel: address")
	case has && method != "INVITE":
		return to, refused(400, "a REFER transfers a call, and does nothing else")
	case user == "" || len(user) > mostReferred:
		return to, refused(400, "Refer-To names nobody: write a number or an extension before the @")
	}
	return to, nil
}

// handOver is an attended transfer (RFC 5589): whom the person talks with in the dialog named takes the place of this leg.
// Whatever is not a dialog of the same person's is told to be nothing.
func (l *leg) handOver(in inbound, n named, ok bool) {
	company, person := l.set.holder(l.line.account)
	others, other := l.set.holder(n.account)
	switch {
	case !l.up() || l.parting != nil:
		l.respond(in, 481)
	case l.transfer != nil:
		l.refuseReferral(in, refused(491, "a transfer is under way"))
	case !ok || n.leg == l.id || person == "" || company != others || person != other || n.early && n.ours:
		l.respond(in, 481)
	default:
		n.of.box.post(n.of.yields) // before the 202, behind which the phone may hang up both
		l.promise(in, true)
		l.set.opts.Calls.Post(n.leg, call.Wished{Wish: call.Wish{Kind: call.WishHandOver, Leg: n.leg, Whom: l.id}})
	}
}

// promise takes a REFER on: 202, and the first NOTIFY.
func (l *leg) promise(in inbound, handed bool) {
	t := &transfer{event: "refer", handed: handed}
	if l.refers++; l.refers > 1 {
		t.event += ";id=" + strconv.FormatUint(uint64(in.req.CSeq().SeqNo), 10)
	}
	res := l.response(in, 202, nil)
	if hasToken(in.req, "refer-sub", "false") {
		t.silent = true
		res.AppendHeader(sip.NewHeader("Refer-Sub", "false"))
	}
	if err := in.tx.Respond(res); err != nil {
		l.log.Debug("response not sent", "err", err)
	}
	l.transfer = t
	t.late = l.after(transferWait, func() { l.transferred(603) })
	l.notify(t, 100)
}

// transferred ends a transfer: its phone is told what came of it.
func (l *leg) transferred(status int) {
	t := l.transfer
	if t == nil {
		return
	}
	l.transfer = nil
	t.late.stop()
	if l.parting == nil {
		l.notify(t, status)
	}
}

// notify tells the phone how its transfer stands: a message/sipfrag with a status line (RFC 3515 §2.4.5).
func (l *leg) notify(t *transfer, status int) {
	if t.silent {
		return
	}
	state := "terminated;reason=noresource"
	if status < 200 {
		state = "active;expires=" + strconv.Itoa(int(transferWait.Seconds()))
	}
	req := l.dlg.request(sip.NOTIFY)
	contact := l.set.contact(l.dlg.flow)
	req.AppendHeader(&sip.ContactHeader{Address: contact})
	req.AppendHeader(sip.NewHeader("Event", t.event))
	req.AppendHeader(sip.NewHeader("Subscription-State", state))
	kind := sip.ContentTypeHeader("message/sipfrag;version=2.0")
	req.AppendHeader(&kind)
	req.SetBody([]byte("SIP/2.0 " + strconv.Itoa(status) + " " + phrases[status] + "\r\n"))
	tx, err := l.send(req)
	if err != nil {
		l.log.Warn("notify not sent", "err", err)
		return
	}
	l.follow(l.set, tx, func(res *sip.Response) {
		if res.StatusCode >= 300 {
			t.silent = true // it does not know of the subscription
		}
	}, func(error) {})
}

// movedOn tells the phone how its transfer ended when the call lets the leg go: well, unless it is us who fail.
func (l *leg) movedOn(c cause.Cause) {
	switch c.Meaning {
	case cause.Interrupted, cause.Failed:
		l.transferred(503)
	default:
		l.transferred(200)
	}
}

// yields has a leg that a REFER named wait too before it tells that its phone has hung up.
func (l *leg) yields() {
	l.yielding.stop()
	l.yielding = l.after(transferWait, func() { l.yielding = nil })
}

// parts keeps a leg for a moment whose phone hung up behind its REFER: its call would end before it has joined the other.
// False: nothing is under way.
func (l *leg) parts(c cause.Cause) bool {
	if handed := l.transfer != nil && l.transfer.handed; !handed && l.yielding == nil || l.link != fmc.Up {
		return false
	}
	l.parting = &c
	l.pulse.stop()
	l.after(partingWait, func() { l.gone(c) })
	return true
}
