package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// Login is what is known of how a person signs in.
type Login struct {
	Password time.Time  // when it was set
	Codes    *time.Time // since when one-time codes are asked for; nil: they are not
	Recovery int        // codes left for who lost the device that makes one-time codes
}

// digest is what is kept of a secret that is long and random, so that one pass of SHA-256 is enough.
func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// SetPassword sets by what a person signs in, and ends what let in until then: the person's sessions, the links by which a
// password could be set, and the personal tokens. A person whom the company's document does not name is cause.NotFound.
// Whether it is a good one is not looked at.
func (t *Tenant) SetPassword(ctx context.Context, employee fmc.EmployeeID, password string) error {
	hash := hashSecret(password)
	return t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error { return t.setPassword(ctx, tx, employee, hash) })
}

func (t *Tenant) setPassword(ctx context.Context, tx pgx.Tx, employee fmc.EmployeeID, hash string) error {
	if err := t.active(ctx, tx, employee); err != nil {
		return err
	}
	now, b := t.store.opt.Clock().UTC(), &pgx.Batch{}
	b.Queue("insert into login (company, employee, hash, at) values ($1, $2, $3, $4) on conflict (company, employee) do update set hash = $3, at = $4",
		t.id, employee, hash, now)
	t.endEntries(b, "= $2", employee, now)
	return tx.SendBatch(ctx, b).Close()
}

// active refuses a person whom the company's document does not name, with cause.NotFound. Until the transaction ends nothing
// else changes how the person comes in: what ends all of it and what makes a new way in never cross.
func (t *Tenant) active(ctx context.Context, tx pgx.Tx, employee fmc.EmployeeID) error {
	var n int
	err := tx.QueryRow(ctx, "select 1 from employee where company = $1 and id = $2 and active for no key update", t.id, employee).Scan(&n)
	return absent(err, noPerson(employee))
}

// RemoveLogin keeps a person out: the password, the sessions and the links are gone, and the tokens say no. Who has none of
// them is cause.NotFound; who was invited and has set no password yet has a link.
func (t *Tenant) RemoveLogin(ctx context.Context, employee fmc.EmployeeID) error {
	return t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		if err := t.active(ctx, tx, employee); err != nil {
			return err
		}
		b := &pgx.Batch{}
		b.Queue("delete from login where company = $1 and employee = $2", t.id, employee)
		t.endAccess(b, "= $2", employee, t.store.opt.Clock().UTC())
		ended := int64(0)
		for _, q := range b.QueuedQueries {
			q.Exec(func(done pgconn.CommandTag) error {
				ended += done.RowsAffected()
				return nil
			})
		}
		err := tx.SendBatch(ctx, b).Close()
		if err == nil && ended == 0 {
			err = pgx.ErrNoRows
		}
		return err
	})
}

// endEntries ends what lets people in, but for the password. are is a condition with $2 that is true of a person's id where
// it follows that. A service's token outlives its maker.
func (t *Tenant) endEntries(b *pgx.Batch, are string, people any, now time.Time) {
	b.Queue("delete from session where company = $1 and employee "+are, t.id, people)
	b.Queue("delete from invitation where company = $1 and employee "+are, t.id, people)
	b.Queue("update token set revoked = $3 where company = $1 and employee "+are+" and not service and revoked is null", t.id, people, now)
}

// endAccess ends what endEntries does, and the links by which people let others hear recordings. A service's link outlives
// whoever made the service.
func (t *Tenant) endAccess(b *pgx.Batch, are string, people any, now time.Time) {
	t.endEntries(b, are, people, now)
	b.Queue("update recording_link set revoked = $3 where company = $1 and revoked is null and made_by in (select id from employee where company = $1 and id "+are+")",
		t.id, people, now)
}

// Logins returns how people sign in; who is not in it cannot.
func (t *Tenant) Logins(ctx context.Context) (all map[fmc.EmployeeID]Login, err error) {
	all = map[fmc.EmployeeID]Login{}
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select employee, at, codes_at, cardinality(recovery) from login where company = $1", t.id)
		if err != nil {
			return err
		}
		var (
			who fmc.EmployeeID
			l   Login
		)
		_, err = pgx.ForEachRow(rows, []any{&who, &l.Password, &l.Codes, &l.Recovery}, func() error {
			all[who] = l
			return nil
		})
		return err
	})
	return all, err
}

// SetCodes asks a person for one-time codes from now on. sealed is their secret as whoever makes codes can open it, step
// that of the code by which the person proved to have it, recovery the codes for who loses it. Without a password there is
// cause.NotFound.
func (t *Tenant) SetCodes(ctx context.Context, employee fmc.EmployeeID, sealed []byte, step int64, recovery []string) error {
	digests := make([]string, 0, len(recovery))
	for _, r := range recovery {
		digests = append(digests, digest(r))
	}
	return t.changeLogin(ctx, "update login set codes = $3, codes_at = $4, step = $5, recovery = $6 where company = $1 and employee = $2",
		t.id, employee, sealed, t.store.opt.Clock().UTC(), step, digests)
}

// RemoveCodes asks a person for no one-time codes any more.
func (t *Tenant) RemoveCodes(ctx context.Context, employee fmc.EmployeeID) error {
	return t.changeLogin(ctx, "update login set codes = null, codes_at = null, recovery = '{}' where company = $1 and employee = $2", t.id, employee)
}

func (t *Tenant) changeLogin(ctx context.Context, sql string, args ...any) error {
	return t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		done, err := tx.Exec(ctx, sql, args...)
		if err == nil && done.RowsAffected() == 0 {
			err = pgx.ErrNoRows
		}
		return err
	})
}

// passwordsAtOnce are tried at the same time, as pinsAtOnce are.
const passwordsAtOnce = 2

// Proof is what a person who gave the right password has to show besides.
type Proof struct {
	Sealed []byte // the secret of one-time codes; nil: nothing
}

// RightPassword reports whether a password is a person's. It takes some tens of milliseconds, for a wrong password and
// for a person who has none as for the right one; where several are tried it waits for its turn.
func (o *Operator) RightPassword(ctx context.Context, company fmc.CompanyID, employee fmc.EmployeeID, password string) (bool, Proof, error) {
	var (
		hash string
		p    Proof
	)
	err := o.store.node.QueryRow(ctx, "select hash, codes from login where company = $1 and employee = $2", company, employee).Scan(&hash, &p.Sealed)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return false, Proof{}, explain(err)
	}
	h, ok := readHash(hash)
	select {
	case o.store.trial <- struct{}{}:
	case <-ctx.Done():
		return false, Proof{}, cause.Errorf(cause.Unavailable, "too many passwords are tried at once: %w", ctx.Err())
	}
	defer func() { <-o.store.trial }()
	if !h.is(password) || !ok {
		return false, Proof{}, nil
	}
	return true, p, nil
}

// Codes returns the sealed secret of a person's one-time codes; nil: none are asked for.
func (o *Operator) Codes(ctx context.Context, company fmc.CompanyID, employee fmc.EmployeeID) (sealed []byte, err error) {
	err = o.store.node.QueryRow(ctx, "select codes from login where company = $1 and employee = $2", company, employee).Scan(&sealed)
	return sealed, explain(err)
}

// TakeCode reports whether the code of a step may be taken: each is taken once, and none that came before it.
func (o *Operator) TakeCode(ctx context.Context, company fmc.CompanyID, employee fmc.EmployeeID, step int64) (bool, error) {
	done, err := o.store.node.Exec(ctx, "update login set step = $3 where company = $1 and employee = $2 and codes is not null and step < $3", company, employee, step)
	return done.RowsAffected() == 1, explain(err)
}

// TakeRecovery reports whether a recovery code is a person's. It is used up by that.
func (o *Operator) TakeRecovery(ctx context.Context, company fmc.CompanyID, employee fmc.EmployeeID, code string) (bool, error) {
	done, err := o.store.node.Exec(ctx, "update login set recovery = array_remove(recovery, $3) where company = $1 and employee = $2 and $3 = any(recovery)",
		company, employee, digest(code))
	return done.RowsAffected() == 1, explain(err)
}

// Sweep forgets what has run out: sessions, links, answers that may come again, and attempts to sign in of before.
func (o *Operator) Sweep(ctx context.Context, before time.Time) error {
	now := o.store.opt.Clock().UTC()
	b := &pgx.Batch{}
	b.Queue("delete from session where expires < $1", now)
	b.Queue("delete from invitation where expires < $1", now)
	b.Queue("delete from answered where at < $1", now.Add(-AnswerKept))
	b.Queue("delete from sign_in where at < $1", before)
	return explain(o.store.node.SendBatch(ctx, b).Close())
}
