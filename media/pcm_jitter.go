package media

import "time"

const (
	earlyAtWorst = 7 * SampleRate / 1000 // 7 ms: a frame is lengthened where one packet of twenty comes with less in hand
	longPatience = 500                   // frames to wait for a quiet one where only two clocks drift: at 200 ppm by 2 ms
	waitedOver   = 32                    // packets over which the delay is averaged
)

// pacing is what a jitter buffer knows more when it is told when its frames are taken: to less than a frame, how long a
// packet waits. So it begins without gathering more than needed, holds the delay between 7 and 30 ms where packets come
// evenly, lengthens a frame before a drifting clock leaves the device without one, and tells a device that stood still
// from packets that came early. It is a part of jitter, guarded by its mutex.
type pacing struct {
	told   bool          // of when frames are taken
	took   time.Duration // when the last was, on Options.Now
	came   time.Duration // when the last packet did
	thin   int           // frames since one was to be lengthened; 0: none is
	waited int           // mean time from a packet's arrival till it is heard: samples, times waitedOver
}

// takeAt is take by somebody who tells when: always, or never. What gathered while nothing was taken is left out.
func (j *jitter) takeAt(dst *[FrameSamples]int16, now time.Duration) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.pacing.told || now-j.pacing.took > lateFrame {
		keep := j.keep(now)
		j.drop(max(0, j.lag()-keep))
		if j.playing = j.begun; j.lag() >= FrameSamples { // else what comes next has its lead
			j.longer = (keep - j.lag() + FrameSamples - 1) / FrameSamples
		}
		j.pacing.waited = max(0, j.lag()) * waitedOver
	}
	j.pacing.told, j.pacing.took = true, now
	return j.next(dst)
}

// keep is how many samples must lie ready for the first frame that is taken: as many as let the next packet come in time.
func (j *jitter) keep(now time.Duration) int {
	ago := samples(now - j.pacing.came)
	if j.target == leastTarget && ago >= earlyAtWorst && ago <= FrameSamples {
		return FrameSamples
	}
	return j.target
}

// rest is how many samples of time are left at a moment until the next frame is taken; false: nobody knows.
func (j *jitter) rest(at time.Duration) (int, bool) {
	passed := at - j.pacing.took
	if !j.pacing.told || passed > lateFrame {
		return 0, false
	}
	return max(0, FrameSamples-samples(max(0, passed))), true
}

// lead is how many samples of silence go before a packet that has no other before it.
func (j *jitter) lead(v Voice) int {
	size := len(v.Payload)
	rest, ok := j.rest(v.At)
	switch {
	case !ok, j.target > leastTarget:
		return j.target - size
	case rest >= earlyAtWorst:
		return max(0, FrameSamples-size)
	default:
		return max(0, FrameSamples-size) + FrameSamples
	}
}

// lengthens reports whether the next frame is the one to lengthen, where packets come too close to being late.
func (j *jitter) lengthens() bool {
	if j.pacing.thin == 0 {
		return false
	}
	if j.pacing.thin++; !j.quiet() && j.pacing.thin < j.patience() {
		return false
	}
	j.pacing.thin, j.judged = 0, 0
	return true
}

// again gives the next frame and keeps it; one that is not quiet would be heard twice, and is made up instead.
func (j *jitter) again(dst *[FrameSamples]int16) bool {
	if !j.quiet() {
		return j.hold(dst)
	}
	for i := range dst {
		dst[i] = j.ring[(j.head+i)%ringSamples]
	}
	return j.conceal.mend(dst)
}

// figures are the samples that were made up and those that were left out, ever, and for how long what came of late has
// waited.
func (j *jitter) figures() (made, dropped uint64, delay time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.conceal.made, j.dropped, duration(max(0, j.pacing.waited/waitedOver))
}
