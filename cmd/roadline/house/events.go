package house

import (
	"context"
	"crypto/x509"
	"os"
	"time"

	"roadline/cabinet"
	"roadline/cabinet/hook"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// eventing builds what programs outside are told by: the news, and the desk that tells webhooks.
func (h *House) eventing() error {
	authorities, err := authoritiesOf(h.m.Webhooks.Authorities)
	if err != nil {
		return err
	}
	h.hooks = hook.New(hook.Options{Store: h.store, Node: h.m.Node, Allow: h.m.Webhooks.Allow, Authorities: authorities, Now: time.Now, Log: h.log})
	h.news = cabinet.NewNews(h.store, h.hooks.Look, h.log)
	return nil
}

// authoritiesOf are those of the machine and those in a file; nil: those of the machine alone.
func authoritiesOf(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, cause.Errorf(cause.Invalid, "webhooks: authorities: %w: write the certificates there, or leave it out", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(text) {
		return nil, cause.Errorf(cause.Invalid, "webhooks: authorities: %s holds no certificate in PEM", file)
	}
	return pool, nil
}

// linesEvery is how often lines and trunks are looked at for what nobody tells of by itself.
const linesEvery = 5 * time.Second

// lineNews is what companies know of their trunks and of the limits of their cards. It is owned by one goroutine.
type lineNews struct {
	house   *House
	journal fmc.Journal
	dead    map[companyTrunk]bool      // what a company was told last; one that was told nothing takes a trunk to be there
	limits  map[companyLimit]time.Time // until when a card is used up, as its company was told
}

// companyTrunk is a trunk that a company may use.
type companyTrunk struct {
	company fmc.CompanyID
	trunk   fmc.TrunkID
}

// companyLimit is a limit of a company's card.
type companyLimit struct {
	company fmc.CompanyID
	sim     fmc.ICCID
	limit   fmc.LimitKind
}

func newLineNews(h *House, journal fmc.Journal) *lineNews {
	return &lineNews{house: h, journal: journal, dead: map[companyTrunk]bool{}, limits: map[companyLimit]time.Time{}}
}

// watchLines tells companies that a trunk of theirs was lost or came back, and that a card was used up to a limit. It tells
// the journal, so that what happens while PostgreSQL is away is told with its own time. At the start every trunk is taken
// to be there.
func (h *House) watchLines(ctx context.Context) error {
	tick := time.NewTicker(linesEvery)
	defer tick.Stop()
	n := newLineNews(h, h.facts())
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		companies, now := h.directory.Companies(), time.Now()
		for _, v := range h.trunks.Views() {
			n.trunk(companies, fmc.TrunkSeen{At: now.UTC(), Trunk: v.Trunk, Ready: !v.Dead(), Why: v.Why})
		}
		for _, c := range companies {
			n.cards(c, h.gsm.Lines(c), now)
		}
	}
}

// trunk tells how a trunk is to each company that may use it and knows it otherwise. Who could not be told is told at the
// next look.
func (n *lineNews) trunk(companies []*fmc.Company, is fmc.TrunkSeen) {
	for _, c := range companies {
		key := companyTrunk{c.Profile.ID, is.Trunk}
		if _, may := n.house.m.Grant(key.company, key.trunk); !may || n.dead[key] == !is.Ready {
			continue
		}
		if n.keep(key.company, is) {
			n.dead[key] = !is.Ready
		}
	}
}

// cards tells which cards of a company are used up to a limit, each time once.
func (n *lineNews) cards(c *fmc.Company, lines []fmc.LineState, now time.Time) {
	here := now.In(zoneOf(c))
	for _, l := range lines {
		if l.SIM == nil {
			continue
		}
		s, ok := c.SIM(l.SIM.ICCID)
		if !ok {
			continue
		}
		for _, reached := range s.Reached(l.SIM.Used, here) {
			key := companyLimit{c.Profile.ID, s.ICCID, reached.Limit}
			if !n.limits[key].Equal(reached.Until) && n.keep(key.company, reached) {
				n.limits[key] = reached.Until
			}
		}
	}
}

// keep writes a fact of a company, and reports whether it is kept.
func (n *lineNews) keep(company fmc.CompanyID, body fmc.Happening) bool {
	err := n.journal.Append(fmc.Fact{Company: company, Body: body})
	if err != nil {
		n.house.log.Warn("change of a line not kept, tried again", "company", company, "err", err)
	}
	return err == nil
}

const (
	signalsLook  = time.Minute // until a card has a network after a start, nothing is heard
	signalsEvery = 15 * time.Minute
	sweepEvery   = time.Hour
)

// sampleSignals keeps how well cards hear their networks, and takes away what was kept of lines for its time.
func (h *House) sampleSignals(ctx context.Context) error {
	if h.store.Ready(ctx) != nil {
		return nil
	}
	tick := time.NewTicker(signalsLook)
	defer tick.Stop()
	var kept, swept time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			if all := h.signals(now); len(all) > 0 && now.Sub(kept) >= signalsEvery {
				if err := h.store.Operator().KeepSignals(ctx, all); err != nil && ctx.Err() == nil {
					h.log.Warn("signals of cards not kept", "err", err)
				}
				kept = now
			}
			if now.Sub(swept) >= sweepEvery {
				if err := h.store.Operator().SweepLines(ctx); err != nil && ctx.Err() == nil {
					h.log.Warn("old states of lines not taken away", "err", err)
				}
				swept = now
			}
		}
	}
}

// signals are how well the cards of all companies hear their networks now.
func (h *House) signals(now time.Time) (all []store.CardSignal) {
	for _, c := range h.directory.Companies() {
		for _, l := range h.gsm.Lines(c) {
			if l.SIM != nil && l.SIM.SignalDBm != 0 {
				all = append(all, store.CardSignal{Company: c.Profile.ID, SIM: l.SIM.ICCID, At: now, DBm: l.SIM.SignalDBm})
			}
		}
	}
	return all
}
