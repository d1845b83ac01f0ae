package cabinet

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// CardPlace has a card of a SIM bank serve a modem.
type CardPlace struct {
	Modem  string `json:"modem,omitempty"` // the name of its port; absent: none is to be served
	Author string `json:"author"`
	Reason string `json:"reason"`
	Lose   bool   `json:"lose_call,omitempty"` // a call that goes on by either modem may be lost
}

var errNoBanks = cause.Errorf(cause.Unavailable, "this node has no SIM banks: name one under banks in roadline.yaml")

// Banks are the SIM banks as a company sees them: its own cards, and all modems.
func (a *API) Banks(c *fmc.Company) ([]fmc.BankView, error) {
	if a.o.Node.Banks == nil {
		return nil, errNoBanks
	}
	return a.o.Node.Banks(c.Profile.ID), nil
}

// Banked is a card of the company in a SIM bank, and the bank. Errors: not found, also where the card is another company's;
// unavailable (it is ours, and the node has no banks).
func (a *API) Banked(c *fmc.Company, id fmc.ICCID) (fmc.BankView, fmc.BankSlotView, error) {
	all, err := a.Banks(c)
	if _, ours := c.SIM(id); err != nil && ours {
		return fmc.BankView{}, fmc.BankSlotView{}, err
	}
	for _, b := range all {
		if i := slices.IndexFunc(b.Slots, func(s fmc.BankSlotView) bool { return s.SIM == id && s.Company == c.Profile.ID }); i >= 0 {
			return b, b.Slots[i], nil
		}
	}
	return fmc.BankView{}, fmc.BankSlotView{}, cause.Errorf(cause.NotFound, "no card %s of the company is in a SIM bank", id)
}

// MoveCard has a card of the company serve a modem of its bank, or none. Errors: not found (no such card of the company, or
// it is in no bank), invalid (no such modem of the bank, no reason), denied (no mandate), conflict (another card serves
// there).
func (a *API) MoveCard(c *fmc.Company, m fmc.CardMove) error {
	m.By, m.Reason = strings.TrimSpace(m.By), strings.TrimSpace(m.Reason)
	if m.By == "" {
		return cause.Errorf(cause.Invalid, "a card is moved by somebody: say who")
	}
	if _, _, err := a.Banked(c, m.SIM); err != nil {
		return err
	}
	if err := oneLine("reason", "why", m.Reason, mostReason); err != nil {
		return err
	}
	return a.o.Node.MoveCard(c, m)
}

// CardMoves are what was wished of a card of the company that lies in a bank, newest first. Errors: not found, also where
// the card is another company's.
func (a *API) CardMoves(ctx context.Context, c *fmc.Company, id fmc.ICCID) ([]fmc.CardMoved, error) {
	if _, _, err := a.Banked(c, id); err != nil {
		return nil, err
	}
	all, err := a.o.Store.For(c.Profile.ID).CardMoves(ctx, id)
	return append([]fmc.CardMoved{}, all...), err
}

// banks returns the node's SIM banks, whoever's the cards are.
func (a *API) banks(r *http.Request) (any, error) {
	if _, err := query(r); err != nil {
		return nil, err
	}
	if a.o.Node.Banks == nil {
		return nil, errNoBanks
	}
	return append([]fmc.BankView{}, a.o.Node.Banks("")...), nil
}

// placeCard has a card of a bank serve a modem, or none.
func (a *API) placeCard(r *http.Request) (any, error) {
	c, id, err := a.cardIn(r)
	if err != nil {
		return nil, err
	}
	var p CardPlace
	if err := read(r, &p); err != nil {
		return nil, err
	}
	if err := a.MoveCard(c, fmc.CardMove{SIM: id, Modem: p.Modem, By: p.Author, Reason: p.Reason, Lose: p.Lose}); err != nil {
		return nil, err
	}
	return a.Banks(c)
}

// cardMoves returns the history of a card of a bank.
func (a *API) cardMoves(r *http.Request) (any, error) {
	c, id, err := a.cardIn(r)
	if err != nil {
		return nil, err
	}
	if _, err := query(r); err != nil {
		return nil, err
	}
	return a.CardMoves(r.Context(), c, id)
}
