package media_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"roadline/media"
)

// The lab of keys: sound made sample by sample, as a bearer might deliver it, always through A-law.

const allKeys = "1234567890*#ABCD"

// hertzOf are the two tones of a key.
func hertzOf(digit byte) (row, column float64) {
	at := strings.IndexByte("123A456B789C*0#D", digit)
	return [4]float64{697, 770, 852, 941}[at/4], [4]float64{1209, 1336, 1477, 1633}[at%4]
}

// press is how a key sounds.
type press struct {
	low, high   float64       // level of each tone, dBm0
	tone, pause time.Duration // how long
	detuned     float64       // both frequencies times 1 + this
	rowDetuned  float64       // the row's besides
}

var usual = press{low: -10, high: -10, tone: 40 * time.Millisecond, pause: 40 * time.Millisecond}

// peak of a sine of a level in dBm0, in 16-bit samples: full scale is +3.14 dBm0.
func peak(dBm0 float64) float64 { return 32768 * math.Pow(10, (dBm0-3.14)/20) }

// dial is the sound of digits, with 100 ms of silence before and after.
func (p press) dial(digits string) []float64 {
	sound := make([]float64, 800)
	for i := range len(digits) {
		row, column := hertzOf(digits[i])
		low, high := 2*math.Pi*row*(1+p.detuned+p.rowDetuned)/8000, 2*math.Pi*column*(1+p.detuned)/8000
		for n := range int(p.tone.Milliseconds() * 8) {
			sound = append(sound, peak(p.low)*math.Sin(low*float64(n))+peak(p.high)*math.Sin(high*float64(n)+1))
		}
		sound = append(sound, make([]float64, p.pause.Milliseconds()*8)...)
	}
	return append(sound, make([]float64, 800)...)
}

// noise adds white noise of a level in dBm0.
func noise(sound []float64, dBm0 float64, seed uint64) []float64 {
	random := rand.New(rand.NewPCG(seed, 1))
	rms := peak(dBm0) / math.Sqrt2
	for i := range sound {
		sound[i] += random.NormFloat64() * rms
	}
	return sound
}

// alaw encodes, clipping as an encoder does.
func alaw(sound []float64) []byte {
	bytes := make([]byte, len(sound))
	for i, s := range sound {
		bytes[i] = media.EncodeALaw(int16(max(-32768, min(32767, math.Round(s)))))
	}
	return bytes
}

// heard is what a detector tells of A-law sound fed in pieces of some length.
func heard(d *media.Detector, sound []byte, piece int) string {
	var digits strings.Builder
	for at := 0; at < len(sound); at += piece {
		for _, key := range d.Voice(media.Voice{Payload: sound[at:min(at+piece, len(sound))]}) {
			digits.WriteByte(key.Digit)
		}
	}
	return digits.String()
}

func detect(sound []float64) string { return heard(media.NewDetector(), alaw(sound), 160) }

// drain plays a source to its end.
func drain(t *testing.T, source media.Source) []byte {
	t.Helper()
	var all []byte
	var frame [media.FrameSamples]byte
	for source.Frame(&frame) {
		all = append(all, frame[:]...)
		if len(all) > 600*media.SampleRate {
			t.Fatal("the source does not end")
		}
	}
	return all
}
