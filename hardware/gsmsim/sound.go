package gsmsim

import (
	"math"
	"time"
)

// Speech is 8000 samples a second, in frames of 20 ms.
const (
	sampleRate   = 8000
	frameSamples = 160
	frameTime    = 20 * time.Millisecond
)

type frame = [frameSamples]int16

// Voice is what somebody says: it fills one frame after the other, 20 ms each, mono, 8000 Hz.
type Voice func(f *[frameSamples]int16)

// Tone is a sine of so many hertz, at a tenth of full scale.
func Tone(hz float64) Voice {
	at := 0
	return func(f *frame) {
		for i := range f {
			f[i] = sine(at, hz, 3277)
			at++
		}
	}
}

// sine is sample number at of a tone.
func sine(at int, hz, peak float64) int16 {
	return int16(peak * math.Sin(2*math.Pi*hz*float64(at)/sampleRate))
}

// ringback is what a caller hears while it rings: 425 Hz, one second in five.
func ringback(f *frame, number int) {
	if number%250 >= 50 {
		return
	}
	for i := range f {
		f[i] = sine(number*frameSamples+i, 425, 3277)
	}
}

// A keyer plays keys as the sounds of ITU-T Q.23: 100 ms each, with 100 ms between.
type keyer struct {
	keys string
	at   int // frames into the first key
}

const (
	keyFrames = 5
	gapFrames = 5
)

func (k *keyer) press(keys string) { k.keys += keys }

// next fills f where a key or the gap after it goes on, and reports whether one does.
func (k *keyer) next(f *frame) bool {
	if k.keys == "" {
		return false
	}
	clear(f[:])
	if low, high := pitches(k.keys[0]); k.at < keyFrames && low > 0 {
		for i := range f {
			at := k.at*frameSamples + i
			f[i] = sine(at, low, 5000) + sine(at, high, 5000)
		}
	}
	if k.at++; k.at == keyFrames+gapFrames {
		k.keys, k.at = k.keys[1:], 0
	}
	return true
}

// keysOf says whether keys are all keys of a telephone.
func isKeys(keys string) bool {
	for i := range len(keys) {
		if low, _ := pitches(keys[i]); low == 0 {
			return false
		}
	}
	return keys != ""
}

// pitches are the two tones of a key; zero: it is none.
func pitches(key byte) (low, high float64) {
	const rows = "123A456B789C*0#D"
	for i := range len(rows) {
		if rows[i] == key {
			return [...]float64{697, 770, 852, 941}[i/4], [...]float64{1209, 1336, 1477, 1633}[i%4]
		}
	}
	return 0, 0
}
