package store

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
)

// tracePart is lines of one call as they are written.
type tracePart struct {
	company fmc.CompanyID
	call    fmc.CallID
	n       int // its place in the call's trace
	count   int // of lines
	lines   []byte
	gone    bool // it found no room: lines says how many are missing
}

// mostInBatch is how many parts are written at once.
const mostInBatch = 200

// write writes what waits, as far as PostgreSQL takes it. What it refuses is given up, since it would refuse it again.
func (t *Traces) write(ctx context.Context) {
	for {
		t.mu.Lock()
		parts := append([]tracePart(nil), t.waiting[:min(len(t.waiting), mostInBatch)]...)
		t.mu.Unlock()
		if len(parts) == 0 {
			return
		}
		err := t.send(ctx, parts)
		if err != nil && !refused(err) {
			t.log.Warn("traces not written: PostgreSQL is away", "count", len(parts), "err", err)
			return
		}
		if err != nil {
			t.log.Error("traces refused by PostgreSQL", "count", len(parts), "err", err)
		}
		t.written(parts)
	}
}

// written takes out what was written.
func (t *Traces) written(parts []tracePart) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range parts {
		t.bytes -= len(p.lines)
	}
	t.waiting = append([]tracePart(nil), t.waiting[len(parts):]...)
	if t.lost > 0 {
		t.log.Warn("traces were lost while PostgreSQL was away", "count", t.lost)
		t.lost = 0
	}
}

func (t *Traces) send(ctx context.Context, parts []tracePart) error {
	ctx, cancel := context.WithTimeout(ctx, t.store.opt.ConnectTimeout)
	defer cancel()
	now := t.store.opt.Clock().UTC()
	b := &pgx.Batch{}
	for _, p := range parts {
		b.Queue("insert into call_trace (company, call, n, at, lines) values ($1, $2, $3, $4, $5) on conflict do nothing", p.company, p.call, p.n, now, p.lines)
	}
	return t.store.node.SendBatch(ctx, b).Close()
}

const (
	sweepTraces = time.Hour
	sweptAtOnce = 5000
)

// sweep deletes what was kept long enough, once an hour, a little at a time.
func (t *Traces) sweep(ctx context.Context) {
	now := t.store.opt.Clock()
	if now.Sub(t.swept) < sweepTraces {
		return
	}
	t.swept = now
	before := now.Add(-t.opt.Keep).UTC()
	for {
		n, err := t.store.sweepSome(ctx, `delete from call_trace where (company, call, n) in
			(select company, call, n from call_trace where at < $1 order by at limit $2)`, before, sweptAtOnce)
		if err != nil {
			t.log.Warn("old traces not deleted", "err", err)
			return
		}
		if n < sweptAtOnce {
			return
		}
	}
}

// Trace returns what is known of a call's wires, also while it goes on; cause.NotFound where the company has no such call.
func (t *Traces) Trace(ctx context.Context, company fmc.CompanyID, call fmc.CallID) ([]fmc.TraceLine, error) {
	waiting, latest := t.inMemory(company, call) // first: a part that is written meanwhile is seen in both, not in neither
	kept, err := t.store.For(company).traceParts(ctx, call)
	if err != nil {
		return nil, err
	}
	for _, p := range waiting {
		kept[p.n] = p.lines
	}
	var all []fmc.TraceLine
	for n := 0; len(kept) > 0; n++ {
		if part, ok := kept[n]; ok {
			lines, err := unpackTrace(part)
			if err != nil {
				return nil, err
			}
			all = append(all, lines...)
			delete(kept, n)
		}
	}
	return append(all, latest...), nil
}

// inMemory is what of a call's trace is not in PostgreSQL, or may not be.
func (t *Traces) inMemory(company fmc.CompanyID, call fmc.CallID) (waiting []tracePart, latest []fmc.TraceLine) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range t.waiting {
		if p.company == company && p.call == call {
			waiting = append(waiting, p)
		}
	}
	if c := t.live[call]; c != nil && c.company == company {
		latest = c.told()
	}
	return waiting, latest
}

// traceParts returns the parts of a call's trace by their places.
func (t *Tenant) traceParts(ctx context.Context, call fmc.CallID) (map[int][]byte, error) {
	parts := map[int][]byte{}
	err := t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		if err := t.has(ctx, tx, call); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, "select n, lines from call_trace where company = $1 and call = $2", t.id, call)
		if err != nil {
			return err
		}
		var n int
		var lines []byte
		_, err = pgx.ForEachRow(rows, []any{&n, &lines}, func() error {
			parts[n] = bytes.Clone(lines)
			return nil
		})
		return err
	})
	return parts, err
}

// traceWriter packs lines; one goroutine uses it.
type traceWriter struct {
	deflate *flate.Writer // kept, because a new one costs more than what it packs
}

// lines writes lines as JSON, deflated.
func (w *traceWriter) lines(lines []fmc.TraceLine) []byte {
	var out bytes.Buffer
	if w.deflate == nil {
		w.deflate, _ = flate.NewWriter(&out, flate.BestSpeed) // the level is good
	} else {
		w.deflate.Reset(&out)
	}
	to := json.NewEncoder(w.deflate)
	for _, l := range lines {
		_ = to.Encode(l) // texts and figures, into memory
	}
	_ = w.deflate.Close()
	return out.Bytes()
}

// mostUnpacked is what a part may come to: more than any that was packed.
const mostUnpacked = 8 * mostTraceBytes

// unpackTrace reads what a traceWriter wrote.
func unpackTrace(part []byte) ([]fmc.TraceLine, error) {
	from := json.NewDecoder(io.LimitReader(flate.NewReader(bytes.NewReader(part)), mostUnpacked))
	var lines []fmc.TraceLine
	for {
		var l fmc.TraceLine
		switch err := from.Decode(&l); {
		case errors.Is(err, io.EOF):
			return lines, nil
		case err != nil:
			return nil, fmt.Errorf("part of a trace: %w", err)
		}
		lines = append(lines, l)
	}
}
