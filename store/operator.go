package store

import (
	"context"
	"encoding/json"
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

// PutAside is what the drain could not bring in: an entry of a journal, a hole in one, or the record of a call.
type PutAside struct {
	Node    string
	Boot    uuid.UUID
	From    int64 // seq
	To      int64
	Company fmc.CompanyID // empty: not known
	Call    fmc.CallID    // empty: not known
	Kind    string        // "entry", "hole", "record"
	Reason  string
	Body    []byte
	At      time.Time
}

// Quarantined returns what was put aside last, newest first.
func (o *Operator) Quarantined(ctx context.Context, most int) ([]PutAside, error) {
	rows, err := o.store.node.Query(ctx,
		"select node, boot, seq, to_seq, company, call, kind, reason, body, at from quarantine order by id desc limit $1", most)
	if err != nil {
		return nil, explain(err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (p PutAside, err error) {
		var boot [16]byte
		err = row.Scan(&p.Node, &boot, &p.From, &p.To, &p.Company, &p.Call, &p.Kind, &p.Reason, &p.Body, &p.At)
		p.Boot = boot
		return p, err
	})
	return all, explain(err)
}

// Recording is where the sound of a call is.
type Recording struct {
	Call  fmc.CallID
	Path  string // as the recorder named it
	State string // the recorder's word
	Spans []fmc.RecordingSpan
	At    time.Time // of the entry
}

// KeepRecording writes where the sound of a company's call is, anew or again.
func (o *Operator) KeepRecording(ctx context.Context, company fmc.CompanyID, r Recording) error {
	spans, err := json.Marshal(r.Spans)
	if err != nil {
		return err
	}
	_, err = o.store.node.Exec(ctx, `insert into recording (company, call, path, state, spans, at) values ($1, $2, $3, $4, $5, $6)
		on conflict (company, call) do update set path = excluded.path, state = excluded.state, spans = excluded.spans, at = excluded.at`,
		company, r.Call, r.Path, r.State, spans, o.store.opt.Clock().UTC())
	return explain(err)
}

// Recording returns where the sound of a call is; cause.NotFound where the company has none of that call.
func (t *Tenant) Recording(ctx context.Context, call fmc.CallID) (r Recording, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		var spans []byte
		err := tx.QueryRow(ctx, "select call, path, state, spans, at from recording where company = $1 and call = $2", t.id, call).
			Scan(&r.Call, &r.Path, &r.State, &spans, &r.At)
		if err != nil {
			return err
		}
		return json.Unmarshal(spans, &r.Spans)
	})
	return r, err
}
