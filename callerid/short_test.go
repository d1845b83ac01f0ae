package callerid_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"roadline/callerid"
	"roadline/fmc/cause"
)

// What people are taught to dial for help. 112 and 911 belong to every row.
var emergencies = map[string]string{
	"RU": "101 102 103 104 01 02 03 04",
	"KZ": "101 102 103 104",
	"BY": "101 102 103 104",
	"UA": "101 102 103 104",
	"UZ": "101 102 103 104 1050 01",
	"KG": "101 102 103 104",
	"AM": "101 102 103 104",
	"GE": "111",
	"KE": "999 114",
	"TH": "191 199 1669 1155",
	"GB": "999",
	"DE": "110",
	"US": "988",
	"CA": "988",
	"FR": "15 17 18 114 115 119",
	"ES": "061 091 062 092",
	"TR": "155 110 156",
	"IN": "100 101 102 108",
	"AU": "000",
	"CN": "110 119 120 122",
	"JP": "110 118 119",
	"BR": "190 192 193",
	"ZA": "10111",
	"XX": "", // a country that we do not know
	"":   "",
}

func TestNoExtensionIsAnEmergencyOrShortCode(t *testing.T) { // invariant 9
	for country, codes := range emergencies {
		for _, code := range append(strings.Fields(codes), "112", "911") {
			for _, raw := range []string{code, " " + code + " ", strings.Join(strings.Split(code, ""), "-"), "sip:" + code + "@pbx.example", "tel:" + code, code + "#"} {
				if !callerid.IsEmergency(raw, country) {
					t.Errorf("%q is no emergency number in %q", raw, country)
				}
				if n := callerid.Received(raw, country); n.Kind != callerid.Emergency || n.Class(country) != callerid.ToEmergency || n.Code() != code {
					t.Errorf("%q in %q: %+v, code %q", raw, country, n, n.Code())
				}
			}
			if err := callerid.CheckExtension(code, country); !errors.Is(err, cause.Invalid) || !strings.Contains(err.Error(), code) {
				t.Errorf("extension %s in %q: %v", code, country, err)
			}
			if n, err := callerid.Read(code, country); err == nil {
				t.Errorf("%s in %q was read as the number %+v", code, country, n)
			}
		}
	}
	for country, codes := range map[string]string{"GB": "111 101 119 123", "US": "211 311 411 511 611 711 811", "DE": "115", "TH": "1133 1177", "KE": "100"} {
		for _, code := range strings.Fields(codes) {
			if err := callerid.CheckExtension(code, country); !errors.Is(err, cause.Invalid) {
				t.Errorf("extension %s in %s: %v", code, country, err)
			}
			if n := callerid.Received(code, country); n.Kind != callerid.ServiceCode || n.Class(country) != callerid.ToService {
				t.Errorf("%s in %s: %+v", code, country, n)
			}
		}
	}
}

func TestTheListOfRussiaIsWhole(t *testing.T) {
	var refused []string
	for length, end := 2, 100; length <= 4; length, end = length+1, end*10 {
		for i := range end {
			extension := fmt.Sprintf("%0*d", length, i)
			if callerid.CheckExtension(extension, "RU") != nil {
				refused = append(refused, extension)
			}
		}
	}
	if want := strings.Fields("01 02 03 04 101 102 103 104 112 911"); !slices.Equal(refused, want) {
		t.Fatalf("%v, want %v", refused, want)
	}
}

func TestTheUsualExtensionsAreFreeInEveryCountry(t *testing.T) {
	for _, country := range []string{"RU", "KE", "TH", "US", "DE", "KZ"} {
		for _, extension := range []string{"201", "205", "260", "1001", "2001", "4711", "20001"} {
			if err := callerid.CheckExtension(extension, country); err != nil {
				t.Errorf("%s: %v", country, err)
			}
			if n := callerid.Received(extension, country); n.Kind != callerid.Short || n.Class(country) != callerid.Internal {
				t.Errorf("%s in %s: %+v", extension, country, n)
			}
		}
	}
}

func TestAnExtensionIsDigitsAndNothingElse(t *testing.T) {
	for _, extension := range []string{"", "7", "1234567", "20 1", "20a", "*72", "+201", "٢٠١", "201#"} {
		if err := callerid.CheckExtension(extension, "RU"); !errors.Is(err, cause.Invalid) || !strings.Contains(err.Error(), "2 to 6 digits") {
			t.Errorf("%q: %v", extension, err)
		}
	}
}

func TestAnOrdinaryNumberIsNoEmergency(t *testing.T) {
	for _, raw := range []string{"+79161234567", "1120", "1121234567", "+74951120000", "ivanov112", "", "1 1 2 2", "*112", "1#12"} {
		if callerid.IsEmergency(raw, "RU") {
			t.Errorf("%q", raw)
		}
	}
}
