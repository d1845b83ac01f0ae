package callerid_test

import (
	"testing"

	"roadline/callerid"
)

func TestADestinationIsClassedAsSeenFromHome(t *testing.T) {
	for _, row := range []struct {
		raw, home string
		want      callerid.Class
		denied    bool
	}{
		{"+74951234567", "RU", callerid.DomesticFixed, false},
		{"+79161234567", "RU", callerid.DomesticMobile, false},
		{"+78001234567", "RU", callerid.DomesticFree, false},
		{"+78091234567", "RU", callerid.DomesticPremium, true},
		{"+79161234567", "KZ", callerid.Abroad, true},
		{"+77012345678", "RU", callerid.Abroad, true},
		{"+442071838750", "RU", callerid.Abroad, true},
		{"+448001111111", "RU", callerid.Abroad, true}, // free at home only
		{"+449098790000", "RU", callerid.AbroadPremium, true},
		{"+449098790000", "GB", callerid.DomesticPremium, true},
		{"+447012345678", "GB", callerid.DomesticPremium, true}, // a personal number costs like a premium one
		{"+491803123456", "DE", callerid.DomesticShared, false},
		{"+491803123456", "RU", callerid.AbroadPremium, true},
		{"+443001234567", "GB", callerid.DomesticFixed, false}, // universal
		{"+445612345678", "GB", callerid.DomesticFixed, false}, // Internet telephony
		{"+12125551234", "US", callerid.DomesticFixed, false},
		{"+12125551234", "CA", callerid.Abroad, true},
		{"+18765551234", "US", callerid.Abroad, true}, // Jamaica, which looks domestic
		{"+18005551234", "US", callerid.DomesticFree, false},
		{"+18005551234", "CA", callerid.DomesticFree, false},
		{"+19005551234", "US", callerid.DomesticPremium, true},
		{"+870772001799", "RU", callerid.AbroadPremium, true}, // Inmarsat
		{"+881612345678", "RU", callerid.AbroadPremium, true}, // Iridium
		{"+88213300655", "RU", callerid.AbroadPremium, true},
		{"+883510012345", "RU", callerid.AbroadPremium, true},
		{"+979123456789", "RU", callerid.AbroadPremium, true},
		{"+80812345678", "RU", callerid.AbroadPremium, true},
		{"+80012345678", "RU", callerid.Abroad, true},
		{"+74951234567", "", callerid.Abroad, true}, // no home: nothing is domestic
		{"112", "RU", callerid.ToEmergency, false},
		{"111", "GB", callerid.ToService, false},
		{"201", "RU", callerid.Internal, false},
		{"anonymous", "RU", callerid.Unclassed, true},
		{"Sberbank", "RU", callerid.Unclassed, true},
	} {
		n := callerid.Received(row.raw, row.home)
		got := n.Class(row.home)
		if got != row.want || got.Denied() != row.denied {
			t.Errorf("%s (%v of %q) from %q: %v, denied %v", row.raw, n.Kind, n.Country, row.home, got, got.Denied())
		}
	}
	if c := (callerid.Number{}).Class("RU"); c != callerid.Unclassed {
		t.Errorf("no number: %v", c)
	}
}

func TestEveryClassAndKindHasAName(t *testing.T) {
	for c := callerid.Unclassed; c <= callerid.AbroadPremium; c++ {
		var back callerid.Class
		if b, err := c.MarshalText(); err != nil || back.UnmarshalText(b) != nil || back != c {
			t.Errorf("%d: %s", c, b)
		}
	}
	for k := callerid.None; k <= callerid.Unlisted; k++ {
		var back callerid.Kind
		if b, err := k.MarshalText(); err != nil || back.UnmarshalText(b) != nil || back != k {
			t.Errorf("%d: %s", k, b)
		}
	}
	var later callerid.Class
	if err := later.UnmarshalText([]byte("teleport")); err != nil || !later.Denied() {
		t.Errorf("a class of a later version is %v", later)
	}
}
