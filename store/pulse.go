package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
)

// Pulse is how the database stands, for metrics and checks: what waits, and what the cards were last told to hold.
type Pulse struct {
	Missed   int           // clients that somebody should call back
	Aside    int           // entries and records that the drain put aside and nobody dismissed
	Alarms   int           // that go on
	Jobs     time.Duration // how long the oldest job is overdue
	Webhooks time.Duration // how long the oldest event waits to be told to a receiver
	Version  string        // of PostgreSQL
	Bytes    int64         // of the database
	Balances []BalanceNow
}

// BalanceNow is what a card last had.
type BalanceNow struct {
	Company fmc.CompanyID
	SIM     fmc.ICCID
	Amount  string
}

const selectPulse = `select (select count(*) from missed where state = 'open'), (select count(*) from quarantine where dismissed is null), (select count(*) from alarm where cleared is null),
	coalesce((select $1::timestamptz - min(scheduled_at) from ` + JobSchema + `.river_job where state in ('available', 'retryable') and scheduled_at < $1), '0'),
	coalesce((select $1::timestamptz - min(due) from webhook_delivery where state = 'waiting' and due < $1), '0'),
	current_setting('server_version'), pg_database_size(current_database())`

const balancesNow = `select distinct on (company, sim) company, sim, amount from sim_balance where amount <> '' order by company, sim, at desc, n desc`

// Pulse takes it. It waits for the database.
func (o *Operator) Pulse(ctx context.Context) (p Pulse, err error) {
	err = o.store.node.QueryRow(ctx, selectPulse, o.store.opt.Clock().UTC()).Scan(&p.Missed, &p.Aside, &p.Alarms, &p.Jobs, &p.Webhooks, &p.Version, &p.Bytes)
	if err != nil {
		return p, explain(err)
	}
	rows, err := o.store.node.Query(ctx, balancesNow)
	if err != nil {
		return p, explain(err)
	}
	p.Balances, err = pgx.CollectRows(rows, pgx.RowToStructByPos[BalanceNow])
	return p, explain(err)
}

// Reachable returns nil if the database answers, and its schema is the program's.
func (o *Operator) Reachable(ctx context.Context) error {
	if _, err := o.store.node.Exec(ctx, "select 1 from company limit 1"); err != nil {
		return explain(err)
	}
	return nil
}
