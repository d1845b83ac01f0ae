package modem

import (
	"context"
	"errors"
	"strings"

	"roadline/hardware/at"
)

// identify asks who the module is. What it does not say stays empty, but a silent module is an error.
func (d *driver) identify(ctx context.Context) error {
	id := Identity{Family: d.family.Name}
	for _, q := range []struct {
		command string
		into    *string
	}{{"+CGMI", &id.Maker}, {"+CGMM", &id.Model}, {"+CGMR", &id.Revision}, {"+CGSN", &id.IMEI}} {
		answer, err := d.engine.Command(ctx, q.command, shortLimit)
		if _, refused := errors.AsType[*at.Refused](err); err != nil && !refused {
			return err
		}
		*q.into = plainAnswer(answer, q.command)
	}
	id.IMEI = onlyDigits(id.IMEI)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.identity = id
	return nil
}

// voice takes speech from the capabilities where this firmware has none.
func (d *driver) voice(ctx context.Context) {
	can := d.family.Can
	if q := d.family.Speech.Allowed; q.Command != "" {
		answer, err := d.engine.Command(ctx, q.Command, shortLimit)
		if yes, known := has(q, answer); err != nil || known && !yes {
			can.Voice = NoVoice
		}
	}
	if can.Voice == SoundCard && d.opts.Card == nil || can.Voice == SerialPCM && d.opts.PCM == nil {
		can.Voice = NoVoice
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.can = can
}

func has(q Query, answer []string) (yes, known bool) {
	for _, line := range answer {
		if yes, ok := q.Has(line); ok {
			return yes, true
		}
	}
	return false, false
}

// plainAnswer is the first line of an answer without its prefix and quotes: modules write `+CGMI: "x"`, `+CGMI: x` or x.
func plainAnswer(answer []string, command string) string {
	for _, line := range answer {
		line = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(line, command), ":"))
		for _, other := range []string{"Revision:", "Manufacturer:", "Model:"} { // SIM800, SIM7600
			line = strings.TrimSpace(strings.TrimPrefix(line, other))
		}
		if line = strings.Trim(line, `"`); line != "" {
			return line
		}
	}
	return ""
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// withPrefix are the lines that begin so.
func withPrefix(lines []string, prefix string) []string {
	var all []string
	for _, l := range lines {
		if strings.HasPrefix(l, prefix) {
			all = append(all, l)
		}
	}
	return all
}
