package media_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtcp"
)

// reports waits for the next compound of RTCP, while a clock is pushed on.
func (r *peer) reports(clock *testClock) []rtcp.Packet {
	r.t.Helper()
	b := make([]byte, 2048)
	for range 200 {
		if err := r.control.SetReadDeadline(deadline(50 * time.Millisecond)); err != nil {
			r.t.Fatal(err)
		}
		if n, _, err := r.control.ReadFromUDPAddrPort(b); err == nil {
			packets, err := rtcp.Unmarshal(b[:n])
			if err != nil {
				r.t.Fatal(err)
			}
			return packets
		}
		clock.pass(time.Second)
	}
	r.t.Fatal("no report within 200 s")
	return nil
}

func (r *peer) report(packets ...rtcp.Packet) {
	r.t.Helper()
	b, err := rtcp.Marshal(packets)
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.control.WriteToUDPAddrPort(b, netip.AddrPortFrom(r.to.Addr(), r.to.Port()+1)); err != nil {
		r.t.Fatal(err)
	}
}

// TestReportsTellLossJitterAndRoundTrip: what we report of the far side's stream, and what it reports of ours.
func TestReportsTellLossJitterAndRoundTrip(t *testing.T) {
	clock := newTestClock()
	ports := startPorts(t, clock, nil)
	a, b, pa, pb := talk(t, ports)
	for i := range 20 {
		if i%5 == 4 {
			pa.packet(0) // lost
			continue
		}
		pa.say(1)
		pb.hear()
	}
	pa.say(1)
	pb.hear()
	pb.say(2)
	ours := pa.hear()
	sr := &rtcp.SenderReport{SSRC: pa.ssrc, NTPTime: 0x1234_5678_9ABC_DEF0}
	clock.pass(time.Hour)
	pa.report(sr)
	await(t, func() bool { return a.Quality().Quiet.RTCP < time.Hour })
	compound := pa.reports(clock)
	own, ok := compound[0].(*rtcp.SenderReport)
	if !ok {
		t.Fatalf("no SR of a leg that sends: %v", compound)
	}
	if own.SSRC != ours.SSRC || own.PacketCount != 1 || own.OctetCount != 160 || len(own.Reports) != 1 {
		t.Fatalf("%+v", own)
	}
	if _, ok := compound[1].(*rtcp.SourceDescription); !ok {
		t.Errorf("no SDES: %v", compound[1])
	}
	block := own.Reports[0]
	if block.SSRC != pa.ssrc || block.TotalLost != 4 || uint16(block.LastSequenceNumber) != pa.seq-1 || block.LastSenderReport != 0x5678_9ABC {
		t.Errorf("%+v", block)
	}
	if want := uint8(4 * 256 / 21); block.FractionLost != want {
		t.Errorf("fraction lost %d, want %d", block.FractionLost, want)
	}
	// The far side answers 300 ms later, of which it says it kept the report for 100 ms.
	clock.pass(300 * time.Millisecond)
	pa.report(&rtcp.ReceiverReport{SSRC: pa.ssrc, Reports: []rtcp.ReceptionReport{{
		SSRC: ours.SSRC, LastSenderReport: uint32(own.NTPTime >> 16), Delay: 65536 / 10, TotalLost: 7, Jitter: 80,
	}}})
	await(t, func() bool { return a.Quality().RTT != 0 })
	q := a.Quality()
	if q.RTT < 200*time.Millisecond || q.RTT > 2*time.Second || q.Sent.RemoteLost != 7 || q.Sent.RemoteJitter != 10*time.Millisecond {
		t.Errorf("%+v", q)
	}
	if q := b.Quality(); q.RTT != 0 {
		t.Errorf("%+v", q)
	}
}

func TestALegThatClosesSaysBye(t *testing.T) {
	clock := newTestClock()
	ports := startPorts(t, clock, nil)
	a, _, pa, pb := talk(t, ports)
	pb.say(1)
	ssrc := pa.hear().SSRC
	a.Close()
	compound := pa.reports(clock)
	if bye, ok := compound[len(compound)-1].(*rtcp.Goodbye); !ok || bye.Sources[0] != ssrc {
		t.Errorf("%v", compound)
	}
}

func TestReportsOfStrangersCountForNothing(t *testing.T) {
	clock := newTestClock()
	ports := startPorts(t, clock, nil)
	a, _, pa, pb := talk(t, ports)
	pb.say(1)
	ours := pa.hear()
	for range 5 {
		heardOnly(t, pa, pb)
	}
	clock.pass(time.Hour)
	pa.report(&rtcp.ReceiverReport{SSRC: pa.ssrc})
	await(t, func() bool { return a.Quality().Quiet.RTCP < time.Hour })
	clock.pass(5 * time.Second)
	lie := &rtcp.ReceiverReport{SSRC: pa.ssrc, Reports: []rtcp.ReceptionReport{{SSRC: ours.SSRC, TotalLost: 999}}}
	stranger, neighbour := newPeer(t, a, "127.0.0.2"), newPeer(t, a, "127.0.0.1")
	stranger.report(lie)
	neighbour.report(lie)
	pa.report(&rtcp.ReceiverReport{SSRC: 4711, Reports: lie.Reports}) // another SSRC than the one that was locked
	pa.control.WriteToUDPAddrPort([]byte{0x80, 203, 0, 0}, netip.AddrPortFrom(pa.to.Addr(), pa.to.Port()+1))
	await(t, func() bool { q := a.Quality(); return q.Dropped.Foreign == 3 && q.Dropped.Malformed == 1 })
	if q := a.Quality(); q.Sent.RemoteLost != 0 || q.Quiet.RTCP < 5*time.Second {
		t.Errorf("%+v", q)
	}
}

// TestSilenceOfBothKindsIsTold: the watchdog's figure is the shorter of the two.
func TestSilenceOfBothKindsIsTold(t *testing.T) {
	clock := newTestClock()
	ports := startPorts(t, clock, nil)
	a := lease(t, ports, "a")
	pa := newPeer(t, a, "127.0.0.1")
	if q := a.Quality(); q.Quiet.Both() != 0 {
		t.Errorf("before Set: %v", q.Quiet)
	}
	a.Set(pa.remote())
	clock.pass(21 * time.Second)
	if q := a.Quality(); q.Quiet.Both() < 21*time.Second {
		t.Errorf("nothing ever came: %v", q.Quiet)
	}
	pa.report(&rtcp.ReceiverReport{SSRC: pa.ssrc})
	await(t, func() bool { return a.Quality().Quiet.Both() < time.Second })
	clock.pass(10 * time.Second)
	pa.say(1)
	await(t, func() bool { return a.Quality().Quiet.RTP < time.Second })
	if q := a.Quality(); q.Quiet.RTCP < 10*time.Second || q.Quiet.Both() > time.Second {
		t.Errorf("%v", q.Quiet)
	}
}
