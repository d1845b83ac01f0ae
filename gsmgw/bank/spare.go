package bank

import (
	"fmt"
	"time"

	"roadline/fmc"
	"roadline/hardware/remsim"
)

// spared has the spare of a card serve in its place, where the card has been of no use in its modem for long and all else is
// well: the server, the bank, the client and the modem are there. It happens once: a card that was freed so serves again, in
// anybody's place, when a person says so, and what a network thinks of a card is no failure of it.
func (s *site) spared(slot remsim.Slot, at *place, p remsim.Picture) bool {
	b := s.banks
	if at.failing.IsZero() || b.o.Now().Sub(at.failing) < b.o.Rules.Fails || p.Banks[slot.Bank] == 0 || !p.Clients[*at.want] {
		return false
	}
	failed, spare := s.spareOf(slot)
	if spare == "" || failed == "" {
		return false
	}
	b.moving.Lock()
	defer b.moving.Unlock()
	if !s.wants(slot, *at.want) { // somebody moved it since this turn began
		return false
	}
	company, ok := b.o.Companies.Company(b.o.Owner(failed))
	if !ok {
		return false
	}
	why := b.mayServe(s, company, spare, p)
	if why == "" {
		why = s.exchange(company, failed, spare, s.portOf(*at.want), at.failing)
	}
	if why != "" {
		b.o.Log.Warn("spare card of a SIM bank not used", "gateway", string(s.Name), "company", company.Profile.ID, "cause", why)
		at.failing = b.o.Now() // it is thought about again after as long
	}
	return why == ""
}

// wants reports that the card in a slot is to serve a client, by the wishes of this moment.
func (s *site) wants(slot remsim.Slot, client remsim.Client) bool {
	s.banks.mu.Lock()
	defer s.banks.mu.Unlock()
	at, ok := s.banks.wanted(s)[slot]
	return ok && at == client
}

// exchange frees the card that failed and has the spare serve, in one write.
func (s *site) exchange(c *fmc.Company, failed, spare fmc.ICCID, port string, since time.Time) (why string) {
	reason := fmt.Sprintf("SIM %s has been of no use in %s since %s: its spare serves", failed, port, since.UTC().Format(time.TimeOnly))
	free := fmc.CardMoved{SIM: failed, Bank: s.Name, Was: port, By: fmc.BySpareRule, Reason: reason}
	serve := fmc.CardMoved{SIM: spare, Bank: s.Name, Modem: port, By: fmc.BySpareRule, Reason: reason}
	if err := s.banks.keep(c.Profile.ID, free, serve); err != nil {
		return sentence(err)
	}
	return ""
}

// spareOf is the card in a slot and its spare.
func (s *site) spareOf(slot remsim.Slot) (id, spare fmc.ICCID) {
	for _, c := range s.Cards {
		if c.Slot == slot {
			return c.ICCID, c.Spare
		}
	}
	return "", ""
}

// mayServe says in a sentence why a spare may not serve; "" where it may: it is the same company's, with a mandate and within
// its limits, it lies in a bank that is there, and serves nobody.
func (b *Banks) mayServe(s *site, c *fmc.Company, spare fmc.ICCID, p remsim.Picture) string {
	sim, ok := c.SIM(spare)
	if !ok || b.o.Owner(spare) != c.Profile.ID {
		return "the spare is not the company's"
	}
	if why := b.allowed(c, sim); why != "" {
		return why
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	slot, lies := s.slotOf(spare, b.learnt[s.Name])
	_, serves := b.wanted(s)[slot]
	switch last := b.wishes[spare]; {
	case !lies || p.Banks[slot.Bank] == 0:
		return "the spare lies in no bank that is there"
	case serves:
		return "the spare serves elsewhere"
	case last.By == fmc.BySpareRule:
		return "the spare failed before: a person must look at it"
	}
	return ""
}
