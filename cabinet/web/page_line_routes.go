package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/fmc"
)

var lineRouteRoutes = []route{
	{pattern: "GET /lines/routes", right: access.LinesRead, do: lineRoutesPage},
	{pattern: "GET /lines/routes.csv", right: access.LinesRead, do: lineRoutesTable},
}

var lineRouteScreens = shows{"line-routes": lineRoutesView{}}

// Of more lines and destinations nobody sees anything in a matrix: those with the most tries are shown, the file has all.
const (
	mostRouteLines = 12
	mostRouteRows  = 60
)

// lineRoutesView compares lines by destination.
type lineRoutesView struct {
	Tabs     []fleetTab
	From, To string
	Answer   string // in words; empty: nothing was tried
	Heads    []string
	Rows     []destinationRow
	Cut      bool   // there is more in the file
	Table    string // address of the file
}

// destinationRow is where calls led.
type destinationRow struct {
	Name  string
	Tries int
	Cells []routeCell // by line
}

// routeCell is how a line served towards a destination.
type routeCell struct {
	Tries int // 0: it was not tried
	Class string
	Share float64
	Talk  string
	Rang  string // empty: not measured, as is MOS
	MOS   string
	Link  string
}

func (v *visit) lineRoutes() (cabinet.Routes, error) {
	return v.site.o.API.Routes(v.ctx(), v.company, v.URL.Query())
}

func lineRoutesPage(v *visit) (answer, error) {
	r, err := v.lineRoutes()
	if err != nil {
		return nil, err
	}
	view := lineRoutesView{
		Tabs: v.tabs("/lines/routes"), From: r.From, To: r.To, Answer: v.worstRoute(r), Table: address("/lines/routes.csv", url.Values{"from": {r.From}, "to": {r.To}}),
		Cut: len(r.Lines) > mostRouteLines || len(r.Destinations) > mostRouteRows,
	}
	lines := busiest(r)
	for _, l := range lines {
		view.Heads = append(view.Heads, v.lineName(l))
	}
	for _, d := range r.Destinations[:min(len(r.Destinations), mostRouteRows)] {
		row := destinationRow{Name: v.destinationName(d), Tries: d.Tries}
		for _, l := range lines {
			cell := routeCell{}
			if at := slices.IndexFunc(d.Routes, func(x cabinet.Route) bool { return x.Line == l }); at >= 0 {
				cell = v.routeCell(r, d, d.Routes[at])
			}
			row.Cells = append(row.Cells, cell)
		}
		view.Rows = append(view.Rows, row)
	}
	return page{screen: "line-routes", title: v.say("routes.title"), view: view}, nil
}

// busiest are the lines with the most tries.
func busiest(r cabinet.Routes) []fmc.LineID {
	tries := map[fmc.LineID]int{}
	for _, d := range r.Destinations {
		for _, x := range d.Routes {
			tries[x.Line] += x.Tries
		}
	}
	lines := slices.Clone(r.Lines)
	slices.SortStableFunc(lines, func(a, b fmc.LineID) int { return tries[b] - tries[a] })
	return lines[:min(len(lines), mostRouteLines)]
}

// enoughTries is from how many tries on a share says anything.
const enoughTries = 10

// worstRoute says which route is the worst, of those that were tried often enough.
func (v *visit) worstRoute(r cabinet.Routes) string {
	if len(r.Destinations) == 0 {
		return ""
	}
	said, worst := v.say("routes.too-few", "N", enoughTries), 2.0
	for _, d := range r.Destinations {
		for _, x := range d.Routes {
			if x.Tries >= enoughTries && x.Answered < worst {
				worst = x.Answered
				said = v.say("routes.answer", "Where", v.destinationName(d), "Line", v.lineName(x.Line), "Share", v.tongue.percent(x.Answered), "Tries", x.Tries)
			}
		}
	}
	return said
}

// destinationName is a destination in words: a country, within the own one the first digits of its numbers.
func (v *visit) destinationName(d cabinet.Destination) string {
	switch {
	case d.Country == "":
		return v.say("routes.short")
	case d.Country == v.company.Profile.Country && len(d.Prefix) > 2:
		return d.Prefix + "…"
	}
	return d.Country + " (" + d.Prefix + "…)"
}

func (v *visit) routeCell(r cabinet.Routes, d cabinet.Destination, x cabinet.Route) routeCell {
	c := routeCell{Tries: x.Tries, Share: x.Answered, Class: "idle"}
	switch {
	case x.Tries < enoughTries:
	case x.Answered < 0.3:
		c.Class = "bad"
	case x.Answered < 0.5:
		c.Class = "warn"
	default:
		c.Class = "ok"
	}
	if x.Up > 0 {
		c.Talk = span(took(x.MeanTalk))
	}
	if x.Rang != nil {
		c.Rang = v.tongue.figures.Sprintf("%.1f", float64(*x.Rang))
	}
	if x.MOS != nil {
		c.MOS = mosWords(float64(*x.MOS) / 100)
	}
	if v.viewer.May(access.CallsRead) && d.Prefix != "" {
		c.Link = address("/calls", url.Values{"from": {r.From}, "to": {r.To}, "line": {string(x.Line)}, "client": {d.Prefix}})
	}
	return c
}

// lineRoutesTable is the matrix as a file, a row for each destination and line.
func lineRoutesTable(v *visit) (answer, error) {
	r, err := v.lineRoutes()
	if err != nil {
		return nil, err
	}
	return v.csv("routes", func(w http.ResponseWriter) error {
		table, err := cabinet.NewTable(w, v.look.Lang)
		if err != nil {
			return err
		}
		rows := [][]string{{"country", "prefix", "line", "tries", "answered", "asr", "acd_s", "pdd_s", "mos"}}
		for _, d := range r.Destinations {
			for _, x := range d.Routes {
				row := []string{d.Country, d.Prefix, string(x.Line), strconv.Itoa(x.Tries), strconv.Itoa(x.Up), fmt.Sprintf("%.3f", x.Answered), fmt.Sprintf("%.0f", float64(x.MeanTalk)), "", ""}
				if x.Rang != nil {
					row[7] = fmt.Sprintf("%.1f", float64(*x.Rang))
				}
				if x.MOS != nil {
					row[8] = fmt.Sprintf("%.2f", float64(*x.MOS)/100)
				}
				rows = append(rows, row)
			}
		}
		for _, row := range rows {
			if err := table.Row(row...); err != nil {
				return err
			}
		}
		return table.End()
	}), nil
}
