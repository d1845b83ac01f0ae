package gsmsim

import "strconv"

// basicVerbs are those of V.250.
func basicVerbs() map[string]verb {
	return map[string]verb{
		"E": func(s *session, c command) answer {
			n, ok := onOff(c)
			if ok {
				s.echo = n == 1
			}
			return okIf(ok)
		},
		"Q": func(s *session, c command) answer {
			n, ok := onOff(c)
			if ok {
				s.quiet = n == 1
			}
			return okIf(ok)
		},
		"Z": func(s *session, c command) answer {
			s.defaults()
			return answer{}
		},
		"&F": func(s *session, c command) answer {
			s.defaults()
			return answer{}
		},
		"V": nod, "X": nod, "L": nod, "M": nod, "&C": nod, "&D": nod, "&W": nod, "&K": nod, "\\Q": nod,
		"S0": register, "S3": register, "S4": register, "S5": register, "S7": register,
		"+CMEE": func(s *session, c command) answer {
			switch c.form {
			case reads:
				return say("+CMEE: " + strconv.Itoa(s.cmee))
			case tests:
				return say("+CMEE: (0-2)")
			case sets, does:
			}
			n, ok := c.number(0)
			if !ok || n > 2 {
				return cme(cmeInvalid)
			}
			s.cmee = n
			return answer{}
		},
		"+CSCS": func(s *session, c command) answer {
			switch c.form {
			case reads:
				return say(`+CSCS: "` + s.charset + `"`)
			case tests:
				return say(`+CSCS: ("GSM","IRA","UCS2")`)
			case sets, does:
			}
			switch name := c.field(0); name {
			case "GSM", "IRA", "UCS2":
				s.charset = name
				return answer{}
			}
			return cme(cmeInvalid)
		},
		"+IPR": nod, "+ICF": nod, "+IFC": nod, "+GCAP": fixed("+GCAP: +CGSM,+DS,+ES"),
	}
}

// defaults are what ATZ and AT&F bring back: the settings of this port and those on calls and texts.
func (s *session) defaults() {
	s.echo, s.cmee, s.quiet, s.charset, s.mode = true, 0, false, s.device.model.dialect.charset, 0
	for _, name := range []string{"+CREG", "+CGREG", "+CEREG", "+CRC", "+CLIP", "+COLP", "+CSSN"} {
		delete(s.device.flags, name)
	}
	s.device.texts.cnmi = [5]int{}
}

// onOff is a basic command's 0 or 1; nothing is 0.
func onOff(c command) (n int, ok bool) {
	if c.args == "" {
		return 0, true
	}
	n, ok = digits(c.args)
	return n, ok && n <= 1
}

func okIf(ok bool) answer {
	if ok {
		return answer{}
	}
	return answer{final: "ERROR"}
}

// register is an S register: it is kept, and means nothing.
func register(s *session, c command) answer {
	if c.form == reads {
		n, _ := digits(s.device.flags[c.name])
		text := strconv.Itoa(n)
		for len(text) < 3 {
			text = "0" + text
		}
		return say(text)
	}
	s.device.flags[c.name] = c.args
	return answer{}
}

// identityVerbs say who the module is.
func identityVerbs() map[string]verb {
	of := func(what func(*Device) string) verb {
		return func(s *session, c command) answer {
			if c.form == tests {
				return answer{}
			}
			return say(what(s.device))
		}
	}
	maker := of(func(d *Device) string { return d.model.Maker })
	title := of(func(d *Device) string { return d.model.Title })
	revision := of(func(d *Device) string { return d.model.Revision })
	imei := of(func(d *Device) string { return d.imei })
	return map[string]verb{
		"+CGMI": maker, "+GMI": maker, "+CGMM": title, "+GMM": title, "+CGMR": revision, "+GMR": revision, "+CGSN": imei, "+GSN": imei,
		"I": func(s *session, _ command) answer {
			m := s.device.model
			return say("Manufacturer: "+m.Maker, "Model: "+m.Title, "Revision: "+m.Revision, "IMEI: "+s.device.imei, "+GCAP: +CGSM,+DS,+ES")
		},
		"+CBC": fixed("+CBC: 0,100"),
		"+CCLK": func(s *session, c command) answer {
			if c.form != reads {
				return answer{}
			}
			return say(`+CCLK: "` + s.device.net.opts.Now().UTC().Format("06/01/02,15:04:05") + `+00"`)
		},
		"+CFUN": function,
	}
}

// function is +CFUN: the radio, and starting anew.
func function(s *session, c command) answer {
	d := s.device
	switch c.form {
	case reads:
		return say("+CFUN: " + strconv.Itoa(d.radio.on))
	case tests:
		return say("+CFUN: (0,1,4),(0,1)")
	case sets, does:
	}
	n, ok := c.number(0)
	if !ok || n != 0 && n != 1 && n != 4 {
		return cme(cmeInvalid)
	}
	if again, _ := c.number(1); again == 1 {
		return answer{then: d.restartSoon}
	}
	return answer{then: func() { d.setRadio(n) }}
}

// setRadio switches the radio; what needs it ends.
func (d *Device) setRadio(on int) {
	if on != 1 && d.leg != nil {
		d.leg.lost()
	}
	if was := d.radio.on; was == on {
		return
	}
	d.radio.on = on
	d.search()
}
