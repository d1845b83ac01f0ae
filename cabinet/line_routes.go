package cabinet

import (
	"cmp"
	"context"
	"net/url"
	"slices"

	"roadline/cabinet/tally"
	"roadline/cabinet/times"
	"roadline/callerid"
	"roadline/fmc"
	"roadline/store"
)

// Route is how a line served towards a destination: what our side tried by it. What was not measured is absent.
type Route struct {
	Line     fmc.LineID     `json:"line"`
	Tries    int            `json:"tries"`
	Up       int            `json:"up"` // of them, answered
	Answered float64        `json:"asr"`
	MeanTalk times.Seconds  `json:"acd_s"`           // of those answered, on average
	Rang     *times.Seconds `json:"pdd_s,omitempty"` // from dialling until the far side rang, on average
	MOS      *int           `json:"mos,omitempty"`   // on average, in hundredths
}

// Destination is numbers that are called: of the company's own country by their first digits, which there are an operator's
// or a town's; of another by the country.
type Destination struct {
	Country string  `json:"country,omitempty"` // ISO 3166; absent: short numbers, and those of no country
	Prefix  string  `json:"prefix,omitempty"`  // of E.164, with which all of them begin
	Tries   int     `json:"tries"`
	Routes  []Route `json:"routes"` // by line
}

// Routes are how lines served by destination, the destination with the most tries first.
type Routes struct {
	From         string        `json:"from"` // days of the company, both included
	To           string        `json:"to"`
	Lines        []fmc.LineID  `json:"lines"`
	Destinations []Destination `json:"destinations"`
}

// Routes counts how a company's lines served by destination from one of its days to another: "from" and "to" as Statistics
// takes them.
func (a *API) Routes(ctx context.Context, c *fmc.Company, q url.Values) (Routes, error) {
	days, err := times.Days(q, c.Profile.Zone, a.o.Now())
	if err != nil {
		return Routes{}, err
	}
	rows, err := a.o.Store.For(c.Profile.ID).RoutesTallied(ctx, days.First(), days.Last())
	if err != nil {
		return Routes{}, err
	}
	r := Routes{From: days.First(), To: days.Last(), Lines: []fmc.LineID{}, Destinations: []Destination{}}
	type to struct{ country, prefix string }
	begins := map[to]string{} // of other countries
	sums := map[to]map[fmc.LineID]store.RouteTally{}
	for _, row := range rows {
		d := to{country: callerid.CountryOf(row.Prefix)}
		if d.country == c.Profile.Country {
			d.prefix = row.Prefix
		} else if d.country != "" {
			begins[d] = common(begins[d], row.Prefix)
		}
		if sums[d] == nil {
			sums[d] = map[fmc.LineID]store.RouteTally{}
		}
		sums[d][row.Line] = added(sums[d][row.Line], row)
		if !slices.Contains(r.Lines, row.Line) {
			r.Lines = append(r.Lines, row.Line)
		}
	}
	slices.Sort(r.Lines)
	for d, by := range sums {
		x := Destination{Country: d.country, Prefix: cmp.Or(d.prefix, begins[d]), Routes: []Route{}}
		for _, line := range r.Lines {
			if t, ok := by[line]; ok {
				x.Tries, x.Routes = x.Tries+t.Tries, append(x.Routes, routeOf(t))
			}
		}
		r.Destinations = append(r.Destinations, x)
	}
	slices.SortFunc(r.Destinations, func(a, b Destination) int {
		return cmp.Or(b.Tries-a.Tries, cmp.Compare(a.Country, b.Country), cmp.Compare(a.Prefix, b.Prefix))
	})
	return r, nil
}

// common is with what two beginnings both begin; an empty one is none yet.
func common(a, b string) string {
	if a == "" {
		return b
	}
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return a[:n]
}

func added(a, b store.RouteTally) store.RouteTally {
	b.Tries, b.Up, b.Talked = a.Tries+b.Tries, a.Up+b.Up, a.Talked+b.Talked
	b.Rang, b.Setup, b.Scored, b.Score = a.Rang+b.Rang, a.Setup+b.Setup, a.Scored+b.Scored, a.Score+b.Score
	return b
}

func routeOf(t store.RouteTally) Route {
	sum := tally.LineCount{Line: t.Line, Tries: t.Tries, Up: t.Up, Talked: times.In(t.Talked)}
	r := Route{Line: t.Line, Tries: t.Tries, Up: t.Up, Answered: sum.Answered(), MeanTalk: sum.MeanTalk()}
	if t.Rang > 0 {
		r.Rang = new(tally.Mean(times.In(t.Setup), t.Rang))
	}
	if t.Scored > 0 {
		r.MOS = new(t.Score / t.Scored)
	}
	return r
}
