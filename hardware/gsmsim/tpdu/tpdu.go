// Package tpdu is how the simulated network and its modules write and read texts: the data units of 23.040 and the alphabets
// of 23.038. It is written from the standards alone and shares no code with hardware/pdu, which is tested against it: what
// both had wrong, no test would find.
//
// It keeps nothing and sends nothing: package gsmsim carries what it writes. Start at Deliveries and Submitted.
package tpdu

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// What a report says of a text, 23.040 §9.2.3.15.
const (
	Delivered byte = 0x00
	Expired   byte = 0x46
)

// First octets, 23.040 §9.2.
const (
	typeMask    = 0x03
	submit      = 0x01
	report      = 0x02
	hasHeader   = 0x40
	wantsReport = 0x20
)

// Deliveries are the PDUs that a text arrives in, with the service centre in front.
func Deliveries(from, text, smsc string, reference int, now time.Time, class *int) ([][]byte, error) {
	sender, err := address(from)
	if err != nil {
		return nil, err
	}
	bodies, coding := bodiesOf(text, reference)
	if class != nil {
		coding |= 0x10 | byte(*class&3) //nolint:gosec // two bits
	}
	var pdus [][]byte
	for _, body := range bodies {
		first := byte(0)
		if len(bodies) > 1 {
			first = hasHeader
		}
		pdu := append(centreField(smsc), first)
		pdu = append(append(pdu, sender...), 0, coding)
		pdus = append(pdus, append(append(pdu, moment(now)...), body...))
	}
	return pdus, nil
}

// How much goes into one PDU, alone or as a part: septets of the default alphabet, units of UCS2.
const (
	septetsAlone, septetsPart = 160, 153
	unitsAlone, unitsPart     = 70, 67
)

// bodiesOf are a text's user data with the length in front, one for each part, and the coding of all.
func bodiesOf(text string, reference int) (bodies [][]byte, coding byte) {
	if septets, ok := Septets(text); ok {
		parts := cut(septets, 1, septetsAlone, septetsPart, func(b []byte) bool { return b[0] == escapeSeptet })
		for i, p := range parts {
			header, fill := header(reference, len(parts), i+1), 0
			if header != nil {
				fill = 1 // six octets end one bit before a septet begins
			}
			length := (8*len(header)+6)/7 + len(p)
			bodies = append(bodies, append(append([]byte{byte(length)}, header...), Pack(p, fill)...)) //nolint:gosec // at most 160
		}
		return bodies, 0
	}
	parts := cut(UCS2(text), 2, unitsAlone, unitsPart, func(b []byte) bool { return b[0]&0xfc == 0xd8 })
	for i, p := range parts {
		header := header(reference, len(parts), i+1)
		bodies = append(bodies, append(append([]byte{byte(len(header) + len(p))}, header...), p...)) //nolint:gosec // at most 140
	}
	return bodies, 0x08
}

// cut cuts b, made of units of size bytes, so that no part ends with a unit that belongs with the next.
func cut(b []byte, size, alone, part int, binds func(unit []byte) bool) [][]byte {
	if len(b) <= alone*size {
		return [][]byte{b}
	}
	var parts [][]byte
	for len(b) > 0 {
		n := min(part*size, len(b))
		if n < len(b) && binds(b[n-size:]) {
			n -= size
		}
		parts, b = append(parts, b[:n]), b[n:]
	}
	return parts
}

// header is the user data header of a part; none where there is only one.
func header(reference, parts, seq int) []byte {
	if parts == 1 {
		return nil
	}
	return []byte{5, 0, 3, byte(reference), byte(parts), byte(seq)} //nolint:gosec // the reference counts in eight bits
}

// address is a sender as a TPDU has him: a number, or a name of at most eleven characters.
func address(who string) ([]byte, error) {
	if strings.Trim(who, "+0123456789*#") == "" && who != "" {
		digits, kind := strings.TrimPrefix(who, "+"), byte(0x81)
		if digits != who {
			kind = 0x91
		}
		return append([]byte{byte(len(digits)), kind}, semiOctets(digits)...), nil //nolint:gosec // no number is so long
	}
	septets, ok := Septets(who)
	if !ok || who == "" || len(septets) > 11 {
		return nil, fmt.Errorf("%q is neither a number nor a name of at most eleven characters of GSM 7 bit", who)
	}
	return append([]byte{byte((7*len(septets) + 3) / 4), 0xd0}, Pack(septets, 0)...), nil //nolint:gosec // at most 20
}

const numberDigits = "0123456789*#abc"

// semiOctets writes digits two in an octet, the first one low; F fills up.
func semiOctets(digits string) []byte {
	out := make([]byte, (len(digits)+1)/2)
	for i := range out {
		out[i] = 0xf0
	}
	for i := range len(digits) {
		value := byte(strings.IndexByte(numberDigits, digits[i])) //nolint:gosec // below 16
		if i%2 == 0 {
			out[i/2] = out[i/2]&0xf0 | value
		} else {
			out[i/2] = out[i/2]&0x0f | value<<4
		}
	}
	return out
}

// centreField is a service centre as it stands before a TPDU.
func centreField(number string) []byte {
	digits := semiOctets(strings.TrimPrefix(number, "+"))
	return append([]byte{byte(1 + len(digits)), 0x91}, digits...) //nolint:gosec // no number is so long
}

// moment is a time as a TPDU has it, 23.040 §9.2.3.11.
func moment(t time.Time) []byte {
	out := semiOctets(t.Format("060102150405"))
	_, offset := t.Zone()
	quarters, sign := offset/900, byte(0)
	if quarters < 0 {
		quarters, sign = -quarters, 0x08
	}
	return append(out, byte(quarters%10<<4|quarters/10)|sign) //nolint:gosec // at most 56
}

// A Part is what a module submitted: a text or one part of one.
type Part struct {
	From, To    string
	Reference   byte // by which a report names it
	WantsReport bool
	Ref         int // of the text in parts
	Seq, Parts  int
	Text        string

	first    byte
	receiver []byte // as it was written
	rest     []byte // PID, DCS, then the length and the user data
}

var errShort = errors.New("the PDU is too short")

// Submitted reads a SMS-SUBMIT without service centre, 23.040 §9.2.2.2.
func Submitted(b []byte) (Part, error) {
	if len(b) < 4 || b[0]&typeMask != submit {
		return Part{}, errors.New("it is no SMS-SUBMIT")
	}
	p := Part{first: b[0], WantsReport: b[0]&wantsReport != 0, Seq: 1, Parts: 1}
	end := 4 + (int(b[2])+1)/2
	validity := [...]int{0, 7, 1, 7}[b[0]>>3&3]
	if len(b) < end+2+validity+1 {
		return Part{}, errShort
	}
	p.receiver = b[2:end]
	p.To = numberOf(p.receiver)
	p.rest = append(append([]byte{}, b[end:end+2]...), b[end+2+validity:]...)
	return p, p.read()
}

// numberOf reads a number as a TPDU has it.
func numberOf(b []byte) string {
	number := ""
	if b[1]&0x70 == 0x10 {
		number = "+"
	}
	for i := range int(b[0]) {
		if value := b[2+i/2] >> (i % 2 * 4) & 0x0f; value < 0x0f {
			number += string(numberDigits[value])
		}
	}
	return number
}

// read reads the user data: the text, and what part of one it is.
func (p *Part) read() error {
	coding, length, data := p.rest[1], int(p.rest[2]), p.rest[3:]
	wide := alphabetOf(coding)
	octets := length
	if wide == septetAlphabet {
		octets = (7*length + 7) / 8
	}
	if len(data) != octets {
		return fmt.Errorf("there are %d octets of user data, the length says %d", len(data), octets)
	}
	header := 0
	if p.first&hasHeader != 0 {
		if len(data) == 0 || int(data[0])+1 > len(data) {
			return errShort
		}
		header = int(data[0]) + 1
		p.readHeader(data[1:header])
	}
	switch wide {
	case septetAlphabet:
		skip := (8*header + 6) / 7
		if skip > length {
			return errShort
		}
		p.Text = Text(Unpack(data, length, 0)[skip:])
	case ucs2Alphabet:
		p.Text = TextOfUCS2(data[header:])
	default:
		p.Text = string(data[header:])
	}
	return nil
}

// readHeader looks for the elements that make a text one of parts, 23.040 §9.2.3.24.1 and .8.
func (p *Part) readHeader(b []byte) {
	for len(b) >= 2 && len(b) >= 2+int(b[1]) {
		switch value := b[2 : 2+int(b[1])]; {
		case b[0] == 0x00 && len(value) == 3:
			p.Ref, p.Parts, p.Seq = int(value[0]), int(value[1]), int(value[2])
		case b[0] == 0x08 && len(value) == 4:
			p.Ref, p.Parts, p.Seq = int(value[0])<<8|int(value[1]), int(value[2]), int(value[3])
		}
		b = b[2+int(b[1]):]
	}
}

type alphabet int

const (
	septetAlphabet alphabet = iota
	octetAlphabet
	ucs2Alphabet
)

// alphabetOf reads a data coding scheme, 23.038 §4.
func alphabetOf(coding byte) alphabet {
	switch {
	case coding&0xc0 == 0x00:
		return [...]alphabet{septetAlphabet, octetAlphabet, ucs2Alphabet, septetAlphabet}[coding>>2&3]
	case coding&0xf0 == 0xe0:
		return ucs2Alphabet
	case coding&0xf4 == 0xf4:
		return octetAlphabet
	}
	return septetAlphabet
}

// Delivery is the same text as it arrives at a card.
func (p Part) Delivery(from string, now time.Time, smsc string) ([]byte, error) {
	sender, err := address(from)
	if err != nil {
		return nil, err
	}
	pdu := append(append(centreField(smsc), p.first&hasHeader), sender...)
	pdu = append(append(pdu, p.rest[:2]...), moment(now)...)
	return append(pdu, p.rest[2:]...), nil
}

// Report is the SMS-STATUS-REPORT on the text.
func (p Part) Report(status byte, sent, done time.Time, smsc string) []byte {
	pdu := append(append(centreField(smsc), report, p.Reference), p.receiver...)
	return append(append(append(pdu, moment(sent)...), moment(done)...), status)
}
