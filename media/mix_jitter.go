package media

import (
	"math"
	"slices"
	"sync"
)

// The jitter buffer counts in samples and frames.
const (
	ringSamples  = 4000                    // half a second
	leastTarget  = 40 * SampleRate / 1000  // 40 ms
	mostTarget   = 200 * SampleRate / 1000 // 200 ms
	arrivalsSeen = 64                      // packets over which arrivals are judged, 1.28 s
	judgeEvery   = 16                      // packets between judgements
	slack        = FrameSamples / 2        // more than a frame that packets must come early at worst before one is left out
	quietPeak    = 400                     // -38 dB: a frame under it is left out unnoticed
	patience     = 100                     // frames to wait for such a frame before another is left out
)

// missing stands in the ring where nothing arrived. No byte of either law means it.
const missing = math.MinInt16

// jitter evens out the arrivals of one leg's voice: packets fill it as they come, the clock empties it in frames of 20
// ms. It needs no clock of its own: how far ahead of the play a packet is when it comes tells all. Where there is no
// whole frame, the play waits for it, which lengthens the delay; so it does where one packet of twenty comes too late
// after others. Where 19 of 20 come more than a frame early, a frame is left out, a quiet one if possible. A device's is
// told when frames are taken, and does better: see pacing.
//
// Samples have their place by RTP timestamp, so that order and packet length do not matter. What did not arrive sounds
// on for a moment as what was before it.
type jitter struct {
	mu      sync.Mutex // guards the rest: the port's read loop puts, the clock takes
	ring    [ringSamples]int16
	head    int // where in the ring the next sample to play is
	begun   bool
	stream  uint32 // SSRC
	play    uint32 // timestamp of the next sample to play
	newest  uint32 // timestamp after the newest sample
	playing bool   // else it still gathers the target
	hungry  int    // frames in a row for which nothing was ready
	target  int    // samples to gather before playing
	early   [arrivalsSeen]int
	judged  int // packets noted in early since the delay was changed
	longer  int // frames by which to lengthen the delay
	waiting int // frames since one was to be left out; 0: none is
	conceal conceal
	dropped uint64 // samples left out though they had come
	pacing  pacing
}

// reset forgets everything but what it counted.
func (j *jitter) reset() {
	j.begun, j.playing, j.hungry, j.target = false, false, 0, leastTarget
	j.judged, j.longer, j.waiting, j.pacing.thin, j.conceal = 0, 0, 0, 0, conceal{made: j.conceal.made}
	for i := range j.ring {
		j.ring[i] = missing
	}
}

// delay is how much sound lies ready, in samples.
func (j *jitter) delay() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return max(0, j.lag())
}

// lag is how far the newest sample is ahead of the play.
func (j *jitter) lag() int { return int(int32(j.newest - j.play)) }

// put places a packet.
func (j *jitter) put(v Voice) {
	j.mu.Lock()
	defer j.mu.Unlock()
	size := len(v.Payload)
	if size == 0 || size > maxPayload {
		return
	}
	ahead := int(int32(v.Timestamp - j.play))
	if !j.begun || v.Stream != j.stream || ahead > ringSamples-size || ahead < -ringSamples {
		j.begin(v)
	}
	if gap := int(int32(v.Timestamp - j.newest)); j.hungry > 0 && gap > 0 {
		// The sender was silent, or a stretch was lost: what comes has the whole target before it.
		j.skip(max(0, j.lag()+gap-j.lead(v)))
	}
	j.hungry = 0
	if rest, ok := j.rest(v.At); ok || !j.pacing.told {
		j.note(int(int32(v.Timestamp-j.play)) + rest)
	}
	j.pacing.came = v.At
	j.place(v)
	if end := v.Timestamp + uint32(size); int32(end-j.newest) > 0 {
		j.newest = end
	}
	j.drop(max(0, j.lag()-mostTarget-FrameSamples))
}

// begin starts with the packet that begins a stream.
func (j *jitter) begin(v Voice) {
	j.reset()
	j.begun, j.stream, j.play, j.newest = true, v.Stream, v.Timestamp, v.Timestamp
	if _, ok := j.rest(v.At); ok {
		j.play -= uint32(j.lead(v))
		j.playing = true
	}
}

// drop leaves out samples that have come.
func (j *jitter) drop(count int) {
	j.dropped += uint64(count)
	j.skip(count)
}

// skip leaves samples out.
func (j *jitter) skip(count int) {
	if count == 0 {
		return
	}
	for range min(count, ringSamples) {
		j.ring[j.head] = missing
		j.head = (j.head + 1) % ringSamples
	}
	j.play += uint32(count)
	j.judged, j.longer, j.waiting, j.pacing.thin = 0, 0, 0, 0
	j.conceal.bridge()
}

// place decodes what is not too late into the ring.
func (j *jitter) place(v Voice) {
	law := &aLawLinear
	if v.Codec == PCMU {
		law = &muLawLinear
	}
	first := int(int32(v.Timestamp - j.play))
	for i, b := range v.Payload {
		if at := first + i; at >= 0 {
			j.ring[(j.head+at)%ringSamples] = law[b]
		}
	}
}

// take gives the next frame; false is silence, and then dst is not used.
func (j *jitter) take(dst *[FrameSamples]int16) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.next(dst)
}

// next is the next frame. mu is held.
func (j *jitter) next(dst *[FrameSamples]int16) bool {
	if !j.playing {
		j.playing = j.begun && j.lag() >= j.target
	}
	if !j.playing {
		return false
	}
	switch {
	case j.lag() < FrameSamples:
		j.hungry++
		return j.hold(dst)
	case j.longer > 0:
		j.longer--
		return j.hold(dst)
	case j.lengthens():
		return j.again(dst)
	}
	j.shorten()
	for i := range dst {
		dst[i] = j.ring[j.head]
		j.ring[j.head] = missing
		j.head = (j.head + 1) % ringSamples
	}
	j.play += FrameSamples
	return j.conceal.mend(dst)
}

// hold gives a frame while the play waits.
func (j *jitter) hold(dst *[FrameSamples]int16) bool {
	for i := range dst {
		dst[i] = missing
	}
	return j.conceal.mend(dst)
}

// note keeps how early a packet came, negative when it was too late, and judges every so often.
func (j *jitter) note(early int) {
	j.early[j.judged%arrivalsSeen] = early
	j.pacing.waited += early - j.pacing.waited/waitedOver
	if j.judged++; j.judged < arrivalsSeen || j.judged%judgeEvery != 0 {
		return
	}
	sorted := j.early
	slices.Sort(sorted[:])
	low, high := sorted[arrivalsSeen/20], sorted[arrivalsSeen-1-arrivalsSeen/20]
	j.target = min(max(high-low+FrameSamples, leastTarget), mostTarget)
	switch {
	case low < 0:
		j.longer = min((FrameSamples-1-low)/FrameSamples, (mostTarget-j.lag())/FrameSamples)
		j.judged, j.waiting, j.pacing.thin = 0, 0, 0
	case j.pacing.told && low < earlyAtWorst:
		j.waiting, j.pacing.thin = 0, max(1, j.pacing.thin)
	case low >= FrameSamples+slack:
		j.waiting, j.pacing.thin = max(1, j.waiting), 0
	}
}

// shorten leaves out a frame when one is too many and this one will not be missed.
func (j *jitter) shorten() {
	if j.waiting == 0 || j.lag() < 2*FrameSamples {
		return
	}
	if j.waiting++; j.quiet() || j.waiting >= j.patience() {
		j.drop(FrameSamples)
	}
}

// patience is how many frames to wait for a quiet one.
func (j *jitter) patience() int {
	if j.pacing.told {
		return longPatience
	}
	return patience
}

// quiet reports whether the next frame can be left out or lengthened unnoticed.
func (j *jitter) quiet() bool {
	for i := range FrameSamples {
		if s := j.ring[(j.head+i)%ringSamples]; s != missing && max(s, -s) > quietPeak {
			return false
		}
	}
	return true
}
