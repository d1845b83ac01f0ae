package gsmsim

import (
	"fmt"
	"strconv"
	"strings"
)

// radioVerbs are those of the network.
func radioVerbs() map[string]verb {
	return map[string]verb{
		"+CREG": standingVerb, "+CGREG": standingVerb, "+CEREG": standingVerb,
		"+CSQ": func(s *session, c command) answer {
			if c.form == tests {
				return say("+CSQ: (0-31,99),(0-7,99)")
			}
			return say(fmt.Sprintf("+CSQ: %d,99", s.device.level()))
		},
		"+CESQ": func(s *session, c command) answer {
			return say("+CESQ: " + s.device.extendedSignal())
		},
		"+COPS": operator,
	}
}

// standingVerb is +CREG, +CGREG and +CEREG.
func standingVerb(s *session, c command) answer {
	d := s.device
	mode, _ := digits(d.flags[c.name])
	switch c.form {
	case reads:
		return say(fmt.Sprintf("%s: %d,%s", c.name, mode, d.standing(c.name, mode)))
	case tests:
		return say(c.name + ": (0-2)")
	case sets:
		n, ok := c.number(0)
		if !ok || n > 2 {
			return cme(cmeInvalid)
		}
		d.flags[c.name] = strconv.Itoa(n)
	case does:
	}
	return answer{}
}

// extendedSignal is the signal as +CESQ says it, 27.007 §8.69: by the technology in use, the others not known.
func (d *Device) extendedSignal() string {
	level := d.level()
	if level == 99 {
		return "99,99,255,255,255,255"
	}
	dBm := 2*level - 113
	switch d.model.dialect.access {
	case 0:
		return fmt.Sprintf("%d,0,255,255,255,255", max(0, min(dBm+110, 63)))
	case 7:
		return fmt.Sprintf("99,99,255,255,20,%d", max(0, min(dBm-20+140, 97))) // RSRP lies some 20 dB below the carrier's whole power
	}
	return fmt.Sprintf("99,99,%d,30,255,255", max(0, min(dBm+120, 96)))
}

// found are the networks as +COPS=? lists them: 2 is the one in use, 3 does not let the card in.
func (d *Device) found() string {
	var list []string
	for _, o := range d.net.opts.Operators {
		state := 3
		if d.hasCard() && d.registered() && d.net.operatorOf(d.card).Network == o.Network {
			state = 2
		}
		list = append(list, fmt.Sprintf(`(%d,"%s","%s","%s",%d)`, state, o.Name, o.Short, o.Network, d.model.dialect.access))
	}
	return strings.Join(list, ",")
}

// operator is +COPS.
func operator(s *session, c command) answer {
	d := s.device
	switch c.form {
	case reads:
		if !d.registered() {
			return say("+COPS: 0")
		}
		o := d.net.operatorOf(d.card)
		name := [...]string{o.Name, o.Short, o.Network}[d.radio.formatOfName]
		return say(fmt.Sprintf(`+COPS: 0,%d,"%s",%d`, d.radio.formatOfName, name, d.model.dialect.access))
	case tests:
		if d.leg != nil {
			return cme(cmeNotAllowed)
		}
		a := say("+COPS: " + d.found() + ",,(0-4),(0-2)")
		a.after = 20 * d.net.timing.Register
		return a
	case sets, does:
	}
	mode, ok := c.number(0)
	if !ok || mode > 4 {
		return cme(cmeInvalid)
	}
	if format, given := c.number(1); given {
		if format > 2 {
			return cme(cmeInvalid)
		}
		d.radio.formatOfName = format
	}
	switch mode {
	case 2:
		return answer{then: func() { d.become(notRegistered) }}
	case 0, 1, 4:
		if !d.registered() {
			return answer{then: d.search}
		}
	}
	return answer{}
}
