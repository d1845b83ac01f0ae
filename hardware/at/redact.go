package at

import (
	"regexp"
	"strconv"
	"strings"
)

// What must not stand in a log or a transcript.
var (
	secretCommand = regexp.MustCompile(`^((?:AT)?(?:\+CPIN=|\+CPWD=|\+CLCK=|\^CPIN=|\+SPIC=|\^CARDLOCK=)).*`)
	longDigits    = regexp.MustCompile(`\+?[0-9A-Fa-f]{7,}`)
	answered      = regexp.MustCompile(`^(\+CUSD: ?\d, ?")(.*?)("(?:, ?\d+)?)?$`)
	figures       = regexp.MustCompile(`[0-9]`)
	ussd          = regexp.MustCompile(`^((?:AT)?\+CUSD[:=] ?\d).*`)
)

// Redact is the line without PINs, numbers and texts, for a log.
func Redact(line string) string {
	if m := secretCommand.FindStringSubmatch(line); m != nil {
		return m[1] + "…"
	}
	if m := ussd.FindStringSubmatch(line); m != nil {
		return m[1] + ",…"
	}
	return longDigits.ReplaceAllStringFunc(line, func(s string) string {
		if len(s) > 20 {
			return "(" + strconv.Itoa(len(s)/2) + " octets)"
		}
		return s[:3] + strings.Repeat("x", len(s)-5) + s[len(s)-2:]
	})
}

// Mask is the line with other digits in the place of every PIN, number, card and coded text, so that whoever reads the
// transcript learns the form and nothing of the people: "+49151…" becomes "+490000000", a PDU zeros of its length. What
// the network answers by USSD keeps its words and loses its figures.
func Mask(line string) string {
	if m := secretCommand.FindStringSubmatch(line); m != nil {
		return m[1] + zeros(line[len(m[1]):])
	}
	if m := answered.FindStringSubmatch(line); m != nil {
		return m[1] + figures.ReplaceAllString(m[2], "0") + m[3]
	}
	return longDigits.ReplaceAllStringFunc(line, func(s string) string {
		if len(s) > 20 {
			return strings.Repeat("0", len(s))
		}
		return s[:3] + zeros(s[3:])
	})
}

func zeros(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'F' || r >= 'a' && r <= 'f' {
			return '0'
		}
		return r
	}, s)
}
