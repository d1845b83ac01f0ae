package digest

import (
	"net/netip"
	"strconv"
	"testing"
	"time"

	"roadline/fmc"
)

var stranger = netip.MustParseAddr("192.0.2.99")

// twoCompanies are a directory with one account each.
type twoCompanies struct{}

func (twoCompanies) Account(name string) (Account, bool) {
	company, ok := map[string]string{"ivanov-desk": "acme", "orlov-desk": "bolt"}[name]
	if !ok {
		return Account{}, false
	}
	realm := company + ".example"
	return Account{ID: fmc.AccountID(name), Company: fmc.CompanyID(company), Realm: realm, HA1: HA1(name, realm, "secret")}, true
}

func (twoCompanies) Realms() []string { return []string{"acme.example", "bolt.example"} }

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
	d := New(Options{}, nil, time.Now)
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

func TestUnknownNameIsShownACompanysRealmAlwaysTheSame(t *testing.T) {
	o := Options{Key: []byte("0123456789abcdef0123456789abcdef")}
	d, again := New(o, twoCompanies{}, time.Now), New(o, twoCompanies{}, time.Now)
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

func FuzzCredentials(f *testing.F) {
	f.Add(`Digest username="a", realm="b", nonce="c", uri="sip:x", response="d", qop=auth, nc=00000001, cnonce="e", algorithm=SHA-256`)
	f.Add(`username="a\"b", nc=zz, nonce=,=,,`)
	d := New(Options{}, twoCompanies{}, time.Now)
	f.Fuzz(func(t *testing.T, s string) {
		if acc, _, v := d.Check("REGISTER", []string{"Digest " + s}, stranger); v == Genuine || acc.ID != "" {
			t.Fatalf("%q is %s", s, acc.ID)
		}
	})
}
