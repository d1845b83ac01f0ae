package gsmsim

import (
	"fmt"
	"strconv"
	"strings"
)

// Operator is a mobile network's name and numbers.
type Operator struct {
	Network       string // MCC and MNC: "25099"
	Name, Short   string
	ServiceCentre string // where texts go, with +
	Area, Cell    int    // of the one cell that there is
}

// Roadnet is the operator where Options name none.
var Roadnet = Operator{Network: "25099", Name: "Roadnet", Short: "ROAD", ServiceCentre: "+79990000000", Area: 0x9110, Cell: 0x7e6}

// registration is how a device stands with the network, by the numbers of +CREG.
type registration int

const (
	notRegistered registration = 0
	home          registration = 1
	searching     registration = 2
	refused       registration = 3
	roaming       registration = 5
)

// radio is a device's side of the air.
type radio struct {
	on           int // +CFUN: 0 off, 1 on, 4 flight mode
	state        registration
	level        int // of the signal, by +CSQ's scale; 0 means the default
	formatOfName int // +COPS: 0 long, 1 short, 2 numbers
	searching    *appointment
	comeback     *appointment // of a device that starts anew
}

// The signal, by the scale of +CSQ: -113 dBm and 2 dB for each step.
const (
	usualLevel = 20
	weakLevel  = 1
)

// operatorOf is the operator that a card belongs to.
func (n *Network) operatorOf(c *Card) Operator {
	for _, o := range n.opts.Operators {
		if strings.HasPrefix(c.IMSI, o.Network) {
			return o
		}
	}
	return n.opts.Operators[0]
}

// hasCard says that the device sees a card.
func (d *Device) hasCard() bool { return d.card != nil && !d.faults[PulledSIM] }

// ready says that the card may be used: it is in, and its PIN was given.
func (d *Device) ready() bool { return d.hasCard() && d.card.sinceUnlock }

// registered says that the network knows where the device is.
func (d *Device) registered() bool { return d.radio.state == home || d.radio.state == roaming }

// reachable says that calls come and go: the device is registered for more than data.
func (d *Device) reachable() bool { return d.registered() && !d.faults[NoVoice] }

// search looks for the network anew, if all that it takes is there.
func (d *Device) search() {
	d.net.off(d.radio.searching)
	switch {
	case !d.ready() || d.radio.on != 1 || d.ports[0].pty == nil:
		d.become(notRegistered)
	case d.faults[LostRegistration]:
		d.become(searching)
	default:
		d.become(searching)
		d.radio.searching = d.net.after(d.net.timing.Register, func() {
			switch {
			case d.card.Refused:
				d.become(refused)
			case d.card.Roaming:
				d.become(roaming)
			default:
				d.become(home)
			}
		})
	}
}

// become changes the registration and says so.
func (d *Device) become(r registration) {
	was := d.radio.state
	if d.radio.state = r; was == r {
		return
	}
	for _, set := range []string{"+CREG", "+CGREG", "+CEREG"} {
		if n, _ := digits(d.flags[set]); n > 0 {
			d.say(set + ": " + d.standing(set, n))
		}
	}
	d.model.dialect.registered(d)
	if d.registered() {
		d.net.deliver(d)
	}
}

// standing is the registration as a line says it, without the mode in front.
func (d *Device) standing(set string, mode int) string {
	state := d.radio.state
	lte := d.model.dialect.lte
	if set == "+CEREG" && !lte {
		state = notRegistered
	}
	if set == "+CREG" && d.faults[NoVoice] && d.registered() {
		state = searching
	}
	if mode < 2 || !d.registered() || state == searching || state == notRegistered {
		return strconv.Itoa(int(state))
	}
	access := d.model.dialect.access
	o := d.net.operatorOf(d.card)
	return fmt.Sprintf(`%d,"%X","%X",%d`, state, o.Area, o.Cell, access)
}

// level is the signal as +CSQ says it; 99 where there is none to be measured.
func (d *Device) level() int {
	switch {
	case d.radio.on != 1:
		return 99
	case d.faults[WeakSignal]:
		return weakLevel
	case d.radio.level != 0:
		return d.radio.level
	}
	return usualLevel
}

// Signal sets the signal by the scale of +CSQ, 1 to 31.
func (d *Device) Signal(level int) {
	d.net.mu.Lock()
	defer d.net.mu.Unlock()
	if d.radio.level = max(1, min(level, 31)); !d.faults[WeakSignal] {
		d.model.dialect.signal(d)
	}
}

// Registered says that the device is registered at home or roaming.
func (d *Device) Registered() bool {
	d.net.mu.Lock()
	defer d.net.mu.Unlock()
	return d.registered()
}
