package callerid

import (
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// CountryOf is the country, by ISO 3166, that numbers belong to which begin so in E.164; empty where nobody can tell. Of
// countries that share a code it is the largest: but for +7, whose numbers of 6 and 7 are Kazakhstan's.
func CountryOf(prefix string) string {
	digits := strings.TrimPrefix(prefix, "+")
	code, err := strconv.Atoi(codeOf(digits))
	switch {
	case err != nil:
		return ""
	case strings.HasPrefix(digits, "76"), strings.HasPrefix(digits, "77"):
		return "KZ"
	}
	if country := phonenumbers.GetRegionCodeForCountryCode(code); country != "001" { // satellites and the like are of none
		return country
	}
	return ""
}
