package gsmsim

import (
	"fmt"
	"strconv"
)

// huawei is a voice dongle of the E1550 and E173 kind. What it says was seen by chan_dongle's authors and users.
var huawei = huaweiDialect()

func huaweiDialect() dialect {
	d := plain()
	d.verbs = huaweiVerbs
	d.unknown = func(c command) answer {
		if c.name[0] == '^' || c.name[0] == '+' || c.name[0] == '$' {
			return answer{final: "COMMAND NOT SUPPORT"}
		}
		return answer{final: "ERROR"}
	}
	d.packed, d.access, d.endsFirst = true, 2, true
	d.emptyPlace = cms(cmsIndex)
	d.chatter = []string{"^RSSI:19", "^MODE:5,4", "^BOOT:22511540,0,0,0,75"}
	d.boot = func(*Device) []string { return []string{"^BOOT:22511540,0,0,0,75"} }
	d.card = func(dev *Device) {
		state := "255"
		if dev.hasCard() {
			state = "1"
		}
		dev.say("^SIMST:" + state)
	}
	d.registered = func(dev *Device) {
		switch {
		case dev.registered():
			dev.say("^SRVST:2")
			dev.say("^MODE:5,4")
			dev.say("^RSSI:" + strconv.Itoa(dev.level()))
		case dev.radio.state != notRegistered:
			dev.say("^SRVST:0")
		}
	}
	d.signal = func(dev *Device) { dev.say("^RSSI:" + strconv.Itoa(dev.level())) }
	d.full = func(dev *Device) { dev.say(`^SMMEMFULL: "` + dev.texts.mem[2] + `"`) }
	d.dialled = func(dev *Device, _ *leg) { dev.say("^ORIG:1,0") }
	d.alerted = func(dev *Device, _ *leg) { dev.say("^CONF:1") }
	d.connected = func(dev *Device, _ *leg) { dev.say("^CONN:1,0") }
	d.ended = func(dev *Device, l *leg, r release, self bool) {
		dev.say(fmt.Sprintf("^CEND:1,%d,104,%d", int(r.talk.Seconds()), r.why))
		endedPlainly(dev, l, r, self)
	}
	return d
}

func huaweiVerbs() map[string]verb {
	return with(map[string]verb{
		"^U2DIAG": nod, "^CURC": nod, "^STSF": nod, "^PORTSEL": nod, "^SYSCFG": nod, "^DDTMFCFG": nod,
		"^CVOICE": func(_ *session, c command) answer {
			if c.form == reads {
				return say("^CVOICE:0,8000,16,20")
			}
			return answer{}
		},
		"^DDSETEX": func(s *session, c command) answer {
			if n, _ := c.number(0); c.form != sets || n != 2 || s.device.leg == nil {
				return cme(cmeNotAllowed)
			}
			s.device.speech.arm()
			return answer{}
		},
		"^ICCID": func(s *session, _ command) answer {
			if !s.device.hasCard() {
				return cme(cmeNoSIM)
			}
			return say("^ICCID: " + padded(s.device.card.ICCID))
		},
		"^CPIN": huaweiPIN,
		"^SYSINFO": func(s *session, _ command) answer {
			service, card := 0, 255
			if s.device.registered() {
				service = 2
			}
			if s.device.hasCard() {
				card = 1
			}
			roams := 0
			if s.device.radio.state == roaming {
				roams = 1
			}
			return say(fmt.Sprintf("^SYSINFO:%d,3,%d,5,%d,,4", service, roams, card))
		},
		"^HWVER":       fixed("^HWVER:CH2E1731SM"),
		"^CARDLOCK":    fixed("^CARDLOCK: 2,10,0"),
		"^GETPORTMODE": fixed("^GETPORTMODE:TYPE:WCDMA:huawei,PCUI:2,MDM:0,DIAG:1"),
		"^DTMF":        huaweiKey,
		"^HCSQ": func(s *session, _ command) answer {
			return say(fmt.Sprintf(`^HCSQ:"WCDMA",%d,%d,%d`, 2*s.device.level(), 2*s.device.level(), 40))
		},
	})
}

// padded is an ICCID of 20 digits; a shorter one is filled up.
func padded(iccid string) string {
	for len(iccid) < 20 {
		iccid += "F"
	}
	return iccid
}

// huaweiPIN is ^CPIN?: the state, how often what it wants may be tried, then what is left of PUK, PIN, PUK2 and PIN2.
func huaweiPIN(s *session, c command) answer {
	d := s.device
	if c.form != reads {
		return cme(cmeInvalid)
	}
	if !d.hasCard() {
		return cme(cmeNoSIM)
	}
	state, left, times := d.lockState(), d.card.left, ""
	switch state {
	case lockedPIN:
		times = strconv.Itoa(left.PIN)
	case lockedPUK:
		times = strconv.Itoa(left.PUK)
	}
	return say(fmt.Sprintf("^CPIN: %s,%s,%d,%d,10,3", state, times, left.PUK, left.PIN))
}

// huaweiKey is ^DTMF=index,key, one key at a time; A to D are refused.
func huaweiKey(s *session, c command) answer {
	key := c.field(1)
	if c.form != sets || len(key) != 1 || !isKeys(key) || key >= "A" {
		return cme(cmeInvalid)
	}
	return s.device.pressKeys(key)
}
