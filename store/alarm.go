package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// JobAlarm tells people of the alarm number N.
const JobAlarm JobKind = "alarm"

// Alarm is a condition that somebody should see to, or that somebody had to.
type Alarm struct {
	ID      int64
	Kind    fmc.AlarmKind
	About   string            // which of several; empty: there is one only
	Values  map[string]string // what its words need
	Raised  time.Time
	Cleared *time.Time // nil: it goes on
	Seen    *time.Time // since when somebody sees to it
	SeenBy  string
	Muted   *time.Time // until when nobody is told of it, also where it comes back
}

// AlarmFilter chooses alarms. Empty fields choose all.
type AlarmFilter struct {
	Open  bool // only those that go on
	Kind  fmc.AlarmKind
	About string
	After int64 // the last line of the page before
	Limit int   // 0: 50; at most 1000
}

const selectAlarm = "select id, kind, about, facts, raised, cleared, seen, seen_by, muted from alarm where "

// Alarms returns a page of alarms, the latest first.
func (t *Tenant) Alarms(ctx context.Context, f AlarmFilter) ([]Alarm, error) {
	terms := conditions{terms: []string{"company = $1"}, args: []any{t.id}}
	terms.add(f.Open, "cleared is null")
	terms.add(f.Kind != "", "kind = ?", f.Kind)
	terms.add(f.About != "", "about = ?", f.About)
	terms.add(f.After > 0, "id < ?", f.After)
	return list[Alarm](ctx, t, selectAlarm, terms, " order by id desc", f.Limit)
}

// Alarm returns one alarm; cause.NotFound where the company has none of that number.
func (t *Tenant) Alarm(ctx context.Context, id int64) (Alarm, error) {
	return one[Alarm](ctx, t, selectAlarm+"company = $1 and id = $2", t.id, id)
}

// SeeAlarm writes that somebody sees to an alarm. One that is over is cause.Conflict.
func (t *Tenant) SeeAlarm(ctx context.Context, id int64, by string) error {
	return t.changeAlarm(ctx, id, "update alarm set seen = coalesce(seen, $3), seen_by = $4 where company = $1 and id = $2", t.store.opt.Clock().UTC(), by)
}

// MuteAlarm has nobody told of an alarm until a time, also where it ends and comes back. One that is over is
// cause.Conflict.
func (t *Tenant) MuteAlarm(ctx context.Context, id int64, until time.Time) error {
	return t.changeAlarm(ctx, id, "update alarm set muted = $3 where company = $1 and id = $2", until.UTC())
}

func (t *Tenant) changeAlarm(ctx context.Context, id int64, sql string, args ...any) error {
	return t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		var over bool
		if err := tx.QueryRow(ctx, "select cleared is not null from alarm where company = $1 and id = $2 for update", t.id, id).Scan(&over); err != nil {
			return err
		}
		if over {
			return cause.Errorf(cause.Conflict, "the alarm is over already")
		}
		_, err := tx.Exec(ctx, sql, append([]any{t.id, id}, args...)...)
		return err
	})
}

// Alarms is where the node raises and clears alarms of companies.
type Alarms struct {
	store *Store
	jobs  Jobs
}

// Alarms returns the place; jobs take what tells people. nil: nobody is told.
func (s *Store) Alarms(jobs Jobs) *Alarms { return &Alarms{s, jobs} }

// upsertAlarm keeps one alarm of its kind and object open. One that comes back while it is muted stays muted.
const upsertAlarm = `insert into alarm (company, kind, about, facts, raised, muted)
	values ($1, $2, $3, $4, $5, (select max(muted) from alarm where company = $1 and kind = $2 and about = $3 and muted > $5))
	on conflict (company, kind, about) where cleared is null do update set facts = excluded.facts
	returning id, xmax = 0 and muted is null`

// Raise raises an alarm, or changes the words of one that goes on. Whoever should know is told of a new one. A company
// that is not there is cause.NotFound.
func (a *Alarms) Raise(ctx context.Context, x fmc.Alarm) error {
	facts, err := json.Marshal(x.Values)
	if err != nil {
		return err
	}
	ctx, cancel := a.store.patient(ctx)
	defer cancel()
	err = pgx.BeginFunc(ctx, a.store.node, func(tx pgx.Tx) error {
		var id int
		var tell bool
		now := a.store.opt.Clock().UTC()
		if err := tx.QueryRow(ctx, upsertAlarm, x.Company, x.Kind, text(x.About), facts, now).Scan(&id, &tell); err != nil || !tell {
			return err
		}
		if a.jobs != nil {
			if err := a.jobs.Insert(ctx, tx, []Job{{Kind: JobAlarm, Company: x.Company, N: id}}); err != nil {
				return err
			}
		}
		events := []fmc.Event{told(fmc.EventAlertRaised, x.Company, x.Kind, x.About, now)}
		if x.Kind == fmc.AlarmBalanceLow {
			low := fmc.BalanceTold{SIM: fmc.ICCID(x.About), Amount: x.Values["balance"], Limit: x.Values["limit"]}
			events = append(events, fmc.Event{Company: x.Company, Type: fmc.EventBalanceLow, At: now, Data: low})
		}
		return raise(ctx, tx, now, events)
	})
	return explain(err)
}

// told is the event of an alarm.
func told(t fmc.EventType, company fmc.CompanyID, kind fmc.AlarmKind, about string, now time.Time) fmc.Event {
	return fmc.Event{Company: company, Type: t, At: now, Data: fmc.AlertTold{Kind: string(kind), About: about}}
}

// Clear ends an alarm, if it goes on.
func (a *Alarms) Clear(ctx context.Context, company fmc.CompanyID, kind fmc.AlarmKind, about string) error {
	ctx, cancel := a.store.patient(ctx)
	defer cancel()
	err := pgx.BeginFunc(ctx, a.store.node, func(tx pgx.Tx) error {
		now := a.store.opt.Clock().UTC()
		done, err := tx.Exec(ctx, "update alarm set cleared = $4 where company = $1 and kind = $2 and about = $3 and cleared is null", company, kind, text(about), now)
		if err != nil || done.RowsAffected() == 0 {
			return err
		}
		return raise(ctx, tx, now, []fmc.Event{told(fmc.EventAlertCleared, company, kind, about, now)})
	})
	return explain(err)
}
