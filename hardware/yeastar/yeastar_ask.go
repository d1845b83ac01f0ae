package yeastar

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"roadline/fmc/cause"
	"roadline/hardware/ami"
	"roadline/hardware/modem"
)

// action is the dialect's for carrying out a command.
const action = "smscommand"

// look asks how the port stands.
func (l *line) look(ctx context.Context, s *ami.Session) error {
	said, err := s.Command(ctx, action, fmt.Sprintf("gsm show span %d", l.span))
	if err != nil {
		return err
	}
	stands, ok := ami.Stands(said, "Yeastar TG")
	if !ok {
		return cause.Errorf(cause.Unavailable, "the gateway does not say how the port stands")
	}
	if stands.SIM.IMSI != "" {
		stands.SIM.ICCID = l.d.o.Cards[stands.SIM.IMSI]
	}
	l.Is(stands)
	return nil
}

// Ask is documented at gateway.Control. The box waits for the network and answers then.
func (l *line) Ask(ctx context.Context, text string) (modem.USSD, error) {
	if strings.ContainsAny(text, "\"\\\r\n") {
		return modem.USSD{}, cause.Errorf(cause.Invalid, "a USSD string has no quotes and no line ends")
	}
	said, err := l.way.Command(ctx, l.d.o.Timing.Send, action, fmt.Sprintf("gsm send ussd %d \"%s\"", l.span, text))
	if err != nil {
		return modem.USSD{}, err
	}
	return answered(said.Lines)
}

// answered reads what the network said: the message is the last field, and goes on to the end.
func answered(lines []string) (modem.USSD, error) {
	const message = "USSD Message:"
	mode := -1
	for i, l := range lines {
		l = strings.TrimSpace(l)
		if n, ok := strings.CutPrefix(l, "USSD Responses:"); ok {
			if m, err := strconv.Atoi(strings.TrimSpace(n)); err == nil {
				mode = m
			}
		}
		if first, ok := strings.CutPrefix(l, message); ok && mode >= 0 {
			text := strings.Join(append([]string{strings.TrimSpace(first)}, lines[i+1:]...), "\n")
			return modem.USSD{Text: text, Open: mode == 1, Mode: mode}, nil
		}
	}
	return modem.USSD{}, cause.Errorf(cause.Unavailable, "the network did not answer: %s", strings.TrimSpace(strings.Join(lines, " ")))
}

// Cancel is documented at gateway.Control: AT+CUSD=2, 3GPP TS 27.007 §7.15.
func (l *line) Cancel(ctx context.Context) error { return l.at(ctx, "AT+CUSD=2") }

// Block is documented at gateway.Control: the radio off, or on.
func (l *line) Block(ctx context.Context, on bool) error {
	if on {
		return l.at(ctx, "AT+CFUN=4")
	}
	return l.at(ctx, "AT+CFUN=1")
}

// Restart is documented at gateway.Control.
func (l *line) Restart(ctx context.Context) error { return l.at(ctx, "AT+CFUN=1,1") }

// at has the port's module carry out an AT command. The box does not say how it went.
func (l *line) at(ctx context.Context, at string) error {
	_, err := l.way.Command(ctx, l.d.o.Timing.Answer, action, fmt.Sprintf("gsm send at %d %s", l.span, at))
	return err
}
