// Package yeastar is the driver of Yeastar TG and NeoGate gateways by their SMS API: the manager protocol of Asterisk by
// TCP, with commands of Yeastar's own. Each port has a connection of its own.
//
// Of gateway.Options it uses Address (host, or host:port where it is not 5038), User and Secret of the API, Cards, since
// a box tells of a card only its IMSI, and of each line ID, the port's number as on the box's label, from 1. Start at
// Vendor; yeastar_text.go has what must never be done twice.
package yeastar

import (
	"context"
	"log/slog"
	"net"
	"strconv"
	"sync"

	"roadline/fmc/cause"
	"roadline/hardware/ami"
	"roadline/hardware/gateway"
	"roadline/hardware/modem"
)

// Vendor is Yeastar.
func Vendor() gateway.Vendor {
	return gateway.Vendor{
		Name: "yeastar",
		Can: modem.Capabilities{
			Voice: modem.OverSIP, SMS: true, USSD: true, KeysOut: "0123456789*#ABCD",
			Proved: "the simulator hardware/gwsim, npm asterisk-manager against it, and what TG boxes were seen to say",
		},
		Clear: "the user and password of its API travel readable at every connection, and so does every text",
		Quirks: []string{
			"it tells the IMSI of a card, never the ICCID: write both at the gateway's cards, or the card is no use",
			"our address must be on the API's list of the box, and one user is all it has",
			"a text that comes is told once, to whoever is connected: what comes while nobody is, is not told again",
			"that a text went to the network is all that it says of it: no reference, and no report of delivery",
			"a text is written in percent signs on a line of at most 1024 octets: some 150 Cyrillic letters",
			"the vendor asks for at most one text in ten seconds from each port",
			"blocking and restarting are AT+CFUN by its command gsm send at, which says nothing of how it went",
		},
		Open: open,
	}
}

// driver is one box.
type driver struct {
	o     gateway.Options
	lines []*line
}

// apiPort is where a box takes connections, unless it was set up otherwise.
const apiPort = "5038"

// mostPorts is how many ports the largest box has.
const mostPorts = 32

func open(o gateway.Options) (gateway.Gateway, error) {
	if len(o.Lines) == 0 || o.Address == "" || o.User == "" || o.Secret == "" || o.Book == nil || o.Now == nil || o.Log == nil {
		return nil, cause.Errorf(cause.Invalid, "gateway %s: a Yeastar needs an address, a user, a password, lines, a book, a clock and a log", o.Name)
	}
	address := o.Address
	if _, _, err := net.SplitHostPort(address); err != nil {
		address = net.JoinHostPort(address, apiPort)
	}
	o.Timing = o.Timing.WithDefaults()
	d := &driver{o: o}
	for _, p := range o.Lines {
		n, err := strconv.Atoi(p.ID)
		if err != nil || n < 1 || n > mostPorts {
			return nil, cause.Errorf(cause.Invalid, "gateway %s: the lines of a Yeastar are its ports, 1 to %d, not %q", o.Name, mostPorts, p.ID)
		}
		d.lines = append(d.lines, newLine(d, n, p.ID, address))
	}
	return d, nil
}

func newLine(d *driver, number int, id, address string) *line {
	l := &line{d: d, span: number + 1, log: d.o.Log.With("gateway", d.o.Name, "line", id), told: gateway.NewTold()}
	l.Line = gateway.NewLine(id, Vendor(), l, d.o.Now)
	l.way = &ami.Span{
		Login:  ami.Login{Address: address, User: d.o.User, Secret: d.o.Secret, Patience: d.o.Timing.Answer},
		Timing: d.o.Timing, Now: d.o.Now, Log: l.log, Look: l.look, Happened: l.happened, Lost: l.Lost,
	}
	return l
}

// line is one port of a box.
type line struct {
	*gateway.Line
	d    *driver
	span int // the port as the box's commands count: its number and one
	log  *slog.Logger
	way  *ami.Span
	told *gateway.Told

	results results // who waits for what became of a text
}

// Lines is documented at gateway.Gateway.
func (d *driver) Lines() []*gateway.Line {
	all := make([]*gateway.Line, len(d.lines))
	for i, l := range d.lines {
		all[i] = l.Line
	}
	return all
}

// Run is documented at gateway.Gateway.
func (d *driver) Run(ctx context.Context) error {
	var live sync.WaitGroup
	for _, l := range d.lines {
		live.Go(func() { l.way.Run(ctx) })
	}
	live.Wait()
	return nil
}
