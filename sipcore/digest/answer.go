package digest

import (
	"strings"

	"github.com/icholy/digest"

	"roadline/fmc/cause"
)

// preference orders the challenges of a peer. RFC 8760 §2.4 takes the topmost unless a local policy says otherwise; ours
// is the strongest, since whoever stands in between can reorder the headers.
var preference = map[string]int{"SHA-256": 3, "SHA-512-256": 2, "SHA-512": 1, "MD5": 0, "": 0}

// Login is our account at a peer: a trunk or a gateway.
type Login struct {
	Name, Password string
	Realm          string // whose challenges are answered; empty: anyone's of the peer
}

// Answer writes the Authorization value that answers a peer's challenges, for a request of this method and URI. Of the
// challenges only those of the login's realm count.
func Answer(challenges []string, l Login, method, uri string) (string, error) {
	var best *digest.Challenge
	for _, text := range challenges {
		c, err := digest.ParseChallenge(text)
		if err != nil || !digest.CanDigest(c) || l.Realm != "" && c.Realm != l.Realm {
			continue
		}
		if best == nil || preference[strings.ToUpper(c.Algorithm)] > preference[strings.ToUpper(best.Algorithm)] {
			best = c
		}
	}
	if best == nil {
		return "", cause.Errorf(cause.Unsupported, "no challenge that can be answered")
	}
	cred, err := digest.Digest(best, digest.Options{
		Method: method, URI: uri, Username: l.Name, Password: l.Password, Count: 1,
	})
	if err != nil {
		return "", cause.Errorf(cause.Unsupported, "answer the challenge for realm %q: %w", best.Realm, err)
	}
	return cred.String(), nil
}
