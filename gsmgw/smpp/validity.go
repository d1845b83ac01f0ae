package smpp

import (
	"strconv"
	"time"

	"roadline/fmc/cause"
)

// validUntil reads validity_period, SMPP 3.4 §7.1.1: "YYMMDDhhmmsstnnp", absolute in quarters of an hour off UTC, or with
// an R at its end a span. An empty one is whatever is usual.
func validUntil(s string, now time.Time, usual time.Duration) (time.Time, error) {
	if s == "" {
		return now.Add(usual), nil
	}
	bad := cause.Errorf(cause.Invalid, "validity_period %q: write YYMMDDhhmmsstnnp", s)
	if len(s) != 16 {
		return now, bad
	}
	var n [6]int
	for i := range n {
		x, err := strconv.ParseUint(s[2*i:2*i+2], 10, 8)
		if err != nil {
			return now, bad
		}
		n[i] = int(x) //nolint:gosec // two digits
	}
	quarters, err := strconv.ParseUint(s[13:15], 10, 8)
	if err != nil || quarters > 48 {
		return now, bad
	}
	offset := time.Duration(quarters) * 15 * time.Minute //nolint:gosec // at most 48
	switch s[15] {
	case 'R':
		return now.AddDate(n[0], n[1], n[2]).Add(time.Duration(n[3])*time.Hour + time.Duration(n[4])*time.Minute + time.Duration(n[5])*time.Second), nil
	case '+':
		offset = -offset
	case '-':
	default:
		return now, bad
	}
	if n[1] < 1 || n[1] > 12 || n[2] < 1 || n[2] > 31 || n[3] > 23 || n[4] > 59 || n[5] > 59 {
		return now, bad
	}
	return time.Date(2000+n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], 0, time.UTC).Add(offset), nil
}
