package callerid

import (
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"roadline/fmc/cause"
)

// mostDigits is the longest number there is (ITU-T E.164 §6.1), without its plus.
const mostDigits = 15

// What the library answers for numbers of no country and for codes that it does not know.
const (
	noCountry      = "001"
	unknownCountry = "ZZ"
)

// CheckCountry says whether a country is one whose numbering plan we know.
func CheckCountry(country string) error {
	if callingCode(country) == "" {
		return cause.Errorf(cause.Invalid, "country %q: write the two capital letters of ISO 3166, such as RU, KE or GB", country)
	}
	return nil
}

// callingCode is the country's code without its plus, "7"; empty for a country that we do not know.
func callingCode(country string) string {
	if code := phonenumbers.GetCountryCodeForRegion(country); code > 0 {
		return strconv.Itoa(code)
	}
	return ""
}

// plan is what one reading of some digits by one country's numbering plan gave.
type plan struct {
	number *phonenumbers.PhoneNumber
	e164   string
	kind   Kind // Unlisted when only the length is right, None when not even that
}

// inPlan reads digits by a country's plan; an empty country means that the digits begin with a country code.
func inPlan(digits, country string) plan {
	if country == "" {
		digits = "+" + digits
	} else if callingCode(country) == "" {
		return plan{}
	}
	number, err := phonenumbers.Parse(digits, country)
	if err != nil {
		return plan{}
	}
	p := plan{number: number, e164: phonenumbers.Format(number, phonenumbers.E164)}
	if len(p.e164) > 1+mostDigits {
		return plan{}
	}
	if p.kind = kindOf(number); p.kind == Unlisted && phonenumbers.IsPossibleNumberWithReason(number) != phonenumbers.IS_POSSIBLE {
		p.kind = None
	}
	return p
}

// listed reports that the plan knows the range of the number.
func (p plan) listed() bool { return p.kind != None && p.kind != Unlisted }

// as makes the Number of what was read.
func (p plan) as(raw string) Number {
	return Number{E164: p.e164, Raw: raw, Kind: p.kind, Country: countryOf(p.number)}
}

// countryOf is the country of a number; the main one of its code where the range is not known.
func countryOf(number *phonenumbers.PhoneNumber) string {
	if country := phonenumbers.GetRegionCodeForNumber(number); country != "" {
		return country
	}
	return phonenumbers.GetRegionCodeForCountryCode(int(number.GetCountryCode()))
}

func kindOf(number *phonenumbers.PhoneNumber) Kind {
	switch number.GetCountryCode() {
	case 870, 878, 881, 882, 883, 888:
		return International
	}
	switch phonenumbers.GetNumberType(number) {
	case phonenumbers.FIXED_LINE, phonenumbers.VOICEMAIL:
		return Fixed
	case phonenumbers.MOBILE:
		return Mobile
	case phonenumbers.FIXED_LINE_OR_MOBILE:
		return FixedOrMobile
	case phonenumbers.VOIP:
		return Internet
	case phonenumbers.UAN:
		return Universal
	case phonenumbers.TOLL_FREE:
		return TollFree
	case phonenumbers.SHARED_COST:
		return Shared
	case phonenumbers.PREMIUM_RATE, phonenumbers.PERSONAL_NUMBER, phonenumbers.PAGER:
		return Premium
	default:
		return Unlisted
	}
}

// example is a number of the country for a message that says how to write one.
func example(country string) string {
	if number := phonenumbers.GetExampleNumberForType(country, phonenumbers.MOBILE); number != nil {
		return phonenumbers.Format(number, phonenumbers.E164)
	}
	return "+79161234567"
}

// trunkPrefix is what is dialled before a national number: 8 in Russia, 0 in Germany, nothing in Spain.
func trunkPrefix(country string) string { return phonenumbers.GetNddPrefixForRegion(country, true) }

// abroadPrefix is what is dialled before a country code: 810 in Russia, 00 in Germany, 011 in the United States.
// Countries with several (one per carrier) name a preferred one.
func abroadPrefix(country string) string {
	meta := metadata(country)
	if preferred := meta.GetPreferredInternationalPrefix(); preferred != "" {
		return strings.ReplaceAll(preferred, "~", "")
	}
	if prefix := meta.GetInternationalPrefix(); scan(prefix).alien == 0 {
		return prefix
	}
	return "00"
}

// beginsWithCode reports digits that begin with a country code in use.
func beginsWithCode(digits string) bool {
	for n := 1; n <= min(3, len(digits)); n++ {
		code, err := strconv.Atoi(digits[:n])
		if err == nil && phonenumbers.GetRegionCodeForCountryCode(code) != unknownCountry {
			return true
		}
	}
	return false
}
