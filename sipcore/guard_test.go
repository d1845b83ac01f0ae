package sipcore

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

func at(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

func newTestGuard(l Limits) (*guard, *clock) {
	c := newClock()
	return newGuard(l.withDefaults(), c.Now, &counters{}), c
}

// admits counts how many of n messages pass at once.
func admits(g *guard, from netip.AddrPort, n int) int {
	ok := 0
	for range n {
		if g.admit(from) == passes {
			ok++
		}
	}
	return ok
}

func TestStrangerIsHeldToItsRate(t *testing.T) {
	g, c := newTestGuard(Limits{})
	if n := admits(g, at("192.0.2.1:5060"), 1000); n != 60 {
		t.Fatalf("%d at once, want 60", n)
	}
	c.pass(time.Second)
	if n := admits(g, at("192.0.2.1:9999"), 1000); n != 20 {
		t.Fatalf("%d in a second, want 20: another port is the same source", n)
	}
	if n := admits(g, at("192.0.2.2:5060"), 1000); n != 60 {
		t.Fatalf("%d, want 60: another address is not", n)
	}
}

func TestFloodOfManySourcesLeavesProvedOnesAlone(t *testing.T) {
	g, _ := newTestGuard(Limits{AllStrangers: 100})
	g.prove(at("198.51.100.1:5060"))
	got := 0
	for i := range 5000 {
		got += admits(g, netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 5060), 1)
	}
	if got != 100 {
		t.Fatalf("%d strangers passed, want 100 in all", got)
	}
	if n := admits(g, at("198.51.100.1:5060"), 1000); n != 1000 {
		t.Fatalf("%d of the proved flow's passed", n)
	}
	if n := admits(g, at("198.51.100.1:6000"), 100); n != 100 {
		t.Fatalf("%d from its address passed", n)
	}
}

func TestGuesserIsBannedAndAGoodPhoneBesideItIsNot(t *testing.T) {
	g, c := newTestGuard(Limits{})
	good, other, guesser := at("192.0.2.1:5060"), at("192.0.2.1:5062"), at("192.0.2.1:9999")
	g.prove(good)
	for range 10 {
		g.fail(guesser, weightWrong)
	}
	if bans := g.bans(); len(bans) != 1 || bans[0].Addr != guesser.Addr() {
		t.Fatalf("%+v", bans)
	}
	if n := admits(g, good, 1000); n != 1000 {
		t.Fatalf("%d of the good phone's passed", n)
	}
	if n := admits(g, other, 1000); n != 10 {
		t.Fatalf("%d of a new phone's beside it passed: it must get in, slowly", n)
	}
	c.pass(11 * time.Minute)
	if len(g.bans()) != 0 {
		t.Fatal("banned for ever")
	}
}

func TestBannedAddressIsNotHeard(t *testing.T) {
	g, _ := newTestGuard(Limits{})
	for range 10 {
		g.fail(at("192.0.2.1:1"), weightWrong)
	}
	if g.admit(at("192.0.2.1:2")) != banished || g.admitConn(at("192.0.2.1:2")) {
		t.Fatal("heard")
	}
	if g.admit(at("192.0.2.2:2")) != passes {
		t.Fatal("another address is banned too")
	}
}

func TestSuccessTakesFailuresBack(t *testing.T) {
	g, c := newTestGuard(Limits{})
	for range 20 { // a person who mistypes often
		for range 9 {
			g.fail(at("192.0.2.1:1"), weightWrong)
		}
		g.prove(at("192.0.2.1:1"))
	}
	for range 9 {
		g.fail(at("192.0.2.3:1"), weightWrong)
	}
	c.pass(11 * time.Minute)
	g.fail(at("192.0.2.3:1"), weightWrong)
	if len(g.bans()) != 0 {
		t.Fatalf("%+v", g.bans())
	}
}

func TestTrustedSourceIsNeverLimited(t *testing.T) {
	g, _ := newTestGuard(Limits{TrustedSources: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}})
	for range 100 {
		g.fail(at("192.0.2.1:1"), weightWrong)
	}
	if n := admits(g, at("192.0.2.1:1"), 1000); n != 1000 || len(g.bans()) != 0 {
		t.Fatal(n, g.bans())
	}
}

func TestOneNameIsNotGuessedFromManyAddresses(t *testing.T) {
	g, c := newTestGuard(Limits{})
	home := at("198.51.100.1:5060")
	g.prove(home)
	tried := 0
	for i := range 1000 {
		from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 5060)
		if g.mayTry("ivanov-desk", from) {
			tried++
		}
		g.wrong("ivanov-desk")
	}
	if tried > attemptBurst {
		t.Fatalf("%d guesses were looked at", tried)
	}
	if !g.mayTry("ivanov-desk", home) || !g.mayTry("orlov-desk", at("10.0.0.1:1")) {
		t.Fatal("the owner, or another name, is kept out")
	}
	c.pass(6 * time.Second)
	if !g.mayTry("ivanov-desk", at("10.0.0.1:1")) {
		t.Fatal("kept out for ever")
	}
}

func TestGuardsMemoryIsBounded(t *testing.T) {
	g, c := newTestGuard(Limits{})
	g.prove(at("198.51.100.1:5060"))
	for i := range mostSources + 1000 {
		ip := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		g.admit(netip.AddrPortFrom(ip, 5060))
	}
	if len(g.sources) > mostSources {
		t.Fatal(len(g.sources))
	}
	c.pass(30 * time.Minute)
	g.sweep()
	if len(g.sources) != 1 || g.admit(at("198.51.100.1:6000")) != passes {
		t.Fatalf("%d left, want the one that proved itself", len(g.sources))
	}
	c.pass(time.Hour)
	g.sweep()
	if len(g.sources)+len(g.flows)+len(g.names) != 0 {
		t.Fatal("something is never forgotten")
	}
}

func TestIPv6CustomerIsOneSource(t *testing.T) {
	g, _ := newTestGuard(Limits{})
	n := 0
	for i := range 500 {
		n += admits(g, at(fmt.Sprintf("[2001:db8::%x]:5060", i)), 1)
	}
	if n != 60 {
		t.Fatalf("%d passed by changing the address within a /64", n)
	}
}

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

func TestAPersonTakesABanBack(t *testing.T) {
	g, _ := newTestGuard(Limits{})
	from := at("192.0.2.7:5060")
	for range 100 {
		g.fail(from, 1)
	}
	if len(g.bans()) != 1 || g.admit(from) != banished {
		t.Fatal("nobody is banned")
	}
	if !g.unban(from.Addr()) || g.admit(from) != passes || len(g.bans()) != 0 {
		t.Error("the address is still banned")
	}
	if g.unban(from.Addr()) || g.unban(at("192.0.2.8:1").Addr()) {
		t.Error("who is not banned was let go")
	}
}
