package demo

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"roadline/cmd/roadline/house"
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

// buildAir makes the mobile network, and plugs a module in for each card of the company.
func (d *Demo) buildAir() error {
	folder, err := filepath.Abs(filepath.Join(d.o.Folder, "modems"))
	if err != nil {
		return fmt.Errorf("the folder of modems: %w", err)
	}
	if d.air, err = gsmsim.New(gsmsim.Options{Now: time.Now, Dir: folder, Timing: airTimes}); err != nil {
		return err
	}
	for i := range d.company.SIMs {
		sim, m := &d.company.SIMs[i], makes[i%len(makes)]
		card := &gsmsim.Card{
			ICCID: string(sim.ICCID), IMSI: fmt.Sprintf("%s%010d", gsmsim.Roadnet.Network, i+1), Number: sim.Number.E164,
			Kopecks: 50_000, Minutes: sim.Package.Minutes, Texts: sim.Package.Messages,
		}
		device, err := d.air.Plug(m.is, card)
		if err != nil {
			return err
		}
		d.modules = append(d.modules, &module{
			device: device, line: sim.ICCID.Line(), number: card.Number, Family: m.family,
			Name: m.is.Name, AT: device.Port(gsmsim.AT), PCM: device.Port(gsmsim.PCM),
		})
	}
	return nil
}

// lineOf is the line of a module as the server has it now.
func (d *Demo) lineOf(m *module) fmc.LineState { return lineOf(d.house, d.company.Profile.ID, m.line) }

func lineOf(h *house.House, company fmc.CompanyID, id fmc.LineID) fmc.LineState {
	for _, l := range h.Lines(company) {
		if l.ID == id {
			return l
		}
	}
	return fmc.LineState{ID: id}
}

// watchLines says on the screen why a line does not serve, and when it serves again, until ctx is done. How lines start is
// told to nobody: what is told begins when a line was ready.
func (d *Demo) watchLines(ctx context.Context) {
	serve := map[fmc.LineID]bool{} // lines that were ready, and whether they serve since
	since := map[fmc.LineID]time.Time{}
	for rest(ctx, 3*look) {
		var all []fmc.LineView
		if d.ask(ctx, "GET", fmt.Sprintf("companies/%s/lines", d.company.Profile.ID), nil, &all) != nil {
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
