package house

import (
	"context"
	"strconv"
	"time"

	"roadline/fmc"
)

// Alarms of lines, trunks and balances follow from what the node sees; those of recordings are raised by the retention.

const (
	alarmsEvery = 10 * time.Second
	lineMay     = 2 * time.Minute // how long a line may be away before somebody is told: modems start anew, networks blink
	trunkMay    = 30 * time.Second
)

// trouble is something that is wrong now, and for how long it may be before somebody is told.
type trouble struct {
	fmc.Alarm
	since time.Time // zero: not known
	may   time.Duration
}

// key is what of a trouble makes it the same one.
type troubleKey struct {
	company fmc.CompanyID
	kind    fmc.AlarmKind
	about   string
}

// lookout raises and clears alarms. It is owned by one goroutine.
type lookout struct {
	house *House
	first map[troubleKey]time.Time // since when something is wrong
	told  map[troubleKey]bool      // that an alarm is raised: true, or that there is none: false
	asked map[fmc.CompanyID]time.Time
}

// look looks at lines, trunks and balances until ctx is done.
func (h *House) lookOut(ctx context.Context) error {
	if h.store.Ready(ctx) != nil {
		return nil
	}
	l := &lookout{house: h, first: map[troubleKey]time.Time{}, told: map[troubleKey]bool{}, asked: map[fmc.CompanyID]time.Time{}}
	tick := time.NewTicker(alarmsEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			for _, c := range h.directory.Companies() {
				l.look(ctx, c, time.Now())
			}
		}
	}
}

// look compares what is wrong with a company's lines and trunks now with what was told of it.
func (l *lookout) look(ctx context.Context, c *fmc.Company, now time.Time) {
	bad := map[troubleKey]trouble{}
	well := map[troubleKey]bool{}
	take := func(x trouble, wrong bool) {
		key := troubleKey{c.Profile.ID, x.Kind, x.About}
		if wrong {
			bad[key] = x
		} else {
			well[key] = true
		}
	}
	l.house.troubles(c, take)
	l.balances(ctx, c, now, take)
	for key, x := range bad {
		if l.first[key].IsZero() {
			l.first[key] = now
			if !x.since.IsZero() {
				l.first[key] = x.since
			}
		}
		if now.Sub(l.first[key]) < x.may || l.told[key] {
			continue
		}
		if l.kept(l.house.alarms.Raise(ctx, x.Alarm), c.Profile.ID) {
			l.told[key] = true
		}
	}
	for key := range well {
		delete(l.first, key)
		if told, known := l.told[key]; known && !told { // the first time after a start, an alarm of before is cleared
			continue
		}
		if l.kept(l.house.alarms.Clear(ctx, key.company, key.kind, key.about), c.Profile.ID) {
			l.told[key] = false
		}
	}
}

func (l *lookout) kept(err error, company fmc.CompanyID) bool {
	if err != nil {
		l.house.log.Warn("alarm not kept, tried again", "company", company, "err", err)
	}
	return err == nil
}

// troubles tells of each line and trunk of a company whether something is wrong with it.
func (h *House) troubles(c *fmc.Company, tell func(x trouble, wrong bool)) {
	for _, v := range h.gsm.LineViews(c) {
		values := map[string]string{"line": lineName(c, v), "state": v.State, "why": v.Why, "wayout": v.WayOut, "modem": v.Name}
		x := trouble{Alarm: fmc.Alarm{Company: c.Profile.ID, Kind: fmc.AlarmLineDown, About: string(v.ID), Values: values}, since: v.Since, may: lineMay}
		tell(x, !v.Ready && v.Call == "" && v.State != "ready")
	}
	for _, v := range h.trunks.Views() {
		if _, granted := h.m.Grant(c.Profile.ID, v.Trunk); !granted {
			continue
		}
		x := trouble{Alarm: fmc.Alarm{Company: c.Profile.ID, Kind: fmc.AlarmTrunkDown, About: string(v.Trunk), Values: map[string]string{"why": v.Why}}, may: trunkMay}
		tell(x, v.Dead())
	}
}

// lineName is what people call a line: its number, else its card.
func lineName(c *fmc.Company, v fmc.LineView) string {
	if v.SIM != nil {
		if s, ok := c.SIM(v.SIM.ICCID); ok && s.Number.E164 != "" {
			return s.Number.E164
		}
	}
	return string(v.ID)
}

// balancesEvery is how often the balances that were told are looked at: a card is asked for hours apart.
const balancesEvery = 5 * time.Minute

// balances tells of the cards whose money is below what the company's document calls low.
func (l *lookout) balances(ctx context.Context, c *fmc.Company, now time.Time, tell func(x trouble, wrong bool)) {
	low := map[fmc.ICCID]float64{}
	for i := range c.SIMs {
		if b := c.SIMs[i].Balance; b.Low > 0 {
			low[c.SIMs[i].ICCID] = b.Low
		}
	}
	if len(low) == 0 || now.Sub(l.asked[c.Profile.ID]) < balancesEvery {
		return
	}
	cards, err := l.house.store.For(c.Profile.ID).SIMs(ctx)
	if !l.kept(err, c.Profile.ID) {
		return
	}
	l.asked[c.Profile.ID] = now
	for _, card := range cards {
		least, watched := low[card.ICCID]
		if card.Balance == nil || !watched {
			continue
		}
		amount, err := strconv.ParseFloat(card.Balance.Amount, 64)
		if err != nil {
			continue // the answer could not be read
		}
		s, _ := c.SIM(card.ICCID)
		tell(trouble{Alarm: fmc.Alarm{Company: c.Profile.ID, Kind: fmc.AlarmBalanceLow, About: string(card.ICCID), Values: map[string]string{
			"line": s.Number.E164, "balance": card.Balance.Amount, "limit": strconv.FormatFloat(least, 'f', -1, 64),
		}}}, amount < least)
	}
}
