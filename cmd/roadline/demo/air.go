package demo

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"time"

	"roadline/fmc"
	"roadline/gsmgw"
	"roadline/hardware/gsmsim"
)

// module is one modem of the company, in the mobile network and in the machine's file.
type module struct {
	device *gsmsim.Device
	line   fmc.LineID
	number string // of the card in it

	Name, AT, PCM, Family string // as the machine's file has them
}

// makes are what the company's modules are, one after the other, and the families that they belong to.
var makes = []struct {
	is     gsmsim.Make
	family string
}{{gsmsim.HuaweiE173, "huawei"}, {gsmsim.SIM7600, "sim7600"}, {gsmsim.EC25, "quectel"}}

// airTimes are those of a network that is quick; what is not said here is as in life.
var airTimes = gsmsim.Timing{Register: 300 * time.Millisecond, SetUp: time.Second, Ring: 3 * time.Second}

// buildAir makes the mobile network, plugs in a module for each of the company's first cards, and puts those behind them into
// a gateway and a SIM bank.
func (d *Demo) buildAir() error {
	folder, err := filepath.Abs(filepath.Join(d.o.Folder, "modems"))
	if err != nil {
		return fmt.Errorf("the folder of modems: %w", err)
	}
	if d.air, err = gsmsim.New(gsmsim.Options{Now: time.Now, Dir: folder, Timing: airTimes}); err != nil {
		return err
	}
	for i := range d.company.SIMs {
		sim := &d.company.SIMs[i]
		d.cards = append(d.cards, &gsmsim.Card{
			ICCID: string(sim.ICCID), IMSI: fmt.Sprintf("%s%010d", gsmsim.Roadnet.Network, i+1), Number: sim.Number.E164,
			Kopecks: 50_000, Minutes: sim.Package.Minutes, Texts: sim.Package.Messages,
		})
	}
	for i, m := range makes {
		sim, card := &d.company.SIMs[i], d.cards[i]
		device, err := d.air.Plug(m.is, card)
		if err != nil {
			return err
		}
		d.modules = append(d.modules, &module{
			device: device, line: sim.ICCID.Line(), number: card.Number, Family: m.family,
			Name: m.is.Name, AT: device.Port(gsmsim.AT), PCM: device.Port(gsmsim.PCM),
		})
	}
	if err := d.buildBank(d.cards[len(makes)+gatewayPorts:]); err != nil {
		return err
	}
	return d.buildGateway(d.cards[len(makes) : len(makes)+gatewayPorts])
}

// callable reports whether the server can take a call on a line.
func (d *Demo) callable(id fmc.LineID) bool {
	return slices.ContainsFunc(d.house.Lines(d.company.Profile.ID), func(l fmc.LineState) bool { return l.ID == id && l.Ready })
}

// lines are the company's SIM lines, as everybody sees them who asks the server.
func (d *Demo) lines(ctx context.Context) ([]fmc.LineView, error) {
	var all []fmc.LineView
	err := d.ask(ctx, http.MethodGet, fmt.Sprintf("companies/%s/lines", d.company.Profile.ID), nil, &all)
	return all, err
}

// watchLines says on the screen why a line does not serve, and when it serves again, until ctx is done. Nothing is told of
// how lines start: they are watched from when they are ready first.
func (d *Demo) watchLines(ctx context.Context) {
	serve, since := map[fmc.LineID]bool{}, map[fmc.LineID]time.Time{}
	for rest(ctx, 3*look) {
		all, err := d.lines(ctx)
		if err != nil {
			continue // the server is busy, or stopping
		}
		for _, l := range all {
			serves := l.State == string(gsmgw.StateReady) || l.State == string(gsmgw.StateCalling)
			was, known := serve[l.ID]
			if !known && !serves || known && was == serves {
				continue
			}
			serve[l.ID] = serves
			switch {
			case !serves:
				since[l.ID] = time.Now()
				d.screen.tell("sim", d.numberOf(l.ID), fmt.Sprintf("%s: %s", l.State, l.Why))
			case known:
				d.screen.tell("sim", d.numberOf(l.ID), fmt.Sprintf("ready again after %.0f s", time.Since(since[l.ID]).Seconds()))
			}
		}
	}
}

// numberOf is the number of a line's card.
func (d *Demo) numberOf(id fmc.LineID) string {
	card, _ := id.SIM()
	if sim, ok := d.company.SIM(card); ok {
		return sim.Number.E164
	}
	return string(id)
}
