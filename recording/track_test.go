package recording_test

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"roadline/fmc"
	"roadline/fmc/room"
	"roadline/media"
	"roadline/recording"
)

// near is how far from its time a word may lie in a file (R01 of the targets).
const near = 100 * time.Millisecond

// record has two speak and returns what was delivered.
func record(t *testing.T, say func(d *desk, tape room.Tape)) (*desk, recording.Delivered) {
	t.Helper()
	spool := t.TempDir()
	var d *desk
	synctest.Test(t, func(t *testing.T) {
		d = open(t, spool).run()
		wait(7 * time.Second) // the call is older than its tape
		tape := d.ready("c1")
		say(d, tape)
		tape.Close(d.now())
		wait(time.Second)
		d.stop()
	})
	d.t = t
	return d, d.one()
}

func TestWhatWasSaidIsAtItsTimeWhateverTheSendersClockAndTheWay(t *testing.T) {
	const long = 2 * time.Minute
	random := func() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }
	for _, x := range []struct {
		name  string
		hertz float64
		codec media.Codec
		way   func() func(int) (time.Duration, bool)
		least float64 // of what was said, in the file
	}{
		{"a clock as ours", 8000, media.PCMA, nil, 0.999},
		{"in mu-law", 8000, media.PCMU, nil, 0.999},
		{"a clock that is fast", 8010, media.PCMA, nil, 0.99},
		{"a clock that is slow", 7990, media.PCMA, nil, 0.99},
		{"a way that is uneven", 8000, media.PCMA, func() func(int) (time.Duration, bool) {
			r := random()
			return func(int) (time.Duration, bool) { return time.Duration(r.IntN(60)) * time.Millisecond, false } // they overtake each other
		}, 0.99},
		{"a fast clock and an uneven way", 8010, media.PCMA, func() func(int) (time.Duration, bool) {
			r := random()
			return func(int) (time.Duration, bool) { return time.Duration(r.IntN(40)) * time.Millisecond, false }
		}, 0.98},
		{"a way that loses every tenth", 8000, media.PCMA, func() func(int) (time.Duration, bool) {
			return func(i int) (time.Duration, bool) { return 0, i%10 == 9 }
		}, 0.89},
		{"a way that gets longer", 8000, media.PCMA, func() func(int) (time.Duration, bool) {
			return func(i int) (time.Duration, bool) { return time.Duration(min(i/50, 80)) * time.Millisecond, false }
		}, 0.99},
		{"a first packet that is late", 8000, media.PCMA, func() func(int) (time.Duration, bool) {
			return func(i int) (time.Duration, bool) { return time.Duration(max(0, 70-20*i)) * time.Millisecond, false }
		}, 0.99},
	} {
		t.Run(x.name, func(t *testing.T) {
			var client, mobile *speaker
			d, got := record(t, func(d *desk, tape room.Tape) {
				client, mobile = newSpeaker(d, tape, fmc.Left, x.hertz), newSpeaker(d, tape, fmc.Right, 8000)
				client.codec = x.codec
				if x.way != nil {
					client.way = x.way()
				}
				other := make(chan struct{})
				go func() { defer close(other); mobile.speak(long) }()
				client.speak(long)
				<-other
			})
			left, right := channels(t, d.path(got))
			for _, side := range []struct {
				who     *speaker
				channel []int16
				least   float64
			}{{client, left, x.least}, {mobile, right, 0.999}} {
				is := side.who.told(side.channel, got.Kept.Opened)
				if is.worst > near || is.other > 0 || is.spoken.Seconds() < side.least*long.Seconds() {
					t.Errorf("side %d: up to %v from its time, %v of %v there, %d samples that nobody said", side.who.base, is.worst, is.spoken, long, is.other)
				}
			}
			if off := got.Kept.Length - long; off.Abs() > 100*time.Millisecond || len(got.Kept.Gaps) > 0 || got.Kept.Opened != 7*time.Second {
				t.Errorf("%+v", got.Kept)
			}
		})
	}
}

func TestASpeakerWhoStartsAnewGoesOnAtTheRightTime(t *testing.T) {
	var client *speaker
	d, got := record(t, func(d *desk, tape room.Tape) {
		client = newSpeaker(d, tape, fmc.Left, 8000)
		for i := range 6 { // another stream, then the same with a timestamp from anywhere, and so on
			client.speak(3 * time.Second)
			client.stream += uint32(i % 2)
			client.stamp += uint32(i) * 1_000_000_007
			if i == 3 { // held for a while: nothing comes, and its timestamps stand still
				wait(5 * time.Second)
				client.spoken += 5 * media.SampleRate
			}
		}
	})
	left, _ := channels(t, d.path(got))
	if is := client.told(left, got.Kept.Opened); is.worst > near || is.other > 0 || is.spoken < 17900*time.Millisecond {
		t.Errorf("%+v", is)
	}
}

func TestWhatTheRecorderCouldNotTakeIsAGapInItsPlace(t *testing.T) {
	for _, last := range []bool{false, true} {
		var client *speaker
		d, got := record(t, func(d *desk, tape room.Tape) {
			client = newSpeaker(d, tape, fmc.Left, 8000)
			client.speak(2 * time.Second)
			client.burst(recording.TapRoom + 4*time.Second)
			if !last {
				client.speak(2 * time.Second)
			}
		})
		left, _ := channels(t, d.path(got))
		is := client.told(left, got.Kept.Opened)
		if len(got.Kept.Gaps) != 1 {
			t.Fatalf("last %v: gaps %+v", last, got.Kept.Gaps)
		}
		gap := got.Kept.Gaps[0]
		lost := gap.To - gap.From
		if all := got.Kept.Length - is.spoken; lost < time.Second || (all-lost).Abs() > near {
			t.Errorf("last %v: %v of the file is silent, the gap says %v", last, all, lost)
		}
		if gap.Kind != fmc.SpanGap || gap.Leg != (fmc.LegID{Call: "c1", N: int(fmc.Left) + 1}) || gap.Why == "" || gap.From < got.Kept.Opened+2*time.Second {
			t.Errorf("%+v", gap)
		}
	}
}

func TestAThirdPartyIsHeardOnBothSides(t *testing.T) {
	var client, third *speaker
	d, got := record(t, func(d *desk, tape room.Tape) {
		client, third = newSpeaker(d, tape, fmc.Left, 8000), newSpeaker(d, tape, fmc.Third, 8000)
		third.base = 1
		client.speak(2 * time.Second)
		third.began, third.spoken = 0, int(d.now().Seconds()*media.SampleRate)
		third.speak(2 * time.Second)
	})
	left, right := channels(t, d.path(got))
	half := len(left) / 2
	if a, b := client.told(left[:half], got.Kept.Opened), client.told(right[:half-800], got.Kept.Opened); a.spoken < 1900*time.Millisecond || b.spoken > 0 || b.other > 0 {
		t.Errorf("the client: left %+v, right %+v", a, b)
	}
	for _, channel := range [][]int16{left, right} {
		if is := third.told(channel[half+800:], got.Kept.Opened+time.Duration(half+800)*time.Second/8000); is.spoken < 1800*time.Millisecond || is.worst > near || is.other > 0 {
			t.Errorf("the third: %+v", is)
		}
	}
}
