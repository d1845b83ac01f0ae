package store

import (
	"context"
	"time"

	"roadline/fmc"
)

// RouteTally is what a line was tried for towards numbers that begin alike, from our side.
type RouteTally struct {
	Line   fmc.LineID
	Prefix string // a plus and four digits; empty: numbers without an international form
	Tries  int
	Up     int // of them, answered
	Talked time.Duration
	Rang   int           // tries of which it is known how long the far side took to ring
	Setup  time.Duration // of those together: from dialling until it rang
	Scored int           // tries whose sound was measured
	Score  int           // of those together: MOS in hundredths
}

// RoutesTallied returns what lines were tried for by destination, from one day of the company to another, both included.
func (t *Tenant) RoutesTallied(ctx context.Context, from, to string) ([]RouteTally, error) {
	return rowsOf[RouteTally](ctx, t, `select line, prefix, sum(tries)::int, sum(up)::int, sum(talked), sum(setups)::int, sum(setup), sum(scores)::int, sum(score)::int
		from tally_route where company = $1 and day between $2::date and $3::date group by line, prefix having sum(tries) > 0 order by prefix, line`, t.id, from, to)
}
