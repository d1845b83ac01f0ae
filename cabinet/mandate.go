package cabinet

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"roadline/cabinet/access"
	"roadline/cabinet/times"
	"roadline/callerid"
	"roadline/fmc"
	"roadline/store"
)

// MandateReport says of each card of a company whose it is and what for, and what it was used for in a time.
type MandateReport struct {
	From  string        `json:"from"` // days of the company, both included
	To    string        `json:"to"`
	Cards []CardMandate `json:"cards"` // what somebody must see to first, then as the document has them
}

// CardMandate is a card under its mandate.
type CardMandate struct {
	ICCID     fmc.ICCID       `json:"iccid"`
	Number    string          `json:"number,omitempty"`
	Operator  string          `json:"operator,omitempty"`
	Tariff    string          `json:"tariff,omitempty"`
	Mandate   *MandateShown   `json:"mandate,omitempty"` // absent: none is on file
	Standing  MandateStanding `json:"standing" enum:"holds,ends,ended,begins,none"`
	InUse     bool            `json:"in_use"`    // it is in a modem, or was used in the time
	Networks  []string        `json:"networks"`  // countries of the networks that it was registered to, as far as its modem told
	Countries []string        `json:"countries"` // of those that were called or written to by it
	Beyond    []string        `json:"beyond"`    // of Countries: the mandate, as it is now, does not name them
	Uses      []CardUsed      `json:"uses"`
}

// CardUsed is how often a card was used in one way.
type CardUsed struct {
	Kind  store.CardUseKind `json:"kind" enum:"called,rung,sent,received"`
	Count int               `json:"count"` // calls, of messages that went out parts
	First time.Time         `json:"first"`
	Last  time.Time         `json:"last"`
}

// MandateStanding is how a mandate stands now.
type MandateStanding string

// The standings.
const (
	MandateHolds  MandateStanding = "holds"
	MandateEnds   MandateStanding = "ends" // soon
	MandateEnded  MandateStanding = "ended"
	MandateBegins MandateStanding = "begins" // it does not hold yet
	MandateNone   MandateStanding = "none"
)

func standing(m *fmc.Mandate, now time.Time) MandateStanding {
	switch {
	case m.IsZero():
		return MandateNone
	case now.Before(m.From):
		return MandateBegins
	case m.Ending(now):
		return MandateEnds
	case m.Until.IsZero() || now.Before(m.Until):
		return MandateHolds
	}
	return MandateEnded
}

// Urgent reports that somebody must see to the mandate of a card that is used.
func (m *CardMandate) Urgent() bool {
	return m.InUse && (m.Standing == MandateEnds || m.Standing == MandateEnded || m.Standing == MandateNone)
}

// simMandates reports the mandates of the company's cards.
func (a *API) simMandates(r *http.Request) (any, error) {
	c, err := a.companyOf(r)
	if err != nil {
		return nil, err
	}
	q, err := query(r, "from", "to")
	if err != nil {
		return nil, err
	}
	return a.Mandates(r.Context(), c, q)
}

// Mandates reports the mandates of a company's cards, and what the cards were used for from one of its days to another:
// "from" and "to" as Statistics takes them. A card that the document does not have any more is in it where it was used.
func (a *API) Mandates(ctx context.Context, c *fmc.Company, q url.Values) (MandateReport, error) {
	days, err := times.Days(q, c.Profile.Zone, a.o.Now())
	if err != nil {
		return MandateReport{}, err
	}
	tenant, until := a.o.Store.For(c.Profile.ID), days.To.AddDate(0, 0, 1)
	uses, err := tenant.CardUses(ctx, days.From, until)
	if err != nil {
		return MandateReport{}, err
	}
	networks, err := tenant.CardNetworks(ctx, days.From, until)
	if err != nil {
		return MandateReport{}, err
	}
	cards, err := a.simsOf(ctx, c)
	if err != nil {
		return MandateReport{}, err
	}
	report := MandateReport{From: days.First(), To: days.Last(), Cards: []CardMandate{}}
	for _, card := range cards {
		m := underMandate(c, card, uses, a.o.Now())
		m.wasIn(networks)
		if !card.Unknown || len(m.Uses) > 0 {
			report.Cards = append(report.Cards, m)
		}
	}
	slices.SortStableFunc(report.Cards, func(x, y CardMandate) int { return cmp.Compare(pressing(x), pressing(y)) })
	return report, nil
}

// TookMandates writes in the audit that the report was taken out of the cabinet.
func (a *API) TookMandates(ctx context.Context, company fmc.CompanyID, r MandateReport) error {
	entry := access.Entry(ctx, "sims.mandates", "")
	entry.After = map[string]string{"from": r.From, "to": r.To}
	return a.o.Store.For(company).Audit(ctx, entry)
}

// pressing orders cards: those that somebody must see to first.
func pressing(m CardMandate) int {
	if m.Urgent() {
		return 0
	}
	return 1
}

func underMandate(c *fmc.Company, card SIMShown, uses []store.CardUse, now time.Time) CardMandate {
	var mandate fmc.Mandate
	if s, ok := c.SIM(card.ICCID); ok {
		mandate = s.Mandate
	}
	m := CardMandate{
		ICCID: card.ICCID, Number: card.Number, Operator: card.Operator, Tariff: card.Tariff, Mandate: showMandate(mandate), Standing: standing(&mandate, now),
		Networks: []string{}, Countries: []string{}, Beyond: []string{}, Uses: []CardUsed{},
	}
	for _, u := range uses {
		if u.SIM != card.ICCID {
			continue
		}
		m.use(u)
		country := callerid.CountryOf(u.Prefix)
		if (u.Kind == store.CardCalled || u.Kind == store.CardSent) && country != "" && !slices.Contains(m.Countries, country) {
			m.Countries = append(m.Countries, country)
		}
	}
	slices.Sort(m.Countries)
	for _, country := range m.Countries {
		if !mandate.Reaches(country, c.Profile.Country) {
			m.Beyond = append(m.Beyond, country)
		}
	}
	m.InUse = card.Modem != "" || len(m.Uses) > 0
	return m
}

// wasIn adds the countries of the networks that the card was in.
func (m *CardMandate) wasIn(all []store.CardNetwork) {
	for _, n := range all {
		if country := callerid.NetworkCountry(n.Network); n.SIM == m.ICCID && country != "" && !slices.Contains(m.Networks, country) {
			m.Networks = append(m.Networks, country)
		}
	}
	slices.Sort(m.Networks)
}

// use adds a use to those of its kind.
func (m *CardMandate) use(u store.CardUse) {
	i := slices.IndexFunc(m.Uses, func(x CardUsed) bool { return x.Kind == u.Kind })
	if i < 0 {
		m.Uses = append(m.Uses, CardUsed{u.Kind, u.Count, u.First.UTC(), u.Last.UTC()})
		return
	}
	x := &m.Uses[i]
	x.Count += u.Count
	if u.First.Before(x.First) {
		x.First = u.First.UTC()
	}
	if u.Last.After(x.Last) {
		x.Last = u.Last.UTC()
	}
}
