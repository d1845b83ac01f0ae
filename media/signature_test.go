package media_test

import (
	"math/rand/v2"
	"testing"

	"roadline/media"
)

var (
	there = []byte{0, 2, 4, 6, 0, 4, 2, 6, 4, 0, 6, 2}
	back  = []byte{1, 3, 5, 7, 1, 5, 3, 7, 5, 1, 7, 3}
)

// sounded says a signature for some frames to an ear behind a way that changes them.
func sounded(frames int, said, sought []byte, way func(n int, frame *[media.FrameSamples]int16)) media.SignatureHeard {
	voice, ear := media.NewSignatureVoice(said), &media.SignatureEar{}
	var frame [media.FrameSamples]int16
	for n := range frames {
		voice.Frame(&frame)
		way(n, &frame)
		ear.Frame(&frame)
	}
	return ear.Heard(sought)
}

func TestASignatureIsHeardAndNoOtherIs(t *testing.T) {
	plain := func(int, *[media.FrameSamples]int16) {}
	if h := sounded(250, there, there, plain); !h.Heard || h.Lost != 0 || h.Level < -14 || h.Level > -12 {
		t.Errorf("on a clear way: %+v", h)
	}
	if h := sounded(250, back, there, plain); h.Heard {
		t.Errorf("the other side is taken for this one: %+v", h)
	}
	if h := sounded(100, there, there, plain); h.Heard {
		t.Errorf("half of it is enough: %+v", h)
	}
}

func TestASignatureIsHeardAsTelephonesCarryIt(t *testing.T) {
	var before [media.FrameSamples]int16
	h := sounded(250, there, there, func(n int, frame *[media.FrameSamples]int16) {
		now := *frame
		for i := range frame { // 4 ms late, so that frames hold two tones, fainter, with noise, by G.711
			x := before[media.FrameSamples-32+i%32]
			if i >= 32 {
				x = now[i-32]
			}
			frame[i] = media.DecodeALaw(media.EncodeALaw(x/4 + int16(rand.IntN(200)-100)))
		}
		before = now
		if n%10 == 5 {
			clear(frame[:])
		}
	})
	if !h.Heard || h.Lost < 5 || h.Lost > 20 || h.Level < -27 || h.Level > -23 {
		t.Errorf("a tenth of the frames lost, 12 dB fainter: %+v", h)
	}
}

func TestSilenceAndNoiseAreNoSignature(t *testing.T) {
	for name, way := range map[string]func(int, *[media.FrameSamples]int16){
		"silence": func(_ int, f *[media.FrameSamples]int16) { clear(f[:]) },
		"noise": func(_ int, f *[media.FrameSamples]int16) {
			for i := range f {
				f[i] = int16(rand.IntN(20000) - 10000)
			}
		},
		"half of it is lost": func(n int, f *[media.FrameSamples]int16) {
			if n%2 == 0 {
				clear(f[:])
			}
		},
	} {
		if h := sounded(400, there, there, way); h.Heard {
			t.Errorf("%s: %+v", name, h)
		}
	}
	if h := (&media.SignatureEar{}).Heard(there); h.Heard {
		t.Errorf("nothing was listened to: %+v", h)
	}
}
