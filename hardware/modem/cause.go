package modem

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"roadline/fmc/cause"
)

// Cause is the cause of a 24.008 value (annex H; the same as Q.850 for calls); the zero cause for 0.
func Cause(q850 int) cause.Cause {
	if q850 == 0 {
		return cause.Cause{}
	}
	c := cause.Of(cause.FromQ850(q850))
	c.Q850 = q850
	return c
}

// Released is documented at Modem.
func (d *driver) Released(ctx context.Context) (cause.Cause, error) {
	answer, err := d.ask(ctx, "+CEER", "+CEER", shortLimit)
	if err != nil {
		return cause.Cause{}, err
	}
	for _, line := range answer {
		text := strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(line, "+CEER"), ":"))
		if d.family.Ended != nil {
			if c, ok := d.family.Ended(text); ok {
				return c, nil
			}
		}
		if c, ok := CauseText(text); ok {
			return c, nil
		}
	}
	return cause.Cause{}, nil
}

var causeNumber = regexp.MustCompile(`(?i)(?:cause|reason)[^0-9]{0,4}(\d{1,3})\b|^(\d{1,3})(?: [a-z]|$)`)

// CauseText reads an answer to +CEER that says the cause by its name in 24.008 table 10.5.123, or by its
// number: "cause 17", "17", "16 Normal call clearing" (A7672).
func CauseText(text string) (c cause.Cause, ok bool) {
	text = strings.ToLower(strings.Trim(text, `" `))
	if m := causeNumber.FindStringSubmatch(text); m != nil {
		if n, err := strconv.Atoi(m[1] + m[2]); err == nil {
			return Cause(n), true
		}
	}
	for _, row := range causeTexts {
		if strings.Contains(text, row.text) {
			return Cause(row.q850), true
		}
	}
	return cause.Cause{}, false
}

// causeTexts: a text that is part of another stands behind it.
var causeTexts = []struct {
	text string
	q850 int
}{
	{"unassigned", 1},
	{"unallocated", 1},
	{"no route to destination", 3},
	{"channel unacceptable", 6},
	{"operator determined barring", 8},
	{"normal call clearing", 16},
	{"normal clearing", 16},
	{"user busy", 17},
	{"no user responding", 18},
	{"user alerting", 19},
	{"no answer", 19},
	{"call rejected", 21},
	{"number changed", 22},
	{"non-selected user", 26},
	{"non selected user", 26},
	{"destination out of order", 27},
	{"invalid number format", 28},
	{"incomplete number", 28},
	{"facility rejected", 29},
	{"normal, unspecified", 31},
	{"normal unspecified", 31},
	{"no circuit", 34},
	{"network out of order", 38},
	{"temporary failure", 41},
	{"switching equipment congestion", 42},
	{"congestion", 42},
	{"requested circuit", 44},
	{"resources unavailable", 47},
	{"requested facility not subscribed", 50},
	{"incoming calls barred", 55},
	{"bearer capability not authorized", 57},
	{"bearer capability not presently available", 58},
	{"incompatible destination", 88},
	{"recovery on timer", 102},
	{"interworking", 127},
}
