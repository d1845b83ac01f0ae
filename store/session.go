package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
)

// Session is a browser in which somebody signed in, or is about to.
type Session struct {
	ID       string         // what it is called in lists
	Company  fmc.CompanyID  // empty: nobody signed in yet
	Employee fmc.EmployeeID // as Company
	Made     time.Time
	Seen     time.Time
	Expires  time.Time
	Address  string // from which it was made
	Agent    string // the browser, as it names itself
}

// seenEvery is how exactly it is known when a session was seen last: not every request writes.
const seenEvery = time.Minute

// SessionData returns what is kept in the session of a key; false for one that ended, or that was not seen for longer
// than idle. That it was asked for counts as seen.
func (o *Operator) SessionData(ctx context.Context, key string, idle time.Duration) (data []byte, found bool, err error) {
	now := o.store.opt.Clock().UTC()
	var seen time.Time
	err = o.store.node.QueryRow(ctx, "select data, seen from session where key = $1 and expires > $2 and seen > $3", key, now, now.Add(-idle)).Scan(&data, &seen)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, false, nil
	}
	if err == nil && now.Sub(seen) > seenEvery {
		_, err = o.store.node.Exec(ctx, "update session set seen = $2 where key = $1", key, now)
	}
	return data, err == nil, explain(err)
}

// KeepSession keeps a new session and its data under a key.
func (o *Operator) KeepSession(ctx context.Context, key string, s Session, data []byte) error {
	now := o.store.opt.Clock().UTC()
	_, err := o.store.node.Exec(ctx, `insert into session (key, id, company, employee, made, seen, expires, address, agent, data)
		values ($1, $2, $3, $4, $5, $5, $6, $7, $8, $9)`,
		key, s.ID, s.Company, s.Employee, now, s.Expires, s.Address, s.Agent, data)
	return explain(err)
}

// ChangeSession keeps other data in the session of a key. One that ended meanwhile stays so, which is no error.
func (o *Operator) ChangeSession(ctx context.Context, key string, expires time.Time, data []byte) error {
	_, err := o.store.node.Exec(ctx, "update session set seen = $2, expires = $3, data = $4 where key = $1", key, o.store.opt.Clock().UTC(), expires, data)
	return explain(err)
}

// EndSession ends the session of a key. One that is not there is no error.
func (o *Operator) EndSession(ctx context.Context, key string) error {
	_, err := o.store.node.Exec(ctx, "delete from session where key = $1", key)
	return explain(err)
}

// Sessions returns a person's sessions, the one seen last first.
func (t *Tenant) Sessions(ctx context.Context, employee fmc.EmployeeID) ([]Session, error) {
	terms := conditions{terms: []string{"company = $1"}, args: []any{t.id}}
	terms.add(true, "employee = ?", employee)
	terms.add(true, "expires > ?", t.store.opt.Clock().UTC())
	return list[Session](ctx, t, "select id, company, employee, made, seen, expires, address, agent from session where ", terms, " order by seen desc, id", 0)
}

// EndSession ends one session of a person; one that the person does not have is cause.NotFound.
func (t *Tenant) EndSession(ctx context.Context, employee fmc.EmployeeID, id string) error {
	return t.changeLogin(ctx, "delete from session where company = $1 and employee = $2 and id = $3", t.id, employee, id)
}

// EndSessions ends a person's sessions but one, which may be empty.
func (t *Tenant) EndSessions(ctx context.Context, employee fmc.EmployeeID, but string) error {
	return t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "delete from session where company = $1 and employee = $2 and id <> $3", t.id, employee, but)
		return err
	})
}
