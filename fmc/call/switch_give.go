package call

import (
	"slices"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// give hands a leg to another call of the same company: the one that has the leg Whom, or the one that Query means.
// It re-maps leg and call under one lock, so that every event of the leg goes to exactly one of them.
func (s *Switch) give(from Call, g Give) (fmc.CallID, error) {
	if g.Gift == fmc.Anew {
		return s.anew(from, g)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.legs[g.Party.Leg]
	if !ok || o.call != from.ID {
		return "", cause.Errorf(cause.NotFound, "give leg %s: it is gone", g.Party.Leg)
	}
	b := s.board(from.Company)
	for _, id := range s.oldest() {
		r := s.calls[id]
		c := *r.snapshot.Load()
		if c.Company != from.Company || c.ID == from.ID || c.End != nil || !c.wants(g) && !b.opens(g, id) {
			continue
		}
		if !r.offer(LegGiven{Party: g.Party, From: from.ID, Gift: g.Gift, Whom: g.Whom}) {
			continue
		}
		s.legs[g.Party.Leg] = owned{o.leg, id}
		b.join(g.Party.Who.Employee, id) // before the giver parts with them
		return id, nil
	}
	if g.Query.What == plan.AskJoin { // whoever comes next joins this call, though it does not show yet
		b.rooms[g.Query.Conference] = from.ID
	}
	return "", cause.Errorf(cause.NotFound, "There is no such call to take.")
}

// opens reports whether a call is about to be the conference that a gift is meant for.
func (b *board) opens(g Give, id fmc.CallID) bool {
	by, ok := b.rooms[g.Query.Conference]
	return ok && by == id && g.Query.What == plan.AskJoin
}

// oldest returns the ids of the calls, the oldest first. mu is held.
func (s *Switch) oldest() []fmc.CallID {
	ids := make([]fmc.CallID, 0, len(s.calls))
	for id := range s.calls {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b fmc.CallID) int {
		return s.calls[a].snapshot.Load().Began.Compare(s.calls[b].snapshot.Load().Began)
	})
	return ids
}

// wants reports whether a call is the one that a gift is meant for.
func (c Call) wants(g Give) bool {
	if len(c.Threads) == 0 || g.Gift == fmc.Take && c.Threads[0].Subject.IsZero() { // who is called back is called alone
		return false
	}
	if !g.Whom.IsZero() {
		_, ok := c.Party(g.Whom)
		return ok
	}
	n := c.Threads[0].Node()
	switch g.Query.What {
	case plan.AskRetrieve:
		return n.Do == plan.Park && n.Slot == g.Query.Slot
	case plan.AskPickUp:
		return n.Do == plan.Ring && (g.Query.Group == "" || n.Group == g.Query.Group) && (g.Query.Employee == "" || n.Rings(g.Query.Employee))
	case plan.AskJoin:
		return c.meets(g.Query.Conference)
	default:
		return false
	}
}

// anew begins a call with a leg of one that ends: the person calls the next number.
func (s *Switch) anew(from Call, g Give) (fmc.CallID, error) {
	company, ok := s.o.Directory.Company(from.Company)
	if !ok {
		return "", cause.Errorf(cause.NotFound, "go on with leg %s: the company is not on this node any more", g.Party.Leg)
	}
	o, ok := s.owner(g.Party.Leg)
	if !ok || o.call != from.ID {
		return "", cause.Errorf(cause.NotFound, "give leg %s: it is gone", g.Party.Leg)
	}
	id := s.NewCall()
	first := LegGiven{Party: g.Party, From: from.ID, Gift: fmc.Anew}
	if err := s.start(newNow(id, from.next(id, g)), company, o.leg, first); err != nil {
		return "", err
	}
	s.mu.Lock()
	s.board(from.Company).join(g.Party.Who.Employee, id) // before the giver parts with them
	s.mu.Unlock()
	return id, nil
}

// turned is a wish to hand over as it goes to the call that is to end by it. Of two calls that join the one goes on that
// holds the outside party, else the older.
func (s *Switch) turned(w Wish) Wish {
	s.mu.Lock()
	defer s.mu.Unlock()
	here, there := s.calls[s.legs[w.Leg].call], s.calls[s.legs[w.Whom].call]
	if here == nil || there == nil {
		return w
	}
	ends, stays := *here.snapshot.Load(), *there.snapshot.Load()
	if ends.Company == stays.Company && ends.outranks(stays) && stays.conversing(w.Whom) {
		w.Leg, w.Whom = w.Whom, w.Leg
	}
	return w
}

// outranks reports whether a call is the one of two that goes on when they join.
func (c Call) outranks(other Call) bool {
	if c.client() != other.client() {
		return c.client()
	}
	return c.Began.Before(other.Began)
}

// client reports whether an outside party is in the call.
func (c Call) client() bool {
	return slices.ContainsFunc(c.Parties, func(p Party) bool { return p.Role == fmc.Client && p.Link < fmc.Leaving })
}
