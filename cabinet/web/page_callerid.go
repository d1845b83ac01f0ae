package web

import (
	"roadline/cabinet/access"
	"roadline/configs"
	"roadline/fmc"
)

var callerIDRoutes = []route{
	{pattern: "GET /company/caller-id", right: access.DocumentRead, do: callerIDPage},
	{pattern: "POST /company/caller-id", right: access.DocumentChange, do: changeCallerID},
}

var callerIDScreens = shows{"caller-id": callerIDView{}}

// callerIDView is who shows which number: everybody, each group, and the people who have a number of their own to show.
type callerIDView struct {
	settings
	Rules   []shownRow
	Others  []choice // people without a rule of their own
	Numbers []choice // that may be shown
	Refused string
}

// shownRow is one rule.
type shownRow struct {
	For, Name string
	Kind      string // all, group, person
	Shows     string // E.164; empty: what stands above it counts
}

func callerIDPage(v *visit) (answer, error) {
	view, err := v.callerID()
	return page{screen: "caller-id", title: v.say("company.caller-id"), view: view}, err
}

func (v *visit) callerID() (callerIDView, error) {
	s, err := v.settings()
	if err != nil {
		return callerIDView{}, err
	}
	view := callerIDView{settings: s}
	rules := map[string]string{}
	for _, r := range s.company.Rules.CallerID {
		name := "all"
		switch {
		case r.Employee != "":
			name = string(r.Employee)
		case r.Group != "":
			name = string(r.Group)
		}
		rules[name] = r.Show.E164
	}
	view.Rules = append(view.Rules, shownRow{"all", v.say("caller-id.all"), "all", rules["all"]})
	for _, g := range s.company.Groups {
		view.Rules = append(view.Rules, shownRow{string(g.ID), g.Name, "group", rules[string(g.ID)]})
	}
	for _, e := range s.company.Employees {
		if shown := rules[string(e.ID)]; shown != "" {
			view.Rules = append(view.Rules, shownRow{string(e.ID), e.Name, "person", shown})
		} else {
			view.Others = append(view.Others, choice{string(e.ID), e.Name})
		}
	}
	for _, n := range s.company.Numbers {
		if !n.Proof.IsZero() || n.SIM != "" {
			view.Numbers = append(view.Numbers, choice{n.Number.E164, v.phone(n.Number)})
		}
	}
	return view, nil
}

// changeCallerID sets which number a group, a person or everybody shows; an empty one takes the rule away.
func changeCallerID(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	view, err := v.callerID()
	if err != nil {
		return nil, err
	}
	whom, number := f.Value("for"), f.Value("show")
	if _, group := view.company.Group(fmc.GroupID(whom)); whom != "all" && !group {
		if _, person := view.company.Employee(fmc.EmployeeID(whom)); !person {
			return nil, noSuch("group or person", whom)
		}
	}
	change := configs.Change{Place: []string{"caller_id", whom}}
	if number != "" {
		change.Place = append(change.Place, "show")
		change.Value = configs.Text(number)
	}
	has := false
	for _, r := range view.Rules {
		has = has || r.For == whom && r.Shows != ""
	}
	if number != "" && !has {
		change = configs.Change{Place: change.Place[:2], Value: configs.Pairs{{Key: "for", Value: configs.Text(whom)}, {Key: "show", Value: configs.Text(number)}}}
	}
	a, err := v.edit(formView{settings: view.settings}, "/company/caller-id", change)
	if p, ok := a.(page); ok && err == nil {
		form, _ := p.view.(formView)
		view.Refused = form.Refused
		return page{screen: "caller-id", title: v.say("company.caller-id"), view: view, status: again}, nil
	}
	return a, err
}
