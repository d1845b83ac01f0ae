// Package shadow has the cards of a company try each other: at night, and when a person asks, one card calls another and
// writes to it, and what arrived is compared with what was sent.
//
// It decides which cards are tried and when, lives each attempt and writes its facts. It never touches a modem: lines are
// the gateway's, which makes the calls, tells what becomes of them, and takes a line away as soon as a client needs it.
// Start at Trials.Run, then Trial.
package shadow

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// Options are what Trials stand on. All is required; the gateway itself fills in Lines and what follows.
type Options struct {
	Companies func() []*fmc.Company
	// Before are the attempts of a company since an instant, from starts before this one. An error: nothing is tried, since
	// it may have been already.
	Before func(context.Context, fmc.CompanyID, time.Time) ([]fmc.ShadowRecord, error)
	New    func() fmc.ShadowID

	Lines   Lines
	Journal fmc.Journal
	Now     func() time.Time // the node's clock, with its monotonic reading
	Log     *slog.Logger
}

// Lines are the lines of the cards, which somebody else keeps. No method waits, but Text for the journal. Any goroutine
// may call them.
type Lines interface {
	// Ready says whether a card's line could take a call now, and whether its modem carries speech.
	Ready(c *fmc.Company, card fmc.ICCID) (free, speaks bool)
	// Used is what a card was used for today and in the package's running month.
	Used(c *fmc.Company, sim *fmc.SIM, now time.Time) fmc.SIMUsed
	// Expect has a card wait for an attempt's call until over is called; false: it waits for another's.
	Expect(card fmc.ICCID, x *Trial) (over func(), ok bool)
	// Call calls a number from a card. What becomes of it is told to the side.
	Call(side *Side, from *fmc.SIM, to callerid.Number) Leg
	// Text sends an attempt's text. How it goes is told to the attempt until over is called. why it was not sent: empty, it
	// goes.
	Text(ctx context.Context, x *Trial, o fmc.MessageOrder, until time.Time) (over func(), why string)
}

// Leg is a call of an attempt.
type Leg interface{ Release(why cause.Cause) }

// Trials have the cards of each company try each other at night, and when a person asks.
type Trials struct {
	o Options

	wake  chan struct{}
	ended chan fmc.ShadowRecord

	// owned by Run
	tried map[fmc.CompanyID][]fmc.ShadowRecord // of the last two days; no entry: not read yet
	busy  map[fmc.ICCID]bool                   // cards that are being tried
	count map[fmc.CompanyID]int                // attempts that go on
	blind map[fmc.CompanyID]bool               // it was said that it is not known what was tried

	mu     sync.Mutex
	wanted []wish // guarded by mu
}

// wish is an attempt that a person asked for.
type wish struct {
	company fmc.CompanyID
	pair    fmc.ShadowPair
	by      string
	until   time.Time // it is given up where the lines are not free until then
}

const (
	lookEvery  = 20 * time.Second // how often it is looked whether lines are free
	memory     = 48 * time.Hour
	patience   = 10 * time.Minute // how long a person's wish waits for its lines
	mostAtOnce = 3                // attempts of a company: each has two lines
)

// New makes what tries the cards; Run starts it.
func New(o Options) *Trials {
	return &Trials{
		o: o, wake: make(chan struct{}, 1), ended: make(chan fmc.ShadowRecord, 1),
		tried: map[fmc.CompanyID][]fmc.ShadowRecord{}, busy: map[fmc.ICCID]bool{}, count: map[fmc.CompanyID]int{}, blind: map[fmc.CompanyID]bool{},
	}
}

// Run tries cards until ctx ends, and returns when no attempt goes on.
func (s *Trials) Run(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
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
func (s *Trials) take(r fmc.ShadowRecord) {
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
func (s *Trials) look(ctx context.Context, c *fmc.Company, all *sync.WaitGroup) (begun int) {
	if len(c.SIMs) < 2 || !s.known(ctx, c) {
		return 0
	}
	now := s.o.Now().In(zoneOf(c))
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
func (s *Trials) known(ctx context.Context, c *fmc.Company) bool {
	id, since := c.Profile.ID, s.o.Now().Add(-memory)
	if tried, ok := s.tried[id]; ok {
		s.tried[id] = slices.DeleteFunc(tried, func(r fmc.ShadowRecord) bool { return r.At.Before(since) })
		return true
	}
	tried, err := s.o.Before(ctx, id, since)
	if err != nil {
		if !s.blind[id] {
			s.o.Log.Warn("cards not tried until it is known which were", "company", id, "err", err)
		}
		s.blind[id] = true
		return false
	}
	s.tried[id] = tried
	return true
}

// cut writes the end of attempts of which an earlier start did not: they are not repeated.
func (s *Trials) cut(c *fmc.Company, now time.Time) {
	tried := s.tried[c.Profile.ID]
	for i := range tried {
		r := &tried[i]
		if r.Ended != nil || s.busy[r.From] && s.busy[r.To] || now.Sub(r.At) < mostTrial {
			continue
		}
		r.Ended = &fmc.ShadowEnded{Shadow: r.Shadow, At: now.UTC(), Cut: true}
		s.note(c.Profile.ID, *r.Ended)
	}
}

// triedIn reports whether a card called another in a night: once is enough, whatever came of it.
func (s *Trials) triedIn(company fmc.CompanyID, night string, from fmc.ICCID) bool {
	return slices.ContainsFunc(s.tried[company], func(r fmc.ShadowRecord) bool { return r.Night == night && r.From == from && r.By == "" })
}

// begin begins an attempt, if both lines are free and it is within what it may cost; nil: not now.
func (s *Trials) begin(ctx context.Context, c *fmc.Company, p fmc.ShadowPair, night, by string, now time.Time) *Trial {
	id := c.Profile.ID
	if s.busy[p.From] || s.busy[p.To] || s.count[id] >= mostAtOnce {
		return nil
	}
	callerFree, callerSpeaks := s.o.Lines.Ready(c, p.From)
	calledFree, calledSpeaks := s.o.Lines.Ready(c, p.To)
	if !callerFree || !calledFree {
		return nil
	}
	from, _ := c.SIM(p.From)
	to, _ := c.SIM(p.To)
	tried := slices.DeleteFunc(slices.Clone(s.tried[id]), func(r fmc.ShadowRecord) bool { return r.Night != night })
	call, text, _ := c.ShadowPlan(p, s.o.Lines.Used(c, from, now), tried, by, now)
	if call = call && callerSpeaks && calledSpeaks; !call && !text {
		return nil
	}
	b := fmc.ShadowBegan{
		Shadow: s.o.New(), Night: night, At: now.UTC(), From: p.From, To: p.To, Caller: from.Number, Called: to.Number, Call: call, Text: text, By: by,
	}
	if err := s.keep(ctx, fmc.Fact{Company: id, Body: b}); err != nil {
		s.o.Log.Error("cards not tried: the beginning could not be kept", "company", id, "err", err)
		return nil
	}
	s.tried[id] = append(s.tried[id], fmc.ShadowRecord{ShadowBegan: b})
	s.busy[p.From], s.busy[p.To] = true, true
	s.count[id]++
	return newTrial(s.o, c, b)
}

// keep returns when a fact is on disk.
func (s *Trials) keep(ctx context.Context, f fmc.Fact) error {
	if err := s.o.Journal.Append(f); err != nil {
		return err
	}
	return s.o.Journal.Sync(ctx)
}

// note writes a fact about what happened whatever becomes of it.
func (s *Trials) note(company fmc.CompanyID, body fmc.Happening) {
	if err := s.o.Journal.Append(fmc.Fact{Company: company, Body: body}); err != nil {
		s.o.Log.Error("fact not kept", "company", company, "err", err)
	}
}

// live lives an attempt to its end.
func (s *Trials) live(ctx context.Context, x *Trial) {
	end := x.run(ctx)
	s.note(x.Company.Profile.ID, end)
	r := fmc.ShadowRecord{ShadowBegan: x.began, Ended: &end}
	s.o.Log.Info("cards tried", "company", x.Company.Profile.ID, "line", string(x.from.ICCID.Line()), "state", r.Outcome())
	s.ended <- r
}

// Try has a company's card, or all of them where none is named, be tried as soon as their lines are free, and returns who
// calls whom. It does not wait for that. Errors: not found (no such card), conflict (nobody to call), denied (limits).
func (s *Trials) Try(c *fmc.Company, card fmc.ICCID, by string) ([]fmc.ShadowPair, error) {
	now := s.o.Now().In(zoneOf(c))
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
		if call, text, reason := c.ShadowPlan(p, s.o.Lines.Used(c, from, now), nil, by, now); call || text {
			pairs = append(pairs, p)
		} else {
			why = fmt.Sprintf("SIM %s: %s", p.From, reason)
		}
	}
	if len(pairs) == 0 {
		return nil, cause.Errorf(cause.Denied, "nothing may be tried now: %s", why)
	}
	s.want(c.Profile.ID, pairs, by, now.Add(patience))
	return pairs, nil
}

// want queues attempts, each once.
func (s *Trials) want(company fmc.CompanyID, pairs []fmc.ShadowPair, by string, until time.Time) {
	s.mu.Lock()
	for _, p := range pairs {
		if !slices.ContainsFunc(s.wanted, func(w wish) bool { return w.company == company && w.pair == p }) {
			s.wanted = append(s.wanted, wish{company, p, by, until})
		}
	}
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *Trials) forgo(w wish) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wanted = slices.DeleteFunc(s.wanted, func(x wish) bool { return x.company == w.company && x.pair == w.pair })
}

func zoneOf(c *fmc.Company) *time.Location {
	if c.Profile.Zone == nil {
		return time.UTC
	}
	return c.Profile.Zone
}
