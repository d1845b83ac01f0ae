package sipcore

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	icholy "github.com/icholy/digest"

	"roadline/fmc"
	"roadline/sipcore/digest"
	"roadline/sipcore/wire"
)

// folk is a directory of accounts.
type folk struct {
	mu       sync.Mutex
	accounts map[string]digest.Account
	realms   []string
}

func (f *folk) Account(name string) (digest.Account, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, ok := f.accounts[name]
	return a, ok
}

func (f *folk) Realms() []string { return f.realms }

func (f *folk) dismiss(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.accounts, name)
}

// ha1Of is what is stored instead of a password (RFC 7616 §3.4.2).
func ha1Of(name, realm, password string) map[digest.Algorithm]string {
	text := name + ":" + realm + ":" + password
	sum := sha256.Sum256([]byte(text))
	return map[digest.Algorithm]string{digest.SHA256: hex.EncodeToString(sum[:]), digest.MD5: hexMD5(text)}
}

func hexMD5(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

// twoCompanies has one account each.
func twoCompanies() *folk {
	f := &folk{accounts: map[string]digest.Account{}, realms: []string{"acme.example", "bolt.example"}}
	for name, company := range map[string]string{"ivanov-desk": "acme", "orlov-desk": "bolt"} {
		realm := company + ".example"
		f.accounts[name] = digest.Account{ID: fmc.AccountID(name), Company: fmc.CompanyID(company), Realm: realm, HA1: ha1Of(name, realm, "secret")}
	}
	return f
}

// kept is a Keeper that remembers what it is told.
type kept struct {
	mu    sync.Mutex
	bound map[string]Binding
	lost  []string
}

func newKept() *kept { return &kept{bound: map[string]Binding{}} }

func (k *kept) Bound(b Binding) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.bound[b.Key] = b
}

func (k *kept) Unbound(_ fmc.CompanyID, _ fmc.AccountID, key string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.bound, key)
	k.lost = append(k.lost, key)
}

func (k *kept) all() []Binding {
	k.mu.Lock()
	defer k.mu.Unlock()
	var out []Binding
	for _, b := range k.bound {
		out = append(out, b)
	}
	return out
}

func (k *kept) has(key string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	_, ok := k.bound[key]
	return ok
}

// clock is a node's clock that the test turns.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// office is a station that knows two companies.
func office(t *testing.T, o Options) (*station, *clock, *kept) {
	t.Helper()
	c, k := newClock(), newKept()
	o.Accounts, o.Keeper, o.Now = twoCompanies(), k, c.Now
	set(&o.Guard.StrangerBurst, 100000) // the clock stands still, so that no bucket fills
	o.Guard.AllStrangers = 1e9
	return run(t, o, func(u *uses) { u.trunk = func(netip.AddrPort) bool { return false } }), c, k
}

// phone is a device that knows its password.
type phone struct {
	*peer
	name, password string
	alg            digest.Algorithm
	seq            int
	callID         string
}

func newPhone(p *peer, name string) *phone {
	return &phone{peer: p, name: name, password: "secret", alg: digest.SHA256, callID: newBranch() + "@phone"}
}

// try sends a request without credentials and, when it is challenged, with them, once for each realm that it is asked
// under; it returns the last answer.
func (p *phone) try(t *testing.T, method, uri string, lines ...string) answer {
	t.Helper()
	a, realm := p.once(t, method, uri, lines...), ""
	for a.status == 401 {
		c, err := icholy.ParseChallenge(a.header("WWW-Authenticate")[0])
		if err != nil || c.Realm == realm {
			break
		}
		realm = c.Realm
		a = p.once(t, method, uri, append(lines, "Authorization: "+p.credentials(t, a, method, uri))...)
	}
	return a
}

func (p *phone) once(t *testing.T, method, uri string, lines ...string) answer {
	t.Helper()
	p.seq++
	p.send(t, p.request(method, uri, append([]string{
		"From: <sip:" + p.name + "@example.com>;tag=phone", "To: <sip:" + p.name + "@example.com>",
		"Call-ID: " + p.callID, fmt.Sprintf("CSeq: %d %s", p.seq, method),
	}, lines...)...))
	return p.final(t)
}

// credentials answers a challenge by a client that others wrote.
func (p *phone) credentials(t *testing.T, a answer, method, uri string) string {
	t.Helper()
	for _, h := range a.header("WWW-Authenticate") {
		c, err := icholy.ParseChallenge(h)
		if err != nil {
			t.Fatal(err)
		}
		if c.Algorithm != string(p.alg) {
			continue
		}
		cred, err := icholy.Digest(c, icholy.Options{Method: method, URI: uri, Username: p.name, Password: p.password, Count: 1})
		if err != nil {
			t.Fatal(err)
		}
		return cred.String()
	}
	t.Fatalf("no challenge for %s in %q", p.alg, a.text)
	return ""
}

func (p *phone) register(t *testing.T, lines ...string) answer {
	t.Helper()
	return p.try(t, "REGISTER", "sip:example.com", lines...)
}

func TestRegistrationOverBothTransportsWithBothAlgorithms(t *testing.T) {
	s, c, k := office(t, Options{})
	for _, alg := range []digest.Algorithm{digest.SHA256, digest.MD5} {
		for _, p := range []*peer{dialUDP(t, s.udp), dialTCP(t, s.tcp)} {
			ph := newPhone(p, "ivanov-desk")
			ph.alg = alg
			a := ph.register(t, "Expires: 600")
			contact := a.header("Contact")
			own := slices.ContainsFunc(contact, func(s string) bool { return strings.Contains(s, p.addr()+">;expires=600") })
			if a.status != 200 || !own {
				t.Fatalf("%s over %s: %q", alg, p.network(), a.text)
			}
			b := s.Bindings("ivanov-desk")[0]
			c.pass(time.Second) // the newest first
			if b.Remote.String() != p.addr() || b.Transport != p.network() || b.Company != "acme" || !k.has(b.Key) {
				t.Fatalf("%+v", b)
			}
		}
	}
}

func TestRegistrationRefusals(t *testing.T) {
	s, _, _ := office(t, Options{})
	for _, row := range []struct {
		name   string
		change func(*phone)
		lines  []string
		want   int
	}{
		{"wrong password", func(p *phone) { p.password = "guess" }, nil, 401},
		{"for another account", func(*phone) {}, []string{"To: <sip:orlov-desk@example.com>"}, 403},
		{"too brief", func(*phone) {}, []string{"Expires: 30"}, 423},
		{"too brief in the contact", func(*phone) {}, []string{"Contact: <sip:a@192.0.2.1>;expires=59"}, 423},
		{"star without expires", func(*phone) {}, []string{"Contact: *"}, 400},
		{"star with another", func(*phone) {}, []string{"Contact: *, <sip:a@192.0.2.1>", "Expires: 0"}, 400},
		{"no SIP contact", func(*phone) {}, []string{"Contact: <mailto:a@example.com>"}, 400},
		{"unknown extension", func(*phone) {}, []string{"Require: path"}, 420},
		{"too many devices", func(*phone) {}, []string{"Contact: " + strings.TrimSuffix(strings.Repeat("<sip:N@192.0.2.1>, ", 11), ", ")}, 403},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := newPhone(dialUDP(t, s.udp), "ivanov-desk")
			row.change(p)
			for i, l := range row.lines {
				for n := 0; strings.Contains(l, "N@"); n++ {
					l = strings.Replace(l, "N@", fmt.Sprintf("%c@", 'a'+n), 1)
				}
				row.lines[i] = l
			}
			a := p.register(t, row.lines...)
			if a.status != row.want || row.want == 423 && a.header("Min-Expires")[0] != "60" {
				t.Fatal(a.text)
			}
			if len(s.Bindings("ivanov-desk")) != 0 {
				t.Fatal("bound all the same")
			}
		})
	}
}

func TestBindingLivesUntilItRunsOut(t *testing.T) {
	s, c, k := office(t, Options{})
	p := newPhone(dialUDP(t, s.udp), "ivanov-desk")
	if a := p.register(t, "Expires: 7200"); !strings.Contains(a.header("Contact")[0], "expires=3600") {
		t.Fatalf("longer than the longest: %q", a.text)
	}
	key := s.Bindings("ivanov-desk")[0].Key
	c.pass(3599 * time.Second)
	if len(s.Bindings("ivanov-desk")) != 1 {
		t.Fatal("gone too early")
	}
	c.pass(2 * time.Second)
	if len(s.Bindings("ivanov-desk")) != 0 {
		t.Fatal("still there")
	}
	s.registrar.sweep(s.stillThere)
	if k.has(key) {
		t.Fatal("kept")
	}
}

func TestExpiresOfTheContactComesFirst(t *testing.T) {
	s, _, _ := office(t, Options{})
	p := newPhone(dialUDP(t, s.udp), "ivanov-desk")
	a := p.register(t, "Expires: 600", "Contact: <sip:a@192.0.2.1>;expires=120;q=0.5, <sip:b@192.0.2.1>")
	got := a.header("Contact")
	want := []string{"<sip:b@192.0.2.1>;expires=600", "<sip:a@192.0.2.1>;q=0.5;expires=120"}
	if !slices.Equal(got, want) {
		t.Fatalf("%q, want %q: the preferred first", got, want)
	}
}

func TestFetchAndRemove(t *testing.T) {
	s, _, k := office(t, Options{})
	p := newPhone(dialUDP(t, s.udp), "ivanov-desk")
	p.register(t, "Contact: <sip:a@192.0.2.1>, <sip:b@192.0.2.1>, <sip:c@192.0.2.1>")
	if a := p.register(t, "Contact: "); len(a.header("Contact")) != 3 {
		t.Fatalf("fetch: %q", a.text)
	}
	if a := p.register(t, "Contact: <sip:b@192.0.2.1>;expires=0"); len(a.header("Contact")) != 2 || k.has("sip:b@192.0.2.1") {
		t.Fatalf("remove one: %q", a.text)
	}
	if a := p.register(t, "Contact: *", "Expires: 0"); a.status != 200 || len(a.header("Contact")) != 0 || len(k.all()) != 0 {
		t.Fatalf("remove all: %q", a.text)
	}
}

func TestOlderRequestChangesNothing(t *testing.T) {
	s, _, _ := office(t, Options{})
	p := newPhone(dialUDP(t, s.udp), "ivanov-desk")
	p.seq = 10
	p.register(t, "Contact: <sip:a@192.0.2.1>")
	p.seq = 2
	for _, lines := range [][]string{{"Contact: <sip:a@192.0.2.1>;expires=0"}, {"Contact: *", "Expires: 0"}} {
		if a := p.register(t, lines...); a.status != 500 || len(s.Bindings("ivanov-desk")) != 1 {
			t.Fatal(a.text)
		}
	}
	p.callID = "another-start@phone" // a device that was restarted counts anew
	if a := p.register(t, "Contact: <sip:a@192.0.2.1>"); a.status != 200 {
		t.Fatal(a.text)
	}
}

func TestInstanceMakesABindingTheSame(t *testing.T) {
	s, _, _ := office(t, Options{})
	p := newPhone(dialUDP(t, s.udp), "ivanov-desk")
	const instance = `;+sip.instance="<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>"`
	p.register(t, "Contact: <sip:a@192.0.2.1:1111>"+instance)
	a := p.register(t, "Contact: <sip:a@192.0.2.1:2222>"+instance)
	if got := a.header("Contact"); len(got) != 1 || !strings.Contains(got[0], ":2222") || !strings.Contains(got[0], instance) {
		t.Fatalf("%q", got)
	}
	p.register(t, "Contact: <sip:a@192.0.2.1:3333>;reg-id=2"+instance)
	if len(s.Bindings("ivanov-desk")) != 2 {
		t.Fatal("a second flow of one device is a binding of its own")
	}
}

func TestBindingOfAStreamGoesWithIt(t *testing.T) {
	s, _, k := office(t, Options{})
	p := newPhone(dialTCP(t, s.tcp), "ivanov-desk")
	p.register(t)
	key := s.Bindings("ivanov-desk")[0].Key
	p.conn.Close()
	eventually(t, func() bool { return len(s.Bindings("ivanov-desk")) == 0 && !k.has(key) })
}

func TestRestartReachesUDPPhonesAgain(t *testing.T) {
	s, c, k := office(t, Options{})
	newPhone(dialUDP(t, s.udp), "ivanov-desk").register(t)
	newPhone(dialTCP(t, s.tcp), "orlov-desk").register(t)
	left := k.all()
	again, err := New(Options{Accounts: twoCompanies(), Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	again.Restore(left)
	if len(again.Bindings("ivanov-desk")) != 1 || len(again.Bindings("orlov-desk")) != 0 {
		t.Fatalf("%+v", again.Snapshot().Bindings)
	}
}

func TestBindingOfAnAccountThatIsGoneGoesToo(t *testing.T) {
	s, _, k := office(t, Options{})
	newPhone(dialUDP(t, s.udp), "ivanov-desk").register(t)
	s.accounts.(*folk).dismiss("ivanov-desk")
	s.registrar.sweep(s.stillThere)
	if len(s.Snapshot().Bindings) != 0 || len(k.all()) != 0 {
		t.Fatal("still bound")
	}
}

func TestPhoneBehindATranslatorIsKeptReachable(t *testing.T) {
	s, _, _ := office(t, Options{})
	p := newPhone(dialUDP(t, s.udp), "ivanov-desk")
	p.register(t, "Contact: <sip:ivanov@10.1.2.3:5060>")
	if b := s.Bindings("ivanov-desk")[0]; b.flow() != (flow{Transport: wire.UDP, Remote: p.addr(), Local: s.udp.String(), Pinned: true}) {
		t.Fatalf("%+v", b.flow())
	}
	s.ping()
	b := make([]byte, 100)
	_ = p.conn.SetReadDeadline(time.Now().Add(within))
	if n, err := p.conn.Read(b); err != nil || string(b[:n]) != "\r\n\r\n" {
		t.Fatalf("%q %v", b[:n], err)
	}
}

func TestAccountOverIPv6(t *testing.T) {
	loop := netip.MustParseAddrPort("[::1]:0")
	s, _, _ := office(t, Options{Listen: Listen{UDP: []netip.AddrPort{loop}, TCP: []netip.AddrPort{loop}}})
	for _, p := range []*peer{dialUDP(t, s.udp), dialTCP(t, s.tcp)} {
		ph := newPhone(p, "ivanov-desk")
		if a := ph.register(t); a.status != 200 || !strings.Contains(strings.Join(a.header("Contact"), ""), p.addr()) {
			t.Fatal(a.text)
		}
	}
	b := s.Bindings("ivanov-desk")[0]
	req := outgoing("OPTIONS", b.Remote, "")
	tx, err := s.send(req, b.flow())
	if err != nil {
		t.Fatal(err)
	}
	finish(t, tx)
}
