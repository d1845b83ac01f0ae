package store

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/crypto/argon2"

	"roadline/fmc"
)

// What a PIN costs to try: RFC 9106 §4 for little memory, as OWASP advises it. A PIN has few digits: who has the hashes
// finds it in minutes whatever it costs, so what protects it is that they leave the store for the directory alone.
const (
	pinMemory  = 19 * 1024 // KiB
	pinTime    = 2
	pinThreads = 1
	pinSalt    = 16 // bytes
	pinKey     = 32 // bytes
	pinsAtOnce = 2  // tried at the same time: a night of attempts takes neither the memory nor the processors from calls
)

// pinForm is a hash as it is kept, the PHC string format: memory, time, threads, salt, key.
const pinForm = "$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s"

// hashPIN makes what is kept of a PIN.
func hashPIN(pin string) string {
	salt := make([]byte, pinSalt)
	_, _ = rand.Read(salt) // never fails: crypto/rand
	key := argon2.IDKey([]byte(pin), salt, pinTime, pinMemory, pinThreads, pinKey)
	return fmt.Sprintf(pinForm, argon2.Version, pinMemory, pinTime, pinThreads, base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

// keptHash is a hash taken apart.
type keptHash struct {
	memory, time uint32
	threads      uint8
	salt, key    []byte
}

// nobodysHash is tried for who has no PIN, so that nobody learns by the time it takes who has one. No PIN gives its key.
var nobodysHash = keptHash{pinMemory, pinTime, pinThreads, make([]byte, pinSalt), make([]byte, pinKey)}

// readHash takes a hash apart; one that cannot be read is nobody's.
func readHash(hash string) (keptHash, bool) {
	var (
		h       keptHash
		version int
		rest    string
	)
	if _, err := fmt.Sscanf(hash, "$argon2id$v=%d$m=%d,t=%d,p=%d$%s", &version, &h.memory, &h.time, &h.threads, &rest); err != nil {
		return nobodysHash, false
	}
	var err error
	if n := base64.RawStdEncoding.EncodedLen(pinSalt); len(rest) > n && rest[n] == '$' {
		h.salt, err = base64.RawStdEncoding.DecodeString(rest[:n])
		if err == nil {
			h.key, err = base64.RawStdEncoding.DecodeString(rest[n+1:])
		}
	}
	if err != nil || version != argon2.Version || h.memory > 1<<16 || h.time < 1 || h.time > 64 || h.threads < 1 || len(h.key) != pinKey {
		return nobodysHash, false
	}
	return h, true
}

// is reports whether a PIN gives the key, in the same time whether it does or not.
func (h keptHash) is(pin string) bool {
	return subtle.ConstantTimeCompare(argon2.IDKey([]byte(pin), h.salt, h.time, h.memory, h.threads, pinKey), h.key) == 1
}

// SetPIN sets a person's PIN. A person whom the company's document does not name is cause.NotFound. Whether it is a good
// one is not looked at.
func (t *Tenant) SetPIN(ctx context.Context, employee fmc.EmployeeID, pin string) error {
	hash := hashPIN(pin)
	return t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		var n int
		if err := tx.QueryRow(ctx, "select 1 from employee where company = $1 and id = $2 and active", t.id, employee).Scan(&n); err != nil {
			return err
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
			return pgx.ErrNoRows
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
