package goip

import (
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/gateway"
	"roadline/hardware/modem"
)

// line is one line of a box.
type line struct {
	*gateway.Line
	d    *driver
	port gateway.Port
	log  *slog.Logger
	turn chan struct{} // held by the dialogue that goes on: a line has one at a time
	told *gateway.Told

	mu sync.Mutex
	// mu guards:
	addr  net.Addr // that its last word came from; nil: none, or too long ago
	last  time.Time
	state gateway.State
	asked map[string]chan string // who waits for the answers of a dialogue, by its number
	ussd  string                 // number of the open USSD session; empty: none
}

// take takes an event of the line's own box.
func (l *line) take(e event, from net.Addr) {
	l.mu.Lock()
	l.last, l.addr = l.d.o.Now(), from
	l.mu.Unlock()
	switch e.name {
	case "RECEIVE":
		l.owed(e, from, func(token string) modem.Event {
			return modem.TextCame{Token: token, From: e.field("srcnum"), Text: e.field("msg")}
		})
		return
	case "DELIVER":
		reference, _ := strconv.Atoi(e.field("sms_no"))
		status, err := strconv.ParseUint(e.field("state"), 10, 8)
		if err != nil {
			status = notTold
		}
		l.owed(e, from, func(token string) modem.Event {
			return modem.TextReported{Token: token, To: e.field("num"), Reference: byte(reference), Status: byte(status)} //nolint:gosec // the network's own reference has eight bits
		})
		return
	case "req":
		l.alive(e)
	case "STATE":
		l.change(func(s *gateway.State) {
			state, _, _ := strings.Cut(e.field("gsm_remain_state"), ":")
			s.Busy = state != "IDLE"
		})
	}
	// RECORD, HANGUP, REMAIN, EXPIRY, CELLS and whatever a firmware invents: what is not acknowledged is told three times more.
	l.d.write(e.done(), from)
}

// notTold: "no information", 3GPP TS 23.040 §9.2.3.15, of the permanent errors.
const notTold = 0x45

// owed passes on what is acknowledged only when it is kept. What is told again meanwhile is not passed on again. A box that
// started anew may give a number again: what it said belongs to the token too.
func (l *line) owed(e event, from net.Addr, named func(token string) modem.Event) {
	token := fmt.Sprintf("%s %s %x", e.name, e.number, e.sum())
	switch l.told.Stands(token) {
	case gateway.Kept:
		l.d.write(e.done(), from)
		return
	case gateway.Passed:
		return
	case gateway.Unknown:
	}
	l.told.Note(token, gateway.Passed)
	if !l.Tell(named(token)) {
		l.told.Note(token, gateway.Unknown)
	}
}

// alive takes a line's regular word: how it stands.
func (l *line) alive(e event) {
	in := e.field("gsm_status") == "LOGIN"
	level, _ := strconv.Atoi(e.field("signal")) // 0: not known
	s := modem.SIM{State: modem.SIMReady, ICCID: gateway.Digits(e.field("iccid")), IMSI: gateway.Digits(e.field("imsi")), Number: e.field("num"), Attempts: -1}
	if !in && s.ICCID == "" && s.IMSI == "" {
		s = modem.SIM{State: modem.SIMAbsent, Attempts: -1}
	}
	r := modem.Radio{Registration: modem.NotRegistered, Voice: in, Operator: e.field("pro"), Cell: e.field("CELLINFO"), SignalDBm: gateway.Signal(level)}
	if in {
		r.Registration = modem.Home // the box does not tell roaming
	}
	l.change(func(now *gateway.State) {
		now.SIM, now.Radio, now.IMEI, now.Box = s, r, e.field("imei"), "GoIP"
		now.Blocked = e.field("disable_status") == "1"
		now.SIP = !l.port.Account || e.field("voip_status") == "LOGIN"
	})
}

// change changes what is known of the line, and tells it once the box has told the whole.
func (l *line) change(how func(*gateway.State)) {
	l.mu.Lock()
	how(&l.state)
	s := l.state
	l.mu.Unlock()
	if s.Box != "" {
		l.Is(s)
	}
}

// strange takes words with a password that is not the line's.
func (l *line) strange() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.addr == nil {
		l.Lost(cause.Errorf(cause.Denied, "the gateway gives another password for line %s than the file has", l.port.ID))
	}
}

// silent gives the line up when it said nothing for too long.
func (l *line) silent() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.addr == nil || l.d.o.Now().Sub(l.last) < l.d.o.Timing.Silent {
		return
	}
	l.addr, l.state, l.ussd = nil, gateway.State{}, ""
	l.log.Warn("line fell silent")
	l.Lost(cause.Errorf(cause.NotFound, "line %s has said nothing for %s", l.port.ID, l.d.o.Timing.Silent))
}
