package store

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
)

// Found is what a search by words found: the calls of these people, and these calls.
type Found struct {
	People []fmc.EmployeeID
	Calls  []fmc.CallID
}

// mostFound is how many commented calls a search takes, the newest comments first.
const mostFound = 1000

const findPeople = `select id from employee where company = $1 and name ilike $2 order by id`

const findCalls = `select call from (
		select distinct on (call) call, at from comment where company = $1 and deleted is null and body ilike $2 order by call, at desc) x
	order by at desc limit $3`

// Find searches names of people and what was written about calls for a text, whatever the case of its letters.
func (t *Tenant) Find(ctx context.Context, text string) (f Found, err error) {
	like := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(text) + "%"
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, findPeople, t.id, like)
		if err != nil {
			return err
		}
		if f.People, err = pgx.CollectRows(rows, pgx.RowTo[fmc.EmployeeID]); err != nil {
			return err
		}
		if rows, err = tx.Query(ctx, findCalls, t.id, like, mostFound); err != nil {
			return err
		}
		f.Calls, err = pgx.CollectRows(rows, pgx.RowTo[fmc.CallID])
		return err
	})
	return f, err
}

// ways are the ways in which a call may have been found; nil: there was no search.
func (f *Found) ways(terms *conditions) (ways []string) {
	if f == nil {
		return nil
	}
	for _, p := range f.People {
		ways = append(ways, terms.with("c.employee = ?", p))
	}
	return append(ways, terms.with("c.id = any(?)", f.Calls))
}
