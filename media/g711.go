package media

import "math/bits"

// Silence is the A-law byte nearest to nothing, +8 of 32768; µ-law's is exactly nothing.
const (
	Silence   = 0xD5
	muSilence = 0xFF
)

// milliwatt is the peak of a sine of 0 dBm0 in 16-bit samples: the A-law overload point, full scale, is +3.14 dBm0
// (ITU-T G.711, laws and audio level).
const milliwatt = 22828

// The tables of G.711. The encoder's index is the sample without the four bits that
// A-law cannot keep.
var (
	aLawLinear  = table256(expandALaw)
	muLawLinear = table256(expandMuLaw)
	linearALaw  = func() (table [1 << 12]byte) {
		for i := range table {
			table[i] = compressALaw(int16(i << 4))
		}
		return table
	}()
	aLawMuLaw = table256(func(b byte) byte { return compressMuLaw(expandALaw(b)) })
	muLawALaw = table256(func(b byte) byte { return compressALaw(expandMuLaw(b)) })
)

// DecodeALaw returns the 16-bit sample of an A-law byte.
func DecodeALaw(b byte) int16 { return aLawLinear[b] }

// DecodeMuLaw returns the 16-bit sample of a µ-law byte.
func DecodeMuLaw(b byte) int16 { return muLawLinear[b] }

// EncodeALaw returns the A-law byte of a 16-bit sample.
func EncodeALaw(sample int16) byte { return linearALaw[uint16(sample)>>4] }

// EncodeMuLaw returns the µ-law byte of a 16-bit sample. Nothing that we send begins as a sample and ends in µ-law, so
// it has no table.
//
//lint:ignore deadcode the other half of the law, for whoever tests against µ-law
func EncodeMuLaw(sample int16) byte { return compressMuLaw(sample) }

// ALawToMuLaw converts a byte to the µ-law byte of its value.
func ALawToMuLaw(b byte) byte { return aLawMuLaw[b] }

// MuLawToALaw converts a byte to the A-law byte of its value.
func MuLawToALaw(b byte) byte { return muLawALaw[b] }

// expandALaw is the decoder output of G.711 table 1, times 8: sign, three bits of segment, four of step; every second
// bit is sent inverted.
func expandALaw(b byte) int16 {
	b ^= 0x55
	segment := b >> 4 & 7
	value := int16(b&15)<<4 + 8
	if segment > 0 {
		value = (value + 0x100) << (segment - 1)
	}
	if b&0x80 == 0 {
		return -value
	}
	return value
}

// compressALaw finds the interval of G.711 table 1 in which a sample lies. A negative sample on a decision value goes
// to the interval nearer to zero, as in the reference code of G.191.
func compressALaw(sample int16) byte {
	sign := byte(0x80)
	if sample < 0 {
		sign, sample = 0, ^sample
	}
	steps := uint(sample) >> 4 // in half steps of the lowest segments: 0..2047
	code := byte(steps)
	if segment := bits.Len(steps >> 4); segment > 0 {
		code = byte(segment)<<4 | byte(steps>>(segment-1))&15
	}
	return (code | sign) ^ 0x55
}

// expandMuLaw is the decoder output of G.711 table 2, times 4; every bit is sent inverted.
func expandMuLaw(b byte) int16 {
	b = ^b
	value := (int16(b&15)<<3+0x84)<<(b>>4&7) - 0x84
	if b&0x80 != 0 {
		return -value
	}
	return value
}

// compressMuLaw finds the interval of G.711 table 2 in which a sample lies.
func compressMuLaw(sample int16) byte {
	sign := byte(0)
	if sample < 0 {
		sign, sample = 0x80, ^sample
	}
	steps := min(uint(sample)>>2+33, 0x1FFF)
	segment := bits.Len(steps) - 6
	return ^(sign | byte(segment)<<4 | byte(steps>>(segment+1))&15)
}

// table256 tabulates a function of a byte.
func table256[T any](of func(byte) T) (table [256]T) {
	for i := range table {
		table[i] = of(byte(i))
	}
	return table
}
