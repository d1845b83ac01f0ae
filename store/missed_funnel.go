package store

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// MissedOutcome is what came of a client who was lost.
type MissedOutcome string

// The outcomes. A client whom somebody called back is in one of the first three.
const (
	CalledBackSoon  MissedOutcome = "soon"  // within fifteen minutes
	CalledBackDay   MissedOutcome = "day"   // later on the same day of the company
	CalledBackLater MissedOutcome = "later" // on a later day
	CalledAgain     MissedOutcome = "again" // the client called again, and got through
	ClosedByHand    MissedOutcome = "closed"
	NeverReturned   MissedOutcome = "never" // so far
)

// MissedOutcomes are all outcomes, the best first.
var MissedOutcomes = []MissedOutcome{CalledBackSoon, CalledBackDay, CalledBackLater, CalledAgain, ClosedByHand, NeverReturned}

// Known reports whether there is such an outcome.
func (o MissedOutcome) Known() bool { return slices.Contains(MissedOutcomes, o) }

const (
	// zoneOfOurs is the zone of the company that a query names first.
	zoneOfOurs = `(select zone from company where id = $1)`

	// outcomeOf is the outcome of a row m of missed of that company.
	outcomeOf = `case
		when m.state = 'open' then 'never'
		when m.state = 'closed' then 'closed'
		when m.way = 'inbound' then 'again'
		when m.ended - m.first <= interval '15 minutes' then 'soon'
		when (m.ended at time zone ` + zoneOfOurs + `)::date = (m.first at time zone ` + zoneOfOurs + `)::date then 'day'
		else 'later' end`
)

// CountMissed returns how many clients whom a filter chooses had which outcome.
func (t *Tenant) CountMissed(ctx context.Context, f MissedFilter) (map[MissedOutcome]int, error) {
	terms := f.terms(t.id)
	all := map[MissedOutcome]int{}
	err := t.in(ctx, pgx.ReadOnly, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select "+outcomeOf+" as outcome, count(*)::int from missed m where m.promised = '' and "+strings.Join(terms.terms, " and ")+" group by outcome", terms.args...)
		if err != nil {
			return err
		}
		var (
			outcome MissedOutcome
			clients int
		)
		_, err = pgx.ForEachRow(rows, []any{&outcome, &clients}, func() error {
			all[outcome] = clients
			return nil
		})
		return err
	})
	return all, err
}
