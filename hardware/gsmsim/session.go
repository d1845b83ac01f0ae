package gsmsim

import (
	"strconv"
	"strings"
	"time"
)

// A verb does one command of a session.
type verb func(s *session, c command) answer

// An answer is what a command has to say: lines, and a final code that ends the whole line of commands unless it is OK.
type answer struct {
	lines  []string
	final  string        // empty: OK
	cme    int           // of an error of the device, as +CMEE wants it written; final is empty then
	cms    int           // of an error of texts
	isCME  bool          // number 0 is one too
	after  time.Duration // it comes so late, in the network's pace
	then   func()        // what happens next, once the final code is out
	late   func() answer // what the answer is, is known only then
	prompt func(text string) answer
	lost   bool // nothing is said: the answer gets lost on its way
}

const okay = "OK"

func say(lines ...string) answer { return answer{lines: lines} }
func cme(number int) answer      { return answer{cme: number, isCME: true} }
func cms(number int) answer      { return answer{cms: number} }

// The numbers of +CME ERROR that are used, 27.007 §9.2.
const (
	cmePhone       = 0
	cmeNotAllowed  = 3
	cmeUnsupported = 4
	cmeNoSIM       = 10
	cmePIN         = 11
	cmePUK         = 12
	cmeWrong       = 16
	cmeIndex       = 21
	cmeNoNetwork   = 30
	cmeInvalid     = 50
	cmeUnknown     = 100
)

var cmeTexts = map[int]string{
	cmePhone: "phone failure", cmeNotAllowed: "operation not allowed", cmeUnsupported: "operation not supported", cmeNoSIM: "SIM not inserted",
	cmePIN: "SIM PIN required", cmePUK: "SIM PUK required", cmeWrong: "incorrect password", cmeIndex: "invalid index",
	cmeNoNetwork: "no network service", cmeInvalid: "incorrect parameters", cmeUnknown: "unknown",
}

// A session is what one port for commands remembers: several ports of a device are strangers to each other.
type session struct {
	device *Device
	port   *port

	echo    bool
	cmee    int
	quiet   bool // ATQ1: no final codes
	charset string
	mode    int // +CMGF: 0 PDU, 1 text; only PDU carries texts here

	line    []byte
	waiting []string  // lines that came while a command was at work
	rest    []command // of the line at work
	then    []func()  // after its final code
	busy    bool
	prompt  func(text string) answer // what follows is a text, up to Ctrl-Z or Esc
}

func newSession(d *Device, p *port) *session {
	s := &session{device: d, port: p}
	s.reset()
	return s
}

// reset brings the session to what it is when power comes.
func (s *session) reset() {
	*s = session{device: s.device, port: s.port, echo: true, charset: s.device.model.dialect.charset}
}

const (
	ctrlZ  = 0x1a
	escape = 0x1b
)

// take reads what was written to the port.
func (s *session) take(b []byte) {
	if s.device.faults[SilentPort] {
		return
	}
	for _, c := range b {
		if s.echoes() && c != escape { // Ctrl-Z too: ofono waits for it
			s.port.write([]byte{c})
		}
		s.byte(c)
	}
}

func (s *session) echoes() bool { return s.echo || s.device.faults[EchoOn] }

// longestLine is how much a module takes before it thinks that the line is noise.
const longestLine = 1024

func (s *session) byte(c byte) {
	switch {
	case s.prompt != nil && c == ctrlZ:
		ask, text := s.prompt, string(s.line)
		s.prompt, s.line = nil, nil
		s.finish(ask(text))
	case c == escape:
		s.line = nil
		if s.prompt != nil {
			s.prompt = nil
			s.finish(answer{})
		}
	case s.prompt != nil:
		if c != '\n' {
			s.line = append(s.line, c)
		}
	case c == '\r':
		line := string(s.line)
		s.line = nil
		s.hear(line)
	case c == '\b' && len(s.line) > 0:
		s.line = s.line[:len(s.line)-1]
	case c >= ' ' && c < 0x7f && len(s.line) < longestLine:
		s.line = append(s.line, c)
	}
}

// mostWaiting is how many lines a module keeps while it is at work.
const mostWaiting = 16

// hear takes one line. What does not begin with AT is noise; it may stand before it.
func (s *session) hear(line string) {
	at := strings.Index(strings.ToUpper(line), "AT")
	if at < 0 {
		return
	}
	if line = line[at+2:]; s.busy {
		if len(s.waiting) < mostWaiting {
			s.waiting = append(s.waiting, line)
		}
		return
	}
	s.rest = commands(line)
	s.step()
}

// step does the next command of the line, or ends it.
func (s *session) step() {
	if len(s.rest) == 0 {
		s.end(okay)
		return
	}
	c := s.rest[0]
	s.rest = s.rest[1:]
	s.busy = true
	do, known := s.device.verbs[c.name]
	if !known {
		s.finish(s.device.model.dialect.unknown(c))
		return
	}
	s.finish(do(s, c))
}

// finish brings an answer out, now or later, and goes on.
func (s *session) finish(a answer) {
	s.busy = true
	if a.after > 0 {
		d, boot := a.after, s.device.boots
		a.after = 0
		s.device.net.after(d, func() {
			switch {
			case s.device.boots != boot:
			case a.late != nil:
				s.finish(a.late())
			default:
				s.finish(a)
			}
		})
		return
	}
	if a.lost {
		s.rest, s.then = nil, nil
		s.next()
		return
	}
	if a.prompt != nil {
		s.prompt = a.prompt
		s.out("\r\n> ")
		return
	}
	s.tell(a.lines)
	if a.then != nil {
		s.then = append(s.then, a.then)
	}
	if final := s.finalOf(a); final != okay {
		s.rest = nil
		s.end(final)
		return
	}
	s.step()
}

func (s *session) finalOf(a answer) string {
	switch {
	case a.isCME && s.cmee == 1:
		return "+CME ERROR: " + strconv.Itoa(a.cme)
	case a.isCME && s.cmee == 2:
		return "+CME ERROR: " + cmeTexts[a.cme]
	case a.isCME:
		return "ERROR"
	case a.cms != 0:
		return "+CMS ERROR: " + strconv.Itoa(a.cms)
	case a.final == "":
		return okay
	}
	return a.final
}

// end writes the final code, then lets happen what the commands began, then looks at what waited.
func (s *session) end(final string) {
	if s.device.faults[UnsolicitedBursts] {
		s.out(s.device.burst())
	}
	if !s.quiet {
		s.out("\r\n" + final + "\r\n")
	}
	then := s.then
	s.rest, s.then = nil, nil
	for _, do := range then {
		do()
	}
	s.next()
}

func (s *session) next() {
	s.busy = false
	if len(s.waiting) > 0 && s.prompt == nil {
		line := s.waiting[0]
		s.waiting = s.waiting[1:]
		s.rest = commands(line)
		s.step()
	}
}

// tell writes the lines of an answer, as one block.
func (s *session) tell(lines []string) {
	if len(lines) == 0 {
		return
	}
	if s.device.faults[UnsolicitedBursts] {
		for _, line := range lines { // each on its own, with something between
			s.out("\r\n" + line + "\r\n" + s.device.burst())
		}
		return
	}
	s.out("\r\n" + strings.Join(lines, "\r\n") + "\r\n")
}

// out writes to the port what the faults leave of it.
func (s *session) out(text string) {
	d := s.device
	switch {
	case d.faults[SilentPort]:
	case d.faults[LateReplies]:
		from := s.port.pty
		d.net.in(d.net.opts.Lateness, func() {
			if s.port.pty == from {
				s.port.write([]byte(text))
			}
		})
	case d.faults[Garbage]:
		s.port.write(append([]byte("\xff\x00\x7f~\xa5"), text...))
	default:
		s.port.write([]byte(text))
	}
}

// say writes an unsolicited line to every port for commands that somebody has open.
func (d *Device) say(line string) {
	for _, p := range d.ports {
		if p.tty != nil && p.open() && d.routed(p) {
			p.tty.out("\r\n" + line + "\r\n")
		}
	}
}

// routed says that unsolicited lines go to a port: to all, unless a command chose one.
func (d *Device) routed(p *port) bool {
	route, set := d.flags["urcport"]
	return !set || route == "all" || route == "usbat" && p.face.Role == AT || route == "usbmodem" && p.face.Role == AT2
}
