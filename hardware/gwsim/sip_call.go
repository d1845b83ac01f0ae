package gwsim

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"roadline/hardware/gsmsim"
)

// sipCall is a call of a line between SIP and the simulated network.
type sipCall struct {
	a      *agent
	line   agentLine
	id     string
	tag    string // ours
	speech *speech
	phone  atomic.Pointer[gsmsim.Handset]

	ackOnce, cancelOnce, byeOnce sync.Once
	ack, cancel, bye             chan struct{} // closed when the far side said so
}

func (a *agent) newCall(l agentLine, id string) (*sipCall, error) {
	s, err := newSpeech(a.conn.LocalAddr().(*net.UDPAddr).IP)
	if err != nil {
		return nil, err
	}
	c := &sipCall{a: a, line: l, id: id, tag: token(), speech: s, ack: make(chan struct{}), cancel: make(chan struct{}), bye: make(chan struct{})}
	a.mu.Lock()
	a.calls[id] = c
	a.mu.Unlock()
	a.life.Go(s.read)
	return c, nil
}

// end forgets the call.
func (c *sipCall) end() {
	c.speech.close()
	c.a.mu.Lock()
	defer c.a.mu.Unlock()
	delete(c.a.calls, c.id)
	delete(c.a.acks, c.id)
}

func (c *sipCall) acknowledged() { c.ackOnce.Do(func() { close(c.ack) }) }
func (c *sipCall) cancelled()    { c.cancelOnce.Do(func() { close(c.cancel) }) }
func (c *sipCall) left()         { c.byeOnce.Do(func() { close(c.bye) }) }

func (c *sipCall) pressed(keys string) {
	if h := c.phone.Load(); h != nil {
		_ = h.Press(keys) // a word that is no key is none
	}
}

// describe puts our side of the media into a message, and takes the other's.
func (c *sipCall) describe(m *message, theirs string) {
	c.speech.aim(theirs)
	m.set("Contact", fmt.Sprintf("<sip:%s>", c.a.host()))
	m.set("Content-Type", "application/sdp")
	m.body = c.speech.sdp()
}

// join lets the two sides hear each other.
func (c *sipCall) join(h *gsmsim.Handset) {
	c.phone.Store(h)
	c.speech.pressed(func(key byte) { c.pressed(string(key)) })
	h.Say(c.speech.next)
	h.Listen(c.speech.send)
}

// invited takes a call that goes out by a line: RFC 3261 §13.3.
func (a *agent) invited(ctx context.Context, m message, from *net.UDPAddr) {
	l, number, ok := a.lineFor(userOf(m.uri))
	if !ok {
		a.answer(m, m.reply(404, "Not Found", token()), from)
		return
	}
	a.answer(m, m.reply(100, "Trying", ""), from)
	if !l.port.registered() {
		a.answer(m, m.reply(503, "Service Unavailable", token()), from)
		return
	}
	h, err := l.port.mobile.Dial(number)
	if err != nil {
		a.answer(m, m.reply(486, "Busy Here", token()), from)
		return
	}
	c, err := a.newCall(l, m.get("Call-ID"))
	if err != nil {
		h.HangUp()
		a.answer(m, m.reply(500, "Server Internal Error", token()), from)
		return
	}
	defer c.end()
	defer h.HangUp()
	c.join(h)
	if !c.rung(ctx, m, from, h) {
		return
	}
	up := m.reply(200, "OK", c.tag)
	c.describe(&up, m.body)
	c.serve(ctx, func() { a.answer(m, up, from) }, h, dialogOf(m, up, true))
}

// rung waits for the answer of whoever is called; false: there is none.
func (c *sipCall) rung(ctx context.Context, m message, from *net.UDPAddr, h *gsmsim.Handset) bool {
	a, alerted := c.a, h.Alerted()
	for {
		select {
		case <-alerted:
			alerted = nil
			ringing := m.reply(183, "Session Progress", c.tag) // the network's own ring-back is heard
			c.describe(&ringing, m.body)
			a.answer(m, ringing, from)
			a.answer(m, m.reply(180, "Ringing", c.tag), from)
		case <-h.Answered():
			return true
		case <-h.Ended():
			status, reason := refusalOf(h.Cause())
			r := m.reply(status, reason, c.tag)
			r.add("Reason", fmt.Sprintf("Q.850;cause=%d", h.Cause()))
			a.answer(m, r, from)
			return false
		case <-c.cancel:
			a.answer(m, m.reply(487, "Request Terminated", c.tag), from)
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// refusalOf is the status that a box answers with for a cause of 24.008.
func refusalOf(why int) (int, string) {
	switch why {
	case 1, 3:
		return 404, "Not Found"
	case 17:
		return 486, "Busy Here"
	case 21:
		return 603, "Decline"
	case 28:
		return 484, "Address Incomplete"
	case 18, 19, 20, 27, 31:
		return 480, "Temporarily Unavailable"
	}
	return 503, "Service Unavailable"
}

// serve sends the answer until it is acknowledged, and lives through the talk until one side ends it.
func (c *sipCall) serve(ctx context.Context, answer func(), h *gsmsim.Handset, d dialog) {
	pause, deadline := firstAgain, time.NewTimer(giveUp)
	defer deadline.Stop()
	answer()
	for acked := c.ack; acked != nil; {
		again := time.NewTimer(pause)
		select {
		case <-acked:
			acked = nil
		case <-again.C:
			answer()
			pause = min(2*pause, mostAgain)
		case <-c.bye:
			acked = nil
		case <-h.Ended():
			acked = nil
		case <-deadline.C:
			c.hangUp(ctx, d, clearing)
			acked = nil
		case <-ctx.Done():
			acked = nil
		}
		again.Stop()
	}
	c.talk(ctx, h, d)
}

// talk lives until one side ends the call.
func (c *sipCall) talk(ctx context.Context, h *gsmsim.Handset, d dialog) {
	select {
	case <-c.bye:
		h.HangUp()
	case <-h.Ended():
		c.hangUp(ctx, d, h.Cause())
	case <-ctx.Done():
	}
}

// clearing is the cause of a call that somebody ended: 24.008 annex H.
const clearing = 16

// hangUp says BYE, and why where nobody hung up.
func (c *sipCall) hangUp(ctx context.Context, d dialog, why int) {
	bye := d.request("BYE")
	if why != clearing {
		bye.add("Reason", fmt.Sprintf("Q.850;cause=%d", why))
	}
	_, _ = c.a.ask(ctx, bye, d.to, nil) // who does not answer has gone
}

// dialog is what requests within a call need.
type dialog struct {
	to                *net.UDPAddr
	target            string
	from, other, call string
	cseq              int
}

// dialogOf is the dialog that an answered INVITE made; callee: we were called.
func dialogOf(invite, answer message, callee bool) dialog {
	n, _ := invite.cseq()
	d := dialog{call: invite.get("Call-ID"), cseq: n + 1}
	if callee {
		d.target, d.from, d.other, d.cseq = uriOf(invite.get("Contact")), answer.get("To"), invite.get("From"), 1
	} else {
		d.target, d.from, d.other = uriOf(answer.get("Contact")), invite.get("From"), answer.get("To")
	}
	if at, err := net.ResolveUDPAddr("udp", hostOf(d.target)); err == nil {
		d.to = at
	}
	return d
}

func (d dialog) request(method string) message {
	m := message{method: method, uri: d.target}
	m.add("From", d.from)
	m.add("To", d.other)
	m.add("Call-ID", d.call)
	m.add("CSeq", fmt.Sprintf("%d %s", d.cseq, method))
	return m
}

// bring brings a call that came to the card to the server: RFC 3261 §13.2. Who calls stands as boxes put it: in the display
// name and Remote-Party-ID, with the account in From where there is one.
func (a *agent) bring(ctx context.Context, l agentLine, h *gsmsim.Handset) {
	defer h.HangUp()
	c, err := a.newCall(l, token())
	if err != nil {
		return
	}
	defer c.end()
	invite := c.invite(h.Caller())
	answer, err := c.offer(ctx, invite, h)
	if err == nil && wantsProof(answer, l) {
		invite = prove(invite, answer, l)
		answer, err = c.offer(ctx, invite, h)
	}
	if err != nil || answer.status >= 300 {
		return
	}
	d := dialogOf(invite, answer, false)
	n, _ := invite.cseq()
	ack := d.request("ACK")
	ack.set("CSeq", fmt.Sprintf("%d ACK", n))
	a.stamp(&ack)
	a.mu.Lock()
	a.acks[c.id] = ack.String()
	a.mu.Unlock()
	a.write(ack.String(), d.to)
	c.speech.aim(answer.body)
	c.join(h)
	h.Answer()
	c.talk(ctx, h, d)
}

// invite is the INVITE for a call that came to the card.
func (c *sipCall) invite(caller string) message {
	a, l := c.a, c.line
	host := a.server.String()
	user, name := l.User, caller
	if caller == "" {
		name = "anonymous"
	}
	if user == "" {
		user = name
	}
	m := message{method: "INVITE", uri: fmt.Sprintf("sip:%s@%s", l.Hotline, host)}
	m.add("From", fmt.Sprintf(`"%s" <sip:%s@%s>;tag=%s`, name, user, host, c.tag))
	m.add("To", fmt.Sprintf("<sip:%s@%s>", l.Hotline, host))
	m.add("Call-ID", c.id)
	m.add("CSeq", "1 INVITE")
	if caller != "" {
		m.add("Remote-Party-ID", fmt.Sprintf("<sip:%s@%s>;party=calling;privacy=off;screen=no", caller, host))
	}
	m.set("Contact", fmt.Sprintf("<sip:%s>", a.host()))
	m.set("Content-Type", "application/sdp")
	m.body = c.speech.sdp()
	return m
}

// offer sends the INVITE and waits for its last answer; when whoever called gives up it is cancelled, RFC 3261 §9.1.
func (c *sipCall) offer(ctx context.Context, invite message, h *gsmsim.Handset) (message, error) {
	a := c.a
	a.stamp(&invite)
	type outcome struct {
		answer message
		err    error
	}
	came, rings := make(chan outcome, 1), make(chan struct{}, 1)
	a.life.Go(func() {
		answer, err := a.ask(ctx, invite, a.server, func(message) {
			select {
			case rings <- struct{}{}:
			default:
			}
		})
		came <- outcome{answer, err}
	})
	ended, heard, over := h.Ended(), false, false
	for {
		select {
		case o := <-came:
			return o.answer, o.err
		case <-rings:
			heard = true
		case <-ended:
			ended, over = nil, true
		}
		if over && heard { // no CANCEL before a 1xx
			over = false
			cancel := message{method: "CANCEL", uri: invite.uri, headers: []field{{"Via", invite.get("Via")}, {"Max-Forwards", "70"}}}
			n, _ := invite.cseq()
			for _, name := range []string{"From", "To", "Call-ID"} {
				cancel.add(name, invite.get(name))
			}
			cancel.add("CSeq", fmt.Sprintf("%d CANCEL", n))
			a.life.Go(func() { _, _ = a.ask(ctx, cancel, a.server, nil) }) // the INVITE's own answer counts
		}
	}
}
