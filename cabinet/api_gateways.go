package cabinet

import (
	"context"
	"net/http"

	"roadline/cabinet/access"
	"roadline/fmc"
)

func addGateways(p *Public) {
	add(p, operation{
		method: http.MethodGet, path: "/gateways", id: "gateways.list", about: aboutLines, right: access.LinesRead, least: access.Company,
		summary: "List the SIP-GSM gateways", more: "Those that have cards of the company: since when each speaks, how these lines stand, what is odd about the vendor's boxes, and what of their secrets travels readable.",
	}, func(_ context.Context, who asker, _ *struct{}) ([]fmc.GatewayView, error) {
		return p.api.Gateways(who.company.Profile.ID), nil
	})
}

// gateways lists the node's SIP-GSM gateways, whoever's cards are in them.
func (a *API) gateways(r *http.Request) (any, error) {
	if _, err := query(r); err != nil {
		return nil, err
	}
	return a.Gateways(""), nil
}

// Gateways returns the SIP-GSM gateways with cards of a company, and of their lines these. No company: all.
func (a *API) Gateways(company fmc.CompanyID) []fmc.GatewayView {
	shown := []fmc.GatewayView{}
	if a.o.Node.Gateways != nil {
		shown = append(shown, a.o.Node.Gateways(company)...)
	}
	return shown
}
