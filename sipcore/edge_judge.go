package sipcore

import (
	"net/netip"

	"github.com/emiago/sipgo/sip"
)

// admit asks the guard; a trunk's addresses are never limited.
func (a *Agent) admit(from netip.AddrPort) pass {
	if a.up.trunk(from) {
		return passes
	}
	return a.guard.admit(from)
}

// datagram judges what came over UDP and returns the good message in canonical form; nil: answered or dropped.
func (a *Agent) datagram(b []byte, from netip.AddrPort, u *udpSocket) []byte {
	b = b[leadingCRLF(b):]
	if len(b) == 0 || a.admit(from) != passes {
		return nil
	}
	end := headEnd(b)
	head, body := b, []byte(nil)
	if end >= 0 {
		head, body = b[:end-4], b[end:]
	}
	m, wrong := parseHead(head)
	if m == nil {
		a.count.junk.Add(1)
		return nil
	}
	if end < 0 {
		wrong = orElse(wrong, bad("Missing Empty Line After Headers"))
	}
	n, err := m.length()
	switch {
	case err != nil:
		wrong = orElse(wrong, err)
	case n > len(body):
		wrong = orElse(wrong, bad("Content-Length Exceeds Message")) // RFC 3261 §18.3
	case n >= 0:
		body = body[:n]
	}
	m.body = body
	return a.judged(m, wrong, from, udp, func(answer []byte) { _, _ = u.conn.WriteToUDPAddrPort(answer, m.answerTo(from)) })
}

// streamed judges a message that a stream brought.
func (a *Agent) streamed(f framing, body []byte, s *stream) []byte {
	f.parsed.body = body
	return a.judged(f.parsed, f.wrong, s.remote, tcp, func(answer []byte) { _, _ = s.Write(answer) })
}

// unreadable answers a message behind which a stream cannot be read on.
func (a *Agent) unreadable(m *message, wrong *fault, s *stream) {
	if m == nil {
		a.count.junk.Add(1)
		a.guard.fail(s.remote, 3)
		return
	}
	_ = m.judge(s.remote, tcp) // for the Via and the tag of the answer
	a.answer(m, wrong, s.remote, func(b []byte) { _, _ = s.Write(b) })
}

// judged is the one verdict for every transport.
func (a *Agent) judged(m *message, wrong *fault, from netip.AddrPort, network string, answer func([]byte)) []byte {
	if err := m.judge(from, network); err != nil {
		wrong = orElse(wrong, err)
	}
	if wrong != nil {
		a.answer(m, wrong, from, answer)
		return nil
	}
	if m.request {
		a.modernise(m)
		a.tag(m)
	}
	out := m.bytes()
	if network == udp && len(out) > int(sip.TransportBufferReadSize) { // what the library reads at once
		a.answer(m, &fault{status: 513, text: "Message Too Large"}, from, answer)
		return nil
	}
	if a.up.passed != nil {
		a.up.passed(m.callID, false, network, from, out)
	}
	return out
}

// answer refuses a request without a transaction (RFC 3261 §8.2.7): cheap for us, and the same answer for each
// retransmission. A bad response, and any bad ACK, is dropped.
func (a *Agent) answer(m *message, wrong *fault, from netip.AddrPort, send func([]byte)) {
	a.count.refused.Add(1)
	if !m.request || m.method == "ACK" || wrong.status == 0 {
		return
	}
	a.tag(m)
	m.stamp(from)
	send(m.answerBytes(wrong, a.product))
}
