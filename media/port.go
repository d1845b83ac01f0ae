package media

import (
	"net/netip"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// Port is one leg's RTP: a pair of sockets, who may be heard on them, and the one stream that the leg hears; or, where
// LeasePCM made it, a device in the place of the sockets. Its methods may be called from any goroutine and do not wait.
type Port struct {
	ports  *Ports
	loop   *loop // nil: the leg is on a device
	device *PCM  // nil: the leg has sockets
	pair   socketPair
	name   string

	remote  atomic.Pointer[agreed]
	route   atomic.Pointer[Route]
	closed  atomic.Bool
	presses presses    // keys to be sent
	set     sync.Mutex // orders Set and Close

	out   stream
	in    inbound // owned by the read loop
	count counters

	slots [2]int32 // its numbers in the loop; owned by the read loop

	index   int  // in Ports.live; guarded by Ports.mu
	ticking bool // on the clock's list; guarded by clock.mu
	reports reports
}

// Remote is the far side of a leg, as SDP and signalling tell it.
type Remote struct {
	RTP       netip.AddrPort // where SDP says voice goes; an unspecified address (old hold): nowhere, and what was learnt stays
	RTCP      netip.AddrPort // zero: RTP's port + 1 (RFC 3550 §11)
	Signal    netip.Addr     // the source address of its signalling, heard too where SDP's is private; zero: unknown
	Codec     Codec          // what it wants to hear; PCMA and PCMU are both understood, by their static payload types
	EventIn   uint8          // payload type of RFC 4733 as we asked for it, at 8000 Hz; 0: none
	EventOut  uint8          // as it asked for it; 0: none
	Direction Direction      // from our side
}

func (r *Remote) rtcp() netip.AddrPort {
	if r.RTCP.IsValid() || !r.RTP.IsValid() {
		return r.RTCP
	}
	return netip.AddrPortFrom(r.RTP.Addr(), r.RTP.Port()+1)
}

// agreed is a Remote in force.
type agreed struct {
	Remote
	aim uint32 // grows with each other address, so that nothing learnt of an old one is taken for the new; 0: not set yet
}

func newPort(ps *Ports, w Want, pair socketPair) *Port {
	p := &Port{ports: ps, pair: pair, name: w.Name, out: newStream(pair)}
	p.route.Store(&Route{})
	p.remote.Store(&agreed{})
	return p
}

// Local is the address that RTP comes to; RTCP comes to the port above. It is the socket's own address: what SDP shows
// behind a NAT of ours is the signalling's business. A leg on a device has none.
func (p *Port) Local() netip.AddrPort { return p.pair.local }

// Device is what the leg is on in the place of sockets; nil: it has sockets.
func (p *Port) Device() *PCM { return p.device }

// Codec is what the far side was agreed to hear; empty: nothing is agreed yet. A device speaks "PCM".
func (p *Port) Codec() string {
	switch r := p.remote.Load(); {
	case p.device != nil:
		return "PCM"
	case r.aim == 0:
		return ""
	default:
		return r.Codec.String()
	}
}

// String is the name that the leg was given, else its address.
func (p *Port) String() string {
	if p.name != "" {
		return p.name
	}
	return p.pair.local.String()
}

// Set takes what was agreed with the far side, first and at each re-INVITE. From then on the leg is heard and spoken to.
// An address that changed starts the learning of the source anew; the same address keeps it, and allows a new SSRC.
func (p *Port) Set(r Remote) {
	p.set.Lock()
	defer p.set.Unlock()
	if p.closed.Load() {
		return
	}
	old := p.remote.Load()
	if p.device == nil && old.aim > 0 && (!r.RTP.IsValid() || r.RTP.Addr().IsUnspecified()) {
		r.RTP, r.RTCP, r.Direction = old.RTP, old.RTCP, r.Direction&RecvOnly
	}
	next := &agreed{Remote: r, aim: old.aim}
	if old.aim == 0 || old.RTP != r.RTP || old.rtcp() != r.rtcp() || old.Signal != r.Signal {
		next.aim++
	}
	p.out.agree(next)
	if old.aim == 0 {
		p.count.began.Store(max(1, int64(p.now())))
	}
	p.remote.Store(next)
}

// Route replaces the whole wiring of the leg. The next packet and the next tick obey it. nil silences the leg.
func (p *Port) Route(r *Route) {
	if r == nil {
		r = &Route{}
	}
	if r.Keys != nil || r.Gate != nil {
		p.in.hear() // before the next packet may need it
	}
	p.route.Store(r)
	if r.Hear != nil || r.Cue != nil {
		p.ports.clock.join(p)
	}
}

// Wiring is the Route in force.
func (p *Port) Wiring() *Route { return p.route.Load() }

// Close ends the leg: RTCP says BYE, nothing is heard or sent any more, and the pair of ports goes to quarantine. A
// second Close does nothing.
func (p *Port) Close() {
	p.set.Lock()
	defer p.set.Unlock()
	if p.closed.Swap(true) {
		return
	}
	p.out.bye()
	p.route.Store(&Route{})
	p.ports.forget(p)
	if p.loop != nil {
		p.loop.post(change{port: p})
	}
}

// mistaken silences a leg whose processing panicked: deaf and mute until it is set anew.
func (p *Port) mistaken(panicked any) {
	p.route.Store(&Route{})
	p.remote.Store(&agreed{})
	p.ports.opts.Log.Error("media leg silenced: it panicked", "leg", p.String(), "cause", panicked, "stack", string(debug.Stack()))
}

// now is the node's clock.
func (p *Port) now() time.Duration { return p.ports.opts.Now() }
