package store

import (
	"context"
	"time"

	"roadline/fmc"
)

// CardUseKind is a way in which a card is used.
type CardUseKind string

// The ways.
const (
	CardCalled   CardUseKind = "called"   // calls out, answered or not
	CardRung     CardUseKind = "rung"     // calls that came in, answered or not
	CardSent     CardUseKind = "sent"     // parts of messages that went out, or may have
	CardReceived CardUseKind = "received" // messages that came
)

// CardUse is how often a card was used in one way towards numbers that begin alike.
type CardUse struct {
	SIM         fmc.ICCID
	Kind        CardUseKind
	Prefix      string // a plus and four digits; empty: numbers without an international form
	Count       int
	First, Last time.Time
}

// selectCardUses counts by card, way and beginning of the other side's number. A call counts when the line was dialled, a
// part when it was passed, as with selectUse.
const selectCardUses = `with used as (
		select substr(l.line, 5) as sim, case when l.offered then 'rung' else 'called' end as kind, l.number as peer, r.began + l.began as at
		from call_record r join call_leg l on l.company = r.company and l.call = r.id
		where r.company = $1 and r.began >= $2::timestamptz - interval '1 day' and r.began < $3 and l.line like 'sim:%'
		union all
		select sim_from, 'called', called, at from shadow where company = $1 and called <> ''
		union all
		select p.sim, 'sent', m.peer, coalesce(p.passed, p.tried)
		from message_out p join message m on m.company = p.company and m.id = p.message
		where p.company = $1 and p.sim <> '' and (p.passed is not null or p.state = 'tried')
		union all
		select m.sim, 'received', m.peer, m.at from message m where m.company = $1 and m.direction = 'in' and m.sim <> '')
	select sim, kind, tally_prefix(peer), count(*)::int, min(at), max(at) from used where at >= $2 and at < $3 group by 1, 2, 3 order by 1, 2, 3`

// CardUses returns what the company's cards were used for between two instants, by card and way. Of calls whose records
// were removed it says nothing.
func (t *Tenant) CardUses(ctx context.Context, from, to time.Time) ([]CardUse, error) {
	return rowsOf[CardUse](ctx, t, selectCardUses, t.id, from.UTC(), to.UTC())
}

// CardNetwork is a network that a card was registered to.
type CardNetwork struct {
	SIM     fmc.ICCID
	Network string // MCC and MNC
}

const selectNetworks = `select distinct s.sim, x.network from sim_now s, lateral (
		(select network from sim_seen x where x.company = s.company and x.sim = s.sim and x.at < $2 order by x.at desc, x.n desc limit 1)
		union all
		select network from sim_seen x where x.company = s.company and x.sim = s.sim and x.at >= $2 and x.at < $3) x
	where s.company = $1 and x.network <> '' order by 1, 2`

// CardNetworks returns to which networks the company's cards were registered between two instants, as far as anybody told.
func (t *Tenant) CardNetworks(ctx context.Context, from, to time.Time) ([]CardNetwork, error) {
	return rowsOf[CardNetwork](ctx, t, selectNetworks, t.id, from.UTC(), to.UTC())
}
