package media

import "math"

// maxParts is how many sines a tone may be the sum of: two, or one modulated by another, which is three.
const maxParts = 3

// toneRamp is how long, in samples, a tone takes to swell and to fade, so that it does not click.
const toneRamp = 24

// tonePart is one sine.
type tonePart struct {
	hertz float64 // 0: none
	peak  float64 // in 16-bit samples
}

// toneStep is a tone of some length, or silence where it has no parts. Length 0 is for ever.
type toneStep struct {
	length int // samples
	parts  [maxParts]tonePart
}

// cadence plays steps, once or again and again, without a memory of samples: each sine is a resonator.
type cadence struct {
	name   string
	steps  []toneStep // not changed once made, so that playings share it
	repeat bool
	step   int // index of the running step
	at     int // samples since it began
	sines  [maxParts]resonator
}

func newCadence(name string, steps []toneStep, repeat bool) *cadence {
	c := &cadence{name: name, steps: steps, repeat: repeat}
	c.begin()
	return c
}

func (c *cadence) String() string { return c.name }

// begin starts the running step at zero phase.
func (c *cadence) begin() {
	c.at = 0
	for i, part := range c.steps[c.step].parts {
		c.sines[i] = newResonator(part)
	}
}

// Frame implements Source.
func (c *cadence) Frame(dst *[FrameSamples]byte) bool {
	if c.step == len(c.steps) {
		return false
	}
	for filled := 0; filled < FrameSamples; {
		if c.step == len(c.steps) {
			silence(dst[filled:])
			break
		}
		step := &c.steps[c.step]
		n := FrameSamples - filled
		if step.length > 0 {
			n = min(n, step.length-c.at)
		}
		c.fill(dst[filled:filled+n], step)
		filled += n
		if c.at += n; c.at == step.length {
			c.next()
		}
	}
	return true
}

// next goes to the step after the running one.
func (c *cadence) next() {
	c.step++
	if c.repeat {
		c.step %= len(c.steps)
	}
	if c.step < len(c.steps) {
		c.begin()
	}
}

// fill writes samples of the running step from c.at on.
func (c *cadence) fill(dst []byte, step *toneStep) {
	if step.parts[0].hertz == 0 {
		silence(dst)
		return
	}
	var sums [FrameSamples]float64
	for k := range c.sines {
		if step.parts[k].hertz > 0 {
			c.sines[k].add(sums[:len(dst)])
		}
	}
	for i := range dst {
		edge := c.at + i
		if step.length > 0 {
			edge = min(edge, step.length-1-edge)
		}
		if edge < toneRamp {
			sums[i] *= float64(edge) / toneRamp
		}
		dst[i] = EncodeALaw(int16(sums[i]))
	}
}

// silence fills with A-law silence.
func silence(dst []byte) {
	for i := range dst {
		dst[i] = Silence
	}
}

// resonator makes a sine by one multiplication a sample: y(n) = 2·cos(ω)·y(n-1) - y(n-2).
type resonator struct{ twice, last, before float64 }

func newResonator(p tonePart) resonator {
	w := 2 * math.Pi * p.hertz / SampleRate
	return resonator{twice: 2 * math.Cos(w), last: -p.peak * math.Sin(w), before: -p.peak * math.Sin(2*w)}
}

// next is the next sample of the sine.
func (r *resonator) next() float64 {
	r.last, r.before = r.twice*r.last-r.before, r.last
	return r.last
}

// add adds the next samples.
func (r *resonator) add(sums []float64) {
	own := *r
	for i := range sums {
		sums[i] += own.next()
	}
	*r = own
}
