package pdu

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/warthog618/sms/encoding/gsm7"
	"github.com/warthog618/sms/encoding/gsm7/charset"
)

// The tables of 3GPP TS 23.038 §6.2.1. The module makes them when they are first asked for, without a lock; here they are
// made before anybody runs.
var (
	letters   = charset.DefaultEncoder()
	extended  = charset.DefaultExtEncoder()
	locking   = tables(charset.NewDecoder)    // by national language identifier, 0 the default
	shifted   = tables(charset.NewExtDecoder) // likewise
	languages = charset.End
)

func tables(of func(language int) charset.Decoder) (list []charset.Decoder) {
	for language := range charset.End {
		list = append(list, of(language))
	}
	return list
}

// escape goes before a septet of the extension table.
const escape = 0x1b

// spell writes each character of a text in the narrowest alphabet that has them all: as one or two septets, or as two or
// four octets.
func spell(text string) ([][]byte, Alphabet) {
	var units [][]byte
	for _, r := range text {
		septet, ok := letters[r]
		further, more := extended[r]
		switch {
		case ok && septet != escape:
			units = append(units, []byte{septet})
		case more:
			units = append(units, []byte{escape, further})
		default:
			return wide(text), UCS2
		}
	}
	return units, GSM7
}

func wide(text string) [][]byte {
	var units [][]byte
	for _, r := range text {
		var octets []byte
		for _, u := range utf16.AppendRune(nil, r) {
			octets = binary.BigEndian.AppendUint16(octets, u)
		}
		units = append(units, octets)
	}
	return units
}

// readSeptets is the text of unpacked septets, by the tables of the languages that the header names.
func readSeptets(septets []byte, lock, shift int) string {
	if lock >= languages {
		lock = 0
	}
	if shift >= languages {
		shift = 0
	}
	d := gsm7.NewDecoder().WithCharset(locking[lock]).WithExtCharset(shifted[shift])
	text, err := d.Decode(septets)
	if err != nil { // a decoder that is not strict reads everything
		return ""
	}
	return string(text)
}

func readUCS2(octets []byte) string {
	units := make([]uint16, len(octets)/2)
	for i := range units {
		units[i] = binary.BigEndian.Uint16(octets[2*i:])
	}
	return string(utf16.Decode(units))
}

// readData shows octets to a person.
func readData(octets []byte) string {
	printable := func(r rune) bool { return r >= ' ' && r <= '~' || r == '\n' || r == '\r' || r == '\t' }
	if text := string(octets); strings.IndexFunc(text, func(r rune) bool { return !printable(r) }) < 0 {
		return text
	}
	return fmt.Sprintf("% X", octets)
}
