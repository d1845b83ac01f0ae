package web

import (
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"time"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/cabinet/web/chart"
	"roadline/fmc"
)

// useForecast is what a card's package comes to at the end of the month, as things go.
type useForecast struct {
	Answer string
	Range  string
	Advice []string
	Money  string // empty: nobody knows, or it is not for whoever looks
	Chart  template.HTML
	Days   []foreseenDay
}

// foreseenDay is a day of the month in the table.
type foreseenDay struct {
	Day         moment
	Talk, Total int
	Foreseen    bool
}

// useForecast is what is foreseen of a card; nil: it was not used on enough days.
func (v *visit) useForecast(id fmc.ICCID) (*useForecast, error) {
	all, err := v.site.o.API.Forecasts(v.ctx(), v.company, v.viewer.May(access.BalancesRead))
	i := slices.IndexFunc(all, func(x cabinet.UseForecast) bool { return x.ICCID == id })
	if err != nil || i < 0 {
		return nil, err
	}
	x := all[i]
	end := v.tongue.day(v.at(x.Until))
	f := &useForecast{
		Range:  v.say("sim-forecast.range", "Used", x.Used, "Likely", x.Likely, "Least", x.Least, "Most", x.Most, "End", end),
		Advice: v.advice(x),
	}
	switch {
	case x.Package == 0:
		f.Answer = v.say("sim-forecast.uncounted", "N", x.Likely, "End", end)
	case x.Short > 0:
		f.Answer = v.say("sim-forecast.short", "N", x.Short, "Day", v.tongue.day(v.dayOf(x.Out)), "End", end)
	default:
		f.Answer = v.say("sim-forecast.left", "N", x.Left, "End", end)
	}
	if x.Money != nil {
		f.Money = v.say("sim-forecast.money", "Amount", v.tongue.money(fmt.Sprintf("%.2f", x.Money.AtEnd)), "End", end)
	}
	burned := chart.Burned{Least: float64(x.Least), Top: float64(x.Most), Most: float64(x.Package), Text: f.Answer}
	for _, d := range x.Days {
		day := v.dayOf(d.Day)
		f.Days = append(f.Days, foreseenDay{day, d.Talk, d.Total, d.Foreseen})
		burned.Totals, burned.Labels = append(burned.Totals, float64(d.Total)), append(burned.Labels, strconv.Itoa(day.Day()))
		if !d.Foreseen {
			burned.Today++
		}
	}
	f.Chart = chart.Burn(burned)
	return f, nil
}

// advice is what can be done about a package that will not suffice.
func (v *visit) advice(x cabinet.UseForecast) (all []string) {
	if x.Short == 0 {
		return nil
	}
	for _, m := range x.Moves {
		all = append(all, v.say("sim-forecast.move", "N", m.PerDay, "To", v.cardName(m.To), "Day", v.tongue.day(v.at(m.Until))))
	}
	if len(all) > 0 {
		return append(all, v.say("sim-forecast.or-buy", "N", x.Short))
	}
	return []string{v.say("sim-forecast.buy", "N", x.Short)}
}

// dayOf is a day as the API writes it.
func (v *visit) dayOf(day string) moment {
	at, _ := time.ParseInLocation(time.DateOnly, day, v.zone()) // our own
	return v.at(at)
}
