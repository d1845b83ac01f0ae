package wire

import (
	"net/netip"
	"strconv"
	"strings"
)

// WantsTag reports a request that begins something and can be given a To tag.
func (m *Message) WantsTag() bool { return m.toTag == "" && m.Method != "ACK" && m.to.uri.text != "" }

// SetToTag puts a tag in To.
func (m *Message) SetToTag(tag string) {
	m.toTag = tag
	m.to.params = append(m.to.params, Field{"tag", tag})
	m.replace("To", m.to.String())
}

// OldIdentity is what identifies the transaction of a request of RFC 2543 (RFC 3261 §17.2.3), which has neither a branch
// of RFC 3261 nor a From tag; nil: the request is none.
func (m *Message) OldIdentity() []string {
	if m.FromTag != "" || strings.HasPrefix(m.Branch, MagicCookie) {
		return nil
	}
	top := &m.vias[0]
	return []string{m.uri, m.from.String(), m.CallID, strconv.FormatUint(uint64(m.CSeq), 10), top.host, top.port}
}

// SetBranch puts a branch in the top Via.
func (m *Message) SetBranch(branch string) {
	m.Branch = branch
	top := &m.vias[0]
	top.drop("branch")
	top.params = append(top.params, Field{"branch", branch})
	m.writeVias()
}

// Answer writes the answer to a request that came from there and goes no further (RFC 3261 §8.2.6). What cannot be read
// of the request is copied as it came, one line each. product is the Server header.
func (m *Message) Answer(wrong *Fault, from netip.AddrPort, product string) []byte {
	m.stamp(from)
	var b strings.Builder
	b.WriteString("SIP/2.0 " + strconv.Itoa(wrong.Status) + " " + wrong.Text + "\r\n")
	for _, name := range []string{"Via", "From", "To", "Call-ID", "CSeq"} {
		for _, f := range m.fields {
			if f.Name == name {
				b.WriteString(name + ": " + f.Value + "\r\n")
			}
		}
	}
	for _, f := range wrong.Extra {
		b.WriteString(f.Name + ": " + f.Value + "\r\n")
	}
	b.WriteString("Server: " + product + "\r\nContent-Length: 0\r\n\r\n")
	return []byte(b.String())
}

// stamp fills the rport that the far side asked for, or that we gave it (RFC 3581 §4).
func (m *Message) stamp(from netip.AddrPort) {
	if len(m.vias) == 0 {
		return
	}
	for i, p := range m.vias[0].params {
		if p.Name == "rport" {
			m.vias[0].params[i].Value = strconv.Itoa(int(from.Port()))
		}
	}
	m.writeVias()
}

// writeVias writes the Via stack back.
func (m *Message) writeVias() {
	out := make([]string, len(m.vias))
	for i, v := range m.vias {
		out[i] = v.String()
	}
	m.replace("Via", out...)
}

// AnswerTo is where the answer over UDP goes: back to the source, to the port of the Via where that stands and nobody
// asked for the source port (RFC 3261 §18.2.2, RFC 3581 §4).
func (m *Message) AnswerTo(from netip.AddrPort) netip.AddrPort {
	if len(m.vias) == 0 {
		return from
	}
	v := m.vias[0]
	if _, rport := v.param("rport"); rport {
		return from
	}
	port, err := strconv.ParseUint(v.port, 10, 16)
	if err != nil {
		port = Port
	}
	return netip.AddrPortFrom(from.Addr(), uint16(port))
}
