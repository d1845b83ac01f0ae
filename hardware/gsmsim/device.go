package gsmsim

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"roadline/fmc/cause"
)

// Device is one module, plugged in or not. All of it is Network.mu's.
type Device struct {
	net   *Network
	model Make
	path  string // of the hub and its port: "1.3"
	imei  string
	verbs map[string]verb
	ports []*port
	card  *Card // nil: none is in

	speech speech
	leg    *leg    // the call; nil: none
	zombie bool    // the call never ends by itself and by no command but a reset
	last   release // how the latest call ended
	radio  radio
	texts  texts
	ussd   ussd
	faults map[Fault]bool
	flags  map[string]string // what commands set and only the same commands read
	boots  int
	up     bool // it said that it has started
}

// Plug plugs a new device with a card into the network; a nil card is none.
func (n *Network) Plug(m Make, c *Card) (*Device, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.stage == ended {
		return nil, cause.Errorf(cause.Unavailable, "the simulated network has ended")
	}
	if m.dialect.verbs == nil {
		return nil, cause.Errorf(cause.Invalid, "a make is one of Makes")
	}
	if c != nil && c.where != nil {
		return nil, cause.Errorf(cause.Conflict, "card %s is in another device", c.ICCID)
	}
	n.plugged++
	d := &Device{
		net: n, model: m, path: fmt.Sprintf("%d.%d", (n.plugged-1)/7+1, (n.plugged-1)%7+1),
		imei: withLuhn(fmt.Sprintf("35209900%06d", n.plugged)), faults: map[Fault]bool{},
	}
	d.verbs = d.model.dialect.verbs()
	d.speech.device = d
	d.ports = d.newPorts()
	if err := d.openPorts(); err != nil {
		return nil, err
	}
	n.devices = append(n.devices, d)
	d.insert(c)
	d.powerOn()
	d.startPorts()
	return d, nil
}

// insert puts a card in, or takes it out.
func (d *Device) insert(c *Card) {
	if d.card != nil {
		d.card.where = nil
	}
	if d.card = c; c != nil {
		c.settle(d.net)
		c.where, c.sinceUnlock = d, c.PIN == ""
	}
}

// Make is what the device is.
func (d *Device) Make() Make { return d.model }

// IMEI is the device's own number.
func (d *Device) IMEI() string { return d.imei }

// USBPath is the hub's port that the device is in, as the names of its ports say it.
func (d *Device) USBPath() string { return d.path }

// Port is the path of a port, which stays when the device appears anew; empty: the model has none.
func (d *Device) Port(r Role) string {
	for _, p := range d.ports {
		if p.face.Role == r {
			return p.link
		}
	}
	return ""
}

// Present says that the device's ports are there.
func (d *Device) Present() bool {
	d.net.mu.Lock()
	defer d.net.mu.Unlock()
	return d.ports[0].pty != nil
}

// Boots counts how often the device started.
func (d *Device) Boots() int {
	d.net.mu.Lock()
	defer d.net.mu.Unlock()
	return d.boots
}

// Started says that the device is there and has said what it says when it starts.
func (d *Device) Started() bool {
	d.net.mu.Lock()
	defer d.net.mu.Unlock()
	return d.up
}

// Card is what is in the device; nil: nothing.
func (d *Device) Card() *Card {
	d.net.mu.Lock()
	defer d.net.mu.Unlock()
	return d.card
}

// Unplug pulls the device out of its USB port.
func (d *Device) Unplug() {
	d.net.mu.Lock()
	defer d.net.mu.Unlock()
	d.powerOff()
}

// Replug puts a device back where it was, under other terminals. One that is there stays as it is.
func (d *Device) Replug() error {
	d.net.mu.Lock()
	defer d.net.mu.Unlock()
	return d.appear()
}

func (d *Device) appear() error {
	if d.net.stage == ended {
		return cause.Errorf(cause.Unavailable, "the simulated network has ended")
	}
	if d.ports[0].pty != nil {
		return nil
	}
	if err := d.openPorts(); err != nil {
		return err
	}
	d.powerOn()
	d.startPorts()
	return nil
}

// Reset starts the device anew: its ports vanish and come back under other terminals.
func (d *Device) Reset() {
	d.net.mu.Lock()
	defer d.net.mu.Unlock()
	d.restart()
}

func (d *Device) restart() {
	if d.ports[0].pty == nil {
		return
	}
	d.powerOff()
	d.radio.comeback = d.net.after(d.net.timing.Boot, func() {
		if err := d.appear(); err != nil {
			d.net.opts.Log.Error("a simulated device did not come back", "err", err)
		}
	})
}

// lastWords is how long a module's ports stay after it took the command to start anew, in the clock's own pace: what is
// in a terminal is lost when it closes, and OK should be read.
const lastWords = 100 * time.Millisecond

func (d *Device) restartSoon() {
	boot := d.boots
	d.net.in(lastWords, func() {
		if d.boots == boot {
			d.restart()
		}
	})
}

// powerOff ends whatever the device did.
func (d *Device) powerOff() {
	if d.leg != nil {
		d.leg.lost()
	}
	d.net.off(d.radio.comeback)
	d.up = false
	d.silence()
	d.closePorts()
}

// powerOn brings the device to what it is when power comes: everything is forgotten but what the card and the module's
// own memory keep.
func (d *Device) powerOn() {
	d.net.off(d.radio.comeback)
	d.boots++
	d.silence()
	d.zombie, d.last, d.flags = false, release{}, map[string]string{}
	d.radio.on, d.radio.formatOfName = 1, 0
	d.speech.reset()
	d.texts.powerOn(d)
	for _, p := range d.ports {
		if p.tty != nil {
			p.tty.reset()
		}
	}
	if d.card != nil {
		d.card.sinceUnlock = d.card.PIN == ""
	}
	d.search()
	d.net.after(d.net.timing.Register/2, d.bootLines(d.boots))
}

// bootLines are what a module says when it has started.
func (d *Device) bootLines(boot int) func() {
	return func() {
		if d.boots == boot && d.ports[0].pty != nil {
			d.up = true
			for _, line := range d.model.dialect.boot(d) {
				d.say(line)
			}
		}
	}
}

// Swap pulls the card, where one is in, and puts another in; nil: none.
func (d *Device) Swap(c *Card) error {
	d.net.mu.Lock()
	defer d.net.mu.Unlock()
	if c != nil && c.where != nil && c.where != d {
		return cause.Errorf(cause.Conflict, "card %s is in another device", c.ICCID)
	}
	if d.leg != nil {
		d.leg.lost()
	}
	d.insert(c)
	d.model.dialect.card(d)
	d.search()
	return nil
}

// silence forgets what was about to be said.
func (d *Device) silence() {
	d.net.off(d.radio.searching)
	d.ussd.end(d)
	d.radio.state = notRegistered
}

// TerminalOf is where a port's link leads now; empty: nowhere.
func (d *Device) TerminalOf(r Role) string {
	target, err := os.Readlink(filepath.Clean(d.Port(r)))
	if err != nil {
		return ""
	}
	return target
}

// Devices are all that were ever plugged in.
func (n *Network) Devices() []*Device {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]*Device(nil), n.devices...)
}
