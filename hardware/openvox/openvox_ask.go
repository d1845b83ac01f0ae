package openvox

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"roadline/fmc/cause"
	"roadline/hardware/ami"
	"roadline/hardware/modem"
)

// action is the dialect's for carrying out a command.
const action = "Command"

// look asks how the port stands; which card it has is asked when the IMSI is another.
func (l *line) look(ctx context.Context, s *ami.Session) error {
	said, err := s.Command(ctx, action, fmt.Sprintf("gsm show span %d", l.span))
	if err != nil {
		return err
	}
	stands, ok := ami.Stands(said, "OpenVox")
	if !ok {
		return cause.Errorf(cause.Unavailable, "the gateway does not say how the port stands")
	}
	stands.SIM.Number = said.Written("Own Number")
	if stands.SIM.State == modem.SIMReady {
		if stands.SIM.ICCID, err = l.iccid(ctx, s, stands.SIM.IMSI); err != nil {
			l.log.Debug("the card did not say its ICCID", "err", err)
		}
	}
	l.Is(stands)
	return nil
}

// iccid is the ICCID of the card with this IMSI.
func (l *line) iccid(ctx context.Context, s *ami.Session, imsi string) (string, error) {
	l.mu.Lock()
	known := l.card
	l.mu.Unlock()
	if known.IMSI == imsi && known.ICCID != "" {
		return known.ICCID, nil
	}
	said, err := s.Command(ctx, action, l.at("AT+CRSM=176,12258,0,0,10"))
	if err != nil {
		return l.d.o.Cards[imsi], err
	}
	iccid, ok := readICCID(said.Lines)
	if !ok {
		return l.d.o.Cards[imsi], cause.Errorf(cause.Unavailable, "the answer %q has no ICCID", strings.Join(said.Lines, " "))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.card = modem.SIM{IMSI: imsi, ICCID: iccid}
	return iccid, nil
}

// crsm is an answer that the card had the file. 3GPP TS 27.007 §8.18; 144 is the status 0x90.
var crsm = regexp.MustCompile(`\+CRSM:\s*144,\s*0,\s*\\?"?([0-9A-Fa-f]{20})\b`)

// readICCID reads the file 2FE2: ten octets with the digits of each swapped, filled up with F. ETSI TS 102 221 §13.2.
func readICCID(lines []string) (string, bool) {
	found := crsm.FindStringSubmatch(strings.Join(lines, "\n"))
	if found == nil {
		return "", false
	}
	b := []byte(strings.ToUpper(found[1]))
	for i := 0; i < len(b); i += 2 {
		b[i], b[i+1] = b[i+1], b[i]
	}
	iccid := strings.TrimRight(string(b), "F")
	return iccid, iccid != "" && strings.Trim(iccid, "0123456789") == ""
}

// at is the command that has the port's module carry out an AT command, and waits for it; in milliseconds.
func (l *line) at(command string) string {
	return fmt.Sprintf("gsm send sync at %d %s %d", l.span, command, l.d.o.Timing.Answer.Milliseconds())
}

// Ask is documented at gateway.Control. The box waits for the network and answers then.
func (l *line) Ask(ctx context.Context, text string) (modem.USSD, error) {
	if strings.ContainsAny(text, "\"\\\r\n ") {
		return modem.USSD{}, cause.Errorf(cause.Invalid, "a USSD string has no quotes, spaces and line ends")
	}
	patience := l.d.o.Timing.Send
	words := fmt.Sprintf("gsm send ussd %d \"%s\" %d", l.span, text, int(patience.Seconds()))
	said, err := l.way.Command(ctx, patience, action, words)
	if err != nil {
		return modem.USSD{}, err
	}
	return answered(said.Lines)
}

// ussd is the line before what the network said; the box writes it so.
var ussd = regexp.MustCompile(`^1:Reci?e?i?ve USSD on span \d+,\s*responses:(\d+)`)

// answered reads what the network said: the text goes on to the end.
func answered(lines []string) (modem.USSD, error) {
	for i, l := range lines {
		found := ussd.FindStringSubmatch(strings.TrimSpace(l))
		if found == nil || i+1 == len(lines) {
			continue
		}
		first, is := strings.CutPrefix(lines[i+1], "Text:")
		mode, err := strconv.Atoi(found[1])
		if err == nil && is {
			text := strings.Join(append([]string{strings.TrimSpace(first)}, lines[i+2:]...), "\n")
			return modem.USSD{Text: text, Open: mode == 1, Mode: mode}, nil
		}
	}
	return modem.USSD{}, cause.Errorf(cause.Unavailable, "the network did not answer: %s", strings.TrimSpace(strings.Join(lines, " ")))
}

// Cancel is documented at gateway.Control: AT+CUSD=2, 3GPP TS 27.007 §7.15.
func (l *line) Cancel(ctx context.Context) error { return l.order(ctx, l.at("AT+CUSD=2")) }

// Block is documented at gateway.Control: the module's power off, or on.
func (l *line) Block(ctx context.Context, on bool) error {
	if on {
		return l.order(ctx, fmt.Sprintf("gsm power off %d", l.span))
	}
	return l.order(ctx, fmt.Sprintf("gsm power on %d", l.span))
}

// Restart is documented at gateway.Control.
func (l *line) Restart(ctx context.Context) error {
	return l.order(ctx, fmt.Sprintf("gsm power reset %d", l.span))
}

// order has a command carried out whose words do not matter.
func (l *line) order(ctx context.Context, words string) error {
	_, err := l.way.Command(ctx, l.d.o.Timing.Answer, action, words)
	return err
}
