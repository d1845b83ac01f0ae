package gwsim_test

import (
	"context"
	"math"
	"testing"
	"time"

	"go.uber.org/goleak"

	"roadline/hardware/gateway/gatewaytest"
	"roadline/hardware/gsmsim"
	"roadline/hardware/gwsim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait; it only ends a test that has failed already.
const patience = 20 * time.Second

const client = "+79161234567" // somebody outside

// world starts a network, a hundred times as fast as life; sound keeps the pace of life.
func world(t *testing.T) *gsmsim.Network {
	t.Helper()
	n, err := gsmsim.New(gsmsim.Options{Now: time.Now, Dir: t.TempDir(), Pace: 0.01})
	check(t, err)
	live(t, n.Run)
	return n
}

// live runs something until the test ends; what began last ends first.
func live(t *testing.T, run func(context.Context) error) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	t.Cleanup(func() {
		stop()
		check(t, <-ended)
	})
}

// dinstar switches a box on that speaks SIP with a server.
func dinstar(t *testing.T, n *gsmsim.Network, server string, cards []*gsmsim.Card, lines ...gwsim.SIPLine) *gwsim.Dinstar {
	t.Helper()
	o := gwsim.Options{
		Net: n, Cards: cards, Listen: "127.0.0.1:0", User: "admin", Secret: "secret", Now: time.Now,
		SIP: &gwsim.SIP{Listen: "127.0.0.1:0", Server: server, Lines: lines},
	}
	b, err := gwsim.NewDinstar(o)
	check(t, err)
	live(t, b.Run)
	gatewaytest.Until(t, "the box is on", func() bool { return b.SIP(len(cards)-1) != "" })
	return b
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func arrives(t *testing.T, what string, signal <-chan struct{}) {
	t.Helper()
	select {
	case <-signal:
	case <-time.After(patience):
		t.Fatalf("it never came that %s", what)
	}
}

// level is how strong a tone is in the last half second of a sound: full scale is 1.
func level(samples []int16, hz float64) float64 {
	if len(samples) > 4000 {
		samples = samples[len(samples)-4000:]
	}
	var re, im float64
	for i, v := range samples {
		angle := 2 * math.Pi * hz * float64(i) / 8000
		re += float64(v) * math.Cos(angle)
		im += float64(v) * math.Sin(angle)
	}
	return 2 * math.Hypot(re, im) / float64(max(1, len(samples))) / math.MaxInt16
}

func ctx(t *testing.T) context.Context {
	t.Helper()
	c, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return c
}
