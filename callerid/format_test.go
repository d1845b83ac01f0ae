package callerid_test

import (
	"errors"
	"slices"
	"testing"

	"roadline/callerid"
	"roadline/fmc/cause"
)

func TestATrunkWritesNumbersItsOwnWay(t *testing.T) {
	for _, row := range []struct {
		format     callerid.Format
		home, e164 string
		want       string
	}{
		{callerid.Format{}, "RU", "+74951234567", "+74951234567"},
		{callerid.Format{Style: callerid.E164Digits}, "RU", "+74951234567", "74951234567"},
		{callerid.Format{Style: callerid.National}, "RU", "+74951234567", "84951234567"},
		{callerid.Format{Style: callerid.National}, "RU", "+442071838750", "810442071838750"},
		{callerid.Format{Style: callerid.National, Abroad: callerid.AbroadDigits}, "RU", "+442071838750", "442071838750"},
		{callerid.Format{Style: callerid.National, Abroad: callerid.AbroadPlus}, "RU", "+442071838750", "+442071838750"},
		{callerid.Format{Style: callerid.NationalBare}, "RU", "+74951234567", "4951234567"},
		{callerid.Format{Style: callerid.E164Digits, Abroad: callerid.AbroadDialed}, "RU", "+442071838750", "810442071838750"},
		{callerid.Format{Style: callerid.E164Digits, Prefix: "99#"}, "RU", "+74951234567", "99#74951234567"},
		{callerid.Format{Prefix: "1234"}, "RU", "+74951234567", "1234+74951234567"},
		{callerid.Format{Style: callerid.National}, "RU", "+77012345678", "87012345678"}, // one code, one way to dial
		{callerid.Format{Style: callerid.National}, "DE", "+4930123456", "030123456"},
		{callerid.Format{Style: callerid.National}, "US", "+12125551234", "12125551234"},
		{callerid.Format{Style: callerid.NationalBare}, "US", "+12125551234", "2125551234"},
		{callerid.Format{Style: callerid.National}, "US", "+442071838750", "011442071838750"},
		{callerid.Format{Style: callerid.National}, "KE", "+254722000000", "0722000000"},
		{callerid.Format{Style: callerid.National}, "KE", "+442071838750", "000442071838750"},
		{callerid.Format{Style: callerid.National}, "TH", "+442071838750", "001442071838750"},
		{callerid.Format{Style: callerid.National}, "IT", "+390669812345", "0669812345"},
		{callerid.Format{Style: callerid.National}, "", "+74951234567", "0074951234567"},
	} {
		n, err := callerid.Read(row.e164, "")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := row.format.Write(n, row.home); got != row.want || err != nil {
			t.Errorf("%+v in %s: %s, want %s (%v)", row.format, row.home, got, row.want, err)
		}
	}
}

func TestAShortCodeIsWrittenAsDialled(t *testing.T) {
	format := callerid.Format{Style: callerid.E164Digits, Prefix: "99"}
	for _, code := range []string{"112", "0611", "900"} {
		n := callerid.Received("sip:"+code+"@pbx.example", "RU")
		if got, err := format.Write(n, "RU"); got != code || err != nil {
			t.Errorf("%s: %s, %v", code, got, err)
		}
		if back := format.Read(code, "RU"); !back.Same(n) {
			t.Errorf("%s reads as %+v", code, back)
		}
	}
}

func TestWhatIsNoNumberIsNotWritten(t *testing.T) {
	for _, raw := range []string{"anonymous", "Sberbank"} {
		if got, err := (callerid.Format{}).Write(callerid.Received(raw, "RU"), "RU"); got != "" || !errors.Is(err, cause.Invalid) {
			t.Errorf("%s: %q, %v", raw, got, err)
		}
	}
	if _, err := (callerid.Format{}).Write(callerid.Number{}, "RU"); !errors.Is(err, cause.Invalid) {
		t.Error(err)
	}
}

// formats are all that pass Check for a country.
func formats(home string) []callerid.Format {
	var all []callerid.Format
	for style := callerid.E164Plus; style <= callerid.NationalBare; style++ {
		for abroad := callerid.SameStyle; abroad <= callerid.AbroadDialed; abroad++ {
			for _, prefix := range []string{"", "99#"} {
				f := callerid.Format{Style: style, Abroad: abroad, Prefix: prefix}
				if f.Check(home) == nil {
					all = append(all, f)
				}
			}
		}
	}
	return all
}

func TestWhatATrunkWritesIsReadAsTheSameNumber(t *testing.T) {
	var numbers []callerid.Number
	for _, row := range spellings {
		n, err := callerid.Read(row.e164, "")
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(numbers, n.Same) {
			numbers = append(numbers, n)
		}
	}
	for _, home := range []string{"RU", "KZ", "KE", "TH", "GB", "DE", "US", "IT"} {
		for _, f := range formats(home) {
			for _, n := range numbers {
				written, err := f.Write(n, home)
				if err != nil {
					t.Fatal(err)
				}
				if got := f.Read(written, home); got.E164 != n.E164 || got.Kind != n.Kind || got.Country != n.Country || got.Raw != written {
					t.Errorf("%+v in %s: %s was written %s and read as %+v", f, home, n, written, got)
				}
			}
		}
	}
}

func TestTheFormatDecidesBetweenTwoReadings(t *testing.T) {
	// 0491 is Leer: without its plus a German mobile looks like a line there.
	digits := callerid.Format{Style: callerid.E164Digits}
	if n := digits.Read("4915112345678", "DE"); n.E164 != "+4915112345678" || n.Kind != callerid.Mobile {
		t.Errorf("%+v", n)
	}
	bare := callerid.Format{Style: callerid.NationalBare}
	if n := bare.Read("4915112345", "DE"); n.E164 != "+494915112345" || n.Kind != callerid.Fixed {
		t.Errorf("%+v", n)
	}
	// What the format would never have written is understood all the same.
	for _, raw := range []string{"88001234567", "+78001234567", "sip:78001234567@192.0.2.7"} {
		if n := digits.Read(raw, "RU"); n.E164 != "+78001234567" {
			t.Errorf("%+v", n)
		}
	}
	if n := digits.Read("anonymous", "RU"); n.Kind != callerid.Hidden {
		t.Errorf("%+v", n)
	}
}

func TestAFormatThatCannotBeReadBackIsRefused(t *testing.T) {
	for _, row := range []struct {
		format callerid.Format
		home   string
	}{
		{callerid.Format{Style: callerid.NationalBare, Abroad: callerid.AbroadDigits}, "RU"},
		{callerid.Format{Style: callerid.National, Abroad: callerid.AbroadDigits}, "IT"}, // no trunk prefix to tell by
		{callerid.Format{Prefix: "9a"}, "RU"},
		{callerid.Format{Prefix: "+7"}, "RU"},
		{callerid.Format{Prefix: "1234567890123456"}, "RU"},
	} {
		if err := row.format.Check(row.home); !errors.Is(err, cause.Invalid) {
			t.Errorf("%+v in %s: %v", row.format, row.home, err)
		}
	}
	if n := len(formats("RU")); n != 30 {
		t.Errorf("%d formats are left", n)
	}
}
