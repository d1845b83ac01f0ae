package store

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"roadline/fmc"
)

// TracesOptions of Traces. Zero values are the product's.
type TracesOptions struct {
	Keep   time.Duration // how long traces stay; 0: 14 days
	Every  time.Duration // how often what is due is written; 0: 1 s
	Memory int           // bytes that may wait for PostgreSQL; 0: 32 MiB
}

// Traces keeps what passes on the wires of calls. It gathers in memory, where a call's trace has a bounded place, and
// writes behind to PostgreSQL: whoever tells it something never waits. What found no room is counted and said where it
// is missing. What is not written when the server is killed is lost.
type Traces struct {
	store *Store
	opt   TracesOptions
	log   *slog.Logger

	// owned by Run
	pack  traceWriter
	swept time.Time // when old traces were deleted last

	mu      sync.Mutex // guards:
	live    map[fmc.CallID]*traced
	moved   map[fmc.LegID]fmc.CallID // legs that another call has than the one that bore them
	waiting []tracePart              // to be written, the oldest first
	bytes   int                      // of waiting
	lost    int                      // parts that found no room since the last that was written
}

var _ fmc.Tracer = (*Traces)(nil)

const (
	traceEvery  = 30 * time.Second // between two parts of a call that goes on, where nothing is known but how it sounds
	traceSoon   = 3 * time.Second  // likewise, where something was said on the wires: what a kill may cost
	traceLinger = 3 * time.Second  // after its end, for what the wires still say: the answer to a BYE
	traceOrphan = time.Minute      // after which a call that never began is forgotten: its INVITE was refused
	mostTraced  = 10_000           // calls at a time
	mostParts   = 100_000          // that wait
)

// Traces returns the keeper of a node's traces.
func (s *Store) Traces(opt TracesOptions) *Traces {
	defaultTo(&opt.Keep, 14*24*time.Hour)
	defaultTo(&opt.Every, time.Second)
	defaultTo(&opt.Memory, 32<<20)
	return &Traces{store: s, opt: opt, log: s.opt.Log, live: map[fmc.CallID]*traced{}, moved: map[fmc.LegID]fmc.CallID{}}
}

// Told implements fmc.Tracer.
func (t *Traces) Told(leg fmc.LegID, line fmc.TraceLine) {
	now := t.store.opt.Clock()
	line.Leg = leg
	t.mu.Lock()
	defer t.mu.Unlock()
	call, moved := t.moved[leg]
	if !moved {
		call = leg.Call
	}
	if c := t.of(call, now); c != nil {
		c.add(now.Add(-line.At), line)
	}
}

// Note takes the facts of calls as they happen: when a call began, which leg it was given, that it ended.
func (t *Traces) Note(facts []fmc.Fact) {
	now := t.store.opt.Clock()
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, f := range facts {
		switch is := f.Body.(type) {
		case fmc.Opened:
			if c := t.of(f.Call, now); c != nil {
				c.open(f.Company, now.Add(-f.At), is.Private)
			}
		case fmc.Passed:
			if is.To != "" && t.of(is.To, now) != nil {
				t.moved[is.Leg] = is.To
			}
		case fmc.Closed:
			if c := t.live[f.Call]; c != nil {
				c.ended = now
			}
		default: // says nothing of where a trace begins, goes on or ends
		}
	}
}

// of is the place of a call's trace; nil where there are too many.
func (t *Traces) of(call fmc.CallID, now time.Time) *traced {
	c := t.live[call]
	if c == nil && len(t.live) < mostTraced {
		c = &traced{since: now}
		t.live[call] = c
	}
	return c
}

// Run writes what is due, and deletes what was kept long enough, until ctx is done; then it writes once more, everything.
func (t *Traces) Run(ctx context.Context) error {
	tick := time.NewTicker(t.opt.Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.store.opt.ConnectTimeout)
			defer cancel()
			if t.gather(true); t.there() {
				t.write(last)
			}
			return nil
		case <-tick.C:
			t.gather(false)
			if t.there() {
				t.write(ctx)
				t.sweep(ctx)
			}
		}
	}
}

// there reports whether PostgreSQL was there, with our tables.
func (t *Traces) there() bool {
	select {
	case <-t.store.ready:
		return true
	default:
		return false
	}
}

// gather makes parts of what is due; of everything, at the end.
func (t *Traces) gather(everything bool) {
	packed := 0
	for call, due := range t.due(everything) {
		breathe(packed, packAtOnce)
		packed++
		part := tracePart{company: due.company, call: call, n: due.n, count: len(due.lines), lines: t.pack.lines(due.lines)}
		t.mu.Lock()
		t.waiting, t.bytes = append(t.waiting, part), t.bytes+len(part.lines)
		t.mu.Unlock()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.fit()
}

// dueTrace is what of a call becomes its next part.
type dueTrace struct {
	company fmc.CompanyID
	n       int
	lines   []fmc.TraceLine
}

// due takes out what is due, and forgets calls that are over.
func (t *Traces) due(everything bool) map[fmc.CallID]dueTrace {
	now := t.store.opt.Clock()
	all := map[fmc.CallID]dueTrace{}
	t.mu.Lock()
	defer t.mu.Unlock()
	for call, c := range t.live {
		over := !c.ended.IsZero() && now.Sub(c.ended) >= traceLinger
		switch {
		case c.company == "":
			if now.Sub(c.since) >= traceOrphan {
				t.forget(call)
			}
			continue
		case everything || over || now.Sub(c.since) >= traceEvery || c.said && now.Sub(c.since) >= traceSoon:
		default:
			continue
		}
		if lines := c.take(now); len(lines) > 0 {
			all[call] = dueTrace{c.company, c.parts, lines}
			c.parts++
		}
		if over {
			t.forget(call)
		}
	}
	return all
}

// forget gives up the place of a call that is over. mu is held.
func (t *Traces) forget(call fmc.CallID) {
	delete(t.live, call)
	maps.DeleteFunc(t.moved, func(_ fmc.LegID, to fmc.CallID) bool { return to == call })
}

// fit keeps what waits within bounds: the oldest parts give way, and leave behind how much is missing. mu is held.
func (t *Traces) fit() {
	for i := 0; t.bytes > t.opt.Memory && i < len(t.waiting); i++ {
		p := &t.waiting[i]
		if p.gone {
			continue
		}
		note := t.pack.lines([]fmc.TraceLine{{Kind: fmc.TraceLost, Lost: p.count}})
		t.bytes += len(note) - len(p.lines)
		p.lines, p.gone = note, true
		t.lost++
	}
	if more := len(t.waiting) - mostParts; more > 0 {
		for _, p := range t.waiting[:more] {
			t.bytes -= len(p.lines)
		}
		t.waiting, t.lost = slices.Delete(t.waiting, 0, more), t.lost+more
	}
}
