package sipcore

import (
	"cmp"
	"slices"
	"time"

	"github.com/emiago/sipgo/sip"
)

// patience is how long a request that came ahead of its predecessor is held back. The transaction layer starts a
// goroutine per message, so that neighbours on one connection overtake each other by microseconds; a gap that lasts
// longer is the peer's own (RFC 3261 §12.2.2 allows it).
const patience = 40 * time.Millisecond

// mostHeld bounds what one dialog may hold back.
const mostHeld = 32

// inbound is a request of the peer with its transaction.
type inbound struct {
	req *sip.Request
	tx  *sip.ServerTx
	at  flow

	late bool // it was held back once already
}

// order puts the peer's in-dialog requests into the order of their CSeq. Owned by the leg's actor.
type order struct {
	held []inbound // sorted by CSeq
}

// next takes what has just arrived and returns what may be dealt with now, given the last number dealt with. What waits
// for a predecessor stays held; the caller sets an alarm of patience and then calls release.
func (o *order) next(in inbound, last uint32, seen bool) []inbound {
	seq := in.req.CSeq().SeqNo
	if !seen || seq <= last+1 || len(o.held) >= mostHeld {
		return append([]inbound{in}, o.ready(max(last, seq))...)
	}
	i, _ := slices.BinarySearchFunc(o.held, seq, func(h inbound, s uint32) int { return cmp.Compare(h.req.CSeq().SeqNo, s) })
	o.held = slices.Insert(o.held, i, in)
	return nil
}

// ready takes the held requests that follow last without a gap.
func (o *order) ready(last uint32) []inbound {
	n := 0
	for n < len(o.held) && o.held[n].req.CSeq().SeqNo <= last+1 {
		last = max(last, o.held[n].req.CSeq().SeqNo)
		n++
	}
	out := slices.Clone(o.held[:n])
	o.held = slices.Delete(o.held, 0, n)
	return out
}

// release takes everything, gaps or not.
func (o *order) release() []inbound {
	out := o.held
	o.held = nil
	return out
}
