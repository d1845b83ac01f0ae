package media_test

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"sync"
	"testing"
	"time"

	"roadline/fmc/cause"
	"roadline/media"
)

func TestFiveHundredLegsHaveTheirOwnEvenPorts(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	seen := map[uint16]bool{}
	for range 500 {
		at := lease(t, ports, "").Local()
		if at.Port()%2 != 0 || seen[at.Port()] || at.Addr() != loopback {
			t.Fatalf("%s", at)
		}
		seen[at.Port()] = true
	}
	if u := ports.Usage(); u.Leased != 500 {
		t.Errorf("%+v", u)
	}
}

// TestAFreedPortRestsSoThatTheNextCallHearsNothingOfTheLast: a range of two pairs, so that the next lease must be the
// one that was freed.
func TestAFreedPortRestsSoThatTheNextCallHearsNothingOfTheLast(t *testing.T) {
	clock := newTestClock()
	ports := startPorts(t, clock, func(o *media.Options) { o.From, o.To = 18720, 18724 })
	a := lease(t, ports, "a")
	b := lease(t, ports, "b")
	if _, err := ports.Lease(media.Want{}); !errors.Is(err, cause.NoRoom) {
		t.Fatalf("a third of two: %v", err)
	}
	pa := newPeer(t, a, "127.0.0.1")
	a.Set(pa.remote())
	freed := a.Local()
	pa.say(forged)
	await(t, func() bool { return a.Quality().Heard.Packets == 1 })
	a.Close()
	a.Close()
	pa.say(forged) // late: BYE has crossed it
	await(t, func() bool { return ports.Usage().Resting == 1 })
	clock.pass(1900 * time.Millisecond)
	if _, err := ports.Lease(media.Want{}); !errors.Is(err, cause.NoRoom) {
		t.Fatalf("a port that rests was leased: %v", err)
	}
	pa.say(forged)
	clock.pass(100 * time.Millisecond) // no other is free: it rests no longer
	next := lease(t, ports, "next")
	if next.Local() != freed {
		t.Fatalf("%s, want %s", next.Local(), freed)
	}
	pn, pb := newPeer(t, next, "127.0.0.1"), newPeer(t, b, "127.0.0.1")
	b.Set(pb.remote())
	next.Set(pn.remote())
	next.Route(&media.Route{Forward: []*media.Port{b}})
	heardOnly(t, pn, pb)
	if q := next.Quality(); q.Heard.Packets != 1 || q.Dropped.Early+q.Dropped.Foreign != 0 {
		t.Errorf("%+v", q)
	}
}

func TestAPortRestsForHalfAMinuteWhileAnotherIsFree(t *testing.T) {
	clock := newTestClock()
	ports := startPorts(t, clock, func(o *media.Options) { o.From, o.To = 18740, 18743 })
	a := lease(t, ports, "a")
	freed := a.Local()
	a.Close()
	await(t, func() bool { return ports.Usage().Resting == 1 })
	clock.pass(29 * time.Second)
	b := lease(t, ports, "b") // either, if the first rested no longer
	if b.Local() == freed || ports.Usage().Resting != 1 {
		t.Fatalf("%s was leased while another was free", freed)
	}
	b.Close()
	await(t, func() bool { return ports.Usage().Resting == 2 })
	clock.pass(time.Second)
	if u := ports.Usage(); u.Free != 1 || u.Resting != 1 {
		t.Fatalf("after half a minute: %+v", u)
	}
}

func TestAPortThatAnotherProgramHoldsIsPassedOver(t *testing.T) {
	held := listen(t, netip.AddrPortFrom(loopback, 18801)) // the RTCP port of the first pair
	defer held.Close()
	ports := startPorts(t, newTestClock(), func(o *media.Options) { o.From, o.To = 18800, 18803 })
	if at := lease(t, ports, "").Local(); at.Port() != 18802 {
		t.Errorf("%s", at)
	}
	if _, err := ports.Lease(media.Want{}); !errors.Is(err, cause.NoRoom) {
		t.Errorf("%v", err)
	}
}

func TestBadOptionsAreRefusedWithASentence(t *testing.T) {
	good := media.Options{Bind: []netip.Addr{loopback}, Now: newTestClock().now, Log: slog.New(slog.DiscardHandler)}
	for name, spoil := range map[string]func(*media.Options){
		"no clock":    func(o *media.Options) { o.Now = nil },
		"no logger":   func(o *media.Options) { o.Log = nil },
		"no address":  func(o *media.Options) { o.Bind = nil },
		"any address": func(o *media.Options) { o.Bind = []netip.Addr{netip.IPv4Unspecified()} },
		"no range":    func(o *media.Options) { o.From, o.To = 30000, 20000 },
		"low range":   func(o *media.Options) { o.From, o.To = 10, 20000 },
		"one port":    func(o *media.Options) { o.From, o.To = 20001, 20002 },
		"threads":     func(o *media.Options) { o.Threads = 1000 },
	} {
		opts := good
		spoil(&opts)
		if _, err := media.NewPorts(opts); !errors.Is(err, cause.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ports := startPorts(t, newTestClock(), nil)
	if _, err := ports.Lease(media.Want{Addr: netip.MustParseAddr("192.0.2.1")}); !errors.Is(err, cause.Invalid) {
		t.Errorf("an address that was not bound: %v", err)
	}
}

func TestAnAddressThatIsNotOursIsUnavailable(t *testing.T) {
	elsewhere := netip.MustParseAddr("192.0.2.1")
	ports := startPorts(t, newTestClock(), func(o *media.Options) { o.Bind = []netip.Addr{elsewhere} })
	if _, err := ports.Lease(media.Want{}); !errors.Is(err, cause.Unavailable) {
		t.Errorf("%v", err)
	}
}

func TestAfterRunNothingIsLeasedAndCloseIsHarmless(t *testing.T) {
	ports, err := media.NewPorts(media.Options{Bind: []netip.Addr{loopback}, Now: newTestClock().now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	p, err := ports.Lease(media.Want{}) // leasing before Run is allowed
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := ports.Run(ctx); err != nil {
		t.Fatal(err)
	}
	p.Close()
	p.Set(media.Remote{})
	p.Route(&media.Route{Hear: media.NewPlay(&frames{1, 1}, nil)})
	if _, err := ports.Lease(media.Want{}); !errors.Is(err, cause.Unavailable) {
		t.Errorf("%v", err)
	}
	free := listen(t, p.Local()) // its sockets are closed
	free.Close()
}

// TestLegsMayCloseUnderTraffic: legs come and go while both of their sides talk and prompts play.
func TestLegsMayCloseUnderTraffic(t *testing.T) {
	ports := startPorts(t, newTestClock(), func(o *media.Options) { o.Threads = 2 })
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 10 {
				a, err := ports.Lease(media.Want{})
				if err != nil {
					t.Error(err)
					return
				}
				b, err := ports.Lease(media.Want{})
				if err != nil {
					t.Error(err)
					return
				}
				pa, pb := newPeer(t, a, "127.0.0.1"), newPeer(t, b, "127.0.0.1")
				a.Set(pa.remote())
				b.Set(pb.remote())
				a.Route(&media.Route{Forward: []*media.Port{b}, Tape: media.NewTap("client", 0)})
				b.Route(&media.Route{Forward: []*media.Port{a}, Hear: media.NewPlay(&frames{1, 1000}, nil)})
				for range 20 {
					pa.say(1)
					pb.say(2)
				}
				pa.hear()
				a.Close()
				pb.say(3)
				b.Close()
			}
		})
	}
	all.Wait()
	// More than 160 may rest: a port that a peer of the test held was passed over.
	await(t, func() bool { u := ports.Usage(); return u.Leased == 0 && u.Resting >= 160 })
}

// TestTheChainPrintsItself: what is wired is what is printed.
func TestTheChainPrintsItself(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	b, c := lease(t, ports, "leg 2"), lease(t, ports, "leg 3")
	tone, err := media.NewKeyTones("1", 100*time.Millisecond, 100*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	for want, r := range map[string]media.Route{
		"says nothing":               {},
		"says nothing; hears keys":   {Hear: media.NewPlay(tone, nil)},
		"says > leg 2":               {Forward: []*media.Port{b}},
		"says > leg 2 + keys":        {Forward: []*media.Port{b}, ForwardKeys: true},
		"says > keys > tape client":  {Keys: func(media.Key) {}, Tape: media.NewTap("client", 0)},
		"says > media_test.mixInput": {Into: mixInput{}},
		"says > keys > tape employee > leg 2 > leg 3; hears keys": {
			Keys: func(media.Key) {}, Tape: media.NewTap("employee", 0), Forward: []*media.Port{b, c}, Hear: media.NewPlay(tone, nil),
		},
	} {
		b.Route(&r)
		if got := b.Wiring().String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

type mixInput struct{}

func (mixInput) Voice(media.Voice) {}
