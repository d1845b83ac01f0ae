// Package goip is the driver of GoIP gateways (DBL, Hybertone) by their UDP protocol, "GoIP SMS Interface": the box is the
// client. Each of its lines has an id and a password, says every 30 s how it stands, and takes commands at the address
// that its last word came from.
//
// Of gateway.Options it uses Listen (where the lines send to), Address (the box's host, with or without a port:
// words from elsewhere are not heard; empty: from anywhere), and of each line ID and Secret. Start at Vendor; goip_text.go has the one dialogue that
// must never be held twice.
package goip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/gateway"
	"roadline/hardware/modem"
)

// Vendor is GoIP.
func Vendor() gateway.Vendor {
	return gateway.Vendor{
		Name: "goip",
		Can: modem.Capabilities{
			Voice: modem.OverSIP, SMS: true, USSD: true, KeysOut: "0123456789*#ABCD",
			Proved: "the simulator hardware/gwsim, the vendor's paper with its examples, captured packets; npm goip against the simulator",
		},
		Clear: "GoIP sends the password of each line readable in every datagram, and takes commands from whoever knows it: keep the box in a network of its own",
		Quirks: []string{
			"a text that is not acknowledged is told three times within nine seconds, then no more: what comes while the server is away is lost",
			"firmware of the first paper does not tell the ICCID: such a line is of no use here",
			"`pass:` and `password:` mean the same, and newer firmware puts `smscnum:` before the text",
			"numbers of events may be negative while the box has no time",
			"a session for a text ends after 90 s without a word, and the box takes five at a time",
		},
		Open: open,
	}
}

// driver is one box.
type driver struct {
	o      gateway.Options
	log    *slog.Logger
	lines  []*line
	sender *gateway.Host        // that words may come from; nil: anybody
	warned map[string]time.Time // when a word that is not believed was logged last, by its kind; owned by Run

	mu   sync.Mutex
	conn net.PacketConn // guarded by mu; nil: Run does not listen
}

func open(o gateway.Options) (gateway.Gateway, error) {
	if o.Listen == "" || len(o.Lines) == 0 || o.Book == nil || o.Now == nil || o.Log == nil {
		return nil, cause.Errorf(cause.Invalid, "gateway %s: a GoIP needs an address to listen at, lines, a book, a clock and a log", o.Name)
	}
	o.Timing = o.Timing.WithDefaults()
	d := &driver{o: o, log: o.Log.With("gateway", o.Name), warned: map[string]time.Time{}}
	host, _, err := net.SplitHostPort(o.Address)
	if err != nil {
		host = o.Address
	}
	if host != "" {
		d.sender = gateway.NewHost(host, o.Now, d.log)
	}
	for _, p := range o.Lines {
		if p.ID == "" || p.Secret == "" || strings.ContainsAny(p.ID+p.Secret, " ;:\r\n") {
			return nil, cause.Errorf(cause.Invalid, "gateway %s: every line of a GoIP has an id and a password, without spaces, colons and semicolons", o.Name)
		}
		l := &line{d: d, port: p, log: d.log.With("line", p.ID), turn: make(chan struct{}, 1), asked: map[string]chan string{}, told: gateway.NewTold()}
		l.Line = gateway.NewLine(p.ID, Vendor(), l, o.Now)
		d.lines = append(d.lines, l)
	}
	return d, nil
}

// Lines is documented at gateway.Gateway.
func (d *driver) Lines() []*gateway.Line {
	all := make([]*gateway.Line, len(d.lines))
	for i, l := range d.lines {
		all[i] = l.Line
	}
	return all
}

// mostDatagram is how long a datagram of a box is at most: a text of 3000 octets with what stands before it.
const mostDatagram = 4096

// Run is documented at gateway.Gateway.
func (d *driver) Run(ctx context.Context) error {
	if err := d.listen(ctx); err != nil {
		return err
	}
	var end sync.WaitGroup
	end.Go(func() { d.watch(ctx) })
	buffer := make([]byte, mostDatagram)
	for {
		n, from, err := d.conn.ReadFrom(buffer)
		if err != nil {
			if ctx.Err() == nil && !errors.Is(err, net.ErrClosed) {
				d.log.Warn("datagram not read", "err", err)
				continue
			}
			break
		}
		d.heard(ctx, string(buffer[:n]), from)
	}
	end.Wait()
	for _, l := range d.lines {
		l.Lost(cause.Errorf(cause.Unavailable, "the gateway is not served any more"))
	}
	return nil
}

func (d *driver) listen(ctx context.Context) error {
	if d.sender != nil {
		d.sender.Ask(ctx)
	}
	conn, err := (&net.ListenConfig{}).ListenPacket(ctx, "udp", d.o.Listen)
	if err != nil {
		return cause.Errorf(cause.Unavailable, "gateway %s: %w", d.o.Name, err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.conn = conn
	return nil
}

// watch finds the lines that fell silent, and ends the listening with ctx.
func (d *driver) watch(ctx context.Context) {
	tick := time.NewTicker(max(d.o.Timing.Silent/10, time.Millisecond))
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-tick.C:
			for _, l := range d.lines {
				l.silent()
			}
		}
	}
	if err := d.conn.Close(); err != nil {
		d.log.Debug("socket closed", "err", err)
	}
}

// heard takes one datagram. Where the box's host has a name, Speaks may ask for it, 2 s in 7 at worst: what is sent meanwhile
// waits in the socket, and boxes repeat themselves.
func (d *driver) heard(ctx context.Context, text string, from net.Addr) {
	if d.sender != nil && !d.sender.Speaks(ctx, from.String()) {
		if d.warns("stranger") {
			d.log.Warn("word from a stranger", "remote", from.String())
		}
		return
	}
	if e, ok := readEvent(text); ok {
		d.event(e, from)
		return
	}
	word, id, rest := readAnswer(text)
	for _, l := range d.lines {
		if l.answered(id, word, rest, from) {
			return
		}
	}
	d.log.Debug("answer that nobody waits for", "text", word)
}

// event takes what a box says by itself. Whoever does not know the line's password is told so, and nothing of it is
// believed.
func (d *driver) event(e event, from net.Addr) {
	for _, l := range d.lines {
		if l.port.ID != e.field("id") {
			continue
		}
		if l.port.Secret != e.secret() {
			l.strange()
			if d.warns("password " + l.port.ID) {
				l.log.Warn("word with a wrong password")
			}
			d.write(e.refusal("password"), from)
			return
		}
		l.take(e, from)
		return
	}
	if d.warns("line") {
		d.log.Warn("line that is not in the file", "line", e.field("id"))
	}
	d.write(e.refusal("not find this id:"+e.field("id")), from)
}

// warnEvery is how often the log has the same of words that are not believed: anybody can send them.
const warnEvery = time.Minute

// warns reports that the log has room for words of a kind that are not believed, and notes that it has them.
func (d *driver) warns(kind string) bool {
	now := d.o.Now()
	if last, ok := d.warned[kind]; ok && now.Sub(last) < warnEvery {
		return false
	}
	d.warned[kind] = now
	return true
}

// write sends one datagram. What is lost is asked again, or told again.
func (d *driver) write(text string, to net.Addr) {
	d.mu.Lock()
	conn := d.conn
	d.mu.Unlock()
	if conn == nil || to == nil {
		return
	}
	if _, err := conn.WriteTo([]byte(text), to); err != nil {
		d.log.Debug("datagram not sent", "err", err)
	}
}

// nextID is a number for a dialogue. The box takes one that it knows for the same dialogue, so that none is used twice.
func (d *driver) nextID() (string, error) {
	n, err := d.o.Book.Next()
	if err != nil {
		return "", err
	}
	return fmt.Sprint(n), nil
}
