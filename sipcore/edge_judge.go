package sipcore

import (
	"net/netip"

	"github.com/emiago/sipgo/sip"

	"roadline/sipcore/guard"
	"roadline/sipcore/wire"
)

// admit asks the guard; a trunk's addresses are never limited.
func (a *Agent) admit(from netip.AddrPort) guard.Pass {
	if a.up.trunk(from) {
		return guard.Passes
	}
	return a.guard.Admit(from)
}

// datagram judges what came over UDP and returns the good message in canonical form; nil: answered or dropped.
func (a *Agent) datagram(b []byte, from netip.AddrPort, u *udpSocket) []byte {
	b = b[wire.LeadingCRLF(b):]
	if len(b) == 0 || a.admit(from) != guard.Passes {
		return nil
	}
	m := wire.ReadDatagram(b)
	if m == nil {
		a.count.junk.Add(1)
		return nil
	}
	return a.judged(m, from, wire.UDP, func(answer []byte) { _, _ = u.conn.WriteToUDPAddrPort(answer, m.AnswerTo(from)) })
}

// streamed judges a message that a stream brought.
func (a *Agent) streamed(m *wire.Message, s *stream) []byte {
	return a.judged(m, s.remote, wire.TCP, func(answer []byte) { _, _ = s.Write(answer) })
}

// unreadable answers a message behind which a stream cannot be read on.
func (a *Agent) unreadable(m *wire.Message, wrong *wire.Fault, s *stream) {
	if m == nil {
		a.count.junk.Add(1)
		a.guard.Fail(s.remote, 3)
		return
	}
	_ = m.Judge(s.remote, wire.TCP) // for the Via and the tag of the answer
	a.answer(m, wrong, s.remote, func(b []byte) { _, _ = s.Write(b) })
}

// judged is the one verdict for every transport.
func (a *Agent) judged(m *wire.Message, from netip.AddrPort, network string, answer func([]byte)) []byte {
	if wrong := m.Judge(from, network); wrong != nil {
		a.answer(m, wrong, from, answer)
		return nil
	}
	if m.Request {
		a.modernise(m)
		a.tag(m)
	}
	out := m.Bytes()
	if network == wire.UDP && len(out) > int(sip.TransportBufferReadSize) { // what the library reads at once
		a.answer(m, &wire.Fault{Status: 513, Text: "Message Too Large"}, from, answer)
		return nil
	}
	if a.up.passed != nil {
		a.up.passed(m.CallID, false, network, from, out)
	}
	return out
}

// answer refuses a request without a transaction (RFC 3261 §8.2.7): cheap for us, and the same answer for each
// retransmission. A bad response, and any bad ACK, is dropped.
func (a *Agent) answer(m *wire.Message, wrong *wire.Fault, from netip.AddrPort, send func([]byte)) {
	a.count.refused.Add(1)
	if !m.Request || m.Method == "ACK" || wrong.Status == 0 {
		return
	}
	a.tag(m)
	send(m.Answer(wrong, from, a.product))
}
