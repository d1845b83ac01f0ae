package demo

import (
	"fmt"
	"math/rand/v2"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// pastNights are the calls and texts by which the company's cards tried each other in the nights before now: who calls
// whom is decided as it is on any night, and what came of it is made up. One card was not heard for two nights, until
// somebody looked after its antenna.
func (d *Demo) pastNights(now time.Time) (facts []fmc.Fact) {
	chance := rand.New(rand.NewPCG(d.o.Seed, 6)) //nolint:gosec // pretend cards
	rules, id := d.company.Rules.Shadow, d.company.Profile.ID
	cards := d.company.ShadowCards(now)
	today := now.In(d.company.Profile.Zone)
	for ago := min(d.o.Past, 14); ago > 0; ago-- {
		at := time.Date(today.Year(), today.Month(), today.Day()-ago, 0, 0, 0, 0, d.company.Profile.Zone).Add(rules.From)
		night := rules.Night(at)
		var tried []fmc.ShadowRecord
		for i, p := range fmc.ShadowPairs(cards, night) {
			call, text, why := d.company.ShadowPlan(p, fmc.SIMUsed{}, tried, "", at)
			if why != "" {
				continue
			}
			from, _ := d.company.SIM(p.From)
			to, _ := d.company.SIM(p.To)
			b := fmc.ShadowBegan{
				Shadow: fmc.ShadowID(fmt.Sprintf("%s-%d", night, i)), Night: night, At: at.UTC(), From: p.From, To: p.To, Caller: from.Number, Called: to.Number, Call: call, Text: text,
			}
			end := pastAttempt(b, chance, p.From == cards[len(cards)-1] && (ago == 5 || ago == 6))
			tried = append(tried, fmc.ShadowRecord{ShadowBegan: b, Ended: &end})
			facts = append(facts, fmc.Fact{Company: id, Body: b}, fmc.Fact{Company: id, Body: end})
			at = at.Add(40 * time.Second)
		}
	}
	return facts
}

// pastAttempt is what came of an attempt; mute: the card that calls was not heard.
func pastAttempt(b fmc.ShadowBegan, chance *rand.Rand, mute bool) fmc.ShadowEnded {
	end := fmc.ShadowEnded{Shadow: b.Shadow, At: b.At.Add(30 * time.Second)}
	setup := time.Duration(1800+chance.IntN(1500)) * time.Millisecond
	sound := func() *fmc.ShadowSound {
		return &fmc.ShadowSound{Heard: true, Level: -12 - chance.IntN(6), Lost: chance.IntN(4)}
	}
	call := &fmc.ShadowCall{Rang: true, Setup: setup, Up: setup + time.Second, Talk: 6 * time.Second, Arrived: b.Caller.E164, There: sound(), Back: sound()}
	if mute {
		call.There = &fmc.ShadowSound{}
	}
	if b.Call {
		end.Call = call
	}
	if b.Call && chance.IntN(25) == 0 {
		why := cause.Of(cause.Cancelled)
		end.Yielded, call.There, call.Back, call.Cause = true, nil, nil, &why
		return end
	}
	if !b.Text {
		return end
	}
	end.Text = &fmc.ShadowText{Sent: true, Came: true, Took: time.Duration(900+chance.IntN(4000)) * time.Millisecond, Reported: true}
	return end
}
