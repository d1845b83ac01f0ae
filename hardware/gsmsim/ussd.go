package gsmsim

import (
	"encoding/hex"
	"fmt"
	"strings"

	"roadline/hardware/gsmsim/tpdu"
)

// ussd is a device's USSD session.
type ussd struct {
	menu  bool // the network waits for a choice
	reply *appointment
}

func (u *ussd) end(d *Device) {
	d.net.off(u.reply)
	u.menu = false
}

// The modes of +CUSD, 27.007 §7.15.
const (
	ussdDone  = 0
	ussdOpen  = 1
	ussdEnded = 2
)

// The data coding schemes of +CUSD, 23.038 §5: the default alphabet, and UCS2.
const (
	codingGSM  = 15
	codingUCS2 = 72
)

// ussdVerbs is +CUSD.
func ussdVerbs() map[string]verb {
	return map[string]verb{"+CUSD": func(s *session, c command) answer {
		d := s.device
		switch c.form {
		case reads:
			n, _ := digits(d.flags[c.name])
			return say(fmt.Sprintf("+CUSD: %d", n))
		case tests:
			return say("+CUSD: (0-2)")
		case sets, does:
		}
		n, ok := c.number(0)
		switch {
		case !ok || n > 2:
			return cme(cmeInvalid)
		case n == 2:
			d.ussd.end(d)
			return answer{}
		}
		d.flags[c.name] = c.field(0)
		if len(c.fields()) < 2 {
			return answer{}
		}
		return s.asks(c.field(1))
	}}
}

// asks sends a string to the network.
func (s *session) asks(written string) answer {
	d := s.device
	if a, locked := d.closed(); locked {
		return a
	}
	text, ok := s.spelt(written)
	if !ok {
		return cme(cmeInvalid)
	}
	return answer{then: func() {
		d.net.off(d.ussd.reply)
		d.ussd.reply = d.net.after(d.net.timing.USSD, func() {
			answer, open := d.net.respond(d.card, text, d.ussd.menu)
			d.ussd.menu = open
			mode := ussdDone
			if open {
				mode = ussdOpen
			}
			d.sayUSSD(mode, answer)
		})
	}}
}

// closed is what a command gets that needs the network, while the card or the network is not there.
func (d *Device) closed() (answer, bool) {
	switch {
	case !d.hasCard():
		return cme(cmeNoSIM), true
	case !d.card.sinceUnlock:
		return d.locked()
	case !d.registered():
		return cme(cmeNoNetwork), true
	}
	return answer{}, false
}

// sayUSSD says what the network said, to each port in its own character set.
func (d *Device) sayUSSD(mode int, text string) {
	for _, p := range d.ports {
		if p.tty != nil && p.open() && d.routed(p) {
			written, coding := p.tty.spells(text)
			p.tty.out(fmt.Sprintf("\r\n+CUSD: %d,\"%s\",%d\r\n", mode, written, coding))
		}
	}
}

// spelt reads a USSD string as the family writes it.
func (s *session) spelt(written string) (text string, ok bool) {
	if !s.device.model.dialect.packed && s.charset != "UCS2" {
		return written, isUSSD(written)
	}
	b, err := hex.DecodeString(written)
	if err != nil {
		return "", false
	}
	if !s.device.model.dialect.packed {
		text = tpdu.TextOfUCS2(b)
		return text, len(b)%2 == 0 && isUSSD(text)
	}
	text = strings.TrimSuffix(tpdu.Text(tpdu.Unpack(b, len(b)*8/7, 0)), "\r")
	text = strings.TrimRight(text, "@")
	return text, isUSSD(text)
}

// isUSSD says that a string may be sent: what a keypad has, or words within a session.
func isUSSD(text string) bool { return text != "" && len(text) <= 182 }

// spells writes a text as the family does.
func (s *session) spells(text string) (written string, coding int) {
	septets, fits := tpdu.Septets(text)
	switch {
	case !fits:
		return upperHex(tpdu.UCS2(text)), codingUCS2
	case s.device.model.dialect.packed:
		if len(septets)%8 == 7 { // 23.038 §6.1.2.3.1: the spare septet is a return
			septets = append(septets, '\r')
		}
		return upperHex(tpdu.Pack(septets, 0)), codingGSM
	case s.charset == "UCS2":
		return upperHex(tpdu.UCS2(text)), codingGSM
	}
	return text, codingGSM
}

func upperHex(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }

// Service gives a USSD code of the network an answer; {rubles}, {minutes} and {texts} in it are what the card has left.
func (n *Network) Service(code, answer string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.services[code] = answer
}

// services are what Roadnet answers.
func services() map[string]string {
	return map[string]string{
		"*100#": "Balance {rubles} RUB",
		"*102#": "Баланс: {rubles} руб.",
		"*111#": "Left: {minutes} min, {texts} SMS",
	}
}

// menuCode opens a menu: 1 tells the balance, 2 the package, 0 ends it.
const menuCode = "*105#"

const menuText = "Roadnet\n1 Balance\n2 Package\n0 Exit"

// respond is what the network answers, and whether it waits for more.
func (n *Network) respond(c *Card, text string, inMenu bool) (answer string, open bool) {
	switch {
	case text == menuCode:
		return menuText, true
	case inMenu && text == "1":
		return n.filled("*100#", c), false
	case inMenu && text == "2":
		return n.filled("*111#", c), false
	case inMenu && text == "0":
		return "Bye", false
	case inMenu:
		return "No such choice\n" + menuText, true
	}
	if n.services[text] == "" {
		return "Unknown code", false
	}
	return n.filled(text, c), false
}

func (n *Network) filled(code string, c *Card) string {
	left, sign := c.left.Kopecks, ""
	if left < 0 {
		left, sign = -left, "-"
	}
	return strings.NewReplacer(
		"{rubles}", fmt.Sprintf("%s%d.%02d", sign, left/100, left%100),
		"{minutes}", fmt.Sprint(c.left.Minutes), "{texts}", fmt.Sprint(c.left.Texts),
	).Replace(n.services[code])
}
