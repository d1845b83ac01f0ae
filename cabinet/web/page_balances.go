package web

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"time"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/cabinet/web/chart"
)

// balancesView is until when the money of each card lasts, the first to run out on top.
type balancesView struct {
	Tabs    []fleetTab
	Answer  string // in words; empty: no card was ever asked
	Rows    []balanceForecast
	Unknown []unknownBalance // nobody can tell of these
	Links   bool             // the visitor may see cards
}

// balanceForecast is a card whose money falls.
type balanceForecast struct {
	ICCID  string
	Name   string
	Amount string
	PerDay string
	Days   int
	Zero   moment
	Class  string
	Chart  template.HTML
}

// unknownBalance is a card whose money does not fall, or was not told often enough.
type unknownBalance struct{ ICCID, Name, Amount string }

const (
	balanceAxis = 56 // days that the picture shows
	topUpSoon   = 7  // days: who runs out within them is to be topped up
)

func balancesPage(v *visit) (answer, error) {
	all, err := v.site.o.API.Spendings(v.ctx(), v.company)
	if err != nil {
		return nil, err
	}
	view := balancesView{Tabs: v.tabs("/sims/balances"), Links: v.viewer.May(access.LinesRead)}
	for _, s := range all {
		f, ok := cabinet.Foresee(s.Balances, v.now())
		if !ok {
			view.Unknown = append(view.Unknown, unknownBalance{string(s.ICCID), v.cardName(s.ICCID), s.Balances[0].Amount})
			continue
		}
		view.Rows = append(view.Rows, v.balanceForecast(string(s.ICCID), v.cardName(s.ICCID), f))
	}
	slices.SortStableFunc(view.Rows, func(a, b balanceForecast) int { return cmp.Compare(a.Days, b.Days) })
	soon := slices.IndexFunc(view.Rows, func(r balanceForecast) bool { return r.Days >= topUpSoon })
	if soon < 0 {
		soon = len(view.Rows)
	}
	switch {
	case len(all) == 0:
	case soon > 0:
		view.Answer = v.say("balances.answer", "N", soon, "First", view.Rows[0].Name, "Day", v.tongue.day(view.Rows[0].Zero))
	default:
		view.Answer = v.say("balances.none-soon")
	}
	return page{screen: "balances", title: v.say("balances.title"), view: view}, nil
}

// balanceForecast is a card's row. What was spent since the latest answer is taken off its days: they count from now.
func (v *visit) balanceForecast(id, name string, f cabinet.Forecast) balanceForecast {
	days := max(0, int(f.Zero.Sub(v.now())/(24*time.Hour)))
	r := balanceForecast{
		ICCID: id, Name: name, Amount: fmt.Sprintf("%.2f", f.Amount), PerDay: fmt.Sprintf("%.2f", f.PerDay), Days: days, Zero: v.at(f.Zero), Class: "ok",
	}
	switch {
	case days < 3:
		r.Class = "bad"
	case days < topUpSoon:
		r.Class = "warn"
	}
	r.Chart = chart.Fall(max(0, f.Zero.Sub(v.now()).Hours()/24), balanceAxis, r.Class, v.say("balances.row", "Name", name, "Day", v.tongue.day(r.Zero)))
	return r
}
