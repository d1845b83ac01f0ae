package sipcore

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// abilities are what OPTIONS tells (RFC 3261 §11.2).
var abilities = []field{
	{"Allow", strings.Join(served, ", ")},
	{"Accept", "application/sdp"},
	{"Accept-Encoding", "identity"},
	{"Accept-Language", "en"},
	{"Supported", "timer, replaces, norefersub"},
}

// tag gives a request that begins something our To tag, before the library sees it: so the 100, the answer to a CANCEL,
// the 487 that the library writes by itself and our own final answer carry the same one (RFC 3261 §8.2.6.2, §9.2), and a
// retransmission that meets no transaction gets the same again. The tag is a MAC of what identifies the transaction;
// a CANCEL shares all of it with its INVITE.
func (a *Agent) tag(m *message) {
	if m.toTag != "" || m.method == "ACK" || m.to.uri.text == "" {
		return
	}
	m.toTag = a.tagOf(m.branch, m.callID, m.fromTag, m.cseq)
	m.to.params = append(m.to.params, field{"tag", m.toTag})
	m.replace("To", m.to.String())
}

// modernise gives a request of RFC 2543, which has neither a branch of RFC 3261 nor a From tag, a branch made of what
// identified its transaction then (RFC 3261 §17.2.3): the library could not tell it from another.
func (a *Agent) modernise(m *message) {
	if m.fromTag != "" || strings.HasPrefix(m.branch, magicCookie) {
		return
	}
	v := &m.vias[0]
	v.drop("branch")
	id := mac(a.key, "rfc2543", m.uri, m.from.String(), m.callID, strconv.FormatUint(uint64(m.cseq), 10), v.host, v.port)
	m.branch = magicCookie + hex.EncodeToString(id[:10])
	v.params = append(v.params, field{"branch", m.branch})
	m.writeVias()
}

func (a *Agent) tagOf(branch, callID, fromTag string, cseq uint32) string {
	h := hmac.New(sha256.New, a.key)
	h.Write([]byte("tag\x00" + branch + "\x00" + callID + "\x00" + fromTag + "\x00" + strconv.FormatUint(uint64(cseq), 10)))
	return hex.EncodeToString(h.Sum(nil)[:10])
}

// begins reports whether a request came without a To tag: the one that it has is ours, made for this very transaction.
func (a *Agent) begins(req *sip.Request) bool {
	branch, _ := req.Via().Params.Get("branch")
	return tagOf(req.To().Params) == a.tagOf(branch, req.CallID().Value(), tagOf(req.From().Params), req.CSeq().SeqNo)
}

// answerBytes writes the answer to a request that the library never sees (RFC 3261 §8.2.6). What it cannot read of the
// request is copied as it came, one line each.
func (m *message) answerBytes(wrong *fault, product string) []byte {
	var b strings.Builder
	b.WriteString("SIP/2.0 " + strconv.Itoa(wrong.status) + " " + wrong.text + "\r\n")
	for _, name := range []string{"Via", "From", "To", "Call-ID", "CSeq"} {
		for _, f := range m.fields {
			if f.name == name {
				b.WriteString(name + ": " + f.value + "\r\n")
			}
		}
	}
	for _, f := range wrong.extra {
		b.WriteString(f.name + ": " + f.value + "\r\n")
	}
	b.WriteString("Server: " + product + "\r\nContent-Length: 0\r\n\r\n")
	return []byte(b.String())
}

// stamp fills the rport that the far side asked for, or that we gave it (RFC 3581 §4).
func (m *message) stamp(from netip.AddrPort) {
	if len(m.vias) == 0 {
		return
	}
	for i, p := range m.vias[0].params {
		if p.name == "rport" {
			m.vias[0].params[i].value = strconv.Itoa(int(from.Port()))
		}
	}
	m.writeVias()
}

// writeVias writes the Via stack back.
func (m *message) writeVias() {
	out := make([]string, len(m.vias))
	for i, v := range m.vias {
		out[i] = v.String()
	}
	m.replace("Via", out...)
}

// answerTo is where the answer over UDP goes: back to the source, to the port of the Via where that stands and nobody
// asked for the source port (RFC 3261 §18.2.2, RFC 3581 §4).
func (m *message) answerTo(from netip.AddrPort) netip.AddrPort {
	if len(m.vias) == 0 {
		return from
	}
	v := m.vias[0]
	if _, rport := v.param("rport"); rport {
		return from
	}
	port, err := strconv.ParseUint(v.port, 10, 16)
	if err != nil {
		port = sipPort
	}
	return netip.AddrPortFrom(from.Addr(), uint16(port))
}

// response builds an answer to a request within its transaction.
func (a *Agent) response(in inbound, status int, phrase string) *sip.Response {
	res := sip.NewResponseFromRequest(in.req, status, phrase, nil)
	res.AppendHeader(sip.NewHeader("Server", a.product))
	return res
}

// final sends the last answer to a request that is not an INVITE; the transaction stays for retransmissions.
func (a *Agent) final(in inbound, res *sip.Response) {
	if err := in.tx.Respond(res); err != nil {
		a.count.sendFailed.Add(1)
	}
}

// refuse answers an error and keeps nothing: what strangers ask must not cost half a minute of memory each. A
// retransmission is judged again and gets the same answer.
func (a *Agent) refuse(in inbound, status int, phrase string, extra ...sip.Header) {
	if in.tx == nil {
		return
	}
	res := a.response(in, status, phrase)
	for _, h := range extra {
		res.AppendHeader(h)
	}
	a.final(in, res)
	in.tx.Terminate()
}
