package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// Retried is what became of what was put aside and tried once more.
type Retried struct {
	Back  int        // are where they belong now
	Still []PutAside // are put aside still, for the reason of now; without what was put aside itself
}

// retryAtOnce is how many are tried before what happened meanwhile comes first.
const retryAtOnce = 20

// Retry brings in what was put aside, as far as PostgreSQL and this version of the program take it by now: all of it but
// holes, or what has the ids, the oldest first. It is done between batches, a few at a time, so that nobody else has the same
// calls in hand and what happens meanwhile does not wait. What comes in so late fills the lists and is told to nobody: no
// event, letter or text follows. While the drain stands, or earlier journals come first, it is cause.Unavailable.
func (d *Drain) Retry(ctx context.Context, ids []int64) (done Retried, err error) {
	if ids == nil {
		ids = []int64{}
	}
	r := retrying{ids: ids}
	for !r.ended && err == nil {
		err = d.turn(ctx, r.some)
	}
	if err != nil && r.done.Back > 0 {
		err = fmt.Errorf("after %d were brought in: %w", r.done.Back, err)
	}
	return r.done, err
}

// turn has Run do something between two batches, and waits until it is done.
func (d *Drain) turn(ctx context.Context, do func(context.Context, *Drain) error) (err error) {
	wait, cancel := d.store.patient(ctx)
	defer cancel()
	ended := make(chan struct{})
	turn := func(stop context.Context) {
		defer close(ended)
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(stop, cancel)()
		err = do(ctx, d)
	}
	select {
	case d.turns <- turn:
		<-ended
		return err
	case <-wait.Done():
		return cause.Errorf(cause.Unavailable, "what was put aside cannot be tried now: facts that happened since come first: look at the drain with roadline doctor, then try again: %w", wait.Err())
	}
}

// retrying is how far a Retry is.
type retrying struct {
	ids   []int64 // empty: all
	began bool
	last  int64 // the newest that there was when it began
	after int64 // the last that was tried
	ended bool
	done  Retried
}

// some tries the next few, in Run's goroutine: what asks PostgreSQL has the drain's Patience, and all of it ends when Run is
// to stop.
func (r *retrying) some(ctx context.Context, d *Drain) error {
	if !r.began {
		if err := r.begin(ctx, d); err != nil {
			return err
		}
	}
	all, err := r.next(ctx, d)
	if err != nil {
		return explain(err)
	}
	r.ended = len(all) < retryAtOnce
	for _, p := range all {
		r.after = p.ID
		why := d.retryOne(ctx, p)
		if why != nil && cause.KindOf(why) == cause.Unavailable {
			return fmt.Errorf("number %d: %w", p.ID, why)
		}
		if why == nil {
			r.done.Back++
			continue
		}
		p.Reason = text(why.Error())
		if err := d.stays(ctx, p); err != nil {
			return explain(err)
		}
		p.Body = nil
		r.done.Still = append(r.done.Still, p)
	}
	return nil
}

// toRetry chooses what can be tried: all, or those of some ids.
const toRetry = "kind <> 'hole' and dismissed is null and (cardinality($1::bigint[]) = 0 or id = any($1))"

// begin looks how far it is to go: what is put aside meanwhile is not tried.
func (r *retrying) begin(ctx context.Context, d *Drain) error {
	ctx, cancel := context.WithTimeout(ctx, d.opt.Patience)
	defer cancel()
	var n int
	if err := d.store.node.QueryRow(ctx, "select count(*)::int, coalesce(max(id), 0) from quarantine where "+toRetry, r.ids).Scan(&n, &r.last); err != nil {
		return explain(err)
	}
	if n < len(r.ids) {
		return cause.Errorf(cause.NotFound, "not all of these are put aside so that they can be tried: see roadline quarantine list; what a journal lost (a hole) cannot come back")
	}
	r.began = true
	return nil
}

// next reads the next few, the oldest first.
func (r *retrying) next(ctx context.Context, d *Drain) ([]PutAside, error) {
	ctx, cancel := context.WithTimeout(ctx, d.opt.Patience)
	defer cancel()
	rows, err := d.store.node.Query(ctx, selectAside+"where "+toRetry+" and id > $2 and id <= $3 order by id limit $4", r.ids, r.after, r.last, retryAtOnce)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanAside)
}

// stays writes why something is put aside still.
func (d *Drain) stays(ctx context.Context, p PutAside) error {
	ctx, cancel := context.WithTimeout(ctx, d.opt.Patience)
	defer cancel()
	_, err := d.store.node.Exec(ctx, "update quarantine set reason = $2 where id = $1", p.ID, p.Reason)
	return err
}

// retryOne brings one back, in one transaction, or leaves everything as it is.
func (d *Drain) retryOne(ctx context.Context, p PutAside) error {
	ctx, cancel := context.WithTimeout(ctx, d.opt.Patience)
	defer cancel()
	b := &batch{
		src: &source{node: p.Node, boot: p.Boot}, tasks: tasks{d.opt.Directory}, calls: map[callKey][]fmc.Fact{}, before: map[callKey]int{},
	}
	key := callKey{p.Company, p.Call, p.Message}
	if len(p.Body) > 0 {
		var f fmc.Fact
		if err := f.UnmarshalJSON(p.Body); err != nil {
			return cause.Errorf(cause.Invalid, "this version does not read it: %w", err)
		}
		b.facts, key = []factRow{{uint64(p.From), f, p.Body}}, keyOf(f) //nolint:gosec // never negative
	}
	err := pgx.BeginFunc(ctx, d.store.node, func(tx pgx.Tx) error {
		q := &pgx.Batch{}
		q.Queue("select from company where id = $1 for key share", key.company)
		b.queueFacts(q)
		if key.call != "" || key.message != "" {
			q.Queue(inOrder, key.company, key.call, key.message)
		}
		if err := tx.SendBatch(ctx, q).Close(); err != nil {
			return err
		}
		if err := b.gather(ctx, tx, p, key); err != nil {
			return err
		}
		q = &pgx.Batch{}
		if err := b.queueRecords(q); err != nil {
			return err
		}
		q.Queue("delete from quarantine where id = $1", p.ID)
		return tx.SendBatch(ctx, q).Close()
	})
	if err != nil {
		return explain(err)
	}
	delete(d.calls, key)
	return nil
}

// inOrder puts the facts of a call, or of a message, into the order of their journals again: boot by boot as those were
// drained, each as it was written. A fact that comes back would else be the last.
const inOrder = `with gone as (delete from fact where company = $1 and call = $2 and message = $3 returning *)
	insert into fact (node, boot, seq, company, call, message, at, kind, body)
	select node, boot, seq, company, call, message, at, kind, body
	from (select *, min(ord) over (partition by node, boot) as first from gone) as f order by first, seq`

// gather reads what is to be written anew: the call or the message that a fact is of, else the fact itself.
func (b *batch) gather(ctx context.Context, tx pgx.Tx, p PutAside, key callKey) error {
	sql, args := "select body from fact where node = $1 and boot = $2 and seq = $3", []any{p.Node, [16]byte(p.Boot), p.From}
	alone := key.call == "" && key.message == "" || len(b.facts) > 0 && single(b.facts[0].fact)
	switch {
	case alone:
	case key.call != "":
		sql, args = factsOfCall, []any{key.company, key.call}
	default:
		sql, args = factsOfMessage, []any{key.company, key.message}
	}
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	facts, err := pgx.CollectRows(rows, readFact)
	if err != nil {
		return err
	}
	for _, f := range facts {
		if alone || single(f) {
			b.single = append(b.single, f)
			continue
		}
		b.calls[key] = append(b.calls[key], f)
	}
	if len(b.calls[key]) > 0 {
		b.order = append(b.order, key)
	}
	return nil
}
