package web

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"roadline/cabinet/access"
	"roadline/configs"
	"roadline/fmc"
)

var scenarioRoutes = []route{
	{pattern: "GET /company/scenarios", right: access.DocumentRead, do: scenariosPage},
	{pattern: "POST /company/scenarios/switch", right: access.DocumentChange, do: switchScenario},
}

var scenarioScreens = shows{"scenarios": scenariosView{}}

// scenariosView is what happens to calls to the company's numbers, drawn as trees, with the way of a supposed call lit.
type scenariosView struct {
	settings
	Scenarios []scenarioTree
	Choices   []choice
	Try       dryRun
}

// scenarioTree is one scenario and the numbers that lead to it.
type scenarioTree struct {
	ID      string
	Numbers []string
	Lit     bool
	Steps   []branch
}

// branch is a step of a scenario or where it leads. Lit: the supposed call comes by.
type branch struct {
	Kind     string // hours, menu, key, ring, mail, say, end, room, go
	Text     string
	Lit      bool
	No       bool // it comes by a condition that is not so
	Branches []branch
}

func scenariosPage(v *visit) (answer, error) {
	s, err := v.settings()
	if err != nil {
		return nil, err
	}
	view := scenariosView{settings: s, Try: v.dryRun(s, "/company/scenarios")}
	t := tree{visit: v, c: s.company, at: v.now()}
	lit := fmc.ScenarioID("")
	if view.Try.Draft != nil {
		t.at = view.Try.Draft.At.Time
		t.keys, _, _ = strings.Cut(view.Try.Keys, " ")
		if n, ok := s.company.NumberOf(view.Try.To); ok {
			lit = n.Scenario
		}
	}
	ids := configs.KeysAt(s.draft.Document, "scenarios")
	if s.draft.Company == nil {
		ids = scenarioIDs(s.company)
	}
	for _, id := range ids {
		x := scenarioTree{ID: id, Lit: lit == fmc.ScenarioID(id)}
		for _, n := range s.company.Numbers {
			if n.Scenario == fmc.ScenarioID(id) {
				x.Numbers = append(x.Numbers, v.phone(n.Number))
			}
		}
		x.Steps = t.steps(s.company.Scenarios[fmc.ScenarioID(id)].Steps, x.Lit, 0)
		view.Scenarios = append(view.Scenarios, x)
		view.Choices = append(view.Choices, choice{id, id})
	}
	return page{screen: "scenarios", title: v.say("company.scenarios"), view: view}, nil
}

func scenarioIDs(c *fmc.Company) []string {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(c.Scenarios)) {
		ids = append(ids, string(id))
	}
	return ids
}

// switchScenario has every number that leads to one scenario lead to another: day to night, or to what is said in a storm.
func switchScenario(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	s, err := v.settings()
	if err != nil {
		return nil, err
	}
	var changes []configs.Change
	for _, n := range s.company.Numbers {
		if string(n.Scenario) == f.Value("from") && n.Scenario != "" {
			changes = append(changes, configs.Change{Place: []string{"numbers", n.Number.E164, "scenario"}, Value: configs.Text(f.Value("to"))})
		}
	}
	if len(changes) == 0 || f.Value("to") == f.Value("from") {
		return redirect{to: "/company/scenarios", said: notice{Text: v.say("scenario.nothing-switched"), Bad: true}}, nil
	}
	reason := url.Values{"reason": {v.say("scenario.switched", "From", f.Value("from"), "To", f.Value("to"))}}
	return v.edit(formView{settings: s, Title: v.say("company.scenarios"), Back: "/company/scenarios"}, "/company/publish?"+reason.Encode(), changes...)
}

// tree draws scenarios of a company; the way of a call at an instant that keys something is lit.
type tree struct {
	*visit
	c    *fmc.Company
	at   time.Time
	keys string
}

// mostNested is how many scenarios are drawn inside each other.
const mostNested = 3

func (t tree) steps(steps []fmc.ScenarioStep, lit bool, depth int) []branch {
	var all []branch
	for _, s := range steps {
		b, takes := t.step(s, lit, depth)
		all = append(all, b)
		lit = lit && !takes
	}
	return all
}

// step draws one step, and says whether the supposed call goes no further.
func (t tree) step(s fmc.ScenarioStep, lit bool, depth int) (b branch, takes bool) {
	switch {
	case s.Schedule != nil:
		hours, text, taken := s.Schedule.Inside, "scenario.inside", t.c.OpenAt(s.Schedule.Inside, t.at)
		if s.Schedule.Outside != "" {
			hours, text, taken = s.Schedule.Outside, "scenario.outside", !t.c.OpenAt(s.Schedule.Outside, t.at)
		}
		way := []branch{t.action(s.Schedule.Do, lit && taken, depth)}
		return branch{Kind: "hours", Text: t.say(text, "Hours", hours), Lit: lit, No: lit && !taken, Branches: way}, taken
	case s.Menu != nil:
		return t.menu(s.Menu, lit, depth), true
	}
	return t.action(s.Do, lit, depth), true
}

func (t tree) menu(m *fmc.Menu, lit bool, depth int) branch {
	b := branch{Kind: "menu", Text: t.say("scenario.menu", "Prompt", m.Prompt), Lit: lit}
	for _, key := range slices.Sorted(maps.Keys(m.Keys)) {
		here := lit && t.keys == key
		b.Branches = append(b.Branches, branch{Kind: "key", Text: t.say("scenario.key", "Key", key), Lit: here, Branches: []branch{t.action(m.Keys[key], here, depth)}})
	}
	_, known := m.Keys[t.keys]
	if m.DialExtension {
		here := lit && !known && t.keys != ""
		b.Branches = append(b.Branches, branch{Kind: "key", Text: t.say("scenario.extension"), Lit: here})
		known = known || here
	}
	if !m.Default.IsZero() {
		here := lit && !known
		b.Branches = append(b.Branches, branch{Kind: "key", Text: t.say("scenario.default"), Lit: here, Branches: []branch{t.action(m.Default, here, depth)}})
	}
	return b
}

func (t tree) action(a fmc.Action, lit bool, depth int) branch {
	name := nameOf(t.c, a.Employee)
	if g, ok := t.c.Group(a.Group); ok {
		name = g.Name
	}
	switch a.Do {
	case fmc.RingGroup, fmc.RingEmployee:
		return branch{Kind: "ring", Text: t.say("scenario.ring", "Name", name), Lit: lit}
	case fmc.LeaveVoicemail:
		return branch{Kind: "mail", Text: t.say("scenario.voicemail", "Name", name), Lit: lit}
	case fmc.GoScenario:
		b := branch{Kind: "go", Text: t.say("scenario.go", "Scenario", a.Scenario), Lit: lit}
		if depth < mostNested {
			b.Branches = t.steps(t.c.Scenarios[a.Scenario].Steps, lit, depth+1)
		}
		return b
	case fmc.SayAndHangUp:
		return branch{Kind: "say", Text: t.say("scenario.say", "Prompt", a.Prompt), Lit: lit}
	case fmc.JoinConference:
		return branch{Kind: "room", Text: t.say("scenario.conference", "Name", a.Conference), Lit: lit}
	case fmc.HangUp, fmc.NoAction:
	}
	return branch{Kind: "end", Text: t.say("scenario.hang-up"), Lit: lit}
}
