package fmc

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// CardForecast is a card with what is foreseen of it.
type CardForecast struct {
	Card *SIM
	Forecast
}

// Move is talk that would better go by another card.
type Move struct {
	To     ICCID
	PerDay time.Duration // from now on
	Until  time.Time     // the end of whichever month ends first
}

// Moves says, for each card whose package will not suffice, how much talk other cards can take from it: those whose
// packages will have something left, of the same operator first and then those with the most. What one takes it does not
// have for the next. The card that will lack most is served first. Only cards that may be used for calls at that moment,
// and at least to the same countries, take anything. A pure function.
func (c *Company) Moves(all []CardForecast, now time.Time) map[ICCID][]Move {
	spare := map[ICCID]time.Duration{}
	var short []CardForecast
	for _, x := range all {
		if c.calls(x.Card, now) {
			spare[x.Card.ICCID] = x.Spare(x.Card.Package)
		}
		if x.Over(x.Card.Package) > 0 {
			short = append(short, x)
		}
	}
	slices.SortStableFunc(short, func(a, b CardForecast) int { return cmp.Compare(b.Over(b.Card.Package), a.Over(a.Card.Package)) })
	moves := map[ICCID][]Move{}
	for _, x := range short {
		over := x.Over(x.Card.Package)
		for _, y := range takers(x.Card, all, spare) {
			if over <= 0 || spare[y.Card.ICCID] < leastMoved || !c.reaches(y.Card, x.Card) {
				continue
			}
			until := x.Until
			if y.Until.Before(until) {
				until = y.Until
			}
			talk := min(over, spare[y.Card.ICCID])
			days := max(1, until.Sub(now).Hours()/24)
			moves[x.Card.ICCID] = append(moves[x.Card.ICCID], Move{y.Card.ICCID, time.Duration(float64(talk) / days).Round(time.Second), until})
			over -= talk
			spare[y.Card.ICCID] -= talk
		}
	}
	return moves
}

// leastMoved is less talk than anybody would change a tariff's use for.
const leastMoved = 5 * time.Minute

// takers are the other cards, the best first.
func takers(from *SIM, all []CardForecast, spare map[ICCID]time.Duration) []CardForecast {
	others := slices.DeleteFunc(slices.Clone(all), func(x CardForecast) bool { return x.Card.ICCID == from.ICCID })
	other := func(x CardForecast) int {
		if from.Operator != "" && strings.EqualFold(x.Card.Operator, from.Operator) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(others, func(a, b CardForecast) int {
		return cmp.Or(cmp.Compare(other(a), other(b)), cmp.Compare(spare[b.Card.ICCID], spare[a.Card.ICCID]))
	})
	return others
}

// calls reports whether a card may be used for calls.
func (c *Company) calls(s *SIM, now time.Time) bool {
	return s.Mandate.Allows(UseCalls, "", c.Profile.Country, now) == ""
}

// reaches reports whether a card may call wherever another may.
func (c *Company) reaches(s, other *SIM) bool {
	where := func(s *SIM) []string {
		if len(s.Mandate.Where) == 0 {
			return []string{c.Profile.Country}
		}
		return s.Mandate.Where
	}
	return !slices.ContainsFunc(where(other), func(country string) bool { return !slices.Contains(where(s), country) })
}
