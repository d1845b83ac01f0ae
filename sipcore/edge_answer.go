package sipcore

import (
	"encoding/hex"
	"strconv"

	"github.com/emiago/sipgo/sip"

	"roadline/sipcore/wire"
)

// abilities are what OPTIONS tells (RFC 3261 §11.2).
var abilities = [][2]string{
	{"Allow", wire.Allow},
	{"Accept", "application/sdp"},
	{"Accept-Encoding", "identity"},
	{"Accept-Language", "en"},
	{"Supported", "timer, replaces, norefersub"},
}

// tag gives a request that begins something our To tag, before the library sees it: so the 100, the answer to a CANCEL,
// the 487 that the library writes by itself and our own final answer carry the same one (RFC 3261 §8.2.6.2, §9.2), and a
// retransmission that meets no transaction gets the same again. The tag is a MAC of what identifies the transaction;
// a CANCEL shares all of it with its INVITE.
func (a *Agent) tag(m *wire.Message) {
	if m.WantsTag() {
		m.SetToTag(a.tagOf(m.Branch, m.CallID, m.FromTag, m.CSeq))
	}
}

// modernise gives a request of RFC 2543 a branch of RFC 3261: the library could not tell it from another.
func (a *Agent) modernise(m *wire.Message) {
	if id := m.OldIdentity(); id != nil {
		m.SetBranch(wire.MagicCookie + a.token("rfc2543", id...))
	}
}

func (a *Agent) tagOf(branch, callID, fromTag string, cseq uint32) string {
	return a.token("tag", branch, callID, fromTag, strconv.FormatUint(uint64(cseq), 10))
}

// token is what we give to whatever is identified by the parts: the same each time, and nobody else can know it.
func (a *Agent) token(what string, parts ...string) string {
	return hex.EncodeToString(a.digest.Sign(append([]string{what}, parts...)...)[:10])
}

// begins reports whether a request came without a To tag: the one that it has is ours, made for this very transaction.
func (a *Agent) begins(req *sip.Request) bool {
	branch, _ := req.Via().Params.Get("branch")
	return tagOf(req.To().Params) == a.tagOf(branch, req.CallID().Value(), tagOf(req.From().Params), req.CSeq().SeqNo)
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
