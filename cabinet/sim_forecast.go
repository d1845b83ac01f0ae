package cabinet

import (
	"context"
	"math"
	"net/http"
	"slices"
	"time"

	"roadline/fmc"
	"roadline/store"
)

// UseForecast is what a card's package and money come to at the end of the tariff's month, as things go. Minutes are those
// of the tariff.
type UseForecast struct {
	ICCID   fmc.ICCID      `json:"iccid"`
	Number  string         `json:"number,omitempty"`
	From    time.Time      `json:"from"`
	Until   time.Time      `json:"until"`
	Package int            `json:"package_min,omitempty"` // absent: none are counted
	Used    int            `json:"used_min"`
	Least   int            `json:"least_min"` // at the end of the month; eight months of ten end between this and the most
	Likely  int            `json:"likely_min"`
	Most    int            `json:"most_min"`
	Left    int            `json:"left_min,omitempty"`  // of the package, most likely
	Short   int            `json:"short_min,omitempty"` // to be bought, where nothing is moved
	Out     string         `json:"out,omitempty"`       // the day on which the package is used up; absent: it suffices
	Moves   []MoveShown    `json:"moves"`               // what other cards can take
	Days    []ForeseenDay  `json:"days"`
	Money   *MoneyForecast `json:"money,omitempty"` // absent: it does not fall, nobody knows, or it is not for whoever asks
}

// MoveShown is talk that would better go by another card.
type MoveShown struct {
	To     fmc.ICCID `json:"to"`
	Number string    `json:"number,omitempty"`
	PerDay int       `json:"per_day_min"`
	Until  time.Time `json:"until"`
}

// ForeseenDay is a day of the month. What is to come of it is foreseen.
type ForeseenDay struct {
	Day      string `json:"day"`
	Talk     int    `json:"talk_min"`
	Total    int    `json:"total_min"`          // of the month until its end
	Foreseen bool   `json:"foreseen,omitempty"` // it is to come, or not over
}

// MoneyForecast is what is left of a card's money.
type MoneyForecast struct {
	PerDay float64   `json:"per_day"`
	Zero   time.Time `json:"zero"`   // when it comes to nothing
	AtEnd  float64   `json:"at_end"` // of the month
}

const (
	// foreseenFrom is how many days back the use of a card tells of the days to come: eight weeks, and whatever of the
	// tariff's month was before them, since it tells when the package was used up.
	foreseenFrom = 56
	longestMonth = 31
)

// simForecasts foresees the use of the company's cards.
func (a *API) simForecasts(r *http.Request) (any, error) {
	c, err := a.companyOf(r)
	if err != nil {
		return nil, err
	}
	if _, err := query(r); err != nil {
		return nil, err
	}
	return a.Forecasts(r.Context(), c, true)
}

// Forecasts foresees what the packages of a company's cards come to, in the order of its document; of money too where
// whoever asks may see it. A card that was used on too few days is left out.
func (a *API) Forecasts(ctx context.Context, c *fmc.Company, money bool) ([]UseForecast, error) {
	uses, err := a.usesSince(ctx, c, foreseenFrom+longestMonth)
	if err != nil {
		return nil, err
	}
	shown := foreseen(c, uses, a.o.Now())
	if !money {
		return shown, nil
	}
	all, err := a.Spendings(ctx, c)
	for _, s := range all {
		if i := slices.IndexFunc(shown, func(x UseForecast) bool { return x.ICCID == s.ICCID }); i >= 0 {
			shown[i].Money = moneyAtEnd(s.Balances, a.o.Now(), shown[i].Until)
		}
	}
	return shown, err
}

// usesSince is what the company's cards were used for since the beginning of a day so many days ago.
func (a *API) usesSince(ctx context.Context, c *fmc.Company, days int) ([]store.LineUse, error) {
	now := a.o.Now().In(c.Profile.Zone)
	return a.o.Store.For(c.Profile.ID).LineUse(ctx, time.Date(now.Year(), now.Month(), now.Day()-days, 0, 0, 0, 0, now.Location()), c.Profile.Zone)
}

func foreseen(c *fmc.Company, uses []store.LineUse, now time.Time) []UseForecast {
	now = now.In(c.Profile.Zone)
	var all []fmc.CardForecast
	for i := range c.SIMs {
		s := &c.SIMs[i]
		if f, ok := s.Package.Foresee(talkByDay(s, uses, now), now); ok {
			all = append(all, fmc.CardForecast{Card: s, Forecast: f})
		}
	}
	shown, moves := []UseForecast{}, c.Moves(all, now)
	for _, x := range all {
		shown = append(shown, showForecast(c, x, moves[x.Card.ICCID], now))
	}
	return shown
}

// talkByDay is what a card talked on each day since it was first used, today last, as its tariff counts.
func talkByDay(s *fmc.SIM, uses []store.LineUse, now time.Time) (days []time.Duration) {
	of := map[string]time.Duration{}
	day := func(back int) time.Time {
		return time.Date(now.Year(), now.Month(), now.Day()-back, 0, 0, 0, 0, now.Location())
	}
	from, _ := s.Package.Month(day(foreseenFrom))
	first := ""
	for _, u := range uses {
		if u.Line != s.ICCID.Line() {
			continue
		}
		for _, t := range u.Talks {
			of[u.Day] += s.Package.Rounded(t)
		}
		if first == "" || u.Day < first {
			first = u.Day
		}
	}
	if first == "" {
		return nil
	}
	for back := foreseenFrom + longestMonth; back >= 0; back-- {
		if on := day(back).Format(time.DateOnly); on >= first && !day(back).Before(from) {
			days = append(days, of[on])
		}
	}
	return days
}

// inMinutes is a talk in whole minutes.
func inMinutes(d time.Duration) int { return int(math.Round(d.Minutes())) }

func showForecast(c *fmc.Company, x fmc.CardForecast, moves []fmc.Move, now time.Time) UseForecast {
	shown := UseForecast{
		ICCID: x.Card.ICCID, Number: x.Card.Number.E164, From: x.From.UTC(), Until: x.Until.UTC(), Package: x.Card.Package.Minutes,
		Used: inMinutes(x.Used), Least: inMinutes(x.Least), Likely: inMinutes(x.Likely), Most: inMinutes(x.Most),
		Left: inMinutes(x.Spare(x.Card.Package)), Short: inMinutes(x.Over(x.Card.Package)), Moves: []MoveShown{}, Days: []ForeseenDay{},
	}
	if !x.Out.IsZero() {
		shown.Out = x.Out.Format(time.DateOnly)
	}
	for _, m := range moves {
		to, _ := c.SIM(m.To)
		shown.Moves = append(shown.Moves, MoveShown{To: m.To, Number: to.Number.E164, PerDay: max(1, inMinutes(m.PerDay)), Until: m.Until.UTC()})
	}
	for _, d := range x.Days {
		shown.Days = append(shown.Days, ForeseenDay{
			Day: d.Day.Format(time.DateOnly), Talk: inMinutes(d.Talk), Total: inMinutes(d.Total), Foreseen: d.Day.AddDate(0, 0, 1).After(now),
		})
	}
	return shown
}

// moneyAtEnd is what will be left of a card's money at the end of its tariff's month; nil: it does not fall, or nobody
// knows.
func moneyAtEnd(all []store.SIMBalance, now, until time.Time) *MoneyForecast {
	f, ok := Foresee(all, now)
	if !ok {
		return nil
	}
	left := max(0, f.Amount-f.PerDay*until.Sub(f.At).Hours()/24)
	return &MoneyForecast{PerDay: math.Round(f.PerDay*100) / 100, Zero: f.Zero.UTC(), AtEnd: math.Round(left*100) / 100}
}
