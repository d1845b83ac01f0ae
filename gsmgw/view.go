package gsmgw

import (
	"roadline/fmc"
)

// LineViews are the SIM lines of a company for people, with those of cards that are in no modem.
func (g *Gateway) LineViews(company *fmc.Company) []fmc.LineView {
	all := make([]fmc.LineView, 0, len(company.SIMs))
	for i := range company.SIMs {
		sim := &company.SIMs[i]
		l := fmc.LineView{LineState: g.line(company, sim), State: string(StateAbsent), WayOut: "plug the card into a modem of this node", Queue: g.outbox(sim.ICCID).size()}
		if v, ok := g.where(sim.ICCID); ok && v.Owner == company.Profile.ID {
			l.Name, l.Family, l.Model, l.IMEI = v.Port, v.Module.Family, v.Module.Model, v.Module.IMEI
			l.State, l.WayOut, l.Since, l.Call = string(v.State), v.WayOut, v.Since, v.Call.Call
		}
		all = append(all, l)
	}
	return all
}
