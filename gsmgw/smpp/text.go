package smpp

import (
	"strings"

	"golang.org/x/text/encoding/charmap"

	tpdu "roadline/hardware/pdu"
)

// Alphabet is what data_coding 0 means to the far side: SMPP leaves it to the message centre.
type Alphabet uint8

// The alphabets.
const (
	GSM7   Alphabet = iota // the default alphabet of 3GPP TS 23.038, one septet in an octet
	Latin1                 // ISO 8859-1
)

// The codings that are read: SMPP 3.4 §5.2.19.
const (
	codingDefault = 0
	codingASCII   = 1
	codingOctets  = 2
	codingLatin1  = 3
	codingBinary  = 4
	codingLatin5  = 6 // ISO 8859-5, Cyrillic
	codingUCS2    = 8
)

// encode cuts a text into parts, each in the octets that data_coding announces. A text that the alphabet of the far side
// lacks a letter of goes as UCS-2.
func (a Alphabet) encode(text string) (parts [][]byte, coding byte, alphabet tpdu.Alphabet) {
	parts, alphabet = tpdu.Split(text)
	if alphabet == tpdu.UCS2 {
		return parts, codingUCS2, alphabet
	}
	if a == GSM7 {
		return parts, codingDefault, alphabet
	}
	latin := make([][]byte, len(parts))
	for i, p := range parts {
		octets, err := charmap.ISO8859_1.NewEncoder().String(tpdu.ReadUnpacked(p))
		if err != nil {
			return wide(text), codingUCS2, tpdu.UCS2
		}
		latin[i] = []byte(octets)
	}
	return latin, codingDefault, alphabet
}

// wide is a text as UCS-2 that could be written more narrowly: the letter in front has it go so, and is taken off again.
func wide(text string) [][]byte {
	const other = "\u0416"
	parts, _ := tpdu.Split(other + text)
	parts[0] = parts[0][2:]
	return parts
}

// decode reads a text. Octets that are meant for a program are shown as such, and text is false.
func (a Alphabet) decode(coding byte, octets []byte) (s string, text bool) {
	switch {
	case coding == codingDefault && a == Latin1, coding == codingLatin1:
		return latin(charmap.ISO8859_1, octets), true
	case coding == codingDefault:
		return tpdu.ReadUnpacked(octets), true
	case coding == codingASCII:
		return strings.ToValidUTF8(string(octets), "\uFFFD"), true
	case coding == codingLatin5:
		return latin(charmap.ISO8859_5, octets), true
	case coding == codingUCS2, coding&0xfc == 0x18: // 3GPP TS 23.038 §4: as a phone would write it, with a class
		return tpdu.ReadUCS2(octets), true
	case coding&0xf0 == 0xf0 && coding&4 == 0: // likewise, the default alphabet
		return tpdu.ReadUnpacked(octets), true
	default:
		return tpdu.ReadData(octets), false
	}
}

func latin(table *charmap.Charmap, octets []byte) string {
	s, err := table.NewDecoder().Bytes(octets)
	if err != nil { // every octet has its letter
		return tpdu.ReadData(octets)
	}
	return string(s)
}
