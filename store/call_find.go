package store

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
)

// Found is what a search by words found: the calls of these people, those with these clients, and these calls.
type Found struct {
	People  []fmc.EmployeeID
	Clients []string // E.164
	Calls   []fmc.CallID
}

// mostFound is how many commented calls a search takes, the newest comments first, and how many clients, the first by
// number.
const mostFound = 1000

const findPeople = `select id from employee where company = $1 and name ilike $2 order by id`

const findClients = `select number from client where company = $1 and (name ilike $2 or firm ilike $2) order by number limit $3`

const findCalls = `select call from (
		select distinct on (call) call, at from comment where company = $1 and deleted is null and body ilike $2 order by call, at desc) x
	order by at desc limit $3`

// containing is a pattern of like: the text, wherever it stands.
func containing(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(text) + "%"
}

// Find searches names of people and of clients and what was written about calls for a text, whatever the case of its letters.
func (t *Tenant) Find(ctx context.Context, text string) (f Found, err error) {
	like := containing(text)
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, findPeople, t.id, like)
		if err != nil {
			return err
		}
		if f.People, err = pgx.CollectRows(rows, pgx.RowTo[fmc.EmployeeID]); err != nil {
			return err
		}
		if rows, err = tx.Query(ctx, findClients, t.id, like, mostFound); err != nil {
			return err
		}
		if f.Clients, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
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
	if len(f.Clients) > 0 {
		ways = append(ways, terms.with("c.client = any(?)", f.Clients))
	}
	return append(ways, terms.with("c.id = any(?)", f.Calls))
}
