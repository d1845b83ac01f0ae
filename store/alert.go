package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
)

// Alert is something that somebody of the company should look at. Call and N name it.
type Alert struct {
	Call     fmc.CallID
	N        int // its place in the call, from 0
	At       time.Time
	Kind     string         // as fmc.Alert names it
	Employee fmc.EmployeeID // whom it is about
	About    string         // a number
	Text     string
	Person   bool // the person is told too
}

// AlertFilter chooses alerts. Empty fields choose all.
type AlertFilter struct {
	From, To time.Time // at From or later and before To
	Kind     string
	Employee fmc.EmployeeID
	After    ItemMark // the last line of the page before
	Limit    int      // 0: 50; at most 1000
}

// ItemMark is the place in a list of something that happened in a call.
type ItemMark struct {
	At   time.Time
	Call fmc.CallID
	N    int
}

// Mark is the alert's place, for the next page.
func (a Alert) Mark() ItemMark { return ItemMark{a.At, a.Call, a.N} }

const selectAlerts = "select call, n, at, kind, employee, about, body, told from alert a where "

// Alerts returns a page of alerts, newest first.
func (t *Tenant) Alerts(ctx context.Context, f AlertFilter) ([]Alert, error) {
	terms := conditions{terms: []string{"a.company = $1"}, args: []any{t.id}}
	terms.add(!f.From.IsZero(), "a.at >= ?", f.From)
	terms.add(!f.To.IsZero(), "a.at < ?", f.To)
	terms.add(f.Kind != "", "a.kind = ?", f.Kind)
	terms.add(f.Employee != "", "a.employee = ?", f.Employee)
	terms.add(f.After.Call != "", "(a.at, a.call, a.n) < (?, ?, ?)", f.After.At, f.After.Call, f.After.N)
	return list[Alert](ctx, t, selectAlerts, terms, " order by a.at desc, a.call desc, a.n desc", f.Limit)
}

// Alert returns one alert; cause.NotFound where the company has none of that name.
func (t *Tenant) Alert(ctx context.Context, call fmc.CallID, n int) (Alert, error) {
	return one[Alert](ctx, t, selectAlerts+"a.company = $1 and a.call = $2 and a.n = $3", t.id, call, n)
}

// list returns a page of rows.
func list[T any](ctx context.Context, t *Tenant, sql string, terms conditions, order string, limit int) ([]T, error) {
	if limit <= 0 {
		limit = 50
	}
	sql += strings.Join(terms.terms, " and ") + order + fmt.Sprintf(" limit %d", min(limit, 1000))
	return rowsOf[T](ctx, t, sql, terms.args...)
}

// rowsOf returns the rows of a query, field by field.
func rowsOf[T any](ctx context.Context, t *Tenant, sql string, args ...any) (all []T, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sql, args...)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[T])
		return err
	})
	return all, err
}

// one returns the row that a query means; cause.NotFound for none.
func one[T any](ctx context.Context, t *Tenant, sql string, args ...any) (v T, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sql, args...)
		if err != nil {
			return err
		}
		v, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[T])
		return err
	})
	return v, err
}
