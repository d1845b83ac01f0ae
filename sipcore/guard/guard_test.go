package guard

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

func at(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

// wrongPassword is what a wrong password weighs in sipcore.
const wrongPassword = 3

// clock is a clock that stands until it is moved on.
type clock struct{ at time.Time }

func (c *clock) Now() time.Time       { return c.at }
func (c *clock) pass(d time.Duration) { c.at = c.at.Add(d) }

func newGuard(l Limits) (*Guard, *clock) {
	c := &clock{at: time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)}
	return New(l, c.Now), c
}

// admits counts how many of n messages pass at once.
func admits(g *Guard, from netip.AddrPort, n int) int {
	ok := 0
	for range n {
		if g.Admit(from) == Passes {
			ok++
		}
	}
	return ok
}

func TestStrangerIsHeldToItsRate(t *testing.T) {
	g, c := newGuard(Limits{})
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
	g, _ := newGuard(Limits{AllStrangers: 100})
	g.Prove(at("198.51.100.1:5060"))
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
	g, c := newGuard(Limits{})
	good, other, guesser := at("192.0.2.1:5060"), at("192.0.2.1:5062"), at("192.0.2.1:9999")
	g.Prove(good)
	for range 10 {
		g.Fail(guesser, wrongPassword)
	}
	if bans := g.Bans(); len(bans) != 1 || bans[0].Addr != guesser.Addr() {
		t.Fatalf("%+v", bans)
	}
	if n := admits(g, good, 1000); n != 1000 {
		t.Fatalf("%d of the good phone's passed", n)
	}
	if n := admits(g, other, 1000); n != 10 {
		t.Fatalf("%d of a new phone's beside it passed: it must get in, slowly", n)
	}
	c.pass(11 * time.Minute)
	if len(g.Bans()) != 0 {
		t.Fatal("banned for ever")
	}
}

func TestBannedAddressIsNotHeard(t *testing.T) {
	g, _ := newGuard(Limits{})
	for range 10 {
		g.Fail(at("192.0.2.1:1"), wrongPassword)
	}
	if g.Admit(at("192.0.2.1:2")) != Banished || g.AdmitConn(at("192.0.2.1:2")) {
		t.Fatal("heard")
	}
	if g.Admit(at("192.0.2.2:2")) != Passes {
		t.Fatal("another address is banned too")
	}
}

func TestSuccessTakesFailuresBack(t *testing.T) {
	g, c := newGuard(Limits{})
	for range 20 { // a person who mistypes often
		for range 9 {
			g.Fail(at("192.0.2.1:1"), wrongPassword)
		}
		g.Prove(at("192.0.2.1:1"))
	}
	for range 9 {
		g.Fail(at("192.0.2.3:1"), wrongPassword)
	}
	c.pass(11 * time.Minute)
	g.Fail(at("192.0.2.3:1"), wrongPassword)
	if len(g.Bans()) != 0 {
		t.Fatalf("%+v", g.Bans())
	}
}

func TestTrustedSourceIsNeverLimited(t *testing.T) {
	g, _ := newGuard(Limits{Trusted: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}})
	for range 100 {
		g.Fail(at("192.0.2.1:1"), wrongPassword)
	}
	if n := admits(g, at("192.0.2.1:1"), 1000); n != 1000 || len(g.Bans()) != 0 {
		t.Fatal(n, g.Bans())
	}
}

func TestOneNameIsNotGuessedFromManyAddresses(t *testing.T) {
	g, c := newGuard(Limits{})
	home := at("198.51.100.1:5060")
	g.Prove(home)
	tried := 0
	for i := range 1000 {
		from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 5060)
		if g.MayTry("ivanov-desk", from) {
			tried++
		}
		g.Wrong("ivanov-desk")
	}
	if tried > attemptBurst {
		t.Fatalf("%d guesses were looked at", tried)
	}
	if !g.MayTry("ivanov-desk", home) || !g.MayTry("orlov-desk", at("10.0.0.1:1")) {
		t.Fatal("the owner, or another name, is kept out")
	}
	c.pass(6 * time.Second)
	if !g.MayTry("ivanov-desk", at("10.0.0.1:1")) {
		t.Fatal("kept out for ever")
	}
}

func TestGuardsMemoryIsBounded(t *testing.T) {
	g, c := newGuard(Limits{})
	g.Prove(at("198.51.100.1:5060"))
	for i := range mostSources + 1000 {
		ip := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		g.Admit(netip.AddrPortFrom(ip, 5060))
	}
	if len(g.sources) > mostSources {
		t.Fatal(len(g.sources))
	}
	c.pass(30 * time.Minute)
	g.Sweep()
	if len(g.sources) != 1 || g.Admit(at("198.51.100.1:6000")) != Passes {
		t.Fatalf("%d left, want the one that proved itself", len(g.sources))
	}
	c.pass(time.Hour)
	g.Sweep()
	if len(g.sources)+len(g.flows)+len(g.names) != 0 {
		t.Fatal("something is never forgotten")
	}
}

func TestIPv6CustomerIsOneSource(t *testing.T) {
	g, _ := newGuard(Limits{})
	n := 0
	for i := range 500 {
		n += admits(g, at(fmt.Sprintf("[2001:db8::%x]:5060", i)), 1)
	}
	if n != 60 {
		t.Fatalf("%d passed by changing the address within a /64", n)
	}
}

func TestAPersonTakesABanBack(t *testing.T) {
	g, _ := newGuard(Limits{})
	from := at("192.0.2.7:5060")
	for range 100 {
		g.Fail(from, 1)
	}
	if len(g.Bans()) != 1 || g.Admit(from) != Banished {
		t.Fatal("nobody is banned")
	}
	if !g.Unban(from.Addr()) || g.Admit(from) != Passes || len(g.Bans()) != 0 {
		t.Error("the address is still banned")
	}
	if g.Unban(from.Addr()) || g.Unban(at("192.0.2.8:1").Addr()) {
		t.Error("who is not banned was let go")
	}
}
