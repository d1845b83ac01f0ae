package callerid_test

import (
	"testing"

	"roadline/callerid"
)

func TestANumberIsReadByThePlanOfItsCountry(t *testing.T) {
	for _, row := range []struct {
		raw, country, e164 string
		kind               callerid.Kind
	}{
		{"8 (495) 123-45-67", "RU", "+74951234567", callerid.Fixed},
		{"+7 916 123 45 67", "RU", "+79161234567", callerid.Mobile},
		{"810 44 20 7183 8750", "RU", "+442071838750", callerid.Fixed},
		{"0722 000000", "KE", "+254722000000", callerid.Mobile},
	} {
		n, err := callerid.Read(row.raw, row.country)
		if err != nil || n.E164 != row.e164 || n.Kind != row.kind || n.Raw != row.raw {
			t.Errorf("%q in %s: %+v, %v", row.raw, row.country, n, err)
		}
	}
}
