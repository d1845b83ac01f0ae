package cardtest

import (
	"bytes"
	"encoding/hex"
	"strings"
)

func hexed(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }

// padded fills up with FF.
func padded(b []byte, size int) []byte {
	return append(b, bytes.Repeat([]byte{0xFF}, size-len(b))...)
}

// nibbles writes digits two to a byte, the first in the lower half.
func nibbles(digits string, size int) []byte {
	if len(digits)%2 == 1 {
		digits += "F"
	}
	b, _ := hex.DecodeString(digits)
	for i, x := range b {
		b[i] = x<<4 | x>>4
	}
	return padded(b, size)
}

// identity writes an IMSI of 15 digits.
func identity(imsi string) []byte { return append([]byte{8}, nibbles("9"+imsi, 8)...) }

// number writes a record of MSISDN, with a name of four letters.
func number(n string) []byte {
	if n == "" {
		return padded(nil, 18)
	}
	digits := nibbles(strings.TrimPrefix(n, "+"), 10)
	return append(append([]byte{'L', 'i', 'n', 'e', byte(1 + (len(n) / 2)), 0x91}, digits...), 0xFF, 0xFF)
}
