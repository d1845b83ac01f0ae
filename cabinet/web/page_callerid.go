package web

import (
	"slices"

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
	Choose    []choosable
}

// choosable is a number that whoever a rule is for may have shown in its place.
type choosable struct {
	choice
	On bool
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
	rules, choose := map[string]string{}, map[string][]string{}
	for _, r := range s.company.Rules.CallerID {
		name := "all"
		switch {
		case r.Employee != "":
			name = string(r.Employee)
		case r.Group != "":
			name = string(r.Group)
		}
		rules[name] = r.Show.E164
		for _, n := range r.Choose {
			choose[name] = append(choose[name], n.E164)
		}
	}
	view.Rules = append(view.Rules, shownRow{"all", v.say("caller-id.all"), "all", rules["all"], nil})
	for _, g := range s.company.Groups {
		view.Rules = append(view.Rules, shownRow{string(g.ID), g.Name, "group", rules[string(g.ID)], nil})
	}
	for _, e := range s.company.Employees {
		if shown := rules[string(e.ID)]; shown != "" {
			view.Rules = append(view.Rules, shownRow{string(e.ID), e.Name, "person", shown, nil})
		} else {
			view.Others = append(view.Others, choice{string(e.ID), e.Name})
		}
	}
	for _, n := range s.company.Numbers {
		if !n.Proof.IsZero() || n.SIM != "" {
			view.Numbers = append(view.Numbers, choice{n.Number.E164, v.phone(n.Number)})
		}
	}
	for i := range view.Rules {
		r := &view.Rules[i]
		for _, n := range view.Numbers {
			if r.Shows != "" && n.Value != r.Shows {
				r.Choose = append(r.Choose, choosable{n, slices.Contains(choose[r.For], n.Value)})
			}
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
	chosen := slices.DeleteFunc(f.Values("choose"), func(n string) bool { return n == number })
	if _, group := view.company.Group(fmc.GroupID(whom)); whom != "all" && !group {
		if _, person := view.company.Employee(fmc.EmployeeID(whom)); !person {
			return nil, noSuch("group or person", whom)
		}
	}
	changes := []configs.Change{{Place: []string{"caller_id", whom}}}
	if number != "" {
		changes = []configs.Change{{Place: []string{"caller_id", whom, "show"}, Value: configs.Text(number)}, {Place: []string{"caller_id", whom, "choose"}}}
		if len(chosen) > 0 {
			changes[1].Value = texts(chosen)
		}
	}
	has := false
	for _, r := range view.Rules {
		has = has || r.For == whom && r.Shows != ""
	}
	if number != "" && !has {
		changes = []configs.Change{{Place: []string{"caller_id", whom}, Value: configs.Pairs{{Key: "for", Value: configs.Text(whom)}, {Key: "show", Value: configs.Text(number)}}}}
	}
	a, err := v.edit(formView{settings: view.settings}, "/company/caller-id", changes...)
	if p, ok := a.(page); ok && err == nil {
		form, _ := p.view.(formView)
		view.Refused = form.Refused
		return page{screen: "caller-id", title: v.say("company.caller-id"), view: view, status: again}, nil
	}
	return a, err
}
