package house

import (
	"cmp"
	"time"

	"roadline/fmc"
)

// gatewayViews are the gateways as a company sees them.
func (h *House) gatewayViews(company fmc.CompanyID) []fmc.GatewayView {
	return gatewaysOf(company, h.boxes.all, h.modemViews())
}

// gatewaysOf are those with cards of a company, and of their lines these. No company: all.
func gatewaysOf(company fmc.CompanyID, boxes []box, modems []fmc.ModemView) []fmc.GatewayView {
	lines := map[string]fmc.ModemView{}
	for _, m := range modems {
		if company == "" || m.Company == company {
			lines[m.Name] = m
		}
	}
	var all []fmc.GatewayView
	for _, g := range boxes {
		if v := g.view(lines); company == "" || len(v.Lines) > 0 {
			all = append(all, v)
		}
	}
	return all
}

// view is how it is seen by whoever sees these lines, by name.
func (g box) view(lines map[string]fmc.ModemView) fmc.GatewayView {
	v := fmc.GatewayView{
		Name: g.Name, Vendor: g.Vendor, Address: g.at(), Lines: []fmc.ModemView{}, Quirks: g.vendor.Quirks, Clear: g.vendor.Clear,
	}
	v.Since, v.Why = g.speaks()
	for _, l := range g.Lines {
		if m, ok := lines[g.lineOf(l.ID)]; ok {
			v.Lines = append(v.Lines, m)
		}
	}
	return v
}

// at is where it is reached, or, where it speaks first, where it speaks to.
func (g box) at() string { return cmp.Or(g.Address, g.Listen) }

// speaks is since when the box tells of any of its lines; else why of none.
func (g box) speaks() (since time.Time, why string) {
	for _, line := range g.driver.Lines() {
		at, err := line.Since()
		switch {
		case err != nil && since.IsZero():
			why = err.Error()
		case err == nil && (since.IsZero() || at.Before(since)):
			since, why = at.UTC(), ""
		}
	}
	return since, why
}
