package sipcore

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"

	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
)

// receive brings a request of the dialog to the leg. False: the leg is gone, or has more waiting than it can deal with.
func (l *leg) receive(in inbound) bool {
	return l.box.offer(func() {
		if in.req.IsAck() {
			l.acknowledged(in.req)
			return
		}
		l.ordered(in)
	})
}

// ordered deals with requests in the order of their CSeq.
func (l *leg) ordered(in inbound) {
	switch {
	case l.dlg != nil:
	case l.dial != nil && !in.late: // it may have overtaken the 2xx that makes its dialog
		in.late = true
		l.after(patience, func() { l.ordered(in) })
		return
	default:
		l.respond(in, 481)
		return
	}
	ready := l.order.next(in, l.dlg.remoteSeq, l.dlg.remoteSeen)
	if ready == nil {
		l.after(patience, func() {
			for _, late := range l.order.release() {
				l.inside(late)
			}
		})
	}
	for _, in := range ready {
		l.inside(in)
	}
}

// inside deals with one request of the dialog.
func (l *leg) inside(in inbound) {
	// After our end theirs may cross it: a BYE, or an INVITE that tells that our 2xx is there and ours may be sent.
	over := (l.link == fmc.Gone || l.parting != nil) && in.req.Method != sip.BYE && (in.req.Method != sip.INVITE || l.asked == nil)
	if over || tagOf(in.req.From().Params) != l.dlg.remote.Tag {
		l.respond(in, 481)
		return
	}
	if err := l.dlg.accept(in.req.CSeq().SeqNo); err != nil {
		l.respond(in, 500, sip.NewHeader("Retry-After", "1")) // RFC 3261 §12.2.2
		return
	}
	switch in.req.Method {
	case sip.BYE:
		l.respond(in, 200)
		l.left(in)
	case sip.INVITE:
		l.reinvited(in)
	case sip.UPDATE:
		l.updated(in)
	case sip.INFO:
		l.informed(in)
	case sip.OPTIONS:
		l.respond(in, 200, append(l.line.skills(), sip.NewHeader("Accept", sdpType))...)
	case sip.REFER:
		l.referred(in)
	case sip.PRACK:
		l.respond(in, 481) // we send no reliable provisional responses (RFC 3262 §3)
	default:
		l.respond(in, 405, l.line.skills()[0])
	}
}

// left ends the leg because its far end hung up.
func (l *leg) left(in inbound) {
	if a := l.asked; a != nil {
		if a.again != nil {
			a.again.stop()
		}
		if a.res == nil {
			l.refuse(a.in, 487)
		}
		l.asked, l.acks = nil, nil
	}
	if c := byeCause(reasonQ850(in.req)); !l.parts(c) {
		l.gone(c)
	}
}

// reinvited takes a re-INVITE: hold, resume, a moved media address, a refreshed session.
func (l *leg) reinvited(in inbound) {
	switch {
	case l.asking != nil:
		l.respond(in, 491) // RFC 3261 §14.2: ours is under way
		return
	case l.asked != nil && (l.asked.res == nil || l.asked.offered):
		l.respond(in, 500, sip.NewHeader("Retry-After", strconv.Itoa(retryAfter()))) // RFC 3261 §14.2
		return
	case l.asked != nil:
		l.arrived(l.asked, nil) // a new INVITE tells that our 2xx is there; its ACK was overtaken
	}
	if l.link == fmc.Gone { // it was released before the ACK
		l.respond(in, 481)
		return
	}
	if !l.pulse.acceptable(in.req) {
		l.respond(in, 422, sip.NewHeader("Min-SE", strconv.Itoa(minSession)))
		return
	}
	a := &answering{in: in}
	l.talk.signal = in.at.remote().Addr()
	body, err := l.talk.reanswer(in.req)
	if err != nil {
		l.respond(in, 488, sip.NewHeader("Warning", warning(err))) // the session goes on as it was (RFC 3261 §14.2)
		return
	}
	a.offered = !hasSDP(in.req)
	l.retarget(in.req.Contact(), in.at)
	l.asked = a
	in.tx.OnCancel(func(cancel *sip.Request) { l.box.post(func() { l.cancelled(a, cancel) }) })
	res := l.response(in, 200, body)
	l.pulse.answer(in.req, res)
	l.accept(a, res)
	l.pulse.start(l)
	l.tellHeld()
}

// updated takes an UPDATE (RFC 3311): with an offer as a re-INVITE, without one a refresh.
func (l *leg) updated(in inbound) {
	offer := hasSDP(in.req)
	switch {
	case offer && l.asking != nil && l.asking.offered:
		l.respond(in, 491) // RFC 3311 §5.2
		return
	case offer && l.asked != nil && (l.asked.res == nil || l.asked.offered):
		l.respond(in, 500, sip.NewHeader("Retry-After", strconv.Itoa(retryAfter())))
		return
	case !l.pulse.acceptable(in.req):
		l.respond(in, 422, sip.NewHeader("Min-SE", strconv.Itoa(minSession)))
		return
	}
	var body []byte
	if offer {
		l.talk.signal = in.at.remote().Addr()
		var err error
		if body, err = l.talk.reanswer(in.req); err != nil {
			l.respond(in, 488, sip.NewHeader("Warning", warning(err)))
			return
		}
	}
	l.retarget(in.req.Contact(), in.at)
	res := l.response(in, 200, body)
	l.pulse.answer(in.req, res)
	if err := in.tx.Respond(res); err != nil {
		l.log.Debug("response not sent", "err", err)
	}
	l.pulse.start(l)
	l.tellHeld()
}

// retarget takes the peer's new Contact. A target that changed is told to the call, so that the journal has it when the
// server must hang up after a crash.
func (l *leg) retarget(c *sip.ContactHeader, at flow) {
	old := l.dlg.target.String()
	l.dlg.refresh(c, at)
	if l.up() && l.dlg.target.String() != old {
		l.report(fmc.Up, cause.Cause{})
	}
}

// informed takes a key in an INFO: application/dtmf-relay ("Signal=5") or application/dtmf ("5"). It is answered and
// ignored where the leg has sent keys by RFC 4733: who sends both sends each key twice.
func (l *leg) informed(in inbound) {
	kind := ""
	if h := in.req.GetHeader("content-type"); h != nil {
		kind, _ = params(h.Value())
	}
	key, ok := infoKey(strings.ToLower(kind), in.req.Body())
	switch {
	case len(in.req.Body()) == 0:
		l.respond(in, 200) // RFC 2976: a probe that the dialog lives
	case !ok:
		l.respond(in, 415, sip.NewHeader("Accept", "application/dtmf-relay, application/dtmf"))
	default:
		l.respond(in, 200)
		if l.talk.port.Quality().Heard.Events == 0 {
			l.set.opts.Calls.Post(l.id, call.Digit{Leg: l.id, Key: key})
		}
	}
}

// infoKey reads the key of an INFO body.
func infoKey(kind string, body []byte) (byte, bool) {
	text := strings.TrimSpace(string(body))
	switch kind {
	case "application/dtmf":
	case "application/dtmf-relay":
		text = ""
		for line := range bytes.Lines(body) {
			if k, v, ok := strings.Cut(string(line), "="); ok && strings.EqualFold(strings.TrimSpace(k), "Signal") {
				text = strings.TrimSpace(v)
			}
		}
	default:
		return 0, false
	}
	switch text = strings.ToUpper(text); {
	case text == "10":
		return '*', true // the event code of RFC 4733 §3.2, as some phones write it
	case text == "11":
		return '#', true
	case len(text) == 1 && strings.Contains("0123456789*#ABCD", text):
		return text[0], true
	}
	return 0, false
}

// listen looks whether anything still comes from the far end. Neither RTP nor RTCP for the longest silence, while nobody
// holds anybody, is no proof: some phones send nothing when nobody speaks. So the far end is asked (FLOWS E0, "lost in
// speech").
func (l *leg) listen() {
	longest := l.set.opts.Timing.Silence
	if longest < 0 || !l.up() {
		return
	}
	quiet := l.talk.port.Quality().Quiet.Both()
	if l.talk.held || quiet < longest {
		l.after(max(longest-quiet, longest/4), l.listen)
		return
	}
	l.probe()
	l.after(longest, l.listen)
}

// probe asks the far end whether it still knows the dialog. A refusal that denies it, or silence, is a loss.
func (l *leg) probe() {
	tx, err := l.send(l.dlg.request(sip.OPTIONS))
	if err != nil {
		l.lost("The path to the phone is gone.")
		return
	}
	l.follow(l.set, tx, func(res *sip.Response) {
		if res.StatusCode == 481 || res.StatusCode == 408 {
			l.lost("The far side does not know the call any more.")
		}
	}, func(err error) {
		if err != nil {
			l.lost("The far side is silent.")
		}
	})
}

// lost ends a leg in speech that nobody hung up.
func (l *leg) lost(why string) {
	if l.link != fmc.Up {
		return
	}
	c := cause.Because(cause.Lost, "%s", why)
	l.bye(c)
	l.gone(c)
}
