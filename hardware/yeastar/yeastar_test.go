package yeastar_test

import (
	"testing"

	"go.uber.org/goleak"

	"roadline/hardware/gateway"
	"roadline/hardware/gateway/gatewaytest"
	"roadline/hardware/gwsim"
	"roadline/hardware/yeastar"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTheDriverIsProvedAgainstTheSimulatedBox(t *testing.T) {
	gatewaytest.Run(t, gatewaytest.World{
		Vendor: yeastar.Vendor(),
		Box:    func(o gwsim.Options) (gwsim.Box, error) { return gwsim.NewYeastar(o) },
		Lines:  []gateway.Port{{ID: "1"}, {ID: "2"}},
		Menus:  true, Unsure: true, Cards: true,
	})
}
