package gsmsim

import (
	"fmt"
	"time"
)

// A leg is a device's side of a call: the party that speaks AT. Its index is always 1, or 2 where the family lists a
// data call first.
type leg struct {
	device   *Device
	call     *call // nil: the device dials and the network does not know yet, or never will
	incoming bool
	stat     stat
	number   string // dialled, as it was written; of an incoming call the caller's
	hidden   bool
	listed   bool // an unsolicited line told of it
	rings    *appointment
	keys     keyer // what +VTS sends
	charged  bool  // it costs the card's money
}

// stat is the state of a call by the numbers of +CLCC.
type stat int

const (
	active   stat = 0
	held     stat = 1
	dialing  stat = 2
	alerting stat = 3
	ringing  stat = 4
	waiting  stat = 5
	gone     stat = 6 // SIMCom's and Quectel's own
)

// release is how a call ended.
type release struct {
	why  int // 24.008; 0: there was none
	talk time.Duration
}

var _ party = (*leg)(nil)

// dial takes a number; begun brings it to the network, once the module has said OK.
func (d *Device) dial(number string, hidden bool) {
	d.leg = &leg{device: d, stat: dialing, number: number, hidden: hidden, charged: true}
	if d.faults[StuckDialling] {
		d.zombie = true
		return
	}
	d.leg.call = d.net.place(d.leg, d.card.Number, number, hidden)
}

func (d *Device) begun() {
	if d.leg != nil {
		d.model.dialect.dialled(d, d.leg)
	}
}

func (l *leg) offered(c *call) {
	l.stat, l.number, l.hidden = ringing, c.caller, c.hidden
	if l.hidden {
		l.number = ""
	}
	l.device.leg = l
	l.ring()
}

// ring says RING and who calls, again and again.
func (l *leg) ring() {
	d := l.device
	if d.flags["+CRC"] == "1" {
		d.say("+CRING: VOICE")
	} else {
		d.say("RING")
	}
	if d.flags["+CLIP"] == "1" {
		d.say("+CLIP: " + l.clip())
	}
	d.model.dialect.rang(d, l)
	l.rings = d.net.after(d.net.timing.Ring, l.ring)
}

// clip is the caller as +CLIP says him.
func (l *leg) clip() string {
	if l.hidden || l.number == "" {
		return `"",128,,,,1`
	}
	return fmt.Sprintf(`"%s",%d,,,,0`, l.number, kindOf(l.number))
}

// kindOf is the type of address of 24.008: 145 international, else 129.
func kindOf(number string) int {
	if number != "" && number[0] == '+' {
		return 145
	}
	return 129
}

func (l *leg) alerts() {
	l.stat = alerting
	l.device.model.dialect.alerted(l.device, l)
}

func (l *leg) connected() {
	d := l.device
	d.net.off(l.rings)
	l.stat = active
	d.model.dialect.connected(d, l)
	d.dropSoon()
	if d.faults[ResetsItself] {
		d.net.in(max(d.net.paced(d.net.timing.Boot/2), lastWords), func() {
			if d.leg == l {
				d.restart()
			}
		})
	}
}

// dropSoon loses the call that goes on, where the device has that fault.
func (d *Device) dropSoon() {
	l := d.leg
	if l == nil || l.stat != active || !d.faults[DropInCall] {
		return
	}
	d.net.after(3*time.Second, func() {
		if d.leg == l && d.faults[DropInCall] && l.call != nil {
			l.call.release(nil, causeTemporary)
		}
	})
}

// Drop loses the call that goes on, for a cause of 24.008.
func (d *Device) Drop(why int) {
	d.net.mu.Lock()
	defer d.net.mu.Unlock()
	if d.leg != nil && d.leg.call != nil {
		d.leg.call.release(nil, why)
	}
}

func (l *leg) over(why int, self bool) {
	d := l.device
	d.net.off(l.rings)
	talk := l.call.talk()
	d.leg, d.last = nil, release{why: why, talk: talk}
	d.speech.ended()
	if l.charged && talk > 0 {
		d.card.spend(talk)
	}
	if d.faults[MissingNoCarrier] {
		return
	}
	d.model.dialect.ended(d, l, d.last, self)
}

// lost ends a call because the device, its card or the network is gone.
func (l *leg) lost() {
	d := l.device
	if l.call != nil {
		l.call.release(nil, causeOutOfOrder)
	}
	d.leg, d.zombie = nil, false
}

// hangUp ends the device's call, as a person at it would.
func (d *Device) hangUp() {
	switch l := d.leg; {
	case l == nil || d.zombie:
	case l.stat == ringing || l.stat == waiting:
		if !l.call.leave(l, forwardBusy, causeRefused) { // who refuses a call is busy, to the network: 24.083
			l.call.release(l, causeRefused)
		}
	default:
		l.call.release(l, causeNormal)
	}
}

func (l *leg) keyed(key byte) { l.device.model.dialect.keyed(l.device, key) }

func (l *leg) says(f *frame) {
	switch {
	case l.keys.next(f):
	case l.stat == held || l.device.faults[DeafUplink]:
	default:
		l.device.speech.says(f)
	}
}

func (l *leg) hears(f *frame) {
	if l.stat == held || l.device.faults[MuteDownlink] {
		clear(f[:])
	}
	l.device.speech.hears(f)
}

// list is the call as +CLCC lists it.
func (l *leg) list() string {
	way := 0
	if l.incoming {
		way = 1
	}
	return fmt.Sprintf(`+CLCC: %d,%d,%d,0,0,"%s",%d`, l.index(), way, l.stat, l.number, l.kind())
}

func (l *leg) kind() int {
	if l.incoming && l.number == "" {
		return 128
	}
	return kindOf(l.number)
}

func (l *leg) index() int {
	if l.device.model.dialect.dataCall {
		return 2
	}
	return 1
}

// spend takes a call from the package of minutes, each begun minute as a whole, and what is beyond from the money.
func (c *Card) spend(talk time.Duration) {
	minutes := int((talk + time.Minute - 1) / time.Minute)
	fromPackage := min(minutes, c.left.Minutes)
	c.left.Minutes -= fromPackage
	c.left.Kopecks -= (minutes - fromPackage) * kopecksPerMinute
}

// spendText takes one text.
func (c *Card) spendText() {
	if c.left.Texts > 0 {
		c.left.Texts--
		return
	}
	c.left.Kopecks -= kopecksPerText
}

// What Roadnet takes beyond the package.
const (
	kopecksPerMinute = 250
	kopecksPerText   = 200
)
