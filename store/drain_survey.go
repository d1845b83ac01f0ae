package store

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
)

// surveyAfter is after how many facts the tables are looked at.
const surveyAfter = 1000

// tablesGrown are the tables that a Drain fills and that are ten times as large as when PostgreSQL gathered its
// statistics of them, or larger than ten pages and without any.
const tablesGrown = `select oid::regclass::text from pg_class
	where oid = any ('{call_record, call_leg, call_plan, fact, message, message_in, message_out, message_report, program_delivery,
			missed, missed_call, voicemail, alert}'::regclass[])
		and pg_relation_size(oid) > 10 * greatest(relpages, 1) * current_setting('block_size')::bigint`

// survey has PostgreSQL gather statistics of the tables that have grown much. Without any it takes every index that begins
// with the company to be as good as the key, and each check of a foreign key walks all calls of the company; with those of a
// table that was empty, or a page, it walks through the table, and goes on so as it grows, for a statement's plan is kept
// until there are new ones. Autovacuum would see to it a minute later, a hundred thousand facts on. An empty table is
// therefore left alone. Failing costs time only.
func (d *Drain) survey(ctx context.Context, facts int) {
	if d.brought += facts; d.brought < surveyAfter {
		return
	}
	d.brought = 0
	rows, err := d.store.node.Query(ctx, tablesGrown)
	if err != nil {
		d.log.Warn("the size of the tables is not known", "err", err)
		return
	}
	grown, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err == nil && len(grown) > 0 {
		_, err = d.store.node.Exec(ctx, "analyze "+strings.Join(grown, ", "))
	}
	if err != nil {
		d.log.Warn("statistics of the tables not gathered", "err", err)
	}
}
