package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"roadline/fmc"
	"roadline/store/journal"
)

// manner is how a batch is brought in: whole; without the record that PostgreSQL refused, for why; or, where it refused
// even the fact, as raw bytes only.
type manner struct {
	why    error
	aside  bool
	record bool
}

var whole = manner{record: true}

func factOnly(why error) manner { return manner{why: why} }
func aside(why error) manner    { return manner{why: why, aside: true} }

// batch is what one transaction writes.
type batch struct {
	src    *source
	facts  []factRow
	put    []putAside
	calls  map[callKey][]fmc.Fact // every fact of the calls and messages it touches, old and new
	order  []callKey
	before map[callKey]int // how many of them are old; -1: not known yet
	single []fmc.Fact      // those that stand for themselves
	last   uint64
	tasks  tasks
	jobs   []Job        // that follow from rows that are new
	opened []openedTask // that are new
	events []fmc.Event  // that programs outside are told of
	came   []cameMessage
	// delivered are the messages that a report made such.
	delivered []cameMessage
	// listened mark the messages that somebody heard.
	listened []func(*pgx.Batch)
}

type factRow struct {
	seq  uint64
	fact fmc.Fact
	body []byte
}

type putAside struct {
	seq, to uint64
	key     callKey
	kind    string
	reason  string
	body    []byte
}

// cursor returns the seq up to which a boot is drained.
func (s *Store) cursor(ctx context.Context, node string, boot uuid.UUID) (seq uint64, err error) {
	var n int64
	ctx, cancel := context.WithTimeout(ctx, s.opt.ConnectTimeout)
	defer cancel()
	err = s.node.QueryRow(ctx, "select seq from cursor where node = $1 and boot = $2", node, [16]byte(boot)).Scan(&n)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return uint64(n), err //nolint:gosec // never negative
}

// bring brings entries in with one transaction.
func (d *Drain) bring(ctx context.Context, src *source, entries []journal.Entry, how manner) error {
	ctx, cancel := context.WithTimeout(ctx, d.opt.Patience)
	defer cancel()
	b := d.read(src, entries, how)
	err := pgx.BeginFunc(ctx, d.store.node, func(tx pgx.Tx) error {
		if err := src.claim(ctx, tx, entries[0].Seq-1, b.companies()); err != nil {
			return err
		}
		if err := d.recall(ctx, tx, b); err != nil {
			return err
		}
		if err := b.write(ctx, tx, how, d.store.opt.Clock().UTC()); err != nil {
			return err
		}
		return d.follow(ctx, tx, b)
	})
	if err != nil {
		return err
	}
	d.remember(b)
	d.survey(ctx, len(b.facts))
	if len(b.put) > 0 {
		d.tell(func(s *DrainState) { s.Quarantined += uint64(len(b.put)) })
	}
	return nil
}

var errElsewhere = errors.New("the cursor in PostgreSQL is not where it was left")

// claim locks the cursor and sees that it stands right before the entries: nothing is brought in twice or left out. It
// locks the companies too: while one is moved to another zone, what it has is counted anew, and nothing is counted beside.
func (src *source) claim(ctx context.Context, tx pgx.Tx, want uint64, companies []string) error {
	b := &pgx.Batch{}
	b.Queue("insert into cursor (node, boot, seq) values ($1, $2, 0) on conflict do nothing", src.node, [16]byte(src.boot))
	var seq int64
	b.Queue("select seq from cursor where node = $1 and boot = $2 for update", src.node, [16]byte(src.boot)).QueryRow(
		func(row pgx.Row) error { return row.Scan(&seq) })
	b.Queue("select from company where id = any($1) order by id for key share", companies)
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return err
	}
	if uint64(seq) != want { //nolint:gosec // never negative
		return fmt.Errorf("%w: %d, not %d", errElsewhere, seq, want)
	}
	return nil
}

// companies are those that the batch is of.
func (b *batch) companies() []string {
	all := map[string]bool{}
	for _, f := range b.facts {
		all[text(string(f.fact.Company))] = true
	}
	return slices.Collect(maps.Keys(all))
}

// How much is done at a time before calls come first, where there is one processor for both: some 300 µs of it.
const (
	readAtOnce = 32 // entries
	foldAtOnce = 4  // calls or messages
	packAtOnce = 4  // parts of traces
	breath     = 50 * time.Microsecond
)

// breathe lets calls run after each so many pieces of work; i is how many are done. It sleeps, as short as that may be: a
// scheduler that has something to run does not look at the network, and runtime.Gosched lets nobody in who waits for it.
func breathe(i, atOnce int) {
	if i%atOnce == 0 && i > 0 {
		time.Sleep(breath)
	}
}

// read turns entries into rows.
func (d *Drain) read(src *source, entries []journal.Entry, how manner) *batch {
	b := &batch{
		src: src, tasks: tasks{d.opt.Directory}, facts: make([]factRow, 0, len(entries)),
		calls: map[callKey][]fmc.Fact{}, before: map[callKey]int{}, last: lastOf(entries),
	}
	for i, e := range entries {
		breathe(i, readAtOnce)
		var f fmc.Fact
		switch {
		case e.Hole != nil:
			d.log.Error("the journal has a hole", "text", src.place(e.Seq), "count", e.Hole.To-e.Seq+1)
			b.put = append(b.put, putAside{e.Seq, e.Hole.To, callKey{}, "hole", "the journal lost it on disk", e.Hole.Raw})
		case how.aside:
			b.put = append(b.put, putAside{e.Seq, e.Seq, callKey{}, "entry", how.why.Error(), e.Body})
		default:
			if err := f.UnmarshalJSON(e.Body); err != nil {
				d.log.Error("an entry of the journal goes to quarantine", "text", src.place(e.Seq), "err", err)
				b.put = append(b.put, putAside{e.Seq, e.Seq, callKey{}, "entry", err.Error(), e.Body})
				continue
			}
			b.facts = append(b.facts, factRow{e.Seq, f, e.Body})
			d.group(b, f)
		}
	}
	if how.why != nil && !how.aside {
		for _, f := range b.facts {
			key, kind := keyOf(f.fact), "record"
			if key.call == "" && key.message == "" {
				kind = "entry"
			}
			b.put = append(b.put, putAside{f.seq, f.seq, key, kind, how.why.Error(), nil})
		}
	}
	return b
}

func keyOf(f fmc.Fact) callKey { return callKey{f.Company, f.Call, f.Message} }

// group adds a fact to its call's, or its message's.
func (d *Drain) group(b *batch, f fmc.Fact) {
	if single(f) {
		b.single = append(b.single, f)
		return
	}
	key := keyOf(f)
	if _, seen := b.before[key]; !seen {
		old, known := d.calls[key]
		// A message that is accepted may be one that an earlier start accepted: only of a call nothing came before.
		if _, opens := f.Body.(fmc.Opened); !known && !opens {
			b.before[key] = -1
		} else {
			b.before[key] = len(old)
		}
		b.calls[key] = slices.Clip(old)
		b.order = append(b.order, key)
	}
	b.calls[key] = append(b.calls[key], f)
}

// recall reads back the earlier facts of calls and messages that are not remembered.
func (d *Drain) recall(ctx context.Context, tx pgx.Tx, b *batch) error {
	queries := &pgx.Batch{}
	for _, key := range b.order {
		if b.before[key] >= 0 {
			continue
		}
		sql, id := factsOfCall, string(key.call)
		if key.call == "" {
			sql, id = factsOfMessage, string(key.message)
		}
		queries.Queue(sql, key.company, id).Query(func(rows pgx.Rows) error {
			old, err := pgx.CollectRows(rows, readFact)
			if err != nil {
				return err
			}
			b.before[key], b.calls[key] = len(old), append(old, b.calls[key]...)
			return nil
		})
	}
	if queries.Len() == 0 {
		return nil
	}
	return tx.SendBatch(ctx, queries).Close()
}

// remember keeps the facts of calls and messages that go on, once they are committed.
func (d *Drain) remember(b *batch) {
	for key, facts := range b.calls {
		if slices.ContainsFunc(facts, closes) {
			delete(d.calls, key)
			continue
		}
		if len(d.calls) >= callsKept {
			clear(d.calls)
		}
		d.calls[key] = facts
	}
}

func closes(f fmc.Fact) bool {
	switch f.Body.(type) {
	case fmc.Closed, fmc.MessageSettled:
		return true
	default:
		return false
	}
}

// insertFacts brings in all facts of a batch at once. COPY would be the shorter way, but refuses tables with row-level
// security to everybody but superusers. The bodies are one text, with a character between them that JSON has only escaped:
// of an array pgx makes the bytes one string after another, in buffers that grow by a quarter at a time, and that was half
// of all the memory that the server asked for.
const insertFacts = `insert into fact (node, boot, seq, company, call, message, at, kind, body)
	select $1, $2, seq, company, call, message, at, kind, body::json
	from unnest(string_to_array($3, $4), $5::bigint[], $6::text[], $7::text[], $8::text[], $9::bigint[], $10::text[]) with ordinality
		as f (body, seq, company, call, message, at, kind, n) order by n`

// between separates bodies: a record separator, as in RFC 7464.
const between = "\x1e"

func (b *batch) queueFacts(q *pgx.Batch) {
	if len(b.facts) == 0 {
		return
	}
	n := len(b.facts)
	seqs, ats := make([]int64, n), make([]int64, n)
	companies, calls, messages := make([]string, n), make([]string, n), make([]string, n)
	kinds, bodies := make([]string, n), make([][]byte, n)
	for i, f := range b.facts {
		seqs[i], ats[i], kinds[i], bodies[i] = seqOf(f.seq), int64(f.fact.At), f.fact.Kind(), f.body
		companies[i], calls[i], messages[i] = string(f.fact.Company), string(f.fact.Call), string(f.fact.Message)
	}
	q.Queue(insertFacts, b.src.node, [16]byte(b.src.boot), bytes.Join(bodies, []byte(between)), between, seqs, companies, calls, messages, ats, kinds)
}

// seqOf is a seq as PostgreSQL holds it.
func seqOf(seq uint64) int64 { return int64(min(seq, math.MaxInt64)) } //nolint:gosec // bounded

// write writes everything and moves the cursor.
func (b *batch) write(ctx context.Context, tx pgx.Tx, how manner, now time.Time) error {
	q := &pgx.Batch{}
	b.queueFacts(q)
	if how.record {
		if err := b.queueRecords(q); err != nil {
			return err
		}
	}
	for _, p := range b.put {
		q.Queue(`insert into quarantine (node, boot, seq, to_seq, company, call, message, kind, reason, body, at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing`,
			b.src.node, [16]byte(b.src.boot), seqOf(p.seq), seqOf(p.to), text(string(p.key.company)), text(string(p.key.call)), text(string(p.key.message)),
			p.kind, text(p.reason), append([]byte{}, p.body...), now)
	}
	q.Queue("update cursor set seq = $3 where node = $1 and boot = $2", b.src.node, [16]byte(b.src.boot), seqOf(b.last))
	return tx.SendBatch(ctx, q).Close()
}

// queueRecords queues what the facts make. That a message was heard comes after all calls, since it may have been left in
// one that began later, and reports come last: a part that a report is of may be of the same batch.
func (b *batch) queueRecords(q *pgx.Batch) error {
	for i, key := range b.order {
		breathe(i, foldAtOnce)
		if key.call == "" {
			b.queueMessage(q, b.calls[key], b.before[key])
			continue
		}
		if err := b.queueCall(q, b.calls[key], b.before[key]); err != nil {
			return err
		}
	}
	for _, mark := range b.listened {
		mark(q)
	}
	for _, f := range b.single {
		b.queueSingle(q, f)
	}
	return nil
}

// text is s as PostgreSQL takes it: without the one character that it has no place for.
func text(s string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", "\uFFFD"), "\uFFFD")
}
