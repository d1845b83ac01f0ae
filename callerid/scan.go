package callerid

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// rawLimit is how much of what was given is kept: the longest number has 15 digits, and the parameters that carriers
// hang on it fit beside.
const rawLimit = 128

// clean makes what was given safe to keep, print and store: no bytes that are not text, no invisible characters (people
// paste them along with numbers), bounded.
func clean(raw string) string {
	var b strings.Builder
	for _, r := range raw {
		switch {
		case unicode.Is(unicode.Cf, r):
			continue
		case !unicode.IsGraphic(r) && r != '\t':
			r = utf8.RuneError
		}
		if b.Len()+utf8.RuneLen(r) > rawLimit {
			break
		}
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}

// user is the part of what was given that names somebody.
type user struct {
	digits  string // what should be a number, separators and all
	context string // the global phone-context of RFC 3966 §5.1.5, "+7495"; empty without one
}

// userPart takes the user out of a URI, or what was given as it stands: brackets, scheme, host, password and
// parameters go.
func userPart(raw string) user {
	s := strings.TrimSpace(raw)
	if open := strings.IndexByte(s, '<'); open >= 0 {
		s, _, _ = strings.Cut(s[open+1:], ">")
	}
	scheme, rest, _ := strings.Cut(s, ":")
	scheme = strings.ToLower(scheme)
	sip := scheme == "sip" || scheme == "sips"
	if sip || scheme == "tel" {
		s = rest
	}
	if at := strings.LastIndexByte(s, '@'); at >= 0 {
		s, _, _ = strings.Cut(s[:at], ":")
	}
	s, params, _ := strings.Cut(s, ";")
	if sip && strings.ContainsAny(s, ".[") && !strings.Contains(raw, "@") {
		s = "" // a host alone: RFC 3261 §19.1.1, the user part may be absent
	}
	u := user{digits: strings.TrimSpace(unescape(s))}
	for p := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(p, "=")
		if value = unescape(value); strings.EqualFold(name, "phone-context") && strings.HasPrefix(value, "+") {
			u.context = value
		}
	}
	return u
}

// unescape undoes the escapes of RFC 3261 §25.1; what is no escape stays.
func unescape(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if high, low := unhex(s[i+1]), unhex(s[i+2]); high < 16 && low < 16 {
				b.WriteByte(high<<4 | low)
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func unhex(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	default:
		return 16
	}
}

// scanned is what stands in a written number once separators are gone.
type scanned struct {
	plus   bool
	digits string // ASCII digits, * and #
	keys   bool   // there is a * or # among them
	alien  rune   // the first character that has no place in a number; 0 for none
}

// scan reads the characters of a written number. Digits of any script count; spaces, dashes, dots, brackets, slashes
// and tildes separate.
func scan(s string) scanned {
	var out scanned
	digits := make([]byte, 0, 20)
	for _, r := range s {
		d, ok := digit(r)
		switch {
		case ok:
			digits = append(digits, d)
		case (r == '+' || r == '＋') && len(digits) == 0 && !out.plus:
			out.plus = true
		case r == '*' || r == '#':
			digits, out.keys = append(digits, byte(r)), true
		case separates(r):
		case out.alien == 0:
			out.alien = r
		}
	}
	out.digits = string(digits)
	return out
}

func separates(r rune) bool {
	switch r {
	case '-', '.', '(', ')', '/', '~', '\t', '\u2212', '（', '）', '．', '／':
		return true
	}
	return unicode.Is(unicode.Zs, r) || unicode.Is(unicode.Pd, r) || unicode.Is(unicode.Cf, r)
}

// digit returns the ASCII digit of a decimal digit of any script. Every range of Nd is a whole number of tens and begins
// at a zero (The Unicode Standard §4.6).
func digit(r rune) (byte, bool) {
	if r < utf8.RuneSelf {
		return byte(r), '0' <= r && r <= '9'
	}
	for _, t := range unicode.Nd.R16 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return '0' + byte((r-rune(t.Lo))%10), true
		}
	}
	for _, t := range unicode.Nd.R32 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return '0' + byte((r-rune(t.Lo))%10), true
		}
	}
	return 0, false
}
