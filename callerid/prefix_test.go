package callerid_test

import (
	"testing"

	"roadline/callerid"
)

func TestTheBeginningOfANumberTellsItsCountry(t *testing.T) {
	for prefix, want := range map[string]string{"+7903": "RU", "+7701": "KZ", "+4930": "DE", "+1212": "US", "+2557": "TZ", "+8816": "", "+9999": "", "": "", "+0": ""} {
		if got := callerid.CountryOf(prefix); got != want {
			t.Errorf("%q: %q, want %q", prefix, got, want)
		}
	}
}
