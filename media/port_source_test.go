package media_test

import (
	"net/netip"
	"testing"
	"time"

	"roadline/media"
)

// Fillings that tell who spoke.
const (
	honest = 0x11
	forged = 0x66
)

// heardOnly says honest packets until one arrives and fails if anything forged came before it.
func heardOnly(t *testing.T, from, to *peer) {
	t.Helper()
	from.say(honest)
	if got := to.hear(); got.Payload[0] != honest {
		t.Fatalf("a forged packet was relayed: % x", got.Payload[:4])
	}
}

func TestAStrangerIsNotHeardBeforeTheSourceIsLearnt(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, _, pa, pb := talk(t, ports)
	stranger := newPeer(t, a, "127.0.0.2")
	stranger.ssrc = pa.ssrc
	for range 10 {
		stranger.say(forged)
	}
	heardOnly(t, pa, pb)
	if q := a.Quality(); q.Dropped.Foreign != 10 || q.Heard.Packets != 1 {
		t.Errorf("%+v", q)
	}
}

func TestNobodyIsHeardBeforeTheAddressIsAgreed(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, b := lease(t, ports, "a"), lease(t, ports, "b")
	pa, pb := newPeer(t, a, "127.0.0.1"), newPeer(t, b, "127.0.0.1")
	b.Set(pb.remote())
	a.Route(&media.Route{Forward: []*media.Port{b}})
	pa.say(forged)
	await(t, func() bool { return a.Quality().Dropped.Early == 1 })
	a.Set(pa.remote())
	heardOnly(t, pa, pb)
}

func TestALockedSourceIsTheOnlyOneHeard(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, _, pa, pb := talk(t, ports)
	for range 6 {
		heardOnly(t, pa, pb)
	}
	neighbour := newPeer(t, a, "127.0.0.1") // the same IP, another port
	stranger := newPeer(t, a, "127.0.0.2")
	for range 10 {
		neighbour.ssrc, neighbour.seq, neighbour.ts = pa.ssrc, pa.seq, pa.ts
		neighbour.say(forged)
		stranger.say(forged)
		for range 2 { // the very address, another SSRC: two in sequence, as one who began anew would send
			other := pa.packet(forged)
			other.SSRC++
			pa.send(other)
		}
		pa.seq -= 2
		heardOnly(t, pa, pb)
	}
	if q := a.Quality(); q.Dropped.Foreign != 40 || q.Heard.Packets != 16 {
		t.Errorf("%+v", q)
	}
}

func TestAnswersGoWhereTheLockedSourceIs(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, b := lease(t, ports, "a"), lease(t, ports, "b")
	signalled, real, pb := newPeer(t, a, "127.0.0.1"), newPeer(t, a, "127.0.0.1"), newPeer(t, b, "127.0.0.1")
	a.Set(signalled.remote())
	b.Set(pb.remote())
	a.Route(&media.Route{Forward: []*media.Port{b}})
	b.Route(&media.Route{Forward: []*media.Port{a}})
	pb.say(1)
	if signalled.hear().Payload[0] != 1 {
		t.Fatal("before anything was heard, voice goes where SDP said")
	}
	for range 5 {
		heardOnly(t, real, pb) // a phone behind a NAT that changes ports
	}
	pb.say(2)
	if real.hear().Payload[0] != 2 {
		t.Fatal("voice goes where the leg speaks from")
	}
}

func TestAPhoneBehindANATIsHeardAndAnsweredAtItsSignallingAddress(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, b := lease(t, ports, "a"), lease(t, ports, "b")
	pa, pb, stranger := newPeer(t, a, "127.0.0.1"), newPeer(t, b, "127.0.0.1"), newPeer(t, a, "127.0.0.2")
	r := pa.remote()
	r.RTP, r.Signal = netip.MustParseAddrPort("10.77.77.77:4000"), netip.MustParseAddr("127.0.0.1")
	a.Set(r)
	b.Set(pb.remote())
	a.Route(&media.Route{Forward: []*media.Port{b}})
	b.Route(&media.Route{Forward: []*media.Port{a}})
	stranger.say(forged)
	heardOnly(t, pa, pb)
	pb.say(3)
	if pa.hear().Payload[0] != 3 {
		t.Fatal("the phone is answered from its first packet on")
	}
}

func TestAPrivateAddressFromOutsideIsNotSpokenToUnheard(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, b := lease(t, ports, "a"), lease(t, ports, "b")
	bystander, pb := newPeer(t, a, "127.0.0.3"), newPeer(t, b, "127.0.0.1")
	r := bystander.remote() // an address of our own network, named by somebody on the Internet
	r.Signal = netip.MustParseAddr("198.51.100.9")
	a.Set(r)
	b.Set(pb.remote())
	b.Route(&media.Route{Forward: []*media.Port{a}})
	pb.say(1)
	await(t, func() bool { return a.Quality().Dropped.Unsent == 1 })
	if n := a.Quality().Sent.Packets; n != 0 {
		t.Errorf("%d packets went to a bystander", n)
	}
}

func TestAfterTwoSecondsOfSilenceTheSameHostMayComeFromAnotherPort(t *testing.T) {
	clock := newTestClock()
	ports := startPorts(t, clock, nil)
	a, _, pa, pb := talk(t, ports)
	for range 6 {
		heardOnly(t, pa, pb)
	}
	moved, stranger := newPeer(t, a, "127.0.0.1"), newPeer(t, a, "127.0.0.2")
	moved.ssrc = 5
	moved.say(forged)
	clock.pass(1500 * time.Millisecond)
	moved.say(forged)
	await(t, func() bool { return a.Quality().Dropped.Foreign == 2 })
	clock.pass(600 * time.Millisecond)
	stranger.say(forged)
	heardOnly(t, moved, pb)
	if q := a.Quality(); q.Dropped.Foreign != 3 {
		t.Errorf("%+v", q)
	}
}

func TestAReInviteMovesTheSource(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, _, pa, pb := talk(t, ports)
	for range 6 {
		heardOnly(t, pa, pb)
	}
	next := newPeer(t, a, "127.0.0.4")
	a.Set(next.remote())
	pa.say(forged) // the old place
	heardOnly(t, next, pb)
	pb.say(7)
	if next.hear().Payload[0] != 7 {
		t.Fatal("voice goes to the new place at once")
	}
}

func TestAReInviteToAnAddressBehindANATStopsTheVoiceToTheOldPlace(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, _, pa, pb := talk(t, ports)
	heardOnly(t, pb, pa)
	r := pa.remote()
	r.RTP, r.Signal = netip.MustParseAddrPort("10.77.77.77:4000"), netip.MustParseAddr("198.51.100.9")
	a.Set(r)
	pb.say(forged)
	await(t, func() bool { return a.Quality().Dropped.Unsent == 1 })
	if n := a.Quality().Sent.Packets; n != 1 {
		t.Errorf("%d packets were sent", n)
	}
}

func TestTheSameAddressAgreedAgainKeepsTheLockAndTakesANewStream(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, _, pa, pb := talk(t, ports)
	for range 6 {
		heardOnly(t, pa, pb)
	}
	a.Set(pa.remote())
	neighbour := newPeer(t, a, "127.0.0.1")
	neighbour.say(forged)
	await(t, func() bool { return a.Quality().Dropped.Foreign == 1 })
	pa.ssrc, pa.seq, pa.ts = 77, 1000, 5
	heardOnly(t, pa, pb)
}

func TestALockedAddressMayBeginANewStreamAfterAPause(t *testing.T) {
	clock := newTestClock()
	ports := startPorts(t, clock, nil)
	a, _, pa, pb := talk(t, ports)
	for range 6 {
		heardOnly(t, pa, pb)
	}
	clock.pass(300 * time.Millisecond)
	pa.ssrc, pa.seq, pa.ts = 77, 1000, 5
	pa.say(forged) // one packet proves nothing (RFC 3550 A.1)
	heardOnly(t, pa, pb)
	if q := a.Quality(); q.Dropped.Foreign != 1 || q.Heard.Lost != 0 {
		t.Errorf("%+v", q)
	}
}

func TestALegOnHoldIsNeitherHeardNorSpokenTo(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, b, pa, pb := talk(t, ports)
	heardOnly(t, pa, pb)
	heardOnly(t, pb, pa)
	r := pa.remote()
	r.Direction = media.Inactive
	a.Set(r)
	pa.say(forged)
	pb.say(forged)
	await(t, func() bool { return a.Quality().Dropped.Unwanted == 1 && a.Quality().Dropped.Unsent == 1 })
	r.Direction = media.SendRecv
	a.Set(r)
	heardOnly(t, pa, pb)
	heardOnly(t, pb, pa)
	if q := b.Quality(); q.Heard.Packets != 3 {
		t.Errorf("%+v", q)
	}
}

func TestTheOldHoldByAnUnspecifiedAddressKeepsWhatWasLearnt(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, _, pa, pb := talk(t, ports)
	for range 6 {
		heardOnly(t, pa, pb)
	}
	r := pa.remote()
	r.RTP = netip.MustParseAddrPort("0.0.0.0:4000")
	a.Set(r)
	pb.say(forged)
	await(t, func() bool { return a.Quality().Dropped.Unsent == 1 })
	heardOnly(t, pa, pb) // music on hold, say
	a.Set(pa.remote())
	neighbour := newPeer(t, a, "127.0.0.1")
	neighbour.say(forged)
	heardOnly(t, pa, pb)
	heardOnly(t, pb, pa)
}
