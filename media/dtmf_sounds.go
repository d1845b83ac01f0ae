package media

// Where keys sound, to the block: what a Gate silences. A key is told when the detector is sure of it; here it is asked,
// looking back, when it began, and whether each block after is still the key or already speech.

// span is a stretch of what a detector was fed, in samples since its beginning.
type span struct{ from, to int64 }

// at is how many samples the detector was fed.
func (d *Detector) at() int64 { return d.count + int64(d.filled) }

// soundsOn follows the key that was told through the newest block.
func (d *Detector) soundsOn() {
	switch {
	case d.pressed != 0 && d.off == 0 && d.pure(&d.window[d.newest]):
		d.sounded(max(d.ended, d.count-blocksToEnd*blockSamples)) // a bearer that cuts it up makes it no shorter
		d.ended = d.count
	case d.ended > 0 && d.count-d.ended == blockSamples:
		d.sounded(d.ended) // where a tone ends within a block is its rest
	}
}

// sounded notes that a key sounds from a place up to the end of the newest block.
func (d *Detector) sounded(from int64) {
	if n := len(d.sounds); n > 0 && from <= d.sounds[n-1].to {
		d.sounds[n-1].to = d.count
		return
	}
	d.sounds = append(d.sounds, span{from, d.count})
}

// beginning is where the key just told began to sound: before the windows that heard it where a bearer or speech made
// those before unclear, and within the block before, in which it is not heard yet.
func (d *Detector) beginning() int64 {
	from := d.began
	for n := (d.count - from) / blockSamples; n < pastBlocks; n++ {
		if at := d.count - (n+1)*blockSamples; d.pure(&d.past[(d.blocks()-n)%pastBlocks]) {
			from = at
		} else if from-at > 2*blockSamples {
			break // unclear for longer than a codec takes
		}
	}
	return max(0, from-blockSamples)
}

// blocks is the number of the newest block.
func (d *Detector) blocks() int64 { return d.count/blockSamples + pastBlocks }

// pure reports whether the key that is down sounds in a block, rather than speech that has its tones too.
func (d *Detector) pure(b *toneBlock) bool {
	row, column, _ := tonesOf(d.pressed)
	low, high := norm(b.tones[row]), norm(b.tones[4+column])
	return low+high >= max(d.power*quietBlock, b.energy*pureBlock*blockSamples/2) && low+high <= d.power*louder &&
		low <= 2*high*normalTwist && high <= 2*low*reverseTwist
}
