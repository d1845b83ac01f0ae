package web

import (
	"net/url"
	"time"

	"roadline/cabinet/access"
	"roadline/callerid"
	"roadline/fmc"
	"roadline/store"
)

var homeRoutes = []route{{pattern: "GET /{$}", right: access.SelfChange, do: home}}

var homeScreens = shows{"home": homeView{}}

var frameScreens = shows{"frame": frame{}, "problem": problemPage{}}

// homeView is the first page of whoever signed in: what a person on the road needs at once, each part for whoever has the
// right.
type homeView struct {
	Name      string
	Extension string
	Mode      modeView
	Calls     bool     // the visitor may call through their phone
	Shown     string   // the number that clients see; empty: that of the card by which a call goes
	Choices   []choice // the numbers that the visitor may choose from for that; none: Shown is the only one
	Show      string   // the one that was chosen last, of Choices
	Mobile    bool     // there is a phone of the visitor's to ring
	Form      form
	To        string
	Works     bool // missed clients are the visitor's business
	Tasks     []homeTask
	More      bool // there are more tasks than are shown
	Lists     bool // the visitor has calls of their own
	Asks      bool // they are asked what came of them
	After     *resultForm
	Today     []homeCall
	Count     int
	Talked    time.Duration
	Places    []menuRow // where else the visitor may go
	Day       *homeDay  // of those whose calls the visitor answers for; nil: the visitor's own alone
}

// homeDay is today in a few figures.
type homeDay struct {
	Live   int
	Open   string // clients who should be called back; with a + where there are more
	Wait   int    // how many they are, for their words
	Date   string // of today, as addresses have it
	In     int
	Out    int
	Missed int
	Loss   float64
}

// homeTask is a client whom the visitor should call back.
type homeTask struct {
	ID     fmc.CallID
	Client string // by name, else as people write the number; empty: hidden
	Number string // to be called
	Path   string // of the client's page; empty: hidden
	Group  string
	Last   moment
	Due    moment
	Vowed  bool // the visitor, or whoever owns it, promised to call back at Due
	Late   bool
	Mine   bool
}

// homeCall is a call of the visitor's today.
type homeCall struct {
	ID     fmc.CallID
	Icon   string
	Class  string
	Word   string // for who does not see the icon
	With   string
	Number string
	Began  moment
	Talked time.Duration
	Missed bool
}

// How much home shows.
const (
	homeTasks = 5
	homeCalls = 10
	dayMost   = 500 // calls that are counted for a day
)

func home(v *visit) (answer, error) {
	p, err := v.homePage(form{}, v.URL.Query().Get("call"))
	return p, err
}

// homeAgain is home with what was wrong with a number that was to be called.
func (v *visit) homeAgain(f form, field, why string) (answer, error) {
	f.wrong(field, why)
	p, err := v.homePage(f, f.Value("to"))
	p.status = again
	return p, err
}

func (v *visit) homePage(f form, to string) (page, error) {
	view := homeView{
		Name: v.viewer.Name, Mode: v.mode(), Calls: v.viewer.May(access.CallsMake), Form: f, To: to, Shown: v.ownNumber(), Choices: v.numbersToShow(), Show: v.chosenNumber(), Mobile: v.hasPhone(),
		Works: v.viewer.May(access.MissedWork), Lists: v.viewer.May(access.CallsRead),
		Asks: v.viewer.May(access.CallsRead) && v.viewer.May(access.CommentsWrite),
	}
	if e, ok := v.company.Employee(v.viewer.Employee); ok {
		view.Extension = e.Extension
	}
	for _, row := range v.menu() {
		if row.Path != "/" {
			view.Places = append(view.Places, row)
		}
	}
	for _, read := range []func(*homeView) error{v.homeDay, v.homeTasks, v.homeToday, v.homeAfter} {
		if err := read(&view); err != nil {
			return page{}, err
		}
	}
	if view.Day != nil && !view.Mobile { // who looks after others, and takes no calls: nothing of their own comes
		view.Works, view.Lists = len(view.Tasks) > 0, view.Count > 0
	}
	return page{screen: "home", title: v.say("menu.home"), view: view}, nil
}

// hasPhone reports whether there is a phone of the visitor's to ring: without one they cannot call by the company.
func (v *visit) hasPhone() bool {
	e, ok := v.company.Employee(v.viewer.Employee)
	return ok && len(e.Devices) > 0
}

// homeAfter asks what came of a call that is just over.
func (v *visit) homeAfter(view *homeView) (err error) {
	view.After, err = v.afterCall()
	return err
}

// openMost is how many clients who wait are counted.
const openMost = 99

// homeDay is the day of the company, or of the groups that the visitor is the head of.
func (v *visit) homeDay(view *homeView) error {
	if v.viewer.Reach(access.CallsWatch) < access.Groups || !v.viewer.May(access.StatisticsRead) || !view.Works {
		return nil
	}
	today := v.now().Format(time.DateOnly)
	s, err := v.site.o.API.Statistics(v.ctx(), v.viewer, url.Values{"from": {today}, "to": {today}})
	if err != nil {
		return err
	}
	f := store.MissedFilter{State: store.MissedOpen, Limit: openMost + 1}
	if v.viewer.Reach(access.MissedWork) < access.Company {
		f.Within = &store.Within{People: v.viewer.Team, Groups: v.viewer.Heads, Nobodys: v.viewer.Groups}
	}
	open, err := v.keep().Missed(v.ctx(), f)
	view.Day = &homeDay{Open: v.tongue.count(min(len(open), openMost)), Wait: min(len(open), openMost), Date: today, In: s.Now.In, Out: s.Now.Out, Missed: s.Now.Missed, Loss: s.Now.Loss()}
	if len(open) > openMost {
		view.Day.Open += "+"
	}
	for _, c := range v.site.o.Calls.Calls() {
		for _, p := range c.Parties {
			if c.Company == v.viewer.Company && !c.Request.Private && v.viewer.Sees(access.CallsWatch, p.Who.Employee, "") {
				view.Day.Live++
				break
			}
		}
	}
	return err
}

// homeTasks are clients who should be called back by the visitor, or by anybody of the visitor's groups.
func (v *visit) homeTasks(view *homeView) error {
	if !view.Works {
		return nil
	}
	f := store.MissedFilter{State: store.MissedOpen, Limit: homeTasks + 1, Within: &store.Within{People: []fmc.EmployeeID{v.viewer.Employee}, Nobodys: v.viewer.Groups}}
	tasks, err := v.keep().Missed(v.ctx(), f)
	if err != nil {
		return err
	}
	for i, t := range tasks {
		if view.More = i == homeTasks; view.More {
			break
		}
		row := homeTask{
			ID: t.ID, Client: v.clientCalled(t.Called, t.Client), Number: t.Client, Group: string(t.Group), Last: v.at(t.Last), Due: v.at(t.Due), Vowed: t.Promised != "",
			Late: v.site.o.Now().After(t.Due), Mine: t.Owner == v.viewer.Employee,
		}
		if t.Client != "" {
			row.Path = clientPath(t.Client)
		}
		view.Tasks = append(view.Tasks, row)
	}
	return nil
}

// homeToday are the visitor's own calls since midnight.
func (v *visit) homeToday(view *homeView) error {
	if !view.Lists {
		return nil
	}
	now := v.now()
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	lines, err := v.keep().Calls(v.ctx(), store.CallFilter{From: midnight, Employee: v.viewer.Employee, Limit: dayMost})
	if err != nil {
		return err
	}
	view.Count = len(lines)
	for i, l := range lines {
		view.Talked += l.Talked
		if i < homeCalls {
			view.Today = append(view.Today, v.homeCall(l))
		}
	}
	return nil
}

func (v *visit) homeCall(l store.CallLine) homeCall {
	l = v.outsider(l)
	x := homeCall{ID: l.ID, With: v.clientCalled(l.Called, l.Client), Number: l.Client, Began: v.at(l.Began), Talked: l.Talked, Missed: l.Talked == 0}
	switch {
	case l.Direction == fmc.Inbound.String() && x.Missed:
		x.Icon, x.Class, x.Word = "phone-missed", "missed", v.say("home.missed")
	case l.Direction == fmc.Inbound.String():
		x.Icon, x.Class, x.Word = "phone-incoming", "in", v.say("home.in")
	default:
		x.Icon, x.Class, x.Word = "phone-outgoing", "out", v.say("home.out")
	}
	if x.With == "" {
		x.With = v.nobodyNamed(l.Direction)
	}
	return x
}

// ownNumber is the number that clients see of the visitor's calls; empty: that of the card by which a call goes.
func (v *visit) ownNumber() string {
	n := v.site.o.API.OwnNumber(v.viewer)
	if n.IsZero() {
		return ""
	}
	return v.phone(n)
}

// written is a number, or what else a person dials, as people write it.
func (v *visit) written(number string) string {
	if n, err := callerid.Read(number, v.company.Profile.Country); err == nil {
		return v.phone(n)
	}
	return number
}
