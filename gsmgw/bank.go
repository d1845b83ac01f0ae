package gsmgw

import "roadline/fmc/cause"

// Vacate keeps new calls and messages off the line of a port while its card is exchanged from outside; done lets them come
// again, and has the module look at its card anew. A call or a message that is under way is an obstacle, of kind conflict, unless it may be
// lost. A port that is not there has nothing to lose.
func (g *Gateway) Vacate(port string, lose bool) (done func(), err error) {
	s := g.slotAt(port)
	if s == nil {
		return func() {}, nil
	}
	s.vacated.Store(true) // whoever leases the line looks at it afterwards
	switch {
	case lose:
	case s.leased.Load() != nil:
		err = cause.Errorf(cause.Conflict, "a call goes on in %s", port)
	case g.outbox(s.look().Card).sending():
		err = cause.Errorf(cause.Conflict, "a message is on its way from %s", port)
	}
	if err != nil {
		s.vacated.Store(false)
		s.box.post(s.send) // it may have looked meanwhile
		return nil, err
	}
	return func() {
		s.vacated.Store(false)
		s.box.post(s.lookAtCard)
	}, nil
}

// LookAtCard has the module in a port look at its card anew, when it has no call: not every module tells that its card was
// exchanged.
func (g *Gateway) LookAtCard(port string) {
	if s := g.slotAt(port); s != nil {
		s.box.post(s.lookAtCard)
	}
}

func (s *slot) lookAtCard() {
	if s.up { // else it is about to look, or nothing is there
		s.startWhenQuiet()
	}
}

func (g *Gateway) slotAt(port string) *slot {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.slots[port]
}
