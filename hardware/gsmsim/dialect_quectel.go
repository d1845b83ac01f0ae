package gsmsim

import (
	"fmt"
	"strings"
)

// quectel is an EC2x on LTE.
var quectel = quectelDialect()

func quectelDialect() dialect {
	d := plain()
	d.verbs, d.lte, d.access, d.dataCall, d.paces = quectelVerbs, true, 7, true, true
	d.chatter = []string{`+QIND: "csq",22,99`, `+QIND: "act","LTE"`, "+CREG: 1"}
	d.boot = func(dev *Device) []string {
		lines := []string{"RDY", "+CFUN: 1"}
		if dev.hasCard() {
			lines = append(lines, "+CPIN: "+dev.lockState())
		} else {
			lines = append(lines, "+CPIN: NOT INSERTED")
		}
		return append(lines, "+QIND: SMS DONE", "+QIND: PB DONE")
	}
	d.card = func(dev *Device) {
		if dev.flags["+QSIMSTAT"] == "1" {
			dev.say("+QSIMSTAT: 1," + inserted(dev))
		}
		if dev.hasCard() {
			dev.say("+CPIN: " + dev.lockState())
		} else {
			dev.say("+CPIN: NOT READY")
		}
	}
	d.signal = func(dev *Device) {
		if dev.flags["ind-csq"] == "1" {
			dev.say(fmt.Sprintf(`+QIND: "csq",%d,99`, dev.level()))
		}
	}
	tells := func(dev *Device, l *leg) { tellQuectel(dev, l, l.stat) }
	d.dialled, d.alerted, d.connected = tells, tells, tells
	d.rang = func(dev *Device, l *leg) {
		if !l.listed {
			l.listed = true
			tells(dev, l)
		}
	}
	d.ended = func(dev *Device, l *leg, r release, self bool) {
		tellQuectel(dev, l, gone)
		endedPlainly(dev, l, r, self)
	}
	d.keyed = func(dev *Device, key byte) {
		if dev.flags["+QTONEDET"] == "1" {
			dev.say(fmt.Sprintf("+QTONEDET: %d", key))
		}
	}
	return d
}

// tellQuectel tells of a call by the lines that were asked for. +QIND counts as +CLCC does, with -1 for the end; ^DSCI
// counts in its own way.
func tellQuectel(d *Device, l *leg, state stat) {
	way := 0
	if l.incoming {
		way = 1
	}
	if d.flags["ind-ccinfo"] == "1" {
		shown := int(state)
		if state == gone {
			shown = -1
		}
		d.say(fmt.Sprintf(`+QIND: "ccinfo",%d,%d,%d,0,0,"%s",%d`, l.index(), way, shown, l.number, l.kind()))
	}
	if d.flags["^DSCI"] == "1" {
		shown := map[stat]int{active: 3, held: 1, dialing: 2, alerting: 7, ringing: 4, waiting: 5, gone: 6}[state]
		d.say(fmt.Sprintf("^DSCI: %d,%d,%d,0,%s,%d", l.index(), way, shown, l.number, l.kind()))
	}
}

func inserted(d *Device) string {
	if d.hasCard() {
		return "1"
	}
	return "0"
}

func quectelVerbs() map[string]verb {
	return with(map[string]verb{
		"+QPCMV": quectelSpeech, "+QINDCFG": quectelTells, "^DSCI": remember(1, "0"), "+QTONEDET": remember(1, "0"), "+QHUP": quectelHangUp,
		"+QCCID": onCard(func(s *session, _ command) answer { return say("+QCCID: " + padded(s.device.card.ICCID)) }),
		"+QPINC": onCard(func(s *session, _ command) answer {
			left := s.device.card.left
			return say(fmt.Sprintf(`+QPINC: "SC",%d,%d`, left.PIN, left.PUK))
		}),
		"+QSIMSTAT": func(s *session, c command) answer {
			if c.form == reads {
				n, _ := digits(s.device.flags[c.name])
				return say(fmt.Sprintf("+QSIMSTAT: %d,%s", n, inserted(s.device)))
			}
			return remember(1, "0")(s, c)
		},
		"+QINISTAT": fixed("+QINISTAT: 7"),
		"+QNWINFO": func(s *session, c command) answer {
			if c.form == tests {
				return answer{}
			}
			if !s.device.registered() {
				return say("+QNWINFO: No Service")
			}
			return say(fmt.Sprintf(`+QNWINFO: "FDD LTE","%s","LTE BAND 3",1300`, s.device.net.operatorOf(s.device.card).Network))
		},
		"+QSPN": onCard(func(s *session, _ command) answer {
			o := s.device.net.operatorOf(s.device.card)
			return say(fmt.Sprintf(`+QSPN: "%s","%s","",0,"%s"`, o.Name, o.Short, o.Network))
		}),
		"+QURCCFG": func(s *session, c command) answer {
			if c.form == sets && c.field(0) == "urcport" && c.field(1) != "" {
				s.device.flags["urcport"] = c.field(1)
			}
			return answer{}
		},
		"+QCFG": func(_ *session, c command) answer {
			if c.field(0) == "ims" {
				return say(`+QCFG: "ims",1,1`)
			}
			return answer{}
		},
		"+QPOWD": func(s *session, _ command) answer {
			return answer{then: func() {
				s.device.say("POWERED DOWN")
				s.device.restartSoon() // the hub's power brings it back
			}}
		},
		"+QGPSCFG": nod, "+QAUDMOD": remember(3, "0"), "+QMIC": nod, "+QRXGAIN": nod, "+QVTS": sendKeys, "+QMBNCFG": nod,
	})
}

// quectelSpeech is +QPCMV: it arms speech for one call, the one that goes on or the next.
func quectelSpeech(s *session, c command) answer {
	d := s.device
	n, ok := c.number(0)
	way, given := c.number(1)
	switch {
	case c.form == reads && d.flags[c.name] == "":
		return say("+QPCMV: 0")
	case c.form == reads:
		return say("+QPCMV: " + d.flags[c.name])
	case c.form == tests:
		return say("+QPCMV: (0,1),(0,2)")
	case !ok || n > 1 || n == 1 && (!given || way != 0): // 2 is a sound card, which a pseudo-terminal is not
		return cme(cmeInvalid)
	case n == 0:
		d.flags[c.name] = ""
		d.speech.disarm()
	default:
		d.flags[c.name] = "1,0"
		d.speech.disarm()
		d.speech.arm()
	}
	return answer{}
}

// quectelTells is +QINDCFG: which lines come unasked.
func quectelTells(s *session, c command) answer {
	name := strings.ToLower(c.field(0))
	switch {
	case c.form == tests:
		return say(`+QINDCFG: ("all","csq","smsfull","ring","smsincoming","act","ccinfo"),(0,1),(0,1)`)
	case c.form != sets || name == "":
		return cme(cmeInvalid)
	case c.field(1) == "":
		n, _ := digits(s.device.flags["ind-"+name])
		return say(fmt.Sprintf(`+QINDCFG: "%s",%d`, name, n))
	case c.field(1) != "0" && c.field(1) != "1":
		return cme(cmeInvalid)
	}
	s.device.flags["ind-"+name] = c.field(1)
	return answer{}
}

// quectelHangUp is +QHUP=cause[,index].
func quectelHangUp(s *session, c command) answer {
	d := s.device
	why, ok := c.number(0)
	if index, given := c.number(1); d.leg == nil || !ok || given && index != d.leg.index() && index != 0 {
		return cme(cmeNotAllowed)
	}
	switch why {
	case 1, 16, 17, 18, 21, 27, 31, 88:
	default:
		return cme(cmeInvalid)
	}
	if d.zombie {
		return answer{}
	}
	l := d.leg
	return answer{then: func() { l.call.release(l, why) }}
}
