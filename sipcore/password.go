package sipcore

import (
	"github.com/emiago/sipgo/sip"

	"roadline/fmc/cause"
	"roadline/sipcore/digest"
	"roadline/sipcore/wire"
)

// authenticate returns who sent a request, or answers it with a challenge. Whatever is wrong, the answer is the same.
func (a *Agent) authenticate(in inbound) (digest.Account, bool) {
	from := in.at.remote()
	acc, name, v := a.digest.Check(string(in.req.Method), texts(in.req, "authorization", "proxy-authorization"), from.Addr())
	if name == "" {
		name = userOf(&in.req.From().Address)
	}
	if v == digest.Genuine && a.guard.MayTry(name, from) {
		a.guard.Prove(from)
		return acc, true
	}
	switch {
	case v == digest.Wrong:
		a.guard.Wrong(name)
		a.guard.Fail(from, weightWrong)
		a.log.Info("password refused", "account", printable(name), "remote", from.String())
	case v == digest.Forged && in.at.Transport == wire.TCP:
		a.guard.Fail(from, weightForged)
	case v == digest.Absent && in.at.Transport == wire.TCP:
		a.guard.Fail(from, weightAsked)
	}
	userAgent := ""
	if h := in.req.GetHeader("user-agent"); h != nil {
		userAgent = h.Value()
	}
	var asked []sip.Header
	for _, value := range a.digest.Challenge(name, userAgent, from.Addr(), v == digest.Stale) {
		asked = append(asked, sip.NewHeader("WWW-Authenticate", value))
	}
	a.refuse(in, 401, "Unauthorized", asked...)
	return digest.Account{}, false
}

// What a failure weighs against a source; a right password takes everything back. A forged nonce weighs little: after a
// restart with a new key every honest phone shows one.
const (
	weightWrong  = 3
	weightForged = 1
	weightAsked  = 0.5
)

// answerChallenge adds to req, which is a new request for the same purpose with a new CSeq, the answer to the 401 or 407
// that the first one got. Only challenges of that trunk to our own INVITE or REGISTER are answered: an answer to anyone
// else's question is a gift to a guesser.
func answerChallenge(req *sip.Request, res *sip.Response, login digest.Login) error {
	if req.Method != sip.INVITE && req.Method != sip.REGISTER {
		return cause.Errorf(cause.Denied, "no password is given for a %s", req.Method)
	}
	asked, answer := "www-authenticate", "Authorization"
	if res.StatusCode == sip.StatusProxyAuthRequired {
		asked, answer = "proxy-authenticate", "Proxy-Authorization"
	}
	value, err := digest.Answer(texts(res, asked), login, string(req.Method), req.Recipient.String())
	if err != nil {
		return cause.Errorf(cause.Unsupported, "%d asks for a password: %w", res.StatusCode, err)
	}
	req.AppendHeader(sip.NewHeader(answer, value))
	return nil
}

// texts are the values of all headers of these names, each whole, name by name.
func texts(msg sip.Message, names ...string) []string {
	var out []string
	for _, name := range names {
		for _, h := range msg.GetHeaders(name) {
			out = append(out, h.Value())
		}
	}
	return out
}
