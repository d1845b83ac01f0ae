package callerid

import (
	"strings"

	"roadline/fmc/cause"
)

// Read reads what a person or a file wrote: a number with its country code and a plus, or the way the country dials it,
// with any separators. The result has an E164. Everything else, emergency numbers and short codes too, is an error of
// kind cause.Invalid that says what to write: no person's or company's number may be one of those. A number of the
// right length in a range that we do not know is accepted, with Kind Unlisted: plans grow.
func Read(raw, country string) (Number, error) {
	raw = clean(raw)
	s := scan(raw)
	switch {
	case s.digits == "" && s.alien == 0:
		return Number{}, cause.Errorf(cause.Invalid, "no number is given: write one like %s", example(country))
	case s.alien != 0:
		return Number{}, cause.Errorf(cause.Invalid, "number %q: %q has no place in a number: write it like %s, without an extension",
			raw, s.alien, example(country))
	case s.keys:
		return Number{}, cause.Errorf(cause.Invalid, "number %q: * and # belong to feature codes: write a number like %s", raw, example(country))
	case !s.plus && country == "":
		return Number{}, cause.Errorf(cause.Invalid, "number %q: without a country write it with its plus, like %s", raw, example(country))
	}
	if !s.plus {
		if err := CheckCountry(country); err != nil {
			return Number{}, err
		}
		if IsEmergency(raw, country) {
			return Number{}, cause.Errorf(cause.Invalid, "number %q is an emergency number, not a line that can be named here", raw)
		}
	}
	from := country
	if s.plus {
		from = ""
	}
	if from == "" || !tooShort(s.digits, from) {
		p := inPlan(s.digits, from)
		if p.listed() || p.kind == Unlisted && suggestion(s).kind == None {
			return p.as(raw), nil
		}
	}
	return Number{}, misread(raw, s, country)
}

// suggestion is what digits without a plus may have meant: a number with its country code.
func suggestion(s scanned) plan {
	if s.plus {
		return plan{}
	}
	for _, p := range []plan{afterZeros(s.digits), inPlan(s.digits, "")} {
		if p.listed() {
			return p
		}
	}
	return plan{}
}

// misread says what is wrong with digits that are no number of the plan.
func misread(raw string, s scanned, country string) error {
	if p := suggestion(s); p.kind != None {
		return cause.Errorf(cause.Invalid, "number %q is not dialled so in %s: is it %s?", raw, country, p.e164)
	}
	why := "has the wrong length"
	if s.plus && codeOf(s.digits) == "" {
		why = "begins with no country's code"
	}
	return cause.Errorf(cause.Invalid, "number %q %s: write it like %s", raw, why, example(country))
}

// Received reads what a network or a phone delivered: a header's user part, a whole SIP or tel URI, a +CLIP string, or
// dialled digits. It never fails and keeps Raw. Without a plus the plan of the country comes first; where that has no
// such number, the digits are tried as an international number with 00 or with nothing before it. Received(n.Raw,
// country) is n again.
func Received(raw, country string) Number {
	raw = clean(raw)
	if callingCode(country) == "" {
		country = ""
	}
	u := userPart(raw)
	if withheld(u.digits) {
		return Number{Raw: raw, Kind: Hidden}
	}
	s := scan(u.digits)
	switch {
	case s.alien != 0, s.digits == "", s.keys && (s.plus || len(s.digits) > mostDigits):
		return Number{Raw: raw, Kind: Unreadable}
	case emergencyDigits(s, country):
		return Number{Raw: raw, Kind: Emergency, Country: country}
	case s.keys:
		return Number{Raw: raw, Kind: Short, Country: country}
	}
	if u.context != "" && !s.plus {
		if p := inPlan(scan(u.context).digits+s.digits, ""); p.listed() {
			return p.as(raw)
		}
	}
	switch {
	case !s.plus && isServiceCode(s.digits, country):
		return Number{Raw: raw, Kind: ServiceCode, Country: country}
	case !s.plus && tooShort(s.digits, country):
		return Number{Raw: raw, Kind: Short, Country: country}
	}
	if p := likeliest(s, country); p.kind != None {
		return p.as(raw)
	}
	return Number{Raw: raw, Kind: Unreadable}
}

// likeliest is the first reading of digits that a plan lists, else the first of a right length. A plus is believed as
// long as a country's code follows it.
func likeliest(s scanned, country string) plan {
	first, last := country, ""
	if s.plus {
		first, last = last, first
	}
	likely := inPlan(s.digits, first)
	if likely.listed() || s.plus && likely.kind != None {
		return likely
	}
	for _, read := range []func() plan{
		func() plan { return afterZeros(s.digits) },
		func() plan { return inPlan(s.digits, last) },
	} {
		p := read()
		if p.listed() {
			return p
		}
		if likely.kind == None {
			likely = p
		}
	}
	return likely
}

// afterZeros reads 0044…, which carriers send also where the country dials abroad differently.
func afterZeros(digits string) plan {
	if rest, ok := strings.CutPrefix(digits, "00"); ok {
		return inPlan(rest, "")
	}
	return plan{}
}

// shortest is the fewest digits of a full number where the plan dials something before it; below that only the PBX can
// place them.
const shortest = 7

// tooShort reports digits that are no full number as the country dials them.
func tooShort(digits, country string) bool {
	if len(digits) >= shortest {
		return false
	}
	prefix := trunkPrefix(country)
	if prefix != "" && !strings.HasPrefix(digits, prefix) {
		return true
	}
	return !inPlan(digits, country).listed()
}

// withheld reports the words by which networks and phones say that there is no number to see.
func withheld(user string) bool {
	switch strings.ToLower(user) {
	case "", "anonymous", "unavailable", "restricted", "private", "unknown", "withheld", "hidden":
		return true
	}
	return false
}
