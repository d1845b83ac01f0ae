package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
)

// CardState is the state of a card's line from an instant on.
type CardState struct {
	SIM   fmc.ICCID
	At    time.Time
	State string
	Why   string
}

// selectStates takes of every card the state that it was in when the time began, and its changes within it.
const selectStates = `select s.sim, x.at, x.state, x.why from sim_now s, lateral (
		(select at, n, state, why from sim_seen where company = s.company and sim = s.sim and at < $2 order by at desc, n desc limit 1)
		union all
		(select at, n, state, why from sim_seen where company = s.company and sim = s.sim and at >= $2 and at < $3)) x
	where s.company = $1 and ($4 = '' or s.sim = $4) order by s.sim, x.at, x.n`

// CardStates returns how the lines of cards were from one instant to another, by card and time: first as each was when the
// time began, if that is known. An empty sim: of all of them.
func (t *Tenant) CardStates(ctx context.Context, sim fmc.ICCID, from, to time.Time) ([]CardState, error) {
	return rowsOf[CardState](ctx, t, selectStates, t.id, from.UTC(), to.UTC(), sim)
}

// LineCall is a call that had a SIM line.
type LineCall struct {
	Line     fmc.LineID
	Call     fmc.CallID
	From, To time.Time
	Private  bool // of a person alone
}

// longestCall is how long before a time a call may have begun that still had a line in it.
const longestCall = 12 * time.Hour

const selectLineCalls = `select l.line, r.id, r.began + l.began, r.began + coalesce(l.gone, r.ended, $3::timestamptz - r.began), r.private
	from call_record r join call_leg l on l.company = r.company and l.call = r.id
	where r.company = $1 and r.began >= $2::timestamptz - $5::interval and r.began < $3 and l.line like 'sim:%' and ($4 = '' or l.line = $4)
		and r.began + coalesce(l.gone, r.ended, $3::timestamptz - r.began) > $2 order by l.line, 3, r.id`

// LineCalls returns which calls had SIM lines between two instants, by line and time. One that goes on has it until the
// second. An empty line: of all of them.
func (t *Tenant) LineCalls(ctx context.Context, line fmc.LineID, from, to time.Time) ([]LineCall, error) {
	return rowsOf[LineCall](ctx, t, selectLineCalls, t.id, from.UTC(), to.UTC(), line, longestCall)
}

// CardLimit is a time in which a card took nothing more of a kind, for it was used up to a limit.
type CardLimit struct {
	SIM       fmc.ICCID
	Limit     fmc.LimitKind
	At, Until time.Time
}

// CardLimits returns the limits that were reached in a time, by card and time. An empty sim: of all cards.
func (t *Tenant) CardLimits(ctx context.Context, sim fmc.ICCID, from, to time.Time) ([]CardLimit, error) {
	return rowsOf[CardLimit](ctx, t, "select sim, what, at, until from sim_limit where company = $1 and at < $3 and until > $2 and ($4 = '' or sim = $4) order by sim, at",
		t.id, from.UTC(), to.UTC(), sim)
}

// SignalsKept is how long it is kept how well cards heard their networks, StatesKept how long the passing states of lines
// are, TriesKept how long looks at forwarding and what cards found of each other are.
const (
	SignalsKept = 48 * time.Hour
	StatesKept  = 31 * 24 * time.Hour
	TriesKept   = 366 * 24 * time.Hour
)

// CardSignal is how well a card heard its network at an instant.
type CardSignal struct {
	Company fmc.CompanyID
	SIM     fmc.ICCID
	At      time.Time
	DBm     int
}

// KeepSignals keeps how well cards hear their networks. Those of a company that is not there are left out.
func (o *Operator) KeepSignals(ctx context.Context, all []CardSignal) error {
	ctx, cancel := o.store.patient(ctx)
	defer cancel()
	q := &pgx.Batch{}
	for _, s := range all {
		q.Queue("insert into sim_signal (company, sim, at, dbm) select id, $2, $3, $4 from company where id = $1 on conflict do nothing", s.Company, s.SIM, s.At.UTC(), s.DBm)
	}
	if err := o.store.node.SendBatch(ctx, q).Close(); err != nil {
		return fmt.Errorf("keep the signal of %d cards: %w", len(all), explain(err))
	}
	return nil
}

// Signals returns how well a company's cards heard their networks since an instant, by card and time.
func (t *Tenant) Signals(ctx context.Context, since time.Time) ([]CardSignal, error) {
	return rowsOf[CardSignal](ctx, t, "select company, sim, at, dbm from sim_signal where company = $1 and at >= $2 order by sim, at", t.id, since.UTC())
}

// sweepStates takes the passing states of cards away. What tells where a card was and why it was put away stays its
// history; so does the state that was followed by nothing within the time that is kept.
const sweepStates = `delete from sim_seen s using (
		select o.company, o.sim, o.n from sim_seen o
		where o.at < $1 and o.state in ('starting', 'ready', 'searching', 'weak', 'cooling')
			and exists (select from sim_seen x where x.company = o.company and x.sim = o.sim and (x.at, x.n) > (o.at, o.n) and x.at < $1) limit $2) old
	where s.company = old.company and s.sim = old.sim and s.n = old.n`

// SweepLines takes away what was kept of lines for its time.
func (o *Operator) SweepLines(ctx context.Context) error {
	now := o.store.opt.Clock().UTC()
	for _, x := range []struct {
		sql    string
		before time.Time
	}{
		{sweepStates, now.Add(-StatesKept)},
		{"delete from sim_signal g using (select company, sim, at from sim_signal where at < $1 limit $2) old where g.company = old.company and g.sim = old.sim and g.at = old.at", now.Add(-SignalsKept)},
		{"delete from sim_limit l using (select company, sim, what, until from sim_limit where until < $1 limit $2) old where l.company = old.company and l.sim = old.sim and l.what = old.what and l.until = old.until", now.Add(-StatesKept)},
		{sweepForwardings, now.Add(-TriesKept)},
		{sweepShadows, now.Add(-TriesKept)},
	} {
		for {
			n, err := o.store.sweepSome(ctx, x.sql, x.before, sweepAtOnce)
			if err != nil {
				return fmt.Errorf("take old states of lines away: %w", explain(err))
			}
			if n < sweepAtOnce {
				break
			}
		}
	}
	return nil
}
