package sipcore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/sipcore/guard"
	"roadline/sipcore/wire"
)

// Each test here fails when our workaround of that row is taken away. What the library does by itself is pinned in
// sipgo_pins_test.go.

// finish reads a client transaction to its end.
func finish(t *testing.T, tx *sip.ClientTx) {
	t.Helper()
	t.Cleanup(func() {
		tx.Terminate()
		<-tx.Done()
	})
	go func() {
		for {
			select {
			case res := <-tx.Responses():
				if !res.IsProvisional() {
					return
				}
			case <-tx.Done():
				return
			}
		}
	}()
}

func TestRow01LongRequestGoesOverAStreamWhereThePeerTakesOne(t *testing.T) {
	s := run(t, Options{}, nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got := make(chan string, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		b := make([]byte, 65536)
		n, _ := c.Read(b)
		got <- string(b[:n])
	}()
	to := addrPort(l.Addr())
	tx, err := s.send(outgoing(sip.INVITE, to, strings.Repeat("a", 1300)), flow{Transport: wire.UDP, Remote: to.String()})
	if err != nil {
		t.Fatal(err)
	}
	finish(t, tx)
	if m := <-got; !strings.Contains(m, "Via: SIP/2.0/TCP") {
		t.Fatalf("%q: RFC 3261 §18.1.1 changes the Via too", m)
	}
}

func TestRow01LongRequestIsFragmentedWhereThePeerTakesNoStream(t *testing.T) {
	s := run(t, Options{}, nil)
	peer := packetPeer(t)
	to := addrPort(peer.LocalAddr())
	tx, err := s.send(outgoing(sip.INVITE, to, strings.Repeat("a", 3000)), flow{Transport: wire.UDP, Remote: to.String()})
	if err != nil {
		t.Fatal(err)
	}
	finish(t, tx)
	if m, _ := receive(t, peer); !strings.Contains(m, "Via: SIP/2.0/UDP") || len(m) < 3000 {
		t.Fatalf("%q", m)
	}
}

func TestRow01LongResponseGoesOut(t *testing.T) {
	s := run(t, Options{}, func(u *uses) {
		u.inside = func(in inbound) {
			res := sip.NewResponseFromRequest(in.req, 200, "OK", []byte(strings.Repeat("a", 3000)))
			_ = in.tx.Respond(res)
		}
	})
	p := dialUDP(t, s.udp)
	p.send(t, p.request("INFO", "sip:x@example.com", "To: <sip:x@example.com>;tag=known"))
	if a := p.final(t); a.status != 200 || len(a.text) < 3000 {
		t.Fatal(a.text)
	}
}

func TestRow02RequestLeavesFromTheListener(t *testing.T) {
	s := run(t, Options{}, nil)
	peer := packetPeer(t)
	to := addrPort(peer.LocalAddr())
	tx, err := s.send(outgoing(sip.OPTIONS, to, ""), flow{Transport: wire.UDP, Remote: to.String()})
	if err != nil {
		t.Fatal(err)
	}
	finish(t, tx)
	m, from := receive(t, peer)
	if from != s.udp || !strings.Contains(m, "Via: SIP/2.0/UDP "+s.udp.String()) {
		t.Fatalf("from %s, want %s: %q", from, s.udp, m)
	}
}

// ended is an agent whose Run has returned.
func ended(t *testing.T) *Agent {
	t.Helper()
	loop := netip.MustParseAddrPort("127.0.0.1:0")
	a, err := New(Options{Log: slog.New(slog.DiscardHandler), Now: time.Now, Listen: Listen{UDP: []netip.AddrPort{loop}}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := a.Run(ctx); err != nil {
		t.Fatal(err)
	}
	return a
}

func TestRow02NothingIsSentAfterTheEndAndNoSocketOpened(t *testing.T) {
	a, to := ended(t), addrPort(packetPeer(t).LocalAddr())
	way := flow{Transport: wire.UDP, Remote: to.String()}
	if _, err := a.send(outgoing(sip.OPTIONS, to, ""), way); !errors.Is(err, cause.Unavailable) {
		t.Fatal(err)
	}
	if err := a.write(outgoing(sip.ACK, to, ""), way); !errors.Is(err, cause.Unavailable) {
		t.Fatal(err)
	}
	if n := a.tpl.Pool("udp").Size(); n != 0 {
		t.Fatalf("%d entries of the pool are left", n)
	}
}

func TestRow02RequestThatTheLibraryHandsOverTooLateLeavesNoSocket(t *testing.T) {
	a, to := ended(t), addrPort(packetPeer(t).LocalAddr())
	req := ready(outgoing(sip.OPTIONS, to, ""), wire.UDP, to.String())
	conn, err := a.tpl.ClientRequestConnection(t.Context(), req) // as the library does to answer it
	if err != nil {
		t.Fatal(err)
	}
	tx := sip.NewServerTx("late", req, conn, slog.New(slog.DiscardHandler))
	if err := tx.Init(); err != nil {
		t.Fatal(err)
	}
	a.request(req, tx)
	if n := a.tpl.Pool("udp").Size(); n != 0 {
		t.Fatalf("%d entries of the pool are left", n)
	}
}

func TestRow03RequestOnAStreamReachesItsPeerAndNoOther(t *testing.T) {
	s := run(t, Options{}, nil)
	wanted, other := dialTCP(t, s.tcp), dialTCP(t, s.tcp)
	for _, c := range []*peer{wanted, other} {
		c.send(t, c.request("OPTIONS", "sip:x@example.com"))
		c.final(t)
	}
	at := addrPort(wanted.conn.LocalAddr())
	req := outgoing(sip.OPTIONS, at, "")
	req.Laddr = sip.Addr{IP: s.tcp.Addr().AsSlice(), Port: int(s.tcp.Port())} // as a careless caller would
	tx, err := s.send(req, flow{Transport: wire.TCP, Remote: at.String(), Pinned: true})
	if err != nil {
		t.Fatal(err)
	}
	finish(t, tx)
	if a, err := wanted.read(within); err != nil || !strings.HasPrefix(a.text, "OPTIONS sip:bob@") {
		t.Fatalf("%v %q", err, a.text)
	}
	other.send(t, other.request("OPTIONS", "sip:x@example.com"))
	if a := other.final(t); a.status != 200 {
		t.Fatal(a.text)
	}
}

func TestRow04JunkNeverReachesThePool(t *testing.T) {
	s := run(t, Options{Guard: guard.Limits{StrangerBurst: 1000}}, nil)
	for range 50 {
		dialUDP(t, s.udp).send(t, []byte("this is not SIP at all\r\n\r\n"))
	}
	last := dialUDP(t, s.udp)
	last.send(t, last.request("OPTIONS", "sip:x@example.com"))
	last.final(t)
	if n := s.Snapshot().Sources; n != 2 {
		t.Fatalf("%d entries, want the listener and the one good source", n)
	}
}

func TestRow04IdleSourcesLeaveThePool(t *testing.T) {
	s := run(t, Options{Guard: guard.Limits{StrangerBurst: 1000}, Limits: Limits{UDPGeneration: 4, linger: 500 * time.Millisecond}}, nil)
	for range 40 {
		p := dialUDP(t, s.udp)
		p.send(t, p.request("OPTIONS", "sip:x@example.com"))
		if a := p.final(t); a.status != 200 {
			t.Fatal(a.text)
		}
	}
	eventually(t, func() bool { return s.Snapshot().Sources <= 4+1 })
}

// eventually waits for what another goroutine brings about.
func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(within); !ok(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatal("it never happened")
		}
	}
}

func TestRow05FailedReadDoesNotEndTheListener(t *testing.T) {
	s := run(t, Options{}, nil)
	_ = s.sockets.udp[0].conn.SetReadDeadline(time.Unix(1, 0)) // every read fails
	eventually(t, func() bool { return strings.Contains(s.logged.String(), "udp read failed") })
	_ = s.sockets.udp[0].conn.SetReadDeadline(time.Time{})
	p := dialUDP(t, s.udp)
	p.send(t, p.request("OPTIONS", "sip:x@example.com"))
	if a := p.final(t); a.status != 200 {
		t.Fatal(a.text)
	}
}

func TestRow08FailedAcceptDoesNotEndTheListener(t *testing.T) {
	s := run(t, Options{}, nil)
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &tcpListener{Listener: &flaky{inner, 3}, addr: addrPort(inner.Addr()), a: s.Agent, ctx: context.Background()}
	defer l.Close()
	dialTCP(t, l.addr)
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
}

func TestRow13EveryAnswerToAnInviteHasOneTag(t *testing.T) {
	s := run(t, Options{}, func(u *uses) {
		u.invite = func(in inbound, _ fmc.AccountID) {
			_ = in.tx.Respond(sip.NewResponseFromRequest(in.req, 180, "Ringing", nil))
		}
	})
	for _, p := range []*peer{dialUDP(t, s.udp), dialTCP(t, s.tcp)} {
		ringing, toCancel, terminated := cancelledCall(t, p)
		if ringing == "" || ringing != toCancel || toCancel != terminated {
			t.Error(ringing, toCancel, terminated)
		}
	}
}

func TestRow15NothingUsesTheCancelledContext(t *testing.T) {
	for file, text := range sources(t) {
		if strings.Contains(text, "ServerTransactionContext") {
			t.Errorf("%s uses it", file)
		}
	}
}

func TestRow20RepeatedRefusalIsAcknowledgedAgain(t *testing.T) {
	alone(t, func(t *testing.T) {
		shortTimers()
		s := run(t, Options{}, nil)
		peer := packetPeer(t)
		to := addrPort(peer.LocalAddr())
		tx, err := s.send(outgoing(sip.INVITE, to, ""), flow{Transport: wire.UDP, Remote: to.String()})
		if err != nil {
			t.Fatal(err)
		}
		finish(t, tx)
		if !refusalTwice(t, peer, s.udp, func() {}) {
			t.Fatal("not acknowledged")
		}
	})
}

func TestRow21BytesOfStrangersAreNotLogged(t *testing.T) {
	s := run(t, Options{}, nil)
	for _, p := range []*peer{dialUDP(t, s.udp), dialTCP(t, s.tcp)} {
		p.send(t, []byte("secret of a stranger\r\n\r\n"))
	}
	p := dialUDP(t, s.udp)
	p.send(t, p.request("OPTIONS", "sip:x@example.com"))
	p.final(t)
	if log := s.logged.String(); strings.Contains(log, "secret") || strings.Contains(log, "ERROR") {
		t.Fatal(log)
	}
}

func TestRow21LibraryRecordsAreCutAndSampled(t *testing.T) {
	out := &lockedBuffer{}
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	log := slog.New(newSampled(slog.NewTextHandler(out, nil), func() time.Time { return now })).With("caller", "test")
	for i := range 100 {
		log.Error("failed to parse", "data", "secret of a stranger", "error", fmt.Errorf("bad\r\nline %d", i))
	}
	got := out.String()
	if n := strings.Count(got, "\n"); n != sameRecords || strings.Contains(got, "secret") || strings.Contains(got, "level=ERROR") || strings.Contains(got, `\r`) {
		t.Fatalf("%d records: %s", n, got)
	}
	now = now.Add(sampleOver + time.Second)
	log.Error("failed to parse")
	if n := strings.Count(out.String(), "\n"); n != sameRecords+1 {
		t.Fatalf("%d records after the window", n)
	}
}
