package alsa

import "unsafe"

// What follows is laid out as in include/uapi/sound/asound.h; a test compiles that header and compares. C's unsigned long
// has the size of uint on every Linux that Go runs on.

// The masks and intervals of hwParams that we set.
const (
	maskAccess    = 0
	maskFormat    = 1
	maskSubformat = 2

	intervalChannels   = 10 - firstInterval
	intervalRate       = 11 - firstInterval
	intervalPeriodSize = 13 - firstInterval // frames
	intervalBufferSize = 17 - firstInterval // frames
	firstInterval      = 8
)

// The values of the masks that we set.
const (
	accessInterleaved = 3 // SNDRV_PCM_ACCESS_RW_INTERLEAVED
	formatS16LE       = 2
	subformatStandard = 0
)

type mask [8]uint32

// interval holds min to max. Its flags are bits of one word: openmin, openmax, integer, empty.
type interval struct{ min, max, flags uint32 }

const (
	flagOpenMin = 1 << iota
	flagOpenMax
	flagInteger
	flagEmpty
)

type hwParams struct {
	flags     uint32
	masks     [3]mask
	_         [5]mask
	intervals [12]interval
	_         [9]interval
	requested uint32 // rmask
	changed   uint32 // cmask
	info      uint32
	msbits    uint32
	rateNum   uint32
	rateDen   uint32
	fifoSize  uint
	_         [64]byte
}

type swParams struct {
	tstampMode       int32
	periodStep       uint32
	sleepMin         uint32
	availMin         uint
	xferAlign        uint
	startThreshold   uint
	stopThreshold    uint
	silenceThreshold uint
	silenceSize      uint
	boundary         uint
	proto            uint32
	tstampType       uint32
	_                [56]byte
}

// xferi is one transfer of interleaved samples; the kernel writes how many frames of all channels it did into result.
type xferi struct {
	result int
	buf    unsafe.Pointer
	frames uint
}

// The requests, as _IO, _IOR, _IOW and _IOWR make them: direction, size, 'A', number.
const (
	toKernel, fromKernel = 1, 2

	reqRefine   = (toKernel|fromKernel)<<30 | unsafe.Sizeof(hwParams{})<<16 | 'A'<<8 | 0x10
	reqHWParams = (toKernel|fromKernel)<<30 | unsafe.Sizeof(hwParams{})<<16 | 'A'<<8 | 0x11
	reqSWParams = (toKernel|fromKernel)<<30 | unsafe.Sizeof(swParams{})<<16 | 'A'<<8 | 0x13
	reqPrepare  = 'A'<<8 | 0x40
	reqStart    = 'A'<<8 | 0x42
	reqWrite    = toKernel<<30 | unsafe.Sizeof(xferi{})<<16 | 'A'<<8 | 0x50
	reqRead     = fromKernel<<30 | unsafe.Sizeof(xferi{})<<16 | 'A'<<8 | 0x51
)

// anyParams are the parameters of every sound that there is.
func anyParams() hwParams {
	p := hwParams{requested: ^uint32(0), info: ^uint32(0)}
	for i := range p.masks {
		for j := range p.masks[i] {
			p.masks[i][j] = ^uint32(0)
		}
	}
	for i := range p.intervals {
		p.intervals[i] = interval{max: ^uint32(0)}
	}
	return p
}

// choose leaves one value of a mask.
func (p *hwParams) choose(which, value int) {
	p.masks[which] = mask{}
	p.masks[which][value/32] = 1 << (value % 32)
}

// fix leaves one value of an interval.
func (p *hwParams) fix(which int, value uint32) {
	p.intervals[which] = interval{min: value, max: value, flags: flagInteger}
}

// near fixes the value of an interval that is nearest to the one that we want.
func (p *hwParams) near(which int, want uint32) {
	i := p.intervals[which]
	low, high := i.min, i.max
	if i.flags&flagOpenMin != 0 {
		low++
	}
	if i.flags&flagOpenMax != 0 {
		high--
	}
	p.fix(which, min(max(want, low), high))
}
