package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
)

const insertCardMove = `insert into card_move (company, sim, at, bank, was, modem, author, reason, lose) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
	on conflict (company, sim, at) do nothing`

func queueCardMove(q *pgx.Batch, f fmc.Fact, m fmc.CardMoved) {
	q.Queue(insertCardMove, f.Company, text(string(m.SIM)), m.At.UTC(), text(string(m.Bank)), text(m.Was), text(m.Modem), text(m.By), text(m.Reason), m.Lose)
}

const selectCardMoves = "select at, sim, bank, was, modem, author, reason, lose from card_move where company = $1 "

// CardMoves returns what was wished of a card of a SIM bank, newest first.
func (t *Tenant) CardMoves(ctx context.Context, id fmc.ICCID) ([]fmc.CardMoved, error) {
	return t.cardMoves(ctx, selectCardMoves+"and sim = $2 order by at desc limit $3", t.id, id, mostMoments)
}

// CardsMoved returns how the company's cards were moved last: what outlives a node's disk.
func (t *Tenant) CardsMoved(ctx context.Context) ([]fmc.CardMoved, error) {
	return t.cardMoves(ctx, "select distinct on (sim) * from ("+selectCardMoves+") m order by sim, at desc", t.id)
}

func (t *Tenant) cardMoves(ctx context.Context, sql string, args ...any) ([]fmc.CardMoved, error) {
	all, err := rowsOf[fmc.CardMoved](ctx, t, sql, args...)
	for i := range all {
		all[i].At = all[i].At.UTC()
	}
	return all, err
}
