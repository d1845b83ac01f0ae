package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
)

const insertForwarding = `insert into sim_forwarding (company, sim, at, state, seen) values ($1, $2, $3, $4, $5)`

// queueForwarding keeps a look. What a network wrote may hold anything.
func queueForwarding(q *pgx.Batch, f fmc.Fact, seen fmc.ForwardingSeen) {
	seen.Why = text(seen.Why)
	for i := range seen.Strange {
		seen.Strange[i] = text(seen.Strange[i])
	}
	for _, is := range []fmc.Forwarding{seen.Found, seen.Left} {
		for why, to := range is {
			is[why] = fmc.Forward{To: text(to.To), After: to.After}
		}
	}
	q.Queue(insertForwarding, f.Company, seen.SIM, seen.At.UTC(), string(seen.State), seen)
}

// sweepForwardings leaves the latest look at each card: nobody looked since.
const sweepForwardings = `delete from sim_forwarding f using (
		select o.company, o.n from sim_forwarding o
		where o.at < $1 and exists (select from sim_forwarding x where x.company = o.company and x.sim = o.sim and (x.at, x.n) > (o.at, o.n)) limit $2) old
	where f.company = old.company and f.n = old.n`

// mostLooks is how many looks at a card's forwarding are shown.
const mostLooks = 100

// Forwardings returns the looks at where a card's network takes its calls, newest first.
func (t *Tenant) Forwardings(ctx context.Context, id fmc.ICCID) (all []fmc.ForwardingSeen, err error) {
	err = t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select seen from sim_forwarding where company = $1 and sim = $2 order by at desc, n desc limit $3", t.id, id, mostLooks)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, pgx.RowTo[fmc.ForwardingSeen])
		return err
	})
	return all, err
}

// Diverted is the calls that a card's network took elsewhere and that came to us: the card pays for that way.
type Diverted struct {
	Calls int
	Talk  time.Duration // from our answer to the end
}

const selectDiverted = `select count(*)::int, coalesce(sum(coalesce(l.gone, r.ended) - l.up), interval '0')
	from call_record r join call_leg l on l.company = r.company and l.call = r.id and l.offered
	where r.company = $1 and r.diverted = $2 and r.diverted <> '' and r.began >= $3`

// Diverted returns the calls that a number, E.164, diverted to us since an instant. Of another company's number, and of none,
// there are none.
func (t *Tenant) Diverted(ctx context.Context, number string, since time.Time) (d Diverted, err error) {
	return one[Diverted](ctx, t, selectDiverted, t.id, number, since.UTC())
}
