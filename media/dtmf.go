package media

import (
	"math"
	"strings"
	"time"

	"roadline/fmc/cause"
)

// keypad lists the sixteen keys by RFC 4733 event code (table 3): 0 to 9, *, #, A to D.
const keypad = "0123456789*#ABCD"

// keyRows and keyColumns are the low and the high tone of a key, in Hz; keyGrid is the keypad as they cross (ITU-T
// Q.23).
var (
	keyRows    = [4]int{697, 770, 852, 941}
	keyColumns = [4]int{1209, 1336, 1477, 1633}
	keyGrid    = [4][4]byte{{'1', '2', '3', 'A'}, {'4', '5', '6', 'B'}, {'7', '8', '9', 'C'}, {'*', '0', '#', 'D'}}
)

// The shortest tone and pause that every receiver must take (ITU-T Q.24 annex A: 40 ms each in most networks), and
// what we send, with room for a bearer that cuts.
const (
	shortestTone  = 40 * time.Millisecond
	shortestPause = 40 * time.Millisecond
	UsualTone     = 100 * time.Millisecond
	UsualPause    = 80 * time.Millisecond
	longestTone   = 8 * time.Second // RFC 4733 §2.3.5: a duration of 16 bits ends at 8.19 s
)

// The level of each tone of a key that we make: the high one 2 dB louder, since lines attenuate it more.
const (
	rowLevel    = -9.0 // dBm0
	columnLevel = -7.0
)

// tonesOf returns the place of a digit in the grid.
func tonesOf(digit byte) (row, column int, ok bool) {
	for row, keys := range keyGrid {
		for column, key := range keys {
			if key == digit {
				return row, column, true
			}
		}
	}
	return 0, 0, false
}

// checkKeys says why digits cannot be sent, or nil.
func checkKeys(digits string, tone, pause time.Duration) error {
	if i := strings.IndexFunc(digits, func(r rune) bool { return !strings.ContainsRune(keypad, r) }); i >= 0 || digits == "" {
		return cause.Errorf(cause.Invalid, "keys %q: use one or more of %s", digits, keypad)
	}
	if tone < shortestTone || tone > longestTone || pause < shortestPause || pause > longestTone {
		return cause.Errorf(cause.Invalid, "keys %q of %v with %v between: use %v to %v", digits, tone, pause, shortestTone, longestTone)
	}
	return nil
}

// NewKeyTones makes the sound of keys pressed one after the other, each for tone, with a pause after each. An unknown
// key, or times that a receiver need not take, are cause.Invalid.
func NewKeyTones(digits string, tone, pause time.Duration) (Source, error) {
	if err := checkKeys(digits, tone, pause); err != nil {
		return nil, err
	}
	var steps []toneStep
	for _, digit := range []byte(digits) {
		row, column, _ := tonesOf(digit)
		steps = append(steps,
			toneStep{length: samples(tone), parts: [maxParts]tonePart{
				{float64(keyRows[row]), amplitude(rowLevel)}, {float64(keyColumns[column]), amplitude(columnLevel)},
			}},
			toneStep{length: samples(pause)})
	}
	return newCadence("keys", steps, false), nil
}

// samples is how many samples a time takes.
func samples(d time.Duration) int { return int(d * SampleRate / time.Second) }

// duration is how long a number of samples takes.
func duration(samples int) time.Duration { return time.Duration(samples) * time.Second / SampleRate }

// amplitude is the peak, in 16-bit samples, of a sine of a level in dBm0.
func amplitude(dBm0 float64) float64 { return milliwatt * math.Pow(10, dBm0/20) }
