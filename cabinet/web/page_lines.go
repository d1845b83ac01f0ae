package web

import (
	"cmp"
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"time"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/cabinet/web/chart"
	"roadline/fmc"
)

// fleetRoutes and fleetScreens are the rows of everything that an operator sees: lines, cards, messages, alarms.
var (
	fleetRoutes  = slices.Concat(lineRoutes, lineDayRoutes, lineRouteRoutes, shadowRoutes, simRoutes, forwardingRoutes, mandateRoutes, bankRoutes, gatewayRoutes, messageRoutes, programRoutes, alarmRoutes, guardRoutes, doctorRoutes)
	fleetScreens = together(lineScreens, lineDayScreens, lineRouteScreens, shadowScreens, simScreens, mandateScreens, bankScreens, gatewayScreens, messageScreens, programScreens, alarmScreens, guardScreens, doctorScreens)
)

var lineRoutes = []route{
	{pattern: "GET /lines", right: access.LinesRead, do: linesPage},
	{pattern: "GET /lines/feed", right: access.LinesRead, do: linesFeed},
	{pattern: "GET /lines/{line}", right: access.LinesRead, do: linePage},
	{pattern: "POST /lines/{line}/release", right: access.LinesAct, do: releaseLine},
	{pattern: "POST /lines/{line}/restart", right: access.LinesAct, do: restartLine},
	{pattern: "POST /lines/{line}/ussd", right: access.USSDAsk, do: askNetwork},
}

var lineScreens = shows{"lines": linesView{}, "lines#wall": linesView{}, "lines#line-counts": lineCounts{}, "line": lineView{}}

// fleetTab is one page about lines and cards.
type fleetTab struct {
	Path, Text string
	Here       bool
}

// tabs are the pages about lines and cards that the visitor may see.
func (v *visit) tabs(here string) []fleetTab {
	var all []fleetTab
	for _, x := range []struct {
		path, text string
		right      access.Right
	}{
		{"/lines", "lines.tab-wall", access.LinesRead},
		{"/lines/day", "lines.tab-day", access.LinesRead},
		{"/lines/routes", "lines.tab-routes", access.LinesRead},
		{"/lines/shadow", "lines.tab-shadow", access.LinesRead},
		{"/sims", "lines.tab-sims", access.LinesRead},
		{"/banks", "lines.tab-banks", access.LinesRead},
		{"/gateways", "lines.tab-gateways", access.LinesRead},
		{"/sims/mandates", "lines.tab-mandates", access.LinesRead},
		{"/sims/balances", "lines.tab-balances", access.BalancesRead},
		{"/messages", "menu.messages", access.MessagesRead},
		{"/messages/programs", "programs.tab", access.ProgramsRead},
		{"/guard", "lines.tab-guard", access.LinesRead},
		{"/doctor", "lines.tab-doctor", access.LinesRead},
	} {
		if v.viewer.May(x.right) {
			all = append(all, fleetTab{x.path, x.text, x.path == here})
		}
	}
	return all
}

// linesView is the wall of lines and trunks.
type linesView struct {
	Tabs   []fleetTab
	Counts lineCounts
	Filter lineFilter
	Lines  []lineTile
	Trunks []trunkTile
	Alarms int
	Table  bool // as rows, not as tiles
	Act    bool // the visitor may release lines
}

// lineFilter is which lines are shown.
type lineFilter struct {
	State, Operator string
	States          []choice
	Operators       []choice
	Feed            string // address of what keeps the wall as things are
	Tiles, Table    string // addresses of both ways to look
	Set             bool
}

// has reports whether a line is among those that are asked for.
func (f lineFilter) has(t lineTile) bool {
	return (f.State == "" || f.State == t.group()) && (f.Operator == "" || f.Operator == t.Operator)
}

// lineCounts is how many lines do what.
type lineCounts struct{ All, Ready, Busy, Away int }

// lineTile is a line as it is now.
type lineTile struct {
	ID       fmc.LineID
	Element  string
	Name     string // its number, else its card
	Modem    string
	Network  string
	Operator string // as the company's document calls it
	State    string // key of its words: "ready", "no-card"
	Class    string // of state.css
	Since    moment // zero: not known
	Bars     int    // 0 to 4
	Signal   int    // dBm; 0: not known
	Minutes  *int   // left this month; nil: none are counted
	Balance  string
	Call     fmc.CallID    // that has it
	Queue    int           // messages that wait
	Release  bool          // a person may let it serve again
	Spark    template.HTML // its signal in the last day; empty: not known
}

// group is in which of the counts a line is.
func (t lineTile) group() string {
	switch t.Class {
	case "ok":
		return "ready"
	case "busy":
		return "busy"
	}
	return "away"
}

// graveness orders lines: what somebody should look at first.
var graveness = map[string]int{"bad": 0, "warn": 1, "idle": 2, "busy": 3, "ok": 4}

// trunkTile is a trunk as it is now.
type trunkTile struct {
	cabinet.TrunkShown
	Heard moment // zero: not known
	Known bool
}

// lineStates are the words of states in the keys of texts, and how grave each is.
var lineStates = map[string]struct{ key, class string }{
	"ready": {"ready", "ok"}, "calling": {"calling", "busy"}, "starting": {"starting", "idle"}, "absent": {"absent", "bad"}, fmc.LineInBank: {"in-bank", "idle"},
	"no card": {"no-card", "bad"}, "pin": {"pin", "bad"}, "puk": {"puk", "bad"}, "stranger": {"stranger", "bad"}, "twice": {"twice", "bad"},
	"no mandate": {"no-mandate", "bad"}, "searching": {"searching", "warn"}, "weak": {"weak", "warn"}, "cooling": {"cooling", "warn"},
	"quarantined": {"quarantined", "bad"}, "found": {"found", "idle"}, "gone": {"gone", "bad"}, "never seen": {"never-seen", "idle"},
}

// stateOf is a state's key of words and its class; one that a later version has is told as unknown.
func stateOf(state string) (key, class string) {
	if s, ok := lineStates[state]; ok {
		return s.key, s.class
	}
	return "unknown", "idle"
}

// bars is a signal in words of four: what a phone shows.
func bars(dBm int) int {
	switch {
	case dBm == 0 || dBm < -107:
		return 0
	case dBm < -97:
		return 1
	case dBm < -87:
		return 2
	case dBm < -75:
		return 3
	}
	return 4
}

func linesPage(v *visit) (answer, error) {
	view, err := v.wall()
	view.Table = v.URL.Query().Get("view") == "table"
	return page{screen: "lines", title: v.say("lines.title"), view: view}, err
}

// wall is the company's lines and trunks now.
func (v *visit) wall() (linesView, error) {
	view := linesView{Tabs: v.tabs("/lines"), Act: v.viewer.May(access.LinesAct)}
	cards, err := v.site.o.API.Cards(v.ctx(), v.company)
	if err != nil {
		return view, err
	}
	balances := map[fmc.ICCID]string{}
	if v.viewer.May(access.BalancesRead) {
		for _, c := range cards {
			if c.Balance != nil {
				balances[c.ICCID] = cmp.Or(c.Balance.Amount, c.Balance.Answer)
			}
		}
	}
	signals, err := v.site.o.API.Signals(v.ctx(), v.company)
	if err != nil {
		return view, err
	}
	view.Filter = v.lineFilter()
	for _, l := range v.site.o.API.Lines(v.company) {
		t := v.tile(l)
		if l.SIM != nil {
			t.Balance = balances[l.SIM.ICCID]
			if heard := signals[l.SIM.ICCID]; heard != nil {
				t.Spark = chart.Signal(heard)
			}
		}
		if view.Filter.has(t) {
			view.Lines = append(view.Lines, t)
		}
		view.Counts.count(t)
	}
	slices.SortStableFunc(view.Lines, func(a, b lineTile) int { return graveness[a.Class] - graveness[b.Class] })
	if v.site.o.Node.Trunks != nil {
		for _, t := range v.site.o.Node.Trunks(v.viewer.Company) {
			view.Trunks = append(view.Trunks, trunkTile{t, v.at(t.Heard), !t.Heard.IsZero()})
		}
	}
	return view, nil
}

// count counts a line.
func (c *lineCounts) count(t lineTile) {
	c.All++
	switch t.group() {
	case "ready":
		c.Ready++
	case "busy":
		c.Busy++
	default:
		c.Away++
	}
}

// lineFilter reads which lines are asked for.
func (v *visit) lineFilter() lineFilter {
	q := v.URL.Query()
	f := lineFilter{State: q.Get("state"), Operator: q.Get("operator")}
	for _, s := range []string{"away", "busy", "ready"} {
		f.States = append(f.States, choice{s, v.say("lines.filter-" + s)})
	}
	for i := range v.company.SIMs {
		o := v.company.SIMs[i].Operator
		if o != "" && !slices.Contains(f.Operators, choice{o, o}) {
			f.Operators = append(f.Operators, choice{o, o})
		}
	}
	asked := url.Values{"state": {f.State}, "operator": {f.Operator}}
	f.Feed, f.Tiles, f.Table = address("/lines/feed", asked), address("/lines", asked), address("/lines", asked, "view", "table")
	f.Set = f.State != "" || f.Operator != ""
	return f
}

// tile is a line as a tile of the wall.
func (v *visit) tile(l fmc.LineView) lineTile {
	t := lineTile{ID: l.ID, Element: "line-" + string(l.ID), Name: string(l.ID), Modem: modemName(l.Name), Call: l.Call, Queue: l.Queue}
	t.State, t.Class = stateOf(l.State)
	if !l.Since.IsZero() {
		t.Since = v.at(l.Since)
	}
	t.Release = l.State == "cooling" || l.State == "quarantined"
	if l.SIM == nil {
		return t
	}
	t.Element, t.Name = "line-"+string(l.SIM.ICCID), string(l.SIM.ICCID)
	t.Network, t.Signal, t.Bars = l.SIM.Network, l.SIM.SignalDBm, bars(l.SIM.SignalDBm)
	if s, ok := v.company.SIM(l.SIM.ICCID); ok {
		t.Operator = s.Operator
		if s.Number.E164 != "" {
			t.Name = v.phone(s.Number)
		}
		if s.Package.Minutes > 0 {
			left := max(0, s.Package.Minutes-int(l.SIM.Used.MonthTalk/time.Minute))
			t.Minutes = &left
		}
	}
	return t
}

// linesEvery is how often the wall looks at what no event tells of: signal, minutes, queues.
const linesEvery = 5 * time.Second

// linesFeed keeps the wall as things are.
func linesFeed(v *visit) (answer, error) {
	return feed{
		wake: func() []<-chan struct{} {
			events, calls := v.site.o.News.Next(v.viewer.Company)
			return []<-chan struct{}{events, calls}
		},
		every: linesEvery,
		draw: func() ([]piece, error) {
			view, err := v.wall()
			return []piece{{"line-counts", "lines#line-counts", view.Counts}, {"wall", "lines#wall", view}}, err
		},
	}, nil
}

// lineIn is the line that the path names.
func (v *visit) lineIn() fmc.LineID { return fmc.LineID(v.PathValue("line")) }

func releaseLine(v *visit) (answer, error) {
	id := v.lineIn()
	ctx := v.audited("lines.release", string(id))
	if err := v.site.o.API.Release(v.company, id); err != nil {
		return nil, err
	}
	entry := access.Entry(ctx, "lines.release", string(id))
	if err := v.keep().Audit(ctx, entry); err != nil {
		return nil, err
	}
	return redirect{"/lines/" + string(id), notice{Text: v.say("lines.released")}}, nil
}

// number is a whole number as a query has it; what is none is 0.
func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}
