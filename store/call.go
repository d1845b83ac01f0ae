package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
)

// Call returns a call's record; cause.NotFound where the company has none of that id.
func (t *Tenant) Call(ctx context.Context, id fmc.CallID) (r fmc.Record, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		var body []byte
		if err := tx.QueryRow(ctx, "select record from call_record where company = $1 and id = $2", t.id, id).Scan(&body); err != nil {
			return absent(err, noCall(id))
		}
		return json.Unmarshal(body, &r)
	})
	return r, err
}

// Records has a function take the records of the calls that began in a time, from included and to not, the oldest first:
// what a node that starts must keep in mind. Those of persons alone are among them.
func (t *Tenant) Records(ctx context.Context, from, to time.Time, take func(fmc.Record)) error {
	return t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select record from call_record where company = $1 and began >= $2 and began < $3 order by began, id", t.id, from, to)
		if err != nil {
			return err
		}
		var body []byte
		_, err = pgx.ForEachRow(rows, []any{&body}, func() error {
			var r fmc.Record
			if err := json.Unmarshal(body, &r); err != nil {
				return err
			}
			take(r)
			return nil
		})
		return err
	})
}

// CalledThrough returns who ever called a client from outside the company, by id.
func (t *Tenant) CalledThrough(ctx context.Context) (people []fmc.EmployeeID, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select distinct employee from call_record where company = $1 and through order by employee", t.id)
		if err != nil {
			return err
		}
		people, err = pgx.CollectRows(rows, pgx.RowTo[fmc.EmployeeID])
		return err
	})
	return people, err
}

// StoredPlan is one plan of a call, with the answers it was decided on.
type StoredPlan struct {
	Thread     int
	Generation int64           // of the company version
	At         time.Time       // the wall clock it was decided for
	Request    json.RawMessage // fmc/plan's
	Plan       json.RawMessage // fmc/plan's, byte for byte
}

// Plans returns a call's plans in the order they were decided; cause.NotFound where the company has no such call.
func (t *Tenant) Plans(ctx context.Context, id fmc.CallID) (plans []StoredPlan, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		if err := t.has(ctx, tx, id); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, "select thread, generation, at, request, plan from call_plan where company = $1 and call = $2 order by n", t.id, id)
		if err != nil {
			return err
		}
		plans, err = pgx.CollectRows(rows, pgx.RowToStructByPos[StoredPlan])
		return err
	})
	return plans, err
}

const factsOfCall = "select body from fact where company = $1 and call = $2 order by ord"

const factsOfMessage = "select body from fact where company = $1 and call = '' and message = $2 order by ord"

func readFact(row pgx.CollectableRow) (f fmc.Fact, err error) {
	var body []byte
	if err := row.Scan(&body); err != nil {
		return f, err
	}
	return f, json.Unmarshal(body, &f)
}

// has returns cause.NotFound where the company has no such call.
func (t *Tenant) has(ctx context.Context, tx pgx.Tx, id fmc.CallID) error {
	var n int
	return absent(tx.QueryRow(ctx, "select 1 from call_record where company = $1 and id = $2", t.id, id).Scan(&n), noCall(id))
}
