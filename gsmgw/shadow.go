package gsmgw

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/hardware/modem"
)

// ShadowOptions are what Shadows stand on. All is required.
type ShadowOptions struct {
	Companies func() []*fmc.Company
	// Before are the attempts of a company since an instant, from starts before this one. An error: nothing is tried, since
	// it may have been already.
	Before func(context.Context, fmc.CompanyID, time.Time) ([]fmc.ShadowRecord, error)
	New    func() fmc.ShadowID
}

// Shadows have the cards of each company try each other at night, and when a person asks.
type Shadows struct {
	g   *Gateway
	o   ShadowOptions
	log *slog.Logger

	wake  chan struct{}
	ended chan fmc.ShadowRecord

	// owned by Run
	tried map[fmc.CompanyID][]fmc.ShadowRecord // of the last two days; no entry: not read yet
	busy  map[fmc.ICCID]bool                   // cards that are being tried
	count map[fmc.CompanyID]int                // attempts that go on
	blind map[fmc.CompanyID]bool               // it was said that it is not known what was tried

	mu     sync.Mutex
	wanted []wantedShadow // guarded by mu
}

// wantedShadow is an attempt that a person asked for.
type wantedShadow struct {
	company fmc.CompanyID
	pair    fmc.ShadowPair
	by      string
	until   time.Time // it is given up where the lines are not free until then
}

const (
	shadowEvery  = 20 * time.Second // how often it is looked whether lines are free
	shadowMemory = 48 * time.Hour
	shadowWait   = 10 * time.Minute // how long a person's wish waits for its lines
	mostAtOnce   = 3                // attempts of a company: each has two lines
)

// Shadows makes what tries the cards; Run starts it.
func (g *Gateway) Shadows(o ShadowOptions) *Shadows {
	return &Shadows{
		g: g, o: o, log: g.log, wake: make(chan struct{}, 1), ended: make(chan fmc.ShadowRecord, 1),
		tried: map[fmc.CompanyID][]fmc.ShadowRecord{}, busy: map[fmc.ICCID]bool{}, count: map[fmc.CompanyID]int{}, blind: map[fmc.CompanyID]bool{},
	}
}

// Run tries cards until ctx ends, and returns when no attempt goes on.
func (s *Shadows) Run(ctx context.Context) error {
	tick := time.NewTicker(shadowEvery)
	defer tick.Stop()
	var all sync.WaitGroup
	running := 0
	for ctx.Err() == nil || running > 0 {
		if ctx.Err() == nil {
			for _, c := range s.o.Companies() {
				running += s.look(ctx, c, &all)
			}
		}
		select {
		case <-tick.C:
		case <-s.wake:
		case r := <-s.ended:
			s.take(r)
			running--
		case <-done(ctx, running):
		}
	}
	all.Wait()
	return nil
}

// done is closed when ctx is over; nil, which never is, while attempts still have to end.
func done(ctx context.Context, running int) <-chan struct{} {
	if running > 0 && ctx.Err() != nil {
		return nil
	}
	return ctx.Done()
}

// take takes an attempt that is over.
func (s *Shadows) take(r fmc.ShadowRecord) {
	for company, tried := range s.tried {
		for i := range tried {
			if tried[i].Shadow == r.Shadow {
				tried[i] = r
				s.count[company]--
			}
		}
	}
	delete(s.busy, r.From)
	delete(s.busy, r.To)
}

// look begins what is to be tried of a company now, and returns how many attempts that are.
func (s *Shadows) look(ctx context.Context, c *fmc.Company, all *sync.WaitGroup) (begun int) {
	if len(c.SIMs) < 2 || !s.known(ctx, c) {
		return 0
	}
	now := s.g.o.Now().In(zoneOf(c))
	s.cut(c, now)
	start := func(p fmc.ShadowPair, night, by string) bool {
		x := s.begin(ctx, c, p, night, by, now)
		if x == nil {
			return false
		}
		begun++
		all.Go(func() { s.live(ctx, x) })
		return true
	}
	s.mu.Lock()
	wanted := slices.Clone(s.wanted)
	s.mu.Unlock()
	for _, w := range wanted {
		if w.company == c.Profile.ID && (now.After(w.until) || start(w.pair, now.Format(time.DateOnly), w.by)) {
			s.forgo(w)
		}
	}
	night := c.Rules.Shadow.Night(now)
	if night == "" {
		return begun
	}
	for _, p := range fmc.ShadowPairs(c.ShadowCards(now), night) {
		if !s.triedIn(c.Profile.ID, night, p.From) {
			start(p, night, "")
		}
	}
	return begun
}

// known reports whether it is known what of a company was tried already, and reads it where it was not yet.
func (s *Shadows) known(ctx context.Context, c *fmc.Company) bool {
	id, since := c.Profile.ID, s.g.o.Now().Add(-shadowMemory)
	if tried, ok := s.tried[id]; ok {
		s.tried[id] = slices.DeleteFunc(tried, func(r fmc.ShadowRecord) bool { return r.At.Before(since) })
		return true
	}
	tried, err := s.o.Before(ctx, id, since)
	if err != nil {
		if !s.blind[id] {
			s.log.Warn("cards not tried until it is known which were", "company", id, "err", err)
		}
		s.blind[id] = true
		return false
	}
	s.tried[id] = tried
	return true
}

// cut writes the end of attempts of which an earlier start did not: they are not repeated.
func (s *Shadows) cut(c *fmc.Company, now time.Time) {
	tried := s.tried[c.Profile.ID]
	for i := range tried {
		r := &tried[i]
		if r.Ended != nil || s.busy[r.From] && s.busy[r.To] || now.Sub(r.At) < mostShadow {
			continue
		}
		r.Ended = &fmc.ShadowEnded{Shadow: r.Shadow, At: now.UTC(), Cut: true}
		s.g.note(c.Profile.ID, "", *r.Ended)
	}
}

// triedIn reports whether a card called another in a night: once is enough, whatever came of it.
func (s *Shadows) triedIn(company fmc.CompanyID, night string, from fmc.ICCID) bool {
	return slices.ContainsFunc(s.tried[company], func(r fmc.ShadowRecord) bool { return r.Night == night && r.From == from && r.By == "" })
}

// begin begins an attempt, if both lines are free and it is within what it may cost; nil: not now.
func (s *Shadows) begin(ctx context.Context, c *fmc.Company, p fmc.ShadowPair, night, by string, now time.Time) *shadowTrial {
	id := c.Profile.ID
	if s.busy[p.From] || s.busy[p.To] || s.count[id] >= mostAtOnce || !s.g.free(c, p.From) || !s.g.free(c, p.To) {
		return nil
	}
	from, _ := c.SIM(p.From)
	to, _ := c.SIM(p.To)
	tried := slices.DeleteFunc(slices.Clone(s.tried[id]), func(r fmc.ShadowRecord) bool { return r.Night != night })
	call, text, _ := c.ShadowPlan(p, s.g.uses.used(c, from, now), tried, by, now)
	if call = call && s.g.speaks(p.From) && s.g.speaks(p.To); !call && !text {
		return nil
	}
	b := fmc.ShadowBegan{
		Shadow: s.o.New(), Night: night, At: now.UTC(), From: p.From, To: p.To, Caller: from.Number, Called: to.Number, Call: call, Text: text, By: by,
	}
	if err := s.g.put(ctx, fmc.Fact{Company: id, Body: b}); err != nil {
		s.log.Error("cards not tried: the beginning could not be kept", "company", id, "err", err)
		return nil
	}
	s.tried[id] = append(s.tried[id], fmc.ShadowRecord{ShadowBegan: b})
	s.busy[p.From], s.busy[p.To] = true, true
	s.count[id]++
	return s.g.newTrial(c, b)
}

// free reports whether a card's line could take a call now; one that is abroad only where it may be used there.
func (g *Gateway) free(c *fmc.Company, id fmc.ICCID) bool {
	v, ok := g.where(id)
	sim, known := c.SIM(id)
	return ok && known && v.Owner == c.Profile.ID && v.State == StateReady && !g.draining() && (v.Radio.Registration != modem.Roaming || sim.Roaming)
}

// speaks reports whether a card's modem carries speech.
func (g *Gateway) speaks(id fmc.ICCID) bool {
	v, ok := g.where(id)
	return ok && v.Can.Voice != modem.NoVoice
}

// live lives an attempt to its end.
func (s *Shadows) live(ctx context.Context, x *shadowTrial) {
	end := x.run(ctx)
	s.g.note(x.company.Profile.ID, "", end)
	r := fmc.ShadowRecord{ShadowBegan: x.began, Ended: &end}
	s.log.Info("cards tried", "company", x.company.Profile.ID, "line", string(x.from.ICCID.Line()), "state", r.Outcome())
	s.ended <- r
}

// Try has a company's card, or all of them where none is named, be tried as soon as their lines are free, and returns who
// calls whom. It does not wait for that. Errors: not found (no such card), conflict (nobody to call), denied (limits).
func (s *Shadows) Try(c *fmc.Company, card fmc.ICCID, by string) ([]fmc.ShadowPair, error) {
	now := s.g.o.Now().In(zoneOf(c))
	cards := c.ShadowCards(now)
	if card != "" {
		if _, ok := c.SIM(card); !ok {
			return nil, cause.Errorf(cause.NotFound, "the company has no SIM card %s: see roadline sim list", card)
		}
		if !slices.Contains(cards, card) {
			return nil, cause.Errorf(cause.Denied, "SIM %s may not be tried: it has no number, no mandate, or shadow.cards leaves it out", card)
		}
	}
	if len(cards) < 2 {
		return nil, cause.Errorf(cause.Conflict, "there is nobody to call: at least two cards with a number and a mandate are needed")
	}
	why := ""
	var pairs []fmc.ShadowPair
	for _, p := range fmc.ShadowPairs(cards, now.Format(time.DateOnly)) {
		if card != "" && p.From != card && p.To != card {
			continue
		}
		from, _ := c.SIM(p.From)
		if call, text, reason := c.ShadowPlan(p, s.g.uses.used(c, from, now), nil, by, now); call || text {
			pairs = append(pairs, p)
		} else {
			why = fmt.Sprintf("SIM %s: %s", p.From, reason)
		}
	}
	if len(pairs) == 0 {
		return nil, cause.Errorf(cause.Denied, "nothing may be tried now: %s", why)
	}
	s.want(c.Profile.ID, pairs, by, now.Add(shadowWait))
	return pairs, nil
}

// want queues attempts, each once.
func (s *Shadows) want(company fmc.CompanyID, pairs []fmc.ShadowPair, by string, until time.Time) {
	s.mu.Lock()
	for _, p := range pairs {
		if !slices.ContainsFunc(s.wanted, func(w wantedShadow) bool { return w.company == company && w.pair == p }) {
			s.wanted = append(s.wanted, wantedShadow{company, p, by, until})
		}
	}
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *Shadows) forgo(w wantedShadow) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wanted = slices.DeleteFunc(s.wanted, func(x wantedShadow) bool { return x.company == w.company && x.pair == w.pair })
}

func zoneOf(c *fmc.Company) *time.Location {
	if c.Profile.Zone == nil {
		return time.UTC
	}
	return c.Profile.Zone
}
