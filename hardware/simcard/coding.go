package simcard

import (
	"strings"
	"unicode/utf16"
)

// swapped reads digits that stand two to a byte, the first in the lower half; F fills up.
func swapped(b []byte) string {
	const digits = "0123456789*#abc"
	var s strings.Builder
	for _, x := range b {
		for _, d := range [2]byte{x & 0x0F, x >> 4} {
			if d == 0x0F {
				return s.String()
			}
			s.WriteByte(digits[d])
		}
	}
	return s.String()
}

// identity reads an IMSI: its length, then its digits after a half byte of parity (TS 31.102 §4.2.2).
func identity(b []byte) string {
	if len(b) < 2 || b[0] == 0 || int(b[0]) >= len(b) {
		return ""
	}
	digits := swapped(b[1 : 1+int(b[0])])
	if digits == "" {
		return ""
	}
	return digits[1:]
}

// dialling reads the number of a record whose last 14 bytes are a number (TS 31.102 §4.2.26).
func dialling(record []byte) string {
	if len(record) < 14 {
		return ""
	}
	b := record[len(record)-14:]
	size := int(b[0])
	if size < 2 || size > 11 {
		return ""
	}
	digits := swapped(b[2 : 1+size])
	if b[1]&0x70 == 0x10 && digits != "" {
		return "+" + digits
	}
	return digits
}

// alpha reads a name: seven bits to a byte, or UCS2 after 80 (TS 102 221 annex A). Other codings are left out.
func alpha(b []byte) string {
	if len(b) > 0 && b[0] == 0x80 {
		var units []uint16
		for i := 1; i+1 < len(b) && (b[i] != 0xFF || b[i+1] != 0xFF); i += 2 {
			units = append(units, uint16(b[i])<<8|uint16(b[i+1]))
		}
		return string(utf16.Decode(units))
	}
	var s strings.Builder
	for _, x := range b {
		switch {
		case x == 0xFF:
			return s.String()
		case x < 0x20 || x > 0x7E:
			return ""
		}
		s.WriteByte(x)
	}
	return s.String()
}

// within is the value of the first field of a tag in a chain of tags of one byte with lengths of one byte; nil: none.
func within(b []byte, tag byte) []byte {
	for len(b) >= 2 {
		size := int(b[1])
		if size > len(b)-2 {
			return nil
		}
		if b[0] == tag {
			return b[2 : 2+size]
		}
		b = b[2+size:]
	}
	return nil
}

// recordSize is how long a file's records are, as the card said when it was selected: TS 102 221 §11.1.1.4.3, TS 51.011
// §9.2.1; 0: it did not say.
func recordSize(class byte, answer []byte) int {
	if class == 0xA0 {
		if len(answer) < 15 {
			return 0
		}
		return int(answer[14])
	}
	d := within(within(answer, 0x62), 0x82)
	if len(d) < 4 || d[2] != 0 {
		return 0
	}
	return int(d[3])
}
