package sipcore

import (
	"strings"

	icholy "github.com/icholy/digest"

	"github.com/emiago/sipgo/sip"

	"roadline/fmc/cause"
)

// preference orders the challenges of a peer. RFC 8760 §2.4 takes the topmost unless a local policy says otherwise; ours
// is the strongest, since whoever stands in between can reorder the headers.
var preference = map[string]int{"SHA-256": 3, "SHA-512-256": 2, "SHA-512": 1, "MD5": 0, "": 0}

// answerChallenge adds to req, which is a new request for the same purpose with a new CSeq, the answer to the 401 or 407
// that the first one got. Only challenges of that trunk to our own INVITE or REGISTER are answered: an answer to anyone
// else's question is a gift to a guesser. realm is the one agreed with the trunk; empty: any.
func answerChallenge(req *sip.Request, res *sip.Response, name, password, realm string) error {
	if req.Method != sip.INVITE && req.Method != sip.REGISTER {
		return cause.Errorf(cause.Denied, "no password is given for a %s", req.Method)
	}
	asked, answer := "www-authenticate", "Authorization"
	if res.StatusCode == sip.StatusProxyAuthRequired {
		asked, answer = "proxy-authenticate", "Proxy-Authorization"
	}
	var best *icholy.Challenge
	for _, h := range res.GetHeaders(asked) {
		c, err := icholy.ParseChallenge(h.Value())
		if err != nil || !icholy.CanDigest(c) || realm != "" && c.Realm != realm {
			continue
		}
		if best == nil || preference[strings.ToUpper(c.Algorithm)] > preference[strings.ToUpper(best.Algorithm)] {
			best = c
		}
	}
	if best == nil {
		return cause.Errorf(cause.Unsupported, "%d without a challenge that can be answered", res.StatusCode)
	}
	cred, err := icholy.Digest(best, icholy.Options{
		Method: string(req.Method), URI: req.Recipient.String(), Username: name, Password: password, Count: 1,
	})
	if err != nil {
		return cause.Errorf(cause.Unsupported, "answer the challenge for realm %q: %w", best.Realm, err)
	}
	req.AppendHeader(sip.NewHeader(answer, cred.String()))
	return nil
}
