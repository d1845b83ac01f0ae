package media

import (
	"math"
	"math/cmplx"
	"time"
)

// The detector works in blocks of 5 ms and judges windows of four blocks, 20 ms, at every block.
const (
	blockSamples  = 40
	windowBlocks  = 4
	windowSamples = blockSamples * windowBlocks
	pastBlocks    = 16 // 80 ms: what a gate can still silence
	blockTime     = blockSamples * time.Second / SampleRate
	keyTones      = 8 // four rows, then four columns
)

// What makes a window sound like a key. The limits stand beside what ITU-T Q.24 annex A asks of a receiver; the ones
// marked "talk-off" were set by running hours of speech and music through it (see TestSpeechAndMusicAreNoKeys).
const (
	weakestTone    = -35.0 // dBm0 for each tone; Q.24: down to -29 in the widest network
	normalTwist    = 7.9   // ratio by which the row may be the louder, 9 dB; Q.24: 8 dB, and GSM adds some
	reverseTwist   = 4.0   // ratio by which the column may be the louder, 6 dB; Q.24: 4 dB
	purity         = 0.65  // least share of the window's energy in the two tones: talk-off
	clean          = 0.80  // share from which a window counts twice: talk-off
	lead           = 6.3   // least ratio of a tone to the others of its group, 8 dB
	drift          = 0.022 // greatest distance from the nominal frequency; Q.24: 1.5 % accepted, 3.5 % refused
	driftSlack     = 2.0   // Hz, what noise does to the measure
	weakestBlock   = 0.25  // least share that a block may have of the mean energy of the window's blocks
	strongHarmonic = 0.03  // greatest ratio of a second harmonic to its tone: talk-off
	windowsToTell  = 4     // clean windows in a row that tell a key, 35 ms of tone (40 ms always holds so many), or twice as many others
	blocksToEnd    = 6     // blocks without the tones in a row that end a key; a pause of 40 ms always holds 7
	quietBlock     = 0.125 // a block is without the tones when they are weaker than this share of what they were
	pureBlock      = 0.4   // least share of a block's energy in the tones for the key to sound in it: speech may follow at once
	louder         = 4.0   // ratio by which they may be louder than they were
)

// Detector tells the keys that sound in a leg's voice (in-band DTMF). It is fed with everything the leg says, in pieces of
// any length; what was lost on the way is left out. It reports a key when it has sounded for
// about 40 ms, and once, however long it sounds on and through interruptions of up to 25 ms.
//
// Each block is correlated with the eight tones. Sums over four blocks give the power of each tone in the window, and
// the turn of phase between its halves gives the frequency to within a few Hz: that, more than any ratio of powers, is
// what speech and music fail. It is not safe for concurrent use; make one with NewDetector.
type Detector struct {
	block   [blockSamples]float64
	filled  int
	turn    int // which block of 200 this is: every key tone has a whole number of periods in a second
	window  [windowBlocks]toneBlock
	newest  int // index in window
	last    [windowSamples]float64
	lastAt  int
	heard   byte // the key in the last windows in a row, 0: none
	windows int  // how many they are, clean ones counted twice
	pressed byte // the key told and not yet over, 0: none
	power   float64
	off     int // blocks in a row without its tones
	told    []Key
	count   int64 // samples in blocks judged so far
	began   int64 // where the first of the windows that heard it begins
	past    [pastBlocks]toneBlock
	ended   int64  // where the last block that held the tones of the key told last ends
	sounds  []span // where keys sounded, as far as the last Voice told
}

// toneBlock is what is known of 5 ms of sound.
type toneBlock struct {
	tones  [keyTones]complex128 // correlation with each tone, its phase counted from the detector's beginning
	energy float64              // sum of squares
}

// NewDetector makes a detector.
func NewDetector() *Detector { return &Detector{told: make([]Key, 0, 8), sounds: make([]span, 0, 16)} }

// Voice takes one packet and returns the keys it completes; the slice is valid until the next call.
func (d *Detector) Voice(v Voice) []Key {
	law := &aLawLinear
	if v.Codec == PCMU {
		law = &muLawLinear
	}
	d.told, d.sounds = d.told[:0], d.sounds[:0]
	for payload := v.Payload; len(payload) > 0; {
		room := d.block[d.filled:]
		n := min(len(room), len(payload))
		for i, b := range payload[:n] {
			room[i] = float64(law[b])
		}
		payload = payload[n:]
		if d.filled += n; d.filled == blockSamples {
			d.filled = 0
			d.endBlock(v.At)
		}
	}
	return d.told
}

// endBlock judges the window that ends with the block just filled.
func (d *Detector) endBlock(at time.Duration) {
	d.count += blockSamples
	d.newest = (d.newest + 1) % windowBlocks
	d.measure(&d.window[d.newest])
	d.past[d.blocks()%pastBlocks] = d.window[d.newest]
	d.lastAt += copy(d.last[d.lastAt:], d.block[:])
	d.lastAt %= windowSamples
	d.release()
	key, worth := d.judge()
	if key != d.heard {
		d.heard, d.windows, d.began = key, 0, d.count-windowSamples
	}
	if d.windows += worth; d.windows >= 2*windowsToTell && key != d.pressed {
		d.pressed, d.off = key, 0
		d.power = d.keyPower(key)
		d.told = append(d.told, Key{Digit: key, At: at, Held: (windowsToTell - 1 + windowBlocks) * blockTime})
		d.sounded(d.beginning())
		d.ended = d.count
		return
	}
	d.soundsOn()
}

// release counts the blocks without the tones of the key that is down, and ends it.
func (d *Detector) release() {
	if d.pressed == 0 {
		return
	}
	if d.keyPower(d.pressed) >= d.power*quietBlock {
		d.off = 0
		return
	}
	if d.off++; d.off == blocksToEnd {
		d.pressed = 0
	}
}

// keyPower is the power of a key's tones in the newest block.
func (d *Detector) keyPower(key byte) float64 {
	row, column, _ := tonesOf(key)
	b := &d.window[d.newest]
	return norm(b.tones[row]) + norm(b.tones[4+column])
}

// judge returns the key that the window holds, or 0, and what the window is worth: 2 if it is clean, else 1; 0 without
// a key.
func (d *Detector) judge() (key byte, worth int) {
	energy, weakest := 0.0, math.Inf(1)
	for i := range d.window {
		energy += d.window[i].energy
		weakest = min(weakest, d.window[i].energy)
	}
	if energy < 2*leastEnergy || weakest < energy/windowBlocks*weakestBlock {
		return 0, 0
	}
	row, ok := d.strongest(0)
	if !ok {
		return 0, 0
	}
	column, ok := d.strongest(4)
	if !ok {
		return 0, 0
	}
	low, lowHertz := d.tone(row, float64(keyRows[row]))
	high, highHertz := d.tone(4+column, float64(keyColumns[column]))
	switch {
	case low < leastEnergy, high < leastEnergy:
		return 0, 0
	case low > high*normalTwist, high > low*reverseTwist, low+high < energy*purity:
		return 0, 0
	case d.harmonic(2*lowHertz)-leak(2*lowHertz-highHertz)*math.Sqrt(high) > math.Sqrt(low*strongHarmonic),
		d.harmonic(2*highHertz) > math.Sqrt(high*strongHarmonic):
		return 0, 0
	}
	if low+high < energy*clean {
		return keyGrid[row][column], 1
	}
	return keyGrid[row][column], 2
}

// strongest returns which of the four tones from first on leads, as its number in the group, and whether it leads far
// enough.
func (d *Detector) strongest(first int) (int, bool) {
	best, most, second := 0, 0.0, 0.0
	for k := range 4 {
		var sum complex128
		for i := range d.window {
			sum += d.window[i].tones[first+k]
		}
		if p := norm(sum); p > most {
			best, most, second = k, p, most
		} else if p > second {
			second = p
		}
	}
	return best, most > second*lead
}

// tone returns the energy of tone k in the window, as a sine of the frequency that it really has, and that frequency;
// no energy when it is too far from the nominal one. From the first half of the window to the second its phase turns
// for 10 ms.
func (d *Detector) tone(k int, nominal float64) (energy, hertz float64) {
	var blocks [windowBlocks]complex128
	for i := range blocks {
		blocks[i] = d.window[(d.newest+1+i)%windowBlocks].tones[k]
	}
	turned := cmplx.Phase((blocks[2] + blocks[3]) * cmplx.Conj(blocks[0]+blocks[1]))
	off := turned * SampleRate / (2 * math.Pi * 2 * blockSamples)
	if math.Abs(off) > nominal*drift+driftSlack {
		return 0, nominal
	}
	back := cmplx.Rect(1, -turned/2)
	sum := ((blocks[3]*back+blocks[2])*back+blocks[1])*back + blocks[0]
	return norm(sum) * 2 / windowSamples, nominal + off
}

// leak is the share of its amplitude that a tone lends to the measure of a frequency some Hz beside it: a row's second
// harmonic lies as near to a column as 58 Hz.
func leak(hertz float64) float64 {
	x := math.Pi * hertz * windowSamples / SampleRate
	if x == 0 {
		return 1
	}
	return math.Abs(math.Sin(x) / x)
}

// harmonic is the amplitude of a frequency in the window, as the root of its energy.
func (d *Detector) harmonic(hertz float64) float64 {
	twice := 2 * math.Cos(2*math.Pi*hertz/SampleRate)
	var s1, s2 float64
	for _, x := range d.last[d.lastAt:] {
		s1, s2 = x+twice*s1-s2, s1
	}
	for _, x := range d.last[:d.lastAt] {
		s1, s2 = x+twice*s1-s2, s1
	}
	return math.Sqrt(max(0, s1*s1+s2*s2-twice*s1*s2) * 2 / windowSamples)
}

// leastEnergy is the energy of the weakest tone over a window.
var leastEnergy = amplitude(weakestTone) * amplitude(weakestTone) * windowSamples / 2

// norm is the power of a phasor.
func norm(c complex128) float64 { return real(c)*real(c) + imag(c)*imag(c) }

// toneConst is what the correlation with one tone needs.
type toneConst struct {
	twice float64                               // 2·cos(ω)
	back  complex128                            // e^(-jω)
	turns [SampleRate / blockSamples]complex128 // what turns the phase at the end of each block back to the second's beginning
}

// toneConsts are the eight tones, rows first.
var toneConsts = func() (consts [keyTones]toneConst) {
	for k := range consts {
		hertz := keyColumns[k%4]
		if k < 4 {
			hertz = keyRows[k]
		}
		c := &consts[k]
		w := 2 * math.Pi * float64(hertz) / SampleRate
		c.twice, c.back = 2*math.Cos(w), cmplx.Rect(1, -w)
		for i := range c.turns {
			c.turns[i] = cmplx.Rect(1, -w*float64((i+1)*blockSamples-1))
		}
	}
	return consts
}()

// measure correlates the filled block with the eight tones, by Goertzel's recursion, four at a time.
func (d *Detector) measure(b *toneBlock) {
	d.turn = (d.turn + 1) % (SampleRate / blockSamples)
	var even, odd float64
	for i := 0; i < blockSamples; i += 2 {
		even += d.block[i] * d.block[i]
		odd += d.block[i+1] * d.block[i+1]
	}
	energy := even + odd
	*b = toneBlock{energy: energy}
	if energy < leastEnergy*2/windowBlocks*weakestBlock {
		return // too quiet to be a part of any key
	}
	d.correlate(b, 0)
	d.correlate(b, 4)
}

// correlate does four tones.
func (d *Detector) correlate(b *toneBlock, first int) {
	c := toneConsts[first : first+4 : first+4]
	t0, t1, t2, t3 := c[0].twice, c[1].twice, c[2].twice, c[3].twice
	var a0, a1, a2, a3, b0, b1, b2, b3 float64
	for _, x := range d.block {
		a0, b0 = x+t0*a0-b0, a0
		a1, b1 = x+t1*a1-b1, a1
		a2, b2 = x+t2*a2-b2, a2
		a3, b3 = x+t3*a3-b3, a3
	}
	for k, s := range [4][2]float64{{a0, b0}, {a1, b1}, {a2, b2}, {a3, b3}} {
		// The sum of x(n)·e^(jω(N-1-n)): the phasor at the block's last sample.
		phasor := complex(s[0], 0) - c[k].back*complex(s[1], 0)
		b.tones[first+k] = phasor * c[k].turns[d.turn]
	}
}
