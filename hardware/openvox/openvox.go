// Package openvox is the driver of OpenVox VoxStack gateways: texts go by the HTTP of the box and come as its pushes;
// everything else is asked by the manager protocol of Asterisk, on a connection for each port.
//
// Of gateway.Options it uses Address (http:// or https:// and host:port of the web pages; the manager protocol is at port
// 5038 of the same host, or where "?ami=" says), Certificate, User and Secret, which are to be set the same for the
// Asterisk API and for HTTP to SMS, Listen (where SMS to HTTP pushes to; empty: no text comes), and of each line ID: the
// port as the box names it, "gsm-1.3", or its number, "3". The ICCID of a card is read by AT+CRSM; Cards is asked only where
// the module does not let it be. Start at Vendor; openvox_text.go has what must never be done twice, openvox_push.go what
// the box must be set up with.
package openvox

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"roadline/fmc/cause"
	"roadline/hardware/ami"
	"roadline/hardware/gateway"
	"roadline/hardware/modem"
)

// Vendor is OpenVox.
func Vendor() gateway.Vendor {
	return gateway.Vendor{
		Name: "openvox",
		Can: modem.Capabilities{
			Voice: modem.OverSIP, SMS: true, USSD: true, KeysOut: "0123456789*#ABCD",
			Proved: "the simulator hardware/gwsim, npm asterisk-manager against it, and the vendor's papers of both interfaces",
		},
		Clear: "the user and password travel readable in the address of every text sent by HTTP, and at every connection of the Asterisk API",
		Quirks: []string{
			"the pages' HTTP and the Asterisk API have users of their own: give both the same name and password, and let our address in",
			"a text that comes is pushed once: what comes while nobody listens is not told again",
			"the time-out of a text is in seconds in one paper and in milliseconds in another: the larger is asked for",
			"firmware that sends asynchronously answers \"sending\" and pushes what became of it without the text's id: one text of a port goes at a time",
			"its JSON has commas too many and does not escape: only what follows the text is read",
			"no report of delivery is told in a way that names the text",
		},
		Open: open,
	}
}

// driver is one box.
type driver struct {
	o      gateway.Options
	base   string // URL without a slash at its end
	host   string
	sender *gateway.Host // that pushes may come from
	client *http.Client
	lines  []*line
}

// apiPort is where a box takes connections of the manager protocol, unless it was set up otherwise.
const apiPort = "5038"

func open(o gateway.Options) (gateway.Gateway, error) {
	if len(o.Lines) == 0 || o.User == "" || o.Secret == "" || o.Book == nil || o.Now == nil || o.Log == nil {
		return nil, cause.Errorf(cause.Invalid, "gateway %s: an OpenVox needs a user, a password, lines, a book, a clock and a log", o.Name)
	}
	at, err := url.Parse(o.Address)
	if err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Hostname() == "" || strings.Trim(at.Path, "/") != "" || at.User != nil {
		return nil, cause.Errorf(cause.Invalid, "gateway %s: the address of an OpenVox is such as http://192.0.2.7 or http://192.0.2.7?ami=5039", o.Name)
	}
	port := apiPort
	if given := at.Query().Get("ami"); given != "" {
		port = given
	}
	o.Timing = o.Timing.WithDefaults()
	transport, err := o.Client()
	if err != nil {
		return nil, err
	}
	// net/http sends a GET again by itself where a connection that it kept has ended meanwhile: a text could go twice.
	transport.DisableKeepAlives = true
	transport.ResponseHeaderTimeout = o.Timing.Send
	transport.MaxConnsPerHost = len(o.Lines) // a text has one until the network took it, and one of a port goes at a time
	d := &driver{o: o, base: at.Scheme + "://" + at.Host, host: at.Hostname(), client: &http.Client{
		Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	d.sender = gateway.NewHost(d.host, o.Now, o.Log.With("gateway", o.Name))
	for _, p := range o.Lines {
		l, err := newLine(d, p.ID, net.JoinHostPort(d.host, port))
		if err != nil {
			return nil, err
		}
		d.lines = append(d.lines, l)
	}
	return d, nil
}

// mostPorts is how many ports a board has at most.
const mostPorts = 44

func newLine(d *driver, id, api string) (*line, error) {
	number, err := strconv.Atoi(id[strings.LastIndexAny(id, ".-")+1:])
	if err != nil || number < 1 || number > mostPorts {
		return nil, cause.Errorf(cause.Invalid, "gateway %s: the lines of an OpenVox are its ports, such as gsm-1.3 or 3, not %q", d.o.Name, id)
	}
	l := &line{d: d, span: number, log: d.o.Log.With("gateway", d.o.Name, "line", id), told: gateway.NewTold(), turn: make(chan struct{}, 1)}
	l.Line = gateway.NewLine(id, Vendor(), l, d.o.Now)
	l.way = &ami.Span{
		Login:  ami.Login{Address: api, User: d.o.User, Secret: d.o.Secret, Patience: d.o.Timing.Answer},
		Timing: d.o.Timing, Now: d.o.Now, Log: l.log, Look: l.look, Happened: func(ami.Message) {}, Lost: l.Lost,
	}
	return l, nil
}

// line is one port of a box.
type line struct {
	*gateway.Line
	d    *driver
	span int
	log  *slog.Logger
	way  *ami.Span
	told *gateway.Told
	turn chan struct{} // held by the text that goes

	mu sync.Mutex
	// mu guards:
	card         modem.SIM   // whose ICCID was read
	going, words string      // the number that a text goes to, and the text; empty: none goes
	went         chan string // what the box pushed of it
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
	defer live.Wait()
	inside, stop := context.WithCancel(ctx)
	defer stop()
	if d.o.Listen != "" {
		if err := d.o.Hear(inside, &live, d.sender, d.hear); err != nil {
			return err
		}
	}
	for _, l := range d.lines {
		live.Go(func() { l.way.Run(inside) })
	}
	<-ctx.Done()
	return nil
}
