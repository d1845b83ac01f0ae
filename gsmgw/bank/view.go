package bank

import (
	"cmp"
	"slices"

	"roadline/fmc"
	"roadline/gsmgw"
	"roadline/hardware/remsim"
)

// Views are the banks as a company sees them: its own cards, and all modems. No company: everything.
func (b *Banks) Views(company fmc.CompanyID) []fmc.BankView {
	all := []fmc.BankView{}
	if len(b.sites) == 0 {
		return all
	}
	calls := map[string]bool{}
	for _, v := range b.o.Fleet.Views() {
		calls[v.Port] = (v.State == gsmgw.StateCalling || v.Call != (fmc.LegID{})) && (company == "" || v.Owner == company)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.sites {
		all = append(all, s.view(company, calls))
	}
	return all
}

// view is one bank. banks.mu is held.
func (s *site) view(company fmc.CompanyID, calls map[string]bool) fmc.BankView {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := fmc.BankView{Bank: s.Name, State: s.state, Why: s.why, Since: s.since, Slots: []fmc.BankSlotView{}, Modems: []fmc.BankModemView{}}
	want, learnt := s.banks.wanted(s), s.banks.learnt[s.Name]
	takes := map[remsim.Client]fmc.ICCID{}
	for _, c := range s.Cards {
		id := s.cardIn(c.Slot, learnt)
		owner := s.banks.o.Owner(id)
		mine := company == "" || owner == company && id != ""
		client, wanted := want[c.Slot]
		if wanted {
			takes[client] = ""
			if mine {
				takes[client] = id
			}
		}
		if !mine {
			continue
		}
		x := fmc.BankSlotView{BankID: c.Slot.Bank, Slot: c.Slot.Slot, SIM: id, Seen: c.ICCID == "" && id != "", Company: owner}
		if company == "" || s.banks.o.Owner(c.Spare) == company {
			x.Spare = c.Spare
		}
		s.fill(&x, c.Slot, client, wanted)
		if w, ok := s.banks.wishes[id]; ok && w.Company == owner {
			x.Moved = &w.CardMoved
		}
		v.Slots = append(v.Slots, x)
	}
	for _, m := range s.Modems {
		id, taken := takes[m.Client]
		v.Modems = append(v.Modems, fmc.BankModemView{
			Modem: m.Port, Client: m.Client.Client, Slot: m.Client.Slot, Connected: s.there[m.Client], Taken: taken, SIM: id, InCall: calls[m.Port],
		})
	}
	return v
}

// fill adds how a slot is. mu is held.
func (s *site) fill(x *fmc.BankSlotView, slot remsim.Slot, want remsim.Client, wanted bool) {
	last, seen := s.shown[slot]
	x.State, x.Why = last.state, last.why
	if last.serves != nil {
		x.Serves = s.portOf(*last.serves)
	}
	if wanted {
		x.Modem = s.portOf(want)
	}
	asked := seen && wanted == (last.want != nil) && (!wanted || *last.want == want)
	switch {
	case !asked && wanted, !asked && seen:
		x.State, x.Why = fmc.SlotMoving, "the bank's server is asked soon"
	case !asked:
		x.State = fmc.SlotFree
	}
	if s.state == fmc.BankAway && x.State != fmc.SlotFree {
		x.Why = "the bank's server does not answer: the card is as it was"
	}
}

// Told are a company's lines with what there is to say of those whose cards lie in a bank and are in no modem.
func (b *Banks) Told(company fmc.CompanyID, lines []fmc.LineView) []fmc.LineView {
	for _, v := range b.Views(company) {
		for _, s := range v.Slots {
			i := slices.IndexFunc(lines, func(l fmc.LineView) bool { return l.ID == s.SIM.Line() })
			switch {
			case i < 0 || lines[i].Name != "":
			case s.Modem == "":
				lines[i].State, lines[i].Why, lines[i].WayOut = fmc.LineInBank, "the card lies in a SIM bank and is to serve no modem", "have it serve a modem of its bank"
			default:
				lines[i].Why, lines[i].WayOut = cmp.Or(s.Why, "its modem has not found it yet"), "look at the SIM bank"
			}
		}
	}
	return lines
}

// card is the card in a slot; empty: nobody knows.
func (s *site) card(slot remsim.Slot) fmc.ICCID {
	s.banks.mu.Lock()
	defer s.banks.mu.Unlock()
	return s.cardIn(slot, s.banks.learnt[s.Name])
}

func (s *site) cardIn(slot remsim.Slot, learnt map[remsim.Slot]fmc.ICCID) fmc.ICCID {
	if id, ok := s.filed[slot]; ok {
		return id
	}
	return learnt[slot]
}

// slotOf is the slot that a card lies in.
func (s *site) slotOf(id fmc.ICCID, learnt map[remsim.Slot]fmc.ICCID) (remsim.Slot, bool) {
	if slot, ok := s.lies[id]; ok {
		return slot, true
	}
	for _, c := range s.Cards {
		if c.ICCID == "" && id != "" && learnt[c.Slot] == id {
			return c.Slot, true
		}
	}
	return remsim.Slot{}, false
}

func (s *site) clientOf(port string) (remsim.Client, bool) {
	for _, m := range s.Modems {
		if m.Port == port {
			return m.Client, true
		}
	}
	return remsim.Client{}, false
}

func (s *site) portOf(c remsim.Client) string {
	for _, m := range s.Modems {
		if m.Client == c {
			return m.Port
		}
	}
	return c.String()
}
