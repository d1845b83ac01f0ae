package house

import (
	"slices"
	"strings"
	"time"

	"roadline/fmc"
	"roadline/gsmgw"
)

// divertedTold is how long somebody is told that calls of a card went to a number which is not the company's, where that was
// set right at once.
const divertedTold = 24 * time.Hour

// unheardTold is after how many looks in a row without an answer somebody is told: less and less often, they take most of a day.
const unheardTold = 8

// forwardings tells of each card whether its network takes calls where they should go.
func (l *lookout) forwardings(c *fmc.Company, now time.Time, s *seen) {
	for i := range c.SIMs {
		card := &c.SIMs[i]
		if wish, wished := c.Wishes(card); wished {
			forwardingSeen(c, card, wish, l.house.gsm.Forwarding(card.ICCID), now, s)
		}
	}
}

// forwardingSeen tells of one card. What was told stays where it was not looked at since this start, and, but for numbers
// that are not the company's, where the network did not answer, until it has not for long. Where calls are to go nowhere,
// nobody misses them.
func forwardingSeen(c *fmc.Company, card *fmc.SIM, wish fmc.Forwarding, f gsmgw.Forwarded, now time.Time, s *seen) {
	company, about := c.Profile.ID, string(card.ICCID)
	s.name(fmc.AlarmForwarding, about)
	s.name(fmc.AlarmDiverted, about)
	if f.Last.At.IsZero() {
		return
	}
	silent := f.Unheard >= unheardTold
	if f.Last.State != fmc.ForwardingUnheard || silent || len(wish) == 0 {
		s.take(trouble{Alarm: fmc.Alarm{Company: company, Kind: fmc.AlarmForwarding, About: about, Values: map[string]string{"line": cardName(c, card.ICCID), "why": f.Last.Why}}},
			(f.Last.State.Wrong() || silent) && len(wish) > 0)
	}
	s.take(trouble{Alarm: fmc.Alarm{Company: company, Kind: fmc.AlarmDiverted, About: about, Values: map[string]string{
		"line": cardName(c, card.ICCID), "number": strings.Join(f.Strange.Strange, ", "),
	}}}, !f.Strange.At.IsZero() && (now.Sub(f.Strange.At) < divertedTold || astray(f)))
}

// astray reports that calls were left going to a number which is not the company's: as far as is known, they still do.
func astray(f gsmgw.Forwarded) bool {
	for why, found := range f.Strange.Found {
		left, known := f.Strange.Left[why]
		if now, heard := f.Last.Left[why]; heard {
			left, known = now, true
		}
		if slices.Contains(f.Strange.Strange, found.To) && (!known || left.To == found.To) {
			return true
		}
	}
	return false
}
