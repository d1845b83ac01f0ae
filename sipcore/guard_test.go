package sipcore

import (
	"net/netip"
	"testing"
	"time"
)

func at(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

func TestGuessingOverTheWireEndsInABan(t *testing.T) {
	s, c, _ := office(t, Options{})
	good := newPhone(dialUDP(t, s.udp), "ivanov-desk")
	if a := good.register(t); a.status != 200 {
		t.Fatal(a.text)
	}
	guesser := newPhone(dialUDP(t, s.udp), "orlov-desk")
	guesser.password = "guess"
	for range 10 {
		if a := guesser.register(t); a.status != 401 {
			t.Fatal(a.text)
		}
	}
	if len(s.Snapshot().Bans) != 1 {
		t.Fatal("not banned")
	}
	c.pass(time.Minute)
	if a := good.register(t); a.status != 200 {
		t.Fatalf("the good phone behind the same address: %q", a.text)
	}
}

func TestDatagramWithAForgedSourceBansNobody(t *testing.T) {
	s, _, _ := office(t, Options{})
	p := newPhone(dialUDP(t, s.udp), "ivanov-desk")
	for range 50 {
		a := p.once(t, "REGISTER", "sip:example.com", `Authorization: Digest username="ivanov-desk", realm="acme.example", nonce="bm90IG91cnM", uri="sip:x", response="00"`)
		if a.status != 401 {
			t.Fatal(a.text)
		}
	}
	if len(s.Snapshot().Bans) != 0 {
		t.Fatal("banned without proof that it was there")
	}
}
