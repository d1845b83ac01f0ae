package callerid

import (
	"strings"

	"roadline/fmc/cause"
)

// Style is one way to write a number down in digits.
type Style uint8

// The styles, by the Moscow number +7 495 123-45-67 and the London number +44 20 7183 8750 as a Russian trunk writes
// them.
const (
	E164Plus     Style = iota // +74951234567, +442071838750
	E164Digits                // 74951234567, 442071838750
	National                  // 84951234567: as people dial it; abroad 810442071838750
	NationalBare              // 4951234567; abroad as National
	styles
)

var styleNames = [styles]string{"+e164", "e164", "national", "bare"}

// Format is how a trunk writes numbers. The zero value is E.164 with its plus.
type Format struct {
	// Style is for numbers of the trunk's own country, and for all unless Abroad says otherwise.
	Style Style `json:"style"`
	// Abroad is for numbers of other countries, where it differs.
	Abroad AbroadStyle `json:"abroad,omitempty"`
	// Prefix is written before every full number (a technical prefix that the carrier gave), and taken off what is
	// read; short codes go without.
	Prefix string `json:"prefix,omitempty"`
}

// AbroadStyle is how a trunk writes numbers of other countries.
type AbroadStyle uint8

// The ways.
const (
	SameStyle    AbroadStyle = iota // by the format's style
	AbroadPlus                      // +442071838750
	AbroadDigits                    // 442071838750
	AbroadDialed                    // 810442071838750, as people dial it
	abroads
)

var abroadNames = [abroads]string{"same", "+e164", "e164", "dialed"}

// Write returns n as the trunk of a country writes it. Short codes and emergency numbers are written as they are
// dialled. A number that cannot be written, such as a hidden one, is an error of kind cause.Invalid.
func (f Format) Write(n Number, home string) (string, error) {
	if code := n.Code(); code != "" {
		return code, nil
	}
	digits, plus := strings.CutPrefix(n.E164, "+")
	if !plus {
		return "", cause.Errorf(cause.Invalid, "%s number %q cannot be written to a trunk", n.Kind, n.Masked())
	}
	return f.Prefix + f.write(digits, home), nil
}

func (f Format) write(digits, home string) string {
	bare, domestic := strings.CutPrefix(digits, callingCode(home))
	domestic = domestic && callingCode(home) != ""
	switch f.way(domestic) {
	case AbroadPlus:
		return "+" + digits
	case AbroadDialed:
		return abroadPrefix(home) + digits
	case SameStyle:
		if f.Style == NationalBare {
			return bare
		}
		return trunkPrefix(home) + bare
	default:
		return digits
	}
}

// way is how a number is written: SameStyle means in the national way.
func (f Format) way(domestic bool) AbroadStyle {
	if !domestic && f.Abroad != SameStyle {
		return f.Abroad
	}
	switch {
	case f.Style == E164Plus:
		return AbroadPlus
	case f.Style == E164Digits:
		return AbroadDigits
	case domestic:
		return SameStyle
	default:
		return AbroadDialed
	}
}

// Read returns what the trunk of a country wrote in this format. Like Received it never fails and takes any form that
// it can tell; where digits have two readings, what the format would have written decides.
func (f Format) Read(raw, home string) Number {
	raw = clean(raw)
	user := userPart(raw).digits
	if rest, ok := strings.CutPrefix(user, f.Prefix); ok && f.Prefix != "" {
		if n := f.read(raw, rest, home); n.E164 != "" {
			return n
		}
		if n := Received(rest, home); n.E164 != "" {
			n.Raw = raw
			return n
		}
	}
	if n := f.read(raw, user, home); n.E164 != "" {
		return n
	}
	return Received(raw, home)
}

// read tries the readings that the format itself gives.
func (f Format) read(raw, user, home string) Number {
	s := scan(user)
	if s.plus || s.keys || s.alien != 0 || tooShort(s.digits, home) {
		return Number{}
	}
	code := callingCode(home)
	if rest, ok := strings.CutPrefix(s.digits, abroadPrefix(home)); ok && f.way(false) == AbroadDialed {
		if p := inPlan(rest, ""); p.listed() {
			return p.as(raw)
		}
	}
	var candidates []string
	switch rest, dialed := strings.CutPrefix(s.digits, trunkPrefix(home)); {
	case f.Style == E164Digits:
		candidates = []string{s.digits}
	case f.Style == National && dialed:
		candidates = []string{code + rest}
	case f.Style == NationalBare:
		candidates = []string{code + s.digits}
	}
	if f.way(false) == AbroadDigits {
		candidates = append(candidates, s.digits)
	}
	for _, digits := range candidates {
		if p := inPlan(digits, ""); p.listed() {
			return p.as(raw)
		}
	}
	return Number{}
}

// Check says whether what the format writes in a country can be read again, and holds only what a phone can dial.
func (f Format) Check(home string) error {
	bare := f.Style == NationalBare || f.Style == National && trunkPrefix(home) == ""
	if bare && f.Abroad == AbroadDigits {
		return cause.Errorf(cause.Invalid,
			"number format: without a prefix, national numbers of %s and numbers abroad cannot be told apart: write abroad: dialed or +e164", home)
	}
	if s := scan(f.Prefix); s.digits != f.Prefix || len(f.Prefix) > mostDigits {
		return cause.Errorf(cause.Invalid, "number format: prefix %q: write at most %d digits, * or #", f.Prefix, mostDigits)
	}
	return nil
}
