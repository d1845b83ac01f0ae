package gsmsim

import (
	"fmt"
	"strings"
)

// The two kinds of SIMCom's modules: SIM7600 is LTE with speech on a port, SIM800 is GSM without.
var (
	sim7600 = sim7600Dialect()
	sim800  = sim800Dialect()
)

func simcomDialect() dialect {
	d := plain()
	d.card = func(dev *Device) {
		if dev.hasCard() {
			dev.say("+CPIN: " + dev.lockState())
		} else {
			dev.say("+SIMCARD: NOT AVAILABLE")
		}
	}
	lists := func(dev *Device, l *leg) {
		if dev.flags["+CLCC"] == "1" {
			dev.say(l.list())
		}
	}
	d.dialled, d.alerted, d.connected = lists, lists, lists
	d.rang = func(dev *Device, l *leg) {
		if !l.listed {
			l.listed = true
			lists(dev, l)
		}
	}
	d.keyed = func(dev *Device, key byte) {
		if strings.HasPrefix(dev.flags["+DDET"], "1") {
			dev.say("+RXDTMF: " + string(key))
		}
	}
	return d
}

func sim7600Dialect() dialect {
	d := simcomDialect()
	d.verbs, d.lte, d.access, d.endsFirst = sim7600Verbs, true, 7, true
	d.emptyPlace = cms(cmsIndex)
	d.chatter = []string{"+CSQ: 19,99", "+CNSMOD: 8", "+CGEV: ME PDN ACT 1"}
	d.boot = func(dev *Device) []string {
		lines := []string{"RDY"}
		if dev.hasCard() {
			lines = append(lines, "+CPIN: "+dev.lockState())
		} else {
			lines = append(lines, "+SIMCARD: NOT AVAILABLE")
		}
		return append(lines, "SMS DONE", "PB DONE")
	}
	d.signal = func(dev *Device) {
		if strings.HasPrefix(dev.flags["+AUTOCSQ"], "1") {
			dev.say(fmt.Sprintf("+CSQ: %d,99", dev.level()))
		}
	}
	lists := d.connected
	d.connected = func(dev *Device, l *leg) {
		lists(dev, l)
		dev.say("VOICE CALL: BEGIN")
	}
	d.ended = func(dev *Device, l *leg, r release, self bool) {
		if dev.flags["+CLCC"] == "1" {
			dev.say(listed(l, gone))
		}
		switch {
		case l.call.answered.IsZero() && l.incoming:
			dev.say("MISSED_CALL: " + dev.net.opts.Now().Format("03:04PM") + " " + l.number)
		case l.call.answered.IsZero():
			dev.say("VOICE CALL: END")
		default:
			dev.say(fmt.Sprintf("VOICE CALL: END: %06d", int(r.talk.Seconds())))
		}
		endedPlainly(dev, l, r, self)
	}
	return d
}

func sim7600Verbs() map[string]verb {
	return with(map[string]verb{
		"+CLCC": simcomList, "+CPCMREG": armInCall, "+CPCMFRM": remember(1, "0"), "+CPCMBANDWIDTH": nod,
		"+CICCID": onCard(func(s *session, _ command) answer { return say("+ICCID: " + padded(s.device.card.ICCID)) }),
		"+SPIC": onCard(func(s *session, _ command) answer { // PIN, PUK, PIN2, PUK2
			left := s.device.card.left
			return say(fmt.Sprintf("+SPIC: %d,%d,3,10", left.PIN, left.PUK))
		}),
		"+CRESET":  func(s *session, _ command) answer { return answer{then: s.device.restartSoon} },
		"+CNSMOD":  fixed("+CNSMOD: 1,8"),
		"+AUTOCSQ": remember(1, "0,0"), "+DDET": remember(1, "0"), "+CEVOLTE": func(*session, command) answer { return answer{final: "ERROR"} },
		"+CPSI": fixed(`+CPSI: LTE,Online,250-99,0x9110,2022,101,EUTRAN-BAND3,1300,5,5,-94,-850,-560,15`),
	})
}

// simcomList is SIMCom's +CLCC: with a number it says whether calls are told unasked.
func simcomList(s *session, c command) answer {
	if c.form == sets || c.form == reads {
		return remember(1, "0")(s, c)
	}
	return listCalls(s, c)
}

// armInCall is +CPCMREG: speech is switched on during a call only.
func armInCall(s *session, c command) answer {
	d := s.device
	n, ok := c.number(0)
	switch {
	case c.form == reads && d.speech.armed:
		return say("+CPCMREG: 1")
	case c.form == reads:
		return say("+CPCMREG: 0")
	case c.form == tests:
		return say("+CPCMREG: (0,1)")
	case !ok || n > 1:
		return answer{final: "ERROR"}
	case n == 0:
		d.speech.disarm()
	case d.leg == nil || d.leg.stat != active:
		return answer{final: "ERROR"}
	default:
		d.speech.arm()
	}
	return answer{}
}

func sim800Dialect() dialect {
	d := simcomDialect()
	d.verbs, d.access = sim800Verbs, 0
	d.emptyPlace = say("+CMGR: 0,,0")
	d.chatter = []string{"+CREG: 1", "+PSUTTZ: 26,11,28,9,0,0,12,0", "DST: 0"}
	d.boot = func(dev *Device) []string {
		lines := []string{"RDY", "+CFUN: 1"}
		if dev.hasCard() {
			lines = append(lines, "+CPIN: "+dev.lockState())
		} else {
			lines = append(lines, "+CPIN: NOT INSERTED")
		}
		return append(lines, "Call Ready", "SMS Ready")
	}
	d.keyed = func(dev *Device, key byte) {
		if strings.HasPrefix(dev.flags["+DDET"], "1") {
			dev.say("+DTMF: " + string(key))
		}
	}
	d.ended = func(dev *Device, l *leg, r release, self bool) {
		if dev.flags["+CLCC"] == "1" {
			dev.say(listed(l, gone))
		}
		endedPlainly(dev, l, r, self)
	}
	return d
}

func sim800Verbs() map[string]verb {
	return with(map[string]verb{
		"+CLCC": simcomList, "+DDET": remember(1, "0"),
		"+SPIC": onCard(func(s *session, _ command) answer { // PIN, PIN2, PUK, PUK2
			left := s.device.card.left
			return say(fmt.Sprintf("+SPIC: %d,3,%d,10", left.PIN, left.PUK))
		}),
		"+CCID": onCard(func(s *session, _ command) answer { return say(s.device.card.ICCID) }), // without a name before it
	})
}
