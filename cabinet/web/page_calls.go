package web

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/callerid"
	"roadline/fmc"
	"roadline/store"
)

var callListRoutes = []route{
	{pattern: "GET /calls", right: access.CallsRead, do: calls},
	{pattern: "GET /calls.csv", right: access.CallsRead, do: callsTable},
	{pattern: "POST /calls/views", right: access.CallsRead, do: saveView},
	{pattern: "POST /calls/views/delete", right: access.CallsRead, do: deleteView},
}

var callListScreens = shows{"calls": callsView{}}

// callsShown is how long a page of calls is.
const callsShown = 50

// callsView is the list of calls.
type callsView struct {
	Search  callSearch
	Lines   []callLine
	First   string // address of the first page; empty: this is it
	Next    string // of the next page; empty: this is the last
	Table   string // of the CSV
	Clear   string // of the list without filters
	Month   string // of the last thirty days without other filters
	Active  int    // filters that are set
	Views   []savedView
	Query   string // as a view keeps it
	Listens bool   // some may be heard
	Fresh   int64  // number of the latest event, behind which new calls are counted; 0: they are not
	Book    string // address of the client that is chosen, else of the address book; empty: not for this visitor
	Phrase  string // which part of all calls this is, where an address says more than its fields
}

// savedView is a set of filters with its name.
type savedView struct {
	Name, Path string
	Here       bool
}

// callSearch is what stands in the fields above the list.
type callSearch struct {
	Text, From, To, Employee, Group, Number, Direction, Status, Talk, Tag, Result string
	Taped                                                                         bool
	Hidden                                                                        []choice // what an address holds besides, so that a search keeps it
	People, Groups, Numbers, Directions, Statuses, Talks, Tags, Results           []choice
}

// callLine is a call as the list shows it.
type callLine struct {
	ID        fmc.CallID
	Began     moment
	Direction string
	Icon      string
	Class     string // of state.css
	Status    fmc.Status
	Client    string // by name, else by number
	Written   string // the number beside a name; empty: there is no name
	Same      string // address of the client's calls; empty: hidden
	Who       string // the person; empty: nobody
	Group     string
	Talked    time.Duration
	Waited    time.Duration
	Talks     bool // somebody talked
	Plays     bool
	Tags      []string
	Comments  int
	Said      string // of what came of it; empty: nobody said it
	Result    string // the same in words
	Title     string // of what is played
}

func calls(v *visit) (answer, error) {
	q := v.URL.Query()
	f, err := v.site.o.API.Search(v.ctx(), v.viewer, q)
	if err != nil {
		return nil, err
	}
	f.Limit = callsShown + 1
	lines, err := v.keep().Calls(v.ctx(), f)
	if err != nil {
		return nil, err
	}
	view := callsView{Search: v.callSearch(q), Listens: v.viewer.May(access.RecordingsListen)}
	if len(lines) > callsShown {
		lines = lines[:callsShown]
		last := lines[callsShown-1]
		view.Next = address("/calls", q, "after", last.Began.UTC().Format(time.RFC3339Nano)+","+string(last.ID))
	}
	if view.Lines, err = v.callLines(lines); err != nil {
		return nil, err
	}
	if f.Private != "" {
		for i := range view.Lines { // whom they were with stands nowhere
			view.Lines[i].Client = v.say("call.private")
		}
	}
	if view.Search.Tags, err = v.tagChoices(); err != nil {
		return nil, err
	}
	if view.Views, err = v.savedViews(q); err != nil {
		return nil, err
	}
	if q.Get("after") != "" {
		view.First = address("/calls", q, "after", "")
	}
	q.Del("after")
	for name := range q {
		if q.Get(name) != "" {
			view.Active++
		} else {
			q.Del(name)
		}
	}
	view.Query, view.Table, view.Clear = q.Encode(), address("/calls.csv", q), "/calls"
	view.Month = address("/calls", url.Values{}, "from", v.now().AddDate(0, 0, -29).Format(time.DateOnly))
	view.Phrase = v.phrase(f)
	view.Book = v.book(f.Client)
	if view.First == "" && view.Active == 0 {
		if view.Fresh, err = v.site.o.News.Last(v.ctx(), v.viewer.Company); err != nil {
			return nil, err
		}
	}
	return page{screen: "calls", title: v.say("calls.title"), view: view}, nil
}

// book is where the clients of a list are named: the one that it is of, else all of them.
func (v *visit) book(number string) string {
	n, err := callerid.Read(number, v.company.Profile.Country)
	switch {
	case !v.viewer.May(access.ClientsRead):
		return ""
	case err == nil:
		return clientPath(n.E164)
	case v.viewer.Reach(access.ClientsRead) == access.Company:
		return "/clients"
	}
	return ""
}

// address is a path with parameters, of which some are set anew; an empty one is left out.
func address(path string, q url.Values, set ...string) string {
	all := maps.Clone(q)
	for pair := range slices.Chunk(set, 2) {
		all.Set(pair[0], pair[1])
	}
	for name := range all {
		if all.Get(name) == "" {
			all.Del(name)
		}
	}
	if len(all) == 0 {
		return path
	}
	return path + "?" + all.Encode()
}

// phrase says what an address chooses for which there is no field.
func (v *visit) phrase(f store.CallFilter) string {
	var words []string
	if f.Week != nil {
		words = append(words, v.say("calls.week", "Day", v.tongue.weekday(f.Week.Day), "Hour", f.Week.Hour))
	}
	switch from, to := int(f.Wait.Least.Seconds()), int(f.Wait.Under.Seconds()); {
	case to > 0:
		words = append(words, v.say("calls.wait", "From", from, "To", to))
	case from > 0:
		words = append(words, v.say("calls.wait-from", "From", from))
	}
	if f.Client != "" {
		words = append(words, v.say("calls.client-is", "Client", v.phone(callerid.Number{E164: f.Client})))
	}
	if f.Line != "" {
		words = append(words, v.say("calls.line-is", "Line", v.lineName(f.Line)))
	}
	if f.Private != "" {
		words = append(words, v.say("calls.private"))
	}
	return strings.Join(words, " · ")
}

// callLines are calls as the list shows them, with what people left at them.
func (v *visit) callLines(lines []store.CallLine) ([]callLine, error) {
	ids := make([]fmc.CallID, len(lines))
	for i, l := range lines {
		ids[i] = l.ID
	}
	marks, err := v.keep().MarksOf(v.ctx(), ids)
	if err != nil {
		return nil, err
	}
	shown := make([]callLine, len(lines))
	for i, l := range lines {
		shown[i] = v.callLine(l)
		shown[i].Tags = marks[l.ID].Tags
		if v.viewer.Sees(access.RecordingsListen, l.Employee, l.Group) {
			shown[i].Comments = marks[l.ID].Comments
		}
	}
	return shown, nil
}

// callClasses say by status how a call shows.
var callClasses = map[fmc.Status]string{
	fmc.StatusOpen: "busy", fmc.StatusAnswered: "ok", fmc.StatusVoicemail: "warn", fmc.StatusMissed: "bad", fmc.StatusAbandoned: "idle",
	fmc.StatusNotAnswered: "idle", fmc.StatusRefused: "warn", fmc.StatusFailed: "bad", fmc.StatusMerged: "idle",
}

// callIcons say by direction how a call shows.
var callIcons = map[string]string{"inbound": "phone-incoming", "outbound": "phone-outgoing", "internal": "phone"}

func (v *visit) callLine(l store.CallLine) callLine {
	l = v.outsider(l)
	shown := callLine{
		ID: l.ID, Began: v.at(l.Began), Direction: l.Direction, Icon: callIcons[l.Direction], Class: callClasses[l.Status], Status: l.Status,
		Client: v.nobodyNamed(l.Direction), Who: cmp.Or(l.EmployeeName, string(l.Employee)), Group: v.groupName(l.Group), Talked: l.Talked,
		Plays: l.Kept && v.viewer.Sees(access.RecordingsListen, l.Employee, l.Group),
	}
	switch {
	case strings.HasPrefix(l.Client, "+") && l.Called != "":
		shown.Client, shown.Written, shown.Same = l.Called, v.phone(callerid.Number{E164: l.Client}), address("/calls", url.Values{}, "client", l.Client)
	case strings.HasPrefix(l.Client, "+"):
		shown.Client, shown.Same = v.phone(callerid.Number{E164: l.Client}), address("/calls", url.Values{}, "client", l.Client)
	case l.Client != "":
		shown.Client = l.Client
	}
	if l.Answered != nil {
		shown.Talks, shown.Waited = l.Talked > 0, *l.Answered
	}
	shown.Said, shown.Result = l.Result, v.resultWord(l.Result)
	shown.Title = shown.Client
	if shown.Who != "" {
		shown.Title += " · " + shown.Who
	}
	return shown
}

// outsider is a call without its client where that is a number of ours: by it people on the road ask to be put through.
func (v *visit) outsider(l store.CallLine) store.CallLine {
	if _, ours := v.company.NumberOf(l.Client); ours && l.Direction == fmc.Outbound.String() {
		l.Client, l.Called = "", ""
	}
	return l
}

// nobodyNamed says whom a call was with that names no client: who called without a number, a colleague, or nobody, because
// no client was dialled yet.
func (v *visit) nobodyNamed(direction string) string {
	switch direction {
	case fmc.Internal.String():
		return v.say("calls.colleague")
	case fmc.Outbound.String():
		return v.say("calls.not-dialled")
	}
	return v.say("calls.hidden")
}

// groupName is what a group is called.
func (v *visit) groupName(id fmc.GroupID) string {
	if g, ok := v.company.Group(id); ok {
		return cmp.Or(g.Name, string(id))
	}
	return string(id)
}

// callSearch fills the fields above the list.
func (v *visit) callSearch(q url.Values) callSearch {
	s := callSearch{
		Text: q.Get("q"), From: q.Get("from"), To: q.Get("to"), Employee: q.Get("employee"), Group: q.Get("group"), Number: q.Get("number"),
		Direction: q.Get("direction"), Status: q.Get("status"), Talk: q.Get("talk"), Tag: q.Get("tag"), Result: q.Get("result"), Results: v.resultsAsked(q.Get("result")), Taped: q.Get("taped") != "",
	}
	for _, name := range []string{"client", "wait", "wait_under", "talk_under", "dow", "hour", "line", "private"} {
		if q.Get(name) != "" {
			s.Hidden = append(s.Hidden, choice{name, q.Get(name)})
		}
	}
	s.People, s.Groups, s.Numbers = v.callChoices(access.CallsRead)
	for _, d := range []string{"inbound", "outbound", "internal"} {
		s.Directions = append(s.Directions, choice{d, v.say("calls.direction-" + d)})
	}
	for _, status := range []fmc.Status{
		fmc.StatusAnswered, fmc.StatusMissed, fmc.StatusVoicemail, fmc.StatusAbandoned, fmc.StatusNotAnswered, fmc.StatusRefused, fmc.StatusFailed, fmc.StatusOpen,
	} {
		s.Statuses = append(s.Statuses, choice{string(status), v.say("call.status-" + string(status))})
	}
	if s.Status == "missed voicemail" {
		s.Statuses = append(s.Statuses, choice{s.Status, v.say("calls.lost")})
	}
	for _, seconds := range []string{"30", "60", "300", "900"} {
		s.Talks = append(s.Talks, choice{seconds, v.say("calls.talk-" + seconds)})
	}
	if s.Talk != "" && !slices.ContainsFunc(s.Talks, func(c choice) bool { return c.Value == s.Talk }) {
		s.Talks = append(s.Talks, choice{s.Talk, v.say("calls.talk-seconds", "S", s.Talk)})
	}
	return s
}

// callChoices are the people, groups and numbers of whom a right lets the visitor see calls.
func (v *visit) callChoices(right access.Right) (people, groups, numbers []choice) {
	reach := v.viewer.Reach(right)
	for i := range v.company.Employees {
		if e := &v.company.Employees[i]; v.viewer.Sees(right, e.ID, "") {
			people = append(people, choice{string(e.ID), e.Name})
		}
	}
	if len(people) == 1 && reach == access.Own {
		people = nil
	}
	for _, g := range v.company.Groups {
		if reach == access.Company || slices.Contains(v.viewer.Heads, g.ID) {
			groups = append(groups, choice{string(g.ID), cmp.Or(g.Name, string(g.ID))})
		}
	}
	if reach == access.Company {
		for _, n := range v.company.Numbers {
			numbers = append(numbers, choice{n.Number.E164, v.phone(n.Number)})
		}
	}
	return people, groups, numbers
}

func (v *visit) tagChoices() ([]choice, error) {
	tags, err := v.keep().Tags(v.ctx(), cabinet.Within(v.viewer, access.CallsRead))
	var all []choice
	for _, tag := range tags {
		all = append(all, choice{tag, tag})
	}
	return all, err
}

// savedViews are the visitor's, with the one marked that is shown.
func (v *visit) savedViews(q url.Values) ([]savedView, error) {
	all, err := v.keep().SavedViews(v.ctx(), v.viewer.Employee)
	here := strings.TrimPrefix(address("", q, "after", ""), "?")
	var views []savedView
	for _, s := range all {
		views = append(views, savedView{s.Name, "/calls?" + s.Query, s.Query == here})
	}
	return views, err
}

// mostViewName is how long the name of a view may be, in bytes.
const mostViewName = 80

func saveView(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	q, err := url.ParseQuery(f.Value("query"))
	if err != nil {
		q = nil
	}
	name := f.Value("name")
	switch {
	case name == "" || len(name) > mostViewName:
		return redirect{address("/calls", q), notice{Text: v.say("calls.view-unnamed"), Bad: true}}, nil
	case len(f.Value("query")) > 2000:
		return redirect{"/calls", notice{Text: v.say("calls.view-long"), Bad: true}}, nil
	}
	if _, err := v.site.o.API.Search(v.ctx(), v.viewer, q); err != nil {
		return nil, err
	}
	if err := v.keep().SaveView(v.ctx(), v.viewer.Employee, store.SavedView{Name: name, Query: q.Encode()}); err != nil {
		return nil, err
	}
	return redirect{address("/calls", q), notice{Text: v.say("calls.view-saved", "Name", name)}}, nil
}

func deleteView(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	if err := v.keep().DeleteView(v.ctx(), v.viewer.Employee, f.Value("name")); err != nil {
		return nil, err
	}
	return redirect{"/calls", notice{Text: v.say("calls.view-deleted", "Name", f.Value("name"))}}, nil
}

// callsTable is the list as a file for programs that make tables.
func callsTable(v *visit) (answer, error) {
	f, err := v.site.o.API.Search(v.ctx(), v.viewer, v.URL.Query())
	if err != nil {
		return nil, err
	}
	return v.csv("calls", func(w http.ResponseWriter) error {
		return v.site.o.API.WriteCalls(v.ctx(), v.viewer, f, v.look.Lang, w)
	}), nil
}

// csv is a file of CSV to be kept. What goes wrong once its first bytes are out breaks it off, so that nobody takes a
// part for the whole.
func (v *visit) csv(name string, write func(http.ResponseWriter) error) stream {
	return func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		w.Header().Set("Content-Disposition", `attachment; filename="`+name+"-"+v.now().Format(time.DateOnly)+`.csv"`)
		w.Header().Set("Cache-Control", "no-store")
		if err := write(w); err != nil {
			v.site.o.Log.Warn("table broken off", "target", v.URL.Path, "request", v.id, "cause", err)
			panic(http.ErrAbortHandler)
		}
		return nil
	}
}
