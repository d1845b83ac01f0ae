package modem

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/at"
)

// SIM is documented at Modem.
func (d *driver) SIM(ctx context.Context) (SIM, error) {
	state, err := d.simState(ctx)
	s := SIM{State: state, Attempts: -1}
	if err != nil || state == SIMAbsent || state == SIMFailed || state == SIMBusy {
		return s, err
	}
	if s.ICCID, err = d.iccid(ctx); err != nil {
		return s, err
	}
	if s.Attempts, err = d.attempts(ctx); err != nil || state != SIMReady {
		return s, err
	}
	if err := d.prepare(ctx); err != nil {
		return s, err
	}
	answer, err := d.engine.Command(ctx, "+CIMI", shortLimit)
	if ifAsked(err) != nil {
		return s, err
	}
	s.IMSI = onlyDigits(plainAnswer(answer, "+CIMI"))
	// ERROR may come with the number glued to it, and most cards have none.
	answer, err = d.ask(ctx, "+CNUM", "+CNUM", shortLimit)
	if ifAsked(err) != nil {
		return s, err
	}
	s.Number = ownNumber(answer)
	answer, err = d.ask(ctx, "+CSCA?", "+CSCA", shortLimit)
	for _, line := range answer {
		if f, _ := at.Values(line, "+CSCA"); len(f) > 1 {
			s.Service = international(f[0].Text, f[1].Text)
		}
	}
	return s, ifAsked(err)
}

// ownNumber reads `+CNUM: "<alpha>","<number>",<type>` in the forms that are about: without quotes, with one.
func ownNumber(answer []string) string {
	for _, line := range answer {
		f, _ := at.Values(line, "+CNUM")
		if len(f) < 2 {
			continue
		}
		kind := ""
		if len(f) > 2 {
			kind = f[2].Text
		}
		if n := strings.Trim(f[1].Text, `" `); onlyDigits(n) != "" {
			return international(n, kind)
		}
	}
	return ""
}

// simState asks +CPIN?.
func (d *driver) simState(ctx context.Context) (SIMState, error) {
	answer, err := d.ask(ctx, "+CPIN?", "+CPIN", shortLimit)
	if refused, ok := errors.AsType[*at.Refused](err); ok {
		return refusedState(refused), nil
	}
	for _, line := range answer {
		return simStateOf(strings.TrimSpace(strings.TrimPrefix(line, "+CPIN:"))), err
	}
	return SIMUnknown, err
}

// simStateOf: 27.007 §8.3. NOT INSERTED and NOT READY are SIMCom's.
func simStateOf(text string) SIMState {
	switch {
	case text == "READY":
		return SIMReady
	case text == "SIM PIN":
		return SIMPIN
	case text == "SIM PUK":
		return SIMPUK
	case strings.HasPrefix(text, "SIM P"): // PIN2, PUK2: of no matter for calls
		return SIMReady
	case strings.HasPrefix(text, "PH-"):
		return SIMLocked
	case text == "NOT INSERTED":
		return SIMAbsent
	case text == "NOT READY":
		return SIMBusy
	default:
		return SIMUnknown
	}
}

func refusedState(r *at.Refused) SIMState {
	switch r.Code {
	case 10:
		return SIMAbsent
	case 11:
		return SIMPIN
	case 12:
		return SIMPUK
	case 5, 6, 7, 40, 41, 42, 43:
		return SIMLocked
	case 13, 15:
		return SIMFailed
	case 14:
		return SIMBusy
	default:
		return SIMUnknown
	}
}

var cardNumber = regexp.MustCompile(`89[0-9]{16,18}[Ff]?|98[0-9A-Fa-f]{18}`)

// iccid asks the maker's way, then the card's file itself (EF 2FE2 of 31.101 §13.2, two digits swapped in each octet).
func (d *driver) iccid(ctx context.Context) (string, error) {
	for _, c := range d.family.Card.ICCID {
		answer, err := d.engine.Command(ctx, c, shortLimit)
		if ifAsked(err) != nil {
			return "", err
		}
		for _, line := range answer {
			if id := cardNumber.FindString(line); id != "" {
				return cardDigits(id), nil
			}
		}
	}
	answer, err := d.ask(ctx, "+CRSM=176,12258,0,0,10", "+CRSM", shortLimit)
	for _, line := range answer {
		if f, _ := at.Values(line, "+CRSM"); len(f) > 2 && f[0].Text == "144" {
			return cardDigits(f[2].Text), nil
		}
	}
	return "", ifAsked(err)
}

// cardDigits takes the filler off; an ICCID begins with 89, and where it begins with 98 the digits are swapped.
func cardDigits(id string) string {
	b := []byte(id)
	if strings.HasPrefix(id, "98") {
		for i := 0; i+1 < len(b); i += 2 {
			b[i], b[i+1] = b[i+1], b[i]
		}
	}
	return onlyDigits(string(b))
}

// attempts is how often the PIN may be tried; -1: the module does not say.
func (d *driver) attempts(ctx context.Context) (int, error) {
	// 27.007 §8.65: +CPINR: <code>,<retries>[,<default>]
	standard := Count{`+CPINR="SIM PIN"`, func(line string) (int, bool) {
		f, ok := at.Values(line, "+CPINR")
		if !ok || len(f) < 2 || f[0].Text != "SIM PIN" {
			return 0, false
		}
		return f[1].Number()
	}}
	for _, c := range append(d.family.Card.Attempts[:len(d.family.Card.Attempts):len(d.family.Card.Attempts)], standard) {
		answer, err := d.engine.Command(ctx, c.Command, shortLimit)
		if ifAsked(err) != nil {
			return -1, err
		}
		for _, line := range answer {
			if n, ok := c.Read(line); ok {
				return n, nil
			}
		}
	}
	return -1, nil
}

var pinDigits = regexp.MustCompile(`^[0-9]{4,8}$`)

// EnterPIN is documented at Modem.
func (d *driver) EnterPIN(ctx context.Context, pin string) error {
	if !pinDigits.MatchString(pin) {
		return cause.Errorf(cause.Invalid, "enter the PIN: it has four to eight digits")
	}
	if _, err := d.engine.Command(ctx, `+CPIN="`+pin+`"`, netLimit); err != nil {
		return err
	}
	return d.prepare(ctx)
}

// How long a card that has just been unlocked may refuse what needs it: it reads its files first.
const (
	cardTries = 10
	cardPause = time.Second
)

// prepare sends what needs the card, once.
func (d *driver) prepare(ctx context.Context) error {
	d.mu.Lock()
	done := d.prepared
	d.mu.Unlock()
	if done {
		return nil
	}
	if err := d.patiently(ctx, func() error { return d.give(ctx, d.family.Prepare) }); err != nil {
		return err
	}
	d.ack.Store(d.wantsAck(ctx))
	d.mu.Lock()
	defer d.mu.Unlock()
	d.prepared = true
	return nil
}

// patiently repeats what a card that is still busy refuses.
func (d *driver) patiently(ctx context.Context, do func() error) error {
	for try := 1; ; try++ {
		err := do()
		if try == cardTries || !errors.Is(err, cause.NoRoom) && !errors.Is(err, cause.Denied) {
			return err
		}
		select {
		case <-ctx.Done():
			return cause.Errorf(cause.Unavailable, "wait for the card: %w", ctx.Err())
		case <-time.After(cardPause):
		}
	}
}

// wantsAck: 27.005 §3.2.1: with +CSMS: 1 the module waits for +CNMA.
func (d *driver) wantsAck(ctx context.Context) bool {
	answer, err := d.ask(ctx, "+CSMS?", "+CSMS", shortLimit)
	for _, line := range answer {
		f, _ := at.Values(line, "+CSMS")
		return err == nil && f[0].Text == "1"
	}
	return false
}
