package demo

import (
	"fmt"
	"math/rand/v2"
	"time"

	"roadline/fmc"
	"roadline/store"
)

// pastOfCards is what became of the company's cards in the days before now: each was found once and is ready since, now
// and then without a network for a while, and is asked for its balance every morning.
func (d *Demo) pastOfCards(now time.Time) (facts []fmc.Fact) {
	chance := rand.New(rand.NewPCG(d.o.Seed, 4)) //nolint:gosec // pretend cards
	first := now.AddDate(0, 0, -d.o.Past)
	for i := range d.company.SIMs {
		card := d.company.SIMs[i].ICCID
		add := func(body fmc.Happening) { facts = append(facts, fmc.Fact{Company: d.company.Profile.ID, Body: body}) }
		add(fmc.SIMSeen{At: first, SIM: card, State: "found"})
		add(fmc.SIMSeen{At: first.Add(time.Minute), SIM: card, State: "ready"})
		money := 60 + 300*chance.Float64()
		for ago := d.o.Past; ago > 0; ago-- {
			morning := now.AddDate(0, 0, -ago).Add(time.Hour)
			if money -= 4 + 14*chance.Float64(); money < 20 {
				money += 300
			}
			amount := fmt.Sprintf("%.2f", money)
			add(fmc.BalanceSeen{At: morning, SIM: card, Answer: "Balance " + amount + " RUB", Amount: amount})
			if chance.IntN(6) == 0 {
				lost := morning.Add(time.Duration(chance.IntN(20)) * time.Hour)
				add(fmc.SIMSeen{At: lost, SIM: card, State: "searching", Why: "the network does not give it voice: it is searching"})
				add(fmc.SIMSeen{At: lost.Add(time.Duration(5+chance.IntN(90)) * time.Minute), SIM: card, State: "ready"})
			}
		}
	}
	return facts
}

// pastSignals are how well the cards heard their networks in the day before now.
func (d *Demo) pastSignals(now time.Time) (all []store.CardSignal) {
	chance := rand.New(rand.NewPCG(d.o.Seed, 5)) //nolint:gosec // pretend cards
	for i := range d.company.SIMs {
		level := -65 - chance.IntN(30)
		for ago := 24 * time.Hour; ago > 0; ago -= 15 * time.Minute {
			level = min(max(level+chance.IntN(7)-3, -105), -55)
			all = append(all, store.CardSignal{Company: d.company.Profile.ID, SIM: d.company.SIMs[i].ICCID, At: now.Add(-ago), DBm: level})
		}
	}
	return all
}
