package digest

import (
	"strings"

	"roadline/sipcore/wire"
)

// credentials are one Authorization header of scheme Digest.
type credentials struct {
	name, realm, nonce, uri, response, cnonce, qop, nc string
	alg                                                Algorithm
}

// credentialsOf reads every digest among a request's headers; other schemes are passed over as if absent (RFC 4475
// §3.3.7).
func credentialsOf(headers []string) []credentials {
	var out []credentials
	for _, h := range headers {
		scheme, rest, _ := strings.Cut(strings.TrimSpace(h), " ")
		if strings.EqualFold(scheme, "Digest") {
			out = append(out, readCredentials(rest))
		}
	}
	return out
}

func readCredentials(s string) credentials {
	c := credentials{alg: MD5} // RFC 7616 §3.3: the default
	for _, part := range wire.Split(s, ',') {
		k, v, _ := strings.Cut(part, "=")
		v = wire.Unquote(strings.TrimSpace(v))
		switch strings.ToLower(strings.TrimSpace(k)) {
		case "username":
			c.name = v
		case "realm":
			c.realm = v
		case "nonce":
			c.nonce = v
		case "uri":
			c.uri = v
		case "response":
			c.response = strings.ToLower(v)
		case "cnonce":
			c.cnonce = v
		case "qop":
			c.qop = strings.ToLower(v)
		case "nc":
			c.nc = v
		case "algorithm":
			c.alg = Algorithm(strings.ToUpper(v))
		}
	}
	return c
}
