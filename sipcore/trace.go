package sipcore

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"roadline/fmc"
	"roadline/sipcore/wire"
)

// overhear has the trace take every message with a Call-ID as one of the leg's, until the leg is forgotten.
func (s *Legs) overhear(l *leg, callID string) {
	if s.opts.Trace == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l.traced = append(l.traced, callID)
	s.traced[callID] = l
}

// began tells the trace of the INVITE that makes a leg, which came before there was one.
func (s *Legs) began(l *leg, in inbound) {
	if s.opts.Trace == nil {
		return
	}
	callID := in.req.CallID().Value()
	s.overhear(l, callID)
	s.passed(callID, false, in.at.Transport, in.at.remote(), []byte(in.req.String()))
}

// unhear ends overhear. mu is held.
func (s *Legs) unhear(l *leg) {
	for _, callID := range l.traced {
		if s.traced[callID] == l {
			delete(s.traced, callID)
		}
	}
}

// passed tells the trace of a message that came in or went out, where it is of a leg; whose call a gateway's line carries is
// known to whoever serves the line.
func (s *Legs) passed(callID string, out bool, network string, remote netip.AddrPort, message []byte) {
	s.mu.Lock()
	l := s.traced[callID]
	s.mu.Unlock()
	if l == nil {
		return
	}
	said := fmc.TraceLine{Kind: fmc.TraceSIP, Out: out, Peer: network + " " + remote.String(), Text: withoutSecrets(message)}
	if l.boxed != nil {
		s.opts.Boxes.Overhear(l.boxed.line.ID, l.id, said)
	} else {
		s.opts.Trace.Told(l.id, said)
	}
}

// sent tells whoever overhears of a message that goes out, as sipgo wrote it.
func (a *Agent) sent(network string, remote netip.AddrPort, message []byte) {
	if a.up.passed == nil {
		return
	}
	_, after, ok := bytes.Cut(message, []byte("\r\nCall-ID: "))
	if callID, _, whole := bytes.Cut(after, []byte("\r\n")); ok && whole {
		a.up.passed(string(callID), true, network, remote, message)
	}
}

// WriteTo sends an answer or a request of sipgo's.
func (g *udpGeneration) WriteTo(b []byte, to net.Addr) (int, error) {
	g.u.a.sent(wire.UDP, addrPort(to), b) // first: the peer's answer may be here before WriteTo returns
	return g.UDPConn.WriteTo(b, to)
}

// mostShown is how much of a message a trace keeps.
const mostShown = 8 << 10

// withoutSecrets is a message as a trace keeps it: lines without CR, and without what proves who somebody is or opens
// what is closed: credentials, passwords in addresses, keys of SRTP. Of bodies only SDP is kept: others carry keys that
// people press, or what they write.
func withoutSecrets(message []byte) string {
	head, body, _ := bytes.Cut(message, []byte("\r\n\r\n"))
	var out strings.Builder
	out.Grow(len(message))
	sdp := false
	for line := range strings.SplitSeq(string(head), "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		switch {
		case proves(name):
			scheme, _, _ := strings.Cut(strings.TrimSpace(value), " ")
			line = name + ": " + scheme + " …"
		case strings.EqualFold(name, "Content-Type"):
			sdp = isSDP(strings.TrimSpace(value))
		}
		out.WriteString(withoutPassword(line))
		out.WriteByte('\n')
	}
	switch {
	case len(body) == 0:
	case sdp:
		out.WriteByte('\n')
		writeSDP(&out, body)
	default:
		fmt.Fprintf(&out, "\n(%d bytes that are not kept)\n", len(body))
	}
	text := strings.ToValidUTF8(out.String(), "\uFFFD")
	if len(text) > mostShown {
		text = strings.ToValidUTF8(text[:mostShown], "") + fmt.Sprintf("\n(%d bytes more)\n", len(text)-mostShown)
	}
	return text
}

// proofs are the headers that prove who somebody is.
var proofs = []string{"Authorization", "Proxy-Authorization", "Authentication-Info", "Proxy-Authentication-Info"}

// proves reports whether a header proves who somebody is.
func proves(name string) bool {
	return slices.ContainsFunc(proofs, func(s string) bool { return strings.EqualFold(s, name) })
}

// writeSDP writes a body without keys: RFC 4568 (a=crypto), RFC 4567 (a=key-mgmt), RFC 8866 §5.12 (k=).
func writeSDP(out *strings.Builder, body []byte) {
	for line := range strings.SplitSeq(strings.TrimRight(string(body), "\r\n"), "\n") {
		line = strings.TrimSuffix(line, "\r")
		for _, secret := range []string{"k=", "a=crypto:", "a=key-mgmt:"} {
			if strings.HasPrefix(line, secret) {
				line = secret + "…"
			}
		}
		out.WriteString(line)
		out.WriteByte('\n')
	}
}

// withoutPassword takes the passwords out of a line's SIP addresses: "sip:user:password@host" (RFC 3261 §19.1.1).
func withoutPassword(line string) string {
	if !strings.Contains(line, "@") { // most lines: every message of every call passes here
		return line
	}
	for from := 0; ; {
		i := strings.Index(line[from:], "sip:")
		if j := strings.Index(line[from:], "sips:"); i < 0 || j >= 0 && j < i {
			i = j
		}
		if i < 0 {
			return line
		}
		user := from + i + strings.IndexByte(line[from+i:], ':') + 1
		end := user + strings.IndexAny(line[user:]+" ", "<> \t\",")
		from = end
		at := strings.LastIndexByte(line[user:end], '@')
		if at < 0 {
			continue
		}
		if colon := strings.IndexByte(line[user:user+at], ':'); colon >= 0 {
			cut := line[:user+colon+1] + "…" + line[user+at:]
			from, line = len(cut)-len(line)+end, cut
		}
	}
}
