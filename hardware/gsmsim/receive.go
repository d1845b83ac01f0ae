package gsmsim

import (
	"encoding/hex"
	"fmt"
	"strings"
)

func (d *Device) takes() bool { return d.registered() && d.texts.unsure == nil }

func (d *Device) digits() string { return strings.TrimPrefix(d.card.Number, "+") }

// receive takes a letter that arrives, as +CNMI wants it; false: there is no room.
func (d *Device) receive(l *letter) bool {
	upper, direct := strings.ToUpper(hex.EncodeToString(l.pdu)), false
	length := len(l.pdu) - 1 - int(l.pdu[0])
	switch {
	case l.report && d.texts.cnmi[3] == 1:
		d.say(fmt.Sprintf("+CDS: %d\r\n%s", length, upper))
		direct = true
	case !l.report && (d.texts.cnmi[1] >= 2 || d.texts.cnmi[1] == 1 && isFlash(l.pdu)):
		d.say(fmt.Sprintf("+CMT: ,%d\r\n%s", length, upper))
		direct = true
	}
	if !direct {
		return d.keep(l)
	}
	if d.texts.phase == 0 {
		return true
	}
	// 27.005 §4.1: with +CSMS=1 it has arrived when +CNMA says so; else the module gives nothing out any more.
	unsure := *l
	unsure.moving = false
	d.texts.unsure = &unsure
	l.settled = nil
	d.texts.lapse = d.net.after(acknowledgeWithin, func() {
		d.texts.unsure = nil
		d.texts.cnmi[1], d.texts.cnmi[3] = 0, 0
		d.net.centre.again(&unsure)
		d.net.deliver(d)
	})
	return true
}

// keep stores a letter and says so.
func (d *Device) keep(l *letter) bool {
	mem, urc, wanted := d.texts.mem[2], "+CMTI", d.texts.cnmi[1] == 1
	if l.report {
		mem, urc, wanted = "SR", "+CDSI", d.texts.cnmi[3] == 2
	}
	index := d.put(mem, &stored{pdu: l.pdu})
	if index == 0 {
		if !d.texts.full && !l.report {
			d.texts.full = true
			d.model.dialect.full(d)
		}
		return l.report // a report that finds no room is lost
	}
	if wanted {
		d.say(fmt.Sprintf(`%s: "%s",%d`, urc, mem, index))
	}
	return true
}

// isFlash says that a SMS-DELIVER is of class 0: shown, and never stored.
func isFlash(pdu []byte) bool {
	at := 1 + int(pdu[0]) // first octet, then the length of the sender's address in digits
	if at+1 >= len(pdu) {
		return false
	}
	dcs := at + 4 + (int(pdu[at+1])+1)/2
	return dcs < len(pdu) && (pdu[dcs]&0xf0 == 0xf0 || pdu[dcs]&0xd0 == 0x10) && pdu[dcs]&0x03 == 0
}
