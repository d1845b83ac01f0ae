package media_test

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtp"

	"roadline/media"
)

var loopback = netip.MustParseAddr("127.0.0.1")

// testClock is real time, which a test may push forward.
type testClock struct {
	began time.Time
	extra atomic.Int64
}

func (c *testClock) now() time.Duration      { return time.Since(c.began) + time.Duration(c.extra.Load()) }
func (c *testClock) pass(d time.Duration)    { c.extra.Add(int64(d)) }
func newTestClock() *testClock               { return &testClock{began: time.Now()} }
func deadline(d time.Duration) (t time.Time) { return time.Now().Add(d) }

// startPorts runs Ports until the test ends.
func startPorts(t testing.TB, clock *testClock, change func(*media.Options)) *media.Ports {
	t.Helper()
	opts := media.Options{Bind: []netip.Addr{loopback}, From: 20000, To: 59999, Now: clock.now, Log: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&opts)
	}
	ports, err := media.NewPorts(opts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- ports.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return ports
}

func lease(t testing.TB, ports *media.Ports, name string) *media.Port {
	t.Helper()
	p, err := ports.Lease(media.Want{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// peer is the far side of a leg: real sockets that speak RTP.
type peer struct {
	t       testing.TB
	conn    *net.UDPConn // RTP
	control *net.UDPConn // RTCP
	to      netip.AddrPort
	ssrc    uint32
	seq     uint16
	ts      uint32
}

func newPeer(t testing.TB, p *media.Port, ip string) *peer {
	t.Helper()
	r := &peer{t: t, to: p.Local(), ssrc: 0xA0000000 + uint32(p.Local().Port()), seq: 65530, ts: 4294967000}
	for r.control == nil { // an even port and the odd one above, so that no report goes astray
		conn := listen(t, netip.AddrPortFrom(netip.MustParseAddr(ip), 0))
		at := conn.LocalAddr().(*net.UDPAddr).AddrPort()
		above, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(at.Addr(), at.Port()|1)))
		if at.Port()%2 == 1 || err != nil {
			conn.Close()
			if err == nil {
				above.Close()
			}
			continue
		}
		r.conn, r.control = conn, above
	}
	t.Cleanup(func() { r.conn.Close(); r.control.Close() })
	return r
}

func listen(t testing.TB, at netip.AddrPort) *net.UDPConn {
	t.Helper()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func (r *peer) addr() netip.AddrPort { return r.conn.LocalAddr().(*net.UDPAddr).AddrPort() }

// remote is the peer as SDP would tell it.
func (r *peer) remote() media.Remote {
	return media.Remote{RTP: r.addr(), Codec: media.PCMA, EventIn: 101, EventOut: 101, Direction: media.SendRecv}
}

// packet is the peer's next packet: 20 ms of A-law filled with fill.
func (r *peer) packet(fill byte) *rtp.Packet {
	payload := make([]byte, media.FrameSamples)
	for i := range payload {
		payload[i] = fill
	}
	p := &rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 8, SequenceNumber: r.seq, Timestamp: r.ts, SSRC: r.ssrc}, Payload: payload}
	r.seq++
	r.ts += media.FrameSamples
	return p
}

func (r *peer) send(p *rtp.Packet) {
	r.t.Helper()
	b, err := p.Marshal()
	if err != nil {
		r.t.Fatal(err)
	}
	r.sendBytes(b)
}

func (r *peer) sendBytes(b []byte) {
	r.t.Helper()
	if _, err := r.conn.WriteToUDPAddrPort(b, r.to); err != nil {
		r.t.Fatal(err)
	}
}

// say sends the next packet.
func (r *peer) say(fill byte) { r.t.Helper(); r.send(r.packet(fill)) }

// hear waits for the next packet.
func (r *peer) hear() *rtp.Packet {
	r.t.Helper()
	p, ok := r.listen(5 * time.Second)
	if !ok {
		r.t.Fatal("heard nothing for 5 s")
	}
	return p
}

func (r *peer) listen(wait time.Duration) (*rtp.Packet, bool) {
	r.t.Helper()
	if err := r.conn.SetReadDeadline(deadline(wait)); err != nil {
		r.t.Fatal(err)
	}
	b := make([]byte, 2048)
	n, _, err := r.conn.ReadFromUDPAddrPort(b)
	if err != nil {
		return nil, false
	}
	p := &rtp.Packet{}
	if err := p.Unmarshal(b[:n]); err != nil {
		r.t.Fatal(err)
	}
	return p, true
}

// talk is two legs joined: what a says b hears, and the other way.
func talk(t testing.TB, ports *media.Ports) (a, b *media.Port, pa, pb *peer) {
	t.Helper()
	a, b = lease(t, ports, "a"), lease(t, ports, "b")
	pa, pb = newPeer(t, a, "127.0.0.1"), newPeer(t, b, "127.0.0.1")
	a.Set(pa.remote())
	b.Set(pb.remote())
	a.Route(&media.Route{Forward: []*media.Port{b}})
	b.Route(&media.Route{Forward: []*media.Port{a}})
	return a, b, pa, pb
}

// await waits until a figure that a snapshot shows has come true: packets that are dropped answer with nothing else.
func await(t testing.TB, holds func() bool) {
	t.Helper()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for end := time.After(5 * time.Second); !holds(); {
		select {
		case <-ticker.C:
		case <-end:
			t.Fatal("waited 5 s for something that did not come true")
		}
	}
}
