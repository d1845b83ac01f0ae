package dinstar_test

import (
	"testing"

	"go.uber.org/goleak"

	"roadline/hardware/dinstar"
	"roadline/hardware/gateway"
	"roadline/hardware/gateway/gatewaytest"
	"roadline/hardware/gwsim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTheDriverIsProvedAgainstTheSimulatedBox(t *testing.T) {
	gatewaytest.Run(t, world())
}

// What is pushed may be lost: everything is asked for too.
func TestTheDriverNeedsNoPushes(t *testing.T) {
	w := world()
	w.Box = func(o gwsim.Options) (gwsim.Box, error) {
		o.Server = ""
		return gwsim.NewDinstar(o)
	}
	gatewaytest.Run(t, w)
}

func world() gatewaytest.World {
	return gatewaytest.World{
		Vendor: dinstar.Vendor(),
		Box:    func(o gwsim.Options) (gwsim.Box, error) { return gwsim.NewDinstar(o) },
		Lines:  []gateway.Port{{ID: "0"}, {ID: "1"}},
		URL:    func(listen string) string { return "http://" + listen + "/push" },
		Menus:  true, Unsure: true, Reports: true,
	}
}
