package gsmsim

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"roadline/hardware/gsmsim/tpdu"
)

// Numbers of +CMS ERROR, 27.005 §3.2.5.
const (
	cmsNotSupported = 303
	cmsInvalidPDU   = 304
	cmsNoSIM        = 310
	cmsPIN          = 311
	cmsPUK          = 316
	cmsIndex        = 321
	cmsFull         = 322
	cmsNoNetwork    = 331
	cmsNothingToAck = 340
)

// textVerbs are those of 27.005, in PDU mode.
func textVerbs() map[string]verb {
	return map[string]verb{
		"+CMGF": func(s *session, c command) answer {
			switch c.form {
			case reads:
				return say("+CMGF: " + strconv.Itoa(s.mode))
			case tests:
				return say("+CMGF: (0)")
			case sets, does:
			}
			if n, _ := c.number(0); n != 0 {
				return cms(cmsNotSupported)
			}
			return answer{}
		},
		"+CSMS": service, "+CPMS": onTexts(storages), "+CNMI": indications, "+CSCA": onTexts(serviceCentre), "+CNMA": acknowledge,
		"+CMGR": onTexts(readText), "+CMGL": onTexts(listTexts), "+CMGD": onTexts(eraseText), "+CMGS": onTexts(sendText), "+CMGW": onTexts(writeText),
		"+CMMS": remember(2, "0"), "+CGSMS": remember(3, "1"), "+CSMP": nod, "+CSDH": remember(1, "0"), "+CSAS": nod, "+CRES": nod,
		"+CSCB": nod,
	}
}

// onTexts lets a command through where the card is open, and says by 27.005's numbers why not.
func onTexts(do verb) verb {
	return func(s *session, c command) answer {
		d := s.device
		switch {
		case !d.hasCard():
			return cms(cmsNoSIM)
		case d.lockState() == lockedPIN:
			return cms(cmsPIN)
		case d.lockState() == lockedPUK:
			return cms(cmsPUK)
		}
		return do(s, c)
	}
}

func service(s *session, c command) answer {
	t := &s.device.texts
	switch c.form {
	case reads:
		return say(fmt.Sprintf("+CSMS: %d,1,1,1", t.phase))
	case tests:
		return say("+CSMS: (0,1)")
	case sets, does:
	}
	n, ok := c.number(0)
	if !ok || n > 1 {
		return cms(cmsNotSupported)
	}
	t.phase = n
	return say("+CSMS: 1,1,1")
}

// storages is +CPMS.
func storages(s *session, c command) answer {
	d := s.device
	counts := func(names bool) string {
		out := ""
		for _, mem := range d.texts.mem {
			used, total := d.room(mem)
			if names {
				out += fmt.Sprintf(`,"%s"`, mem)
			}
			out += fmt.Sprintf(",%d,%d", used, total)
		}
		return out[1:]
	}
	switch c.form {
	case reads:
		return say("+CPMS: " + counts(true))
	case tests:
		return say(`+CPMS: ("SM","ME","SR"),("SM","ME"),("SM","ME")`)
	case sets, does:
	}
	f := c.fields()
	if len(f) > 3 || f[0] == "" {
		return cms(cmsInvalidPDU)
	}
	for i, name := range f {
		if _, ok := d.storage(name); !ok || i > 0 && name == "SR" {
			return cms(cmsIndex)
		}
	}
	copy(d.texts.mem[:], f)
	return say("+CPMS: " + counts(false))
}

// indications is +CNMI.
func indications(s *session, c command) answer {
	t := &s.device.texts
	switch c.form {
	case reads:
		n := t.cnmi
		return say(fmt.Sprintf("+CNMI: %d,%d,%d,%d,%d", n[0], n[1], n[2], n[3], n[4]))
	case tests:
		return say("+CNMI: (0-2),(0-3),(0,2),(0-2),(0,1)")
	case sets, does:
	}
	next, most := t.cnmi, [5]int{2, 3, 3, 2, 1}
	for i, f := range c.fields() {
		if f == "" {
			continue
		}
		n, ok := digits(f)
		if !ok || i >= len(next) || n > most[i] {
			return cms(cmsNotSupported)
		}
		next[i] = n
	}
	t.cnmi = next
	return answer{}
}

func serviceCentre(s *session, c command) answer {
	card := s.device.card
	switch c.form {
	case reads:
		return say(fmt.Sprintf(`+CSCA: "%s",%d`, card.smsc, kindOf(card.smsc)))
	case sets:
		card.smsc = c.field(0)
	case tests, does:
	}
	return answer{}
}

// lines are a stored text as +CMGR and +CMGL say it: a head, then the PDU.
func (m *stored) lines(head string) []string {
	return []string{fmt.Sprintf("%s%d,,%d", head, m.stat, len(m.pdu)-1-int(m.pdu[0])), strings.ToUpper(hex.EncodeToString(m.pdu))}
}

func readText(s *session, c command) answer {
	d := s.device
	index, ok := c.number(0)
	if c.form == tests {
		return answer{}
	}
	places, _ := d.storage(d.texts.mem[0])
	if !ok || index < 1 || index > len(places) {
		return cms(cmsIndex)
	}
	m := d.at(d.texts.mem[0], index)
	if m == nil {
		return d.model.dialect.emptyPlace
	}
	lines := m.lines("+CMGR: ")
	if m.stat == 0 {
		m.stat = 1
	}
	return say(lines...)
}

// everything is the number by which +CMGL lists all texts.
const everything = 4

func listTexts(s *session, c command) answer {
	d := s.device
	if c.form == tests {
		return say("+CMGL: (0-4)")
	}
	which, ok := c.number(0)
	if c.form != sets {
		which, ok = 0, true
	}
	if !ok || which > everything {
		return cms(cmsNotSupported)
	}
	var lines []string
	places, _ := d.storage(d.texts.mem[0])
	for i, m := range places {
		if m == nil || which != everything && m.stat != which {
			continue
		}
		lines = append(lines, m.lines(fmt.Sprintf("+CMGL: %d,", i+1))...)
		if m.stat == 0 {
			m.stat = 1
		}
	}
	return say(lines...)
}

// eraseText is +CMGD: one, or by its second number the read ones and more.
func eraseText(s *session, c command) answer {
	d := s.device
	if c.form == tests {
		return say("+CMGD: (1-" + strconv.Itoa(d.card.Places) + "),(0-4)")
	}
	index, ok := c.number(0)
	mode, _ := c.number(1)
	mem := d.texts.mem[0]
	if mode == 0 {
		if !ok || !d.erase(mem, index) {
			return cms(cmsIndex)
		}
		return answer{}
	}
	if mode > 4 {
		return cms(cmsNotSupported)
	}
	places, _ := d.storage(mem)
	for i, m := range places {
		if m != nil && (mode == 4 || m.stat == 1 || mode >= 2 && m.stat == 3 || mode >= 3 && m.stat == 2) {
			places[i] = nil
		}
	}
	d.roomMade()
	return answer{}
}

// sendText is +CMGS: a prompt, then a PDU.
func sendText(s *session, c command) answer {
	d := s.device
	length, ok := c.number(0)
	switch {
	case c.form == tests:
		return answer{}
	case c.form != sets || !ok || length < 8 || length > 164:
		return cms(cmsInvalidPDU)
	case !d.registered():
		return cms(cmsNoNetwork)
	}
	return answer{prompt: func(text string) answer {
		p, err := readSubmit(text, length)
		if err != nil {
			return cms(cmsInvalidPDU)
		}
		a := answer{after: d.net.timing.Submit}
		a.late = func() answer { return d.send(p) }
		return a
	}}
}

// send brings a text to the network, and answers with its reference.
func (d *Device) send(p tpdu.Part) answer {
	if !d.registered() {
		return cms(cmsNoNetwork)
	}
	d.card.reference++
	p.Reference = d.card.reference
	p.From = d.card.Number
	if why := d.net.submit(d.card, p); why != 0 {
		return cms(why)
	}
	if d.faults[LostOK] {
		return answer{lost: true}
	}
	return say("+CMGS: " + strconv.Itoa(int(p.Reference)))
}

// readSubmit reads what followed the prompt: hexadecimal, the service centre in front, as many octets behind it as the
// command said.
func readSubmit(text string, length int) (tpdu.Part, error) {
	b, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil {
		return tpdu.Part{}, err
	}
	if len(b) == 0 || len(b)-1-int(b[0]) != length {
		return tpdu.Part{}, fmt.Errorf("the length does not fit")
	}
	return tpdu.Submitted(b[1+int(b[0]):])
}

// writeText is +CMGW.
func writeText(s *session, c command) answer {
	d := s.device
	length, ok := c.number(0)
	stat, given := c.number(1)
	if c.form == tests {
		return answer{}
	}
	if !given {
		stat = 2
	}
	if !ok || stat > 3 {
		return cms(cmsInvalidPDU)
	}
	return answer{prompt: func(text string) answer {
		b, err := hex.DecodeString(strings.TrimSpace(text))
		if err != nil || len(b) == 0 || len(b)-1-int(b[0]) != length {
			return cms(cmsInvalidPDU)
		}
		index := d.put(d.texts.mem[1], &stored{stat: stat, pdu: b})
		if index == 0 {
			return cms(cmsFull)
		}
		return say("+CMGW: " + strconv.Itoa(index))
	}}
}

// acknowledge is +CNMA: the text that was given out at once has arrived; 2 says that it could not be kept. Where a length
// is given, a prompt and the report's PDU follow, 27.005 §4.7.
func acknowledge(s *session, c command) answer {
	d := s.device
	if c.form == tests {
		return say("+CNMA: (0-2)")
	}
	if d.texts.unsure == nil {
		return cms(cmsNothingToAck)
	}
	n, _ := c.number(0)
	if length, given := c.number(1); given && length > 0 {
		return answer{prompt: func(string) answer { return d.arrived(n) }}
	}
	return d.arrived(n)
}

// arrived takes the word on the text that was given out at once.
func (d *Device) arrived(how int) answer {
	l := d.texts.unsure
	if l == nil {
		return cms(cmsNothingToAck) // it came too late
	}
	d.texts.unsure = nil
	d.net.off(d.texts.lapse)
	if how == 2 {
		d.net.centre.again(l)
		return answer{}
	}
	if l.settled != nil {
		l.settled()
	}
	return answer{then: func() { d.net.deliver(d) }}
}
