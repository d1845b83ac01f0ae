package store

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
)

// TagCall marks a call with a word; with one that it has, nothing changes. cause.NotFound where the company has no such
// call.
func (t *Tenant) TagCall(ctx context.Context, call fmc.CallID, tag string, by fmc.EmployeeID) error {
	return t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		if err := t.has(ctx, tx, call); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `insert into call_tag (company, tag, began, call, author, at)
			select company, $3, began, id, $4, $5 from call_record where company = $1 and id = $2 on conflict do nothing`,
			t.id, call, text(tag), by, t.store.opt.Clock().UTC())
		return err
	})
}

// UntagCall takes a word off a call; cause.NotFound where it has none such.
func (t *Tenant) UntagCall(ctx context.Context, call fmc.CallID, tag string) error {
	return t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		done, err := tx.Exec(ctx, "delete from call_tag where company = $1 and call = $2 and tag = $3", t.id, call, tag)
		if err == nil && done.RowsAffected() == 0 {
			err = pgx.ErrNoRows
		}
		return err
	})
}

// Marks is what people left at a call, as lists show it.
type Marks struct {
	Tags     []string
	Comments int
}

// MarksOf returns what people left at calls. Calls with nothing are not among them.
func (t *Tenant) MarksOf(ctx context.Context, calls []fmc.CallID) (map[fmc.CallID]Marks, error) {
	all := map[fmc.CallID]Marks{}
	err := t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select call, array_agg(tag order by tag) filter (where tag is not null), count(*) filter (where tag is null)::int from (
				select call, tag from call_tag where company = $1 and call = any($2)
				union all
				select call, null from comment where company = $1 and call = any($2) and deleted is null) x
			group by call`, t.id, calls)
		if err != nil {
			return err
		}
		var (
			call fmc.CallID
			m    Marks
		)
		_, err = pgx.ForEachRow(rows, []any{&call, &m.Tags, &m.Comments}, func() error {
			all[call] = m
			m.Tags = nil
			return nil
		})
		return err
	})
	return all, err
}

// Tags returns the words that calls are marked with of those that somebody may see, those that are used most first; private
// calls are not among them.
func (t *Tenant) Tags(ctx context.Context, w *Within) (tags []string, err error) {
	terms := conditions{terms: []string{"x.company = $1", "not c.private"}, args: []any{t.id}}
	w.add(&terms, "c.employee", "c.grp")
	sql := `select x.tag from call_tag x join call_record c on c.company = x.company and c.began = x.began and c.id = x.call
		where ` + strings.Join(terms.terms, " and ") + ` group by x.tag order by count(*) desc, x.tag limit 100`
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sql, terms.args...)
		if err != nil {
			return err
		}
		tags, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	return tags, err
}
