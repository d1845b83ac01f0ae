// Package gsmgw is the GSM gateway: it makes a line of every SIM that sits in a modem, leases lines to calls, carries
// their speech, sends and receives their messages, asks them by USSD, unlocks them, watches them and brings back what
// hangs. The card, not the port, is the line: number, limits, counters and history go with it wherever it is plugged
// in. It decides no call (fmc/plan orders the lines, this package only leases them in that order), speaks no AT
// (hardware/modem does) and keeps nothing but facts in the journal. Start at Gateway; slot.go has the life of a port.
package gsmgw

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
	"roadline/gsmgw/shadow"
	"roadline/hardware/modem"
	"roadline/hardware/pcsc"
	"roadline/media"
)

// Calls is what legs speak to: *call.Switch.
type Calls interface {
	Offer(call.Leg, plan.Request) error
	Post(fmc.LegID, call.Event)
}

// Port is a place where a modem is, or may be, plugged in.
type Port struct {
	Name string // stable over restarts and re-enumeration: "usb:1-1.2"
	// Open opens whatever is plugged in there now. An error of cause.NotFound: nothing is.
	Open func(context.Context) (modem.Modem, error)
}

// Card is what the machine says of a SIM: whose it is, and its PIN.
type Card struct {
	ICCID   fmc.ICCID
	Company fmc.CompanyID
	PIN     func() (string, error) // nil: it has none that we know
}

// Options are what a Gateway stands on. All is required but where the field says otherwise.
type Options struct {
	Calls      Calls
	Ports      *media.Ports
	Journal    fmc.Journal
	Companies  fmc.Directory
	Find       func() []Port // which ports there are now; asked every FindEvery
	Cards      []Card
	PINs       string // file in which tried PINs are noted before they are sent
	Unclaimed  string // file of what came to cards that are nobody's here
	Readers    string // socket of pcscd, which has the card readers; empty: Debian's
	NewCall    func() fmc.CallID
	NewMessage func() fmc.MessageID
	Rules      Rules     // zero values are the defaults
	Trust      fmc.Trust // how far the number of who calls a card is believed
	// Came is told of every message that a card received, once it is on disk; of a message in parts, each part. What is told
	// again after a crash has the same Key. It may wait as long as writing does: the module waits meanwhile. nil: nobody asks.
	Came func(fmc.CompanyID, fmc.MessageCame)
	// Trace is told of the AT lines that Overhear takes while a call has the line; nil: nobody asks.
	Trace fmc.Tracer
	Now   func() time.Time
	Log   *slog.Logger
}

// Rules are the node's thresholds. Zero values take the default named at each field.
type Rules struct {
	SignalDBm   int           // weaker than this a line takes no call; -105
	SlackDB     int           // how much stronger the signal must be before a weak line takes calls again; 5
	Watchdog    time.Duration // a call being dialled that does not change for so long is ended; 45 s
	Failures    int           // failures of a line in a row that begin a cool-down; 3
	CoolDown    time.Duration // the first; each later one is twice as long, at most an hour; 1 min
	Quarantine  int           // cool-downs in a row, or restarts within an hour, after which a line is put away; 3
	Trial       time.Duration // after so long a line that was put away is tried again; 1 h
	FindEvery   time.Duration // 2 s
	PollEvery   time.Duration // how often a module is asked how it stands; 30 s
	SweepEvery  time.Duration // how often its storages are swept; 5 min
	AskEvery    time.Duration // how often a card is asked for its balance; 24 h
	ReopenFirst time.Duration // after which a port that failed is opened again; doubled each time up to 15 s; 1 s
}

func (r Rules) withDefaults() Rules {
	set := func(v *time.Duration, d time.Duration) {
		if *v == 0 {
			*v = d
		}
	}
	if r.SignalDBm == 0 {
		r.SignalDBm = -105
	}
	if r.SlackDB == 0 {
		r.SlackDB = 5
	}
	if r.Failures == 0 {
		r.Failures = 3
	}
	if r.Quarantine == 0 {
		r.Quarantine = 3
	}
	set(&r.Watchdog, 45*time.Second)
	set(&r.CoolDown, time.Minute)
	set(&r.Trial, time.Hour)
	set(&r.FindEvery, 2*time.Second)
	set(&r.PollEvery, 30*time.Second)
	set(&r.SweepEvery, 5*time.Minute)
	set(&r.AskEvery, 24*time.Hour)
	set(&r.ReopenFirst, time.Second)
	return r
}

// Gateway is every GSM line of the node.
type Gateway struct {
	o         Options
	log       *slog.Logger
	pins      *pinBook
	uses      *uses
	told      *told
	wait      sync.WaitGroup
	sent      atomic.Int32 // parts that are at modules now
	heard     overheard
	forwarded forwardings
	unclaimed *unclaimed

	reading sync.Mutex // held by who reads the cards in readers

	mu      sync.Mutex                     // guards:
	slots   map[string]*slot               // by port
	cards   map[fmc.ICCID]*slot            // where each card sits now
	sends   map[fmc.ICCID]*outbox          // what each card has to send
	legs    map[*leg]struct{}              // calls that go on
	expects map[fmc.ICCID]*shadow.Trial    // which cards a shadow call is to reach
	trials  map[fmc.ShadowID]*shadow.Trial // shadow attempts that go on
	off     bool                           // no new call any more
}

// New makes a gateway; Run starts it.
func New(o Options) (*Gateway, error) {
	if o.Calls == nil || o.Ports == nil || o.Journal == nil || o.Companies == nil || o.Find == nil || o.Now == nil || o.Log == nil ||
		o.NewCall == nil || o.NewMessage == nil || o.PINs == "" || o.Unclaimed == "" {
		return nil, cause.Errorf(cause.Invalid, "a gateway needs calls, media ports, a journal, companies, ports, ids, files for PINs and for texts of nobody's cards, a clock and a log")
	}
	o.Rules, o.Readers = o.Rules.withDefaults(), cmp.Or(o.Readers, pcsc.Socket)
	pins, err := openPINs(o.PINs)
	if err != nil {
		return nil, err
	}
	aside, err := openUnclaimed(o.Unclaimed)
	if err != nil {
		return nil, err
	}
	return &Gateway{
		o: o, log: o.Log, pins: pins, unclaimed: aside, uses: newUses(), told: newTold(), forwarded: forwardings{seen: map[fmc.ICCID]Forwarded{}, in: map[fmc.ICCID]string{}}, heard: overheard{ports: map[string]*portTalk{}},
		slots: map[string]*slot{}, cards: map[fmc.ICCID]*slot{}, sends: map[fmc.ICCID]*outbox{}, legs: map[*leg]struct{}{},
		expects: map[fmc.ICCID]*shadow.Trial{}, trials: map[fmc.ShadowID]*shadow.Trial{},
	}, nil
}

// Run finds ports, brings their modems up and serves them until ctx ends; then it hangs up what is left, and returns
// when every module is closed.
func (g *Gateway) Run(ctx context.Context) error {
	inside, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	tick := time.NewTicker(g.o.Rules.FindEvery)
	defer tick.Stop()
	give := time.NewTicker(g.o.Rules.SweepEvery)
	defer give.Stop()
	g.giveUnclaimed(inside)
	for ctx.Err() == nil {
		g.look(inside)
		g.expire()
		select {
		case <-ctx.Done():
		case <-tick.C:
		case <-give.C:
			g.giveUnclaimed(inside)
		}
	}
	g.Drain()
	for _, l := range g.all() {
		l.Release(cause.Of(cause.Interrupted))
	}
	g.hungUp()
	stop()
	g.wait.Wait()
	return nil
}

// look starts a slot for every port that was not there before, and retires those whose port is gone and empty.
func (g *Gateway) look(ctx context.Context) {
	found := g.o.Find()
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range found {
		if s := g.slots[p.Name]; s != nil {
			s.port.Store(&p) // what it opens may be another thing by now
			continue
		}
		ctx, retire := context.WithCancel(ctx)
		s := newSlot(g, p, retire)
		g.slots[p.Name] = s
		g.wait.Go(func() { s.run(ctx) })
	}
	for name, s := range g.slots {
		if !slices.ContainsFunc(found, func(p Port) bool { return p.Name == name }) && s.look().State == StateAbsent {
			s.retire()
			delete(g.slots, name)
		}
	}
}

// Drain takes no new call from now on; what goes on goes on.
func (g *Gateway) Drain() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.off = true
}

func (g *Gateway) draining() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.off
}

func (g *Gateway) all() []*leg {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := make([]*leg, 0, len(g.legs))
	for l := range g.legs {
		all = append(all, l)
	}
	return all
}

// keep makes a leg one of ours until it has left its line.
func (g *Gateway) keep(l *leg) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.legs[l] = struct{}{}
}

func (g *Gateway) forget(l *leg) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.legs, l)
}

// card returns what the machine says of a card.
func (g *Gateway) card(id fmc.ICCID) (Card, bool) {
	i := slices.IndexFunc(g.o.Cards, func(c Card) bool { return c.ICCID == id })
	if i < 0 {
		return Card{}, false
	}
	return g.o.Cards[i], true
}

// note writes a fact that belongs to no call. A journal that refuses says so itself; the line goes on.
func (g *Gateway) note(company fmc.CompanyID, id fmc.MessageID, body fmc.Happening) {
	g.noteAll([]fmc.Fact{{Company: company, Message: id, Body: body}})
}

// noteAll is note for facts that are kept together or not at all.
func (g *Gateway) noteAll(facts []fmc.Fact) {
	if err := g.o.Journal.Append(facts...); err != nil {
		g.log.Error("fact not kept", "company", facts[0].Company, "err", err)
	}
}
