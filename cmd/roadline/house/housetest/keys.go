package housetest

import (
	"time"

	"roadline/media"
)

// keyTones are the two tones of a key, in Hz: ITU-T Q.23.
func keyTones(key byte) (low, high float64) {
	const rows = "123A456B789C*0#D"
	for i := range len(rows) {
		if rows[i] == key {
			return []float64{697, 770, 852, 941}[i/4], []float64{1209, 1336, 1477, 1633}[i%4]
		}
	}
	return 0, 0
}

// KeyHeard is how long a key's tones are heard at most in one piece, to 10 ms: what somebody hears of a key that another
// presses in-band. Weaker than a quiet voice does not count.
func KeyHeard(samples []int16, key byte) time.Duration {
	const stretch, lasts = media.SampleRate / 100, 10 * time.Millisecond
	low, high := keyTones(key)
	longest, piece := time.Duration(0), time.Duration(0)
	for ; len(samples) >= stretch; samples = samples[stretch:] {
		if LevelPCM(samples[:stretch], low) < 1000 || LevelPCM(samples[:stretch], high) < 1000 {
			piece = 0
			continue
		}
		piece += lasts
		longest = max(longest, piece)
	}
	return longest
}

// PCM is A-law samples as numbers.
func PCM(alaw []byte) []int16 {
	samples := make([]int16, len(alaw))
	for i, b := range alaw {
		samples[i] = media.DecodeALaw(b)
	}
	return samples
}
