package sipcore

import (
	"github.com/emiago/sipgo/sip"

	"roadline/callerid"
	"roadline/fmc"
)

// mostDiversions is how often a call may have been diverted before it is taken for a loop (FLOWS E2e).
const mostDiversions = 5

// mostHops is where Max-Forwards begins (RFC 3261 §8.1.1.6).
const mostHops = 70

// trail is how far a call had come when its INVITE reached us. What we send on for it counts on from there: each round of
// a loop through us is a dialog of its own, and nothing else would end it (RFC 7332).
type trail struct {
	hops     int // how many more servers our INVITEs may pass
	diverted int // how often it was diverted
}

// trailOf reads an INVITE. One that may go no further was refused at the edge (judgeHops).
func trailOf(req *sip.Request) trail {
	t := trail{hops: mostHops, diverted: diversions(req)}
	if h := req.MaxForwards(); h != nil {
		t.hops = max(int(*h)-1, 0)
	}
	return t
}

// looped refuses an INVITE that has gone round too often.
func (t trail) looped() error {
	if t.diverted <= mostDiversions {
		return nil
	}
	return refused(482, "diverted %d times", t.diverted)
}

// mark notes the trail of a call that begins with a leg; it is forgotten with that leg.
func (s *Legs) mark(l *leg, t trail) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trails[l.id.Call] = t
}

// trailFor is the trail of the call that bears a leg of ours.
func (s *Legs) trailFor(id fmc.CallID) trail {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t, ok := s.trails[id]; ok {
		return t
	}
	return trail{hops: mostHops}
}

// ownComesBack reports whether an INVITE is one of ours that was sent back to us, number and all. With another number it
// is a call to somebody else of this node, by a proxy that both go through.
func (s *Legs) ownComesBack(req *sip.Request, called callerid.Number) bool {
	l := s.find(dialogKey{req.CallID().Value(), tagOf(req.From().Params)})
	return l != nil && called.E164 != "" && l.dials.Same(called)
}
