package gsmsim

import (
	"fmt"
	"maps"
)

// A dialect is what differs from family to family. Its functions are called with Network.mu held and say what the
// family says; none of them changes the world.
type dialect struct {
	verbs   func() map[string]verb
	unknown func(command) answer // what a command gets that the family does not know
	charset string               // +CSCS when power comes
	packed  bool                 // USSD strings are septets, packed, in hexadecimal, whatever +CSCS says
	lte     bool
	access  int // access technology by the numbers of +CREG
	// dataCall: the list of calls begins with a data call that is always there.
	dataCall bool
	paces    bool // it tells who writes speech when to pause
	// endsFirst: the lines on the end of a call stand before the OK of the command that ended it.
	endsFirst  bool
	emptyPlace answer   // of +CMGR where nothing lies
	chatter    []string // lines that come at any time

	boot       func(*Device) []string
	card       func(*Device) // the card was put in, pulled or unlocked
	registered func(*Device) // registration changed
	signal     func(*Device) // the signal changed
	full       func(*Device) // a text found no room
	dialled    func(*Device, *leg)
	alerted    func(*Device, *leg)
	rang       func(*Device, *leg)
	connected  func(*Device, *leg)
	ended      func(d *Device, l *leg, r release, self bool)
	keyed      func(d *Device, key byte)
}

// plain is a dialect in which nothing is said beyond the standards.
func plain() dialect {
	quiet := func(*Device) {}
	still := func(*Device, *leg) {}
	return dialect{
		verbs: standardVerbs, unknown: func(command) answer { return answer{final: "ERROR"} }, charset: "GSM",
		chatter: []string{"+CREG: 1", "+CSQ: 17,99"},
		boot:    func(*Device) []string { return nil },
		card:    quiet, registered: quiet, signal: quiet, full: quiet, dialled: still, alerted: still, rang: still, connected: still,
		ended: endedPlainly, keyed: func(*Device, byte) {},
	}
}

// generic is a module of no particular maker, after 27.007 and 27.005.
var generic = plain()

// standardVerbs are the commands of V.250, 27.007 and 27.005.
func standardVerbs() map[string]verb {
	all := map[string]verb{}
	for _, some := range []map[string]verb{basicVerbs(), identityVerbs(), cardVerbs(), radioVerbs(), callVerbs(), textVerbs(), ussdVerbs()} {
		maps.Copy(all, some)
	}
	return all
}

// with are the standard commands and more.
func with(more map[string]verb) map[string]verb {
	all := standardVerbs()
	maps.Copy(all, more)
	return all
}

// endedPlainly says how a call ended by V.250's words.
func endedPlainly(d *Device, l *leg, r release, self bool) {
	if !self {
		d.say(plainEnd(l, r))
	}
}

func plainEnd(l *leg, r release) string {
	switch {
	case l.incoming || r.talk > 0:
		return "NO CARRIER"
	case r.why == causeBusy:
		return "BUSY"
	case r.why == causeNoAnswer:
		return "NO ANSWER"
	}
	return "NO CARRIER"
}

// listed says a call as an unsolicited +CLCC, in a state that the list itself may not have.
func listed(l *leg, state stat) string {
	was := l.stat
	l.stat = state
	line := l.list()
	l.stat = was
	return line
}

// remember is a setting that a command sets and only the same command reads. most is how high it goes.
func remember(most int, first string) verb {
	return func(s *session, c command) answer {
		switch c.form {
		case reads:
			v, set := s.device.flags[c.name]
			if !set {
				v = first
			}
			return say(c.name + ": " + v)
		case tests:
			return say(fmt.Sprintf("%s: (0-%d)", c.name, most))
		case sets:
			if n, ok := c.number(0); !ok || n > most {
				return cme(cmeInvalid)
			}
			s.device.flags[c.name] = c.args
		case does:
		}
		return answer{}
	}
}

// nod takes a command and does nothing.
func nod(*session, command) answer { return answer{} }

// fixed answers a command with the same lines, and its question for the range with OK.
func fixed(lines ...string) verb {
	return func(_ *session, c command) answer {
		if c.form == tests {
			return answer{}
		}
		return say(lines...)
	}
}
