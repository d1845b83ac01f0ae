package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
)

// Facts returns what happened in a call, in order; cause.NotFound where the company has no such call.
func (t *Tenant) Facts(ctx context.Context, id fmc.CallID) (facts []fmc.Fact, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		if err := t.has(ctx, tx, id); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, factsOfCall, t.id, id)
		if err != nil {
			return err
		}
		facts, err = pgx.CollectRows(rows, readFact)
		return err
	})
	return facts, err
}
