package bank

import "roadline/hardware/remsim"

// step is one thing to ask of a server: to have a slot serve a client, or to serve it no longer.
type step struct {
	slot   remsim.Slot
	client remsim.Client
	unmap  bool
}

// ground is what steps are worked out from.
type ground struct {
	want     map[remsim.Slot]remsim.Client
	slots    map[remsim.Slot]bool   // that are ours, by the machine file
	clients  map[remsim.Client]bool // likewise
	unwished map[remsim.Slot]bool   // slots of whose cards nobody ever wished anything, as far as is known here: who maps them is not asked by us
	there    map[int]int            // the banks that are connected to the server
	maps     []remsim.Map           // what the server says
}

// finding is what became of one slot.
type finding struct {
	serves *remsim.Client // by what the server says, of the clients that are ours
	active bool
	left   bool   // it is left as it is, until a person does something
	why    string // why it is not as it is wished
}

// steps compares what is wished with what a server says. It asks for nothing that is there, takes back only what is between
// a slot and a client that are both ours, and maps a slot only where neither it nor the client stands in any map.
//
// What contradicts itself is left alone: a card that serves would be cut off by a lie about it. So is a map that the bank has
// not acknowledged: the server would take it off its list, and leave the card in the modem.
func (g ground) steps() (map[remsim.Slot]step, map[remsim.Slot]finding) {
	bySlot, byClient := map[remsim.Slot][]remsim.Map{}, map[remsim.Client][]remsim.Map{}
	for _, m := range g.maps {
		bySlot[m.Slot] = append(bySlot[m.Slot], m)
		byClient[m.Client] = append(byClient[m.Client], m)
	}
	all := map[remsim.Slot]step{}
	found := map[remsim.Slot]finding{}
	for slot := range g.slots {
		f, todo := g.slot(slot, bySlot, byClient)
		found[slot] = f
		if todo != nil {
			all[slot] = *todo
		}
	}
	return all, found
}

// slot is steps for one slot.
func (g ground) slot(slot remsim.Slot, bySlot map[remsim.Slot][]remsim.Map, byClient map[remsim.Client][]remsim.Map) (f finding, todo *step) {
	want, wanted := g.want[slot]
	switch maps := bySlot[slot]; {
	case len(maps) > 1:
		f.left, f.why = true, "the bank's server says that this card serves two clients: it is left as it is; start osmo-remsim-server anew"
	case len(maps) == 1 && len(byClient[maps[0].Client]) > 1:
		f.left, f.why = true, "the bank's server says that two cards serve one client: they are left as they are; start osmo-remsim-server anew"
	case len(maps) == 1:
		return g.served(maps[0], want, wanted)
	case !wanted:
	case len(byClient[want]) > 0 && !g.slots[byClient[want][0].Slot]:
		f.left, f.why = true, "the modem is served by a card that the machine file does not name: it is left as it is"
	case len(byClient[want]) > 0:
		f.why = "the card that serves the modem is taken back first"
	default:
		return f, &step{slot: slot, client: want}
	}
	return f, nil
}

// served is slot for one that serves a client, and alone does.
func (g ground) served(m remsim.Map, want remsim.Client, wanted bool) (f finding, todo *step) {
	f.active = m.State == remsim.Active
	if f.left = !g.clients[m.Client]; f.left {
		f.why = "the card serves a client that the machine file does not name: it is left as it is"
		return f, nil
	}
	f.serves = &m.Client
	switch {
	case wanted && m.Client == want:
		if !f.active {
			f.why = "the server has the map, and the bank has not taken it yet: is the bank connected?"
		}
		return f, nil
	case g.unwished[m.Slot] && !g.isWanted(m.Client):
		f.left, f.why = true, "nobody here ever wished anything of the card: it is left as it is"
		return f, nil
	case m.State == remsim.Unacknowledged, m.State == remsim.New && g.there[m.Slot.Bank] > 0: // any moment it is told
		f.why = "the bank was told to have it serve and has not answered: it is taken back when it does"
		return f, nil
	case m.State == remsim.DeleteWanted || m.State == remsim.Deleting:
		f.why = "it is being taken back"
		return f, nil
	}
	f.why = "it is taken back"
	return f, &step{slot: m.Slot, client: m.Client, unmap: true}
}

func (g ground) isWanted(c remsim.Client) bool {
	for _, at := range g.want {
		if at == c {
			return true
		}
	}
	return false
}
