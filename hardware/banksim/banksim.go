// Package banksim is a SIM bank that does not exist: an osmo-remsim-server's REST interface byte for byte as version 1.0.0
// was seen to answer, quirks included, and behind it cards of a simulated network, which get into its modules as they are
// mapped. It knows nothing of who is tested against it.
//
// Start at Bank; rest.go has the interface, fault.go what goes wrong.
package banksim

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/gsmsim"
)

// Slot is a place for a card: a bank, as the server numbers them, and a slot of it.
type Slot struct {
	Bank int `json:"bankId"`
	Slot int `json:"slotNr"`
}

// Client is what sits in a module in a card's place: its number, and a slot of it.
type Client struct {
	Client int `json:"clientId"`
	Slot   int `json:"slotNr"`
}

// Module is what cards get into; *gsmsim.Device is one.
type Module interface {
	// Swap pulls the card, where one is in, and puts another in; nil: none.
	Swap(*gsmsim.Card) error
}

var _ Module = (*gsmsim.Device)(nil)

// Options are what a bank is set up with.
type Options struct {
	Cards   map[Slot]*gsmsim.Card
	Modules map[Client]Module
	Listen  string        // host:port of the interface; empty: whoever wants it calls ServeHTTP
	Step    time.Duration // from one state of a map to the next; 0: 50 ms
	Now     func() time.Time
	Log     *slog.Logger // nil: nothing is logged
}

// Bank is the server, a bank and its clients together. Any goroutine may call it.
type Bank struct {
	o  Options
	at net.Listener // nil: none

	mu sync.Mutex
	// mu guards:
	maps   []*mapping // as the list has them
	off    []*mapping // that are to come off at the bank, or never will: the list does not have them any more
	faults map[Fault]bool
	posts  int // that were taken
	odd    error
}

// state is how far a map has come.
type state int

const (
	isNew state = iota
	isTold
	isActive
	isLeaving
	isGhost // it was deleted before the bank acknowledged it: the server forgot it, the bank never hears of it
)

// stateNames are those of slotmap_state_name.
var stateNames = [...]string{"NEW", "UNACKNOWLEDGED", "ACTIVE"}

type mapping struct {
	slot   Slot
	client Client
	state  state
	since  time.Time
	in     bool // the card is in the module
}

// New sets a bank up, and has its address; Run has things happen.
func New(o Options) (*Bank, error) {
	if o.Now == nil || len(o.Cards) == 0 || len(o.Modules) == 0 {
		return nil, cause.Errorf(cause.Invalid, "a simulated SIM bank needs cards, modules and a clock")
	}
	if o.Step == 0 {
		o.Step = 50 * time.Millisecond
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	b := &Bank{o: o, faults: map[Fault]bool{}}
	if o.Listen == "" {
		return b, nil
	}
	at, err := net.Listen("tcp", o.Listen) //nolint:noctx // it is bound at once
	if err != nil {
		return nil, cause.Errorf(cause.Unavailable, "a simulated SIM bank: %w", err)
	}
	b.at = at
	return b, nil
}

// Address is that of the interface, as it is written in a machine file; empty: it is reached by ServeHTTP alone.
func (b *Bank) Address() string {
	if b.at == nil {
		return ""
	}
	return "http://" + b.at.Addr().String()
}

// Run has cards get into modules as their maps come on, and serves the interface, until ctx ends.
func (b *Bank) Run(ctx context.Context) error {
	var end sync.WaitGroup
	served := make(chan error, 1)
	if b.at != nil {
		server := &http.Server{Handler: b, ReadHeaderTimeout: 5 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
		end.Go(func() { served <- server.Serve(b.at) })
		defer func() {
			_ = server.Close()
			end.Wait()
		}()
	}
	tick := time.NewTicker(b.o.Step / 2)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-served:
			if errors.Is(err, http.ErrServerClosed) {
				return nil
			}
			return cause.Errorf(cause.Unavailable, "a simulated SIM bank: %w", err)
		case <-tick.C:
			b.mu.Lock()
			b.advance()
			b.mu.Unlock()
		}
	}
}

// advance has everything happen that is due. mu is held.
func (b *Bank) advance() {
	now := b.o.Now()
	b.off = slices.DeleteFunc(b.off, func(m *mapping) bool {
		if m.state == isGhost || now.Sub(m.since) < b.o.Step {
			return false
		}
		b.pull(m)
		return true
	})
	for _, m := range b.maps {
		for m.state < isActive && now.Sub(m.since) >= b.o.Step {
			if m.state == isTold && !b.put(m) {
				break
			}
			m.state++
			m.since = m.since.Add(b.o.Step)
		}
	}
}

// put puts a card into the module of its client; false where something is in the way.
func (b *Bank) put(m *mapping) bool {
	if b.faults[SaysOnly] {
		return true
	}
	for _, x := range b.off {
		if x.slot == m.slot || x.client == m.client {
			return false
		}
	}
	module, card := b.o.Modules[m.client], b.o.Cards[m.slot]
	if module == nil || card == nil {
		return false
	}
	if err := module.Swap(card); err != nil {
		b.odd = err
		return false
	}
	m.in = true
	return true
}

func (b *Bank) pull(m *mapping) {
	if !m.in {
		return
	}
	m.in = false
	if err := b.o.Modules[m.client].Swap(nil); err != nil {
		b.odd = err
	}
}

// Serves are the clients whose modules have a card of the bank in them, whatever the list says.
func (b *Bank) Serves() map[Client]Slot {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.advance()
	all := map[Client]Slot{}
	for _, m := range slices.Concat(b.maps, b.off) {
		if m.in {
			all[m.client] = m.slot
		}
	}
	return all
}

// Mapped counts the maps that were ever taken.
func (b *Bank) Mapped() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.posts
}

// Odd is what the simulation's own world refused: a card that was to be in two modules.
func (b *Bank) Odd() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.odd
}
