package media_test

import (
	"testing"
	"time"

	"github.com/pion/rtp"
)

func TestLossOrderAndRepetitionAreCountedRight(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, _, pa, pb := talk(t, ports)
	var all []*rtp.Packet
	for i := range 100 {
		all = append(all, pa.packet(byte(i)))
	}
	lost := map[int]bool{10: true, 11: true, 50: true}
	all[20], all[22] = all[22], all[20]
	heard := 0
	for i, p := range all {
		if lost[i] {
			continue
		}
		pa.send(p)
		pb.hear()
		heard++
		if i == 30 || i == 31 {
			pa.send(p)
			pa.send(p)
		}
	}
	await(t, func() bool { return a.Quality().Heard.Duplicates == 4 })
	q := a.Quality().Heard
	if q.Packets != 97 || q.Lost != 3 || q.Late != 2 || q.Bytes != 97*160 || heard != 97 {
		t.Errorf("%+v", q)
	}
}

func TestAStreamWhoseSecondPacketCameFirstHasLostNothing(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, _, pa, pb := talk(t, ports)
	one, two := pa.packet(1), pa.packet(2)
	pa.send(two)
	pb.hear()
	pa.send(one)
	pa.say(3)
	pb.hear()
	if q := a.Quality().Heard; q.Packets != 3 || q.Lost != 0 || q.Late != 1 {
		t.Errorf("%+v", q)
	}
}

func TestAnotherStreamKeepsTheLossOfTheFirst(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, _, pa, pb := talk(t, ports)
	for range 2 {
		pa.say(1)
		pb.hear()
		pa.packet(0)
	}
	pa.say(1)
	pb.hear()
	a.Set(pa.remote())
	pa.ssrc, pa.seq = 9, 40000
	pa.say(1)
	pb.hear()
	pa.packet(0)
	pa.say(1)
	pb.hear()
	if q := a.Quality().Heard; q.Lost != 3 || q.Packets != 5 {
		t.Errorf("%+v", q)
	}
}

// TestJitterFollowsTheArrivals: packets stamped 20 ms apart that come 60 ms apart, as our clock has it.
func TestJitterFollowsTheArrivals(t *testing.T) {
	clock := newTestClock()
	ports := startPorts(t, clock, nil)
	a, _, pa, pb := talk(t, ports)
	for range 200 {
		pa.say(1)
		pb.hear()
		clock.pass(60 * time.Millisecond)
	}
	if j := a.Quality().Heard.Jitter; j < 38*time.Millisecond || j > 50*time.Millisecond {
		t.Errorf("jitter %v, want about 40 ms", j)
	}
}

func TestTheScoreFallsWithLoss(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, _, pa, pb := talk(t, ports)
	if q := a.Quality(); q.MOS != 0 {
		t.Errorf("before anything: %v", q.MOS)
	}
	hear := func(every int) float64 {
		for i := range 200 {
			if every > 0 && i%every == 0 {
				pa.packet(0)
				continue
			}
			pa.say(1)
			pb.hear()
		}
		return a.Quality().MOS
	}
	clean, some, much := hear(0), hear(10), hear(2)
	if clean < 4.2 || clean > 4.5 || some > clean-0.1 || much > some-0.5 || much < 1 {
		t.Errorf("MOS %.2f without loss, %.2f with some, %.2f with much", clean, some, much)
	}
}
