package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// Invitation is a link by which a person sets a password: the first one, or another for one that is forgotten.
type Invitation struct {
	Company  fmc.CompanyID
	Employee fmc.EmployeeID
	By       string // who made it; the person, where the password is forgotten
	Expires  time.Time
	Reset    bool // it is made only for who has a password already
}

// Invite keeps that a token lets a person set a password, once. What was made for the person before is worth nothing any
// more. A person whom the company's document does not name is cause.NotFound, and of a reset one who has no password: who
// was never invited, or is kept out, is let in by others.
func (t *Tenant) Invite(ctx context.Context, token string, i Invitation) error {
	return t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		if err := t.active(ctx, tx, i.Employee); err != nil {
			return err
		}
		if i.Reset {
			var n int
			if err := tx.QueryRow(ctx, "select 1 from login where company = $1 and employee = $2", t.id, i.Employee).Scan(&n); err != nil {
				return err
			}
		}
		b := &pgx.Batch{}
		b.Queue("delete from invitation where company = $1 and employee = $2", t.id, i.Employee)
		b.Queue("insert into invitation (hash, company, employee, made, made_by, expires) values ($1, $2, $3, $4, $5, $6)",
			digest(token), t.id, i.Employee, t.store.opt.Clock().UTC(), i.By, i.Expires.UTC())
		return tx.SendBatch(ctx, b).Close()
	})
}

// Invitation returns whom a token lets set a password; cause.NotFound for one that is used, out of date or never was.
func (o *Operator) Invitation(ctx context.Context, token string) (i Invitation, err error) {
	err = o.store.node.QueryRow(ctx, "select company, employee, made_by, expires from invitation where hash = $1 and expires > $2",
		digest(token), o.store.opt.Clock().UTC()).Scan(&i.Company, &i.Employee, &i.By, &i.Expires)
	return i, explain(err)
}

// Redeem sets a password by an invitation of the company, which is used up by that. The person's sessions end. One that
// is used, out of date or another company's is cause.NotFound.
func (t *Tenant) Redeem(ctx context.Context, token, password string) error {
	i, err := t.store.Operator().Invitation(ctx, token)
	if err != nil {
		return err
	}
	if i.Company != t.id {
		return cause.Errorf(cause.NotFound, "company %s: no such invitation", t.id)
	}
	hash := hashSecret(password)
	return t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		if err := t.active(ctx, tx, i.Employee); err != nil {
			return err
		}
		done, err := tx.Exec(ctx, "delete from invitation where company = $1 and employee = $2 and made_by = $3 and expires = $4", t.id, i.Employee, i.By, i.Expires)
		if err == nil && done.RowsAffected() == 0 {
			err = pgx.ErrNoRows // somebody used it at the same moment
		}
		if err != nil {
			return err
		}
		return t.setPassword(ctx, tx, i.Employee, hash)
	})
}

// Invited returns until when the invitations of people are good that were not used.
func (t *Tenant) Invited(ctx context.Context) (until map[fmc.EmployeeID]time.Time, err error) {
	until = map[fmc.EmployeeID]time.Time{}
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select employee, expires from invitation where company = $1 and expires > $2", t.id, t.store.opt.Clock().UTC())
		if err != nil {
			return err
		}
		var (
			who fmc.EmployeeID
			at  time.Time
		)
		_, err = pgx.ForEachRow(rows, []any{&who, &at}, func() error {
			until[who] = at
			return nil
		})
		return err
	})
	return until, err
}
