package store

import (
	"context"
	"crypto/md5" // RFC 7616 §3.3
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// Secret is what is kept of an account's password: hex of H(name:realm:password), RFC 7616 §3.4.2 and §3.4.4. An empty
// one is switched off; both empty: nobody may register.
type Secret struct {
	SHA256, MD5 string
}

// SecretOf is what is kept of a password, for phones that know SHA-256 and for those that know nothing better than MD5.
func SecretOf(name, realm, password string) Secret {
	a1 := []byte(name + ":" + realm + ":" + password)
	strong, weak := sha256.Sum256(a1), md5.Sum(a1)
	return Secret{SHA256: hex.EncodeToString(strong[:]), MD5: hex.EncodeToString(weak[:])}
}

// AccountEntry is a SIP account in a list. What the secret is never leaves the store but for the directory.
type AccountEntry struct {
	Name     fmc.AccountID
	Employee fmc.EmployeeID
	Device   fmc.DeviceID
	SecretAt *time.Time // when the secret was set; nil: none is
}

// Accounts returns the company's accounts by name.
func (t *Tenant) Accounts(ctx context.Context) (all []AccountEntry, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select name, employee, device, secret_at from account where company = $1 order by name", t.id)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[AccountEntry])
		return err
	})
	return all, err
}

// Realm returns the realm of the company's accounts, in which secrets are made. It never changes.
func (t *Tenant) Realm(ctx context.Context) (realm string, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		return absent(tx.QueryRow(ctx, "select realm from company where id = $1", t.id).Scan(&realm), noCompany())
	})
	return realm, err
}

// SetSecret sets or, with the zero Secret, takes away the secret of an account that the company's document names. Any
// other account is cause.NotFound.
func (t *Tenant) SetSecret(ctx context.Context, account fmc.AccountID, s Secret) error {
	return t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		done, err := tx.Exec(ctx, `update account set ha1_sha256 = nullif($3, ''), ha1_md5 = nullif($4, ''), secret_at = $5
			where company = $1 and name = $2`, t.id, account, s.SHA256, s.MD5, t.store.opt.Clock().UTC())
		if err != nil {
			return err
		}
		if done.RowsAffected() == 0 {
			return cause.Errorf(cause.NotFound, "there is no account %q in the company", account)
		}
		b := &pgx.Batch{}
		t.changed(b)
		return tx.SendBatch(ctx, b).Close()
	})
}

// changed has directories take the company anew: a secret of it is another.
func (t *Tenant) changed(b *pgx.Batch) {
	b.Queue("update company set changed = changed + 1 where id = $1", t.id)
	b.Queue("select pg_notify($1, $2)", changedChannel, string(t.id))
}
