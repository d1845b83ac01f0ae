package store

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// CallResult is what came of a call, as who talked says.
type CallResult struct {
	Call   fmc.CallID
	Result string // empty: they were asked, and said nothing
	Note   string
	Back   *time.Time // when the client is to be called back; nil: nobody promised it
	Author fmc.EmployeeID
	At     time.Time // when it was said last
}

const selectResult = "select call, result, note, back, author, at from call_result where company = $1 and call = "

// CallResult returns what came of a call; cause.NotFound where nobody said it.
func (t *Tenant) CallResult(ctx context.Context, call fmc.CallID) (CallResult, error) {
	return one[CallResult](ctx, t, selectResult+"$2", t.id, call)
}

// ResultsOf returns what came of calls. Those of which nobody said it are not among them.
func (t *Tenant) ResultsOf(ctx context.Context, calls []fmc.CallID) (map[fmc.CallID]CallResult, error) {
	all := map[fmc.CallID]CallResult{}
	err := t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, selectResult+"any($2)", t.id, calls)
		if err != nil {
			return err
		}
		found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[CallResult])
		for _, r := range found {
			all[r.Call] = r
		}
		return err
	})
	return all, err
}

const setResult = `insert into call_result (company, call, result, note, back, author, at)
	select company, id, $3, $4, $5, $6, $7 from call_record where company = $1 and id = $2
	on conflict (company, call) do update set result = excluded.result, note = excluded.note, back = excluded.back, author = excluded.author, at = excluded.at
		where excluded.result <> ''`

// promiseBack makes a promise to call back a task, as one that ends with the next conversation from now on. It is the
// author's; of an author who is nobody of the company, a program's, it is that of who talked.
const promiseBack = `insert into missed (company, id, client, grp, owner, first, last, due, state, promised)
	select company, $3, client, grp, coalesce((select e.id from employee e where e.company = $1 and e.id = $4 and e.active), employee), $5, $5, $6, 'open', id
		from call_record where company = $1 and id = $2
	on conflict (company, promised) where promised <> '' do update set
		owner = excluded.owner, first = excluded.first, last = excluded.last, due = excluded.due, state = 'open', ended = null, ended_by = '', why = ''`

const takeBackPromise = `update missed set state = 'closed', ended = $3, ended_by = $4, why = 'not promised any more'
	where company = $1 and promised = $2 and state = 'open'`

const closeMissedOf = `update missed set state = 'closed', ended = $3, ended_by = $4, why = $5 where company = $1 and client = $2 and state = 'open'`

// CloseMissedOf closes all that is to be done about a client.
func (t *Tenant) CloseMissedOf(ctx context.Context, client, by, why string) error {
	return t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, closeMissedOf, t.id, client, t.store.opt.Clock().UTC(), by, text(why))
		return err
	})
}

// selectPromise has whom a call was with, and when they are to be called back as was said before.
const selectPromise = `select c.client, r.back from call_record c left join call_result r on r.company = c.company and r.call = c.id
	where c.company = $1 and c.id = $2`

// SetCallResult keeps what came of a call, in place of what was said of it before; that nothing is said takes nothing back.
// A call back that was promised becomes a task of the author's, and where it was promised for that time before, the task
// stays as people left it; one that is promised no more is closed. cause.NotFound where the company has no such call,
// cause.Invalid where a client is to be called back whose number nobody knows.
func (t *Tenant) SetCallResult(ctx context.Context, r CallResult) error {
	task, err := uuid.NewV7()
	if err != nil {
		return err
	}
	return t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		var client string
		var before *time.Time
		if err := tx.QueryRow(ctx, selectPromise, t.id, r.Call).Scan(&client, &before); err != nil {
			return err
		}
		if r.Back != nil && !strings.HasPrefix(client, "+") {
			return cause.Errorf(cause.Invalid, "call %s was with nobody whose number is known: nobody can call them back", r.Call)
		}
		now := t.store.opt.Clock().UTC()
		kept, err := tx.Exec(ctx, setResult, t.id, r.Call, r.Result, text(r.Note), r.Back, r.Author, now)
		switch {
		case err != nil || kept.RowsAffected() == 0:
		case r.Back == nil:
			_, err = tx.Exec(ctx, takeBackPromise, t.id, r.Call, now, r.Author)
		case before == nil || !before.Equal(r.Back.Truncate(time.Microsecond)): // PostgreSQL keeps no more
			_, err = tx.Exec(ctx, promiseBack, t.id, r.Call, task.String(), r.Author, now, r.Back)
		}
		return err
	})
}

// CountResults returns how many of the calls that a filter chooses came to which result. groups are whose calls are counted;
// none: everybody's.
func (t *Tenant) CountResults(ctx context.Context, f CallFilter, groups []fmc.GroupID) (map[string]int, error) {
	terms := f.terms(t.id)
	terms.add(len(groups) > 0, "c.grp = any(?)", groups)
	all := map[string]int{}
	err := t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select r.result, count(*)::int from call_record c join call_result r on r.company = c.company and r.call = c.id
			where r.result <> '' and `+strings.Join(terms.terms, " and ")+" group by r.result", terms.args...)
		if err != nil {
			return err
		}
		var result string
		var calls int
		_, err = pgx.ForEachRow(rows, []any{&result, &calls}, func() error {
			all[result] = calls
			return nil
		})
		return err
	})
	return all, err
}
