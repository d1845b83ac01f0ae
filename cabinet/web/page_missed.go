package web

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

var missedRoutes = []route{
	{pattern: "GET /missed", right: access.MissedWork, do: missed},
	{pattern: "POST /missed/{task}/take", right: access.MissedWork, do: takeMissed},
	{pattern: "POST /missed/{task}/close", right: access.MissedWork, do: closeMissed},
}

var missedScreens = shows{"missed": missedView{}}

// missedShown is how many clients a page has.
const missedShown = 50

// missedView is the clients who should be called back, one line for each client.
type missedView struct {
	Tabs    []missedTab
	Here    string // of the tab that is shown
	Tasks   []missedTask
	First   string
	Next    string
	Calls   bool // the visitor may call, and has a phone to do it by
	Gives   bool // and may give a client to somebody else
	People  []choice
	Outcome string // words of the outcome that an address chooses; empty: none
}

// missedTab is a state of clients.
type missedTab struct {
	Name, Path string
	Here       bool
}

// missedTask is a client whom nobody talked to.
type missedTask struct {
	ID          fmc.CallID
	Client      string // by name, else by number
	Number      string // E.164; empty: hidden
	Path        string // of the client's page; empty: hidden
	Written     string // the number beside a name; empty: there is no name
	Promised    bool   // the owner promised to call back at Due
	Group       string
	Owner       string
	Mine        bool
	First, Last moment
	Due         moment
	Late        bool
	Calls       []fmc.CallID
	State       store.MissedState
	Ended       moment
	EndedBy     string
	EndedCall   string // the conversation that ended it; empty: none
	Why         string
}

func missed(v *visit) (answer, error) {
	q := v.URL.Query()
	f, err := v.missedFilter(q)
	if err != nil {
		return nil, err
	}
	tasks, err := v.keep().Missed(v.ctx(), f)
	if err != nil {
		return nil, err
	}
	view := missedView{Here: string(f.State), Calls: v.viewer.May(access.CallsMake) && v.hasPhone(), Gives: v.viewer.Reach(access.MissedWork) > access.Own}
	if len(tasks) > missedShown {
		tasks = tasks[:missedShown]
		last := tasks[missedShown-1]
		view.Next = address("/missed", q, "after", last.First.UTC().Format(time.RFC3339Nano)+","+string(last.ID))
	}
	if q.Get("after") != "" {
		view.First = address("/missed", q, "after", "")
	}
	for _, task := range tasks {
		view.Tasks = append(view.Tasks, v.missedTask(task))
	}
	for _, state := range []store.MissedState{store.MissedOpen, store.MissedDone, store.MissedClosed} {
		view.Tabs = append(view.Tabs, missedTab{string(state), address("/missed", url.Values{}, "state", string(state)), state == f.State})
	}
	if view.Gives {
		view.People, _, _ = v.callChoices(access.MissedWork)
	}
	if f.Outcome != "" {
		view.Outcome = v.say("missed.outcome-" + string(f.Outcome))
	}
	return page{screen: "missed", title: v.say("missed.title"), view: view}, nil
}

// missedFilter reads which clients are shown: those who wait, unless the address says otherwise.
func (v *visit) missedFilter(q url.Values) (store.MissedFilter, error) {
	f := store.MissedFilter{
		State: store.MissedState(q.Get("state")), Group: fmc.GroupID(q.Get("group")), Owner: fmc.EmployeeID(q.Get("owner")), Client: q.Get("client"),
		Outcome: store.MissedOutcome(q.Get("outcome")), Within: cabinet.Within(v.viewer, access.MissedWork), Limit: missedShown + 1,
	}
	if f.Outcome == "" && f.State == "" {
		f.State = store.MissedOpen
	}
	if f.Outcome != "" && !f.Outcome.Known() || f.State != "" && !slices.Contains([]store.MissedState{store.MissedOpen, store.MissedDone, store.MissedClosed}, f.State) {
		return f, v.problem(cause.Invalid, "missed.no-such")
	}
	for name, into := range map[string]*time.Time{"from": &f.From, "to": &f.To} {
		if q.Get(name) == "" {
			continue
		}
		day, err := time.ParseInLocation(time.DateOnly, q.Get(name), v.zone())
		if err != nil {
			return f, v.problem(cause.Invalid, "missed.no-day", "Day", q.Get(name))
		}
		*into = day
	}
	if !f.To.IsZero() {
		f.To = f.To.AddDate(0, 0, 1)
	}
	if after := q.Get("after"); after != "" {
		at, id, _ := strings.Cut(after, ",")
		first, err := time.Parse(time.RFC3339Nano, at)
		if err != nil {
			return f, v.problem(cause.Invalid, "missed.no-such")
		}
		f.After = store.MissedMark{First: first, ID: fmc.CallID(id)}
	}
	return f, nil
}

func (v *visit) missedTask(m store.MissedTask) missedTask {
	shown := missedTask{
		ID: m.ID, Client: v.say("calls.hidden"), Number: m.Client, Group: v.groupName(m.Group), Owner: v.personName(m.Owner), Mine: m.Owner == v.viewer.Employee,
		First: v.at(m.First), Last: v.at(m.Last), Due: v.at(m.Due), Late: m.State == store.MissedOpen && v.now().After(m.Due), Calls: m.Calls, State: m.State,
		EndedBy: v.personName(fmc.EmployeeID(m.EndedBy)), Why: m.Why, Promised: m.Promised != "",
	}
	if m.Client != "" {
		shown.Client, shown.Path = v.clientCalled(m.Called, m.Client), clientPath(m.Client)
		if m.Called != "" {
			shown.Written = v.phone(callerid.Number{E164: m.Client})
		}
	}
	if m.Ended != nil {
		shown.Ended = v.at(*m.Ended)
	}
	if call, ok := strings.CutPrefix(m.Why, "call "); ok && m.State == store.MissedDone {
		shown.EndedCall, shown.Why = call, ""
	}
	return shown
}

// theirs is a client to call back, where the visitor's right reaches the task.
func (v *visit) theirs() (store.MissedTask, error) {
	id := fmc.CallID(v.PathValue("task"))
	task, err := v.keep().MissedTask(v.ctx(), id)
	if err == nil && !v.viewer.Sees(access.MissedWork, task.Owner, task.Group) {
		err = cause.Errorf(cause.NotFound, "there is no such client to call back")
	}
	return task, err
}

func takeMissed(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	task, err := v.theirs()
	if err != nil {
		return nil, err
	}
	owner := fmc.EmployeeID(cmp.Or(f.Value("owner"), string(v.viewer.Employee)))
	if !v.viewer.Sees(access.MissedWork, owner, "") {
		return nil, v.viewer.Need(access.MissedWork, access.Company)
	}
	ctx := store.Audited(v.ctx(), access.Entry(v.ctx(), "missed.take", string(task.ID)))
	if err := v.keep().TakeMissed(ctx, task.ID, owner); err != nil {
		return nil, err
	}
	return redirect{local(f.Value("then"), "/missed"), notice{Text: v.say("missed.taken", "Who", v.personName(owner))}}, nil
}

func closeMissed(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	task, err := v.theirs()
	if err != nil {
		return nil, err
	}
	why := f.Value("why")
	if why == "" || len(why) > 2000 {
		return redirect{local(f.Value("then"), "/missed"), notice{Text: v.say("missed.why-needed"), Bad: true}}, nil
	}
	ctx := store.Audited(v.ctx(), access.Entry(v.ctx(), "missed.close", string(task.ID)))
	if err := v.keep().CloseMissed(ctx, task.ID, v.viewer.By(), why); err != nil {
		return nil, err
	}
	return redirect{local(f.Value("then"), "/missed"), notice{Text: v.say("missed.closed")}}, nil
}
