// Package dinstar is the driver of Dinstar gateways (UC2000, UC100, newer DWG) by their HTTP API, version 2020.11: JSON with
// digest authentication, asked again and again, and what the box pushes by itself heard too. What is pushed is said once
// and may be lost, so that everything is also asked for.
//
// Of gateway.Options it uses Address (http:// or https:// and host:port), User and Secret, Certificate, Listen (where the
// box pushes to; empty: it is only asked), and of each line ID, the port's number from 0. Start at Vendor; dinstar_text.go
// has what must never be done twice.
package dinstar

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/icholy/digest"

	"roadline/fmc/cause"
	"roadline/hardware/gateway"
	"roadline/hardware/modem"
)

// Vendor is Dinstar.
func Vendor() gateway.Vendor {
	return gateway.Vendor{
		Name: "dinstar",
		Can: modem.Capabilities{
			Voice: modem.OverSIP, SMS: true, USSD: true, KeysOut: "0123456789*#ABCD",
			Proved: "the simulator hardware/gwsim and the vendor's paper with its examples",
		},
		Quirks: []string{
			"a comma in a query must be percent-encoded, or real firmware takes the digest for wrong",
			"a wrong password again and again locks our address out: after one refusal it is not asked for ten minutes",
			"asking for unread messages marks them as read, also where the answer is lost: all are asked for, from the last one kept",
			"only the latest USSD answer of a port is shown, and not to which question",
			"times are local times of the box, without a zone",
		},
		Open: open,
	}
}

// driver is one box.
type driver struct {
	o      gateway.Options
	log    *slog.Logger
	base   string        // URL without a slash at its end
	sender *gateway.Host // that pushes may come from
	client *http.Client
	lines  []*line
	told   *gateway.Told
	inbox  inbox
	pushed chan push // what the box said by itself

	reported map[string]bool // tokens of the reports that it told of last, and that were passed on; owned by Run

	mu sync.Mutex
	// mu guards:
	serial string    // of the box, as its answers have it
	last   time.Time // of the last answer to how the ports stand
	shut   time.Time // until then it is not asked: it refused the password
}

// authPause is how long a box that refused the password is left alone: it locks out whoever tries again and again.
const authPause = 10 * time.Minute

func open(o gateway.Options) (gateway.Gateway, error) {
	if len(o.Lines) == 0 || o.User == "" || o.Secret == "" || o.Book == nil || o.Now == nil || o.Log == nil {
		return nil, cause.Errorf(cause.Invalid, "gateway %s: a Dinstar needs a user, a password, lines, a book, a clock and a log", o.Name)
	}
	scheme, rest, ok := strings.Cut(strings.TrimSuffix(o.Address, "/"), "://")
	if !ok || scheme != "http" && scheme != "https" || rest == "" || strings.ContainsAny(rest, "/?#@") {
		return nil, cause.Errorf(cause.Invalid, "gateway %s: the address of a Dinstar is such as https://192.0.2.7", o.Name)
	}
	o.Timing = o.Timing.WithDefaults()
	transport, err := o.Client()
	if err != nil {
		return nil, err
	}
	host, _, err := net.SplitHostPort(rest)
	if err != nil {
		host = rest
	}
	d := &driver{
		o: o, log: o.Log.With("gateway", o.Name), base: scheme + "://" + rest, told: gateway.NewTold(), pushed: make(chan push, 16),
		client: &http.Client{
			Transport: &digest.Transport{Username: o.User, Password: o.Secret, Transport: transport}, Timeout: o.Timing.Answer,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	d.sender = gateway.NewHost(host, o.Now, d.log)
	d.inbox = inbox{book: o.Book}
	for _, p := range o.Lines {
		n, err := strconv.Atoi(p.ID)
		if err != nil || n < 0 || n > 31 {
			return nil, cause.Errorf(cause.Invalid, "gateway %s: the lines of a Dinstar are its ports, 0 to 31, not %q", o.Name, p.ID)
		}
		l := &line{d: d, number: n, port: p, log: d.log.With("line", p.ID), turn: make(chan struct{}, 1), replies: make(chan string, 4)}
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

func (d *driver) line(port int) *line {
	for _, l := range d.lines {
		if l.number == port {
			return l
		}
	}
	return nil
}

// Run is documented at gateway.Gateway.
func (d *driver) Run(ctx context.Context) error {
	var live sync.WaitGroup
	defer live.Wait()
	inside, stop := context.WithCancel(ctx)
	defer stop()
	if d.o.Listen != "" {
		if err := d.o.Hear(inside, &live, d.sender, d.hear); err != nil {
			return err
		}
	}
	tick := time.NewTicker(d.o.Timing.Poll)
	defer tick.Stop()
	for ctx.Err() == nil {
		d.look(ctx)
		for wait := true; wait; {
			select {
			case <-ctx.Done():
				wait = false
			case p := <-d.pushed:
				d.take(p)
			case <-tick.C:
				wait = false
			}
		}
	}
	d.lost(cause.Errorf(cause.Unavailable, "the gateway is not served any more"))
	d.client.CloseIdleConnections()
	return nil
}

// look asks how everything stands.
func (d *driver) look(ctx context.Context) {
	if err := d.askPorts(ctx); err != nil {
		d.away(err)
		return
	}
	for _, ask := range []func(context.Context) error{d.askInbox, d.askReports} {
		if err := ask(ctx); err != nil {
			d.log.Warn("gateway did not say what came", "err", err)
		}
	}
}

// away deals with a box that does not say how its ports stand. It may be starting anew, and count its messages anew.
func (d *driver) away(err error) {
	d.mu.Lock()
	silent := d.o.Now().Sub(d.last) > d.o.Timing.Silent
	d.mu.Unlock()
	if cause.KindOf(err) == cause.Denied || silent {
		d.lost(err)
	}
	d.inbox.anew()
	d.log.Warn("gateway did not say how its ports stand", "err", err)
}

// lost gives all lines up.
func (d *driver) lost(why error) {
	for _, l := range d.lines {
		l.Lost(why)
	}
}
