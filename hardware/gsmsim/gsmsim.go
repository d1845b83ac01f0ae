// Package gsmsim is a mobile network that does not exist, with modules plugged into this machine: pseudo-terminals that
// speak AT byte for byte as a family of modems does, speech paced by the network's own clock, subscribers that ring,
// answer, refuse or are out of cover, texts in parts with reports, USSD, PINs, and every fault that a module in the
// field is known for. Whatever talks to a modem can be pointed at it.
//
// It owns its pseudo-terminals and the world behind them, and nothing else of the machine. It knows nothing of the
// driver that is tested against it: what it says is written from the standards and from what real devices were seen to
// say, never from what the driver expects. It is deterministic: with the same calls in the same order, the same happens.
//
// Start at Network, then Device; session.go reads commands, the dialect_….go files hold what differs from maker to maker.
package gsmsim

import (
	"context"
	"log/slog"
	"os"
	"sync"
	"time"

	"roadline/fmc/cause"
)

// Options are what a Network needs.
type Options struct {
	Now func() time.Time // the clock, with its monotonic reading; needed
	Log *slog.Logger     // nil: nothing is logged
	// Dir is the folder where ports appear, under names that stay; it is made when it is missing. Needed.
	Dir string
	// Pace is by what the times of the network and of people are multiplied: ringing, answering, registering, the way of
	// a text. 0 means 1, the pace of life; 0.01 is a hundred times faster. Sound always keeps the pace of life, and so
	// does Lateness.
	Pace float64
	// Lateness is how long the fault LateReplies holds answers back; 0: 12 s.
	Lateness time.Duration
	Timing   Timing
	// Operators are the networks that there are; a card belongs to the one whose numbers its IMSI begins with, else to
	// the first. nil: Roadnet.
	Operators []Operator
}

// Timing is how long things take before they are multiplied by the pace. Zero values take the default named at each.
type Timing struct {
	Register time.Duration // from a card that is ready until it is registered, 1 s
	SetUp    time.Duration // from dialling to the far phone's ringing, 2 s
	Ring     time.Duration // between two RING, 4 s
	GiveUp   time.Duration // the network ends what nobody answers, 60 s
	Text     time.Duration // from a text's sending to its arrival, 500 ms
	Submit   time.Duration // from a text's sending to the network's word to the sender, 300 ms
	USSD     time.Duration // from a question to its answer, 700 ms
	Boot     time.Duration // how long a module's ports are gone at a reset, 5 s
}

func (t *Timing) fill() {
	for _, row := range []struct {
		at *time.Duration
		d  time.Duration
	}{
		{&t.Register, time.Second},
		{&t.SetUp, 2 * time.Second},
		{&t.Ring, 4 * time.Second},
		{&t.GiveUp, time.Minute},
		{&t.Text, 500 * time.Millisecond},
		{&t.Submit, 300 * time.Millisecond},
		{&t.USSD, 700 * time.Millisecond},
		{&t.Boot, 5 * time.Second},
	} {
		if *row.at == 0 {
			*row.at = row.d
		}
	}
}

// Network is the mobile network, its subscribers and the modules that are plugged in. Its methods and those of what it
// makes may be called by any goroutine, before Run and during it; nothing happens by itself before Run.
type Network struct {
	opts   Options
	timing Timing
	woken  chan struct{} // the agenda has a new first item

	// mu guards all below, and everything of every Card, Device, Subscriber and Handset: the world changes in one
	// order. Nothing waits while it holds it.
	mu          sync.Mutex
	stage       stage
	agenda      agenda
	appointed   uint64         // how many appointments there ever were
	readers     sync.WaitGroup // one for each port, added to while running only
	watch       *watch         // who has which port open; nil before Run
	devices     []*Device
	plugged     int // how many devices there ever were
	subscribers map[string]*Subscriber
	mobiles     map[string]*Mobile // by the digits of their cards' numbers
	calls       []*call            // in the order in which they began
	centre      centre
	inboxes     map[string][]Text
	services    map[string]string // USSD codes and their answers
	news        chan struct{}     // closed and made anew when an inbox changed
}

// stage is how far the network's life is.
type stage int

const (
	built stage = iota
	running
	ended
)

// New makes a network.
func New(o Options) (*Network, error) {
	if o.Now == nil || o.Dir == "" {
		return nil, cause.Errorf(cause.Invalid, "a simulated network needs a clock and a folder")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Pace == 0 {
		o.Pace = 1
	}
	if o.Pace < 0 {
		return nil, cause.Errorf(cause.Invalid, "pace %v: it is a factor above 0", o.Pace)
	}
	if o.Lateness == 0 {
		o.Lateness = 12 * time.Second
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, cause.Errorf(cause.Unavailable, "the folder of simulated ports: %w", err)
	}
	if len(o.Operators) == 0 {
		o.Operators = []Operator{Roadnet}
	}
	timing := o.Timing
	timing.fill()
	return &Network{
		opts: o, timing: timing, woken: make(chan struct{}, 1),
		subscribers: map[string]*Subscriber{}, mobiles: map[string]*Mobile{}, inboxes: map[string][]Text{}, services: services(), news: make(chan struct{}),
	}, nil
}

// Run lives the network until ctx ends, then unplugs everything. It may be called once.
func (n *Network) Run(ctx context.Context) error {
	if err := n.begin(); err != nil {
		return err
	}
	defer n.end()
	frames := time.NewTicker(frameTime)
	defer frames.Stop()
	next := time.NewTimer(0)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-frames.C:
			n.sound()
		case <-next.C:
		case <-n.woken:
		}
		next.Reset(n.perform())
	}
}

func (n *Network) begin() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.stage != built {
		return cause.Errorf(cause.Conflict, "a simulated network runs once")
	}
	watch, err := newWatch(n)
	if err != nil {
		return err
	}
	n.watch, n.stage = watch, running
	n.readers.Go(watch.read)
	for _, d := range n.devices {
		d.startPorts()
	}
	return nil
}

// end unplugs everything and returns when no goroutine of the network is left.
func (n *Network) end() {
	n.mu.Lock()
	n.stage = ended
	for _, c := range append([]*call(nil), n.calls...) {
		c.release(nil, causeNetwork)
	}
	for _, d := range n.devices {
		d.closePorts()
	}
	n.agenda = nil
	n.watch.close()
	n.mu.Unlock()
	n.readers.Wait()
}

// wake makes Run look at the agenda.
func (n *Network) wake() {
	select {
	case n.woken <- struct{}{}:
	default:
	}
}
