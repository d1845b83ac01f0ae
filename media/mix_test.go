package media_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"roadline/media"
)

// talker is somebody who speaks into a mixer: a sound in packets.
type talker struct {
	seat  *media.Seat
	sound []byte
	at    int
	size  int // samples in a packet
}

func say(m *media.Mixer, name string, sound []byte) *talker {
	return &talker{seat: m.Join(name), sound: sound, size: media.FrameSamples}
}

// packet is the talker's next one.
func (t *talker) packet() media.Voice {
	v := media.Voice{Timestamp: uint32(t.at) + 0xFFFFF000, Stream: 7} // the timestamp wraps on the way
	v.Payload = t.sound[t.at : t.at+t.size]
	t.at += t.size
	return v
}

// conversation lets all speak and hear for a number of frames; what each heard comes back.
func conversation(frames int, talkers ...*talker) [][]byte {
	heard := make([][]byte, len(talkers))
	var frame [media.FrameSamples]byte
	for n := range frames {
		for _, t := range talkers {
			t.seat.Voice(t.packet())
		}
		for i := range talkers {
			i = (i + n) % len(talkers) // the clock may serve legs in any order
			if talkers[i].seat.Frame(&frame) {
				heard[i] = append(heard[i], frame[:]...)
			}
		}
	}
	return heard
}

// tone is seconds of a sine at a level in dBm0.
func tone(hertz, dBm0, seconds float64) []byte { return alaw(sine(8000, hertz, seconds, peak(dBm0))) }

func TestTwoHearEachOtherBitForBit(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	noisy := make([]byte, 160*100)
	for i := range noisy {
		noisy[i] = byte(random.Uint32())
	}
	m := media.NewMixer()
	heard := conversation(100, say(m, "a", noisy), say(m, "b", tone(500, -10, 2)))
	if !bytes.Contains(noisy, heard[1][1000:12000]) {
		t.Fatal("b does not hear what a says")
	}
	if d := bytes.Index(noisy, heard[1][1000:12000]); d < 1000-400 || d > 1000 {
		t.Fatalf("delayed by %d samples", 1000-d)
	}
}

func TestEachHearsAllTheOthersAndNotItself(t *testing.T) {
	hertz := []float64{500, 800, 1100, 1500, 1900, 2300, 2700, 3100}
	m := media.NewMixer()
	var talkers []*talker
	for _, h := range hertz {
		talkers = append(talkers, say(m, fmt.Sprint(h), tone(h, -20, 3)))
	}
	for i, heard := range conversation(140, talkers...) {
		for k, h := range hertz {
			level := levelAt(heard[4000:20000], h) + 3.14
			if i == k && level > -50 {
				t.Errorf("%d hears itself at %.1f dBm0", i, level)
			}
			if i != k && math.Abs(level-(-20)) > 0.5 {
				t.Errorf("%d hears %v Hz at %.1f dBm0, want -20", i, h, level)
			}
		}
	}
}

func TestLoudVoicesTogetherAreBentAndDoNotWrap(t *testing.T) {
	m := media.NewMixer()
	var talkers []*talker
	for range 5 {
		talkers = append(talkers, say(m, "loud", tone(1000, 0, 2)))
	}
	sound := conversation(90, talkers...)[0][4000:]
	last := media.DecodeALaw(sound[0])
	for _, b := range sound[1:] {
		s := media.DecodeALaw(b)
		if d := int(s) - int(last); d > 45000 || d < -45000 { // from one edge to the other within one sample
			t.Fatal("the sum wrapped around")
		}
		last = s
	}
	if level := levelAt(sound, 1000); level < -1 {
		t.Errorf("%.1f dB", level)
	}
}

func TestWhoIsSilentOrGoneIsHeardNoMore(t *testing.T) {
	m := media.NewMixer()
	a, b, c := say(m, "a", tone(500, -10, 2)), say(m, "b", tone(900, -10, 2)), m.Join("listener")
	conversation(40, a, b)
	var frame [media.FrameSamples]byte
	b.seat.Leave()
	if b.seat.Frame(&frame) {
		t.Error("who left still hears")
	}
	if !c.Frame(&frame) {
		t.Fatal("the listener's source has ended")
	}
	for range 2 {
		a.seat.Voice(a.packet())
		c.Frame(&frame)
	}
	if level := levelAt(frame[:], 900); level > -40 {
		t.Errorf("who left is heard at %.1f dB", level)
	}
	for range 60 { // nobody speaks any more
		c.Frame(&frame)
	}
	if frame != [media.FrameSamples]byte(bytes.Repeat([]byte{media.Silence}, media.FrameSamples)) {
		t.Error("silence is not silent")
	}
}

func TestPacketsOfAnyLengthAndLawAreMixed(t *testing.T) {
	sound := tone(1000, -12, 4)
	for _, size := range []int{80, 160, 240, 320, 480, 800} {
		for _, codec := range []media.Codec{media.PCMA, media.PCMU} {
			m := media.NewMixer()
			in, out := m.Join("in"), m.Join("out")
			var heard []byte
			var frame [media.FrameSamples]byte
			at := 0
			for now := 0; at+size <= len(sound); now += media.FrameSamples {
				for ; at+size <= now+media.FrameSamples && at+size <= len(sound); at += size {
					v := media.Voice{Codec: codec, Timestamp: uint32(at), Payload: bytes.Clone(sound[at : at+size])}
					if codec == media.PCMU {
						for i, b := range v.Payload {
							v.Payload[i] = media.ALawToMuLaw(b)
						}
					}
					in.Voice(v)
				}
				out.Frame(&frame)
				heard = append(heard, frame[:]...)
			}
			if level := levelAt(heard[8000:24000], 1000) + 3.14; math.Abs(level-(-12)) > 0.3 {
				t.Errorf("%v in packets of %d: %.1f dBm0", codec, size, level)
			}
		}
	}
}

// network carries a talker's packets to a seat: each 20 ms one is sent and arrives delay ms later, negative: never.
// What the listener hears comes back, and the longest delay that the seat reached.
func network(t *testing.T, sound []byte, delay func(n int) float64) (heard []byte, longest int) {
	t.Helper()
	m := media.NewMixer()
	in, out := m.Join("in"), m.Join("out")
	type arrival struct {
		at float64
		media.Voice
	}
	var all []arrival
	for n := 0; (n+1)*160 <= len(sound); n++ {
		if d := delay(n); d >= 0 {
			all = append(all, arrival{float64(n)*20 + d, media.Voice{Timestamp: uint32(n * 160), Payload: sound[n*160 : (n+1)*160]}})
		}
	}
	slices.SortStableFunc(all, func(a, b arrival) int { return int(math.Copysign(1, a.at-b.at)) })
	var frame [media.FrameSamples]byte
	for now := 20.0; now < float64(len(sound))/8; now += 20 {
		for len(all) > 0 && all[0].at <= now {
			in.Voice(all[0].Voice)
			all = all[1:]
		}
		out.Frame(&frame)
		heard = append(heard, frame[:]...)
		longest = max(longest, in.Delay())
	}
	return heard, longest
}

// holes counts the frames of a continuous tone that came out weak.
func holes(heard []byte, hertz float64) (n int) {
	for at := 1600; at+160 <= len(heard); at += 160 {
		if levelAt(heard[at:at+160], hertz)+3.14 < -16 {
			n++
		}
	}
	return n
}

// steps is sound whose every frame is told from its neighbours, though it is repeated to hide a gap.
func steps(frames int) []byte {
	var sound []byte
	for n := range frames {
		sound = append(sound, bytes.Repeat([]byte{byte(n%40 + 1)}, media.FrameSamples)...)
	}
	return sound
}

// arrived counts the frames of steps that were heard.
func arrived(heard []byte) (n int) {
	since := 0
	for i, b := range heard {
		if b != heard[since] {
			if i-since > 100 && heard[since] != media.Silence {
				n++
			}
			since = i
		}
	}
	return n
}

func TestTheDelayFollowsTheJitter(t *testing.T) {
	queue := 0.0
	for name, row := range map[string]struct {
		late              func(n int, random *rand.Rand) float64 // ms
		most              int                                    // packets of 1500 that may be lost to lateness
		shortest, longest int                                    // ms that lie ready at most
	}{
		"none":      {func(int, *rand.Rand) float64 { return 0 }, 15, 20, 60},
		"little":    {func(_ int, r *rand.Rand) float64 { return r.Float64() * 15 }, 15, 20, 80},
		"much":      {func(_ int, r *rand.Rand) float64 { return r.Float64() * 80 }, 75 + 40, 60, 180},
		"very much": {func(_ int, r *rand.Rand) float64 { return r.Float64() * 180 }, 75 + 80, 120, 240},
		"a queue that fills and empties": {func(n int, r *rand.Rand) float64 { // packets stay in order
			queue = max(0, queue+r.Float64()*40-21)
			return queue
		}, 75, 60, 240},
		"one of ten":         {func(n int, _ *rand.Rand) float64 { return float64(n % 10 / 9 * 90) }, 40, 60, 200},
		"one of two hundred": {func(n int, _ *rand.Rand) float64 { return float64(n % 200 / 199 * 90) }, 20, 20, 160},
	} {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(3, 9))
			heard, longest := network(t, steps(1500), func(n int) float64 { return row.late(n, random) })
			if lost := 1500 - arrived(heard); lost > row.most {
				t.Errorf("%d packets of 1500 were not heard", lost)
			}
			if ms := longest / 8; ms < row.shortest || ms > row.longest {
				t.Errorf("up to %d ms lay ready", ms)
			}
		})
	}
}

func TestTheDelayShrinksAgainWhenTheNetworkCalms(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 9))
	m := media.NewMixer()
	in, out := m.Join("in"), m.Join("out")
	sound := tone(1000, -10, 0.02)
	var frame [media.FrameSamples]byte
	most, last := 0, 0
	pending := map[int][]int{}
	for n := range 3000 {
		late := 0
		if n < 500 {
			late = random.IntN(7)
		}
		pending[n+late] = append(pending[n+late], n)
		for _, packet := range pending[n] {
			in.Voice(media.Voice{Timestamp: uint32(packet * 160), Payload: sound})
		}
		last = in.Delay() / 8
		most = max(most, last)
		out.Frame(&frame)
	}
	if most < 100 || last > 60 {
		t.Errorf("%d ms lay ready at most, %d ms at last", most, last)
	}
}

func TestASenderWithAnotherClockIsFollowed(t *testing.T) {
	sound := tone(1000, -10, 60)
	for _, drift := range []float64{-0.001, 0.001} { // 1000 ppm, ten times a bad crystal
		heard, longest := network(t, sound, func(n int) float64 { return 200 + float64(n)*20*drift })
		if got := holes(heard, 1000); got > 12 || longest/8 > 100 {
			t.Errorf("drift %v: %d weak frames, up to %d ms lay ready", drift, got, longest/8)
		}
	}
}

func TestALostPacketIsConcealed(t *testing.T) {
	// a voice of 125 Hz with its overtones
	voice := make([]float64, 8000*10)
	for i := range voice {
		for h := 1.0; h <= 12; h++ {
			voice[i] += 1500 / h * math.Sin(2*math.Pi*125*h*float64(i)/8000)
		}
	}
	sound := alaw(voice)
	heard, _ := network(t, sound, func(n int) float64 {
		if n%20 == 10 {
			return -1
		}
		return 1
	})
	delay := -1
	for d := range 1600 { // what is heard is what was said, a little later
		if bytes.Equal(heard[8000+d:8000+d+320], sound[8000:8320]) {
			delay = d
			break
		}
	}
	if delay < 0 {
		t.Fatal("the voice is not found in what is heard")
	}
	var wrong, right float64
	for i := 8000; i < 72000; i++ {
		s := float64(media.DecodeALaw(sound[i]))
		d := float64(media.DecodeALaw(heard[i+delay])) - s
		wrong += d * d
		right += s * s
	}
	if ratio := 10 * math.Log10(right/wrong); ratio < 20 { // with silence instead it is 13 dB: one frame of twenty
		t.Errorf("with 5 %% lost, the voice is %.1f dB above the error", ratio)
	}
}

func TestAnOutageIsSkippedAndSilenceCostsNoDelay(t *testing.T) {
	sound := tone(1000, -10, 30)
	for name, gap := range map[string]int{"a fifth of a second": 10, "half a second": 25, "three seconds": 150} {
		heard, longest := network(t, sound, func(n int) float64 {
			if n%300 >= 300-gap {
				return -1
			}
			return float64(n % 3 * 5)
		})
		if longest/8 > 80 {
			t.Errorf("%s: up to %d ms lay ready", name, longest/8)
		}
		if want := len(heard) / 160 * gap / 300; holes(heard, 1000) > want+10 {
			t.Errorf("%s: %d weak frames, want about %d", name, holes(heard, 1000), want)
		}
	}
}

func TestAnyPacketsAreSurvived(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	m := media.NewMixer()
	in, out := m.Join("in"), m.Join("out")
	var frame [media.FrameSamples]byte
	payload := make([]byte, 1700)
	for range 50000 {
		v := media.Voice{Codec: media.Codec(random.UintN(2)), Stream: random.Uint32N(2), Timestamp: random.Uint32()}
		if random.UintN(4) > 0 {
			v.Timestamp %= 9000
		}
		v.Payload = payload[:random.UintN(1700)]
		in.Voice(v)
		if !out.Frame(&frame) || in.Delay() > 4000 {
			t.Fatal("lost its way", in.Delay())
		}
	}
	voice := &talker{seat: in, sound: tone(1000, -10, 4), size: 160}
	conversation(30, voice)
	var heard []byte
	for range 100 {
		in.Voice(voice.packet())
		out.Frame(&frame)
		heard = append(heard, frame[:]...)
	}
	if level := levelAt(heard, 1000) + 3.14; level < -11 {
		t.Errorf("afterwards a voice is heard at %.1f dBm0", level)
	}
}

func TestReadLoopsAndTheClockMayMeet(t *testing.T) {
	m := media.NewMixer()
	var all sync.WaitGroup
	for i := range 4 {
		talker := say(m, fmt.Sprint(i), tone(float64(500+100*i), -10, 10))
		all.Go(func() {
			for range 400 {
				talker.seat.Voice(talker.packet())
			}
		})
		all.Go(func() {
			var frame [media.FrameSamples]byte
			for range 400 {
				talker.seat.Frame(&frame)
			}
			talker.seat.Leave()
		})
	}
	all.Wait()
}

func BenchmarkMixer(b *testing.B) {
	for _, legs := range []int{3, 8} {
		b.Run(fmt.Sprint(legs, " legs a frame"), func(b *testing.B) {
			m := media.NewMixer()
			var talkers []*talker
			for i := range legs {
				talkers = append(talkers, say(m, "leg", tone(float64(500+100*i), -20, 1)))
			}
			var frame [media.FrameSamples]byte
			var timestamp uint32
			b.ReportAllocs()
			for b.Loop() {
				for _, t := range talkers {
					t.seat.Voice(media.Voice{Timestamp: timestamp, Payload: t.sound[:160]})
					t.seat.Frame(&frame)
				}
				timestamp += 160
			}
		})
	}
}
