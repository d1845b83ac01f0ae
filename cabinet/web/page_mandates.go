package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/store"
)

var mandateRoutes = []route{
	{pattern: "GET /sims/mandates", right: access.LinesRead, do: mandatesPage},
	{pattern: "GET /sims/mandates.csv", right: access.LinesRead, do: mandatesTable},
}

var mandateScreens = shows{"mandates": mandatesView{}}

// mandatesView is whose each card is and what it was used for.
type mandatesView struct {
	Tabs     []fleetTab
	From, To string
	Answer   string   // in words; empty: there are no cards
	Urgent   []string // what somebody must see to, a sentence for each card
	Rows     []mandateRow
	Table    string // address of the file
}

// mandateRow is a card under its mandate.
type mandateRow struct {
	cabinet.CardMandate
	Name      string
	From, Til string // its days; empty: since ever, for ever
	Class     string // of state.css
	Used      []usedRow
	Last      moment
	IsUsed    bool // Last is known
}

// usedRow is one way in which a card was used.
type usedRow struct {
	Kind  store.CardUseKind
	Count int
}

// standingClass is how grave it is how a mandate stands.
var standingClass = map[cabinet.MandateStanding]string{
	cabinet.MandateHolds: "ok", cabinet.MandateEnds: "warn", cabinet.MandateEnded: "bad", cabinet.MandateBegins: "idle", cabinet.MandateNone: "bad",
}

func mandatesPage(v *visit) (answer, error) {
	r, err := v.site.o.API.Mandates(v.ctx(), v.company, v.URL.Query())
	if err != nil {
		return nil, err
	}
	view := mandatesView{Tabs: v.tabs("/sims/mandates"), From: r.From, To: r.To, Table: address("/sims/mandates.csv", url.Values{"from": {r.From}, "to": {r.To}})}
	for _, m := range r.Cards {
		view.Rows = append(view.Rows, v.mandateRow(m))
		if m.Urgent() {
			view.Urgent = append(view.Urgent, v.mandateWords(m))
		}
	}
	switch {
	case len(view.Urgent) > 0:
		view.Answer = v.say("mandates.urgent", "N", len(view.Urgent))
	case len(view.Rows) > 0:
		view.Answer = v.say("mandates.fine")
	}
	return page{screen: "mandates", title: v.say("mandates.title"), view: view}, nil
}

// mandateWords says what is wrong with the mandate of a card that is used.
func (v *visit) mandateWords(m cabinet.CardMandate) string {
	values := []any{"Name", v.cardName(m.ICCID)}
	if m.Mandate != nil && m.Mandate.Until != nil {
		values = append(values, "Day", v.tongue.day(v.at(*m.Mandate.Until)))
	}
	return v.say("mandates.card-"+string(m.Standing), values...)
}

func (v *visit) mandateRow(m cabinet.CardMandate) mandateRow {
	r := mandateRow{CardMandate: m, Name: v.cardName(m.ICCID), Class: standingClass[m.Standing]}
	if m.Mandate != nil {
		r.From, r.Til = v.mandateDate(m.Mandate.From), v.mandateDate(m.Mandate.Until)
	}
	for _, u := range m.Uses {
		r.Used = append(r.Used, usedRow{u.Kind, u.Count})
		if !r.IsUsed || u.Last.After(r.Last.Time) {
			r.Last, r.IsUsed = v.at(u.Last), true
		}
	}
	return r
}

// mandateDate is a day of the company as people write it; empty: none.
func (v *visit) mandateDate(at *time.Time) string {
	if at == nil {
		return ""
	}
	return v.tongue.day(v.at(*at))
}

// mandateDay is a day of the company as tables have it; empty: none.
func (v *visit) mandateDay(at *time.Time) string {
	if at == nil {
		return ""
	}
	return at.In(v.zone()).Format(time.DateOnly)
}

// mandatesTable is the report as a file, a row for each card.
func mandatesTable(v *visit) (answer, error) {
	r, err := v.site.o.API.Mandates(v.ctx(), v.company, v.URL.Query())
	if err != nil {
		return nil, err
	}
	if err := v.site.o.API.TookMandates(v.ctx(), v.viewer.Company, r); err != nil {
		return nil, err
	}
	return v.csv("mandates", func(w http.ResponseWriter) error {
		table, err := cabinet.NewTable(w, v.look.Lang)
		if err != nil {
			return err
		}
		rows := [][]string{{
			"iccid", "number", "operator", "tariff", "owner", "contract", "for", "where", "from", "until", "standing", "in_use", "networks", "countries", "beyond",
			"called", "rung", "sent", "received", "first_use", "last_use",
		}}
		for _, m := range r.Cards {
			rows = append(rows, v.mandateCells(m))
		}
		for _, row := range rows {
			if err := table.Row(row...); err != nil {
				return err
			}
		}
		return table.End()
	}), nil
}

func (v *visit) mandateCells(m cabinet.CardMandate) []string {
	of := cabinet.MandateShown{}
	if m.Mandate != nil {
		of = *m.Mandate
	}
	counts, first, last := map[store.CardUseKind]int{}, time.Time{}, time.Time{}
	for _, u := range m.Uses {
		counts[u.Kind] = u.Count
		if first.IsZero() || u.First.Before(first) {
			first = u.First
		}
		if u.Last.After(last) {
			last = u.Last
		}
	}
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(v.zone()).Format("2006-01-02 15:04:05")
	}
	cells := []string{
		string(m.ICCID), m.Number, m.Operator, m.Tariff, of.Owner, of.Contract, strings.Join(useNames(of.For), " "), strings.Join(of.Where, " "), v.mandateDay(of.From), v.mandateDay(of.Until),
		string(m.Standing), strconv.FormatBool(m.InUse), strings.Join(m.Networks, " "), strings.Join(m.Countries, " "), strings.Join(m.Beyond, " "),
	}
	for _, kind := range []store.CardUseKind{store.CardCalled, store.CardRung, store.CardSent, store.CardReceived} {
		cells = append(cells, strconv.Itoa(counts[kind]))
	}
	return append(cells, at(first), at(last))
}

func useNames(all []fmc.SIMUse) (names []string) {
	for _, u := range all {
		names = append(names, string(u))
	}
	return names
}
