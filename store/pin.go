package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// A PIN has few digits: who has the hashes finds it in minutes whatever it costs to try, so what protects it is that they
// leave the store for the directory alone.

// pinsAtOnce are tried at the same time: a night of attempts takes neither the memory nor the processors from calls.
const pinsAtOnce = 2

// SetPIN sets a person's PIN. A person whom the company's document does not name is cause.NotFound. Whether it is a good
// one is not looked at.
func (t *Tenant) SetPIN(ctx context.Context, employee fmc.EmployeeID, pin string) error {
	hash := hashSecret(pin)
	return t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		var n int
		if err := tx.QueryRow(ctx, "select 1 from employee where company = $1 and id = $2 and active", t.id, employee).Scan(&n); err != nil {
			return absent(err, noPerson(employee))
		}
		b := &pgx.Batch{}
		b.Queue("insert into pin (company, employee, hash, at) values ($1, $2, $3, $4) on conflict (company, employee) do update set hash = $3, at = $4",
			t.id, employee, hash, t.store.opt.Clock().UTC())
		t.changed(b)
		return tx.SendBatch(ctx, b).Close()
	})
}

// RemovePIN takes a person's PIN away. Who has none is cause.NotFound.
func (t *Tenant) RemovePIN(ctx context.Context, employee fmc.EmployeeID) error {
	return t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		done, err := tx.Exec(ctx, "delete from pin where company = $1 and employee = $2", t.id, employee)
		if err != nil {
			return err
		}
		if done.RowsAffected() == 0 {
			return cause.Errorf(cause.NotFound, "%s has no PIN", employee)
		}
		b := &pgx.Batch{}
		t.changed(b)
		return tx.SendBatch(ctx, b).Close()
	})
}

// PINSetAt returns when each person's PIN was set; who is not in it has none.
func (t *Tenant) PINSetAt(ctx context.Context) (at map[fmc.EmployeeID]time.Time, err error) {
	at = map[fmc.EmployeeID]time.Time{}
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select employee, at from pin where company = $1", t.id)
		if err != nil {
			return err
		}
		var (
			who fmc.EmployeeID
			set time.Time
		)
		_, err = pgx.ForEachRow(rows, []any{&who, &set}, func() error {
			at[who] = set
			return nil
		})
		return err
	})
	return at, err
}

// PINs says whether people prove by a PIN that it is they, from the directory: it does not wait for PostgreSQL.
type PINs struct {
	Directory *Directory
}

// Has reports whether a person has a PIN.
func (p PINs) Has(company fmc.CompanyID, employee fmc.EmployeeID) bool {
	_, ok := p.Directory.PIN(company, employee)
	return ok
}

// Right reports whether digits are a person's PIN. It takes some tens of milliseconds and 19 MiB, for a wrong PIN and for
// a person who has none as for the right one; where several are tried it waits for its turn.
func (p PINs) Right(company fmc.CompanyID, employee fmc.EmployeeID, digits string) bool {
	hash, _ := p.Directory.PIN(company, employee)
	h, ok := readHash(hash)
	p.Directory.trial <- struct{}{}
	defer func() { <-p.Directory.trial }()
	return h.is(digits) && ok
}
