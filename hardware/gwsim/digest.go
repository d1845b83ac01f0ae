package gwsim

import (
	"crypto/md5" //nolint:gosec // RFC 2617 is what boxes speak
	"encoding/hex"
	"fmt"
	"strings"
)

// challenge is what a box wants to be answered: RFC 2617 §3.2.1.
type challenge struct{ realm, nonce, qop string }

func (c challenge) String() string {
	s := fmt.Sprintf(`Digest realm="%s", nonce="%s", algorithm=MD5`, c.realm, c.nonce)
	if c.qop != "" {
		s += fmt.Sprintf(`, qop="%s"`, c.qop)
	}
	return s
}

// parameters reads `Digest key="value", …`.
func parameters(header string) map[string]string {
	all := map[string]string{}
	_, rest, _ := strings.Cut(strings.TrimSpace(header), " ")
	for rest != "" {
		key, after, ok := strings.Cut(rest, "=")
		if !ok {
			break
		}
		value := ""
		if strings.HasPrefix(after, `"`) {
			value, rest, _ = strings.Cut(after[1:], `"`)
			_, rest, _ = strings.Cut(rest, ",")
		} else {
			value, rest, _ = strings.Cut(after, ",")
		}
		all[strings.ToLower(strings.TrimSpace(key))] = strings.TrimSpace(value)
	}
	return all
}

func hashed(parts ...string) string {
	sum := md5.Sum([]byte(strings.Join(parts, ":"))) //nolint:gosec // RFC 2617
	return hex.EncodeToString(sum[:])
}

// response is the proof of RFC 2617 §3.2.2.1; p has the nonce, and cnonce, nc and qop where they are used.
func response(p map[string]string, user, secret, method, uri string) string {
	a1, a2 := hashed(user, p["realm"], secret), hashed(method, uri)
	if p["qop"] == "" {
		return hashed(a1, p["nonce"], a2)
	}
	return hashed(a1, p["nonce"], p["nc"], p["cnonce"], p["qop"], a2)
}

// credentials answer a challenge without qop.
func credentials(header, user, secret, method, uri string) string {
	p := parameters(header)
	proof := map[string]string{"realm": p["realm"], "nonce": p["nonce"]}
	extra := ""
	if strings.Contains(p["qop"], "auth") {
		proof["qop"], proof["nc"], proof["cnonce"] = "auth", "00000001", hashed(p["nonce"], uri)[:8]
		extra = fmt.Sprintf(`, qop=auth, nc=%s, cnonce="%s"`, proof["nc"], proof["cnonce"])
	}
	return fmt.Sprintf(`Digest username="%s", realm="%s", nonce="%s", uri="%s", response="%s", algorithm=MD5%s`,
		user, p["realm"], p["nonce"], uri, response(proof, user, secret, method, uri), extra)
}
