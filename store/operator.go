package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"roadline/fmc"
)

// CompanyEntry is a company in a list.
type CompanyEntry struct {
	ID         fmc.CompanyID
	Name       string
	Realm      string
	Generation int64
	Created    time.Time
}

// Companies returns all companies by id.
func (o *Operator) Companies(ctx context.Context) ([]CompanyEntry, error) {
	rows, err := o.store.node.Query(ctx, "select id, name, realm, generation, created from company order by id")
	if err != nil {
		return nil, explain(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[CompanyEntry])
	return all, explain(err)
}

// PutAside is what the drain could not bring in: an entry of a journal, a hole in one, or the record of a call or a message.
type PutAside struct {
	Node    string
	Boot    uuid.UUID
	From    int64 // seq
	To      int64
	Company fmc.CompanyID // empty: not known
	Call    fmc.CallID    // empty: not known, or of no call
	Message fmc.MessageID // empty: not known, or of no message
	Kind    string        // "entry", "hole", "record"
	Reason  string
	Body    []byte
	At      time.Time
}

// Quarantined returns what was put aside last, newest first.
func (o *Operator) Quarantined(ctx context.Context, most int) ([]PutAside, error) {
	rows, err := o.store.node.Query(ctx,
		"select node, boot, seq, to_seq, company, call, message, kind, reason, body, at from quarantine order by id desc limit $1", most)
	if err != nil {
		return nil, explain(err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (p PutAside, err error) {
		var boot [16]byte
		err = row.Scan(&p.Node, &boot, &p.From, &p.To, &p.Company, &p.Call, &p.Message, &p.Kind, &p.Reason, &p.Body, &p.At)
		p.Boot = boot
		return p, err
	})
	return all, explain(err)
}
