package media_test

import (
	"testing"
	"time"

	"github.com/pion/rtp"

	"roadline/media"
)

// frames is a source of so many frames of one filling.
type frames struct {
	fill byte
	left int
}

func (f *frames) Frame(dst *[media.FrameSamples]byte) bool {
	if f.left == 0 {
		return false
	}
	f.left--
	for i := range dst {
		dst[i] = f.fill
	}
	return true
}

// follows checks that one packet goes on where another stopped: the next number of the same stream, and a timestamp
// that has moved by passed samples, give or take slack.
func follows(t *testing.T, before, after *rtp.Packet, passed, slack int32) {
	t.Helper()
	if after.SSRC != before.SSRC || after.SequenceNumber != before.SequenceNumber+1 {
		t.Errorf("SSRC %x number %d after %x %d", after.SSRC, after.SequenceNumber, before.SSRC, before.SequenceNumber)
	}
	if d := int32(after.Timestamp-before.Timestamp) - passed; d < -slack || d > slack {
		t.Errorf("timestamp moved by %d, want %d ± %d", int32(after.Timestamp-before.Timestamp), passed, slack)
	}
}

// TestALegHearsOneStreamForLife: prompt, talk, prompt, with silence between, reach the leg as one RTP stream.
func TestALegHearsOneStreamForLife(t *testing.T) {
	clock := newTestClock()
	ports := startPorts(t, clock, nil)
	a, b, pa, pb := talk(t, ports)
	var all []*rtp.Packet
	play := func(fill byte, n int) {
		a.Route(nil)
		ended := make(chan struct{})
		b.Route(&media.Route{Hear: media.NewPlay(&frames{fill, n}, func() { close(ended) })})
		for i := range n {
			p := pb.hear()
			if p.Payload[0] != fill || p.Marker != (i == 0) {
				t.Fatalf("frame %d of %x: %v", i, fill, p)
			}
			all = append(all, p)
		}
		<-ended
	}
	play(1, 5)
	a.Route(&media.Route{Forward: []*media.Port{b}})
	for i := range 5 {
		pa.say(2)
		p := pb.hear()
		if p.Marker != (i == 0) {
			t.Errorf("talk packet %d: marker %t", i, p.Marker)
		}
		all = append(all, p)
	}
	play(3, 5)
	for i := 1; i < len(all); i++ {
		passed, slack := int32(media.FrameSamples), int32(0)
		if i%5 == 0 { // another writer: as much time as really passed, at least a frame; the test does not dawdle
			passed, slack = 8*media.FrameSamples, 7*media.FrameSamples
		}
		follows(t, all[i-1], all[i], passed, slack)
	}
}

func TestSilenceIsHonestlyStamped(t *testing.T) {
	clock := newTestClock()
	ports := startPorts(t, clock, nil)
	a, b, pa, pb := talk(t, ports)
	pa.say(1)
	before := pb.hear()
	a.Route(nil)
	clock.pass(3 * time.Second)
	b.Route(&media.Route{Hear: media.NewPlay(&frames{2, 1}, nil)})
	follows(t, before, pb.hear(), 3*media.SampleRate, media.SampleRate/2)
}

func TestAHoleInTheSpeechStaysAHole(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	_, _, pa, pb := talk(t, ports)
	pa.say(1)
	before := pb.hear()
	pa.packet(0) // lost on the way
	pa.packet(0)
	pa.say(2)
	after := pb.hear()
	if after.SequenceNumber != before.SequenceNumber+3 || after.Timestamp != before.Timestamp+3*media.FrameSamples {
		t.Errorf("%v after %v", after, before)
	}
}

// TestASilentHoldLeavesNoHole: while what a leg says goes nowhere, or its partner may not be sent to, the numbers that
// the partner sees wait, and the time goes on.
func TestASilentHoldLeavesNoHole(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, b, pa, pb := talk(t, ports)
	pa.say(1)
	before := pb.hear()
	talking, held := a.Wiring(), pb.remote()
	held.Direction = media.RecvOnly
	for name, hold := range map[string][2]func(){
		"silenced":        {func() { a.Route(nil) }, func() { a.Route(talking) }},
		"partner on hold": {func() { b.Set(held) }, func() { b.Set(pb.remote()) }},
	} {
		hold[0]()
		had := a.Quality().Heard.Packets
		for range 40 { // eighty seconds, in bursts that a socket can hold
			for range 100 {
				pa.say(forged)
			}
			had += 100
			await(t, func() bool { return a.Quality().Heard.Packets == had })
		}
		hold[1]()
		pa.say(2)
		after := pb.hear()
		if after.Payload[0] != 2 || !after.Marker {
			t.Errorf("%s: %v", name, after)
		}
		follows(t, before, after, 4001*media.FrameSamples, 0)
		before = after
	}
}

// TestAPacketSwappedWithAWithheldOneIsTheOnlyOneLost: the network lets a key overtake the voice before it, and the
// other way round the last voice comes late into a hold.
func TestAPacketSwappedWithAWithheldOneIsTheOnlyOneLost(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, b, pa, pb := talk(t, ports)
	pa.say(1)
	before := pb.hear()
	late := pa.packet(2)
	for _, p := range pa.press(4) {
		pa.send(p)
	}
	pa.send(late)
	pa.say(3)
	after := pb.hear()
	if after.Payload[0] != 3 || after.SequenceNumber != before.SequenceNumber+2 || after.Timestamp != before.Timestamp+7*media.FrameSamples {
		t.Errorf("%v after %v", after, before)
	}

	late = pa.packet(4)
	pa.say(5)
	before = pb.hear()
	a.Route(nil)
	had := a.Quality().Heard.Packets
	pa.send(late)
	await(t, func() bool { return a.Quality().Heard.Packets == had+1 })
	a.Route(&media.Route{Forward: []*media.Port{b}})
	pa.say(6) // it has the number that the late one would have closed
	pa.say(7)
	follows(t, before, pb.hear(), 2*media.FrameSamples, 0)
}

func TestReorderedPacketsKeepTheirNumbers(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	_, _, pa, pb := talk(t, ports)
	pa.say(0)
	first := pb.hear()
	one, two, three := pa.packet(1), pa.packet(2), pa.packet(3)
	for _, p := range []*rtp.Packet{three, one, two} {
		pa.send(p)
		got := pb.hear()
		if want := first.SequenceNumber + uint16(p.Payload[0]); got.SequenceNumber != want || got.Payload[0] != p.Payload[0] {
			t.Errorf("packet %d left as number %d, want %d", p.Payload[0], got.SequenceNumber, want)
		}
	}
}

// TestASenderThatBeginsAnewDoesNotTearTheStream: the same SSRC with numbers from elsewhere, as after a restart.
func TestASenderThatBeginsAnewDoesNotTearTheStream(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	_, _, pa, pb := talk(t, ports)
	pa.say(1)
	before := pb.hear()
	pa.seq, pa.ts = pa.seq+30000, 12345
	pa.say(2) // proves nothing yet (RFC 3550 A.1)
	pa.say(3)
	follows(t, before, pb.hear(), media.FrameSamples, 40*media.FrameSamples)
}
