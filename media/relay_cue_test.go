package media_test

import (
	"testing"
	"time"

	"roadline/media"
)

// beeps is a source of so many frames of one value.
type beeps struct {
	value byte
	left  int
}

func (b *beeps) Frame(dst *[media.FrameSamples]byte) bool {
	b.left--
	for i := range dst {
		dst[i] = b.value
	}
	return b.left >= 0
}

// TestACueIsHeardAloneAndTheTalkComesBackByItself: while a leg hears a cue, nothing of the other reaches it, and what it
// says itself goes on; when the cue ends, the other is heard again, although nobody has given the leg another Route.
func TestACueIsHeardAloneAndTheTalkComesBackByItself(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, b, pa, pb := talk(t, ports)
	pb.say(1)
	last := pa.hear()
	ended := make(chan struct{})
	cue := media.NewPlay(&beeps{9, 5}, func() { close(ended) })
	a.Route(&media.Route{Forward: []*media.Port{b}, Cue: cue})
	for heard := 0; heard < 5; { // all the while the other side talks
		pb.say(2)
		pa.say(3)
		if got := pb.hear(); got.Payload[0] != 3 {
			t.Fatalf("the other side hears %d", got.Payload[0])
		}
		p, ok := pa.listen(10 * time.Millisecond)
		if !ok {
			continue
		}
		if heard++; p.Payload[0] != 9 || p.SSRC != last.SSRC || p.SequenceNumber != last.SequenceNumber+1 {
			t.Fatalf("%v after %v", p, last)
		}
		last = p
	}
	<-ended
	pb.say(2)
	if got := pa.hear(); got.Payload[0] != 2 || got.SequenceNumber != last.SequenceNumber+1 || int32(got.Timestamp-last.Timestamp) < media.FrameSamples {
		t.Errorf("%v after %v", got, last)
	}
	if !cue.Over() {
		t.Error("the cue is not over")
	}
}

// TestACueInAConferenceGivesWayToTheMix: what the leg hears from the clock is the cue, then the mix without a frame
// between.
func TestACueInAConferenceGivesWayToTheMix(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a := lease(t, ports, "a")
	pa := newPeer(t, a, "127.0.0.1")
	a.Set(pa.remote())
	a.Route(&media.Route{Hear: media.NewPlay(&beeps{4, 1000}, nil), Cue: media.NewPlay(&beeps{9, 3}, nil)})
	last := pa.hear()
	for n := 1; n < 8; n++ {
		p := pa.hear()
		want := byte(9)
		if n >= 3 {
			want = 4
		}
		if p.Payload[0] != want || p.SequenceNumber != last.SequenceNumber+1 || p.Marker {
			t.Errorf("frame %d: %v", n, p)
		}
		last = p
	}
	if got := a.Wiring().String(); got != "says nothing; hears *media_test.beeps; cue *media_test.beeps" {
		t.Error(got)
	}
}

func TestACueThatPanicsIsOver(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, _, pa, pb := talk(t, ports)
	cue := media.NewPlay(brokenSource{}, nil)
	a.Route(&media.Route{Cue: cue})
	await(t, cue.Over)
	pb.say(2)
	if got := pa.hear(); got.Payload[0] != 2 {
		t.Errorf("heard %v", got)
	}
}
