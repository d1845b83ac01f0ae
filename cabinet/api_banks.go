package cabinet

import (
	"context"
	"net/http"

	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/store"
)

const aboutBanks = "SIM banks"

func addBanks(p *Public) {
	add(p, operation{
		method: http.MethodGet, path: "/banks", id: "banks.list", about: aboutBanks, right: access.LinesRead, least: access.Company,
		summary: "List the SIM banks", more: "The company's cards in them: which modem each is to serve, which it serves, and why it does not serve the one that it is to; and the modems that cards can serve. Other companies' cards are not shown.",
	}, func(_ context.Context, who asker, _ *struct{}) ([]fmc.BankView, error) {
		return p.api.Banks(who.company)
	})
	add(p, operation{
		method: http.MethodPut, path: "/sims/{iccid}/place", id: "sims.place", about: aboutBanks, right: access.LinesAct, least: access.Company,
		summary: "Have a card of a SIM bank serve a modem", more: "Or none. It is a wish that is kept: the bank's server is asked until it is so. A card without a mandate serves none, and a modem is served by one card; a call that goes on is waited for, unless it may be lost.",
	}, p.placeCard)
	add(p, operation{
		method: http.MethodGet, path: "/sims/{iccid}/moves", id: "sims.moves", about: aboutBanks, right: access.LinesRead, least: access.Company,
		summary: "List where a card of a SIM bank was to serve", more: "Newest first, with who wished so and why.",
	}, func(ctx context.Context, who asker, in *SIMPath) ([]fmc.CardMoved, error) {
		return p.api.CardMoves(ctx, who.company, in.ICCID)
	})
}

// serveIn has a card serve a modem.
type serveIn struct {
	SIMPath
	Body struct {
		Modem  string `json:"modem,omitempty" maxLength:"128" doc:"One of the bank's; left out: the card serves none."`
		Reason string `json:"reason" minLength:"1" maxLength:"2000" doc:"It stands in the card's history."`
		Lose   bool   `json:"lose_call,omitempty" doc:"A call that goes on by either modem may be lost."`
	}
}

func (p *Public) placeCard(ctx context.Context, who asker, in *serveIn) (fmc.BankSlotView, error) {
	store.Auditing(ctx).After = in.Body
	if err := p.api.MoveCard(who.company, fmc.CardMove{SIM: in.ICCID, Modem: in.Body.Modem, By: who.By(), Reason: in.Body.Reason, Lose: in.Body.Lose}); err != nil {
		return fmc.BankSlotView{}, err
	}
	_, slot, err := p.api.Banked(who.company, in.ICCID)
	return slot, err
}
