package sipcore

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"roadline/sipcore/wire"
)

// HA1 returns what is stored instead of a password: hex of H(name:realm:password) for every algorithm (RFC 7616 §3.4.2).
func HA1(name, realm, password string) map[Algorithm]string {
	out := make(map[Algorithm]string)
	for _, alg := range []Algorithm{SHA256, MD5} {
		out[alg] = hexOf(alg, name, realm, password)
	}
	return out
}

func TestHA1IsThatOfThePublishedVectors(t *testing.T) {
	// RFC 7616 §3.9.1: user Mufasa, realm http-auth@example.org, password "Circle of Life", GET /dir/index.html.
	ha1 := HA1("Mufasa", "http-auth@example.org", "Circle of Life")
	c := credentials{
		nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
		nc: "00000001", qop: "auth", uri: "/dir/index.html",
	}
	d := newDigest(DigestOptions{}.withDefaults(), noAccounts{}, time.Now)
	for alg, want := range map[Algorithm]string{
		MD5:    "8ca523f5e9506fed4657c9700eebdbec",
		SHA256: "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
	} {
		c.alg = alg
		if got, ok := d.expected(c, ha1[alg], "GET"); !ok || got != want {
			t.Errorf("%s: %s, want %s", alg, got, want)
		}
	}
}

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

func TestUnknownNameIsShownACompanysRealmAlwaysTheSame(t *testing.T) {
	o := DigestOptions{Key: []byte("0123456789abcdef0123456789abcdef")}.withDefaults()
	d, again := newDigest(o, twoCompanies(), time.Now), newDigest(o, twoCompanies(), time.Now)
	seen := map[string]int{}
	for i := range 200 {
		name := "nobody" + string(rune('a'+i%26)) + string(rune('a'+i/26))
		r := d.realm(name)
		if r != again.realm(name) {
			t.Fatalf("%s: another realm after a restart", name)
		}
		seen[r]++
	}
	if len(seen) != 2 || seen["acme.example"] < 60 || seen["bolt.example"] < 60 {
		t.Fatalf("%v: every realm of the node should be as likely", seen)
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

func TestNonceOfAnotherAddressIsWorthNothing(t *testing.T) {
	here, there := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	n := newNonces([]byte("key"), time.Minute, time.Now)
	nonce := n.issue(here)
	if !n.ours(nonce, here) || n.ours(nonce, there) || n.ours(nonce[:len(nonce)-2]+"AA", here) || n.ours("", here) {
		t.Fatal("scope or MAC not checked")
	}
	if v6 := n.issue(netip.MustParseAddr("2001:db8::1")); !n.ours(v6, netip.MustParseAddr("2001:db8::2")) {
		t.Fatal("a privacy address of the same network must not cost a new challenge")
	}
	if newNonces([]byte("other"), time.Minute, time.Now).ours(nonce, here) {
		t.Fatal("another node's nonce")
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

func TestCountsMayOvertakeEachOtherButNoneCountsTwice(t *testing.T) {
	u := &uses32{}
	for _, row := range []struct {
		count uint64
		want  bool
	}{{1, true}, {1, false}, {3, true}, {2, true}, {2, false}, {100, true}, {36, false}, {37, true}, {37, false}, {99, true}, {200, true}, {136, false}} {
		if got := u.take(row.count); got != row.want {
			t.Errorf("%d: %v", row.count, got)
		}
	}
}

func TestForgettingUsesMakesNoncesStale(t *testing.T) {
	now := time.UnixMilli(1795348800000)
	from := netip.MustParseAddr("192.0.2.1")
	n := newNonces([]byte("key"), time.Hour, func() time.Time { return now })
	first := n.issue(from)
	if !n.use(first, "00000001", false) {
		t.Fatal("refused")
	}
	for i := range mostNonces {
		n.used[strconv.Itoa(i)] = &uses32{born: now}
	}
	next := n.issue(from)
	n.use(next, "00000001", false)
	if n.use(first, "00000001", false) || n.use(first, "00000002", false) {
		t.Fatal("a use that was forgotten counts again")
	}
	if len(n.used) > 2 {
		t.Fatal("nothing was forgotten")
	}
}

func TestPasswordlessVariants(t *testing.T) {
	for _, row := range []struct {
		name   string
		o      DigestOptions
		change func(*Account)
		alg    Algorithm
		strip  bool // the answer is that of an RFC 2069 phone
		want   int
	}{
		{"MD5 switched off for the account", DigestOptions{}, func(a *Account) { delete(a.HA1, MD5) }, MD5, false, 401},
		{"and SHA-256 works", DigestOptions{}, func(a *Account) { delete(a.HA1, MD5) }, SHA256, false, 200},
		{"only from its network", DigestOptions{}, func(a *Account) { a.Networks = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} }, SHA256, false, 401},
		{"from its network", DigestOptions{}, func(a *Account) { a.Networks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }, SHA256, false, 200},
		{"without qop", DigestOptions{}, func(*Account) {}, MD5, true, 401},
		{"without qop, allowed", DigestOptions{WithoutQOP: true}, func(*Account) {}, MD5, true, 200},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, _, _ := office(t, Options{Digest: row.o})
			f := s.digest.accounts.(*folk)
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
				c := readCredentials(strings.TrimPrefix(auth, "Digest "))
				ha1 := HA1("ivanov-desk", "acme.example", "secret")[MD5]
				response := hexOf(MD5, ha1, c.nonce, hexOf(MD5, "REGISTER", c.uri))
				auth = `Digest username="ivanov-desk", realm="acme.example", nonce="` + c.nonce + `", uri="` + c.uri + `", response="` + response + `"`
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

func TestTrunksChallengeIsAnsweredWithItsStrongestAlgorithm(t *testing.T) {
	req := outgoing(sip.INVITE, netip.MustParseAddrPort("192.0.2.1:5060"), "")
	res := sip.NewResponseFromRequest(ready(req, wire.UDP, "192.0.2.1:5060"), 407, "Proxy Authentication Required", nil)
	for _, h := range []string{
		`Basic realm="carrier"`, `Digest realm="carrier", nonce="a", algorithm=MD5, qop="auth"`,
		`Digest realm="carrier", nonce="b", algorithm=SHA-256, qop="auth"`, `Digest realm="carrier", nonce="c", algorithm=WHIRLPOOL`,
		`Digest realm="other", nonce="d", algorithm=SHA-256, qop="auth"`,
	} {
		res.AppendHeader(sip.NewHeader("Proxy-Authenticate", h))
	}
	if err := answerChallenge(req, res, "acme", "secret", "carrier"); err != nil {
		t.Fatal(err)
	}
	h := req.GetHeader("Proxy-Authorization")
	if h == nil || !strings.Contains(h.Value(), `nonce="b"`) || !strings.Contains(h.Value(), `username="acme"`) {
		t.Fatalf("%v", h)
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
		if err := answerChallenge(req, res, "acme", "secret", row.realm); err == nil || req.GetHeader("Authorization") != nil {
			t.Errorf("%s for realm %s: answered", row.method, row.realm)
		}
	}
}

func FuzzCredentials(f *testing.F) {
	f.Add(`Digest username="a", realm="b", nonce="c", uri="sip:x", response="d", qop=auth, nc=00000001, cnonce="e", algorithm=SHA-256`)
	f.Add(`username="a\"b", nc=zz, nonce=,=,,`)
	d := newDigest(DigestOptions{}.withDefaults(), twoCompanies(), newClock().Now)
	f.Fuzz(func(t *testing.T, s string) {
		req := outgoing(sip.REGISTER, stranger, "")
		req.AppendHeader(sip.NewHeader("Authorization", "Digest "+s))
		if acc, _, v := d.check(req, stranger.Addr()); v == genuine || acc.ID != "" {
			t.Fatalf("%q is %s", s, acc.ID)
		}
	})
}
