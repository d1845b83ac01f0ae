// Package callerid says what a telephone number is: read by the plan of a country, kept as it was given, shown, hidden,
// and proved to be the company's own; and how each trunk writes numbers and carries the caller's. A carrier's habits are
// data here (Form, Format), never code. The package reads no header and dials nothing. Start at Number; then Read for
// what people write, Received for what networks deliver, and Show, the only way to decide what an outgoing leg shows.
package callerid

import (
	"log/slog"
	"strings"
)

// Number is a telephone number as we understood it, and as it was given. It is comparable with ==, which also compares
// what was given: use Same to ask whether two name one line. The zero value is no number.
type Number struct {
	// E164 is the number with its plus, "+79161234567"; empty for what has no international form.
	E164 string `json:"e164,omitempty"`
	// Raw is what was given: valid UTF-8 of at most 128 bytes, bytes that cannot be shown replaced by U+FFFD.
	Raw  string `json:"raw,omitempty"`
	Kind Kind   `json:"kind,omitempty"`
	// Country is the ISO 3166 alpha-2 code of the plan that the number belongs to, "001" for numbers of no country;
	// for a short code the country it was dialled in.
	Country string `json:"country,omitempty"`
}

// IsZero reports that there is no number at all. A hidden number is not zero.
func (n Number) IsZero() bool { return n == Number{} }

// Same reports whether both name the same line, however they were written. Two hidden or unreadable numbers are never
// the same: nothing says that they are one caller.
func (n Number) Same(o Number) bool {
	if n.E164 != "" || o.E164 != "" {
		return n.E164 == o.E164
	}
	code := n.Code()
	return code != "" && code == o.Code() && (n.Country == o.Country || n.Kind == Short)
}

// Code is what to dial where there is no E164: the digits (and * or #) of an extension, an emergency number or a short
// code; else empty.
func (n Number) Code() string {
	switch n.Kind {
	case Short, ServiceCode:
		return scan(userPart(n.Raw).digits).digits
	case Emergency: // people end it with a hash
		return strings.TrimRight(scan(userPart(n.Raw).digits).digits, "#")
	default:
		return ""
	}
}

// Canonical is the number as the record of a company keeps it: without the way it was written, so that two spellings
// of one number are equal.
func (n Number) Canonical() Number {
	switch {
	case n.E164 != "":
		n.Raw = n.E164
	case n.Code() != "":
		n.Raw = n.Code()
	}
	return n
}

// String is the number for a person who may see it: E.164, a short code, "hidden", or what was given. It is not for
// logs: there a Number masks itself.
func (n Number) String() string {
	switch {
	case n.E164 != "":
		return n.E164
	case n.Kind == Hidden:
		return "hidden"
	case n.Code() != "":
		return n.Code()
	default:
		return n.Raw
	}
}

// LogValue masks the number: "+7916***4567".
func (n Number) LogValue() slog.Value { return slog.StringValue(n.Masked()) }

// Masked is the number with its middle hidden, for logs and for pages of those who may not see it. Short codes belong to
// nobody and stay whole.
func (n Number) Masked() string {
	switch {
	case n.E164 != "":
		return mask(n.E164)
	case n.Kind == Unreadable:
		return mask(n.Raw)
	default:
		return n.String()
	}
}

// mask keeps what tells the region and what tells two callers apart: at most the first five and the last four
// characters; at least three are hidden.
func mask(s string) string {
	r := []rune(s)
	tail := min(4, (len(r)+1)/3)
	head := max(0, min(5, len(r)-tail-3))
	return string(r[:head]) + "***" + string(r[len(r)-tail:])
}
