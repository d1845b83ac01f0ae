package housetest

import (
	"math"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"roadline/media"
)

// ToneClock is a voice that says the time: each second of it is a pair of tones of its own, so that a recording tells
// which second is heard where. Two clocks with different turns use different pairs at the same moment.
type ToneClock struct {
	turn int
	n    int // samples said

	mu   sync.Mutex // guards:
	said []time.Time
}

// NewToneClock starts at the pair of a turn: 0 to 35.
func NewToneClock(turn int) *ToneClock { return &ToneClock{turn: turn} }

// The tones, in Hz: six times six pairs, away from keys and from what a network plays. The low one changes with every
// second.
const tones = 6

func (c *ToneClock) low(second int) float64 { return 1760 + 110*float64((second+c.turn)%tones) }

func (c *ToneClock) high(second int) float64 {
	return 2530 + 110*float64((second+c.turn)/tones%tones)
}

// Frame makes it a media.Source; Voice asks frame, which knows when.
func (c *ToneClock) Frame(dst *[media.FrameSamples]byte) bool {
	c.frame(dst, time.Now())
	return true
}

func (c *ToneClock) frame(dst *[media.FrameSamples]byte, at time.Time) {
	if c.n%media.SampleRate == 0 {
		c.mu.Lock()
		c.said = append(c.said, at)
		c.mu.Unlock()
	}
	second := c.n / media.SampleRate
	low, high := c.low(second)*2*math.Pi/media.SampleRate, c.high(second)*2*math.Pi/media.SampleRate
	for i := range dst {
		x := float64(c.n)
		dst[i] = media.EncodeALaw(int16(6000*math.Sin(low*x) + 6000*math.Sin(high*x)))
		c.n++
	}
}

// Said are the moments at which its seconds began.
func (c *ToneClock) Said() []time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]time.Time(nil), c.said...)
}

// Hears reports whether a stretch of samples is the pair of a second.
func (c *ToneClock) Hears(samples []int16, second int) bool {
	return LevelPCM(samples, c.low(second)) > 2500 && LevelPCM(samples, c.high(second)) > 2500
}

// Near is how far from its time a word may lie in a recording.
const Near = 100 * time.Millisecond

// Missing is how much of what was said between two moments is not at its time, give or take Near, in a channel whose
// first sample lies at zero.
func (c *ToneClock) Missing(channel []int16, zero, from, to time.Time) time.Duration {
	const stretch, step = 40 * time.Millisecond, 20 * time.Millisecond
	missing := time.Duration(0)
	for at := from; !at.Add(stretch).After(to); at = at.Add(step) {
		i := int(at.Sub(zero).Seconds() * media.SampleRate)
		if n := int(stretch.Seconds() * media.SampleRate); i < 0 || i+n > len(channel) || !c.near(channel[i:i+n], at, stretch) {
			missing += step
		}
	}
	return missing
}

// near reports whether a stretch of sound is what was said then: where one second ends and the next begins, either, or
// something of both.
func (c *ToneClock) near(samples []int16, at time.Time, stretch time.Duration) bool {
	said := c.Said()
	turns := false
	for n, began := range said {
		ends := began.Add(time.Second)
		if n+1 < len(said) {
			ends = said[n+1]
		}
		if at.Add(Near).Before(began) || at.Add(stretch-Near).After(ends) {
			continue
		}
		if c.Hears(samples, n) {
			return true
		}
		turns = turns || at.Before(began.Add(Near)) && at.Add(stretch+Near).After(began) && n > 0
	}
	return turns
}

// Opens fails the test where ffmpeg finds anything wrong with a recording. ReadWAV has sox read it.
func Opens(t testing.TB, file string) {
	t.Helper()
	out, err := exec.Command("ffmpeg", "-v", "error", "-xerror", "-i", file, "-f", "null", "-").CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "" {
		t.Errorf("ffmpeg (make setup installs it) on %s: %v %s", file, err, out)
	}
}
