package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
)

// mostShadows is how many attempts are returned at most: three months of twenty cards.
const mostShadows = 2000

// Shadows returns the attempts by which the company's cards tried each other since an instant, newest first.
func (t *Tenant) Shadows(ctx context.Context, since time.Time) (all []fmc.ShadowRecord, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select began, ended from shadow where company = $1 and at >= $2 order by at desc, id desc limit $3", t.id, since.UTC(), mostShadows)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (r fmc.ShadowRecord, err error) {
			var began, ended []byte
			if err = row.Scan(&began, &ended); err != nil {
				return r, err
			}
			if err = json.Unmarshal(began, &r.ShadowBegan); err != nil || ended == nil {
				return r, err
			}
			r.Ended = &fmc.ShadowEnded{}
			return r, json.Unmarshal(ended, r.Ended)
		})
		return err
	})
	return all, err
}

const sweepShadows = `delete from shadow s using (select company, id from shadow where at < $1 limit $2) old where s.company = old.company and s.id = old.id`

const insertShadow = `insert into shadow (company, id, at, sim_from, sim_to, called, began) values ($1, $2, $3, $4, $5, $6, $7) on conflict (company, id) do nothing`

// endShadow keeps the first end: whoever takes an attempt for cut may be wrong.
const endShadow = "update shadow set ended = $3, talk = $4 where company = $1 and id = $2 and ended is null"

func queueShadow(q *pgx.Batch, f fmc.Fact, b fmc.ShadowBegan) {
	called := ""
	if b.Call {
		called = b.Called.E164
	}
	q.Queue(insertShadow, f.Company, text(string(b.Shadow)), b.At.UTC(), b.From, b.To, called, b)
}

func queueShadowEnd(q *pgx.Batch, f fmc.Fact, e fmc.ShadowEnded) {
	var talk *time.Duration
	if e.Call != nil && e.Call.Up > 0 {
		talk = &e.Call.Talk
	}
	q.Queue(endShadow, f.Company, text(string(e.Shadow)), e, talk)
}
