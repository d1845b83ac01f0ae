package callerid_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"roadline/callerid"
)

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{1,14}$`)

func seed(f *testing.F) {
	for _, row := range spellings {
		for _, raw := range row.raw {
			f.Add(raw, row.country)
		}
	}
	for _, raw := range []string{
		"anonymous", "", "112", "+112", "112#", "*72", "tel:9161234567;phone-context=+7", "sip:%2B7916@h", "<sip:<>@>", "%", "%2", "%zz", ";;=",
		"+7916\x00\xff", strings.Repeat("9", 200), "00", "810", "+", "8", "0", "00442071838750", "+3906698", "11811", "1;phone-context=+",
	} {
		f.Add(raw, "RU")
		f.Add(raw, "TH")
		f.Add(raw, "")
		f.Add(raw, "zz")
	}
}

func FuzzReceived(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, raw, country string) {
		n := callerid.Received(raw, country)
		if n.IsZero() || n.Kind == callerid.None || len(n.Raw) > 128 || !utf8.ValidString(n.Raw) {
			t.Fatalf("%q in %q: %+v", raw, country, n)
		}
		if again := callerid.Received(n.Raw, country); again != n {
			t.Fatalf("%q in %q: %+v, again %+v", raw, country, n, again)
		}
		if n.E164 != "" {
			if !e164.MatchString(n.E164) || strings.Contains(n.Masked(), n.E164) || n.Code() != "" {
				t.Fatalf("%q in %q: %+v", raw, country, n)
			}
			if again := callerid.Received(n.E164, country); again.E164 != n.E164 || again.Kind != n.Kind || again.Country != n.Country {
				t.Fatalf("%q in %q: %+v, but its E.164 reads as %+v", raw, country, n, again)
			}
		}
		full := n.Class("RU") != callerid.Unclassed && n.Code() == "" || n.Kind == callerid.Unlisted
		if (n.E164 != "") != full {
			t.Fatalf("%q in %q: %+v has E.164 or has not", raw, country, n)
		}
		if (n.Kind == callerid.Short || n.Kind == callerid.Emergency || n.Kind == callerid.ServiceCode) != (n.Code() != "") {
			t.Fatalf("%q in %q: %+v has code %q", raw, country, n, n.Code())
		}
		b, err := json.Marshal(n)
		var back callerid.Number
		if err != nil || json.Unmarshal(b, &back) != nil || back != n {
			t.Fatalf("%q in %q: %+v through %s is %+v", raw, country, n, b, back)
		}
		n.Spoken("ru", "RU")
		if callerid.IsEmergency(raw, country) && n.Kind != callerid.Emergency {
			t.Fatalf("%q in %q: an emergency number was received as %+v", raw, country, n)
		}
	})
}

func FuzzRead(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, raw, country string) {
		n, err := callerid.Read(raw, country)
		if err != nil {
			if !n.IsZero() || !utf8.ValidString(err.Error()) {
				t.Fatalf("%q in %q: %+v with %v", raw, country, n, err)
			}
			return
		}
		if !e164.MatchString(n.E164) {
			t.Fatalf("%q in %q: %+v", raw, country, n)
		}
		if again, err := callerid.Read(n.E164, country); err != nil || again.E164 != n.E164 || again.Kind != n.Kind {
			t.Fatalf("%q in %q: %+v, but its E.164 reads as %+v, %v", raw, country, n, again, err)
		}
		if got := callerid.Received(raw, country); got != n {
			t.Fatalf("%q in %q: read %+v, received %+v", raw, country, n, got)
		}
	})
}
