package media_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"roadline/media"
)

// firstStep is the first of the hundred steps of A-law that numbered goes through; all are loud.
const firstStep = 28

// numbered is speech whose every frame can be told from its neighbours: 4 s of it, then 1 s of quiet.
func numbered(n int) *[media.FrameSamples]int16 {
	var frame [media.FrameSamples]int16
	if n%250 < 200 {
		for i := range frame {
			frame[i] = media.DecodeALaw(byte(0x80+firstStep+n%250%100) ^ 0x55)
		}
	}
	return &frame
}

// numberOf is the frame of numbered that a sample lies in, modulo 100; negative: none.
func numberOf(sample int16) int {
	return int((media.EncodeALaw(sample)^0x55)&0x7F) - firstStep
}

// TestADeviceWithAnotherClockIsFollowed: ten minutes of speech to a device whose clock is 200 ppm off, 6 frames in all,
// and whose reads wander by 2 ms. Nothing that was said is missing, and the delay stays.
func TestADeviceWithAnotherClockIsFollowed(t *testing.T) {
	for name, ppm := range map[string]float64{"slower": -200, "as fast": 0, "faster": 200} {
		t.Run(name, func(t *testing.T) {
			ports, clock := startStill(t)
			node, device := leasePCM(t, ports, "node", nil), leasePCM(t, ports, "modem", nil)
			node.Port().Route(&media.Route{Forward: []*media.Port{device.Port()}})
			device.Port().Route(&media.Route{Forward: []*media.Port{node.Port()}})
			random := rand.New(rand.NewPCG(7, 7))
			const frames = 30000
			var delays []time.Duration
			saidAt, heard, back := map[int]time.Duration{}, map[int]bool{}, 0
			var frame [media.FrameSamples]int16
			period := float64(media.FrameTime) / (1 + ppm/1e6)
			began := clock.now()
			next := func(n int) time.Duration { // when the device reads
				return began + 7*time.Millisecond + time.Duration(float64(n)*period) + time.Duration(random.Float64()*float64(2*time.Millisecond))
			}
			due, taken := next(0), 0
			for n := range frames {
				for ; due < began+time.Duration(n)*media.FrameTime; due = next(taken) {
					clock.pass(max(0, due-clock.now()))
					device.Say(numbered(0))
					taken++
					if !device.Hear(&frame) || numberOf(frame[100]) < 0 {
						continue
					}
					k := numberOf(frame[100])
					for last := n; last >= 0 && last > n-50; last-- {
						if last%250 < 200 && last%250%100 == k {
							heard[last] = true
							delays = append(delays, clock.now()-saidAt[last])
							break
						}
					}
				}
				clock.pass(max(0, began+time.Duration(n)*media.FrameTime-clock.now()))
				saidAt[n] = clock.now()
				node.Say(numbered(n))
				if node.Hear(&frame) {
					back++
				}
			}
			slices.Sort(delays)
			p99 := delays[len(delays)*99/100]
			f, g := device.Figures(), node.Figures()
			lost := 0
			for n := range frames - 10 {
				if n%250 < 200 && !heard[n] {
					lost++
				}
			}
			t.Logf("delay p50 %v, p99 %v, max %v; %d not heard; %+v; back %+v", delays[len(delays)/2], p99, delays[len(delays)-1], lost, f, g)
			if p99 > 40*time.Millisecond || lost > 0 {
				t.Errorf("delay p99 %v; %d frames of speech were not heard", p99, lost)
			}
			if f.Missing+f.Late+g.Missing+g.Late != 0 || f.Dropped > 8 || g.Dropped > 8 || f.Concealed+g.Concealed > 8 || frames-back > 8 {
				t.Errorf("%+v, back %+v, %d frames came back", f, g, back)
			}
		})
	}
}

// stalled lets a device and the node talk for a second each side of a stall of 500 ms, after which what the device said
// meanwhile comes in a burst of so many frames. It returns what the far side heard after the stall: stamps and markers.
func stalled(t *testing.T, burst int) (device *media.PCM, chunks []media.Chunk) {
	t.Helper()
	ports, clock := startStill(t)
	node, device := leasePCM(t, ports, "node", nil), leasePCM(t, ports, "modem", nil)
	node.Port().Route(&media.Route{Forward: []*media.Port{device.Port()}})
	tap := media.NewTap("client", 4*time.Second)
	device.Port().Route(&media.Route{Forward: []*media.Port{node.Port()}, Tape: tap})
	var frame [media.FrameSamples]int16
	loud := wave(media.FrameSamples, 1000, 8000)
	turn := func() {
		if device.Say(frameOf(loud, 0)) {
			device.Hear(&frame)
		}
	}
	for n := range 125 {
		clock.pass(media.FrameTime)
		node.Say(frameOf(loud, 0))
		switch {
		case n < 50 || n >= 76:
			turn()
		case n == 75:
			for range burst {
				turn()
			}
		}
	}
	tap.Read(func(c media.Chunk) { c.Payload = nil; chunks = append(chunks, c) })
	return device, chunks
}

// TestADeviceThatStandsStillComesBack: it gave nothing for half a second, and goes on as before.
func TestADeviceThatStandsStillComesBack(t *testing.T) {
	device, chunks := stalled(t, 1)
	f := device.Figures()
	if f.Said != 100 || f.Missing != 25 || f.Late != 1 || f.Heard != 99 {
		t.Errorf("%+v", f)
	}
	if f.Delay > 30*time.Millisecond || f.Dropped < 24 || f.Dropped > 27 {
		t.Errorf("what it missed is heard late: %+v", f)
	}
	jumps := 0
	for i := 1; i < len(chunks); i++ {
		step := chunks[i].Timestamp - chunks[i-1].Timestamp
		if chunks[i].Sequence != chunks[i-1].Sequence+1 || chunks[i].Marker != (step != media.FrameSamples) {
			t.Errorf("chunk %d: %+v", i, chunks[i])
		}
		if step != media.FrameSamples {
			jumps++
		}
	}
	if total := chunks[99].Timestamp - chunks[0].Timestamp; jumps != 1 || total != 124*media.FrameSamples {
		t.Errorf("%d jumps, %d samples of time in all", jumps, total)
	}
}

// TestWhatWasHeldUpIsSaidAndNotAnswered: the node stood still, the device did not. All that it said counts, in its place;
// for what it has played something else already it is owed nothing.
func TestWhatWasHeldUpIsSaidAndNotAnswered(t *testing.T) {
	device, chunks := stalled(t, 26)
	f := device.Figures()
	if f.Said != 125 || f.Missing != 0 || f.Late < 20 || f.Late > 24 || f.Heard != 125-f.Late {
		t.Errorf("%+v", f)
	}
	for i := 1; i < len(chunks); i++ {
		if chunks[i].Timestamp-chunks[i-1].Timestamp != media.FrameSamples || chunks[i].Marker {
			t.Errorf("chunk %d: %+v", i, chunks[i])
		}
	}
	if f.Delay > 60*time.Millisecond {
		t.Errorf("%+v", f)
	}
}

// TestFramesThatComeInPairsAreInTime: some devices are read in pieces of 40 ms.
func TestFramesThatComeInPairsAreInTime(t *testing.T) {
	ports, clock := startStill(t)
	node, device := leasePCM(t, ports, "node", nil), leasePCM(t, ports, "modem", nil)
	node.Port().Route(&media.Route{Forward: []*media.Port{device.Port()}})
	loud := wave(media.FrameSamples, 1000, 8000)
	var frame [media.FrameSamples]int16
	for n := range 1000 {
		clock.pass(media.FrameTime)
		node.Say(frameOf(loud, 0))
		if n%2 == 0 {
			continue
		}
		for range 2 {
			if !device.Say(frameOf(loud, 0)) {
				t.Fatalf("frame %d is owed nothing", n)
			}
			device.Hear(&frame)
		}
	}
	if f := device.Figures(); f.Missing+f.Late != 0 || f.Concealed > 5 || f.Dropped > 5 || f.Silent > 5 {
		t.Errorf("%+v", f)
	}
}

// TestADeviceThatBeginsLateHearsWhatIsSaidNow: a leg is wired before its device has sound.
func TestADeviceThatBeginsLateHearsWhatIsSaidNow(t *testing.T) {
	ports, clock := startStill(t)
	node, device := leasePCM(t, ports, "node", nil), leasePCM(t, ports, "modem", nil)
	node.Port().Route(&media.Route{Forward: []*media.Port{device.Port()}})
	var frame [media.FrameSamples]int16
	first := -1
	for n := range 150 {
		clock.pass(media.FrameTime)
		node.Say(numbered(n))
		if n < 100 {
			continue
		}
		if device.Hear(&frame) && first < 0 {
			if first = numberOf(frame[100]); first < n%100-2 {
				t.Errorf("heard first frame %d when %d was said", first, n%100)
			}
		}
	}
	if f := device.Figures(); first < 0 || f.Delay > 30*time.Millisecond {
		t.Errorf("%+v", f)
	}
}

func TestSilenceBetweenWordsCostsADeviceNoDelay(t *testing.T) {
	ports, clock := startStill(t)
	node, device := leasePCM(t, ports, "node", nil), leasePCM(t, ports, "modem", nil)
	node.Port().Route(&media.Route{Forward: []*media.Port{device.Port()}})
	var frame [media.FrameSamples]int16
	for n := range 1000 {
		clock.pass(media.FrameTime)
		if n%100 < 60 { // the far side sends nothing when nobody speaks
			node.Say(numbered(n % 100))
		}
		if device.Hear(&frame) && n%100 > 10 && n%100 < 60 && numberOf(frame[100]) < n%100-2 {
			t.Fatalf("heard frame %d when %d was said", numberOf(frame[100]), n%100)
		}
	}
	if f := device.Figures(); f.Silent < 300 || f.Dropped > 2 {
		t.Errorf("%+v", f)
	}
}

// TestWordsAfterAStallInSilenceAreHeardAtOnce: nobody spoke while the device stood still.
func TestWordsAfterAStallInSilenceAreHeardAtOnce(t *testing.T) {
	ports, clock := startStill(t)
	node, device := leasePCM(t, ports, "node", nil), leasePCM(t, ports, "modem", nil)
	node.Port().Route(&media.Route{Forward: []*media.Port{device.Port()}})
	var frame [media.FrameSamples]int16
	for n := range 190 {
		clock.pass(media.FrameTime)
		if n < 20 || n >= 130 {
			node.Say(numbered(n))
		}
		if n >= 10 && n < 20 || n >= 120 {
			if device.Hear(&frame) && n >= 132 && numberOf(frame[100]) < n%100-2 {
				t.Fatalf("heard frame %d when %d was said", numberOf(frame[100]), n%100)
			}
		}
	}
	if f := device.Figures(); f.Delay > 30*time.Millisecond || f.Heard-f.Silent < 65 {
		t.Errorf("%+v", f)
	}
}

// TestUnevenArrivalsAreEvenedOutForADevice: a network that delays each packet by up to 45 ms, in order.
func TestUnevenArrivalsAreEvenedOutForADevice(t *testing.T) {
	ports, clock := startStill(t)
	node, device := leasePCM(t, ports, "node", nil), leasePCM(t, ports, "modem", nil)
	node.Port().Route(&media.Route{Forward: []*media.Port{device.Port()}})
	random := rand.New(rand.NewPCG(4, 4))
	var frame [media.FrameSamples]int16
	began, said := clock.now(), 0
	arrival := time.Duration(0)
	for n := range 3000 {
		due := time.Duration(n) * media.FrameTime
		for ; arrival <= due; said++ {
			clock.pass(max(0, began+arrival-clock.now()))
			node.Say(numbered(said))
			arrival = max(arrival, time.Duration(said+1)*media.FrameTime+time.Duration(random.Int64N(int64(45*time.Millisecond))))
		}
		clock.pass(max(0, began+due-clock.now()))
		device.Hear(&frame)
	}
	if f := device.Figures(); f.Concealed > 90 || f.Delay > 80*time.Millisecond {
		t.Errorf("%+v", f)
	}
}

// TestAnyPaceIsSurvived: whatever a device does, time on its leg goes forward and no further than ours.
func TestAnyPaceIsSurvived(t *testing.T) {
	ports, clock := startStill(t)
	device := leasePCM(t, ports, "modem", nil)
	tap := media.NewTap("client", time.Second)
	device.Port().Route(&media.Route{Forward: []*media.Port{device.Port()}, Tape: tap}) // it hears itself
	random := rand.New(rand.NewPCG(8, 8))
	var frame [media.FrameSamples]int16
	loud := frameOf(wave(media.FrameSamples, 1000, 8000), 0)
	last, total := uint32(0), 0
	began := clock.now()
	for n := range 20000 {
		switch random.IntN(20) {
		case 0:
			clock.pass(time.Duration(random.Int64N(int64(time.Second))))
		case 1, 2, 3, 4, 5:
		default:
			clock.pass(time.Duration(random.Int64N(int64(30 * time.Millisecond))))
		}
		device.Say(loud)
		if random.IntN(10) > 0 && !device.Hear(&frame) && frame != [media.FrameSamples]int16{} {
			t.Fatal("what is not there is heard")
		}
		tap.Read(func(c media.Chunk) {
			if step := c.Timestamp - last; n > 0 && (step == 0 || step%media.FrameSamples != 0 || step > 60*media.SampleRate) {
				t.Fatalf("frame %d: a step of %d samples", n, step)
			}
			last = c.Timestamp
			total++
		})
	}
	f := device.Figures()
	if total != 20000 || f.Said != 20000 || time.Duration(f.Missing)*media.FrameTime > clock.now()-began {
		t.Errorf("%d on tape in %v: %+v", total, clock.now()-began, f)
	}
}
