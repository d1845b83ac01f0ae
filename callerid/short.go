package callerid

import (
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"roadline/fmc/cause"
)

// everywhere are emergency numbers in every country: every mobile treats them so (3GPP TS 22.101 §10.1.1).
var everywhere = []string{"112", "911"}

// fireToGas are fire, police, ambulance and gas where the Soviet plan was the forerunner; the two-digit forms are older
// and still answered.
var fireToGas = []string{"101", "102", "103", "104", "01", "02", "03", "04"}

// moreEmergency are emergency numbers that the plan data lacks and that people are taught to dial.
var moreEmergency = map[string][]string{
	"AM": fireToGas, "AZ": fireToGas, "BY": fireToGas, "KG": fireToGas, "KZ": fireToGas, "RU": fireToGas, "TJ": fireToGas,
	"TM": fireToGas, "UA": fireToGas,
	"UZ": append([]string{"1050"}, fireToGas...),
	"CA": {"988"}, // the crisis line, which carriers must route like an emergency number
	"CN": {"122"}, // traffic accidents
	"ES": {"061", "062", "091", "092"},
	"FR": {"114", "115", "119", "196"},
	"JP": {"118"},  // coast guard
	"TH": {"1155"}, // tourist police
	"TR": {"156"},  // gendarmerie
	"US": {"988"},
}

// IsEmergency reports whether what was dialled is an emergency number in the country, however it is written. 112 and 911
// are, in every country.
func IsEmergency(raw, country string) bool {
	return emergencyDigits(scan(userPart(clean(raw)).digits), country)
}

func emergencyDigits(s scanned, country string) bool {
	// A hash ends a number on a keypad; a plus before so few digits is a phone's mistake, no number is that short.
	digits := strings.TrimRight(s.digits, "#")
	if s.alien != 0 || len(digits) < 2 || len(digits) > longestExtension || strings.ContainsAny(digits, "*#") {
		return false
	}
	return slices.Contains(everywhere, digits) || slices.Contains(moreEmergency[country], digits) ||
		phonenumbers.IsEmergencyNumber(digits, country)
}

// moreService are short codes dialled by voice that the plan data counts as the business of single networks.
var moreService = map[string][]string{
	"CA": {"211", "311", "411", "511", "611", "711", "811"},
	"US": {"211", "311", "411", "511", "611", "711", "811"},
}

// isServiceCode reports a short code that people dial by voice in the country. Of the codes of five and six digits only
// 116 (services common to Europe) and 118 (directories) are of that sort; the rest take messages, and in some plans they
// are every number of that length.
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
