package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// SavedView is a set of filters that a person comes back to.
type SavedView struct {
	Name  string
	Query string // of the list's address
}

// mostViews is how many a person may save.
const mostViews = 50

// SavedViews returns a person's, by name.
func (t *Tenant) SavedViews(ctx context.Context, of fmc.EmployeeID) (all []SavedView, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select name, query from saved_view where company = $1 and employee = $2 order by name", t.id, of)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[SavedView])
		return err
	})
	return all, err
}

// SaveView keeps a person's view, in place of the one of that name. A person whom the company does not have is
// cause.NotFound.
func (t *Tenant) SaveView(ctx context.Context, of fmc.EmployeeID, v SavedView) error {
	return t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		var others int
		err := tx.QueryRow(ctx, `select (select count(*) from saved_view where company = $1 and employee = $2 and name <> $3)
			from employee where company = $1 and id = $2`, t.id, of, v.Name).Scan(&others)
		if err != nil {
			return err
		}
		if others >= mostViews {
			return cause.Errorf(cause.NoRoom, "there are %d views already: delete one", others)
		}
		_, err = tx.Exec(ctx, `insert into saved_view (company, employee, name, query, at) values ($1, $2, $3, $4, $5)
			on conflict (company, employee, name) do update set query = excluded.query, at = excluded.at`,
			t.id, of, text(v.Name), text(v.Query), t.store.opt.Clock().UTC())
		return err
	})
}

// DeleteView removes a person's view; cause.NotFound where there is none of that name.
func (t *Tenant) DeleteView(ctx context.Context, of fmc.EmployeeID, name string) error {
	return t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		done, err := tx.Exec(ctx, "delete from saved_view where company = $1 and employee = $2 and name = $3", t.id, of, name)
		if err == nil && done.RowsAffected() == 0 {
			err = pgx.ErrNoRows
		}
		return err
	})
}
