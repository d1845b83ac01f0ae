package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
)

// AuditEntry is one thing that somebody did, or listened to.
type AuditEntry struct {
	ID      int64     // 0: it is not written yet
	At      time.Time // when it was written
	Who     string    // a person's id; "machine": the command line on the node
	Token   string    // id of the token that was shown; empty: none
	Address string
	What    string // the operation's name
	Object  string // what it was done to
	Before  any    // nil: nothing to tell; else what marshals, and json.RawMessage when it is read
	After   any
}

type auditKey struct{}

// Audited returns a context under which the first change that a company's Tenant makes writes the entry in the same
// transaction: there is none without the other. Until then the entry may still be filled in; see Auditing. One request
// makes one entry.
func Audited(ctx context.Context, e *AuditEntry) context.Context {
	return context.WithValue(ctx, auditKey{}, e)
}

// Auditing returns the entry of a context, to be filled in; where there is none, one that nobody will read.
func Auditing(ctx context.Context) *AuditEntry {
	if e, ok := ctx.Value(auditKey{}).(*AuditEntry); ok {
		return e
	}
	return &AuditEntry{}
}

// audited writes the entry of a context, where one waits. It counts as written when the transaction ended well.
func (t *Tenant) audited(ctx context.Context, tx pgx.Tx) (written func(), err error) {
	e, ok := ctx.Value(auditKey{}).(*AuditEntry)
	if !ok || e.ID != 0 {
		return func() {}, nil
	}
	id, err := t.insertAudit(ctx, tx, *e)
	return func() { e.ID = id }, err
}

func (t *Tenant) insertAudit(ctx context.Context, tx pgx.Tx, e AuditEntry) (id int64, err error) {
	before, err := auditJSON(e.Before)
	if err != nil {
		return 0, err
	}
	after, err := auditJSON(e.After)
	if err != nil {
		return 0, err
	}
	err = tx.QueryRow(ctx, `insert into audit (company, at, who, token, address, what, object, before, after)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id`,
		t.id, t.store.opt.Clock().UTC(), e.Who, e.Token, e.Address, e.What, e.Object, before, after).Scan(&id)
	return id, err
}

func auditJSON(v any) ([]byte, error) {
	if v == nil {
		return nil, nil
	}
	return json.Marshal(v)
}

// Audit writes an entry that no change of the company's rows goes with: something was listened to, or asked of a line.
func (t *Tenant) Audit(ctx context.Context, e *AuditEntry) error {
	if e.ID != 0 {
		return nil // a change took it along
	}
	return t.in(Audited(ctx, e), pgx.ReadWrite, func(pgx.Tx) error { return nil })
}

// listen is how long somebody listens to one thing: a player asks for it in many parts.
const listen = 10 * time.Minute

// AuditListen writes an entry of somebody who listens to something, before they hear it, and reports whether it is a new
// one: there is none where the same person did the same not long ago.
func (t *Tenant) AuditListen(ctx context.Context, e *AuditEntry) (fresh bool, err error) {
	err = t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		var n int
		err := tx.QueryRow(ctx, "select count(*) from audit where company = $1 and who = $2 and token = $3 and address = $4 and what = $5 and object = $6 and at > $7",
			t.id, e.Who, e.Token, e.Address, e.What, e.Object, t.store.opt.Clock().UTC().Add(-listen)).Scan(&n)
		if err != nil || n > 0 {
			return err
		}
		fresh = true
		e.ID, err = t.insertAudit(ctx, tx, *e)
		return err
	})
	return fresh, err
}

// AuditFilter chooses entries. Empty fields choose all.
type AuditFilter struct {
	From, To time.Time // at From or later and before To
	Who      string
	What     string
	Object   string
	// Of chooses what a person did, and what was done to the person or to calls of theirs.
	Of     fmc.EmployeeID
	Before int64 // id of the last entry of the page before; 0: the newest
	Limit  int   // 0: 50; at most 1000
}

// AuditEntries returns a page of entries, newest first.
func (t *Tenant) AuditEntries(ctx context.Context, f AuditFilter) ([]AuditEntry, error) {
	terms := conditions{terms: []string{"a.company = $1"}, args: []any{t.id}}
	terms.add(!f.From.IsZero(), "a.at >= ?", f.From)
	terms.add(!f.To.IsZero(), "a.at < ?", f.To)
	terms.add(f.Who != "", "a.who = ?", f.Who)
	terms.add(f.What != "", "a.what = ?", f.What)
	terms.add(f.Object != "", "a.object = ?", f.Object)
	terms.add(f.Of != "", `(a.who = ? or a.object = ? or exists (
		select from call_record c where c.company = a.company and c.id = a.object and c.employee = ?))`, f.Of, f.Of, f.Of)
	terms.add(f.Before != 0, "a.id < ?", f.Before)
	kept, err := list[keptAudit](ctx, t, "select id, at, who, token, address, what, object, before, after from audit a where ", terms, " order by a.id desc", f.Limit)
	all := make([]AuditEntry, 0, len(kept))
	for _, k := range kept {
		all = append(all, k.entry())
	}
	return all, err
}

// keptAudit is an entry as PostgreSQL gives it.
type keptAudit struct {
	ID                                int64
	At                                time.Time
	Who, Token, Address, What, Object string
	Before, After                     []byte
}

func (k keptAudit) entry() AuditEntry {
	e := AuditEntry{ID: k.ID, At: k.At, Who: k.Who, Token: k.Token, Address: k.Address, What: k.What, Object: k.Object}
	if k.Before != nil {
		e.Before = json.RawMessage(k.Before)
	}
	if k.After != nil {
		e.After = json.RawMessage(k.After)
	}
	return e
}
