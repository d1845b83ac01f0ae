package store

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
)

// Review is what somebody who listened to a call thinks of it.
type Review struct {
	Call     fmc.CallID
	Reviewer fmc.EmployeeID
	Employee fmc.EmployeeID // who talked
	At       time.Time
	Score    int // 1 to 5, the best
	Body     string
}

// ReviewFilter chooses reviews. Empty fields choose all.
type ReviewFilter struct {
	Calls    []fmc.CallID
	Employee fmc.EmployeeID // who talked
	Limit    int            // 0: 50; at most 1000
}

// Reviews returns reviews, the newest first.
func (t *Tenant) Reviews(ctx context.Context, f ReviewFilter) ([]Review, error) {
	terms := conditions{terms: []string{"v.company = $1"}, args: []any{t.id}}
	terms.add(f.Calls != nil, "v.call = any(?)", f.Calls)
	terms.add(f.Employee != "", "v.employee = ?", f.Employee)
	return list[Review](ctx, t, "select call, reviewer, employee, at, score, body from review v where ", terms, " order by v.at desc, v.call, v.reviewer", f.Limit)
}

const setReview = `insert into review (company, call, reviewer, employee, at, score, body)
	select company, id, $3, employee, $4, $5, $6 from call_record where company = $1 and id = $2
	on conflict (company, call, reviewer) do update set at = excluded.at, score = excluded.score, body = excluded.body`

// SetReview keeps what its reviewer thinks of a call, in place of what they thought before; cause.NotFound where the
// company has no such call.
func (t *Tenant) SetReview(ctx context.Context, r Review) error {
	return t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		done, err := tx.Exec(ctx, setReview, t.id, r.Call, r.Reviewer, t.store.opt.Clock().UTC(), r.Score, text(r.Body))
		if err == nil && done.RowsAffected() == 0 {
			err = noCall(r.Call)
		}
		return err
	})
}

// PickReason says why a call is worth a listen.
type PickReason string

// The reasons.
const (
	PickLongest  PickReason = "longest"
	PickReturned PickReason = "returned" // a client who was missed was called back in it
	PickRandom   PickReason = "random"
)

// Pick is a call that is worth a listen.
type Pick struct {
	CallLine
	Reason PickReason
}

// picks are the ways to pick calls that began in a time and can be heard: how many, with which condition, in which order.
// What one picked the next passes over.
var picks = []struct {
	reason PickReason
	most   string
	where  string
	order  string
}{
	{PickLongest, "3", "true", "c.talked desc, c.id"},
	{PickReturned, "3", `c.direction = 'outbound' and c.id in (select substr(m.why, length('call ') + 1) from missed m
		where m.company = $1 and m.state = 'done' and m.promised = '' and m.way = 'outbound')`, "c.began, c.id"},
	{PickRandom, "4", "true", "md5(c.id || ?), c.id"},
}

// Picks returns calls that are worth a listen, of those that began in a time, from included and to not, and that somebody
// may hear: the longest, those in which a client was called back, and some that chance picks: for the same reviewer and time
// always the same. Who reviews gets none of their own.
func (t *Tenant) Picks(ctx context.Context, w *Within, reviewer fmc.EmployeeID, from, to time.Time) (all []Pick, err error) {
	var taken []fmc.CallID
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		for _, p := range picks {
			terms := CallFilter{From: from, To: to, Taped: true}.terms(t.id)
			w.add(&terms, "c.employee", "c.grp")
			terms.add(true, "c.talked > interval '0' and c.employee not in ('', ?) and c.id <> all(coalesce(?::text[], '{}'))", reviewer, taken)
			terms.add(true, p.where)
			order := p.order
			if p.reason == PickRandom {
				order = terms.with(order, string(reviewer)+from.UTC().Format(time.RFC3339))
			}
			sql := strings.Replace(callLines, "%s", "call_record", 1) + " where " + strings.Join(terms.terms, " and ") + " order by " + order + " limit " + p.most
			rows, err := tx.Query(ctx, sql, terms.args...)
			if err != nil {
				return err
			}
			lines, err := pgx.CollectRows(rows, pgx.RowToStructByPos[CallLine])
			if err != nil {
				return err
			}
			for _, l := range lines {
				taken, all = append(taken, l.ID), append(all, Pick{l, p.reason})
			}
		}
		return nil
	})
	return all, err
}
