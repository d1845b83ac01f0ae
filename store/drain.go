package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"roadline/fmc"
	"roadline/store/journal"
)

// DrainOptions of a Drain. Zero values are the product's.
type DrainOptions struct {
	Batch    int           // entries in one transaction; 0: 2000
	Linger   time.Duration // how long after a batch an entry waits for others; the first after a quiet time waits for none; 0: 250 ms
	Patience time.Duration // how long one transaction may take, so that a frozen server is noticed; 0: 15 s
	Last     time.Duration // how long it goes on at the stop; 0: 2 s
	// Directory has the companies by whose rules missed calls are followed up; nil: an hour, day and night, for nobody in
	// particular.
	Directory fmc.Directory
	Jobs      Jobs // takes what follows; nil: nothing does
}

// Drain brings journals into PostgreSQL: facts, the records of calls, messages and cards that they make, and the cursor
// in one transaction, each entry once, in order. What PostgreSQL refuses is put aside and the rest goes on; while PostgreSQL is away it waits.
type Drain struct {
	store *Store
	opt   DrainOptions
	log   *slog.Logger
	live  *journal.Log
	left  []*journal.Boot
	state atomic.Pointer[DrainState]
	turns chan func(stop context.Context) // what Run does for others between two batches

	// owned by Run
	calls   map[callKey][]fmc.Fact // open calls, and messages that are not settled
	brought int                    // facts since the last survey
}

// callKey names a call, or where that is empty a message.
type callKey struct {
	company fmc.CompanyID
	call    fmc.CallID
	message fmc.MessageID
}

// callsKept bounds what a Drain remembers of open calls and messages; beyond it they are read back from PostgreSQL.
const callsKept = 10_000

// DrainState is how far a Drain is.
type DrainState struct {
	Why         error  // nil: PostgreSQL takes what it is given
	Drained     uint64 // seq of the present boot
	BootsLeft   int    // of earlier starts
	Quarantined uint64 // entries and records put aside since the start
}

// source is one boot to be drained. Owned by Run.
type source struct {
	node   string
	boot   uuid.UUID
	reader *journal.Reader
	after  uint64 // seq; valid once known
	known  bool
}

// place names an entry for a log.
func (src *source) place(seq uint64) string {
	return fmt.Sprintf("node %s boot %s entry %d", src.node, src.boot, seq)
}

// Drain returns the drain of the present boot's journal and of those that earlier starts left. Whoever recovers calls
// from the latter appends their fmc.Closed to live before the Drain runs: a boot is removed once it is drained.
func (s *Store) Drain(live *journal.Log, left []*journal.Boot, opt DrainOptions) *Drain {
	defaultTo(&opt.Batch, 2000)
	defaultTo(&opt.Linger, 250*time.Millisecond)
	defaultTo(&opt.Patience, 15*time.Second)
	defaultTo(&opt.Last, 2*time.Second)
	d := &Drain{store: s, opt: opt, log: s.opt.Log, live: live, left: left, turns: make(chan func(context.Context)), calls: map[callKey][]fmc.Fact{}}
	d.state.Store(&DrainState{BootsLeft: len(left)})
	return d
}

// State returns how far it is.
func (d *Drain) State() DrainState { return *d.state.Load() }

func (d *Drain) tell(change func(*DrainState)) {
	s := *d.state.Load()
	change(&s)
	d.state.Store(&s)
}

// Run drains until ctx is done, and then goes on for a short while to bring in what is there. Boots that it did not
// come to are given up, for the next start to take over.
func (d *Drain) Run(ctx context.Context) error {
	defer func() {
		for _, b := range d.left {
			_ = b.Close()
		}
	}()
	if d.store.Ready(ctx) != nil {
		return nil
	}
	for i, b := range d.left {
		err := d.boot(ctx, b)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			d.log.Error("journal of an earlier start not drained, its folder stays", "text", b.ID.String(), "err", err)
			continue
		}
		d.tell(func(s *DrainState) { s.BootsLeft = len(d.left) - 1 - i })
	}
	src := &source{node: d.live.Node(), boot: d.live.Boot(), reader: d.live.Reader()}
	var rest <-chan time.Time // until the next batch; nil: none is needed
	for ctx.Err() == nil {
		before := d.State().Drained
		if err := d.all(ctx, src); err != nil {
			d.failed(err, d.store.opt.RetryMost)
			pause(ctx, d.store.opt.RetryMost)
			continue
		}
		if d.State().Drained != before {
			rest = time.After(d.opt.Linger)
		}
		select {
		case <-ctx.Done():
		case turn := <-d.turns:
			turn(ctx)
		case <-d.live.Grown():
			rested(ctx, rest)
			rest = nil
		}
	}
	if d.State().Why != nil {
		return nil
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), d.opt.Last)
	defer cancel()
	return d.all(last, src)
}

// rested waits for the end of a rest, or until ctx is done.
func rested(ctx context.Context, rest <-chan time.Time) {
	if rest == nil {
		return
	}
	select {
	case <-rest:
	case <-ctx.Done():
	}
}

// boot drains what an earlier start left and removes it.
func (d *Drain) boot(ctx context.Context, b *journal.Boot) error {
	src := &source{node: b.Node, boot: b.ID, reader: b.Reader()}
	if err := d.all(ctx, src); err != nil || ctx.Err() != nil {
		return err
	}
	// What recovery wrote about its calls must be on disk before the beginnings of those calls go.
	if err := d.live.Sync(ctx); err != nil {
		return err
	}
	if err := b.Remove(); err != nil {
		return fmt.Errorf("remove a drained journal: %w", err)
	}
	d.log.Info("journal of an earlier start drained", "text", src.place(src.after))
	return nil
}

// all drains what is there now, waiting while PostgreSQL is away. It returns an error only where the journal itself
// cannot be read.
func (d *Drain) all(ctx context.Context, src *source) error {
	for wait := d.store.opt.Retry; ctx.Err() == nil; {
		n, err := d.step(ctx, src)
		if errors.Is(err, errJournal) {
			return err
		}
		if err == nil {
			d.healed()
			if n == 0 {
				return nil
			}
			wait = d.store.opt.Retry
			continue
		}
		if ctx.Err() != nil {
			return nil
		}
		d.failed(err, wait)
		if !pause(ctx, wait) {
			return nil
		}
		wait = min(2*wait, d.store.opt.RetryMost)
	}
	return nil
}

func (d *Drain) failed(err error, wait time.Duration) {
	if d.State().Why == nil {
		d.log.Error("drain stands, the journal keeps what happens", "err", err, "dur", wait)
	}
	d.tell(func(s *DrainState) { s.Why = err })
}

func (d *Drain) healed() {
	if d.State().Why != nil {
		d.log.Info("drain goes on")
		d.tell(func(s *DrainState) { s.Why = nil })
	}
}

var errJournal = errors.New("journal cannot be read")

// step drains one batch and returns how many entries it had.
func (d *Drain) step(ctx context.Context, src *source) (int, error) {
	if !src.known {
		seq, err := d.store.cursor(ctx, src.node, src.boot)
		if err != nil {
			return 0, err
		}
		src.known = true
		d.reached(src, seq)
	}
	entries, err := src.reader.Read(src.after, d.opt.Batch)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", errJournal, err)
	}
	if len(entries) == 0 {
		return 0, nil
	}
	if err := d.take(ctx, src, entries); err != nil {
		src.known = false // whether a commit went through is asked of PostgreSQL
		return 0, err
	}
	d.reached(src, lastOf(entries))
	return len(entries), nil
}

// reached notes that a boot is in PostgreSQL up to seq.
func (d *Drain) reached(src *source, seq uint64) {
	src.after = seq
	if src.boot != d.live.Boot() {
		return
	}
	d.tell(func(s *DrainState) { s.Drained = seq })
	if err := d.live.Drained(seq); err != nil {
		d.log.Warn("a drained segment was not removed", "err", err)
	}
}

// lastOf is the seq up to which entries reach.
func lastOf(entries []journal.Entry) uint64 {
	last := entries[len(entries)-1]
	if last.Hole != nil {
		return last.Hole.To
	}
	return last.Seq
}

// take brings entries in. A batch that PostgreSQL refuses is halved until the entry is found that it does not take.
func (d *Drain) take(ctx context.Context, src *source, entries []journal.Entry) error {
	err := d.bring(ctx, src, entries, whole)
	if err == nil || !refused(err) {
		return err
	}
	if half := len(entries) / 2; half > 0 {
		if err := d.take(ctx, src, entries[:half]); err != nil {
			return err
		}
		return d.take(ctx, src, entries[half:])
	}
	d.log.Error("an entry of the journal that PostgreSQL refuses goes to quarantine", "text", src.place(entries[0].Seq), "err", err)
	if again := d.bring(ctx, src, entries, factOnly(err)); again == nil || !refused(again) {
		return again
	}
	return d.bring(ctx, src, entries, aside(err))
}
