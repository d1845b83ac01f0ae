package hardware_test

import (
	"strings"
	"testing"

	"roadline/fmc/cause"
	"roadline/hardware"
	"roadline/hardware/modem"
)

func TestEveryGatewayVendorSaysWhatItIs(t *testing.T) {
	names := map[string]bool{}
	for _, v := range hardware.Gateways() {
		if names[v.Name] {
			t.Errorf("%s is there twice", v.Name)
		}
		names[v.Name] = true
		if v.Open == nil || v.Can.Proved == "" || v.Can.KeysOut == "" || v.Can.Voice != modem.OverSIP {
			t.Errorf("%s does not say how it is opened, proved or heard: %+v", v.Name, v)
		}
		if got, err := hardware.GatewayNamed(v.Name); err != nil || got.Name != v.Name {
			t.Errorf("%s is not found by its name: %v", v.Name, err)
		}
	}
	_, err := hardware.GatewayNamed("nobody")
	if cause.KindOf(err) != cause.NotFound || !strings.Contains(err.Error(), "goip") {
		t.Errorf("an unknown vendor: %v", err)
	}
}
