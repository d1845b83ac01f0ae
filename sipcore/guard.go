package sipcore

import (
	"net/netip"
	"sync"
	"time"
)

const (
	provedFor    = time.Hour // how long a proof of identity keeps an address known
	mostSources  = 65536     // addresses remembered at once
	knownRate    = 200       // messages per second from an address that proved itself; a burst is twice that
	bannedRate   = 2         // from a banned address behind which somebody proved himself: a good phone still gets in
	attemptsRate = 0.2       // wrong passwords per second and name that are still looked at, from addresses never proved
	attemptBurst = 10
)

// guard says who may speak and how often. It holds only what acts on packets and registrations; spending and
// destinations are rules of fmc. Addresses are taken as /32 and /64.
type guard struct {
	limits Limits
	clock  func() time.Time
	count  *counters

	mu      sync.Mutex // guards:
	sources map[netip.Addr]*source
	flows   map[netip.AddrPort]time.Time // proved, until when
	names   map[string]*bucket           // wrong passwords by name
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

func newGuard(l Limits, now func() time.Time, count *counters) *guard {
	return &guard{
		limits: l, clock: now, count: count,
		sources: make(map[netip.Addr]*source), flows: make(map[netip.AddrPort]time.Time), names: make(map[string]*bucket),
	}
}

// trusted reports whether an address is never limited.
func (g *guard) trusted(ip netip.Addr) bool {
	for _, p := range g.limits.TrustedSources {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

// pass is what the guard says of one message.
type pass uint8

const (
	passes   pass = iota // it may be read
	waits                // its source is over its limit: a datagram is dropped, a stream waits
	banished             // its source is banned
)

// admit decides on a message. Nothing is ever answered to a source over its limit.
func (g *guard) admit(from netip.AddrPort) pass {
	if g.trusted(from.Addr()) {
		return passes
	}
	at := g.clock()
	g.mu.Lock()
	defer g.mu.Unlock()
	if at.Before(g.flows[from]) {
		return passes
	}
	s := g.source(from.Addr())
	proved, banned := at.Before(s.proved), at.Before(s.banned)
	ok := false
	switch {
	case banned && !proved:
		g.count.banned.Add(1)
		return banished
	case banned:
		ok = s.take(at, bannedRate, attemptBurst)
	case proved:
		ok = s.take(at, knownRate, 2*knownRate)
	default:
		ok = s.take(at, g.limits.StrangerRate, g.limits.StrangerBurst) && g.all.take(at, g.limits.AllStrangers, int(g.limits.AllStrangers))
	}
	if !ok {
		g.count.limited.Add(1)
		return waits
	}
	return passes
}

// admitConn lets a new stream pass.
func (g *guard) admitConn(from netip.AddrPort) bool {
	if g.trusted(from.Addr()) {
		return true
	}
	now := g.clock()
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.source(from.Addr())
	return !now.Before(s.banned) || now.Before(s.proved)
}

// source returns an address's entry. When too many are remembered, one that proved nothing makes room.
func (g *guard) source(ip netip.Addr) *source {
	ip = customer(ip)
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
func (g *guard) evict() {
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

// customer is what one customer of an access network has: an IPv4 address, an IPv6 /64.
func customer(ip netip.Addr) netip.Addr {
	if ip.Is4() {
		return ip
	}
	p, err := ip.Prefix(64)
	if err != nil {
		return ip
	}
	return p.Addr()
}

// prove notes that a source showed a right password: its flow is free from limits for a while, its address is known,
// and what was held against the address is forgotten.
func (g *guard) prove(from netip.AddrPort) {
	until := g.clock().Add(provedFor)
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.flows) < mostSources {
		g.flows[from] = until
	}
	s := g.source(from.Addr())
	s.proved, s.score = until, 0
}

// knows reports whether a flow proved itself lately.
func (g *guard) knows(from netip.AddrPort) bool {
	now := g.clock()
	g.mu.Lock()
	defer g.mu.Unlock()
	return now.Before(g.flows[from])
}

// forget takes back what a flow proved: its stream is closed, and the port may be another's next.
func (g *guard) forget(from netip.AddrPort) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.flows, from)
}

// fail holds a failure against an address and bans it when they add up. Only failures whose sender proved to be at that
// address count: a stream's, or one that echoes a nonce of ours; anyone can write any source on a datagram.
func (g *guard) fail(from netip.AddrPort, weight float64) {
	if g.trusted(from.Addr()) {
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

// mayTry reports whether a password for this name is looked at: guessing one account from many addresses is slowed
// down, but not for addresses where its owner may be.
func (g *guard) mayTry(name string, from netip.AddrPort) bool {
	now := g.clock()
	g.mu.Lock()
	defer g.mu.Unlock()
	b, ok := g.names[name]
	if !ok || g.trusted(from.Addr()) || now.Before(g.source(from.Addr()).proved) {
		return true
	}
	return b.tokens+now.Sub(b.filled).Seconds()*attemptsRate >= 1
}

// wrong notes a wrong password for a name, whether there is such a name or not.
func (g *guard) wrong(name string) {
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

// sweep forgets what does not matter any more.
func (g *guard) sweep() {
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

func (g *guard) bans() []Ban {
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

// unban listens to an address again and forgets what was held against it. It reports whether it was banned.
func (g *guard) unban(ip netip.Addr) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	s, ok := g.sources[customer(ip)]
	if !ok || !g.clock().Before(s.banned) {
		return false
	}
	s.banned, s.score = time.Time{}, 0
	return true
}
