package gateway

import (
	"strings"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/modem"
)

// Unsure is the error of a text of which nobody can say whether the network has it.
func Unsure(format string, args ...any) error {
	return &modem.SendError{Uncertain: true, Err: cause.Errorf(cause.Unavailable, format, args...)}
}

// Digits are the digits of an ICCID, IMSI or IMEI; some firmware leaves the filler F at the end, or puts spaces between.
func Digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// LocalTime reads a box's time, in the zone of this machine: boxes say none. Zero: it is no time.
func LocalTime(s string) time.Time {
	t, err := time.ParseInLocation(time.DateTime, s, time.Local) //nolint:gosmopolitan // the box stands beside us
	if err != nil {
		return time.Time{}
	}
	return t
}

// Signal is a level of +CSQ as boxes tell it, in dBm; 0: not known. Of a port without a signal they say 0, which in +CSQ
// itself would be one.
func Signal(level int) int {
	if level == 0 {
		return 0
	}
	return modem.SignalOf(level)
}

// Bounds of what a box says, in octets: it goes on into the journal and onto pages. No network carries a text of more than 255
// parts, nor an answer to USSD of more than 182 letters.
const (
	mostWord = 256
	mostText = 64 << 10
	mostUSSD = 4 << 10
)

// cut is the beginning of what is longer than it can be.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "")
}

// cut is the state with words that are not too long.
func (s State) cut() State {
	for _, word := range []*string{
		&s.SIM.ICCID, &s.SIM.IMSI, &s.SIM.Number, &s.SIM.Service, &s.Radio.Operator, &s.Radio.Network, &s.Radio.Access, &s.Radio.Cell, &s.IMEI, &s.Box,
	} {
		*word = cut(*word, mostWord)
	}
	return s
}

// cutEvent is the same of what happened. Its token stays as it is: the driver knows it again.
func cutEvent(ev modem.Event) modem.Event {
	switch x := ev.(type) {
	case modem.TextCame:
		x.IMSI, x.From, x.Text = cut(x.IMSI, mostWord), cut(x.From, mostWord), cut(x.Text, mostText)
		return x
	case modem.TextReported:
		x.IMSI, x.To = cut(x.IMSI, mostWord), cut(x.To, mostWord)
		return x
	default:
		return ev
	}
}
