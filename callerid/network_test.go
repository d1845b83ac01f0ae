package callerid_test

import (
	"testing"

	"roadline/callerid"
)

func TestANetworkIsOfACountry(t *testing.T) {
	for network, want := range map[string]string{
		"25099": "RU", "25001": "RU", "40177": "KZ", "26201": "DE", "310410": "US", "75001": "FK", "20201": "GR",
		"": "", "25": "", "00101": "", "90112": "", "x": "", "0:R": "", " 20": "",
	} {
		if got := callerid.NetworkCountry(network); got != want {
			t.Errorf("%q is of %q, want %q", network, got, want)
		}
	}
	for mcc := range 1000 {
		digits := string([]byte{'0' + byte(mcc/100), '0' + byte(mcc/10%10), '0' + byte(mcc%10)})
		if country := callerid.NetworkCountry(digits); country != "" && callerid.CheckCountry(country) != nil {
			t.Errorf("%s is of %q, which is no country", digits, country)
		}
	}
}
