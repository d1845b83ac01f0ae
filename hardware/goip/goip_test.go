package goip_test

import (
	"testing"

	"go.uber.org/goleak"

	"roadline/hardware/gateway"
	"roadline/hardware/gateway/gatewaytest"
	"roadline/hardware/goip"
	"roadline/hardware/gwsim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTheDriverIsProvedAgainstTheSimulatedBox(t *testing.T) {
	gatewaytest.Run(t, gatewaytest.World{
		Vendor: goip.Vendor(),
		Box:    func(o gwsim.Options) (gwsim.Box, error) { return gwsim.NewGoIP(o) },
		Lines: []gateway.Port{
			{ID: "goip1", Secret: gatewaytest.Secret}, {ID: "goip2", Secret: gatewaytest.Secret},
		},
		Menus: true, Unsure: true, Reports: true,
	})
}
