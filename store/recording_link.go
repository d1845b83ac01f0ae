package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
)

// RecordingLink lets whoever has it hear one recording.
type RecordingLink struct {
	ID      string
	Call    fmc.CallID
	Made    time.Time
	By      string
	Expires time.Time
	Revoked *time.Time // nil: it is good
	Plays   int
}

const selectRecordingLink = "select id, call, made, made_by, expires, revoked, plays from recording_link where "

// AddRecordingLink keeps that a secret lets a call of the company be heard. One that it does not have is cause.NotFound.
func (t *Tenant) AddRecordingLink(ctx context.Context, secret string, l RecordingLink) error {
	return t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		if err := t.has(ctx, tx, l.Call); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "insert into recording_link (company, id, hash, call, made, made_by, expires) values ($1, $2, $3, $4, $5, $6, $7)",
			t.id, l.ID, digest(secret), l.Call, t.store.opt.Clock().UTC(), l.By, l.Expires.UTC())
		return err
	})
}

// RecordingLinks returns the links to a call's recording, the newest first.
func (t *Tenant) RecordingLinks(ctx context.Context, call fmc.CallID) ([]RecordingLink, error) {
	terms := conditions{terms: []string{"company = $1"}, args: []any{t.id}}
	terms.add(true, "call = ?", call)
	return list[RecordingLink](ctx, t, selectRecordingLink, terms, " order by made desc, id", 1000)
}

// RevokeRecordingLink makes a link worth nothing; one that is so already, or is of another call, is cause.NotFound.
func (t *Tenant) RevokeRecordingLink(ctx context.Context, call fmc.CallID, id string) error {
	return t.changeLogin(ctx, "update recording_link set revoked = $4 where company = $1 and call = $2 and id = $3 and revoked is null",
		t.id, call, id, t.store.opt.Clock().UTC())
}

// PlayRecordingLink counts that a link was played.
func (t *Tenant) PlayRecordingLink(ctx context.Context, id string) error {
	return t.changeLogin(ctx, "update recording_link set plays = plays + 1 where company = $1 and id = $2", t.id, id)
}

// RecordingLinkOf returns the link that a secret is, and whose company's. One that is revoked, out of date or never was is
// cause.NotFound.
func (o *Operator) RecordingLinkOf(ctx context.Context, secret string) (company fmc.CompanyID, l RecordingLink, err error) {
	err = o.store.node.QueryRow(ctx, "select company, id, call, made, made_by, expires, revoked, plays from recording_link where hash = $1 and revoked is null and expires > $2",
		digest(secret), o.store.opt.Clock().UTC()).Scan(&company, &l.ID, &l.Call, &l.Made, &l.By, &l.Expires, &l.Revoked, &l.Plays)
	return company, l, explain(err)
}
