package web

import (
	"slices"
	"strings"

	"roadline/cabinet/access"
	"roadline/fmc"
)

var gatewayRoutes = []route{{pattern: "GET /gateways", right: access.LinesRead, do: gatewaysPage}}

var gatewayScreens = shows{"gateways": gatewaysView{}}

// gatewaysView is the SIP-GSM gateways with the company's cards in them.
type gatewaysView struct {
	Tabs     []fleetTab
	Gateways []gatewayView
}

// gatewayView is one gateway.
type gatewayView struct {
	fmc.GatewayView
	Speaks bool
	Since  moment // it speaks
	Ports  []portRow
}

// modemName is a modem as people name it. A line of a gateway, which the node calls "gw:closet:goip1", is one of the box.
func modemName(name string) string { return strings.TrimPrefix(name, "gw:") }

// portRow is a line of a gateway.
type portRow struct {
	fmc.ModemView
	Line  string // its name in the gateway
	Card  string // its number, else what is printed on it; empty: none is in it
	Key   string // of the state's words
	Class string
}

func gatewaysPage(v *visit) (answer, error) {
	view := gatewaysView{Tabs: v.tabs("/gateways")}
	for _, g := range v.site.o.API.Gateways(v.company.Profile.ID) {
		view.Gateways = append(view.Gateways, v.gatewayView(g))
	}
	return page{screen: "gateways", title: v.say("gateways.title"), view: view}, nil
}

func (v *visit) gatewayView(g fmc.GatewayView) gatewayView {
	x := gatewayView{GatewayView: g, Speaks: !g.Since.IsZero()}
	if x.Speaks {
		x.Since = v.at(g.Since)
	}
	for _, m := range g.Lines {
		r := portRow{ModemView: m, Line: strings.TrimPrefix(modemName(m.Name), g.Name+":")}
		r.Key, r.Class = stateOf(m.State)
		if m.ICCID != "" {
			r.Card = v.cardName(m.ICCID)
		}
		x.Ports = append(x.Ports, r)
	}
	slices.SortStableFunc(x.Ports, func(a, b portRow) int { return graveness[a.Class] - graveness[b.Class] })
	return x
}
