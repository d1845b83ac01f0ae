package dinstar

import (
	"context"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/gateway"
	"roadline/hardware/modem"
)

// line is one port of a box.
type line struct {
	*gateway.Line
	d      *driver
	number int
	port   gateway.Port
	log    *slog.Logger
	turn   chan struct{} // held by the USSD question that goes on
	owed   string        // an answer that was shown before it was pushed; owned by who holds turn
	heard  time.Time     // when the box told last how the port stands; zero: the line is given up; owned by the driver's Run

	results results     // who waits for what became of a text
	replies chan string // what the network said by USSD, as it was pushed
}

// portInfo is how a port stands.
type portInfo struct {
	Port      int    `json:"port"`
	Type      string `json:"type"`
	IMEI      string `json:"imei"`
	IMSI      string `json:"imsi"`
	ICCID     string `json:"iccid"`
	Centre    string `json:"smsc"`
	Number    string `json:"number"`
	Reg       string `json:"reg"`
	CallState string `json:"callstate"`
	Signal    int    `json:"signal"`
}

// askPorts asks how the ports stand.
func (d *driver) askPorts(ctx context.Context) error {
	var said struct {
		answer
		Info records[portInfo] `json:"info"`
	}
	query := url.Values{"port": {d.ports()}, "info_type": {"imei,imsi,iccid,smsc,type,number,reg,slot,callstate,signal"}}
	if err := d.get(ctx, "/api/get_port_info", query, &said); err != nil {
		return err
	}
	if err := said.judge(); err != nil {
		return err
	}
	now := d.o.Now()
	d.mu.Lock()
	d.last, d.serial = now, said.Serial
	d.mu.Unlock()
	d.odd(said.Info.odd)
	for _, p := range said.Info.all {
		if l := d.line(p.Port); l != nil {
			l.heard = now
			l.Is(p.state(said.Serial))
		}
	}
	for _, l := range d.lines {
		if !l.heard.IsZero() && now.Sub(l.heard) > d.o.Timing.Silent {
			l.heard = time.Time{}
			l.Lost(cause.Errorf(cause.NotFound, "the gateway answers and has not told of port %d for %s", l.number, d.o.Timing.Silent))
		}
	}
	return nil
}

// state is how a line stands by what the box says of its port.
func (p portInfo) state(serial string) gateway.State {
	s := gateway.State{IMEI: p.IMEI, Box: strings.TrimSpace("Dinstar " + serial), SIP: true, Busy: p.CallState != "" && p.CallState != "Idle"}
	s.SIM = modem.SIM{State: modem.SIMReady, ICCID: gateway.Digits(p.ICCID), IMSI: gateway.Digits(p.IMSI), Number: p.Number, Service: p.Centre, Attempts: -1}
	s.Radio = modem.Radio{Registration: modem.NotRegistered, Access: access(p.Type), SignalDBm: gateway.Signal(p.Signal)}
	switch p.Reg {
	case "REGISTER_OK":
		s.Radio.Registration, s.Radio.Voice = modem.Home, true // the box does not tell roaming
	case "NO_SIM":
		s.SIM = modem.SIM{State: modem.SIMAbsent, Attempts: -1}
	case "REGISTERING", "SEARCHING":
		s.Radio.Registration = modem.Searching
	}
	return s
}

// access is the kind of network by the kind of module.
func access(kind string) string {
	switch strings.ToUpper(kind) {
	case "GSM":
		return "2G"
	case "WCDMA":
		return "3G"
	case "LTE":
		return "4G"
	}
	return ""
}

// set orders something of the port.
func (l *line) set(ctx context.Context, action string) error {
	var said answer
	query := url.Values{"port": {strconv.Itoa(l.number)}, "action": {action}}
	if err := l.d.get(ctx, "/api/set_port_info", query, &said); err != nil {
		return err
	}
	return said.judge()
}

// Block is documented at gateway.Control.
func (l *line) Block(ctx context.Context, on bool) error {
	if on {
		return l.set(ctx, "block")
	}
	return l.set(ctx, "unblock")
}

// Restart is documented at gateway.Control.
func (l *line) Restart(ctx context.Context) error { return l.set(ctx, "reset") }

// Ask is documented at gateway.Control. The box shows the latest answer of a port and forgets it with the next question.
func (l *line) Ask(ctx context.Context, text string) (modem.USSD, error) {
	if len(text) > mostUSSD {
		return modem.USSD{}, cause.Errorf(cause.Invalid, "a USSD string of %d characters: a Dinstar takes %d", len(text), mostUSSD)
	}
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return modem.USSD{}, cause.Errorf(cause.Unavailable, "line %s is at something else: %w", l.port.ID, ctx.Err())
	}
	defer func() { <-l.turn }()
	l.forget()
	before, err := l.reply(ctx)
	if err != nil {
		return modem.USSD{}, err
	}
	if err := l.ussd(ctx, text, "send"); err != nil {
		return modem.USSD{}, err
	}
	said, err := l.replied(ctx, before)
	if err != nil {
		return modem.USSD{}, err
	}
	return modem.USSD{Text: said, Open: true, Mode: 1}, nil // the box does not say whether the network waits
}

// mostUSSD is the box's limit.
const mostUSSD = 60

// forget drops what was pushed for an earlier question.
func (l *line) forget() {
	for {
		select {
		case said := <-l.replies:
			l.late(said)
		default:
			return
		}
	}
}

// late reports that what is pushed was shown already, in answer to an earlier question.
func (l *line) late(said string) bool {
	if said != l.owed {
		return false
	}
	l.owed = ""
	return true
}

// replied waits for an answer: pushed, or shown in the place of the one before. A box that was seen without an answer since
// then may show the same words again.
func (l *line) replied(ctx context.Context, before string) (string, error) {
	over := time.NewTimer(l.d.o.Timing.Send)
	defer over.Stop()
	look := time.NewTicker(l.d.o.Timing.Poll)
	defer look.Stop()
	for {
		select {
		case said := <-l.replies:
			if !l.late(said) {
				return said, nil
			}
		case <-look.C:
			now, err := l.reply(ctx)
			switch {
			case err != nil:
				l.log.Debug("USSD answer not shown", "err", err)
			case now == "":
				before = ""
			case now != before:
				l.owed = now
				return now, nil
			}
		case <-over.C:
			return "", cause.Errorf(cause.Unavailable, "the network did not answer within %s", l.d.o.Timing.Send)
		case <-ctx.Done():
			return "", cause.Errorf(cause.Unavailable, "the network did not answer in time: %w", ctx.Err())
		}
	}
}

// reply is the answer that the box shows; empty: none.
func (l *line) reply(ctx context.Context) (string, error) {
	var said struct {
		answer
		Reply []ussdReply `json:"reply"`
	}
	if err := l.d.get(ctx, "/api/query_ussd_reply", url.Values{"port": {strconv.Itoa(l.number)}}, &said); err != nil {
		return "", err
	}
	for _, r := range said.Reply {
		if r.Port == l.number {
			return r.Text, nil
		}
	}
	return "", nil
}

type ussdReply struct {
	Port int    `json:"port"`
	Text string `json:"text"`
}

// ussd orders a USSD string, or the end of a session.
func (l *line) ussd(ctx context.Context, text, command string) error {
	var said struct {
		answer
		Result []struct {
			Port   int `json:"port"`
			Status int `json:"status"`
		} `json:"result"`
	}
	body := map[string]any{"text": text, "port": []int{l.number}, "command": command}
	if err := l.d.post(ctx, "/api/send_ussd", body, &said); err != nil {
		return err
	}
	if err := said.judge(); err != nil {
		return err
	}
	for _, r := range said.Result {
		switch {
		case r.Port != l.number || r.Status == codeOK || r.Status == codeAccepted:
		case r.Status == 486:
			return cause.Errorf(cause.NoRoom, "the card is at something else")
		default:
			return cause.Errorf(cause.Unavailable, "the network was not asked: the gateway says %d", r.Status)
		}
	}
	return nil
}

// Cancel is documented at gateway.Control.
func (l *line) Cancel(ctx context.Context) error { return l.ussd(ctx, "", "cancel") }
