package digest

import (
	"strings"
	"testing"
)

func TestTrunksChallengeIsAnsweredWithItsStrongestAlgorithm(t *testing.T) {
	got, err := Answer([]string{
		`Basic realm="carrier"`, `Digest realm="carrier", nonce="a", algorithm=MD5, qop="auth"`,
		`Digest realm="carrier", nonce="b", algorithm=SHA-256, qop="auth"`, `Digest realm="carrier", nonce="c", algorithm=WHIRLPOOL`,
		`Digest realm="other", nonce="d", algorithm=SHA-256, qop="auth"`,
	}, Login{Name: "acme", Password: "secret", Realm: "carrier"}, "INVITE", "sip:+74951234567@192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(got, `nonce="b"`) || !strings.Contains(got, `username="acme"`) {
		t.Fatal(got)
	}
}
