package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc/cause"
)

// Client is who a number outside the company is.
type Client struct {
	Number string // E.164
	Name   string // of the person
	Firm   string // where they work; one of the two is written
	At     time.Time
	Author string
}

// Called is how people call the client: "Petrov (Romashka)".
func (c Client) Called() string {
	switch {
	case c.Name == "" || c.Firm == "":
		return c.Name + c.Firm
	default:
		return c.Name + " (" + c.Firm + ")"
	}
}

// clientCalled is Client.Called of a row w of client; empty: nobody wrote who it is.
const clientCalled = `coalesce(case when w.name = '' or w.firm = '' then w.name || w.firm else w.name || ' (' || w.firm || ')' end, '')`

const selectClients = "select number, name, firm, at, author from client w where "

// ClientFilter chooses clients. Empty fields choose all.
type ClientFilter struct {
	Text  string // in the name or the firm, whatever the case of its letters, or in the number
	After string // the number of the last line of the page before
	Limit int    // 0: 50; at most 1000
}

// Clients returns a page of those who have a name, by number.
func (t *Tenant) Clients(ctx context.Context, f ClientFilter) ([]Client, error) {
	terms := conditions{terms: []string{"w.company = $1"}, args: []any{t.id}}
	terms.add(f.Text != "", "(w.name ilike ? or w.firm ilike ? or w.number like ?)", containing(f.Text), containing(f.Text), containing(f.Text))
	terms.add(f.After != "", "w.number > ?", f.After)
	return list[Client](ctx, t, selectClients, terms, " order by w.number", f.Limit)
}

// Client returns who a number is; cause.NotFound where nobody wrote it.
func (t *Tenant) Client(ctx context.Context, number string) (Client, error) {
	return one[Client](ctx, t, selectClients+"w.company = $1 and w.number = $2", t.id, number)
}

// ClientsOf returns who numbers are. Those of whom nobody wrote it are not among them.
func (t *Tenant) ClientsOf(ctx context.Context, numbers []string) (map[string]Client, error) {
	var all map[string]Client
	err := t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, selectClients+"w.company = $1 and w.number = any($2)", t.id, numbers)
		if err != nil {
			return err
		}
		all, err = clientsIn(rows)
		return err
	})
	return all, err
}

// clientsIn are the clients in rows of selectClients, by number.
func clientsIn(rows pgx.Rows) (map[string]Client, error) {
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Client])
	all := map[string]Client{}
	for _, c := range found {
		all[c.Number] = c
	}
	return all, err
}

const setClient = `insert into client (company, number, name, firm, at, author) values ($1, $2, $3, $4, $5, $6)
	on conflict (company, number) do update set name = excluded.name, firm = excluded.firm, at = excluded.at, author = excluded.author`

// SetClients writes who numbers are, all of them or none; of one without a name and a firm, that nobody knows.
func (t *Tenant) SetClients(ctx context.Context, by string, clients ...Client) error {
	return t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		var n int
		err := tx.QueryRow(ctx, "select 1 from company where id = $1", t.id).Scan(&n)
		if errors.Is(err, pgx.ErrNoRows) {
			return cause.Errorf(cause.NotFound, "there is no company %q", t.id)
		}
		if err != nil {
			return err
		}
		b, now := &pgx.Batch{}, t.store.opt.Clock().UTC()
		for _, c := range clients {
			if c.Name == "" && c.Firm == "" {
				b.Queue("delete from client where company = $1 and number = $2", t.id, c.Number)
				continue
			}
			b.Queue(setClient, t.id, c.Number, text(c.Name), text(c.Firm), now, by)
		}
		return tx.SendBatch(ctx, b).Close()
	})
}
