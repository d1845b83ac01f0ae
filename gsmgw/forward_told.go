package gsmgw

import (
	"sync"

	"roadline/fmc"
)

// Forwarded is how a card's forwarding was seen. A zero At: not since this start.
type Forwarded struct {
	Last    fmc.ForwardingSeen
	Strange fmc.ForwardingSeen // the latest look that found numbers which are not the company's
	Unheard int                // looks in a row in which the network did not answer
}

// forwardings is how the forwarding of each card was seen last, and the port in which it is tended. It is the node's memory:
// each start looks anew.
type forwardings struct {
	mu   sync.Mutex // guards:
	seen map[fmc.ICCID]Forwarded
	in   map[fmc.ICCID]string
}

// Forwarding is how a card's forwarding was seen since this start.
func (g *Gateway) Forwarding(id fmc.ICCID) Forwarded {
	g.forwarded.mu.Lock()
	defer g.forwarded.mu.Unlock()
	return g.forwarded.seen[id]
}

// sawForwarding notes a look. One that a call interrupted says nothing of whether the network answers.
func (g *Gateway) sawForwarding(seen fmc.ForwardingSeen, interrupted bool) {
	g.forwarded.mu.Lock()
	defer g.forwarded.mu.Unlock()
	f := g.forwarded.seen[seen.SIM]
	f.Last = seen
	switch {
	case interrupted:
	case seen.State == fmc.ForwardingUnheard:
		f.Unheard++
	default:
		f.Unheard = 0
	}
	if len(seen.Strange) > 0 {
		f.Strange = seen
	}
	g.forwarded.seen[seen.SIM] = f
}

func (g *Gateway) forgetForwarding(id fmc.ICCID) {
	g.forwarded.mu.Lock()
	defer g.forwarded.mu.Unlock()
	delete(g.forwarded.seen, id)
	delete(g.forwarded.in, id)
}

func (g *Gateway) tendsIn(id fmc.ICCID, port string) {
	g.forwarded.mu.Lock()
	defer g.forwarded.mu.Unlock()
	g.forwarded.in[id] = port
}

func (g *Gateway) tendedIn(id fmc.ICCID) string {
	g.forwarded.mu.Lock()
	defer g.forwarded.mu.Unlock()
	return g.forwarded.in[id]
}
