package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// Token is what a program shows in place of a password. The token itself is told once and not kept.
type Token struct {
	ID       string
	Employee fmc.EmployeeID // whose it is; of a service: who made it
	Service  bool           // it outlives whoever made it
	Name     string
	Rights   []string
	Made     time.Time
	Expires  time.Time
	Seen     *time.Time // nil: never used; else to the minute
	Revoked  *time.Time // nil: it is good
}

const selectToken = "select id, employee, service, name, rights, made, expires, seen, revoked from token where "

// mostTokens is how many good ones a person has at most: a list must stay one that somebody reads.
const mostTokens = 50

// AddToken keeps that a secret is a token of the company. A person whom its document does not name is cause.NotFound.
func (t *Tenant) AddToken(ctx context.Context, secret string, k Token) error {
	return t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		if err := t.active(ctx, tx, k.Employee); err != nil {
			return err
		}
		now := t.store.opt.Clock().UTC()
		var n int
		err := tx.QueryRow(ctx, "select count(*) from token where company = $1 and employee = $2 and revoked is null and expires > $3", t.id, k.Employee, now).Scan(&n)
		if err != nil {
			return err
		}
		if n >= mostTokens {
			return cause.Errorf(cause.Conflict, "%s has %d tokens already: revoke one first", k.Employee, n)
		}
		_, err = tx.Exec(ctx, `insert into token (company, id, hash, employee, service, name, rights, made, expires) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			t.id, k.ID, digest(secret), k.Employee, k.Service, k.Name, k.Rights, now, k.Expires.UTC())
		return err
	})
}

// Tokens returns the tokens of a person, of everybody where employee is empty, the newest first. Those that are revoked or
// out of date are among them.
func (t *Tenant) Tokens(ctx context.Context, employee fmc.EmployeeID) ([]Token, error) {
	terms := conditions{terms: []string{"company = $1"}, args: []any{t.id}}
	terms.add(employee != "", "employee = ?", employee)
	return list[Token](ctx, t, selectToken, terms, " order by made desc, id", 1000)
}

// Token returns one token; cause.NotFound where the company has none of that id.
func (t *Tenant) Token(ctx context.Context, id string) (Token, error) {
	k, err := one[Token](ctx, t, selectToken+"company = $1 and id = $2", t.id, id)
	return k, absent(err, cause.Errorf(cause.NotFound, "there is no token %q", id))
}

// RevokeToken makes a token worth nothing; one that is so already, or is not the company's, is cause.NotFound.
func (t *Tenant) RevokeToken(ctx context.Context, id string) error {
	return t.changeLogin(ctx, "update token set revoked = $3 where company = $1 and id = $2 and revoked is null", t.id, id, t.store.opt.Clock().UTC())
}

// TokenOf returns the token that a secret is, and whose company's. One that is revoked, out of date or never was is
// cause.NotFound. That it was asked for counts as seen.
func (o *Operator) TokenOf(ctx context.Context, secret string) (company fmc.CompanyID, k Token, err error) {
	now := o.store.opt.Clock().UTC()
	err = o.store.node.QueryRow(ctx, `select company, id, employee, service, name, rights, made, expires, seen, revoked from token
		where hash = $1 and revoked is null and expires > $2`, digest(secret), now).
		Scan(&company, &k.ID, &k.Employee, &k.Service, &k.Name, &k.Rights, &k.Made, &k.Expires, &k.Seen, &k.Revoked)
	if err == nil && (k.Seen == nil || now.Sub(*k.Seen) > seenEvery) {
		_, err = o.store.node.Exec(ctx, "update token set seen = $3 where company = $1 and id = $2", company, k.ID, now)
	}
	return company, k, explain(err)
}
