package web

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/store"
)

var simRoutes = []route{
	{pattern: "GET /sims", right: access.LinesRead, do: simsPage},
	{pattern: "GET /sims.csv", right: access.LinesRead, do: simsTable},
	{pattern: "GET /sims/balances", right: access.BalancesRead, do: balancesPage},
	{pattern: "GET /sims/{iccid}", right: access.LinesRead, do: simPage},
}

var simScreens = shows{"sims": simsView{}, "sim": simView{}, "balances": balancesView{}}

// simsView is the register of the company's cards.
type simsView struct {
	Tabs     []fleetTab
	Cards    []simRow
	Balances bool // the visitor may see them
}

// simRow is a card in the register.
type simRow struct {
	cabinet.SIMShown
	Name     string
	Person   string
	StateKey string
	Class    string
	Seen     moment
	Known    bool // Seen is
	Amount   string
	Until    string // its mandate ends, as tables have it; empty: it does not
	Ends     string // Until as people write it
	Holds    bool   // its mandate
}

func simsPage(v *visit) (answer, error) {
	rows, err := v.simRows()
	return page{screen: "sims", title: v.say("sims.title"), view: simsView{Tabs: v.tabs("/sims"), Cards: rows, Balances: v.viewer.May(access.BalancesRead)}}, err
}

func (v *visit) simRows() (rows []simRow, err error) {
	all, err := v.site.o.API.Cards(v.ctx(), v.company)
	for _, c := range all {
		rows = append(rows, v.simRow(c))
	}
	return rows, err
}

func (v *visit) simRow(c cabinet.SIMShown) simRow {
	r := simRow{SIMShown: c, Name: string(c.ICCID), Known: c.Since != nil}
	r.StateKey, r.Class = stateOf(c.State)
	if c.Since != nil {
		r.Seen = v.at(*c.Since)
	}
	if e, ok := v.company.Employee(c.Person); ok {
		r.Person = e.Name
	}
	if s, ok := v.company.SIM(c.ICCID); ok {
		if s.Number.E164 != "" {
			r.Name = v.phone(s.Number)
		}
		if !s.Mandate.Until.IsZero() {
			r.Until, r.Ends = s.Mandate.Until.Format(time.DateOnly), v.tongue.day(v.at(s.Mandate.Until))
		}
		r.Holds = s.Mandate.Allows(fmc.UseCalls, "", v.company.Profile.Country, v.now()) == "" || s.Mandate.Allows(fmc.UseMessages, "", v.company.Profile.Country, v.now()) == ""
	}
	if c.Balance != nil && v.viewer.May(access.BalancesRead) {
		r.Amount = c.Balance.Amount
	}
	return r
}

// simsTable is the register as a file for programs that make tables.
func simsTable(v *visit) (answer, error) {
	rows, err := v.simRows()
	if err != nil {
		return nil, err
	}
	return v.csv("sims", func(w http.ResponseWriter) error {
		out := csv.NewWriter(w)
		_ = out.Write([]string{"iccid", "number", "operator", "person", "tariff", "owner", "mandate_until", "state", "modem", "balance"}) // Flush tells
		for _, r := range rows {
			_ = out.Write([]string{string(r.ICCID), r.Number, harmless(r.Operator), string(r.SIMShown.Person), harmless(r.Tariff), harmless(r.Owner), r.Until, r.State, r.Modem, r.Amount})
		}
		out.Flush()
		return out.Error()
	}), nil
}

// harmless is a text that no program for tables takes for a formula.
func harmless(text string) string {
	if text != "" && strings.ContainsAny(text[:1], "=+-@\t\r") {
		return "'" + text
	}
	return text
}

// simView is one card.
type simView struct {
	Tabs       []fleetTab
	Card       simRow
	Detail     cabinet.SIMDetail
	History    []simMoment
	Balances   []balanceRow
	Forecast   *forecast
	Use        *useForecast
	Forwarding forwardingView
	Pattern    string // that is tried on the stored answers
	Broken     bool   // it cannot be read
}

// simMoment is one entry of a card's history.
type simMoment struct {
	store.SIMMoment
	When       moment
	Key, Class string
}

// balanceRow is one answer of the network.
type balanceRow struct {
	store.SIMBalance
	When  moment
	Found string // what the tried pattern reads
}

// forecast is until when a card's money lasts, as things go.
type forecast struct {
	Days   int
	On     moment
	PerDay string
}

// cardIn is the card that the path names.
func (v *visit) cardIn() fmc.ICCID { return fmc.ICCID(v.PathValue("iccid")) }

func simPage(v *visit) (answer, error) {
	view, err := v.simView(v.cardIn())
	return page{screen: "sim", title: view.Card.Name, view: view}, err
}

func (v *visit) simView(id fmc.ICCID) (simView, error) {
	d, err := v.site.o.API.Card(v.ctx(), v.company, id)
	if err != nil {
		return simView{}, err
	}
	view := simView{Tabs: v.tabs("/sims"), Card: v.simRow(d.SIMShown), Detail: d, Pattern: v.URL.Query().Get("amount")}
	for _, m := range d.History {
		key, class := stateOf(m.State)
		view.History = append(view.History, simMoment{m, v.at(m.At), key, class})
	}
	if view.Use, err = v.useForecast(d.ICCID); err != nil {
		return view, err
	}
	if view.Forwarding, err = v.forwarding(d.ICCID); err != nil || !v.viewer.May(access.BalancesRead) {
		return view, err
	}
	if s, ok := v.company.SIM(d.ICCID); ok && view.Pattern == "" {
		view.Pattern = s.Balance.Amount
	}
	pattern, err := regexp.Compile(view.Pattern)
	view.Broken = err != nil || len(view.Pattern) > mostPattern || view.Pattern != "" && pattern.NumSubexp() != 1
	for _, b := range d.Balances {
		row := balanceRow{SIMBalance: b, When: v.at(b.At)}
		if !view.Broken && view.Pattern != "" {
			if m := pattern.FindStringSubmatch(b.Answer); m != nil {
				row.Found = m[1]
			}
		}
		view.Balances = append(view.Balances, row)
	}
	view.Forecast = v.lasts(d.Balances)
	return view, nil
}

// mostPattern is how long a pattern may be that is tried.
const mostPattern = 300

// lasts is until when a card's money lasts; nil: nobody knows, or it does not fall.
func (v *visit) lasts(all []store.SIMBalance) *forecast {
	f, ok := cabinet.Foresee(all, v.now())
	if !ok {
		return nil
	}
	return &forecast{Days: f.Days, On: v.at(f.Zero), PerDay: fmt.Sprintf("%.2f", f.PerDay)}
}
