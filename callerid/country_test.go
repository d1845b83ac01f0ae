package callerid

// These tests stand inside the package: they compare the plain readings with the library, and the prefixes with its
// patterns.

import (
	"regexp"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

// examples calls f with a fixed, a mobile and a free number of each country.
func examples(f func(country string, number *phonenumbers.PhoneNumber)) {
	for country := range phonenumbers.GetSupportedRegions() {
		for _, kind := range []phonenumbers.PhoneNumberType{phonenumbers.FIXED_LINE, phonenumbers.MOBILE, phonenumbers.TOLL_FREE} {
			if number := phonenumbers.GetExampleNumberForType(country, kind); number != nil {
				f(country, number)
			}
		}
	}
}

func TestThePlainReadingsAgreeWithTheLibrary(t *testing.T) {
	checked := 0
	examples(func(country string, number *phonenumbers.PhoneNumber) {
		e164 := phonenumbers.Format(number, phonenumbers.E164)
		bare := phonenumbers.GetNationalSignificantNumber(number)
		for _, home := range []string{country, "RU"} {
			for _, digits := range []string{bare, trunkPrefix(home) + bare, e164[1:], abroadPrefix(home) + e164[1:], "00" + e164[1:]} {
				plain := plainly(digits, home)
				if !plain.listed() {
					continue
				}
				checked++
				if library, err := phonenumbers.Parse(digits, home); err != nil || phonenumbers.Format(library, phonenumbers.E164) != plain.e164 {
					t.Errorf("%s in %s: %s, the library reads %v (%v)", digits, home, plain.e164, library, err)
				}
			}
		}
	})
	if checked < 2500 {
		t.Fatalf("only %d readings compared", checked)
	}
}

func TestEveryCountrysNumbersComeBackFromEveryFormat(t *testing.T) {
	checked := 0
	examples(func(country string, number *phonenumbers.PhoneNumber) {
		n, err := Read(phonenumbers.Format(number, phonenumbers.E164), "")
		if err != nil {
			t.Error(err)
			return
		}
		for _, f := range []Format{{Style: E164Digits}, {Style: National}, {Style: NationalBare}, {Style: National, Prefix: "77#"}} {
			written, err := f.Write(n, country)
			if err != nil {
				t.Error(err)
				continue
			}
			if len(scan(written).digits) < shortest {
				continue // too few digits for anybody to tell from an extension
			}
			checked++
			if got := f.Read(written, country); !got.Same(n) || got.Kind != n.Kind || got.Country != n.Country {
				t.Errorf("%+v in %s: %s was written %s and read as %+v", f, country, n, written, got)
			}
		}
	})
	if checked < 2500 {
		t.Fatalf("only %d numbers compared", checked)
	}
}

func TestWhatIsDialledForAbroadIsAPrefixOfThePlan(t *testing.T) {
	for country, plan := range plans() {
		if country == "001" || plan.GetInternationalPrefix() == "" {
			continue
		}
		whole := regexp.MustCompile("^(?:" + plan.GetInternationalPrefix() + ")$")
		if prefix := abroadPrefix(country); !whole.MatchString(prefix) {
			t.Errorf("%s: %s is none of %s", country, prefix, plan.GetInternationalPrefix())
		}
	}
}
