package gsmgw

import (
	"slices"
	"strings"
	"sync"
	"time"

	"roadline/fmc"
)

// overheard is what the modules said lately: a call that comes begins with lines that were said before it had a leg.
type overheard struct {
	mu    sync.Mutex // guards:
	ports map[string]*portTalk
}

// portTalk is the latest AT lines of a port.
type portTalk struct {
	leg    fmc.LegID // that has the line; zero: none
	lately []saidLine
}

type saidLine struct {
	at   time.Time
	out  bool
	text string
}

// How many lines, and how old ones, a call begins with: a caller's number may come with the second RING.
const (
	mostLately = 16
	longLately = 8 * time.Second
)

// Overhear takes an AT line of the module in a port, without its secrets, for the trace of the call that has the line.
// It does not wait.
func (g *Gateway) Overhear(port string, out bool, text string) {
	if g.o.Trace == nil {
		return
	}
	leg, now := g.serving(port), g.o.Now()
	o := &g.heard
	o.mu.Lock()
	defer o.mu.Unlock()
	p := o.ports[port]
	if p == nil {
		p = &portTalk{}
		o.ports[port] = p
	}
	if leg.IsZero() {
		p.leg = leg
		p.lately = append(p.lately[max(0, len(p.lately)-mostLately+1):], saidLine{now, out, text})
		return
	}
	if p.leg != leg {
		p.leg = leg
		for _, l := range p.rang(now) {
			g.o.Trace.Told(leg, fmc.TraceLine{At: now.Sub(l.at), Kind: fmc.TraceAT, Out: l.out, Peer: port, Text: l.text})
		}
		p.lately = nil
	}
	g.o.Trace.Told(leg, fmc.TraceLine{Kind: fmc.TraceAT, Out: out, Peer: port, Text: text})
}

// rang is what was said lately from the first ring on; nothing where it did not ring: the call is one of ours.
func (p *portTalk) rang(now time.Time) []saidLine {
	i := slices.IndexFunc(p.lately, func(l saidLine) bool {
		return now.Sub(l.at) <= longLately && !l.out && (strings.HasPrefix(l.text, "RING") || strings.HasPrefix(l.text, "+CRING"))
	})
	if i < 0 {
		return nil
	}
	return p.lately[i:]
}

// serving is the leg that has the line of a port; zero: none.
func (g *Gateway) serving(port string) fmc.LegID {
	g.mu.Lock()
	s := g.slots[port]
	g.mu.Unlock()
	if s == nil {
		return fmc.LegID{}
	}
	if l := s.leased.Load(); l != nil {
		return l.id
	}
	return fmc.LegID{}
}

// Signal is how strong the radio of a leg's line is, in dBm; 0: not known, or no leg of ours.
func (g *Gateway) Signal(leg fmc.LegID) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, s := range g.slots {
		if l := s.leased.Load(); l != nil && l.id == leg {
			return s.look().Radio.SignalDBm
		}
	}
	return 0
}
