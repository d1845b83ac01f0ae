package openvox_test

import (
	"testing"

	"go.uber.org/goleak"

	"roadline/hardware/gateway"
	"roadline/hardware/gateway/gatewaytest"
	"roadline/hardware/gwsim"
	"roadline/hardware/openvox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTheDriverIsProvedAgainstTheSimulatedBox(t *testing.T) {
	t.Parallel()
	gatewaytest.Run(t, world(func(*gwsim.OpenVox) {}))
}

// Newer firmware answers at once that it is sending, and pushes what became of the text.
func TestTheDriverWaitsForWhatIsPushed(t *testing.T) {
	t.Parallel()
	gatewaytest.Run(t, world(func(b *gwsim.OpenVox) { b.Async = true }))
}

func world(set func(*gwsim.OpenVox)) gatewaytest.World {
	return gatewaytest.World{
		Vendor: openvox.Vendor(),
		Box: func(o gwsim.Options) (gwsim.Box, error) {
			b, err := gwsim.NewOpenVox(o)
			if err == nil {
				set(b)
			}
			return b, err
		},
		Lines: []gateway.Port{{ID: "gsm-1.1"}, {ID: "2"}},
		URL:   func(listen string) string { return "http://" + listen + "/sms" },
		Menus: true, Unsure: true,
	}
}
