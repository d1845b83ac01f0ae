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
