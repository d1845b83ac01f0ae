package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"roadline/fmc"
	"roadline/gsmgw"
	"roadline/hardware/gsmsim"
)

// trouble is something that befalls a modem for some time.
type trouble struct {
	what   string // in words, behind the modem's name
	lasts  time.Duration
	begins func(*gsmsim.Device)
	ends   func(*gsmsim.Device) error
}

// fault is a fault of the simulated device as a trouble.
func fault(what string, lasts time.Duration, f gsmsim.Fault) trouble {
	return trouble{what, lasts, func(d *gsmsim.Device) { d.Fault(f) }, func(d *gsmsim.Device) error { d.Mend(f); return nil }}
}

// troublesKnown are the troubles of a day, in their order.
func troublesKnown() []trouble {
	return []trouble{
		{"is pulled out of its port", 9 * time.Second, (*gsmsim.Device).Unplug, (*gsmsim.Device).Replug},
		fault("loses the network", 12*time.Second, gsmsim.LostRegistration),
		{"starts anew by itself", 9 * time.Second, (*gsmsim.Device).Reset, func(*gsmsim.Device) error { return nil }},
		fault("has its card pulled", 10*time.Second, gsmsim.PulledSIM),
	}
}

// troubles lets a modem fail now and then, until ctx is done; then all of them are well. One that is in a call is hit
// first.
func (d *Demo) troubles(ctx context.Context) {
	if d.o.Fails < 0 {
		return
	}
	chance := rand.New(rand.NewPCG(d.o.Seed, 2)) //nolint:gosec // pretend mishaps
	all := troublesKnown()
	for n := 0; rest(ctx, d.o.Fails/2+time.Duration(chance.Int64N(int64(d.o.Fails)))); n++ {
		t, m := all[n%len(all)], d.victim(ctx, chance)
		d.screen.tell("", m.number, fmt.Sprintf("the modem %s %s, for %.0f s", m.Name, t.what, t.lasts.Seconds()))
		t.begins(m.device)
		over := !rest(ctx, t.lasts)
		if err := t.ends(m.device); err != nil {
			d.screen.tell("", m.number, fmt.Sprintf("the modem %s is not back: %v", m.Name, err))
		}
		if over {
			return
		}
	}
}

// victim is a module that is in a call, by chance; without one any.
func (d *Demo) victim(ctx context.Context, chance *rand.Rand) *module {
	all, err := d.lines(ctx)
	order := chance.Perm(len(d.modules))
	for _, i := range order {
		m := d.modules[i]
		if err == nil && slices.ContainsFunc(all, func(l fmc.LineView) bool { return l.ID == m.line && l.State == string(gsmgw.StateCalling) }) {
			return m
		}
	}
	return d.modules[order[0]]
}
