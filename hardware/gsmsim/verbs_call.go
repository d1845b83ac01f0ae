package gsmsim

import (
	"fmt"
	"strconv"
	"strings"
)

// callVerbs are those of calls.
func callVerbs() map[string]verb {
	return map[string]verb{
		"D": dial, "A": answerCall, "H": hangUp, "+CHUP": hangUp, "+CHLD": hold, "+CLCC": listCalls, "+CEER": lastCause,
		"+VTS": sendKeys, "+CCFC": forward,
		"+CLIP": presents(1, "1"), "+CLIR": hides, "+COLP": presents(1, "1"), "+CRC": remember(1, "0"),
		"+CDIP": remember(1, "0"), "+CNAP": remember(1, "0"),
		"+CSSN": func(s *session, c command) answer {
			if c.form == tests {
				return say("+CSSN: (0,1),(0,1)")
			}
			return remember(1, "0,0")(s, c)
		},
		"+CCWA": callWaiting, "+CVHU": remember(1, "0"), "+VTD": remember(255, "0"), "+CLVL": remember(100, "5"), "+CMUT": remember(1, "0"),
		"+CMOD": nod, "+CPAS": activity,
	}
}

// presents is a service that the network has for the card: its setting and what the network says of it.
func presents(most int, provided string) verb {
	set := remember(most, "0")
	return func(s *session, c command) answer {
		if c.form != reads {
			return set(s, c)
		}
		n, _ := digits(s.device.flags[c.name])
		return say(fmt.Sprintf("%s: %d,%s", c.name, n, provided))
	}
}

// hides is +CLIR: 4 is "temporary mode, shown".
func hides(s *session, c command) answer { return presents(2, "4")(s, c) }

// dial is D: only with a semicolon at the end is it a voice call.
func dial(s *session, c command) answer {
	d := s.device
	number, voice := strings.CutSuffix(strings.TrimSpace(c.args), ";")
	hidden := d.flags["+CLIR"] == "1"
	if n, clir := strings.CutSuffix(number, "I"); clir {
		number, hidden = n, true
	} else if n, clir := strings.CutSuffix(number, "i"); clir {
		number, hidden = n, false
	}
	number = strings.NewReplacer(" ", "", "-", "", "T", "", "P", "").Replace(number)
	switch {
	case !voice:
		return answer{final: "NO CARRIER", after: d.net.timing.SetUp}
	case number == "" || strings.Trim(number, "+0123456789*#ABCD") != "":
		return cme(cmeInvalid)
	case !d.hasCard():
		return cme(cmeNoSIM)
	case !d.card.sinceUnlock:
		a, _ := d.locked()
		return a
	case !d.registered():
		return cme(cmeNoNetwork)
	case !d.reachable():
		return answer{final: "NO CARRIER"}
	case d.leg != nil:
		return cme(cmeNotAllowed)
	}
	d.dial(number, hidden)
	return answer{then: d.begun}
}

func answerCall(s *session, _ command) answer {
	l := s.device.leg
	if l == nil || l.stat != ringing {
		return answer{final: "NO CARRIER"}
	}
	return answer{then: l.call.answer}
}

// hangUp is H and +CHUP.
func hangUp(s *session, _ command) answer {
	d := s.device
	if d.model.dialect.endsFirst {
		d.hangUp()
		return answer{}
	}
	return answer{then: d.hangUp}
}

// hold is +CHLD. One card has one call here, so there is no second one to swap with.
func hold(s *session, c command) answer {
	if c.form == tests {
		return say("+CHLD: (0,1,1x,2,2x,3,4)")
	}
	l := s.device.leg
	switch op := c.field(0); {
	case l == nil || s.device.zombie:
		return cme(cmeNotAllowed)
	case op == "0" && (l.stat == ringing || l.stat == held):
		return hangUp(s, c)
	case op == "1" && l.stat == ringing:
		return answerCall(s, c)
	case op == "1" || op == "1"+strconv.Itoa(l.index()):
		return hangUp(s, c)
	case op == "2" && l.stat == active:
		l.stat = held
		return answer{}
	case op == "2" && l.stat == held:
		l.stat = active
		return answer{}
	}
	return cme(cmeNotAllowed)
}

func listCalls(s *session, c command) answer {
	d := s.device
	var lines []string
	if c.form == tests {
		return answer{}
	}
	if d.model.dialect.dataCall {
		lines = append(lines, `+CLCC: 1,0,0,1,0,"",129`)
	}
	if d.leg != nil {
		lines = append(lines, d.leg.list())
	}
	return answer{lines: lines}
}

// causeTexts are 24.008's names of the causes that the network ends calls with.
var causeTexts = map[int]string{
	causeUnassigned: "Unassigned (unallocated) number", causeNormal: "Normal call clearing", causeBusy: "User busy",
	causeUnreachable: "No user responding", causeNoAnswer: "User alerting, no answer", causeRefused: "Call rejected",
	causeOutOfOrder: "Destination out of order", causeNetwork: "Network out of order", causeTemporary: "Temporary failure",
}

func lastCause(s *session, c command) answer {
	if c.form == tests {
		return answer{}
	}
	text, known := causeTexts[s.device.last.why]
	switch {
	case s.device.last.why == 0:
		text = "No cause information available"
	case !known:
		text = "Cause " + strconv.Itoa(s.device.last.why)
	}
	return say("+CEER: " + text)
}

// sendKeys is +VTS: one key or several in quotes.
func sendKeys(s *session, c command) answer {
	if c.form == tests {
		return say("+VTS: (0-9,*,#,A,B,C,D)")
	}
	return s.device.pressKeys(strings.ToUpper(c.field(0)))
}

// pressKeys lets keys sound at the far side.
func (d *Device) pressKeys(keys string) answer {
	l := d.leg
	if !isKeys(keys) || len(keys) > 31 {
		return cme(cmeInvalid)
	}
	if l == nil || l.stat != active {
		return cme(cmeNotAllowed)
	}
	l.keys.press(keys)
	for i := range len(keys) {
		l.call.other(l).keyed(keys[i])
	}
	return answer{}
}

// callWaiting is +CCWA: asked of the network, and whether the module says so.
func callWaiting(s *session, c command) answer {
	d := s.device
	switch c.form {
	case reads:
		n, _ := digits(d.flags[c.name])
		return say("+CCWA: " + strconv.Itoa(n))
	case tests:
		return say("+CCWA: (0,1)")
	case sets:
		switch mode := c.field(1); mode {
		case "":
		case "2":
			return answer{lines: []string{"+CCWA: 0,1"}, after: d.net.timing.USSD}
		case "0":
			return answer{after: d.net.timing.USSD}
		default:
			return cme(cmeUnsupported) // one call for a card
		}
		if n, ok := c.number(0); !ok || n > 1 {
			return cme(cmeInvalid)
		}
		d.flags[c.name] = c.field(0)
	case does:
	}
	return answer{}
}

// activity is +CPAS.
func activity(s *session, c command) answer {
	if c.form == tests {
		return say("+CPAS: (0,3,4)")
	}
	switch l := s.device.leg; {
	case l == nil:
		return say("+CPAS: 0")
	case l.stat == ringing:
		return say("+CPAS: 3")
	}
	return say("+CPAS: 4")
}
