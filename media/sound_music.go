package media

import "math"

// The house's music on hold: four bars of broken chords over a soft bass, made here, so that nobody's licence is asked.
const (
	beatSamples = SampleRate * 60 / 72 / 2 // quavers at 72 beats a minute
	barBeats    = 8
)

// chords of the loop, as semitones from A at 220 Hz: C, A minor, F, G, each with its third, fifth and octave, twice, the
// second time in another order.
var (
	holdChords = [...][4]int{{3, 7, 10, 15}, {0, 3, 7, 12}, {-4, 0, 3, 8}, {-2, 2, 5, 10}, {3, 7, 10, 15}, {0, 3, 7, 12}, {-4, 0, 3, 8}, {-2, 2, 5, 10}}
	holdOrder  = [...][barBeats]int{{0, 1, 2, 3, 2, 1, 2, 1}, {0, 2, 1, 3, 1, 2, 3, 2}}
)

// HoldMusic makes the house's music on hold: 27 s that end where they began, to be looped without a gap. It is the same
// to the last byte each time, and takes some milliseconds to make: once, at the start.
func HoldMusic() Sound {
	tune := make([]float64, len(holdChords)*barBeats*beatSamples)
	for bar, chord := range holdChords {
		order := holdOrder[bar/(len(holdChords)/2)%len(holdOrder)]
		strike(tune, bar*barBeats*beatSamples, chord[0]-12, 0.8, 1.6)
		for beat, note := range order {
			strike(tune, (bar*barBeats+beat)*beatSamples, chord[note], 0.5, 0.7)
		}
	}
	return music("music on hold", tune)
}

// strike adds a note that swells for 8 ms and rings out, around the end of the loop into its beginning. Overtones fade
// the sooner the higher they are, as on a string; no note is a pair of pure tones, which would be heard as a key.
func strike(tune []float64, at, semitone int, loudness, seconds float64) {
	hertz := 220 * math.Pow(2, float64(semitone)/12)
	const swell = SampleRate / 125
	for k, share := range [...]float64{1, 0.5, 0.3, 0.15, 0.08} {
		h := float64(k + 1)
		if hertz*h > 3300 {
			break
		}
		sine := newResonator(tonePart{hertz: hertz * h, peak: loudness * share})
		fade, left, place := math.Exp(-(1+h)/(2*seconds*SampleRate)), 1.0, at
		for i := 0; left > 0.005; i++ { // until it is 46 dB down
			tune[place] += min(1, float64(i)/swell) * left * sine.next()
			left *= fade
			if place++; place == len(tune) {
				place = 0
			}
		}
	}
}
