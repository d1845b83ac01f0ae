package modem

import (
	"context"
	"errors"
	"strings"

	"roadline/hardware/at"
)

// Radio is documented at Modem.
func (d *driver) Radio(ctx context.Context) (Radio, error) {
	answer, err := d.ask(ctx, "+CREG?", "+CREG", shortLimit)
	if err != nil {
		return Radio{}, err
	}
	var r Radio
	for _, line := range answer {
		r = registration(withoutMode(line, "+CREG"))
	}
	if err := d.lte(ctx, &r); err != nil {
		return Radio{}, err
	}
	for _, read := range []func(context.Context, *Radio) error{d.operator, d.signal} {
		if err := read(ctx, &r); err != nil {
			return Radio{}, err
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.radio = r
	return r, nil
}

// ifAsked drops the error of a module that does not know what it was asked.
func ifAsked(err error) error {
	if _, refused := errors.AsType[*at.Refused](err); refused {
		return nil
	}
	return err
}

// lte looks at LTE where the circuit-switched side is not registered: calls are possible then only where IMS is.
func (d *driver) lte(ctx context.Context, r *Radio) error {
	if r.Voice {
		return nil
	}
	answer, err := d.ask(ctx, "+CEREG?", "+CEREG", shortLimit)
	if err != nil {
		return ifAsked(err)
	}
	for _, line := range answer {
		e := registration(withoutMode(line, "+CEREG"))
		if e.Registration != Home && e.Registration != Roaming {
			continue
		}
		*r = e
		if r.Access == "" {
			r.Access = "4G"
		}
		r.Voice, err = d.ims(ctx)
	}
	return err
}

// ims says whether calls go over LTE. A module that does not say is taken to have no voice there.
func (d *driver) ims(ctx context.Context) (bool, error) {
	q := d.family.Card.IMS
	if q.Command == "" {
		// 27.007 §10.1.70: +CIREG: <n>,<reg_info>[,<ext_info>]
		q = Query{"+CIREG?", func(line string) (yes, ok bool) {
			f, ok := at.Values(line, "+CIREG")
			return ok && len(f) > 1 && f[1].Text == "1", ok
		}}
	}
	answer, err := d.engine.Command(ctx, q.Command, shortLimit)
	yes, _ := has(q, answer)
	return yes && err == nil, ifAsked(err)
}

// withoutMode are the values of an answer without the first, which says what is told unasked.
func withoutMode(line, prefix string) []at.Field {
	f, _ := at.Values(line, prefix)
	if len(f) < 2 {
		return f
	}
	return f[1:]
}

// registration reads `<stat>[,"<area>","<cell>"[,<access>]]`. 27.007 §7.2.
func registration(f []at.Field) Radio {
	var r Radio
	if len(f) == 0 {
		return r
	}
	stat, ok := f[0].Number()
	if !ok {
		return r
	}
	r.Registration = NotRegistered
	switch stat {
	case 1, 6, 9:
		r.Registration = Home
	case 5, 7, 10:
		r.Registration = Roaming
	case 2:
		r.Registration = Searching
	case 3:
		r.Registration = Refused
	case 8:
		r.Registration = EmergencyOnly
	}
	r.Voice = stat == 1 || stat == 5 // 6 and 7: messages only; 9 and 10: no fall-back to circuits
	if len(f) > 2 && f[1].Text != "" {
		r.Cell = f[1].Text + ":" + f[2].Text
	}
	if len(f) > 3 {
		r.Access = access(f[3])
	}
	return r
}

// access: 27.007 §7.2, <AcT>.
func access(f at.Field) string {
	n, ok := f.Number()
	switch {
	case !ok:
		return ""
	case n == 0 || n == 1 || n == 3 || n == 8:
		return "2G"
	case n == 2 || n >= 4 && n <= 6:
		return "3G"
	case n == 7 || n == 9:
		return "4G"
	case n >= 10 && n <= 13:
		return "5G"
	default:
		return ""
	}
}

// operator reads the network's digits and its name. +COPS=3 changes the form only, never the choice: +COPS=0 would start
// a search that takes minutes.
func (d *driver) operator(ctx context.Context, r *Radio) error {
	for _, q := range []struct {
		form string
		into *string
	}{{"+COPS=3,2", &r.Network}, {"+COPS=3,0", &r.Operator}} {
		if _, err := d.engine.Command(ctx, q.form, shortLimit); err != nil {
			if ifAsked(err) != nil {
				return err
			}
			continue
		}
		answer, err := d.ask(ctx, "+COPS?", "+COPS", netLimit)
		if ifAsked(err) != nil {
			return err
		}
		for _, line := range answer {
			f, _ := at.Values(line, "+COPS")
			if len(f) > 2 {
				*q.into = f[2].Text
			}
			if len(f) > 3 && r.Access == "" {
				r.Access = access(f[3])
			}
		}
	}
	return nil
}

// signal asks +CSQ, and +CESQ where that knows nothing.
func (d *driver) signal(ctx context.Context, r *Radio) error {
	answer, err := d.ask(ctx, "+CSQ", "+CSQ", shortLimit)
	if ifAsked(err) != nil {
		return err
	}
	for _, line := range answer {
		f, _ := at.Values(line, "+CSQ")
		if n, ok := f[0].Number(); ok {
			r.SignalDBm = SignalOf(n)
		}
	}
	if r.SignalDBm != 0 {
		return nil
	}
	answer, err = d.ask(ctx, "+CESQ", "+CESQ", shortLimit)
	for _, line := range answer {
		f, _ := at.Values(line, "+CESQ")
		r.SignalDBm = extendedSignal(f)
	}
	return ifAsked(err)
}

// SignalOf is the signal by its number in +CSQ, in dBm; 0: not known. 100 to 191 are of TD-SCDMA (Quectel, SIMCom).
func SignalOf(rssi int) int {
	switch {
	case rssi >= 0 && rssi <= 31:
		return -113 + 2*rssi
	case rssi >= 100 && rssi <= 191:
		return rssi - 216
	default:
		return 0
	}
}

// extendedSignal reads <rxlev>,<ber>,<rscp>,<ecno>,<rsrq>,<rsrp>: the one of the access that serves is not 99 or 255.
func extendedSignal(f []at.Field) int {
	for _, row := range []struct{ field, most, zero int }{{0, 63, -110}, {2, 96, -120}, {5, 97, -140}} {
		if row.field >= len(f) {
			break
		}
		if n, ok := f[row.field].Number(); ok && n >= 0 && n <= row.most {
			return row.zero + n
		}
	}
	return 0
}

// mergeRadio lays what a line said over what is known.
func (d *driver) mergeRadio(said Radio) (r Radio, changed bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	was := d.radio
	if said.Registration != "" {
		d.radio.Registration = said.Registration
		d.radio.Voice = said.Voice
		if said.Registration != Home && said.Registration != Roaming {
			d.radio.Cell = ""
		}
	}
	for _, f := range []struct{ said, known *string }{
		{&said.Operator, &d.radio.Operator}, {&said.Network, &d.radio.Network}, {&said.Access, &d.radio.Access}, {&said.Cell, &d.radio.Cell},
	} {
		if *f.said != "" {
			*f.known = strings.TrimSpace(*f.said)
		}
	}
	if said.SignalDBm != 0 {
		d.radio.SignalDBm = said.SignalDBm
	}
	return d.radio, d.radio != was
}
