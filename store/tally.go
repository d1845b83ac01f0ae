package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
)

// Side is what calls are counted for.
type Side string

// The sides.
const (
	OfCompany Side = "company"
	OfGroup   Side = "group"
	OfNumber  Side = "number"
	OfPerson  Side = "person"
)

// TallyFilter chooses what was counted: of the whole company, or together of the groups, the numbers or the people that
// are named. Calls that go on, that another record tells or that are of a person alone are counted nowhere.
type TallyFilter struct {
	From, To string // days of the company, "2026-11-28", both included
	Side     Side
	Who      []string // ids, or E.164; empty for OfCompany
}

// Tally is the sum of calls that have everything else here in common.
type Tally struct {
	Day       string // of the company
	Hour      int    // 0 to 23; 0 where whole days are summed
	Who       string // empty where the calls of several are summed
	Direction string
	Status    fmc.Status
	Calls     int
	Talked    time.Duration // in conversation
	Waited    time.Duration // from the beginning to the first conversation
}

// ofTally and ofRecords bring the same: what was counted by the hour, and for people, of whom only days are kept, the
// records themselves. A person has few enough.
const (
	ofTally = `from tally x where x.company = $1 and x.side = $2 and x.who = any($3) and x.day between $4::date and $5::date and x.calls <> 0`

	ofRecords = `from (
			select local.at::date as day, extract(hour from local.at)::int as hour, r.direction, r.status, r.answered as waited, r.talked, r.employee as who, 1 as calls
			from company c, call_record r, lateral (select r.began at time zone c.zone) local (at)
			where c.id = $1 and r.company = $1 and $2 = 'person' and r.employee = any($3)
				and r.began >= $4::date::timestamp at time zone c.zone and r.began < ($5::date + 1)::timestamp at time zone c.zone
				and r.status not in ('open', 'merged') and r.merged_into is null and not r.private) x`
)

const tallySums = "x.direction, x.status, sum(x.calls)::int, sum(x.talked), coalesce(sum(x.waited), interval '0')"

// Tallied returns what was counted by day and hour, the oldest first.
func (t *Tenant) Tallied(ctx context.Context, f TallyFilter) ([]Tally, error) {
	from := ofTally
	if f.Side == OfPerson {
		from = ofRecords
	}
	return t.tally(ctx, fmt.Sprintf("select x.day::text, x.hour, '', %s %s group by x.day, x.hour, x.direction, x.status order by x.day, x.hour", tallySums, from), f)
}

// TalliedEach returns what was counted in all of each of those that are named, in no order: to sort the sums PostgreSQL would
// sort all that it sums. Day is empty.
func (t *Tenant) TalliedEach(ctx context.Context, f TallyFilter) ([]Tally, error) {
	return t.tally(ctx, fmt.Sprintf("select '', 0, x.who, %s %s group by x.who, x.direction, x.status", tallySums, ofTally), f)
}

// DayCalls is how many calls somebody had on a day.
type DayCalls struct {
	Day   string // of the company
	Who   string
	Calls int
}

// TalliedDays returns how many calls each of those that are named had, by day, in no order.
func (t *Tenant) TalliedDays(ctx context.Context, f TallyFilter) ([]DayCalls, error) {
	return rowsOf[DayCalls](ctx, t, "select x.day::text, x.who, sum(x.calls)::int "+ofTally+" group by x.day, x.who", f.args(t.id)...)
}

func (t *Tenant) tally(ctx context.Context, sql string, f TallyFilter) ([]Tally, error) {
	return rowsOf[Tally](ctx, t, sql, f.args(t.id)...)
}

func (f TallyFilter) args(company fmc.CompanyID) []any {
	who := f.Who
	if f.Side == OfCompany {
		who = []string{""}
	}
	return []any{company, f.Side, who, f.From, f.To}
}

// TalliedSince returns the first day of which anything was counted; empty: of none.
func (t *Tenant) TalliedSince(ctx context.Context) (day string, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, "select coalesce(min(day)::text, '') from tally where company = $1 and side = 'company' and who = '' and calls <> 0", t.id).Scan(&day)
	})
	return day, err
}

// WaitStep is how wide a bin of Waits is, WaitBins how many there are; the last has every longer wait too.
const (
	WaitStep = 5 * time.Second
	WaitBins = 25
)

// Waits returns how many clients who were answered had waited for how long.
func (t *Tenant) Waits(ctx context.Context, f TallyFilter) (bins [WaitBins]int, err error) {
	sql := `select x.bin, sum(x.calls)::int from tally_wait x
		where x.company = $1 and x.side = $2 and x.who = any($3) and x.day between $4::date and $5::date group by x.bin`
	if f.Side == OfPerson {
		sql = "select least(floor(extract(epoch from x.waited) / 5), 24)::int as bin, count(*)::int " + ofRecords +
			" where x.direction = 'inbound' and x.waited is not null group by bin"
	}
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sql, f.args(t.id)...)
		if err != nil {
			return err
		}
		var bin, calls int
		_, err = pgx.ForEachRow(rows, []any{&bin, &calls}, func() error {
			bins[bin] = calls
			return nil
		})
		return err
	})
	return bins, err
}

// LineTally is what a line of a trunk or of a SIM was tried for, from our side.
type LineTally struct {
	Line   fmc.LineID
	Tries  int
	Up     int // of them, answered
	Talked time.Duration
}

// LinesTallied returns what every line was tried for from one day of the company to another, both included, by id.
func (t *Tenant) LinesTallied(ctx context.Context, from, to string) (all []LineTally, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select line, sum(tries)::int, sum(up)::int, sum(talked) from tally_line
			where company = $1 and day between $2::date and $3::date group by line order by line`, t.id, from, to)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[LineTally])
		return err
	})
	return all, err
}
