package house

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/gsmgw/shadow"
)

// nights makes what has the companies' cards try each other.
func (h *House) nights() {
	h.shadows = h.gsm.Shadows(shadow.Options{
		Companies: h.directory.Companies, Before: h.triedBefore,
		New: func() fmc.ShadowID { return fmc.ShadowID(uuid.Must(uuid.NewV7()).String()) },
	})
}

// triedBefore are the attempts of earlier starts. As long as PostgreSQL has not all that they left, it is not known what was
// tried, and what that cost.
func (h *House) triedBefore(ctx context.Context, id fmc.CompanyID, since time.Time) ([]fmc.ShadowRecord, error) {
	if n := h.drain.State().BootsLeft; n > 0 {
		return nil, cause.Errorf(cause.Unavailable, "PostgreSQL has not yet what %d earlier starts left", n)
	}
	return h.store.For(id).Shadows(ctx, since)
}

// tryCards has them do so, once PostgreSQL has what earlier starts left, or will not have it soon.
func (h *House) tryCards(ctx context.Context) error {
	if h.store.Ready(ctx) != nil || !h.drained(ctx) {
		return nil
	}
	return h.shadows.Run(ctx)
}

const (
	triedEvery = 30 * time.Second    // how often it is looked what was found
	triedLast  = 14 * 24 * time.Hour // for so long an attempt says something of a card
)

// tried tells of the cards with which their latest attempts found something wrong.
func (l *lookout) tried(ctx context.Context, c *fmc.Company, now time.Time, s *seen) {
	cards := cardsOf(c)
	if len(cards) < 2 {
		return
	}
	for _, id := range cards {
		s.name(fmc.AlarmShadow, string(id))
	}
	if now.Sub(l.judged[c.Profile.ID]) < triedEvery {
		return
	}
	all, err := l.house.store.For(c.Profile.ID).Shadows(ctx, now.Add(-triedLast))
	if !l.kept(err, c.Profile.ID) {
		return
	}
	l.judged[c.Profile.ID] = now
	states := map[fmc.ICCID]fmc.ShadowCardState{}
	for _, x := range fmc.ShadowStates(cards, all) {
		states[x.SIM] = x
	}
	for _, id := range cards { // one of which nothing is said any more too: its alarm is over
		x := states[id]
		var words, keys []string
		for _, t := range x.Troubles {
			words, keys = append(words, t.Words()), append(keys, string(t))
		}
		s.take(trouble{Alarm: fmc.Alarm{Company: c.Profile.ID, Kind: fmc.AlarmShadow, About: string(id), Values: map[string]string{
			"line": cardName(c, id), "why": strings.Join(words, "; "), "troubles": strings.Join(keys, " "),
		}}}, len(x.Troubles) > 0)
	}
}

// cardsOf are the company's cards.
func cardsOf(c *fmc.Company) (all []fmc.ICCID) {
	for i := range c.SIMs {
		all = append(all, c.SIMs[i].ICCID)
	}
	return all
}

// cardName is what people call a card: its number, else itself.
func cardName(c *fmc.Company, id fmc.ICCID) string {
	if s, ok := c.SIM(id); ok && s.Number.E164 != "" {
		return s.Number.E164
	}
	return string(id)
}

// TryCards has all of a company's cards try each other as soon as their lines are free.
func (h *House) TryCards(id fmc.CompanyID, by string) error {
	c, ok := h.directory.Company(id)
	if !ok {
		return cause.Errorf(cause.NotFound, "there is no company %q on this node", id)
	}
	_, err := h.shadows.Try(c, "", by)
	return err
}
