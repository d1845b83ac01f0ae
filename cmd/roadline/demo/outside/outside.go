// Package outside is a pretend telephone world around a server under trial: a carrier with its subscribers, mobiles and
// clients alike, and SIP phones that register. It speaks real SIP and RTP by the house's own sipcore and media, as
// agents of their own, so that the server's sockets see what a carrier and phones would send. Where there is a mobile
// network, air.go, the same subscribers are called by the server's SIM cards and call them. What people do is a Habit,
// written as they would do it: ring, answer, listen, press, talk, hang up.
//
// People understand what is said: the ear of a line knows the phrases of the world and of the server's prompts by
// their samples, so that a conversation goes by turns, and what was heard on which line can be held against the
// server's record. It never looks into the server. Start at Network, then Line.
package outside

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
	"roadline/hardware/gsmsim"
	"roadline/media"
	"roadline/sipcore/digest"
)

// Options are what a world is made of.
type Options struct {
	Addr    netip.Addr    // a loopback address that is not the server's: carrier, phones and their voices are there
	Country string        // whose numbers are used, ISO 3166 alpha-2
	Media   media.Options // Bind, Now and Log are set here; zero: the usual ports
	Seed    uint64        // of every chance in it
	Log     *slog.Logger
	Now     func() time.Time
	Ended   func(Seen)      // told of every line that has ended; it must not wait; nil: nobody asks
	Air     *gsmsim.Network // the mobile network that the subscribers are in, too; whose life is not ours. nil: none
}

// Network is the world: one carrier and any number of phones. Give out numbers and phones before Run, call when it runs.
type Network struct {
	o      Options
	zero   time.Time
	ports  *media.Ports
	desk   *exchange // the carrier's
	phones []*Phone  // fixed when Run begins

	scripts sync.WaitGroup // what people do
	phrases atomic.Pointer[Phrases]
	powered chan struct{} // closed when the phones are switched on

	mu          sync.Mutex             // guards:
	subscribers map[string]*Subscriber // by E.164
	cards       map[string]bool        // E.164 of the server's SIM cards: whoever calls them does so over the air
	lines       map[fmc.LegID]*Line    // that have not ended
	made        int                    // lines ever
}

// Subscriber is whoever has a number.
type Subscriber struct {
	Answers Habit // what they do when they are called
	Lines   int   // calls at a time, more are busy; 0: one

	number string // E.164
	inUse  int    // guarded by Network.mu
}

// New makes a world that is not yet on the network. Its carrier's address is known at once.
func New(o Options) (*Network, error) {
	if o.Ended == nil {
		o.Ended = func(Seen) {}
	}
	n := &Network{o: o, zero: o.Now(), subscribers: map[string]*Subscriber{}, cards: map[string]bool{}, lines: map[fmc.LegID]*Line{}, powered: make(chan struct{})}
	o.Media.Bind, o.Media.Now, o.Media.Log = []netip.Addr{o.Addr}, n.now, o.Log
	if o.Media.From == 0 {
		o.Media.From, o.Media.To = 30000, 45999
	}
	n.Teach(NewPhrases())
	var err error
	if n.ports, err = media.NewPorts(o.Media); err != nil {
		return nil, fmt.Errorf("pretend world: %w", err)
	}
	n.desk, err = n.newExchange("carrier", n.subscriberCalled)
	return n, err
}

// Teach tells people what they can say and understand, on calls that begin from now on; without it they are silent.
func (n *Network) Teach(p *Phrases) { n.phrases.Store(p) }

// now is the world's monotonic clock.
func (n *Network) now() time.Duration { return n.o.Now().Sub(n.zero) }

// Addr is where the carrier speaks SIP over UDP.
func (n *Network) Addr() netip.AddrPort { return n.desk.agent.Addrs().UDP[0] }

// Serve tells the carrier where the server is, which it calls for the numbers that are not its own; before Run.
func (n *Network) Serve(server netip.AddrPort) error {
	return n.desk.towards(server, digest.Login{}, subscribers{n})
}

// Subscribe gives somebody a number. Errors: cause.Invalid for what is no number.
func (n *Network) Subscribe(number string, s Subscriber) error {
	read, err := callerid.Read(number, n.o.Country)
	if err != nil {
		return err
	}
	if s.Lines == 0 {
		s.Lines = 1
	}
	s.number = read.E164
	n.mu.Lock()
	defer n.mu.Unlock()
	n.subscribers[read.E164] = &s
	n.onAir(&s)
	return nil
}

// Run is the world's life until ctx ends; then everybody hangs up, and it returns when nothing of it runs any more.
// Before that, Rest lets it end in its own way.
func (n *Network) Run(ctx context.Context) error {
	below, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var ground errgroup.Group
	ground.Go(func() error { return n.ports.Run(below) })
	var people errgroup.Group
	for _, x := range n.exchanges() {
		ground.Go(func() error { return x.agent.Run(below) })
		if x.legs != nil { // it was told where the server is
			people.Go(func() error { return x.legs.Run(ctx) })
		}
	}
	for _, p := range n.phones {
		people.Go(func() error {
			select {
			case <-n.powered:
				return p.registration.Run(ctx)
			case <-ctx.Done():
				return nil
			}
		})
	}
	n.airLives(ctx, &people)
	err := people.Wait()
	n.scripts.Wait()
	stop()
	return errors.Join(err, ground.Wait())
}

func (n *Network) exchanges() []*exchange {
	all := []*exchange{n.desk}
	for _, p := range n.phones {
		all = append(all, p.exchange)
	}
	return all
}

// PowerOn switches the phones on, once: from now on they register, again and again until they are let in.
func (n *Network) PowerOn() { close(n.powered) }

// Live is how many lines have not ended.
func (n *Network) Live() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.lines)
}

// Rest has everybody hang up.
func (n *Network) Rest() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, l := range n.lines {
		l.leg.Release(cause.Of(cause.Hangup))
	}
}

// Call has a subscriber call a number of the server's company. What they do begins at once and ends with the line.
// Errors: cause.NotFound for a number that is nobody's, cause.NoRoom where its lines are taken.
func (n *Network) Call(from, to string, does Habit) (*Line, error) {
	caller, err := callerid.Read(from, n.o.Country)
	if err != nil {
		return nil, err
	}
	s, ok := n.subscriber(caller.E164)
	if !ok {
		return nil, cause.Errorf(cause.NotFound, "nobody has the number %s", from)
	}
	called, err := callerid.Read(to, n.o.Country)
	if err != nil {
		return nil, err
	}
	if err := n.engage(s); err != nil {
		return nil, err
	}
	l := n.newLine(Seen{Number: caller.E164, Other: called.E164})
	l.free = func() { n.disengage(s) }
	if n.isCard(called.E164) {
		return l, n.beginByAir(l, does)
	}
	own := caller.Canonical()
	n.begin(l, n.desk, called, callerid.Shown{From: own, Asserted: own}, does)
	return l, nil
}

// begin dials from an exchange.
func (n *Network) begin(l *Line, by *exchange, to callerid.Number, shown callerid.Shown, does Habit) {
	id := fmc.LegID{Call: l.callID(), N: 1}
	try := plan.Try{Number: to, For: time.Hour, Lines: []plan.Candidate{{Line: serverLine, Kind: fmc.TrunkLine, Trunk: serverTrunk, Shown: shown}}}
	n.mu.Lock() // what the leg says first waits until it is known
	defer n.mu.Unlock()
	n.lines[id] = l
	l.take(by.legs.Dial(id, try))
	n.live(l, does)
}

// live has somebody do what they do; n.mu is held.
func (n *Network) live(l *Line, does Habit) {
	n.scripts.Go(func() {
		does(l)
		l.HangUp()
		l.ended()
		n.o.Ended(l.Seen())
	})
}

func (n *Network) subscriber(e164 string) (*Subscriber, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	s, ok := n.subscribers[e164]
	return s, ok
}

// engage takes one of a subscriber's lines. Errors: cause.NoRoom.
func (n *Network) engage(s *Subscriber) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if s.inUse >= s.Lines {
		return cause.Errorf(cause.NoRoom, "the subscriber is in another call")
	}
	s.inUse++
	n.onAir(s)
	return nil
}

func (n *Network) disengage(s *Subscriber) {
	n.mu.Lock()
	defer n.mu.Unlock()
	s.inUse--
	n.onAir(s)
}

// subscriberCalled takes a call of the server to somebody's number.
func (n *Network) subscriberCalled(leg call.Leg, r plan.Request) error {
	s, ok := n.subscriber(r.To.E164)
	if !ok {
		return cause.Errorf(cause.NotFound, "nobody has the number %s", r.To.E164)
	}
	if err := n.engage(s); err != nil {
		return err
	}
	l := n.newLine(Seen{Number: r.To.E164, Other: r.From.String(), Called: true})
	l.free = func() { n.disengage(s) }
	n.called(l, leg, s.Answers)
	return nil
}

// called lets a line ring.
func (n *Network) called(l *Line, leg call.Leg, does Habit) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lines[leg.ID()] = l
	l.take(leg)
	n.live(l, does)
}

// newLine makes a line that nobody is on yet.
func (n *Network) newLine(about Seen) *Line {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.made++
	about.Line, about.At, about.Began = n.made, n.o.Now(), n.now()
	return newLine(n, about)
}

// post brings what a leg says to its line.
func (n *Network) post(id fmc.LegID, ev call.Event) {
	n.mu.Lock()
	l := n.lines[id]
	is, ok := ev.(call.LinkIs)
	if ok && is.Link == fmc.Gone {
		delete(n.lines, id)
	}
	n.mu.Unlock()
	if l != nil && ok {
		l.is(is)
	}
}
