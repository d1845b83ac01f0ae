package house

import (
	"context"
	"path/filepath"
	"slices"
	"time"

	"roadline/cabinet"
	"roadline/configs"
	"roadline/fmc"
	"roadline/gsmgw/bank"
	"roadline/hardware/remsim"
)

// openBanks builds the SIM banks of the machine file.
func (h *House) openBanks() error {
	o := bank.Options{
		Fleet: h.gsm, Journal: h.facts(), Companies: h.directory, Owner: h.ownerOf, Reached: h.reached, File: filepath.Join(h.m.Data, "banks.json"),
		Now: time.Now, Log: h.log,
	}
	for _, b := range h.m.Banks {
		s, err := siteOf(b)
		if err != nil {
			return err
		}
		o.Sites = append(o.Sites, s)
	}
	var err error
	h.banks, err = bank.New(o)
	return err
}

func siteOf(b configs.Bank) (bank.Site, error) {
	server, err := remsim.NewServer(b.Server, nil)
	s := bank.Site{Name: b.Name, Server: server}
	for _, c := range b.Cards {
		s.Cards = append(s.Cards, bank.Card{Slot: remsim.Slot{Bank: c.Bank, Slot: c.Slot}, ICCID: c.ICCID, Spare: c.Spare})
	}
	for _, m := range b.Modems {
		s.Modems = append(s.Modems, bank.Modem{Client: remsim.Client{Client: m.Client, Slot: m.Slot}, Port: m.Modem})
	}
	return s, err
}

// ownerOf is whom the machine grants a card; empty: nobody.
func (h *House) ownerOf(id fmc.ICCID) fmc.CompanyID {
	i := slices.IndexFunc(h.m.SIMs, func(s configs.SIM) bool { return s.ICCID == id && id != "" })
	if i < 0 {
		return ""
	}
	return h.m.SIMs[i].Company
}

// reached are the limits that a card is used up to.
func (h *House) reached(c *fmc.Company, s *fmc.SIM) []fmc.LimitSeen {
	for _, l := range h.gsm.Lines(c) {
		if l.SIM != nil && l.SIM.ICCID == s.ICCID {
			return s.Reached(l.SIM.Used, time.Now().In(zoneOf(c)))
		}
	}
	return nil
}

// rememberCards takes which modems cards of banks were to serve by PostgreSQL, where the file of this node was lost.
func (h *House) rememberCards(ctx context.Context, c *fmc.Company) {
	if len(h.m.Banks) == 0 {
		return
	}
	moved, err := h.store.For(c.Profile.ID).CardsMoved(ctx)
	if err != nil {
		h.log.Warn("earlier moves of cards not remembered", "company", c.Profile.ID, "err", err)
		return
	}
	h.banks.Took(c.Profile.ID, moved...)
}

// linesOf are a company's SIM lines for people.
func (h *House) linesOf(c *fmc.Company) []fmc.LineView {
	return h.banks.Told(c.Profile.ID, h.gsm.LineViews(c))
}

// bankDesk adds what the cabinet asks of SIM banks; a node without any has nothing of it.
func (h *House) bankDesk(n *cabinet.Node) {
	if len(h.m.Banks) > 0 {
		n.Banks, n.MoveCard = h.banks.Views, h.banks.Move
	}
}

// bankMay is how long a bank's server may be away before somebody is told.
const bankMay = time.Minute

// bankTroubles tells of each SIM bank with cards of a company whether it is reached. Of a card that does not serve where it is
// to, its line tells. Of a server that was not asked since this start, what was told stays.
func (h *House) bankTroubles(c *fmc.Company, s *seen) {
	for _, b := range h.banks.Views(c.Profile.ID) {
		if len(b.Slots) == 0 {
			continue
		}
		s.name(fmc.AlarmBankAway, string(b.Bank))
		if b.State != fmc.BankUnasked {
			away := fmc.Alarm{Company: c.Profile.ID, Kind: fmc.AlarmBankAway, About: string(b.Bank), Values: map[string]string{"why": b.Why}}
			s.take(trouble{Alarm: away, since: b.Since, may: bankMay}, b.State == fmc.BankAway)
		}
	}
}
