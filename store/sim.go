package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// SIMEntry is a card as it was seen last.
type SIMEntry struct {
	ICCID fmc.ICCID
	At    time.Time
	State string
	Why   string
	Modem string // the port it was in; empty: none
	IMEI  string
	IMSI  string
	// The latest balance; nil: it was never asked.
	Balance *SIMBalance
}

// SIMMoment is one entry of a card's history.
type SIMMoment struct {
	At    time.Time `json:"at"`
	State string    `json:"state"`
	Why   string    `json:"why,omitempty"`
	Modem string    `json:"modem,omitempty"`
	IMEI  string    `json:"imei,omitempty"`
	IMSI  string    `json:"imsi,omitempty"`
}

// SIMBalance is what a card's balance was.
type SIMBalance struct {
	At      time.Time `json:"at"`
	Answer  string    `json:"answer"`
	Amount  string    `json:"amount,omitempty"`
	Minutes *int      `json:"minutes,omitempty"`
}

const selectSIMs = `select s.sim, s.at, s.state, s.why, s.modem, s.imei, s.imsi, b.at, b.answer, b.amount, b.minutes
	from sim_now s left join lateral (
		select at, answer, amount, minutes from sim_balance b where b.company = s.company and b.sim = s.sim order by at desc, n desc limit 1) b on true
	where s.company = $1`

func scanSIM(row pgx.CollectableRow) (s SIMEntry, err error) {
	var (
		at             *time.Time
		answer, amount *string
		minutes        *int
	)
	err = row.Scan(&s.ICCID, &s.At, &s.State, &s.Why, &s.Modem, &s.IMEI, &s.IMSI, &at, &answer, &amount, &minutes)
	if at != nil {
		s.Balance = &SIMBalance{*at, *answer, *amount, minutes}
	}
	return s, err
}

// SIMs returns the cards that were ever seen, by ICCID.
func (t *Tenant) SIMs(ctx context.Context) (all []SIMEntry, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, selectSIMs+" order by s.sim", t.id)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, scanSIM)
		return err
	})
	return all, err
}

// mostMoments is how much of a card's history is shown.
const mostMoments = 500

// SIM returns a card as it was seen last and its history, newest first; cause.NotFound where the company never saw it.
func (t *Tenant) SIM(ctx context.Context, id fmc.ICCID) (s SIMEntry, history []SIMMoment, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, selectSIMs+" and s.sim = $2", t.id, id)
		if err != nil {
			return err
		}
		if s, err = pgx.CollectExactlyOneRow(rows, scanSIM); err != nil {
			return absent(err, cause.Errorf(cause.NotFound, "SIM %s is not among the company's: look at the list", id))
		}
		rows, err = tx.Query(ctx, "select at, state, why, modem, imei, imsi from sim_seen where company = $1 and sim = $2 order by at desc, n desc limit $3",
			t.id, id, mostMoments)
		if err != nil {
			return err
		}
		history, err = pgx.CollectRows(rows, pgx.RowToStructByPos[SIMMoment])
		return err
	})
	return s, history, err
}

// Balances returns what a card's balance was, newest first.
func (t *Tenant) Balances(ctx context.Context, id fmc.ICCID) (all []SIMBalance, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select at, answer, amount, minutes from sim_balance where company = $1 and sim = $2 order by at desc, n desc limit $3",
			t.id, id, mostMoments)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[SIMBalance])
		return err
	})
	return all, err
}

// CardBalance is what a card's balance was.
type CardBalance struct {
	SIM fmc.ICCID
	SIMBalance
}

// BalancesSince returns what the balances of all cards were since an instant, by card, newest first.
func (t *Tenant) BalancesSince(ctx context.Context, since time.Time) ([]CardBalance, error) {
	return rowsOf[CardBalance](ctx, t, "select sim, at, answer, amount, minutes from sim_balance where company = $1 and at >= $2 order by sim, at desc, n desc", t.id, since.UTC())
}

// LineUse is what a SIM line was used for on one day.
type LineUse struct {
	Line     fmc.LineID
	Day      string          // "2026-11-28", in the zone that was asked for
	Calls    int             // out, answered or not
	Talks    []time.Duration // of each call out that was answered: whoever counts minutes rounds each
	Messages int             // parts sent
}

// selectUse counts by day. A call counts on the day on which the line was dialled; one that a killed server left open
// lasted until its record's end. A part that was tried, and nobody knows with what end, counts as one that was sent.
const selectUse = `with call as (
		select l.line, (r.began + l.began) at time zone $3 as at, coalesce(l.gone, r.ended) - l.up as talk
		from call_record r join call_leg l on l.company = r.company and l.call = r.id
		where r.company = $1 and r.began >= $2::timestamptz - interval '1 day' and r.began + l.began >= $2 and l.line like 'sim:%' and not l.offered
		union all
		select 'sim:' || sim_from, at at time zone $3, talk from shadow where company = $1 and at >= $2 and called <> ''),
	part as (
		select 'sim:' || p.sim as line, coalesce(p.passed, p.tried) at time zone $3 as at
		from message_out p where p.company = $1 and (p.passed >= $2 or p.passed is null and p.state = 'tried' and p.tried >= $2)),
	calls as (
		select line, at::date as day, count(*) as calls, array_agg(talk order by at) filter (where talk is not null) as talks from call group by 1, 2),
	parts as (select line, at::date as day, count(*) as parts from part group by 1, 2)
	select coalesce(c.line, p.line), coalesce(c.day, p.day)::text, coalesce(c.calls, 0)::int, c.talks, coalesce(p.parts, 0)::int
	from calls c full join parts p on p.line = c.line and p.day = c.day order by 1, 2`

// LineUse returns what every SIM line was used for since an instant, by line and day of the zone: what limits and
// packages are counted from after a restart.
func (t *Tenant) LineUse(ctx context.Context, since time.Time, zone *time.Location) (all []LineUse, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, selectUse, t.id, since.UTC(), zone.String())
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[LineUse])
		return err
	})
	return all, err
}

// LineQuality is how a line served for a while. What was not measured is nil.
type LineQuality struct {
	Calls    int // both ways
	Answered int
	Talk     time.Duration
	Setup    *time.Duration // of calls out, on average: from dialling until the far side rang
	Setup90  *time.Duration // nine of ten calls took no longer
	MOS      *int           // on average, in hundredths
	Mute     int            // answered calls of ten seconds and more in which nothing was heard: one-way speech
}

const selectQuality = `select count(*)::int, count(l.up)::int, coalesce(sum(coalesce(l.gone, r.ended) - l.up), interval '0'), avg(l.setup),
		percentile_disc(0.9) within group (order by l.setup), round(avg(l.mos))::int,
		(count(*) filter (where l.heard = interval '0' and coalesce(l.gone, r.ended) - l.up >= interval '10 seconds'))::int
	from call_record r join call_leg l on l.company = r.company and l.call = r.id
	where r.company = $1 and l.line = $2 and r.began >= $3 and r.began < $4`

// LineQuality returns how a line served in calls that began at from or later and before to. A line that never had a
// call has zeros, as has another company's.
func (t *Tenant) LineQuality(ctx context.Context, line fmc.LineID, from, to time.Time) (q LineQuality, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, selectQuality, t.id, line, from.UTC(), to.UTC())
		if err != nil {
			return err
		}
		q, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[LineQuality])
		return err
	})
	return q, err
}
