package cabinet

import (
	"context"
	"net/http"
	"slices"
	"time"

	"roadline/cabinet/document"
	"roadline/cabinet/times"
	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// SIMShown is a card in a list: what the company's document says of it, and how it was seen last.
type SIMShown struct {
	ICCID    fmc.ICCID         `json:"iccid"`
	Line     fmc.LineID        `json:"line"`
	Number   string            `json:"number,omitempty"` // its own
	Bound    []string          `json:"bound"`            // the company's numbers that it carries
	Operator string            `json:"operator,omitempty"`
	Person   fmc.EmployeeID    `json:"person,omitempty"`
	Tariff   string            `json:"tariff,omitempty"`
	Owner    string            `json:"owner,omitempty"`   // by its mandate
	Unknown  bool              `json:"unknown,omitempty"` // the document does not have it any more
	State    string            `json:"state"`
	Why      string            `json:"why,omitempty"`
	Modem    string            `json:"modem,omitempty"`
	Since    *time.Time        `json:"since,omitempty"` // of State; absent: it was never seen
	Balance  *store.SIMBalance `json:"balance,omitempty"`
}

// neverSeen is the state of a card that the document has and no modem ever had.
const neverSeen = "never seen"

// sims lists the company's cards: those of its document, and those that it had.
func (a *API) sims(r *http.Request) (any, error) {
	c, err := a.companyOf(r)
	if err != nil {
		return nil, err
	}
	if _, err := query(r); err != nil {
		return nil, err
	}
	return a.simsOf(r.Context(), c)
}

// simsOf are the company's cards.
func (a *API) simsOf(ctx context.Context, c *fmc.Company) ([]SIMShown, error) {
	seen, err := a.o.Store.For(c.Profile.ID).SIMs(ctx)
	if err != nil {
		return nil, err
	}
	shown := []SIMShown{}
	for _, s := range c.SIMs {
		i := slices.IndexFunc(seen, func(e store.SIMEntry) bool { return e.ICCID == s.ICCID })
		if i < 0 {
			shown = append(shown, showSIM(c, store.SIMEntry{ICCID: s.ICCID}))
			continue
		}
		shown = append(shown, showSIM(c, seen[i]))
		seen = slices.Delete(seen, i, i+1)
	}
	for _, e := range seen {
		shown = append(shown, showSIM(c, e))
	}
	return shown, nil
}

func showSIM(c *fmc.Company, e store.SIMEntry) SIMShown {
	shown := SIMShown{
		ICCID: e.ICCID, Line: e.ICCID.Line(), Bound: []string{}, Unknown: true, State: neverSeen,
		Why: e.Why, Modem: e.Modem, Balance: e.Balance,
	}
	if !e.At.IsZero() {
		at := e.At.UTC()
		shown.State, shown.Since = e.State, &at
	}
	for i := range c.Numbers {
		if c.Numbers[i].SIM == e.ICCID {
			shown.Bound = append(shown.Bound, c.Numbers[i].Number.E164)
		}
	}
	if s, ok := c.SIM(e.ICCID); ok {
		shown.Unknown = false
		shown.Number, shown.Operator, shown.Person, shown.Tariff, shown.Owner = s.Number.E164, s.Operator, s.Person, s.Package.Tariff, s.Mandate.Owner
	}
	return shown
}

// SIMDetail is everything that is known of a card.
type SIMDetail struct {
	SIMShown
	IMEI     string             `json:"imei,omitempty"` // of the module it was in
	IMSI     string             `json:"imsi,omitempty"`
	Roaming  bool               `json:"roaming,omitempty"` // it may be used abroad
	Mandate  *MandateShown      `json:"mandate,omitempty"` // absent: it may not be used
	Limits   LimitsShown        `json:"limits"`
	Package  PackageShown       `json:"package"`
	Use      []UseShown         `json:"use"`     // by day, the latest last
	History  []store.SIMMoment  `json:"history"` // newest first
	Balances []store.SIMBalance `json:"balances"`
}

// MandateShown says whose a card is, and what for and where it may be used.
type MandateShown struct {
	Owner    string       `json:"owner"`
	Contract string       `json:"contract,omitempty"`
	For      []fmc.SIMUse `json:"for"`
	Where    []string     `json:"where,omitempty"` // absent: the company's own country
	From     *time.Time   `json:"from,omitempty"`
	Until    *time.Time   `json:"until,omitempty"`
}

// LimitsShown are what a card may be used for a day; 0: no limit.
type LimitsShown struct {
	Calls    int           `json:"calls"`
	Talk     times.Seconds `json:"talk_s"`
	Messages int           `json:"messages"`
}

// PackageShown is what a card's tariff includes a month; 0: none are counted.
type PackageShown struct {
	Minutes  int `json:"minutes"`
	Messages int `json:"messages"`
	Day      int `json:"day,omitempty"` // of the month on which it begins
}

// UseShown is what a line was used for on one day of the company's zone.
type UseShown struct {
	Day      string        `json:"day"`
	Calls    int           `json:"calls"` // out
	Talk     times.Seconds `json:"talk_s"`
	Messages int           `json:"messages"` // parts sent
}

// usedFor is how long back the use of a line is shown.
const usedFor = 31 * 24 * time.Hour

// cardIn is the company and the card that a request names.
func (a *API) cardIn(r *http.Request) (*fmc.Company, fmc.ICCID, error) {
	c, err := a.companyOf(r)
	if err != nil {
		return nil, "", err
	}
	id, err := idIn[fmc.ICCID](r, "iccid")
	return c, id, err
}

// sim returns one card.
func (a *API) sim(r *http.Request) (any, error) {
	c, id, err := a.cardIn(r)
	if err != nil {
		return nil, err
	}
	if _, err := query(r); err != nil {
		return nil, err
	}
	return a.simOf(r.Context(), c, id)
}

// simOf is one card of the company.
func (a *API) simOf(ctx context.Context, c *fmc.Company, id fmc.ICCID) (SIMDetail, error) {
	tenant := a.o.Store.For(c.Profile.ID)
	entry, history, err := tenant.SIM(ctx, id)
	s, known := c.SIM(id)
	if known && cause.KindOf(err) == cause.NotFound {
		entry, err = store.SIMEntry{ICCID: id}, nil
	}
	if err != nil {
		return SIMDetail{}, err
	}
	shown := SIMDetail{SIMShown: showSIM(c, entry), IMEI: entry.IMEI, IMSI: entry.IMSI, History: append([]store.SIMMoment{}, history...)}
	if known {
		shown.Roaming = s.Roaming
		shown.Limits = LimitsShown{Calls: s.Limits.Calls, Talk: times.In(s.Limits.Talk), Messages: s.Limits.Messages}
		shown.Package = PackageShown{Minutes: s.Package.Minutes, Messages: s.Package.Messages, Day: s.Package.Day}
		shown.Mandate = showMandate(s.Mandate)
	}
	balances, err := tenant.Balances(ctx, id)
	if err != nil {
		return shown, err
	}
	shown.Balances = append([]store.SIMBalance{}, balances...)
	shown.Use, err = a.useOf(ctx, c, id.Line())
	return shown, err
}

func showMandate(m fmc.Mandate) *MandateShown {
	if m.IsZero() {
		return nil
	}
	shown := &MandateShown{Owner: m.Owner, Contract: m.Contract, For: m.For, Where: m.Where}
	if !m.From.IsZero() {
		shown.From = &m.From
	}
	if !m.Until.IsZero() {
		shown.Until = &m.Until
	}
	return shown
}

// useOf returns what a line was used for of late, by day.
func (a *API) useOf(ctx context.Context, c *fmc.Company, line fmc.LineID) ([]UseShown, error) {
	all, err := a.o.Store.For(c.Profile.ID).LineUse(ctx, a.o.Now().Add(-usedFor), c.Profile.Zone)
	if err != nil {
		return nil, err
	}
	shown := []UseShown{}
	for _, u := range all {
		if u.Line != line {
			continue
		}
		var talk time.Duration
		for _, t := range u.Talks {
			talk += t
		}
		shown = append(shown, UseShown{Day: u.Day, Calls: u.Calls, Talk: times.In(talk), Messages: u.Messages})
	}
	return shown, nil
}

// Rebind has a number of the company carried by the card that is asked about, or where Trunk is set by that trunk
// again. It makes a new version of the company's document, with this number's line changed and nothing else.
type Rebind struct {
	Number   string      `json:"number"`
	Trunk    fmc.TrunkID `json:"trunk,omitempty"`
	Spare    string      `json:"spare,omitempty"` // the number that the card which had it has from now on
	Base     int64       `json:"base,omitempty"`  // the generation that was looked at; 0: the newest, whatever it is
	Author   string      `json:"author"`
	Reason   string      `json:"reason"`
	DryRun   bool        `json:"dry_run,omitempty"`
	Override string      `json:"override,omitempty"` // why it is applied although the company's tests fail
}

// rebind has a number carried by a card, or no longer.
func (a *API) rebind(r *http.Request) (any, error) {
	c, id, err := a.cardIn(r)
	if err != nil {
		return nil, err
	}
	var b Rebind
	if err := read(r, &b); err != nil {
		return nil, err
	}
	return a.rebindTo(r.Context(), c, id, b)
}

// rebindTo has a number carried by a card, or no longer.
func (a *API) rebindTo(ctx context.Context, c *fmc.Company, id fmc.ICCID, b Rebind) (document.Applied, error) {
	if _, ok := c.SIM(id); !ok {
		return document.Applied{}, cause.Errorf(cause.NotFound, "SIM %s is not among the company's: look at the list", id)
	}
	newest, err := a.o.Store.For(c.Profile.ID).Version(ctx, 0)
	if err != nil {
		return document.Applied{}, err
	}
	if b.Base == 0 {
		b.Base = newest.Generation
	}
	if err := newest.Follows(b.Base); err != nil {
		return document.Applied{}, err
	}
	number := fmc.Peer(b.Number, c.Profile.Country)
	to := configs.Carrier{SIM: id, Spare: fmc.Peer(b.Spare, c.Profile.Country)}
	if b.Trunk != "" {
		if n, ok := c.NumberOf(number); ok && n.SIM != id {
			return document.Applied{}, cause.Errorf(cause.Conflict, "number %s is not carried by SIM %s: nothing is to be released", number, id)
		}
		to.SIM, to.Trunk = "", b.Trunk
	}
	text, err := configs.Rebind(newest.Document, number, to)
	if err != nil {
		return document.Applied{}, err
	}
	change := document.Apply{Document: text, Base: b.Base, Author: b.Author, Reason: b.Reason, DryRun: b.DryRun, Override: b.Override}
	if err := change.Check(); err != nil {
		return document.Applied{}, err
	}
	return a.Documents.Apply(ctx, c.Profile.ID, change)
}
