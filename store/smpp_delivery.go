package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
)

// programsDue goes from program to program by the index: a hundred thousand may wait for one of them.
const programsDue = `with recursive p as (
		(select company, program from program_delivery where state = 'waiting' order by company, program limit 1)
		union all
		select x.company, x.program from p, lateral (
			select d.company, d.program from program_delivery d where d.state = 'waiting' and (d.company, d.program) > (p.company, p.program)
			order by d.company, d.program limit 1) x)
	select company, program from p
	where exists (select from program_delivery d where d.company = p.company and d.program = p.program and d.state = 'waiting' and d.due <= $1)`

// DeliveriesDue returns the programs for which something waits.
func (o *Operator) DeliveriesDue(ctx context.Context) (all []fmc.ProgramRef, err error) {
	ctx, cancel := o.store.patient(ctx)
	defer cancel()
	rows, err := o.store.node.Query(ctx, programsDue, o.store.opt.Clock().UTC())
	if err == nil {
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[fmc.ProgramRef])
	}
	return all, explain(err)
}

const takeDeliveries = `with next as (
		select company, n from program_delivery where company = $1 and program = $2 and state = 'waiting' and due <= $3
		order by due, n limit $4 for update skip locked),
	taken as (
		update program_delivery d set state = 'out', tries = d.tries + 1 from next where d.company = next.company and d.n = next.n
		returning d.company, d.n, d.program, d.message, d.told, d.done, d.tries, d.due)
	` + selectTold + ` from taken t join message m on m.company = t.company and m.id = t.message order by t.due, t.n`

// selectTold has a delivery with its message; of one that came, its parts put together.
const selectTold = `select t.n, t.company, t.program, t.message, t.told, case when m.direction = 'in' then m.peer else m.number end,
		case when m.direction = 'in' then m.number else m.peer end,
		case when m.direction = 'in' then (select string_agg(p.body, '' order by p.part) from message_in p where p.company = m.company and p.message = m.id) else m.body end,
		m.at, t.done, m.parts, t.tries`

// TakeDeliveries takes what is due for a program, in the order in which it fell due, and notes that it is out.
func (o *Operator) TakeDeliveries(ctx context.Context, who fmc.ProgramRef, most int) (all []fmc.Delivery, err error) {
	ctx, cancel := o.store.patient(ctx)
	defer cancel()
	rows, err := o.store.node.Query(ctx, takeDeliveries, who.Company, who.Program, o.store.opt.Clock().UTC(), most)
	if err == nil {
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[fmc.Delivery])
	}
	return all, explain(err)
}

// SettleDeliveries writes down what became of deliveries that were out.
func (o *Operator) SettleDeliveries(ctx context.Context, outcomes []fmc.DeliveryOutcome) error {
	ctx, cancel := o.store.patient(ctx)
	defer cancel()
	n := len(outcomes)
	companies, numbers, states := make([]string, n), make([]int64, n), make([]string, n)
	dues, whys := make([]*time.Time, n), make([]string, n)
	for i, x := range outcomes {
		companies[i], numbers[i], states[i], whys[i] = string(x.Company), x.N, string(x.State), text(x.Why)
		dues[i] = momentOrNull(x.Due)
	}
	_, err := o.store.node.Exec(ctx, `update program_delivery d set state = f.state, due = coalesce(f.due, d.due), why = f.why,
			settled = case when f.state = 'waiting' then null else $6::timestamptz end
		from unnest($1::text[], $2::bigint[], $3::text[], $4::timestamptz[], $5::text[]) as f (company, n, state, due, why)
		where d.company = f.company and d.n = f.n and d.state = 'out'`, companies, numbers, states, dues, whys, o.store.opt.Clock().UTC())
	return explain(err)
}

// RecoverDeliveries settles what an earlier process had out when it was killed: receipts are told again, of a message
// nobody knows whether the program has it.
func (o *Operator) RecoverDeliveries(ctx context.Context) error {
	ctx, cancel := o.store.patient(ctx)
	defer cancel()
	now := o.store.opt.Clock().UTC()
	_, err := o.store.node.Exec(ctx, `update program_delivery set state = case when told = 'received' then 'uncertain' else 'waiting' end,
			why = 'The server stopped while the program had it.', settled = case when told = 'received' then $1::timestamptz end
		where state = 'out'`, now)
	return explain(err)
}

// ReturnDeliveries has wait again what stands as out for a program and was not given to it: the word that it was taken was
// lost.
func (o *Operator) ReturnDeliveries(ctx context.Context, who fmc.ProgramRef) error {
	ctx, cancel := o.store.patient(ctx)
	defer cancel()
	_, err := o.store.node.Exec(ctx, `update program_delivery set state = 'waiting', tries = tries - 1
		where company = $1 and program = $2 and state = 'out'`, who.Company, who.Program)
	return explain(err)
}

// ProgramDelivery is something that a program is, or was, to be told.
type ProgramDelivery struct {
	N       int64
	Program fmc.ProgramID
	Message fmc.MessageID
	Told    fmc.MessageState
	State   fmc.DeliveryState
	Due     time.Time
	Tries   int
	Why     string
}

// ProgramDeliveries returns what the company's programs are, or were, to be told and stands in one of the states, the oldest
// first and at most 1000 of them. Without states: in any.
func (t *Tenant) ProgramDeliveries(ctx context.Context, states []fmc.DeliveryState) ([]ProgramDelivery, error) {
	terms := conditions{terms: []string{"company = $1"}, args: []any{t.id}}
	terms.add(len(states) > 0, "state = any(?)", states)
	return list[ProgramDelivery](ctx, t, "select n, program, message, told, state, due, tries, why from program_delivery where ", terms, " order by n", 1000)
}

// RepeatDelivery has a program told again what it may have, or refused, by a person's word; cause.NotFound where the
// company has nothing of that number that ended so.
func (t *Tenant) RepeatDelivery(ctx context.Context, n int64) error {
	ctx, cancel := t.store.patient(ctx)
	defer cancel()
	done, err := t.store.node.Exec(ctx, `update program_delivery set state = 'waiting', due = $3, settled = null
		where company = $1 and n = $2 and state in ('uncertain', 'failed')`, t.id, n, t.store.opt.Clock().UTC())
	if err == nil && done.RowsAffected() == 0 {
		err = pgx.ErrNoRows
	}
	return explain(err)
}
