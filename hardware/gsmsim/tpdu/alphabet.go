package tpdu

import (
	"strings"
	"unicode/utf16"
)

// The default alphabet of 23.038 §6.2.1, by its septets; 0x1b leads to the extension table. The tables are written here
// because those of the sms package are built on first use by whoever comes first, without a lock.
var gsmAlphabet = []rune("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà")

var gsmExtension = map[byte]rune{
	0x0a: '\f', 0x14: '^', 0x28: '{', 0x29: '}', 0x2f: '\\', 0x3c: '[', 0x3d: '~', 0x3e: ']', 0x40: '|', 0x65: '€',
}

const escapeSeptet = 0x1b

// Septets spells a text in the default alphabet; ok is false where it does not fit.
func Septets(text string) (septets []byte, ok bool) {
next:
	for _, r := range text {
		for i, known := range gsmAlphabet {
			if known == r && i != escapeSeptet {
				septets = append(septets, byte(i)) //nolint:gosec // there are 128
				continue next
			}
		}
		for i, known := range gsmExtension {
			if known == r {
				septets = append(septets, escapeSeptet, i)
				continue next
			}
		}
		return nil, false
	}
	return septets, true
}

// Text reads septets.
func Text(septets []byte) string {
	var b strings.Builder
	for i := 0; i < len(septets); i++ {
		s := septets[i] & 0x7f
		if s == escapeSeptet && i+1 < len(septets) {
			i++
			if r, known := gsmExtension[septets[i]&0x7f]; known {
				b.WriteRune(r)
				continue
			}
			s = septets[i] & 0x7f // 23.038: what the table lacks is read as if it were not escaped
		}
		b.WriteRune(gsmAlphabet[s])
	}
	return b.String()
}

// Pack packs septets into octets, behind so many bits of zero.
func Pack(septets []byte, fill int) []byte {
	out := make([]byte, (fill+7*len(septets)+7)/8)
	for i, s := range septets {
		for bit := range 7 {
			if at := fill + 7*i + bit; s>>bit&1 == 1 {
				out[at/8] |= 1 << (at % 8)
			}
		}
	}
	return out
}

// Unpack takes count septets out of octets, behind so many bits.
func Unpack(b []byte, count, fill int) []byte {
	out := make([]byte, count)
	for i := range out {
		for bit := range 7 {
			if at := fill + 7*i + bit; at/8 < len(b) && b[at/8]>>(at%8)&1 == 1 {
				out[i] |= 1 << bit
			}
		}
	}
	return out
}

// UCS2 writes a text in UCS2, high byte first; what does not fit in 16 bits takes two units.
func UCS2(text string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		b = append(b, byte(u>>8), byte(u)) //nolint:gosec // the two halves
	}
	return b
}

// TextOfUCS2 reads UCS2.
func TextOfUCS2(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = uint16(b[2*i])<<8 | uint16(b[2*i+1])
	}
	return string(utf16.Decode(units))
}
