package hardware_test

import (
	"errors"
	"testing"

	"roadline/fmc/cause"
	"roadline/hardware"
	"roadline/hardware/modem"
)

func TestEveryFamilyHasANameOfItsOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range hardware.Families() {
		got, err := hardware.FamilyNamed(f.Name)
		if err != nil || got.Name != f.Name || seen[f.Name] || f.Can.Proved == "" {
			t.Errorf("%s: %v", f.Name, err)
		}
		seen[f.Name] = true
	}
	if _, err := hardware.FamilyNamed("nokia"); !errors.Is(err, cause.NotFound) {
		t.Error(err)
	}
}

func TestAUSBProductLeadsToItsFamily(t *testing.T) {
	for _, row := range []struct {
		vendor, product uint16
		family          string
		command         int // interface
	}{
		{0x12d1, 0x1001, "huawei", 2},
		{0x1e0e, 0x9001, "sim7600", 2},
		{0x2c7c, 0x0125, "quectel", 2},
	} {
		f, usb, ok := hardware.FamilyOf(row.vendor, row.product)
		if !ok || f.Name != row.family || usb.Ports[row.command] != modem.CommandPort {
			t.Errorf("%04x:%04x is %s, %+v", row.vendor, row.product, f.Name, usb)
		}
	}
	if _, _, ok := hardware.FamilyOf(1, 2); ok {
		t.Error("a stranger has a family")
	}
}
