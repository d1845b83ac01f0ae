package house

import (
	"context"
	"strconv"
	"time"

	"roadline/fmc"
	"roadline/store"
)

// Alarms of lines, trunks, balances and packages follow from what the node sees; those of recordings are raised by the retention.

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
	house   *House
	first   map[troubleKey]time.Time    // since when something is wrong
	told    map[troubleKey]bool         // that an alarm is raised: true, or that there is none: false
	asked   map[fmc.CompanyID]time.Time // when it was looked what balances are
	foresaw map[fmc.CompanyID]time.Time // when it was foreseen what packages come to
	minded  time.Time                   // when calls back that were promised were looked at
	judged  map[fmc.CompanyID]time.Time // when it was looked what cards found of each other
	swept   map[fmc.CompanyID]bool      // that alarms of before this start are known which nothing speaks of any more
}

func newLookout(h *House) *lookout {
	return &lookout{
		house: h, first: map[troubleKey]time.Time{}, told: map[troubleKey]bool{}, asked: map[fmc.CompanyID]time.Time{},
		foresaw: map[fmc.CompanyID]time.Time{}, judged: map[fmc.CompanyID]time.Time{}, swept: map[fmc.CompanyID]bool{},
	}
}

// lookOut looks at lines, trunks and cards until ctx is done.
func (h *House) lookOut(ctx context.Context) error {
	if h.store.Ready(ctx) != nil {
		return nil
	}
	l := newLookout(h)
	tick := time.NewTicker(alarmsEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			now := time.Now()
			for _, c := range h.directory.Companies() {
				l.look(ctx, c, now)
			}
			l.remind(ctx, now)
		}
	}
}

// seen is how everything of a company is that can be wrong.
type seen struct {
	company fmc.CompanyID
	bad     map[troubleKey]trouble
	well    map[troubleKey]bool
	named   map[troubleKey]bool // whatever is there that can be wrong, also where nobody looked at it now
}

func seenOf(company fmc.CompanyID) *seen {
	return &seen{company: company, bad: map[troubleKey]trouble{}, well: map[troubleKey]bool{}, named: map[troubleKey]bool{}}
}

func (s *seen) name(kind fmc.AlarmKind, about string) troubleKey {
	key := troubleKey{s.company, kind, about}
	s.named[key] = true
	return key
}

func (s *seen) take(x trouble, wrong bool) {
	key := s.name(x.Kind, x.About)
	if wrong {
		s.bad[key] = x
	} else {
		s.well[key] = true
	}
}

// look compares what is wrong with a company's lines, trunks and cards now with what was told of it.
func (l *lookout) look(ctx context.Context, c *fmc.Company, now time.Time) {
	s := seenOf(c.Profile.ID)
	l.house.troubles(c, s.take)
	l.house.bankTroubles(c, s)
	l.balances(ctx, c, now, s)
	l.packages(ctx, c, now, s)
	l.tried(ctx, c, now, s)
	l.forwardings(c, now, s)
	l.settle(ctx, s, now)
}

// settle raises alarms of what is wrong, and clears those of what is not any more.
func (l *lookout) settle(ctx context.Context, s *seen, now time.Time) {
	for key, x := range s.bad {
		if l.first[key].IsZero() {
			l.first[key] = now
			if !x.since.IsZero() {
				l.first[key] = x.since
			}
		}
		if now.Sub(l.first[key]) < x.may || l.told[key] {
			continue
		}
		if l.kept(l.house.alarms.Raise(ctx, x.Alarm), s.company) {
			l.told[key] = true
		}
	}
	for key := range s.well {
		delete(l.first, key)
		if told, known := l.told[key]; known && !told { // the first time after a start, an alarm of before is cleared
			continue
		}
		if l.kept(l.house.alarms.Clear(ctx, key.company, key.kind, key.about), s.company) {
			l.told[key] = false
		}
	}
	l.forget(ctx, s.company, s.named)
}

// forget clears the alarms of what is there no more: a card that was taken away, a trunk that is not granted any longer, a
// balance that nobody watches now.
func (l *lookout) forget(ctx context.Context, company fmc.CompanyID, named map[troubleKey]bool) {
	if !l.swept[company] {
		open, err := l.house.store.For(company).Alarms(ctx, store.AlarmFilter{Open: true, Limit: 1000})
		if !l.kept(err, company) {
			return
		}
		for _, x := range open {
			key := troubleKey{company, x.Kind, x.About}
			switch x.Kind {
			case fmc.AlarmLineDown, fmc.AlarmTrunkDown, fmc.AlarmBankAway, fmc.AlarmBalanceLow, fmc.AlarmPackageShort, fmc.AlarmShadow, fmc.AlarmForwarding, fmc.AlarmDiverted:
				if !named[key] {
					l.told[key] = true
				}
			default: // raised by others, and cleared by them
			}
		}
		l.swept[company] = true
	}
	for key, raised := range l.told {
		if key.company != company || named[key] {
			continue
		}
		if raised && !l.kept(l.house.alarms.Clear(ctx, company, key.kind, key.about), company) {
			continue
		}
		delete(l.told, key)
	}
	for key := range l.first {
		if key.company == company && !named[key] {
			delete(l.first, key)
		}
	}
}

// promisesEvery is how often it is looked whether calls back that were promised are late.
const promisesEvery = time.Minute

// remind has people reminded of the calls back that they promised and did not make.
func (l *lookout) remind(ctx context.Context, now time.Time) {
	if now.Sub(l.minded) < promisesEvery {
		return
	}
	err := l.house.store.RemindOfPromises(ctx, l.house.jobs, func(id fmc.CompanyID) time.Duration {
		if c, ok := l.house.directory.Company(id); ok {
			return c.Rules.Missed.Escalate
		}
		return 0
	})
	if err != nil {
		l.house.log.Warn("promised calls back not looked at, tried again", "err", err)
		return
	}
	l.minded = now
}

func (l *lookout) kept(err error, company fmc.CompanyID) bool {
	if err != nil {
		l.house.log.Warn("alarm not kept, tried again", "company", company, "err", err)
	}
	return err == nil
}

// troubles tells of each line and trunk of a company whether something is wrong with it.
func (h *House) troubles(c *fmc.Company, tell func(x trouble, wrong bool)) {
	for _, v := range h.linesOf(c) {
		values := map[string]string{"line": lineName(c, v), "state": v.State, "why": v.Why, "wayout": v.WayOut, "modem": v.Name}
		x := trouble{Alarm: fmc.Alarm{Company: c.Profile.ID, Kind: fmc.AlarmLineDown, About: string(v.ID), Values: values}, since: v.Since, may: lineMay}
		tell(x, !v.Ready && v.Call == "" && v.State != "ready" && v.State != fmc.LineInBank)
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

// watchedCards are the cards of which the company's document says when their money is low.
func watchedCards(c *fmc.Company) map[fmc.ICCID]float64 {
	low := map[fmc.ICCID]float64{}
	for i := range c.SIMs {
		if b := c.SIMs[i].Balance; b.Low > 0 {
			low[c.SIMs[i].ICCID] = b.Low
		}
	}
	return low
}

// balances tells of the cards whose money is below what the company's document calls low.
func (l *lookout) balances(ctx context.Context, c *fmc.Company, now time.Time, s *seen) {
	low := watchedCards(c)
	for card := range low {
		s.name(fmc.AlarmBalanceLow, string(card))
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
		s.take(trouble{Alarm: fmc.Alarm{Company: c.Profile.ID, Kind: fmc.AlarmBalanceLow, About: string(card.ICCID), Values: map[string]string{
			"line": cardName(c, card.ICCID), "balance": card.Balance.Amount, "limit": strconv.FormatFloat(least, 'f', -1, 64),
		}}}, amount < least)
	}
}
