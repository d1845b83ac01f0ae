package media_test

import (
	"sync/atomic"
	"testing"
	"time"

	"roadline/media"
)

func TestAPlayKeepsItsPlaceWhenTheRouteIsReplaced(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	b := lease(t, ports, "b")
	pb := newPeer(t, b, "127.0.0.1")
	b.Set(pb.remote())
	var ends atomic.Int32
	ended := make(chan struct{}, 8)
	play := media.NewPlay(&counting{until: 10}, func() { ends.Add(1); ended <- struct{}{} })
	b.Route(&media.Route{Hear: play})
	for i := range 10 {
		if got := pb.hear(); got.Payload[0] != byte(i) {
			t.Fatalf("frame %d is %d", i, got.Payload[0])
		}
		b.Route(&media.Route{Hear: play, Keys: func(media.Key) {}})
	}
	<-ended
	b.Route(&media.Route{Hear: play}) // over: it is neither played nor reported again
	next := media.NewPlay(&counting{until: 1}, func() { ended <- struct{}{} })
	b.Route(&media.Route{Hear: next})
	<-ended
	if !play.Over() || ends.Load() != 1 {
		t.Errorf("over %t, reported %d times", play.Over(), ends.Load())
	}
}

// counting gives frames filled with their number.
type counting struct{ n, until int }

func (c *counting) Frame(dst *[media.FrameSamples]byte) bool {
	if c.n == c.until {
		return false
	}
	dst[0] = byte(c.n)
	c.n++
	return true
}

func TestTheEndOfAPlayMayBringTheNext(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	b := lease(t, ports, "b")
	pb := newPeer(t, b, "127.0.0.1")
	b.Set(pb.remote())
	second := media.NewPlay(&frames{2, 3}, nil)
	b.Route(&media.Route{Hear: media.NewPlay(&frames{1, 3}, func() { b.Route(&media.Route{Hear: second}) })})
	for i := range 6 {
		if got := pb.hear(); got.Payload[0] != byte(1+i/3) {
			t.Fatalf("frame %d is of %d", i, got.Payload[0])
		}
	}
}

func TestMusicReachesMuLawLegsInTheirLaw(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	b := lease(t, ports, "b")
	pb := newPeer(t, b, "127.0.0.1")
	r := pb.remote()
	r.Codec = media.PCMU
	b.Set(r)
	b.Route(&media.Route{Hear: media.NewPlay(&frames{0x2A, 2}, nil)})
	if got := pb.hear(); got.PayloadType != 0 || got.Payload[7] != media.ALawToMuLaw(0x2A) {
		t.Errorf("%v", got)
	}
}

func TestAPromptToALegOnHoldEndsInItsTime(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	b := lease(t, ports, "b")
	pb := newPeer(t, b, "127.0.0.1")
	r := pb.remote()
	r.Direction = media.Inactive
	b.Set(r)
	ended := make(chan struct{})
	b.Route(&media.Route{Hear: media.NewPlay(&frames{1, 5}, func() { close(ended) })})
	<-ended
	if q := b.Quality(); q.Sent.Packets != 0 {
		t.Errorf("%d packets went to a leg on hold", q.Sent.Packets)
	}
}

func TestABrokenSourceStopsAloneAndTheClockGoesOn(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	a, b := lease(t, ports, "a"), lease(t, ports, "b")
	pb := newPeer(t, b, "127.0.0.1")
	b.Set(pb.remote())
	broken := media.NewPlay(brokenSource{}, nil)
	a.Route(&media.Route{Hear: broken})
	await(t, broken.Over)
	b.Route(&media.Route{Hear: media.NewPlay(&frames{1, 1}, nil)})
	pb.hear()
}

type brokenSource struct{}

func (brokenSource) Frame(*[media.FrameSamples]byte) bool { panic("a seeded mistake") }

// TestAClockThatWokeLateMakesUpForALittle: 60 ms late is three frames at once, a minute late is not a minute of frames.
func TestAClockThatWokeLateMakesUpForALittle(t *testing.T) {
	clock := newTestClock()
	ports := startPorts(t, clock, nil)
	b := lease(t, ports, "b")
	pb := newPeer(t, b, "127.0.0.1")
	b.Set(pb.remote())
	b.Route(&media.Route{Hear: media.NewPlay(&counting{until: 200}, nil)})
	before := pb.hear()
	clock.pass(time.Minute)
	for jumped := false; !jumped; {
		after := pb.hear()
		if after.Payload[0] != before.Payload[0]+1 {
			t.Fatalf("frame %d after %d", after.Payload[0], before.Payload[0])
		}
		if jumped = after.Timestamp-before.Timestamp > 59*media.SampleRate; jumped != after.Marker && before.Payload[0] > 0 {
			t.Errorf("marker %t at a jump of %d", after.Marker, after.Timestamp-before.Timestamp)
		}
		before = after
	}
}

func TestPlayingAllocatesNothing(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	b := lease(t, ports, "b")
	pb := newPeer(t, b, "127.0.0.1")
	b.Set(pb.remote())
	b.Route(&media.Route{Hear: media.NewPlay(&frames{1, 1 << 20}, nil)})
	if err := pb.conn.SetReadDeadline(deadline(time.Minute)); err != nil {
		t.Fatal(err)
	}
	in := make([]byte, 2048)
	once := func() {
		if _, _, err := pb.conn.ReadFromUDPAddrPort(in); err != nil {
			t.Fatal(err)
		}
	}
	once()
	if n := allocations(50, once); n != 0 {
		t.Errorf("%d allocations per frame", n)
	}
}
