package sipcore

import (
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	icholy "github.com/icholy/digest"

	"roadline/sipcore/digest"
)

func TestChallengeOffersTheStrongerAlgorithmFirst(t *testing.T) {
	s, _, _ := office(t, Options{})
	p := newPhone(dialUDP(t, s.udp), "ivanov-desk")
	got := p.once(t, "REGISTER", "sip:example.com").header("WWW-Authenticate")
	if len(got) != 2 || !strings.Contains(got[0], "algorithm=SHA-256") || !strings.Contains(got[1], "algorithm=MD5") {
		t.Fatalf("%q", got)
	}
	for _, h := range got {
		if !strings.Contains(h, `realm="acme.example"`) || !strings.Contains(h, `qop="auth"`) || strings.Contains(h, "stale") {
			t.Errorf("%q", h)
		}
	}
}

func TestPhoneThatKnowsOnlyMD5IsShownNothingElse(t *testing.T) {
	s, _, _ := office(t, Options{})
	for _, name := range []string{"ivanov-desk", "nobody"} {
		p := newPhone(dialUDP(t, s.udp), name)
		got := p.once(t, "REGISTER", "sip:example.com", "User-Agent: baresip v1.0.0 (x86_64/linux)").header("WWW-Authenticate")
		if len(got) != 1 || !strings.Contains(got[0], "algorithm=MD5") {
			t.Fatalf("%s: %q", name, got)
		}
	}
}

// shape is an answer without what differs from one request to the next by chance.
func shape(a answer) string {
	text := regexp.MustCompile(`nonce="[^"]*"|realm="[^"]*"|branch=\S*|rport=\d+|127\.0\.0\.1:\d+|tag=\w+|z9hG4bK\S*`).ReplaceAllString(a.text, "*")
	return regexp.MustCompile(`(?m)^(From|To|Call-ID|CSeq):.*$`).ReplaceAllString(text, "$1")
}

func TestUnknownNameCannotBeToldFromAKnownOne(t *testing.T) {
	s, _, _ := office(t, Options{})
	for _, method := range []string{"REGISTER", "INVITE"} {
		for _, guess := range []bool{false, true} {
			var shapes []string
			for _, name := range []string{"ivanov-desk", "nobody-desk"} {
				p := newPhone(dialUDP(t, s.udp), name)
				p.password = "guess"
				a := p.once(t, method, "sip:example.com")
				if guess {
					a = p.once(t, method, "sip:example.com", "Authorization: "+p.credentials(t, a, method, "sip:example.com"))
				}
				if a.status != 401 {
					t.Fatal(a.text)
				}
				shapes = append(shapes, shape(a))
			}
			if shapes[0] != shapes[1] {
				t.Errorf("%s, guessed %v:\n%s\n%s", method, guess, shapes[0], shapes[1])
			}
		}
	}
}

func TestReplayGetsNothing(t *testing.T) {
	s, _, _ := office(t, Options{})
	p := newPhone(dialUDP(t, s.udp), "ivanov-desk")
	ask := p.once(t, "REGISTER", "sip:example.com")
	auth := "Authorization: " + p.credentials(t, ask, "REGISTER", "sip:example.com")
	if a := p.once(t, "REGISTER", "sip:example.com", auth); a.status != 200 {
		t.Fatal(a.text)
	}
	a := p.once(t, "REGISTER", "sip:example.com", auth)
	if a.status != 401 || !strings.Contains(a.header("WWW-Authenticate")[0], "stale=true") {
		t.Fatalf("the same count of the same nonce: %q", a.text)
	}
}

func TestOldNonceIsStaleAndTheRightPasswordGetsANewOne(t *testing.T) {
	s, c, _ := office(t, Options{})
	p := newPhone(dialUDP(t, s.udp), "ivanov-desk")
	for _, guess := range []struct {
		password, want string
	}{{"secret", "stale=true"}, {"wrong", ""}} {
		p.password = guess.password
		ask := p.once(t, "REGISTER", "sip:example.com")
		auth := "Authorization: " + p.credentials(t, ask, "REGISTER", "sip:example.com")
		c.pass(6 * time.Minute)
		a := p.once(t, "REGISTER", "sip:example.com", auth)
		if got := a.header("WWW-Authenticate")[0]; a.status != 401 || strings.Contains(got, "stale") != (guess.want != "") {
			t.Fatalf("%s: %q", guess.password, a.text)
		}
	}
}

func TestPasswordlessVariants(t *testing.T) {
	for _, row := range []struct {
		name   string
		o      digest.Options
		change func(*digest.Account)
		alg    digest.Algorithm
		strip  bool // the answer is that of an RFC 2069 phone
		want   int
	}{
		{"MD5 switched off for the account", digest.Options{}, func(a *digest.Account) { delete(a.HA1, digest.MD5) }, digest.MD5, false, 401},
		{"and SHA-256 works", digest.Options{}, func(a *digest.Account) { delete(a.HA1, digest.MD5) }, digest.SHA256, false, 200},
		{"only from its network", digest.Options{}, func(a *digest.Account) { a.Networks = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} }, digest.SHA256, false, 401},
		{"from its network", digest.Options{}, func(a *digest.Account) { a.Networks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }, digest.SHA256, false, 200},
		{"without qop", digest.Options{}, func(*digest.Account) {}, digest.MD5, true, 401},
		{"without qop, allowed", digest.Options{WithoutQOP: true}, func(*digest.Account) {}, digest.MD5, true, 200},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, _, _ := office(t, Options{Digest: row.o})
			f := s.accounts.(*folk)
			acc := f.accounts["ivanov-desk"]
			row.change(&acc)
			f.mu.Lock()
			f.accounts["ivanov-desk"] = acc
			f.mu.Unlock()
			p := newPhone(dialUDP(t, s.udp), "ivanov-desk")
			p.alg = row.alg
			ask := p.once(t, "REGISTER", "sip:example.com")
			auth := p.credentials(t, ask, "REGISTER", "sip:example.com")
			if row.strip {
				c, err := icholy.ParseCredentials(auth)
				if err != nil {
					t.Fatal(err)
				}
				ha1 := ha1Of("ivanov-desk", "acme.example", "secret")[digest.MD5]
				response := hexMD5(ha1 + ":" + c.Nonce + ":" + hexMD5("REGISTER:"+c.URI))
				auth = `Digest username="ivanov-desk", realm="acme.example", nonce="` + c.Nonce + `", uri="` + c.URI + `", response="` + response + `"`
			}
			if a := p.once(t, "REGISTER", "sip:example.com", "Authorization: "+auth); a.status != row.want {
				t.Fatal(a.text)
			}
			if row.strip && row.want == 200 {
				if a := p.once(t, "REGISTER", "sip:example.com", "Authorization: "+auth); a.status != 401 {
					t.Fatal("good for a second request")
				}
			}
		})
	}
}

func TestMethodOfAnotherRequestDoesNotFit(t *testing.T) {
	s, _, _ := office(t, Options{})
	p := newPhone(dialUDP(t, s.udp), "ivanov-desk")
	ask := p.once(t, "REGISTER", "sip:example.com")
	auth := "Authorization: " + p.credentials(t, ask, "REGISTER", "sip:example.com")
	if a := p.once(t, "INVITE", "sip:example.com", auth); a.status != 401 || len(s.up) != 0 {
		t.Fatal(a.text)
	}
}

func TestCallOfAnAccountIsHandedUpWithItsName(t *testing.T) {
	s, _, _ := office(t, Options{})
	p := newPhone(dialUDP(t, s.udp), "ivanov-desk")
	a := p.try(t, "INVITE", "sip:+79120000001@example.com", "From: <sip:director@example.com>;tag=x")
	if a.status != 603 {
		t.Fatal(a.text)
	}
	if r := s.await(t); r.account != "ivanov-desk" || r.what != "invite" {
		t.Fatalf("%+v: the account counts, not what From says", r)
	}
}

func TestNoOneElsesChallengeIsAnswered(t *testing.T) {
	res := sip.NewResponse(401, "Unauthorized")
	res.AppendHeader(sip.NewHeader("WWW-Authenticate", `Digest realm="theirs", nonce="a", algorithm=SHA-256, qop="auth"`))
	to := netip.MustParseAddrPort("192.0.2.1:5060")
	for _, row := range []struct {
		method sip.RequestMethod
		realm  string
	}{{sip.BYE, "theirs"}, {sip.NOTIFY, "theirs"}, {sip.INVITE, "ours"}} {
		req := outgoing(row.method, to, "")
		if err := answerChallenge(req, res, digest.Login{Name: "acme", Password: "secret", Realm: row.realm}); err == nil || req.GetHeader("Authorization") != nil {
			t.Errorf("%s for realm %s: answered", row.method, row.realm)
		}
	}
}
