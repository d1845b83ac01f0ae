package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// MissedState is what became of a client who should be called back.
type MissedState string

// The states.
const (
	MissedOpen   MissedState = "open"
	MissedDone   MissedState = "done"   // somebody talked with the client since
	MissedClosed MissedState = "closed" // by hand
)

// MissedTask is a client that somebody should call back, because nobody talked to them or because it was promised: of a
// client who was lost one is open at most, of a hidden caller one for each call, of a promise one for each.
type MissedTask struct {
	ID          fmc.CallID // the call that opened it; of a promise, its own
	Client      string     // E.164; empty: hidden
	Group       fmc.GroupID
	Owner       fmc.EmployeeID // empty: the group, or nobody yet
	First, Last time.Time      // when the client was lost
	Due         time.Time      // until when the owner should have called back
	State       MissedState
	Ended       *time.Time // nil: it is open
	EndedBy     string
	Why         string
	Calls       []fmc.CallID // in which the client was lost, the first first; else the one in which a call back was promised
	Promised    fmc.CallID   // the call in which somebody promised to call back at Due; empty: the client was lost
	Called      string       // who the client is; empty: nobody wrote it
}

// MissedMark is the place of a task in the list.
type MissedMark struct {
	First time.Time
	ID    fmc.CallID
}

// Mark is the task's place, for the next page.
func (m MissedTask) Mark() MissedMark { return MissedMark{m.First, m.ID} }

// MissedFilter chooses tasks. Empty fields choose all.
type MissedFilter struct {
	From, To time.Time // the client was lost first at From or later and before To
	State    MissedState
	Owner    fmc.EmployeeID
	Group    fmc.GroupID
	Client   string // E.164, or its beginning
	Whole    bool   // Client is all of the number: some countries' numbers begin with others
	Outcome  MissedOutcome
	Within   *Within // whose tasks may be seen; nil: everybody's
	After    MissedMark
	Limit    int // 0: 50; at most 1000
}

const selectMissed = `select id, client, grp, owner, first, last, due, state, ended, ended_by, why, case when promised <> '' then array[promised] else coalesce((
		select array_agg(x.call order by x.at, x.call) from missed_call x where x.company = m.company and x.task = m.id), '{}') end, promised, (
		select ` + clientCalled + ` from (select 1) one left join client w on w.company = m.company and w.number = m.client)
	from missed m where `

// Missed returns a page of tasks, newest first.
func (t *Tenant) Missed(ctx context.Context, f MissedFilter) ([]MissedTask, error) {
	return list[MissedTask](ctx, t, selectMissed, f.terms(t.id), " order by m.first desc, m.id desc", f.Limit)
}

// terms writes the conditions that are set.
func (f MissedFilter) terms(company fmc.CompanyID) conditions {
	terms := conditions{terms: []string{"m.company = $1"}, args: []any{company}}
	terms.add(!f.From.IsZero(), "m.first >= ?", f.From)
	terms.add(!f.To.IsZero(), "m.first < ?", f.To)
	terms.add(f.State != "", "m.state = ?", f.State)
	terms.add(f.Owner != "", "m.owner = ?", f.Owner)
	terms.add(f.Group != "", "m.grp = ?", f.Group)
	terms.add(f.Client != "" && f.Whole, "m.client = ?", f.Client)
	terms.add(f.Client != "" && !f.Whole, "starts_with(m.client, ?)", f.Client)
	terms.add(f.Outcome != "", "m.promised = '' and "+outcomeOf+" = ?", f.Outcome)
	f.Within.add(&terms, "m.owner", "m.grp")
	terms.add(f.After.ID != "", "(m.first, m.id) < (?, ?)", f.After.First, f.After.ID)
	return terms
}

// MissedTask returns one task; cause.NotFound where the company has none of that id.
func (t *Tenant) MissedTask(ctx context.Context, id fmc.CallID) (MissedTask, error) {
	m, err := one[MissedTask](ctx, t, selectMissed+"m.company = $1 and m.id = $2", t.id, id)
	return m, absent(err, noTask(id))
}

// CloseMissed closes a task by hand. One that is not open any more is cause.Conflict.
func (t *Tenant) CloseMissed(ctx context.Context, id fmc.CallID, by, why string) error {
	return t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		if err := t.openMissed(ctx, tx, id); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "update missed set state = 'closed', ended = $3, ended_by = $4, why = $5 where company = $1 and id = $2",
			t.id, id, t.store.opt.Clock().UTC(), by, why)
		return err
	})
}

func noTask(id fmc.CallID) error {
	return cause.Errorf(cause.NotFound, "there is no task %s to call a client back", id)
}

// TakeMissed gives a task to a person of the company; one who is not is cause.NotFound, a task that is not open any more
// cause.Conflict.
func (t *Tenant) TakeMissed(ctx context.Context, id fmc.CallID, owner fmc.EmployeeID) error {
	return t.in(ctx, pgx.ReadWrite, func(tx pgx.Tx) error {
		if err := t.openMissed(ctx, tx, id); err != nil {
			return err
		}
		var n int
		err := tx.QueryRow(ctx, "select 1 from employee where company = $1 and id = $2 and active", t.id, owner).Scan(&n)
		if errors.Is(err, pgx.ErrNoRows) {
			return cause.Errorf(cause.NotFound, "there is no person %q to take it", owner)
		}
		if err == nil {
			_, err = tx.Exec(ctx, "update missed set owner = $3 where company = $1 and id = $2", t.id, id, owner)
		}
		return err
	})
}

// openMissed holds a task that is to be changed until the transaction ends, and sees that it is open.
func (t *Tenant) openMissed(ctx context.Context, tx pgx.Tx, id fmc.CallID) error {
	var (
		state MissedState
		by    string
	)
	if err := tx.QueryRow(ctx, "select state, ended_by from missed where company = $1 and id = $2 for update", t.id, id).Scan(&state, &by); err != nil {
		return absent(err, noTask(id))
	}
	switch state {
	case MissedOpen:
		return nil
	case MissedDone:
		return cause.Errorf(cause.Conflict, "it is done already: %s talked with the client", by)
	default:
		return cause.Errorf(cause.Conflict, "it is closed already, by %s", by)
	}
}
