package gwsim

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/gsmsim"
)

// Yeastar is a TG gateway that speaks its SMS API at Options.Listen: what it says follows the vendor's paper and what TG100
// to TG1600 were seen to say. It knows nothing of ICCIDs and of reports.
type Yeastar struct {
	*box
	api  *ami
	work sync.WaitGroup // what was ordered and goes on
}

var _ Box = (*Yeastar)(nil)

// NewYeastar sets a box up, and has its address; Run switches it on.
func NewYeastar(o Options) (*Yeastar, error) {
	b, err := newBox(o)
	if err != nil {
		return nil, err
	}
	at, err := net.Listen("tcp", o.Listen) //nolint:noctx // it is bound at once
	if err != nil {
		return nil, cause.Errorf(cause.Unavailable, "a simulated Yeastar: %w", err)
	}
	y := &Yeastar{box: b}
	y.api = &ami{box: b, at: at, command: "SMSCommand", first: yeastarFirst, carry: y.carry, sessions: map[*amiSession]bool{}}
	return y, nil
}

// yeastarFirst is the span of the first port: the box counts its board before the ports.
const yeastarFirst = 2

// Address is where the API is.
func (y *Yeastar) Address() string { return y.api.at.Addr().String() }

// Run is documented at Box.
func (y *Yeastar) Run(ctx context.Context) error {
	var live sync.WaitGroup
	defer y.work.Wait()
	defer live.Wait()
	inside, stop := context.WithCancel(ctx)
	defer stop()
	if y.sip != nil {
		if err := y.sip.begin(inside, &live); err != nil {
			return err
		}
	}
	for _, p := range y.ports {
		live.Go(func() { p.listen(inside, y) })
	}
	return y.api.run(inside)
}

// carry does what a command says, and returns what it writes.
func (y *Yeastar) carry(ctx context.Context, a asked) string {
	f := strings.Fields(a.words)
	switch {
	case a.words == "gsm show spans":
		wrote := ""
		for i, p := range y.ports {
			wrote += fmt.Sprintf("GSM span %d: %s\n", i+yeastarFirst, y.status(p))
		}
		return wrote
	case a.port == nil:
		return "No such command '" + a.words + "' (type 'help' for help)\n"
	case strings.HasPrefix(a.words, "gsm show "):
		return y.show(a.port)
	case strings.HasPrefix(a.words, "gsm send sms ") && len(f) >= 6:
		y.order(ctx, a.port, f[4], f[5:])
	case strings.HasPrefix(a.words, "gsm send ussd ") && len(f) >= 5:
		return y.ask(ctx, a.port, strings.Trim(f[4], `"`), f[3])
	case strings.HasPrefix(a.words, "gsm send at ") && len(f) >= 5:
		y.at(ctx, a.port, f[4])
	}
	return ""
}

// status is the sentence of a port.
func (y *Yeastar) status(p *port) string {
	switch {
	case p.card() == nil:
		return "Power on, Provisioned, Undetected SIM Card, Active,Standard"
	case !p.registered():
		return "Power on, Provisioned, Down, Active,Standard"
	}
	return "Power on, Provisioned, Up, Active,Standard"
}

// show is all of a port, as a TG with modules of SIMCOM writes it.
func (y *Yeastar) show(p *port) string {
	operator, network, signal, imsi, centre := "", "Not registered", -1, "", ""
	if card := p.card(); card != nil {
		imsi, centre = card.IMSI, p.mobile.Operator().ServiceCentre
	}
	if p.registered() {
		operator, network, signal = p.mobile.Operator().Name, "Registered (Home network)", 19
	}
	return fmt.Sprintf("D-channel: %d\nStatus: %s\nType: CPE\nManufacturer: SIMCOM_Ltd\nModel Name: SIMCOM_SIM800\nModel IMEI: 86295102%07d\n"+
		"Model CBAND:  DCS_MODE,ALL_BAND\nRevision: 1308B05SIM800M32_20140625_1100\nNetwork Name: %s\nNetwork Status: %s\nSignal Quality (0,31): %d\n"+
		"SIM IMSI: %s\nSIM SMS Center Number: %s\nSend SMS Center Number: Undefined\nLast event: SMS send OK\nState: READY\nLast send AT: AT+CREG?\\r\\n\n",
		p.index+yeastarFirst, y.status(p), p.index+1, operator, network, signal, imsi, centre)
}

// order takes a text in quotes and percent signs and, where it is given, the number to name it by; it is sent after the
// answer.
func (y *Yeastar) order(ctx context.Context, p *port, to string, rest []string) {
	quoted := strings.Trim(rest[0], `"`)
	text, err := url.PathUnescape(quoted)
	if err != nil {
		text = quoted
	}
	id := ""
	if len(rest) > 1 {
		id = rest[1]
	}
	if p.has(Lies) {
		y.sent(p, id+"0", true)
		y.sent(p, "", true)
	}
	y.work.Go(func() {
		_, _, why := p.submit(ctx, to, text)
		switch {
		case p.has(Forgets):
			y.api.drop()
		case !p.has(CutSend):
			y.sent(p, id, why == 0)
		}
	})
}

// sent tells what became of a text.
func (y *Yeastar) sent(p *port, id string, went bool) {
	centre, status := "", 0
	if p.mobile != nil {
		centre = p.mobile.Operator().ServiceCentre
	}
	if went {
		status = 1
	}
	y.api.tell(p, "Event: UpdateSMSSend", "Privilege: all,smscommand", "ID: "+id, "Smsc: "+centre, "Status: "+strconv.Itoa(status), "--END SMS EVENT--")
}

// ask asks the network, and waits for it.
func (y *Yeastar) ask(ctx context.Context, p *port, code, span string) string {
	if !p.registered() {
		return "0:Send USSD failed on span: " + span + "\n"
	}
	answer, open, err := p.mobile.Ask(ctx, code)
	if err != nil {
		return "0:Send USSD failed on span: " + span + "\n"
	}
	wait := 0
	if open {
		wait = 1
	}
	return fmt.Sprintf("1:Received USSD success on span: %s\n\tUSSD Responses: %d\n\tUSSD Code: 15\n\tUSSD Len: %d\n\tUSSD Message: %s\n", span, wait, len(answer), answer)
}

// at carries out the few AT commands that people were seen to send, and says nothing of how it went.
func (y *Yeastar) at(ctx context.Context, p *port, command string) {
	switch command {
	case "AT+CUSD=2":
		if p.mobile != nil {
			p.mobile.Leave()
		}
	case "AT+CFUN=4":
		p.block(true)
	case "AT+CFUN=1":
		p.block(false)
	case "AT+CFUN=1,1":
		y.work.Go(func() { p.restart(ctx) })
	}
}

// came is documented at sink: each part of a text is told by itself, once.
func (y *Yeastar) came(p *port, t text) {
	id := ""
	if len(t.pieces) > 1 {
		y.mu.Lock()
		p.reference++
		id = strconv.Itoa(int(p.reference))
		y.mu.Unlock()
	}
	for i, piece := range t.pieces {
		y.api.tell(p, "Event: ReceivedSMS", "Privilege: all,smscommand", "ID: "+id, fmt.Sprintf("GsmSpan: %d", p.index+yeastarFirst), "Sender: "+t.from,
			"Recvtime: "+t.sent.Format(time.DateTime), fmt.Sprintf("Index: %d", i+1), fmt.Sprintf("Total: %d", len(t.pieces)), "Smsc: "+t.centre,
			"Content: "+url.QueryEscape("\ufeff"+piece), "--END SMS EVENT--")
	}
}

func (y *Yeastar) reported(*port, reported) {} // the box keeps reports to itself

func (y *Yeastar) rings(ctx context.Context, p *port, h *gsmsim.Handset) {
	if y.sip == nil {
		h.HangUp()
		return
	}
	y.work.Go(func() { y.sip.bring(ctx, p, h) })
}
