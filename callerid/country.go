package callerid

import (
	"slices"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"roadline/fmc/cause"
)

// mostDigits is the longest number there is (ITU-T E.164), without its plus.
const mostDigits = 15

// unknownCountry is what the library answers for a code that nobody has.
const unknownCountry = "ZZ"

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
	kind   Kind // None where it is no number at all
}

// inPlan reads digits by a country's plan; an empty country means that the digits begin with a country code. What it
// returns reads as itself again with its plus. The plain readings come first: the library tries every way in which people
// write numbers, at several times the cost, and would strip a trunk prefix from a number that is right as it stands.
func inPlan(digits, country string) plan {
	if country == "" {
		return international(digits)
	}
	if callingCode(country) == "" {
		return plan{}
	}
	if p := plainly(digits, country); p.listed() {
		return p
	}
	if p := byLibrary(digits, country); p.listed() {
		return p
	}
	for _, reading := range domesticReadings(digits, country) {
		if p := international(reading); p.kind != None {
			return p
		}
	}
	return plan{}
}

// international reads digits that begin with a country code.
func international(digits string) plan {
	p := withCode(digits)
	if p.listed() {
		return p
	}
	if other := byLibrary("+"+digits, ""); other.listed() {
		return other
	}
	if p.number == nil || !usualLength(p.number) {
		return plan{}
	}
	return p
}

// byLibrary is the library's own reading.
func byLibrary(digits, country string) plan {
	number, err := phonenumbers.Parse(digits, country)
	if err != nil {
		return plan{}
	}
	p := plan{number: number, e164: phonenumbers.Format(number, phonenumbers.E164), kind: kindOf(number)}
	if len(p.e164) > 1+mostDigits {
		return plan{}
	}
	return p
}

// usualLength reports a number as long as the fixed lines or the mobiles of its plan. Some plans also have odd ranges,
// such as the free numbers of 14 digits in Russia, whose length would let most typing errors pass.
func usualLength(number *phonenumbers.PhoneNumber) bool {
	length := int32(len(phonenumbers.GetNationalSignificantNumber(number)))
	m := metadata(countryOf(number))
	for _, d := range []*phonenumbers.PhoneNumberDesc{m.GetFixedLine(), m.GetMobile()} {
		lengths := d.GetPossibleLength()
		if len(lengths) == 0 {
			lengths = m.GetGeneralDesc().GetPossibleLength()
		}
		if slices.Contains(lengths, length) {
			return true
		}
	}
	return false
}

// plainly reads digits as the country dials them, where the plan lists what they say: abroad, with the trunk prefix,
// without it, and with the country's own code.
func plainly(digits, country string) plan {
	switch head, pattern := abroadPattern(country); {
	case strings.Contains(pattern, "|"), pattern != "" && strings.HasPrefix(digits, head):
		return plan{} // several prefixes, one per carrier: the library knows them
	case head != "" && strings.HasPrefix(digits, head):
		return withCode(digits[len(head):])
	}
	for _, reading := range domesticReadings(digits, country) {
		if p := withCode(reading); p.listed() {
			return p
		}
	}
	return plan{}
}

// domesticReadings are what digits may mean within the country, with its code: after the trunk prefix, without one, and
// as they stand where they begin with the code.
func domesticReadings(digits, country string) []string {
	code := callingCode(country)
	var readings []string
	if rest, ok := strings.CutPrefix(digits, trunkPrefix(country)); ok && len(rest) < len(digits) {
		readings = append(readings, code+rest)
	}
	readings = append(readings, code+digits)
	if strings.HasPrefix(digits, code) {
		readings = append(readings, digits)
	}
	return readings
}

// withCode reads digits that begin with a country code, as they stand.
func withCode(digits string) plan {
	code := codeOf(digits)
	if code == "" || len(digits) > mostDigits {
		return plan{}
	}
	rest := digits[len(code):]
	country, err := strconv.ParseInt(code, 10, 32)
	if err != nil {
		return plan{}
	}
	line, err := strconv.ParseUint(rest, 10, 64)
	if err != nil {
		return plan{}
	}
	number := &phonenumbers.PhoneNumber{CountryCode: new(int32(country)), NationalNumber: new(line)}
	if zeros := len(rest) - len(strings.TrimLeft(rest, "0")); zeros > 0 {
		number.ItalianLeadingZero, number.NumberOfLeadingZeros = new(true), new(int32(zeros))
	}
	return plan{number: number, e164: "+" + digits, kind: kindOf(number)}
}

// abroadPattern is how a number abroad begins as the country dials it: the digits that are always the same, and the
// pattern of those that follow where there are several prefixes.
func abroadPattern(country string) (head, pattern string) {
	prefix := metadata(country).GetInternationalPrefix()
	end := strings.IndexFunc(prefix, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		return prefix, ""
	}
	return prefix[:end], prefix[end:]
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

// abroadPrefix is what is dialled before a country code: 810 in Russia, 00 in Germany, 011 in the United States; one of
// those that work where there are several.
func abroadPrefix(country string) string {
	if preferred := metadata(country).GetPreferredInternationalPrefix(); preferred != "" {
		return strings.ReplaceAll(preferred, "~", "")
	}
	if chosen, ok := chosenAbroad[country]; ok {
		return chosen
	}
	if head, pattern := abroadPattern(country); pattern == "" && head != "" {
		return head
	}
	return "00"
}

// chosenAbroad are prefixes for countries where callers choose a carrier by the prefix and 00 alone is none.
var chosenAbroad = map[string]string{
	"BR": "0015", "CO": "009", "ID": "008", "KH": "001", "KR": "001", "PW": "011", "SG": "001", "TH": "001", "TW": "002", "TZ": "000",
	"UG": "000",
}

// codeOf is the country code in use that the digits begin with; empty where there is none. No code begins another.
func codeOf(digits string) string {
	for n := 1; n <= min(3, len(digits)); n++ {
		code, err := strconv.Atoi(digits[:n])
		if err == nil && digits[0] != '0' && phonenumbers.GetRegionCodeForCountryCode(code) != unknownCountry {
			return digits[:n]
		}
	}
	return ""
}
