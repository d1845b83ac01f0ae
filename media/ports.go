package media

import (
	"context"
	"log/slog"
	"net/netip"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"roadline/fmc/cause"
)

// Options are the settings of Ports.
type Options struct {
	Bind       []netip.Addr         // addresses of this machine that media uses, IPv4 and IPv6; required
	From, To   uint16               // the UDP ports to use, both included; even ones carry RTP, the odd above RTCP. Default 20000 to 59999
	Quarantine time.Duration        // how long a freed port rests, so that late packets of its call die, while others are free; default 30 s
	Threads    int                  // read loops, each a thread of its own; default one per two processors, at least one
	Now        func() time.Duration // the node's monotonic clock, shared with calls and recorder; required
	Log        *slog.Logger         // required
}

// Ports owns every media socket of the node: the port range, the quarantine, the read loops and the 20 ms clock.
type Ports struct {
	opts  Options
	loops []*loop
	clock *clock

	mu      sync.Mutex // guards:
	ranges  map[netip.Addr]*portRange
	live    []*Port
	changes uint64 // grows whenever live changes
	stopped bool
}

// NewPorts checks the options and makes the read loops; nothing runs before Run. Errors: cause.Invalid for options that
// cannot work, cause.Unavailable if the kernel refuses an epoll.
func NewPorts(opts Options) (*Ports, error) {
	if opts.From == 0 && opts.To == 0 {
		opts.From, opts.To = 20000, 59999
	}
	if opts.Quarantine == 0 {
		opts.Quarantine = 30 * time.Second
	}
	if opts.Threads == 0 {
		opts.Threads = max(1, runtime.NumCPU()/2)
	}
	if err := opts.check(); err != nil {
		return nil, err
	}
	ps := &Ports{opts: opts, ranges: map[netip.Addr]*portRange{}}
	for _, addr := range opts.Bind {
		ps.ranges[addr] = newPortRange(opts.From, opts.To, opts.Quarantine)
	}
	for range opts.Threads {
		l, err := newLoop(ps)
		if err != nil {
			ps.closeLoops()
			return nil, err
		}
		ps.loops = append(ps.loops, l)
	}
	ps.clock = newClock(ps)
	return ps, nil
}

func (o Options) check() error {
	switch {
	case o.Now == nil || o.Log == nil:
		return cause.Errorf(cause.Invalid, "media needs a clock and a logger")
	case len(o.Bind) == 0:
		return cause.Errorf(cause.Invalid, "media needs at least one address to bind, for example 127.0.0.1")
	case o.From < 1024 || int(o.From)+int(o.From%2)+1 > int(o.To):
		return cause.Errorf(cause.Invalid, "media ports %d to %d: give a range above 1023 with at least one even port and the odd one above", o.From, o.To)
	case o.Threads < 1 || o.Threads > 64:
		return cause.Errorf(cause.Invalid, "media threads %d: give 1 to 64", o.Threads)
	}
	for _, addr := range o.Bind {
		if !addr.IsValid() || addr.IsUnspecified() || addr.IsMulticast() || addr.Is4In6() {
			return cause.Errorf(cause.Invalid, "media address %s: give an address of this machine, which the other side can reach", addr)
		}
	}
	return nil
}

// Want says what port a leg needs.
type Want struct {
	Addr netip.Addr // one of Options.Bind; zero: the first of them
	Call uint64     // any number that the legs of one call share: they are then served by one thread; 0: no matter
	Name string     // what logs and printed chains call the leg; empty: its address
}

// Lease opens a pair of sockets for one leg. Nothing is heard or sent on it before Set. Errors: cause.Invalid for an
// address that is not ours, cause.NoRoom when every port is taken or in quarantine, cause.Unavailable after Run has
// ended or when the kernel refuses sockets.
func (ps *Ports) Lease(w Want) (*Port, error) {
	if !w.Addr.IsValid() {
		w.Addr = ps.opts.Bind[0]
	}
	pair, err := ps.openPair(w.Addr)
	if err != nil {
		return nil, err
	}
	p := newPort(ps, w, pair)

	ps.mu.Lock()
	defer ps.mu.Unlock()
	if ps.stopped {
		pair.close()
		return nil, cause.Errorf(cause.Unavailable, "lease a media port: the server is stopping")
	}
	p.loop = ps.loopFor(w.Call)
	p.in.other = &p.loop.other
	ps.enlist(p)
	p.loop.post(change{port: p, add: true})
	return p, nil
}

// openPair finds a free pair of ports on addr and opens it. A port that another program holds goes to quarantine, and
// the next one is tried.
func (ps *Ports) openPair(addr netip.Addr) (socketPair, error) {
	for range 64 {
		port, err := ps.take(addr)
		if err != nil {
			return socketPair{}, err
		}
		pair, err := openPair(netip.AddrPortFrom(addr, port))
		if err == nil {
			return pair, nil
		}
		ps.release(netip.AddrPortFrom(addr, port))
		if !isAddrInUse(err) {
			return socketPair{}, cause.Errorf(cause.Unavailable, "open media port %d on %s: %w", port, addr, err)
		}
	}
	return socketPair{}, cause.Errorf(cause.NoRoom, "media ports on %s: other programs hold them; give a range of our own", addr)
}

func (ps *Ports) take(addr netip.Addr) (uint16, error) {
	now := ps.opts.Now()
	ps.mu.Lock()
	defer ps.mu.Unlock()
	r := ps.ranges[addr]
	if r == nil {
		return 0, cause.Errorf(cause.Invalid, "media address %s is not among those bound: %s", addr, ps.opts.Bind)
	}
	port, ok := r.take(now)
	if !ok {
		return 0, cause.Errorf(cause.NoRoom, "media ports on %s: all %d pairs are taken or were until just now; widen the range", addr, r.size())
	}
	return port, nil
}

func (ps *Ports) release(local netip.AddrPort) {
	now := ps.opts.Now()
	ps.mu.Lock()
	defer ps.mu.Unlock()
	ps.ranges[local.Addr()].release(local.Port(), now)
}

// loopFor picks the thread that serves a call: by the call, else the one with the fewest ports. mu is held.
func (ps *Ports) loopFor(call uint64) *loop {
	if call != 0 {
		return ps.loops[call*0x9E3779B97F4A7C15>>32%uint64(len(ps.loops))]
	}
	best := ps.loops[0]
	for _, l := range ps.loops[1:] {
		if l.ports.Load() < best.ports.Load() {
			best = l
		}
	}
	return best
}

// enlist puts a port on the list of live ones. mu is held.
func (ps *Ports) enlist(p *Port) {
	p.index = len(ps.live)
	ps.live = append(ps.live, p)
	ps.changes++
}

// forget takes a closed port off the list of live ones.
func (ps *Ports) forget(p *Port) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if p.index < 0 {
		return
	}
	last := ps.live[len(ps.live)-1]
	ps.live[p.index], last.index = last, p.index
	ps.live = ps.live[:len(ps.live)-1]
	p.index = -1
	ps.changes++
}

// Run reads, relays and ticks until ctx is done; then it closes every port that is still leased, and returns after all
// of its goroutines did. It runs once. While it runs, GOMAXPROCS is higher by the number of threads, since each keeps
// one of the Go scheduler's processors even when it waits.
func (ps *Ports) Run(ctx context.Context) error {
	addProcessors(len(ps.loops))
	defer addProcessors(-len(ps.loops))
	g, ctx := errgroup.WithContext(ctx)
	for _, l := range ps.loops {
		g.Go(func() error { return l.run(ctx) })
	}
	g.Go(func() error { return ps.clock.run(ctx) })
	err := g.Wait()
	ps.stop()
	return err
}

// addProcessors changes GOMAXPROCS. A process has one Ports; tests with several at a time may end with one too many.
func addProcessors(n int) { runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + n) }

// stop closes what is left after the loops have ended.
func (ps *Ports) stop() {
	ps.mu.Lock()
	ps.stopped = true
	left := ps.live
	ps.live = nil
	for _, p := range left {
		p.index = -1
	}
	ps.mu.Unlock()
	for _, p := range left {
		p.Close()
	}
	ps.closeLoops()
}

func (ps *Ports) closeLoops() {
	for _, l := range ps.loops {
		l.close()
	}
}

// Usage is a snapshot of the node's ports.
type Usage struct {
	Leased  int // pairs in use
	Resting int // pairs in quarantine
	Free    int // pairs that can be leased now
	Devices int // legs on devices, which use none
}

// Usage counts the ports of all addresses.
func (ps *Ports) Usage() Usage {
	now := ps.opts.Now()
	ps.mu.Lock()
	defer ps.mu.Unlock()
	u := Usage{}
	for _, p := range ps.live {
		if p.device != nil {
			u.Devices++
		} else {
			u.Leased++
		}
	}
	for _, r := range ps.ranges {
		r.ripen(now, r.rest)
		u.Resting += len(r.resting)
		u.Free += len(r.free)
	}
	return u
}
