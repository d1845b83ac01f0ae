package gsmgw

import (
	"slices"
	"strings"
	"sync"
	"time"

	"roadline/fmc"
)

// overheard is what modules and gateways said lately: a call that comes begins with lines that were said before it had a leg.
type overheard struct {
	mu    sync.Mutex // guards:
	ports map[string]*portTalk
}

// portTalk is what was said lately of a port that has no call.
type portTalk struct {
	leg    fmc.LegID // that has the line; of a gateway's port, that the dialog carries, also after its end; zero: none
	dialog fmc.LegID // of SIP, that carries the leg; zero: the port is a module's
	lately []saidLine
}

type saidLine struct {
	fmc.TraceLine
	at     time.Time
	dialog fmc.LegID // see portTalk
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
	said := fmc.TraceLine{Kind: fmc.TraceAT, Out: out, Peer: port, Text: text}
	leg, now := g.serving(port), g.o.Now()
	g.heard.mu.Lock()
	defer g.heard.mu.Unlock()
	p := g.heard.of(port)
	if leg.IsZero() {
		p.leg = leg
		p.keep(saidLine{TraceLine: said, at: now})
		return
	}
	if p.leg != leg {
		p.leg = leg
		g.tellAll(leg, p.rang(now), now)
		p.lately = nil
	}
	g.o.Trace.Told(leg, said)
}

// OverhearSIP takes a SIP message of a gateway's port, likewise. dialog is SIP's leg that it is of: another than the one that
// carries the call is being refused, or was the call before.
func (g *Gateway) OverhearSIP(port string, dialog fmc.LegID, said fmc.TraceLine) {
	if g.o.Trace == nil {
		return
	}
	leg, now := g.serving(port), g.o.Now()
	g.heard.mu.Lock()
	defer g.heard.mu.Unlock()
	p := g.heard.of(port)
	if p.dialog != dialog && !leg.IsZero() && p.leg != leg {
		p.leg, p.dialog = leg, p.carries(dialog, now)
		g.tellAll(leg, slices.DeleteFunc(p.lately, func(l saidLine) bool { return l.dialog != p.dialog }), now)
		p.lately = nil
	}
	if p.dialog != dialog {
		p.keep(saidLine{said, now, dialog})
		return
	}
	g.o.Trace.Told(p.leg, said)
}

// tellAll tells the trace what was said before its call had a leg.
func (g *Gateway) tellAll(leg fmc.LegID, lately []saidLine, now time.Time) {
	for _, l := range lately {
		l.At = now.Sub(l.at)
		g.o.Trace.Told(leg, l.TraceLine)
	}
}

// of is a port's. mu is held.
func (o *overheard) of(port string) *portTalk {
	p := o.ports[port]
	if p == nil {
		p = &portTalk{}
		o.ports[port] = p
	}
	return p
}

// keep keeps a line that is of no call yet.
func (p *portTalk) keep(l saidLine) {
	p.lately = append(p.lately[max(0, len(p.lately)-mostLately+1):], l)
}

// rang is what was said lately from the first ring on; nothing where it did not ring: the call is one of ours.
func (p *portTalk) rang(now time.Time) []saidLine {
	i := slices.IndexFunc(p.lately, func(l saidLine) bool {
		return now.Sub(l.at) <= longLately && !l.Out && (strings.HasPrefix(l.Text, "RING") || strings.HasPrefix(l.Text, "+CRING"))
	})
	if i < 0 {
		return nil
	}
	return p.lately[i:]
}

// carries is the dialog of SIP that carries a leg: the first that came lately and was not refused; else the one that speaks,
// since the call is one of ours.
func (p *portTalk) carries(speaks fmc.LegID, now time.Time) fmc.LegID {
	var open []fmc.LegID
	for _, l := range p.lately {
		switch {
		case now.Sub(l.at) > longLately:
		case !l.Out && strings.HasPrefix(l.Text, "INVITE "):
			open = append(open, l.dialog)
		case l.Out && l.Text >= "SIP/2.0 3" && strings.HasPrefix(l.Text, "SIP/2.0 "):
			open = slices.DeleteFunc(open, func(d fmc.LegID) bool { return d == l.dialog })
		}
	}
	return append(open, speaks)[0]
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
