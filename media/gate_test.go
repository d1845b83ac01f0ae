package media_test

import (
	"bytes"
	"math"
	"testing"
	"time"

	"github.com/pion/rtp"

	"roadline/media"
)

// gated is a leg behind a gate, and what the far side hears of it.
type gated struct {
	t      *testing.T
	a, b   *media.Port
	pa, pb *peer
	tap    *media.Tap
	keys   chan media.Key
	heard  []*rtp.Packet
}

// newGated joins two legs, the first behind a gate, on tape, and of a bearer that takes telephone-events or does not.
func newGated(t *testing.T, ports *media.Ports, events bool) *gated {
	t.Helper()
	g := &gated{t: t, tap: media.NewTap("employee", time.Minute)}
	g.a, g.b, g.pa, g.pb = talk(t, ports)
	if !events {
		r := g.pa.remote()
		r.EventIn, r.EventOut = 0, 0
		g.a.Set(r)
	}
	var sink func(media.Key)
	sink, g.keys = keyLog()
	g.a.Route(&media.Route{Forward: []*media.Port{g.b}, Keys: sink, Tape: g.tap, Gate: media.NewGate()})
	return g
}

// say sends sound in packets of so many samples, and takes what the far side is to hear of them: all but those held.
func (g *gated) say(sound []byte, size, held int) {
	g.t.Helper()
	for ; len(sound) >= size; sound = sound[size:] {
		p := g.pa.packet(0)
		p.Payload = bytes.Clone(sound[:size])
		p.Timestamp = g.pa.ts - media.FrameSamples
		g.pa.ts = p.Timestamp + uint32(size)
		g.pa.send(p)
		if held--; held < 0 {
			g.heard = append(g.heard, g.pb.hear())
		}
	}
}

// sound is what the far side heard, end to end, after a look at the stream: no hole, no repetition.
func (g *gated) sound() []byte {
	g.t.Helper()
	var all []byte
	for i, p := range g.heard {
		if i > 0 {
			follows(g.t, g.heard[i-1], p, int32(len(g.heard[i-1].Payload)), 0)
		}
		all = append(all, p.Payload...)
	}
	return all
}

// taped is what is on tape, end to end.
func (g *gated) taped() (sound []byte) {
	g.tap.Read(func(c media.Chunk) { sound = append(sound, c.Payload...) })
	return sound
}

// passed is how many samples of a stretch are no silence.
func passed(sound []byte, quiet byte) (n int) {
	for _, b := range sound {
		if b != quiet {
			n++
		}
	}
	return n
}

// spoken is some seconds of speech in A-law, as loud as a person on a mobile; -R has it be the same each time.
func spoken(t *testing.T) []byte {
	return sox(t, []byte("We shall see whether eighty six euros is enough; why not try again on Tuesday."),
		"espeak-ng --stdin -b 1 -v en-us+f3 --stdout | sox -R --ignore-length -t wav - -r 8000 -c 1 -t al -e a-law - gain -n -3 silence 1 0.01 1% dither")
}

const edge = 10 * media.SampleRate / 1000 // samples beside a key that may be silenced with it

// between puts the tone of a key of 100 ms right between two stretches of speech, and says where it lies.
func between(speech []byte, key byte, level float64, before int) (sound []byte, from, to int) {
	p := press{low: level, high: level, tone: 100 * ms}
	tone := alaw(p.dial(string(key)))[800 : 800+100*8]
	sound = append(sound, speech[:before]...)
	sound = append(append(sound, tone...), speech[before:]...)
	return sound, before, before + len(tone)
}

// TestNothingOfAKeyInTheVoiceReachesTheOtherSide: every key, loud and weak, at any place in a packet, in the middle of
// speech. Of the tone nothing passes, of the speech everything, to the other side and to the tape.
func TestNothingOfAKeyInTheVoiceReachesTheOtherSide(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	speech := spoken(t)
	speech = speech[:min(len(speech), 2*media.SampleRate)/160*160]
	worst, turn := 0, 0
	for _, level := range []float64{-3, -10, -20, -30} {
		for _, key := range []byte(allKeys) {
			turn++
			g := newGated(t, ports, false)
			sound, from, to := between(speech, key, level, len(speech)/2+turn*37%160)
			g.say(sound, media.FrameSamples, 3)
			if k := <-g.keys; k.Digit != key || len(g.keys) > 0 {
				t.Errorf("%c at %v dBm0: told %c and %d more", key, level, k.Digit, len(g.keys))
			}
			for name, got := range map[string][]byte{"the far side": g.sound(), "the tape": g.taped()} {
				through := passed(got[from:to], media.Silence)
				worst = max(worst, through)
				if through > 40*8 {
					t.Errorf("%c at %v dBm0: %v of it reaches %s", key, level, time.Duration(through)*time.Second/8000, name)
				}
				if !bytes.Equal(got[:from-edge], sound[:from-edge]) || !bytes.Equal(got[to+edge:], sound[to+edge:len(got)]) {
					t.Errorf("%c at %v dBm0: the speech beside it is not whole for %s", key, level, name)
				}
			}
		}
	}
	t.Logf("at worst %v of a tone passes", time.Duration(worst)*time.Second/8000)
}

// TestAKeyThroughTheCodecOfGSMIsKeptToo: full rate makes a tone unclear at its beginning and in its middle. What passes of
// it is counted in blocks of 5 ms that hold an eighth of what was said.
func TestAKeyThroughTheCodecOfGSMIsKeptToo(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	const through = "sox -R -t al -r 8000 -c 1 - -t gsm - | sox -R -t gsm - -t al -e a-law -"
	const block, long, pause = 40, 100 * 8, 200 * 8
	for _, level := range []float64{-3, -6, -10, -20, -25} {
		sound := sox(t, alaw(press{low: level, high: level, tone: 100 * ms, pause: 200 * ms}.dial(allKeys)), through)
		sound = sound[:len(sound)/160*160]
		g := newGated(t, ports, false)
		g.say(sound, 160, 3)
		got := g.sound()
		for k := range allKeys {
			n := 0
			for at := 800 + k*(long+pause); at < 800+k*(long+pause)+long; at += block {
				if in, out := energy(sound[at:at+block]), energy(got[at:at+block]); out > in/8 && in > 1e4*block {
					n += block
				}
			}
			if n > 40*8 {
				t.Errorf("%c at %v dBm0: %v passes", allKeys[k], level, time.Duration(n)*time.Second/8000)
			}
		}
	}
}

// energy is the sum of squares of A-law samples.
func energy(sound []byte) (sum float64) {
	for _, b := range sound {
		s := float64(media.DecodeALaw(b))
		sum += s * s
	}
	return sum
}

// TestATapeKeepsItsTimeBehindAGate: what is held comes to the tape with the moment at which it was said.
func TestATapeKeepsItsTimeBehindAGate(t *testing.T) {
	ports, clock := startStill(t)
	device, far := leasePCM(t, ports, "modem", nil), leasePCM(t, ports, "far", nil)
	tap := media.NewTap("employee", time.Second)
	device.Port().Route(&media.Route{Forward: []*media.Port{far.Port()}, Tape: tap, Gate: media.NewGate()})
	began := clock.now()
	for n := range 10 {
		device.Say(numbered(n))
		clock.pass(media.FrameTime)
	}
	n := 0
	tap.Read(func(c media.Chunk) {
		if c.At != began+time.Duration(n)*media.FrameTime || c.Timestamp != uint32(n*media.FrameSamples) || numberOf(media.DecodeALaw(c.Payload[80])) != n {
			t.Errorf("packet %d: stamped %d, at %v, says %d", n, c.Timestamp, c.At-began, numberOf(media.DecodeALaw(c.Payload[80])))
		}
		n++
	})
	if n != 7 {
		t.Errorf("%d packets on tape, the gate holds 3 of 10", n)
	}
}

// TestAPauseOfTheTapeBeginsWithWhatIsSaidThen: what the gate still holds was said before, and what was said while the tape
// stood still does not come onto it later.
func TestAPauseOfTheTapeBeginsWithWhatIsSaidThen(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	g := newGated(t, ports, false)
	taped := g.a.Wiring()
	paused := *taped
	paused.Tape = nil
	g.say(bytes.Repeat([]byte{1}, 5*160), 160, 3)
	g.a.Route(&paused)
	g.say(bytes.Repeat([]byte{2}, 5*160), 160, 0)
	g.a.Route(taped)
	g.say(bytes.Repeat([]byte{3}, 5*160), 160, 0)
	if got := g.taped(); len(got) != 7*160 || passed(got[:5*160], 1) > 0 || passed(got[5*160:], 3) > 0 {
		t.Errorf("% x", got)
	}
	g.sound()
}

// TestALegWithTelephoneEventsIsHeldOnlyAfterAKeyInItsVoice: such a leg waits for nothing. A carrier that promised events
// and sends tones is found out by the first key, of which 40 ms pass at most; of the second nothing does.
func TestALegWithTelephoneEventsIsHeldOnlyAfterAKeyInItsVoice(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	for shift := 0; shift < 160; shift += 23 {
		g := newGated(t, ports, true)
		quiet := make([]float64, 800+shift)
		p := press{low: -10, high: -10, tone: 100 * ms, pause: 100 * ms}
		sound := alaw(append(quiet, p.dial("5555")...))
		first, second := 1600+shift, 1600+shift+1600
		for i := range sound {
			if sound[i] == media.Silence {
				sound[i] = 0x55 // the nearest to it, so that what passes can be told
			}
		}
		until := (first + 20*8) / 160 * 160 // no key is known by then
		g.say(sound[:until], 160, 0)
		if len(g.heard) != until/160 {
			t.Fatalf("%d of %d packets before a key is known", len(g.heard), until/160)
		}
		for rest := sound[until:]; len(rest) >= 160; rest = rest[160:] {
			p := g.pa.packet(0)
			copy(p.Payload, rest)
			g.pa.send(p)
		}
		for p, ok := g.pb.listen(300 * time.Millisecond); ok; p, ok = g.pb.listen(100 * time.Millisecond) {
			g.heard = append(g.heard, p)
		}
		got := g.sound()
		if held := len(sound)/160 - len(g.heard); held != 3 {
			t.Errorf("shift %d: %d packets are held in the end", shift, held)
		}
		if n := passed(got[first:first+800], media.Silence); n > 40*8 {
			t.Errorf("shift %d: %d samples of the first key pass", shift, n)
		}
		if n := passed(got[second:second+800], media.Silence); n > 0 {
			t.Errorf("shift %d: %d samples of the second key pass", shift, n)
		}
	}
}

// TestAnEventOpensTheGateForGood: whoever sends telephone-events has no keys in its voice, and what is held leaves first.
func TestAnEventOpensTheGateForGood(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	g := newGated(t, ports, false)
	r := g.pa.remote()
	r.EventIn, r.EventOut = 0, 101 // it answers with an event that we did not ask for
	g.a.Set(r)
	g.say(bytes.Repeat([]byte{1}, 10*160), 160, 3)
	for _, p := range g.pa.press(7) {
		g.pa.send(p)
	}
	if k := <-g.keys; k.Digit != '7' {
		t.Errorf("heard %c", k.Digit)
	}
	for range 3 {
		g.heard = append(g.heard, g.pb.hear())
	}
	if got := g.sound(); len(got) != 1600 || passed(got, 1) > 0 {
		t.Errorf("%d samples before the key", len(got))
	}
	g.pa.say(2)
	follows(t, g.heard[9], g.pb.hear(), 6*media.FrameSamples, 0)
}

// TestPacketsOfAnyLengthPassAGate: in packets of 5 ms its look-ahead is shorter, and still no more than 40 ms of a tone pass.
func TestPacketsOfAnyLengthPassAGate(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	sound := alaw(press{low: -10, high: -10, tone: 100 * ms, pause: 100 * ms}.dial("159D*"))
	for i := range sound {
		if sound[i] == media.Silence {
			sound[i] = 0x55
		}
	}
	for size, held := range map[int]int{40: 7, 80: 6, 240: 2, 320: 2, 480: 1, 1600: 1} {
		g := newGated(t, ports, false)
		g.say(sound, size, held)
		got := g.sound()
		for key := range 5 {
			from := 800 + key*1600
			if from+800 > len(got) {
				break
			}
			if n := passed(got[from:from+800], media.Silence); n > 40*8 {
				t.Errorf("in packets of %d: %d samples of key %d pass", size, n, key)
			}
		}
		for _, want := range "159D*" {
			if k := <-g.keys; k.Digit != byte(want) {
				t.Errorf("in packets of %d: told %c for %c", size, k.Digit, want)
			}
		}
	}
}

func TestAKeyInMuLawIsSilentToo(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	g := newGated(t, ports, false)
	sound := alaw(press{low: -10, high: -10, tone: 100 * ms, pause: 100 * ms}.dial("5"))
	for ; len(sound) >= 160; sound = sound[160:] {
		p := g.pa.packet(0)
		p.PayloadType = media.PCMU.PayloadType()
		for i := range p.Payload {
			p.Payload[i] = media.ALawToMuLaw(sound[i])
		}
		g.pa.send(p)
	}
	<-g.keys
	loudest := 0.0
	for range 7 {
		for _, b := range g.pb.hear().Payload {
			loudest = max(loudest, math.Abs(float64(media.DecodeALaw(b))))
		}
	}
	if loudest > 100 {
		t.Errorf("a sample of %v in the place of the key", loudest)
	}
}

// TestWhatAGateHoldsIsForWhoWasThere: a new wiring with the same gate goes on, one with another gate has lost what the
// leg said to those before.
func TestWhatAGateHoldsIsForWhoWasThere(t *testing.T) {
	ports := startPorts(t, newTestClock(), nil)
	g := newGated(t, ports, false)
	g.say(bytes.Repeat([]byte{1}, 5*160), 160, 3)
	same := *g.a.Wiring()
	g.a.Route(&same)
	g.pa.say(2)
	if got := g.pb.hear(); got.Payload[0] != 1 {
		t.Errorf("heard %d", got.Payload[0])
	}
	other := same
	other.Gate = media.NewGate()
	g.a.Route(&other)
	for range 4 {
		g.pa.say(3)
	}
	if got := g.pb.hear(); got.Payload[0] != 3 {
		t.Errorf("heard %d through another gate", got.Payload[0])
	}
}

// TestWhatIsHeldLongIsLetGo: after a silence of the sender what it said before is late already, and goes at once.
func TestWhatIsHeldLongIsLetGo(t *testing.T) {
	clock := newTestClock()
	ports := startPorts(t, clock, nil)
	g := newGated(t, ports, false)
	g.say(bytes.Repeat([]byte{1}, 4*160), 160, 3)
	clock.pass(time.Second)
	g.pa.ts += 8000
	g.pa.say(2)
	for range 3 {
		g.heard = append(g.heard, g.pb.hear())
	}
	g.sound()
	if p, ok := g.pb.listen(50 * time.Millisecond); ok {
		t.Errorf("%v is not held", p)
	}
}

func TestAGateAllocatesNothing(t *testing.T) {
	ports, clock := startStill(t)
	once := gatedFrame(t, ports, clock, media.NewGate())
	for range 100 {
		once()
	}
	if n := allocations(2000, once); n != 0 {
		t.Errorf("%d allocations per frame", n)
	}
}

// gatedFrame says a frame of a key or of speech on a device, which another hears.
func gatedFrame(t testing.TB, ports *media.Ports, clock *stillClock, gate *media.Gate) func() {
	node, device := leasePCM(t, ports, "node", nil), leasePCM(t, ports, "modem", nil)
	device.Port().Route(&media.Route{Forward: []*media.Port{node.Port()}, Keys: func(media.Key) {}, Gate: gate})
	tone := press{low: -10, high: -10, tone: 200 * ms, pause: 200 * ms}.dial(allKeys)
	var frame [media.FrameSamples]int16
	at := 0
	return func() {
		clock.pass(media.FrameTime)
		for i := range frame {
			frame[i] = int16(tone[at+i])
		}
		if at += media.FrameSamples; at+media.FrameSamples > len(tone) {
			at = 0
		}
		device.Say(&frame)
		node.Hear(&frame)
	}
}

// BenchmarkGate is one frame from a device to another, without a gate and with one: the work of media alone.
func BenchmarkGate(b *testing.B) {
	for name, gate := range map[string]*media.Gate{"without": nil, "with": media.NewGate()} {
		b.Run(name, func(b *testing.B) {
			ports, clock := startStill(b)
			once := gatedFrame(b, ports, clock, gate)
			b.ReportAllocs()
			for b.Loop() {
				once()
			}
		})
	}
}
