package gsmsim

import (
	"fmt"
	"strings"
)

// The states of a card by the words of +CPIN.
const (
	unlocked  = "READY"
	lockedPIN = "SIM PIN"
	lockedPUK = "SIM PUK"
)

// lockState is what the card wants.
func (d *Device) lockState() string {
	switch {
	case d.card.sinceUnlock:
		return unlocked
	case d.card.left.PIN == 0:
		return lockedPUK
	}
	return lockedPIN
}

// cardVerbs are those of the card.
func cardVerbs() map[string]verb {
	iccid := func(head string) verb {
		return onCard(func(s *session, _ command) answer { return say(head + padded(s.device.card.ICCID)) })
	}
	return map[string]verb{
		"+CPIN": pin, "+CPINR": onCard(attempts), "+CLCK": onCard(lock), "+CPWD": onCard(password),
		"+CIMI": onOpenCard(func(s *session, _ command) answer { return say(s.device.card.IMSI) }),
		"+CCID": iccid("+CCID: "), "+ICCID": iccid("+ICCID: "),
		"+CRSM": onCard(readFile),
		"+CNUM": onOpenCard(func(s *session, _ command) answer {
			if c := s.device.card; c.Says {
				return say(fmt.Sprintf(`+CNUM: "","%s",%d`, c.Number, kindOf(c.Number)))
			}
			return answer{}
		}),
		"+CPBS": func(_ *session, c command) answer {
			switch c.form {
			case tests:
				return say(`+CPBS: ("SM")`)
			case reads:
				return say(`+CPBS: "SM",0,100`)
			case sets, does:
			}
			return answer{}
		},
		"+CPBR": func(_ *session, c command) answer {
			if c.form == tests {
				return say("+CPBR: (1-100),40,14")
			}
			return answer{}
		},
	}
}

// onCard lets a command through where a card is in, onOpenCard where its PIN was given.
func onCard(do verb) verb {
	return func(s *session, c command) answer {
		if !s.device.hasCard() {
			return cme(cmeNoSIM)
		}
		return do(s, c)
	}
}

func onOpenCard(do verb) verb {
	return onCard(func(s *session, c command) answer {
		if a, locked := s.device.locked(); locked {
			return a
		}
		return do(s, c)
	})
}

// locked is what a command gets that needs the card open, while it is not.
func (d *Device) locked() (answer, bool) {
	switch d.lockState() {
	case lockedPIN:
		return cme(cmePIN), true
	case lockedPUK:
		return cme(cmePUK), true
	}
	return answer{}, false
}

// pin is +CPIN: asks what the card wants, or gives it.
func pin(s *session, c command) answer {
	d := s.device
	if !d.hasCard() {
		return cme(cmeNoSIM)
	}
	switch c.form {
	case reads:
		return say("+CPIN: " + d.lockState())
	case tests:
		return answer{}
	case sets, does:
	}
	f := c.fields()
	var ok bool
	switch state := d.lockState(); {
	case state == lockedPIN && len(f) == 1:
		ok = d.card.try(f[0])
	case state == lockedPUK && len(f) == 2 && isPIN(f[1]):
		ok = d.card.unblock(f[0], f[1])
	case state == lockedPUK:
		return cme(cmePUK)
	default:
		return cme(cmeNotAllowed)
	}
	if !ok {
		if d.lockState() == lockedPUK {
			return cme(cmePUK)
		}
		return cme(cmeWrong)
	}
	return answer{then: func() {
		d.model.dialect.card(d)
		d.search()
	}}
}

func isPIN(s string) bool { return len(s) >= 4 && len(s) <= 8 && strings.Trim(s, "0123456789") == "" }

// try tries a PIN; a wrong one costs an attempt.
func (c *Card) try(pin string) bool {
	if c.left.PIN == 0 {
		return false
	}
	if pin != c.PIN {
		c.left.PIN--
		return false
	}
	c.left.PIN, c.sinceUnlock = 3, true
	return true
}

// unblock tries a PUK, which brings a new PIN.
func (c *Card) unblock(puk, pin string) bool {
	if c.left.PUK == 0 {
		return false
	}
	if c.PUK == "" || puk != c.PUK {
		c.left.PUK--
		return false
	}
	c.left.PIN, c.left.PUK, c.PIN, c.sinceUnlock = 3, 10, pin, true
	return true
}

// attempts is +CPINR, 27.007 §8.65.
func attempts(s *session, c command) answer {
	left := s.device.card.left
	rows := []string{
		fmt.Sprintf("+CPINR: SIM PIN,%d,3", left.PIN), fmt.Sprintf("+CPINR: SIM PUK,%d,10", left.PUK),
		"+CPINR: SIM PIN2,3,3", "+CPINR: SIM PUK2,10,10",
	}
	if want := c.field(0); c.form == sets && want != "" {
		for _, row := range rows {
			if strings.HasPrefix(row, "+CPINR: "+want+",") {
				return say(row)
			}
		}
	}
	return say(rows...)
}

// lock is +CLCK: whether the card asks for its PIN. Barring is not simulated: it is always off.
func lock(s *session, c command) answer {
	if c.form == tests {
		return say(`+CLCK: ("SC","AO","OI","OX","AI","IR","FD")`)
	}
	card, mode := s.device.card, c.field(1)
	if c.form != sets {
		return cme(cmeInvalid)
	}
	if c.field(0) != "SC" {
		if mode != "2" {
			return cme(cmeNotAllowed)
		}
		return say("+CLCK: 0")
	}
	switch mode {
	case "2":
		if card.PIN == "" {
			return say("+CLCK: 0")
		}
		return say("+CLCK: 1")
	case "0", "1":
		if card.left.PIN == 0 {
			return cme(cmePUK)
		}
		if secret := c.field(2); card.PIN != "" && !card.try(secret) {
			return cme(cmeWrong)
		} else if card.PIN = ""; mode == "1" {
			if !isPIN(secret) {
				return cme(cmeWrong)
			}
			card.PIN = secret
		}
		return answer{}
	}
	return cme(cmeInvalid)
}

// password is +CPWD: another PIN.
func password(s *session, c command) answer {
	if c.form == tests {
		return say(`+CPWD: ("SC",8)`)
	}
	card := s.device.card
	if c.form != sets || c.field(0) != "SC" || card.PIN == "" || !isPIN(c.field(2)) {
		return cme(cmeInvalid)
	}
	if !card.try(c.field(1)) {
		return cme(cmeWrong)
	}
	card.PIN = c.field(2)
	return answer{}
}

// Files of the card that can be read, 31.102 §4: by the number that +CRSM knows them by.
const (
	fileICCID     = 12258 // 2FE2
	fileAdmin     = 28589 // 6FAD
	fileMSISDN    = 28480 // 6F40
	statusRead    = 176
	statusInquire = 192
)

// readFile is +CRSM.
func readFile(s *session, c command) answer {
	do, _ := c.number(0)
	id, ok := c.number(1)
	if c.form != sets || !ok {
		return cme(cmeInvalid)
	}
	var content string
	switch id {
	case fileICCID:
		content = swapped(padded(s.device.card.ICCID))
	case fileAdmin:
		content = "00000002" // normal operation; the network code has two digits
	default:
		return say(`+CRSM: 106,130,""`) // no such file
	}
	switch do {
	case statusRead:
		return say(fmt.Sprintf(`+CRSM: 144,0,"%s"`, content))
	case statusInquire: // 51.011 §9.2.1: size, id, an elementary file, access, status, transparent
		return say(fmt.Sprintf(`+CRSM: 144,0,"0000%04X%04X04000000000102000000"`, len(content)/2, id)[:len(`+CRSM: 144,0,"`)+30] + `"`)
	}
	return say(`+CRSM: 109,0,""`) // no such instruction
}

// swapped writes digits as a card keeps them: two in a byte, the first one low.
func swapped(s string) string {
	b := []byte(s)
	for i := 0; i+1 < len(b); i += 2 {
		b[i], b[i+1] = b[i+1], b[i]
	}
	return string(b)
}
