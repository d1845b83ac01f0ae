package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
)

// CallFilter chooses calls. Empty fields choose all.
type CallFilter struct {
	From, To  time.Time // began at From or later and before To
	Client    string    // E.164, or its beginning
	Employee  fmc.EmployeeID
	Group     fmc.GroupID
	Number    string // E.164 of the company
	Direction fmc.Direction
	Status    fmc.Status
	Merged    bool // also calls that another record tells
	// Private: the calls of that person alone; empty: those of nobody alone.
	Private fmc.EmployeeID
	After   CallMark // the last line of the page before
	Limit   int      // 0: 50; at most 1000
}

// CallMark is the place of a call in the list.
type CallMark struct {
	Began time.Time
	ID    fmc.CallID
}

// CallLine is one call in a list.
type CallLine struct {
	ID           fmc.CallID
	Began        time.Time
	Direction    string
	Status       fmc.Status
	Client       string // E.164, or what else is known of it
	Number       string // of the company
	Employee     fmc.EmployeeID
	EmployeeName string // empty where the person is not known any more
	Group        fmc.GroupID
	Answered     *time.Duration // since Began; nil: never
	Talked       time.Duration
	Ended        *time.Duration // since Began; nil: it goes on
	Cause        string
	Recording    string // the tape's state
	Interrupted  bool
	MergedInto   *fmc.CallID
}

// Mark is the line's place, for the next page.
func (l CallLine) Mark() CallMark { return CallMark{l.Began, l.ID} }

const callLineColumns = `c.id, c.began, c.direction, c.status, c.client, c.number, c.employee, coalesce(e.name, ''), c.grp,
	c.answered, c.talked, c.ended, c.cause, c.recording, c.interrupted, c.merged_into`

// Calls returns a page of calls, newest first.
func (t *Tenant) Calls(ctx context.Context, f CallFilter) (lines []CallLine, err error) {
	where, args := f.where(t.id)
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	sql := "select " + callLineColumns + " from call_record c left join employee e on e.company = c.company and e.id = c.employee where " +
		where + fmt.Sprintf(" order by c.began desc, c.id desc limit %d", min(limit, 1000))
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sql, args...)
		if err != nil {
			return err
		}
		lines, err = pgx.CollectRows(rows, pgx.RowToStructByPos[CallLine])
		return err
	})
	return lines, err
}

// where writes the conditions that are set.
func (f CallFilter) where(company fmc.CompanyID) (string, []any) {
	terms := conditions{terms: []string{"c.company = $1"}, args: []any{company}}
	terms.add(!f.From.IsZero(), "c.began >= ?", f.From)
	terms.add(!f.To.IsZero(), "c.began < ?", f.To)
	terms.add(f.Client != "", "starts_with(c.client, ?)", f.Client)
	terms.add(f.Employee != "", "c.employee = ?", f.Employee)
	terms.add(f.Group != "", "c.grp = ?", f.Group)
	terms.add(f.Number != "", "c.number = ?", f.Number)
	terms.add(f.Direction != 0, "c.direction = ?", f.Direction.String())
	terms.add(f.Status != "", "c.status = ?", f.Status)
	terms.add(f.Private == "", "not c.private")
	terms.add(f.Private != "", "c.private and c.employee = ?", f.Private)
	terms.add(!f.Merged, "c.merged_into is null")
	terms.add(f.After.ID != "", "(c.began, c.id) < (?, ?)", f.After.Began, f.After.ID)
	return strings.Join(terms.terms, " and "), terms.args
}

// Call returns a call's record; cause.NotFound where the company has none of that id.
func (t *Tenant) Call(ctx context.Context, id fmc.CallID) (r fmc.Record, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		var body []byte
		if err := tx.QueryRow(ctx, "select record from call_record where company = $1 and id = $2", t.id, id).Scan(&body); err != nil {
			return err
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

// has returns pgx.ErrNoRows where the company has no such call.
func (t *Tenant) has(ctx context.Context, tx pgx.Tx, id fmc.CallID) error {
	var n int
	return tx.QueryRow(ctx, "select 1 from call_record where company = $1 and id = $2", t.id, id).Scan(&n)
}
