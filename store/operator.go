package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"roadline/fmc"
	"roadline/fmc/cause"
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
	ID      int64
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

const selectAside = "select id, node, boot, seq, to_seq, company, call, message, kind, reason, body, at from quarantine "

func scanAside(row pgx.CollectableRow) (p PutAside, err error) {
	var boot [16]byte
	err = row.Scan(&p.ID, &p.Node, &boot, &p.From, &p.To, &p.Company, &p.Call, &p.Message, &p.Kind, &p.Reason, &p.Body, &p.At)
	p.Boot = boot
	return p, err
}

// Quarantined returns what was put aside last, newest first, without what was dismissed.
func (o *Operator) Quarantined(ctx context.Context, most int) ([]PutAside, error) {
	rows, err := o.store.node.Query(ctx, selectAside+"where dismissed is null order by id desc limit $1", most)
	if err != nil {
		return nil, explain(err)
	}
	all, err := pgx.CollectRows(rows, scanAside)
	return all, explain(err)
}

// Dismiss notes that nothing more is to be done about what was put aside. It stays in the table, and is neither listed nor
// tried any more. What is not put aside is cause.NotFound.
func (o *Operator) Dismiss(ctx context.Context, id int64, by string) error {
	done, err := o.store.node.Exec(ctx, "update quarantine set dismissed = $2, dismissed_by = $3 where id = $1 and dismissed is null", id, o.store.opt.Clock().UTC(), by)
	if err == nil && done.RowsAffected() == 0 {
		return cause.Errorf(cause.NotFound, "nothing that is put aside has the number %d", id)
	}
	return explain(err)
}
