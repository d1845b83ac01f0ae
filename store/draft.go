package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// Draft is what a person is about to change in the company's document.
type Draft struct {
	Author   fmc.EmployeeID
	Base     int64  // the generation it was made from
	Edition  int64  // counts its changes, from 1; 0: it is not kept yet
	Document string // empty in lists
	At       time.Time
}

// Draft returns a person's draft; cause.NotFound where there is none.
func (t *Tenant) Draft(ctx context.Context, author fmc.EmployeeID) (d Draft, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select author, base, edition, document, at from draft where company = $1 and author = $2", t.id, author)
		if err != nil {
			return err
		}
		d, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Draft])
		return err
	})
	return d, err
}

// Drafts returns the drafts of everybody without their documents, the newest first.
func (t *Tenant) Drafts(ctx context.Context) (all []Draft, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select author, base, edition, '' as document, at from draft where company = $1 order by at desc, author", t.id)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Draft])
		return err
	})
	return all, err
}

// SaveDraft keeps a draft in place of the edition that it was made from, and returns the new one. Where another window of
// the person was quicker it is cause.Conflict; a person whom the document does not name is cause.NotFound.
func (t *Tenant) SaveDraft(ctx context.Context, d Draft) (kept Draft, err error) {
	kept = d
	kept.Edition, kept.At = d.Edition+1, t.store.opt.Clock().UTC().Truncate(time.Microsecond)
	err = t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		var n int
		if err := tx.QueryRow(ctx, "select 1 from employee where company = $1 and id = $2 and active", t.id, d.Author).Scan(&n); err != nil {
			return err
		}
		done, err := tx.Exec(ctx, `insert into draft (company, author, base, edition, document, at) values ($1, $2, $3, $4, $5, $6)
			on conflict (company, author) do update set base = excluded.base, edition = excluded.edition, document = excluded.document, at = excluded.at
			where draft.edition = excluded.edition - 1`, t.id, d.Author, d.Base, kept.Edition, d.Document, kept.At)
		if err == nil && done.RowsAffected() == 0 {
			return cause.Errorf(cause.Conflict, "your draft was changed meanwhile, in another window: look at it and change it again")
		}
		return err
	})
	return kept, err
}

// RemoveDraft forgets a person's draft, where there is one.
func (t *Tenant) RemoveDraft(ctx context.Context, author fmc.EmployeeID) error {
	return t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "delete from draft where company = $1 and author = $2", t.id, author)
		return err
	})
}

// Routed is a call with what was decided for its contact.
type Routed struct {
	Call      fmc.CallID
	Began     time.Time
	Direction string
	Client    string
	Number    string // of the company
	Status    fmc.Status
	Requests  []json.RawMessage // fmc/plan's, in the order they were decided
	Plans     []json.RawMessage // fmc/plan's
	At        []time.Time       // the wall clocks they were decided for
}

// Routes has a function take the calls that began at a time or later, the newest first and so many at most. Calls of
// persons alone and those that another record tells are not among them.
func (t *Tenant) Routes(ctx context.Context, from time.Time, most int, take func(Routed)) error {
	return t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select c.id, c.began, c.direction, c.client, c.number, c.status, p.requests, p.plans, p.ats
			from (select company, id, began, direction, client, number, status from call_record
				where company = $1 and began >= $2 and not private and merged_into is null order by began desc, id desc limit $3) c
			cross join lateral (select array_agg(request order by n) as requests, array_agg(plan order by n) as plans, array_agg(at order by n) as ats
				from call_plan where company = c.company and call = c.id and thread = 0) p
			order by c.began desc, c.id desc`, t.id, from, most)
		if err != nil {
			return err
		}
		var r Routed
		_, err = pgx.ForEachRow(rows, []any{&r.Call, &r.Began, &r.Direction, &r.Client, &r.Number, &r.Status, &r.Requests, &r.Plans, &r.At}, func() error {
			take(r)
			r = Routed{}
			return nil
		})
		return err
	})
}
