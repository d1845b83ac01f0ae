package cabinet

import (
	"context"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/store"
)

// News is what a node hears as it happens: that events were kept, and that calls which go on have moved. Whoever waits for
// it looks then for themselves: nothing is handed to anybody who could be slow. Any goroutine may call it.
type News struct {
	store *store.Store
	log   *slog.Logger
	heard func()        // is told that events may have been kept
	over  chan struct{} // closed when nothing is heard any more
	// patience is how long a reader of a stream may take for one batch.
	patience time.Duration

	mu sync.Mutex
	// mu guards:
	of    map[fmc.CompanyID]*gazette
	lives map[fmc.CallID][]Phase // of the calls that go on
}

// gazette is the news of one company. The latest events are read once, however many wait for them.
type gazette struct {
	events, calls bell
	stale         atomic.Bool // there may be events that are not in latest

	mu sync.Mutex
	// mu guards:
	read   bool
	span   store.EventSpan
	latest []store.Event // without a gap, up to span.Last
}

// latestMost is how many events of a company are kept in memory, for those who read as they come.
const latestMost = 500

// sweepEvery is how often events that are too old are taken away.
const sweepEvery = time.Hour

// NewNews returns the news of a store's companies. heard is told that events may have been kept, and must not wait; nil:
// nobody wants to know. It starts nothing.
func NewNews(s *store.Store, heard func(), log *slog.Logger) *News {
	return &News{store: s, log: log, heard: heard, over: make(chan struct{}), patience: writeMost, of: map[fmc.CompanyID]*gazette{}, lives: map[fmc.CallID][]Phase{}}
}

// Run hears of events, and takes away those that are too old, until ctx is done. Then every stream ends.
func (n *News) Run(ctx context.Context) error {
	defer close(n.over)
	var sweeping sync.WaitGroup
	defer sweeping.Wait()
	sweeping.Go(func() { n.sweep(ctx) })
	return n.store.Operator().FollowEvents(ctx, n.kept)
}

func (n *News) sweep(ctx context.Context) {
	if n.store.Ready(ctx) != nil {
		return
	}
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := n.store.Operator().SweepEvents(ctx); err != nil && ctx.Err() == nil {
			n.log.Warn("old events not taken away", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// kept tells that events of a company may have been kept; of all, where it is empty.
func (n *News) kept(company fmc.CompanyID) {
	if n.heard != nil {
		n.heard()
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for id, g := range n.of {
		if company == "" || company == id {
			g.stale.Store(true)
			g.events.ring()
		}
	}
}

// Moved tells how a call that goes on has become. It never waits.
func (n *News) Moved(c call.Call) {
	n.mu.Lock()
	if c.Over() {
		delete(n.lives, c.ID)
	} else {
		n.lives[c.ID] = follow(n.lives[c.ID], c)
	}
	g := n.of[c.Company]
	n.mu.Unlock()
	if g != nil {
		g.calls.ring()
	}
}

// phases are what a call that goes on has been through.
func (n *News) phases(id fmc.CallID) []Phase {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.lives[id]
}

// about is the gazette of a company.
func (n *News) about(company fmc.CompanyID) *gazette {
	n.mu.Lock()
	defer n.mu.Unlock()
	g := n.of[company]
	if g == nil {
		g = &gazette{}
		n.of[company] = g
	}
	return g
}

// Next returns what will be closed when events of a company have been kept, and when calls of it have moved. Take it
// before looking, so that nothing falls between.
func (n *News) Next(company fmc.CompanyID) (events, calls <-chan struct{}) {
	g := n.about(company)
	return g.events.next(), g.calls.next()
}

// Over is closed when nothing is heard any more: the node stops.
func (n *News) Over() <-chan struct{} { return n.over }

// Last returns the number of the company's latest event.
func (n *News) Last(ctx context.Context, company fmc.CompanyID) (int64, error) {
	p, err := n.Events(ctx, company, math.MaxInt64, 1)
	return p.Span.Last, err
}

// Events is store.Tenant.Events, from memory where that reaches back so far.
func (n *News) Events(ctx context.Context, company fmc.CompanyID, after int64, most int) (store.EventPage, error) {
	g, tenant := n.about(company), n.store.For(company)
	g.mu.Lock()
	err := g.refresh(ctx, tenant)
	span, latest := g.span, g.latest
	g.mu.Unlock()
	if err != nil {
		return store.EventPage{}, err
	}
	if after >= span.Last {
		return store.EventPage{Span: span}, nil
	}
	if behind := span.Last - after; behind <= int64(len(latest)) {
		all := latest[int64(len(latest))-behind:]
		return store.EventPage{Span: span, Events: all[:min(len(all), most)]}, nil
	}
	return tenant.Events(ctx, after, most)
}

// refresh brings in what was kept since it was read last. A part of an array that was handed out is never written again.
func (g *gazette) refresh(ctx context.Context, tenant *store.Tenant) error {
	after := g.span.Last
	if !g.read {
		after = math.MaxInt64
	}
	for g.stale.Swap(false) || !g.read {
		for more := true; more; {
			p, err := tenant.Events(ctx, after, latestMost)
			if err != nil {
				g.stale.Store(true)
				return err
			}
			g.take(p)
			after, more = g.span.Last, len(p.Events) == latestMost
		}
	}
	return nil
}

// take adds a page. Where it does not follow what is there, since the database was brought back from a copy or events went
// before they were read, memory begins anew.
func (g *gazette) take(p store.EventPage) {
	if !g.read || !g.precedes(p) {
		g.read, g.span, g.latest = true, p.Span, nil
		return
	}
	g.span.First = p.Span.First
	for _, e := range p.Events {
		g.latest, g.span.Last = append(g.latest, e), e.N
	}
	if extra := len(g.latest) - latestMost; extra > latestMost {
		g.latest = append([]store.Event(nil), g.latest[extra:]...)
	}
}

// precedes reports whether nothing is missing between what is there and a page of what came after it.
func (g *gazette) precedes(p store.EventPage) bool {
	if n := len(p.Events); n > 0 {
		return p.Events[n-1].N == g.span.Last+int64(n)
	}
	return p.Span.Last == g.span.Last
}

// bell tells any number of listeners that something happened. The zero value is ready.
type bell struct {
	mu sync.Mutex
	ch chan struct{} // mu guards it; nil: nobody listens
}

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch != nil {
		close(b.ch)
		b.ch = nil
	}
}

func (b *bell) next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch == nil {
		b.ch = make(chan struct{})
	}
	return b.ch
}
