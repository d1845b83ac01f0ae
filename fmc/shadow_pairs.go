package fmc

import (
	"slices"
	"time"
)

// ShadowPair is who calls whom.
type ShadowPair struct{ From, To ICCID }

// ShadowPairs are who calls whom in a night: each card calls one other and is called by one, and after as many nights as
// there are other cards everybody has called everybody. It depends on the cards and the date alone.
func ShadowPairs(cards []ICCID, night string) []ShadowPair {
	cards = slices.Compact(slices.Sorted(slices.Values(cards)))
	day, err := time.Parse(time.DateOnly, night)
	if len(cards) < 2 || err != nil {
		return nil
	}
	n := len(cards)
	shift := 1 + int(day.Unix()/(24*60*60))%(n-1)
	pairs := make([]ShadowPair, n)
	for i, c := range cards {
		pairs[i] = ShadowPair{c, cards[(i+shift)%n]}
	}
	return pairs
}

// ShadowCards are the cards of a company that may try each other now.
func (c *Company) ShadowCards(now time.Time) (all []ICCID) {
	for i := range c.SIMs {
		s := &c.SIMs[i]
		calls, texts := c.shadowMay(s, s.Number.Country, now)
		if c.Rules.Shadow.Includes(s.ICCID) && s.Number.E164 != "" && (calls || texts) {
			all = append(all, s.ICCID)
		}
	}
	return all
}

// shadowMay is what a card's mandate and the company's rules let it try towards a country.
func (c *Company) shadowMay(s *SIM, country string, now time.Time) (calls, texts bool) {
	may := func(use SIMUse) bool { return s.Mandate.Allows(use, country, c.Profile.Country, now) == "" }
	return !c.Rules.Shadow.WithoutCalls && may(UseCalls), !c.Rules.Shadow.WithoutTexts && may(UseMessages)
}

// ShadowPlan is what of an attempt may be done, so that neither a card's limits and package nor the night's budget are
// exceeded; neither a call nor a text: why not. used is what the calling card was used for; tried is what was tried in
// the night already. A person who asks (by) is held to the card's limits alone. A pure function.
func (c *Company) ShadowPlan(p ShadowPair, used SIMUsed, tried []ShadowRecord, by string, now time.Time) (call, text bool, why string) {
	s, ok := c.SIM(p.From)
	to, there := c.SIM(p.To)
	switch {
	case !ok || !there:
		return false, false, "it is no SIM of the company"
	case s.Number.E164 == "" || to.Number.E164 == "":
		return false, false, "the number of the SIM is not known"
	}
	call, text = c.shadowMay(s, to.Number.Country, now)
	call = call && to.Mandate.Allows(UseCalls, "", c.Profile.Country, now) == "" // else it may not answer
	if !call && !text {
		return false, false, "neither calls nor messages are allowed by the mandate of the SIM and the rules of the night"
	}
	call = call && s.roomForCall(used)
	text = text && room(used.Messages, s.Limits.Messages) && room(used.MonthMessages, s.Package.Messages)
	if !call && !text {
		return false, false, "what the SIM may be used for, or its package, is used up"
	}
	if by != "" {
		return call, text, ""
	}
	r := c.Rules.Shadow
	var all, own shadowUse
	for _, x := range tried {
		if x.By != "" {
			continue
		}
		all.add(x)
		if x.From == p.From {
			own.add(x)
		}
	}
	call = call && room(all.calls, r.Minutes) && room(own.calls, r.CardMinutes)
	text = text && room(all.texts, r.Messages) && room(own.texts, r.CardMessages)
	if !call && !text {
		return false, false, "the budget of the night is used up"
	}
	return call, text, ""
}

// roomForCall reports whether a minute more is within what the card may be used for.
func (s *SIM) roomForCall(used SIMUsed) bool {
	within := func(talk, most time.Duration) bool { return most == 0 || talk+time.Minute <= most }
	return room(used.Calls, s.Limits.Calls) && within(used.Talk, s.Limits.Talk) && within(used.MonthTalk, time.Duration(s.Package.Minutes)*time.Minute)
}

// room reports whether one more is within a bound; 0: none is set.
func room(used, most int) bool { return most == 0 || used < most }

// shadowUse is what attempts may have cost: calls of a minute at most, and messages.
type shadowUse struct{ calls, texts int }

func (u *shadowUse) add(x ShadowRecord) {
	if x.Call {
		u.calls++
	}
	if x.Text {
		u.texts++
	}
}
