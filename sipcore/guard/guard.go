// Package guard says who may speak SIP to us and how often, before anybody reads what they say: floods are held to a rate,
// guessing ends in a ban, and who showed a right password is let through beside them. It holds only what acts on packets
// and registrations; spending and destinations are rules of fmc.
//
// It reads no message, opens no socket and starts nothing; its clock is passed in. Start at Guard.Admit.
package guard

import (
	"cmp"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Limits bound what strangers can cost. Zero values take the defaults named at each field.
type Limits struct {
	StrangerRate  float64        // messages per second from one address that proved nothing, 20
	StrangerBurst int            // and how many of them at once, 60
	AllStrangers  float64        // messages per second from all such addresses together, 1000
	BanScore      int            // weighted failures within BanFor that ban an address, 30
	BanFor        time.Duration  // how long a ban lasts, and how long a failure counts, 10 min
	Trusted       []netip.Prefix // never limited, never banned: the company's own networks and its carriers
}

func (l Limits) withDefaults() Limits {
	return Limits{
		StrangerRate: cmp.Or(l.StrangerRate, 20), StrangerBurst: cmp.Or(l.StrangerBurst, 60), AllStrangers: cmp.Or(l.AllStrangers, 1000),
		BanScore: cmp.Or(l.BanScore, 30), BanFor: cmp.Or(l.BanFor, 10*time.Minute), Trusted: l.Trusted,
	}
}

const (
	provedFor    = time.Hour // how long a proof of identity keeps an address known
	mostSources  = 65536     // addresses remembered at once
	knownRate    = 200       // messages per second from an address that proved itself; a burst is twice that
	bannedRate   = 2         // from a banned address behind which somebody proved himself: a good phone still gets in
	attemptsRate = 0.2       // Wrong passwords per second and name that are still looked at, from addresses never proved
	attemptBurst = 10
)

// Guard remembers who spoke, who proved who they are, and who failed to. Addresses are taken as /32 and /64. Any goroutine
// may ask it.
type Guard struct {
	limits          Limits
	clock           func() time.Time
	limited, banned atomic.Uint64

	mu      sync.Mutex // guards:
	sources map[netip.Addr]*source
	flows   map[netip.AddrPort]time.Time // proved, until when
	names   map[string]*bucket           // Wrong passwords by name
	all     bucket                       // of all strangers
}

// source is what is known of one address.
type source struct {
	bucket
	proved time.Time // until when
	score  float64
	scored time.Time
	banned time.Time // until when
}

// bucket is a token bucket, filled when it is looked at.
type bucket struct {
	tokens float64
	filled time.Time
}

// take spends one token; a new bucket is full.
func (b *bucket) take(now time.Time, rate float64, burst int) bool {
	if b.filled.IsZero() {
		b.tokens = float64(burst)
	} else {
		b.tokens = min(float64(burst), b.tokens+now.Sub(b.filled).Seconds()*rate)
	}
	b.filled = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// New makes a guard that has met nobody. now is the node's clock, with its monotonic reading.
func New(l Limits, now func() time.Time) *Guard {
	return &Guard{
		limits: l.withDefaults(), clock: now,
		sources: make(map[netip.Addr]*source), flows: make(map[netip.AddrPort]time.Time), names: make(map[string]*bucket),
	}
}

// Trusted reports whether an address is never limited.
func (g *Guard) Trusted(ip netip.Addr) bool {
	for _, p := range g.limits.Trusted {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

// Pass is what the guard says of one message.
type Pass uint8

// The passes.
const (
	Passes   Pass = iota // it may be read
	Waits                // its source is over its limit: a datagram is dropped, a stream waits
	Banished             // its source is banned
)

// Admit decides on a message. Nothing is ever answered to a source over its limit.
func (g *Guard) Admit(from netip.AddrPort) Pass {
	if g.Trusted(from.Addr()) {
		return Passes
	}
	at := g.clock()
	g.mu.Lock()
	defer g.mu.Unlock()
	if at.Before(g.flows[from]) {
		return Passes
	}
	s := g.source(from.Addr())
	proved, banned := at.Before(s.proved), at.Before(s.banned)
	ok := false
	switch {
	case banned && !proved:
		g.banned.Add(1)
		return Banished
	case banned:
		ok = s.take(at, bannedRate, attemptBurst)
	case proved:
		ok = s.take(at, knownRate, 2*knownRate)
	default:
		ok = s.take(at, g.limits.StrangerRate, g.limits.StrangerBurst) && g.all.take(at, g.limits.AllStrangers, int(g.limits.AllStrangers))
	}
	if !ok {
		g.limited.Add(1)
		return Waits
	}
	return Passes
}

// AdmitConn lets a new stream pass.
func (g *Guard) AdmitConn(from netip.AddrPort) bool {
	if g.Trusted(from.Addr()) {
		return true
	}
	now := g.clock()
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.source(from.Addr())
	return !now.Before(s.banned) || now.Before(s.proved)
}

// source returns an address's entry. When too many are remembered, one that proved nothing makes room.
func (g *Guard) source(ip netip.Addr) *source {
	ip = Customer(ip)
	s, ok := g.sources[ip]
	if ok {
		return s
	}
	if len(g.sources) >= mostSources {
		g.evict()
	}
	s = &source{}
	g.sources[ip] = s
	return s
}

// evict removes a source that proved nothing and is not banned, of the few that the map's random order shows first.
func (g *Guard) evict() {
	now, looked := g.clock(), 0
	var last netip.Addr
	for ip, s := range g.sources {
		last = ip
		if looked++; now.After(s.proved) && now.After(s.banned) || looked == 16 {
			break
		}
	}
	delete(g.sources, last)
}

// Customer is what one customer of an access network has: an IPv4 address, an IPv6 /64.
func Customer(ip netip.Addr) netip.Addr {
	if ip.Is4() {
		return ip
	}
	p, err := ip.Prefix(64)
	if err != nil {
		return ip
	}
	return p.Addr()
}

// Prove notes that a source showed a right password: its flow is free from limits for a while, its address is known,
// and what was held against the address is forgotten.
func (g *Guard) Prove(from netip.AddrPort) {
	until := g.clock().Add(provedFor)
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.flows) < mostSources {
		g.flows[from] = until
	}
	s := g.source(from.Addr())
	s.proved, s.score = until, 0
}

// Knows reports whether a flow proved itself lately.
func (g *Guard) Knows(from netip.AddrPort) bool {
	now := g.clock()
	g.mu.Lock()
	defer g.mu.Unlock()
	return now.Before(g.flows[from])
}

// Forget takes back what a flow proved: its stream is closed, and the port may be another's next.
func (g *Guard) Forget(from netip.AddrPort) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.flows, from)
}

// Fail holds a failure against an address and bans it when they add up. Only failures whose sender proved to be at that
// address count: a stream's, or one that echoes a nonce of ours; anyone can write any source on a datagram.
func (g *Guard) Fail(from netip.AddrPort, weight float64) {
	if g.Trusted(from.Addr()) {
		return
	}
	now := g.clock()
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.flows, from)
	s := g.source(from.Addr())
	if now.Sub(s.scored) > g.limits.BanFor {
		s.score = 0
	}
	s.scored = now
	if s.score += weight; s.score >= float64(g.limits.BanScore) {
		s.banned, s.score = now.Add(g.limits.BanFor), 0
	}
}

// MayTry reports whether a password for this name is looked at: guessing one account from many addresses is slowed
// down, but not for addresses where its owner may be.
func (g *Guard) MayTry(name string, from netip.AddrPort) bool {
	now := g.clock()
	g.mu.Lock()
	defer g.mu.Unlock()
	b, ok := g.names[name]
	if !ok || g.Trusted(from.Addr()) || now.Before(g.source(from.Addr()).proved) {
		return true
	}
	return b.tokens+now.Sub(b.filled).Seconds()*attemptsRate >= 1
}

// Wrong notes a wrong password for a name, whether there is such a name or not.
func (g *Guard) Wrong(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	b, ok := g.names[name]
	if !ok {
		if len(g.names) >= mostSources {
			return
		}
		b = &bucket{}
		g.names[name] = b
	}
	b.take(g.clock(), attemptsRate, attemptBurst)
}

// Sweep forgets what does not matter any more.
func (g *Guard) Sweep() {
	now := g.clock()
	g.mu.Lock()
	defer g.mu.Unlock()
	for ip, s := range g.sources {
		if now.After(s.proved) && now.After(s.banned) && now.Sub(s.filled) > time.Minute && now.Sub(s.scored) > g.limits.BanFor {
			delete(g.sources, ip)
		}
	}
	for f, until := range g.flows {
		if now.After(until) {
			delete(g.flows, f)
		}
	}
	for name, b := range g.names {
		if now.Sub(b.filled).Seconds()*attemptsRate > attemptBurst {
			delete(g.names, name)
		}
	}
}

// Ban is one address that is not listened to.
type Ban struct {
	Addr  netip.Addr // of IPv6 the /64
	Until time.Time
}

// Bans are the addresses that are banned now, in no order.
func (g *Guard) Bans() []Ban {
	now := g.clock()
	g.mu.Lock()
	defer g.mu.Unlock()
	var out []Ban
	for ip, s := range g.sources {
		if now.Before(s.banned) {
			out = append(out, Ban{Addr: ip, Until: s.banned})
		}
	}
	return out
}

// Unban listens to an address again and forgets what was held against it. It reports whether it was banned.
func (g *Guard) Unban(ip netip.Addr) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	s, ok := g.sources[Customer(ip)]
	if !ok || !g.clock().Before(s.banned) {
		return false
	}
	s.banned, s.score = time.Time{}, 0
	return true
}

// Counts are how many messages of sources over their limit, and of banned ones, did not pass.
func (g *Guard) Counts() (limited, banned uint64) { return g.limited.Load(), g.banned.Load() }
