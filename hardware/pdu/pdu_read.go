package pdu

import (
	"time"

	"github.com/warthog618/sms/encoding/tpdu"

	"roadline/fmc/cause"
)

// Read reads a message as a module stored it: with the service centre in front. An error, of kind invalid, says what is
// wrong with it; the message is then what could be read. One that was written on the card, not received, is of kind
// unsupported.
func Read(stored []byte) (Message, error) {
	r := read(stored)
	return r.Message, r.err
}

// A reading is a message on its way out of its octets.
type reading struct {
	Message
	stamp []byte // TP-SCTS as it came
	body  []byte // TP-UDL and what follows, as it came

	rest []byte
	err  error // the first thing that was wrong
}

func read(stored []byte) *reading {
	r := &reading{rest: stored}
	r.centre()
	first := r.octet("first octet")
	switch mti := first & 3; {
	case r.err != nil:
	case mti == 0:
		r.deliver(first)
	case mti == 1:
		r.err = cause.Errorf(cause.Unsupported, "this message was written on the card, not received")
	case mti == 2:
		r.report(first)
	default:
		r.complain("its type is reserved: no message has it")
	}
	return r
}

// complain keeps the first complaint: what follows it is often its doing.
func (r *reading) complain(format string, args ...any) {
	if r.err == nil {
		r.err = cause.Errorf(cause.Invalid, "the PDU cannot be read: "+format, args...)
	}
}

// take cuts n octets off; what is missing is zero, and complained of.
func (r *reading) take(n int, what string) []byte {
	if n > len(r.rest) {
		r.complain("it ends in the middle of the %s", what)
		short := r.rest
		r.rest = nil
		return append(short[:len(short):len(short)], make([]byte, n-len(short))...)
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reading) octet(what string) byte { return r.take(1, what)[0] }

// centre reads the service centre, which counts octets where other addresses count digits.
func (r *reading) centre() {
	n := int(r.octet("service centre"))
	if n == 0 {
		return
	}
	if n > 12 {
		r.complain("its service centre would have %d octets: is it in front?", n)
		return
	}
	b := r.take(n, "service centre")
	r.Centre = number(b[0], b[1:], 2*(n-1))
}

// deliver reads an SMS-DELIVER, 3GPP TS 23.040 §9.2.2.1.
func (r *reading) deliver(first byte) {
	r.Kind = Deliver
	r.From, r.Name = r.address("sender")
	r.octet("protocol identifier")
	coding := tpdu.DCS(r.octet("data coding scheme"))
	r.stamp = r.take(7, "time stamp")
	r.Sent = stampTime(r.stamp)
	r.body = r.rest
	r.waitingByCoding(coding)
	r.userData(first, coding)
}

// report reads an SMS-STATUS-REPORT, §9.2.2.3.
func (r *reading) report(first byte) {
	r.Kind, r.Report = Status, &Report{}
	r.Report.Reference = r.octet("message reference")
	r.From, r.Name = r.address("recipient")
	r.stamp = r.take(7, "time stamp")
	r.Sent = stampTime(r.stamp)
	r.Report.Done = stampTime(r.take(7, "discharge time"))
	r.Report.Status = StatusCode(r.octet("status"))
	if r.err != nil || len(r.rest) == 0 {
		return
	}
	// §9.2.3.27: which of the optional fields follow. Few centres send any.
	follows := r.rest[0]
	for r.rest[0]&0x80 != 0 && len(r.rest) > 1 {
		r.rest = r.rest[1:]
	}
	r.rest = r.rest[1:]
	coding := tpdu.DCS(0)
	if follows&1 != 0 {
		r.octet("protocol identifier")
	}
	if follows&2 != 0 {
		coding = tpdu.DCS(r.octet("data coding scheme"))
	}
	if follows&4 != 0 {
		r.userData(first, coding)
	}
}

// address reads a number or a name, §9.1.2.5. Its length counts half octets.
func (r *reading) address(whose string) (string, bool) {
	n := int(r.octet("length of the " + whose))
	toa := r.octet("type of the " + whose)
	have := min(n, 2*len(r.rest))
	b := r.take((n+1)/2, whose)
	if tpdu.TypeOfNumber(toa>>4&7) == tpdu.TonAlphanumeric {
		return name(b, have), true
	}
	return number(toa, b, have), false
}

// stampTime reads §9.2.3.11: seven octets with swapped digits, the last the zone in quarter hours, with a sign. It is zero
// where the stamp is none: some centres leave it out of reports.
func stampTime(b []byte) time.Time {
	var field [7]int
	for i, o := range b {
		tens, ones := int(o&0xf), int(o>>4)
		if i == 6 {
			tens &= 7 // the sign
		}
		if tens > 9 || ones > 9 {
			return time.Time{}
		}
		field[i] = tens*10 + ones
	}
	if field[1] < 1 || field[1] > 12 || field[2] < 1 || field[2] > 31 || field[3] > 23 || field[4] > 59 || field[5] > 59 || field[6] > 14*4 {
		return time.Time{}
	}
	offset := field[6] * 15 * 60
	if b[6]&8 != 0 {
		offset = -offset
	}
	zone := time.UTC
	if offset != 0 {
		zone = time.FixedZone("", offset)
	}
	year := 2000 + field[0]
	if field[0] >= 90 { // GSM began in 1991
		year -= 100
	}
	return time.Date(year, time.Month(field[1]), field[2], field[3], field[4], field[5], 0, zone)
}
