package gwsim

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"roadline/fmc/cause"
)

// RFC 3261 §17.1.1.1: T1 and T2, and 64*T1 after which nobody answers any more.
const (
	firstAgain = 500 * time.Millisecond
	mostAgain  = 4 * time.Second
	giveUp     = 32 * time.Second
)

// key names a transaction: that of an ACK is its INVITE's.
func key(branch, method string) string { return branch + " " + method }

// ask sends a request and waits for its last answer; those before it go to progress. The answer to an INVITE may take as
// long as ctx lives, once a first one came.
func (a *agent) ask(ctx context.Context, m message, to *net.UDPAddr, progress func(message)) (message, error) {
	a.stamp(&m)
	branch := m.branch()
	came := make(chan message, 16)
	a.mu.Lock()
	a.waits[key(branch, m.method)] = came
	a.mu.Unlock()
	defer func() {
		a.mu.Lock()
		delete(a.waits, key(branch, m.method))
		a.mu.Unlock()
	}()
	text, pause := m.String(), firstAgain
	a.write(text, to)
	again, over := time.NewTimer(pause), time.NewTimer(giveUp)
	defer again.Stop()
	defer over.Stop()
	for {
		select {
		case r := <-came:
			if r.status >= 200 {
				if m.method == "INVITE" && r.status >= 300 {
					a.write(ackOf(m, r), to)
				}
				return r, nil
			}
			if m.method == "INVITE" {
				again.Stop()
				over.Stop()
			}
			if progress != nil {
				progress(r)
			}
		case <-again.C:
			a.write(text, to)
			pause = min(2*pause, mostAgain)
			again.Reset(pause)
		case <-over.C:
			return message{}, cause.Errorf(cause.Unavailable, "nobody answers %s", m.method)
		case <-ctx.Done():
			return message{}, cause.Errorf(cause.Unavailable, "%s: %w", m.method, ctx.Err())
		}
	}
}

// stamp gives a request its Via, where it has none.
func (a *agent) stamp(m *message) {
	if m.branch() == "" {
		m.headers = append([]field{{"Via", fmt.Sprintf("SIP/2.0/UDP %s;rport;branch=z9hG4bK%s", a.host(), token())}, {"Max-Forwards", "70"}}, m.headers...)
	}
}

// ackOf acknowledges a refusal, RFC 3261 §17.1.1.3.
func ackOf(invite, refusal message) string {
	ack := message{method: "ACK", uri: invite.uri}
	n, _ := invite.cseq()
	for _, name := range []string{"Via", "Max-Forwards", "From"} {
		ack.add(name, invite.get(name))
	}
	ack.add("To", refusal.get("To"))
	ack.add("Call-ID", invite.get("Call-ID"))
	ack.add("CSeq", fmt.Sprintf("%d ACK", n))
	return ack.String()
}

// wantsProof reports that an account's password is wanted.
func wantsProof(r message, l agentLine) bool {
	return (r.status == 401 || r.status == 407) && l.User != ""
}

// prove is the request again, with the account's proof.
func prove(m, refusal message, l agentLine) message {
	asked, proof := "WWW-Authenticate", "Authorization"
	if refusal.status == 407 {
		asked, proof = "Proxy-Authenticate", "Proxy-Authorization"
	}
	secret := l.Secret
	if l.port.has(WrongSecret) {
		secret += "x"
	}
	n, method := m.cseq()
	again := m
	again.headers = slices.Clone(m.headers)
	again.set("CSeq", fmt.Sprintf("%d %s", n+1, method))
	again.add(proof, credentials(refusal.get(asked), l.User, secret, m.method, m.uri))
	return again
}

// response takes an answer.
func (a *agent) response(m message, from *net.UDPAddr) {
	_, method := m.cseq()
	a.mu.Lock()
	wait := a.waits[key(m.branch(), method)]
	ack := a.acks[m.get("Call-ID")]
	a.mu.Unlock()
	switch {
	case wait != nil:
		select {
		case wait <- m:
		default: // it repeats itself
		}
	case method == "INVITE" && m.status >= 200 && m.status < 300 && ack != "": // our ACK was lost
		a.write(ack, from)
	}
}

// mostAnswered is how many answers are remembered for requests that come again.
const mostAnswered = 256

// answer sends an answer, and again whenever the request comes again.
func (a *agent) answer(req, r message, to *net.UDPAddr) {
	text := r.String()
	k := key(req.branch(), req.method)
	a.mu.Lock()
	if _, known := a.answered[k]; !known {
		a.order = append(a.order, k)
	}
	a.answered[k] = text
	if len(a.order) > mostAnswered {
		delete(a.answered, a.order[0])
		a.order = a.order[1:]
	}
	a.mu.Unlock()
	a.write(text, to)
}

// request takes a request.
func (a *agent) request(ctx context.Context, m message, from *net.UDPAddr) {
	a.mu.Lock()
	before := a.answered[key(m.branch(), m.method)]
	c := a.calls[m.get("Call-ID")]
	a.mu.Unlock()
	switch {
	case m.method == "ACK":
		if c != nil {
			c.acknowledged()
		}
	case before != "":
		a.write(before, from)
	case m.method == "INVITE" && parameter(m.get("To"), "tag") == "":
		a.life.Go(func() { a.invited(ctx, m, from) })
	case m.method == "OPTIONS":
		a.answer(m, m.reply(200, "OK", token()), from)
	case c == nil:
		a.answer(m, m.reply(481, "Call/Transaction Does Not Exist", token()), from)
	case m.method == "INVITE": // hold, or a session timer: it goes on as it was
		again := m.reply(200, "OK", c.tag)
		c.describe(&again, m.body)
		a.answer(m, again, from)
	case m.method == "CANCEL":
		a.answer(m, m.reply(200, "OK", c.tag), from)
		c.cancelled()
	case m.method == "BYE":
		a.answer(m, m.reply(200, "OK", c.tag), from)
		c.left()
	case m.method == "INFO":
		a.answer(m, m.reply(200, "OK", c.tag), from)
		for line := range strings.Lines(m.body) { // application/dtmf-relay
			if k, v, _ := strings.Cut(strings.TrimSpace(line), "="); strings.EqualFold(k, "Signal") {
				c.pressed(strings.TrimSpace(v))
			}
		}
	default:
		a.answer(m, m.reply(405, "Method Not Allowed", c.tag), from)
	}
}
