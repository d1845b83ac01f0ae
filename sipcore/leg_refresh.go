package sipcore

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"roadline/fmc"
)

// minSession is the shortest session interval that we accept, in seconds (RFC 4028 §4: never below 90).
const minSession = 90

// refresher keeps a session's timer (RFC 4028). We never ask for one: a peer that wants one gets it, and refreshes it
// itself wherever the RFC leaves the choice to us.
type refresher struct {
	interval int  // seconds; 0: no timer
	ours     bool // we refresh
	update   bool // the peer takes UPDATE, which needs no offer
	due      *alarm
}

// acceptable reports whether a request's Session-Expires is not too short (RFC 4028 §9).
func (r *refresher) acceptable(req *sip.Request) bool {
	n, _ := sessionExpires(req)
	return n == 0 || n >= minSession
}

// answer reads the timer that a request of the peer asks for and writes ours into the 2xx: the peer, as the client, is
// to refresh unless it asks us to (RFC 4028 §9, table 2).
func (r *refresher) answer(req *sip.Request, res *sip.Response) {
	n, who := sessionExpires(req)
	r.interval, r.ours = n, who == "uas"
	r.learn(req)
	if n == 0 {
		return
	}
	if who == "" {
		who = "uac"
		if !hasToken(req, "supported", "timer") {
			who, r.ours = "uas", true // it cannot refresh: a proxy asked
		}
	}
	if who == "uac" {
		res.AppendHeader(sip.NewHeader("Require", "timer"))
	}
	res.AppendHeader(sip.NewHeader("Session-Expires", strconv.Itoa(n)+";refresher="+who))
}

// take reads the timer that the peer's 2xx sets (RFC 4028 §7.2).
func (r *refresher) take(res *sip.Response) {
	n, who := sessionExpires(res)
	r.interval, r.ours = n, who != "uas"
	r.learn(res)
}

// learn notes whether the peer takes UPDATE; a message without Allow says nothing (RFC 3261 §20.5).
func (r *refresher) learn(msg sip.Message) {
	if len(values(msg, "allow")) > 0 {
		r.update = hasToken(msg, "allow", "UPDATE")
	}
}

// sessionExpires reads Session-Expires: the interval in seconds and who refreshes.
func sessionExpires(msg sip.Message) (int, string) {
	all := append(values(msg, "session-expires"), values(msg, "x")...)
	if len(all) == 0 {
		return 0, ""
	}
	head, p := params(all[0])
	n, err := strconv.Atoi(head)
	if err != nil || n < 0 {
		return 0, ""
	}
	return min(n, 24*3600), strings.ToLower(p.GetOr("refresher", ""))
}

// minSE reads Min-SE, in seconds; 0: none (RFC 4028 §5).
func minSE(msg sip.Message) int {
	for _, v := range values(msg, "min-se") {
		head, _ := params(v)
		if n, err := strconv.Atoi(head); err == nil && n > 0 {
			return min(n, 24*3600)
		}
	}
	return 0
}

// start arms the timer anew: half the interval until we refresh, or until shortly before its end where the peer should
// have (RFC 4028 §10).
func (r *refresher) start(l *leg) {
	r.due.stop()
	if r.interval == 0 {
		return
	}
	whole := time.Duration(r.interval) * time.Second
	if r.ours {
		r.due = l.after(whole/2, l.refresh)
		return
	}
	r.due = l.after(whole-min(32*time.Second, whole/3), func() { l.lost("The other side stopped refreshing the call.") })
}

func (r *refresher) stop() { r.due.stop() }

// renewal is a refresh of ours under way.
type renewal struct {
	offered bool // it carries an offer: a re-INVITE
	seq     uint32
	tx      *sip.ClientTx
}

// refresh sends a session refresh: UPDATE without an offer where the peer takes it, else a re-INVITE with what is agreed
// already.
func (l *leg) refresh() {
	if l.link != fmc.Up || l.asking != nil {
		return
	}
	if l.asked != nil { // the peer's own INVITE is under way: RFC 3261 §14.1
		l.pulse.due = l.after(time.Second, l.refresh)
		return
	}
	method, body := sip.UPDATE, []byte(nil)
	if !l.pulse.update {
		method, body = sip.INVITE, l.talk.offer()
	}
	req := l.dlg.request(method)
	l.dress(req, l.dlg.flow)
	req.AppendHeader(sip.NewHeader("Session-Expires", strconv.Itoa(l.pulse.interval)+";refresher=uac"))
	setBody(req, body)
	tx, err := l.send(req)
	if err != nil {
		l.lost("The path to the other side is gone.")
		return
	}
	r := &renewal{offered: method == sip.INVITE, seq: req.CSeq().SeqNo, tx: tx}
	l.asking = r
	if r.offered {
		tx.OnRetransmission(func(*sip.Response) { l.box.post(func() { l.ackRenewal(r) }) })
	}
	l.follow(l.set, tx, func(res *sip.Response) { l.renewed(r, res) }, func(err error) {
		l.asking = nil
		if err != nil {
			l.lost("The other side does not answer a refresh.")
		}
	})
}

func (l *leg) ackRenewal(r *renewal) {
	if err := l.acknowledge(r.seq); err != nil {
		l.log.Warn("ack not sent", "err", err)
	}
}

// renewed takes the answer to a refresh.
func (l *leg) renewed(r *renewal, res *sip.Response) {
	if res.StatusCode < 200 {
		return
	}
	l.asking = nil
	switch s := res.StatusCode; {
	case s < 300:
		l.retarget(res.Contact(), l.dlg.flow)
		if r.offered {
			l.ackRenewal(r)
			if err := l.talk.answered(res.Body()); err != nil {
				l.log.Warn("refresh answered without usable media", "err", err)
			}
			l.tellHeld()
		}
		l.pulse.take(res)
		l.pulse.start(l)
	case s == 491:
		// RFC 3261 §14.1: whoever owns the Call-ID waits longer, so that the two do not collide again.
		wait := time.Duration(rand.IntN(200)) * 10 * time.Millisecond
		if l.dlg.ours {
			wait = 2100*time.Millisecond + time.Duration(rand.IntN(190))*10*time.Millisecond
		}
		l.pulse.due = l.after(wait, l.refresh)
	case s == 481 || s == 408:
		l.lost("The other side does not know the call any more.") // RFC 3261 §12.2.1.2
	case s == 405 || s == 501:
		l.pulse.update = false
		l.refresh()
	default:
		l.pulse.start(l) // RFC 4028 §10 leaves the session alone until it expires
	}
}

// retryAfter is the 0 to 10 s of RFC 3261 §14.2.
func retryAfter() int { return rand.IntN(11) }
