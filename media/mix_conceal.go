package media

// The measures of concealment, after ITU-T G.711 Appendix I: what is missing is the last period of the voice again, as
// it was for 10 ms, then fading until nothing is left after 60 ms.
const (
	shortestPeriod = 40  // samples: a voice of 200 Hz
	longestPeriod  = 120 // 66 Hz
	matched        = 160 // samples that must look alike one period earlier
	asItWas        = 80
	fadedOut       = 480
	crossing       = 32 // samples over which the true sound comes back
	silentSample   = 8  // what Silence decodes to
)

// conceal hides gaps in one voice.
type conceal struct {
	past   [matched + longestPeriod]int16 // what was played last, the newest at the end
	cycle  [longestPeriod]int16           // the period that is repeated
	period int
	gap    int    // samples since the gap began; 0: there is none
	back   int    // samples since the true sound came back
	made   uint64 // samples made up that could be heard
}

// bridge is told that samples were left out: what follows is joined smoothly.
func (c *conceal) bridge() {
	if c.gap == 0 {
		c.begin()
	}
}

// mend fills in what is missing in a frame, and reports whether it holds anything but silence.
func (c *conceal) mend(frame *[FrameSamples]int16) bool {
	heard, kept := false, 0
	for i, s := range frame {
		switch {
		case s == missing:
			if c.gap == 0 {
				c.keep(frame[kept:i])
				kept = i
				c.begin()
			}
			c.back = 0
			frame[i] = c.more()
			if frame[i] != 0 && frame[i] != silentSample {
				c.made++
			}
		case c.gap > 0:
			if c.back++; c.back < crossing {
				frame[i] = int16((int32(c.more())*int32(crossing-c.back) + int32(s)*int32(c.back)) / crossing)
			} else {
				c.gap = 0
			}
		}
		heard = heard || frame[i] != 0 && frame[i] != silentSample
	}
	c.keep(frame[kept:])
	return heard
}

// keep remembers what was played.
func (c *conceal) keep(played []int16) {
	copy(c.past[:], c.past[len(played):])
	copy(c.past[len(c.past)-len(played):], played)
}

// begin finds the period of the voice: the shift under which the last 20 ms look most like what was before them.
func (c *conceal) begin() {
	best, most := longestPeriod, 0.0
	last := c.past[len(c.past)-matched:]
	for period := shortestPeriod; period <= longestPeriod; period++ {
		before := c.past[len(c.past)-matched-period:]
		product, energy := 0.0, 1.0
		for i, s := range last {
			product += float64(s) * float64(before[i])
			energy += float64(before[i]) * float64(before[i])
		}
		if likeness := product * max(product, 0) / energy; likeness > most {
			best, most = period, likeness
		}
	}
	c.period, c.gap, c.back = best, 1, 0
	copy(c.cycle[:], c.past[len(c.past)-best:])
}

// more is the next sample of what is repeated.
func (c *conceal) more() int16 {
	at := c.gap - 1
	c.gap++
	if at >= fadedOut {
		return 0
	}
	s := int32(c.cycle[at%c.period])
	if at > asItWas {
		s = s * int32(fadedOut-at) / (fadedOut - asItWas)
	}
	return int16(s)
}
