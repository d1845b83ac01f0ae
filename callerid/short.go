package callerid

import (
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"roadline/fmc/cause"
)

// moreEmergency are emergency numbers that the plan data lacks and that people are taught to dial. 112 and 911 are
// emergency numbers everywhere: every mobile treats them so (3GPP TS 22.101 §10.1).
var moreEmergency = map[string][]string{
	"":   {"112", "911"},
	"AM": {"104"},
	"BY": {"104"},
	"GE": {"111"},
	"KE": {"911"},
	"KG": {"104"},
	"KZ": {"104"},
	"RU": {"104", "04"}, // gas; 01 to 04 are the older forms of 101 to 104
	"TH": {"1155"},      // tourist police
	"TJ": {"104"},
	"UA": {"104"},
	"US": {"988"}, // the crisis line, which carriers must route like one
	"CA": {"988"},
	"UZ": {"104", "1050"},
}

// IsEmergency reports whether what was dialled is an emergency number in the country, however it is written. 112 and 911
// are, in every country.
func IsEmergency(raw, country string) bool {
	return emergencyDigits(scan(userPart(clean(raw)).digits), country)
}

func emergencyDigits(s scanned, country string) bool {
	// A hash ends a number on a keypad; a plus before so few digits is a phone's mistake, no number is that short.
	digits := strings.TrimRight(s.digits, "#")
	if s.alien != 0 || len(digits) < 2 || len(digits) > 6 {
		return false
	}
	return slices.Contains(moreEmergency[""], digits) || slices.Contains(moreEmergency[country], digits) ||
		phonenumbers.IsEmergencyNumber(digits, country)
}

// moreService are short codes dialled by voice that the plan data counts as the business of single networks.
var moreService = map[string][]string{
	"CA": {"211", "311", "411", "511", "611", "711", "811"},
	"US": {"211", "311", "411", "511", "611", "711", "811"},
}

// isServiceCode reports a short code that people dial by voice in the country. Of the codes of five and six digits only
// 116 and 118 are of that sort (ITU-T E.164.1, ECC Decision (07)01); the rest take messages, and in some plans they are
// every number of that length.
func isServiceCode(digits, country string) bool {
	if slices.Contains(moreService[country], digits) {
		return true
	}
	long := len(digits) > 4 && !strings.HasPrefix(digits, "116") && !strings.HasPrefix(digits, "118")
	return !long && len(digits) <= longestExtension && shortCode(digits, country)
}

// The lengths an extension may have: one digit is a key of a menu, seven are a telephone number in places.
const (
	shortestExtension = 2
	longestExtension  = 6
)

// CheckExtension says whether an extension may be given out in the country: 2 to 6 digits, and no emergency number or
// short code, which a person in need would dial in vain.
func CheckExtension(extension, country string) error {
	s := scan(extension)
	switch {
	case s.digits != extension || s.keys || len(extension) < shortestExtension || len(extension) > longestExtension:
		return cause.Errorf(cause.Invalid, "extension %q: write %d to %d digits and nothing else", extension, shortestExtension, longestExtension)
	case emergencyDigits(s, country):
		return cause.Errorf(cause.Invalid, "extension %q is an emergency number in %s: choose another", extension, country)
	case isServiceCode(extension, country):
		return cause.Errorf(cause.Invalid, "extension %q is a short code of the country (%s): choose another", extension, country)
	}
	return nil
}
