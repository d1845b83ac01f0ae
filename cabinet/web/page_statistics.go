package web

import (
	"html/template"
	"net/http"
	"net/url"
	"time"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/cabinet/tally"
	"roadline/cabinet/times"
	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
)

var statisticsRoutes = []route{
	{pattern: "GET /statistics", right: access.StatisticsRead, do: statistics},
	{pattern: "GET /statistics.csv", right: access.StatisticsRead, do: statisticsTable},
}

var statisticsScreens = shows{"statistics": statisticsView{}}

// statisticsView is what was counted, figures first and then pictures.
type statisticsView struct {
	From, To, Group, Employee, Number string
	People, Groups, Numbers           []choice
	Spans                             []statisticsSpan
	Scope                             string   // whose calls are counted, in words
	Mine                              []string // the groups of which that is, by name
	Empty                             bool
	Tiles                             []tile
	Pictures                          []picture
}

// statisticsSpan is a time that is chosen often.
type statisticsSpan struct {
	Label, Path string
	Here        bool
}

// tile is a figure that matters, beside what it was before.
type tile struct {
	Label  string
	Value  string
	Change string // against the time before
	Class  string // of state.css: whether that is good
	Advice string // what to do where it is far from what is usual; empty: nothing
	Link   string // to the calls
}

// picture is a picture with its answer as its title and the same figures in a table.
type picture struct {
	ID    string
	Title string
	Modes []pictureMode
	Chart template.HTML // empty: the table is the picture
	How   string        // how it is counted
	Heads []string
	Rows  []pictureRow
	Own   bool   // the rows are named by the company, not by us
	Table string // address of the CSV
}

// pictureMode is one of several ways to look at a picture.
type pictureMode struct {
	Label, Path string
	Here        bool
}

// pictureRow is a row of a picture's table.
type pictureRow struct {
	Name  string
	Link  string // to the calls that it counts; empty: there is no such list
	Cells []string
	Spark template.HTML
}

// counted is a question for statistics with its answer, while its pictures are drawn.
type counted struct {
	*visit
	tally.Statistics
	q      url.Values // what was asked for
	listed bool       // the visitor may see the calls behind the figures
}

func (v *visit) counted() (*counted, error) {
	q := v.URL.Query()
	asked := url.Values{}
	for _, name := range []string{"from", "to", "group", "employee", "number"} {
		if q.Get(name) != "" {
			asked.Set(name, q.Get(name))
		}
	}
	s, err := v.site.o.API.Statistics(v.ctx(), v.viewer, asked)
	if err != nil {
		return nil, err
	}
	return &counted{visit: v, Statistics: s, q: q, listed: v.viewer.May(access.CallsRead)}, nil
}

func statistics(v *visit) (answer, error) {
	c, err := v.counted()
	if err != nil {
		return nil, err
	}
	view := statisticsView{
		From: c.From, To: c.To, Group: c.q.Get("group"), Employee: c.q.Get("employee"), Number: c.q.Get("number"), Spans: c.spans(), Scope: c.scope(),
		Empty: c.Now.Calls() == 0, Tiles: c.tiles(), Pictures: c.pictures(),
	}
	for _, g := range c.Scope.Groups {
		view.Mine = append(view.Mine, v.groupName(g))
	}
	view.People, view.Groups, view.Numbers = v.callChoices(access.StatisticsRead)
	return page{screen: "statistics", title: v.say("statistics.title"), view: view}, nil
}

// statisticsTable is the table of one picture as a file.
func statisticsTable(v *visit) (answer, error) {
	c, err := v.counted()
	if err != nil {
		return nil, err
	}
	for _, p := range c.pictures() {
		if p.ID != c.q.Get("what") {
			continue
		}
		return v.csv("statistics-"+p.ID, func(w http.ResponseWriter) error {
			table, err := cabinet.NewTable(w, v.look.Lang)
			if err == nil {
				err = table.Row(p.Heads...)
			}
			for _, row := range p.Rows {
				if err == nil {
					err = table.Row(append([]string{row.Name}, row.Cells...)...)
				}
			}
			if err == nil {
				err = table.End()
			}
			return err
		}), nil
	}
	return nil, v.problem(cause.NotFound, "statistics.no-picture")
}

// spans are the times that people choose often: the last seven, thirty and ninety days, and this month.
func (c *counted) spans() []statisticsSpan {
	today := c.now()
	month := time.Date(today.Year(), today.Month(), 1, 0, 0, 0, 0, today.Location())
	var all []statisticsSpan
	for _, s := range []struct {
		key  string
		from time.Time
	}{{"today", today}, {"week", today.AddDate(0, 0, -6)}, {"days-30", today.AddDate(0, 0, -29)}, {"month", month}, {"days-90", today.AddDate(0, 0, -89)}} {
		from, to := s.from.Format(time.DateOnly), today.Format(time.DateOnly)
		all = append(all, statisticsSpan{c.say("statistics.span-" + s.key), address("/statistics", c.q, "from", from, "to", to), c.From == from && c.To == to})
	}
	return all
}

// scope says whose calls are counted.
func (c *counted) scope() string {
	switch s := c.Scope; {
	case s.Employee != "":
		return c.say("statistics.scope-person", "Who", c.personName(s.Employee))
	case s.Number != "":
		return c.say("statistics.scope-number", "Number", c.phone(callerid.Number{E164: s.Number}))
	case len(s.Groups) > 0:
		return c.say("statistics.scope-groups", "N", len(c.Statistics.People))
	default:
		return c.say("statistics.scope-company")
	}
}

// behind is the address of the calls that a figure counts; empty for whoever may not see calls. set says which of those
// that were asked for.
func (c *counted) behind(set ...string) string {
	if !c.listed {
		return ""
	}
	q := url.Values{"from": {c.From}, "to": {c.To}}
	switch s := c.Scope; {
	case s.Employee != "":
		q.Set("employee", string(s.Employee))
	case s.Number != "":
		q.Set("number", s.Number)
	case len(s.Groups) == 1:
		q.Set("group", string(s.Groups[0]))
	}
	return address("/calls", q, set...)
}

// lostClients is the address of the clients with an outcome; empty for whoever may not see them.
func (c *counted) lostClients(outcome string) string {
	if !c.viewer.May(access.MissedWork) {
		return ""
	}
	q := url.Values{"from": {c.From}, "to": {c.To}, "outcome": {outcome}}
	if c.Scope.Employee != "" {
		q.Set("owner", string(c.Scope.Employee))
	}
	if len(c.Scope.Groups) == 1 {
		q.Set("group", string(c.Scope.Groups[0]))
	}
	return address("/missed", q)
}

// Usual figures, by which a figure is far off: a loss of more, and fewer answered within the target.
const (
	usualLoss    = 0.05
	usualPrompt  = 0.80
	promptTarget = 20 * time.Second
)

// prompt is which share of those answered was answered within the target.
func (c *counted) prompt() (share float64, n int) {
	soon := 0
	for bin, calls := range c.Waits {
		n += calls
		if time.Duration(bin)*5*time.Second < promptTarget {
			soon += calls
		}
	}
	if n == 0 {
		return 0, 0
	}
	return float64(soon) / float64(n), n
}

const (
	lostStatuses = string(fmc.StatusMissed) + " " + string(fmc.StatusVoicemail)
	inbound      = "inbound"
)

// tiles are the figures that matter.
func (c *counted) tiles() []tile {
	now, before := c.Now, c.Before
	prompt, answered := c.prompt()
	reached := tile{
		Label: c.say("statistics.out"), Value: c.tongue.count(now.Out), Change: c.change(now.Out, before.Out), Class: "idle", Link: c.behind("direction", "outbound"),
	}
	if now.Out > 0 {
		reached.Label = c.say("statistics.out-reached", "Share", c.tongue.percent(float64(now.Reached)/float64(now.Out)))
	}
	loss := tile{
		Label: c.say("statistics.loss", "N", now.Missed), Value: c.tongue.percent(now.Loss()), Change: c.change(now.Missed, before.Missed), Class: c.better(before.Loss() - now.Loss()),
		Link: c.behind("direction", inbound, "status", lostStatuses),
	}
	if now.Loss() > usualLoss && now.In > 0 {
		loss.Advice = c.say("statistics.advice-loss", "Usual", c.tongue.percent(usualLoss))
	}
	soon := tile{Label: c.say("statistics.soon", "S", int(promptTarget.Seconds())), Value: c.tongue.percent(prompt), Class: "idle", Link: c.behind("direction", inbound, "wait_under", "20")}
	if answered > 0 && prompt < usualPrompt {
		soon.Advice = c.say("statistics.advice-soon", "Usual", c.tongue.percent(usualPrompt))
	}
	return []tile{
		{Label: c.say("statistics.in"), Value: c.tongue.count(now.In), Change: c.change(now.In, before.In), Class: "idle", Link: c.behind("direction", inbound)},
		loss, soon,
		{
			Label: c.say("statistics.mean-wait"), Value: c.length(now.MeanWait()), Change: c.before(before.MeanWait()),
			Class: c.better(float64(before.MeanWait() - now.MeanWait())), Link: c.behind("direction", inbound, "status", string(fmc.StatusAnswered)),
		},
		reached,
		{
			Label: c.say("statistics.talked"), Value: c.length(now.Talked), Change: c.before(before.Talked), Class: "idle",
			Link: c.behind("status", string(fmc.StatusAnswered)),
		},
	}
}

// length is how long something took in words; a dash where there was nothing.
func (c *counted) length(s times.Seconds) string {
	if s == 0 {
		return "–"
	}
	return c.tongue.length(took(s))
}

// span is how long something took as a clock counts it; a dash where there was nothing.
func (c *counted) span(s times.Seconds) string {
	if s == 0 {
		return "–"
	}
	return span(took(s))
}

// took is seconds as a duration.
func took(s times.Seconds) time.Duration { return time.Duration(float64(s) * float64(time.Second)) }

// better is the class of a figure that is better than before where by is over zero.
func (c *counted) better(by float64) string {
	switch {
	case !c.Compared:
		return "idle"
	case by > 0.001:
		return "ok"
	case by < -0.001:
		return "warn"
	default:
		return "idle"
	}
}

// change says how a number is against that of the time before; nothing where the company had no calls at its beginning.
func (c *counted) change(now, before int) string {
	switch {
	case !c.Compared:
		return ""
	case before == 0 && now == 0:
		return c.say("statistics.same")
	case before == 0:
		return c.say("statistics.none-before")
	case now == before:
		return c.say("statistics.same")
	case now > before:
		return c.say("statistics.more", "Share", c.tongue.percent(float64(now-before)/float64(before)), "Before", c.tongue.count(before))
	default:
		return c.say("statistics.fewer", "Share", c.tongue.percent(float64(before-now)/float64(before)), "Before", c.tongue.count(before))
	}
}

// before says what a length was in the time before.
func (c *counted) before(before times.Seconds) string {
	if !c.Compared || before == 0 {
		return ""
	}
	return c.say("statistics.length-before", "Before", c.tongue.length(took(before)))
}

// csvOf is the address of a picture's table.
func (c *counted) csvOf(id string) string {
	return address("/statistics.csv", c.q, "from", c.From, "to", c.To, "what", id)
}

// whoName is what a side's figure is called.
func (c *counted) whoName(kind, who string) string {
	switch kind {
	case "people":
		return c.personName(fmc.EmployeeID(who))
	case "groups":
		return c.groupName(fmc.GroupID(who))
	default:
		return c.phone(callerid.Number{E164: who})
	}
}
