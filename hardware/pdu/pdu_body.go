package pdu

import (
	"encoding/binary"

	"github.com/warthog618/sms/encoding/gsm7"
	"github.com/warthog618/sms/encoding/tpdu"
)

// The information elements that we read, 3GPP TS 23.040 §9.2.3.24.
const (
	concatenation     = 0x00
	specialMessage    = 0x01
	ports8            = 0x04
	ports16           = 0x05
	wideConcatenation = 0x08
	singleShift       = 0x24
	lockingShift      = 0x25
)

// waitingKinds are the sorts of what can wait, 3GPP TS 23.038 §4.
var waitingKinds = [...]string{"voice", "fax", "mail", "other"}

// waitingByCoding reads the coding groups 1100 to 1110 of 3GPP TS 23.038 §4.
func (r *reading) waitingByCoding(c tpdu.DCS) {
	if group := c >> 4; group >= 0xc && group <= 0xe {
		r.Waiting = &Waiting{What: waitingKinds[c&3], On: c&8 != 0, Drop: group == 0xc}
	}
}

// alphabetOf is the alphabet of a coding scheme. Reserved groups are read as GSM7, as 3GPP TS 23.038 §4 asks.
func alphabetOf(c tpdu.DCS) Alphabet {
	switch a, err := c.Alphabet(); {
	case err != nil:
		return GSM7
	case a == tpdu.Alpha8Bit:
		return Data
	case a == tpdu.AlphaUCS2:
		return UCS2
	default:
		return GSM7
	}
}

// userData reads TP-UDL and what it counts: a header where the first octet says so, and the text.
func (r *reading) userData(first byte, coding tpdu.DCS) {
	r.Alphabet = alphabetOf(coding)
	if class, err := coding.Class(); err == nil && class != tpdu.MClassUnknown {
		n := int(class)
		r.Class = &n
	}
	length := int(r.octet("length of the text"))
	if r.err != nil {
		return
	}
	octets := length
	if r.Alphabet == GSM7 {
		octets = (length*7 + 7) / 8
	}
	if octets > len(r.rest) {
		r.complain("its text should have %d octets and has %d", octets, len(r.rest))
		octets = len(r.rest)
		if r.Alphabet == GSM7 {
			length = min(length, octets*8/7)
		}
	}
	data := r.rest[:octets]
	header := 0 // with its length
	lock, shift := 0, 0
	if first&0x40 != 0 {
		header, lock, shift = r.header(data)
	}
	if coding.Compressed() {
		r.complain("its text is compressed, which no phone does")
		return
	}
	r.text(data, length, header, lock, shift)
}

func (r *reading) text(data []byte, length, header, lock, shift int) {
	if header > len(data) {
		return // complained of already
	}
	switch r.Alphabet {
	case GSM7:
		// Septets begin at the first bit of the user data; the header fills whole ones.
		septets := gsm7.Unpack7Bit(data, 0)
		septets = septets[:min(length, len(septets))]
		r.Text = readSeptets(septets[min((header*8+6)/7, len(septets)):], lock, shift)
	case UCS2:
		if (len(data)-header)%2 != 0 {
			r.complain("its text ends in the middle of a character")
		}
		r.Text = readUCS2(data[header:])
	case Data:
		r.Text = readData(data[header:])
	}
}

// header reads the user data header and says how many octets it takes, and which language tables the text needs.
func (r *reading) header(data []byte) (size, lock, shift int) {
	if len(data) == 0 {
		r.complain("its header is missing")
		return 0, 0, 0
	}
	size = int(data[0]) + 1
	if size > len(data) {
		r.complain("its header should have %d octets and has %d", size, len(data))
		return size, 0, 0
	}
	for rest := data[1:size]; len(rest) > 0; {
		if len(rest) < 2 || len(rest) < 2+int(rest[1]) {
			r.complain("an element of its header is cut off")
			break
		}
		id, value := rest[0], rest[2:2+int(rest[1])]
		rest = rest[2+len(value):]
		switch {
		case id == lockingShift && len(value) == 1:
			lock = int(value[0])
		case id == singleShift && len(value) == 1:
			shift = int(value[0])
		default:
			r.element(id, value)
		}
	}
	return size, lock, shift
}

// element reads one information element. Those of a wrong size and those that we do not know are passed over, as
// §9.2.3.24 asks.
func (r *reading) element(id byte, value []byte) {
	switch {
	case id == concatenation && len(value) == 3:
		r.concatenated(int(value[0]), value[1], value[2])
	case id == wideConcatenation && len(value) == 4:
		r.concatenated(int(binary.BigEndian.Uint16(value)), value[2], value[3])
	case id == specialMessage && len(value) == 2:
		r.Waiting = &Waiting{What: waitingKinds[value[0]&3], On: value[1] != 0, Count: int(value[1]), Drop: value[0]&0x80 == 0}
	case id == ports8 && len(value) == 2:
		r.Ports = &Ports{To: int(value[0]), From: int(value[1])}
	case id == ports16 && len(value) == 4:
		r.Ports = &Ports{To: int(binary.BigEndian.Uint16(value)), From: int(binary.BigEndian.Uint16(value[2:]))}
	}
}

// concatenated: §9.2.3.24.1 says to pass over a part that cannot be.
func (r *reading) concatenated(ref int, parts, part byte) {
	if part > 0 && part <= parts {
		r.Ref, r.Parts, r.Part = ref, int(parts), int(part)
	}
}
