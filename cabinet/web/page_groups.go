package web

import (
	"net/http"
	"slices"
	"time"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/configs"
	"roadline/fmc"
)

var groupRoutes = []route{
	{pattern: "GET /company/groups", right: access.DocumentRead, do: groupsPage},
	{pattern: "GET /company/groups/+new", right: access.DocumentChange, do: newGroup},
	{pattern: "POST /company/groups/+new", right: access.DocumentChange, do: newGroup},
	{pattern: "GET /company/groups/{group}", right: access.DocumentChange, do: groupPage},
	{pattern: "POST /company/groups/{group}", right: access.DocumentChange, do: groupPage},
	{pattern: "POST /company/groups/{group}/remove", right: access.DocumentChange, do: removeGroup},
}

// strategies are how a group's people are rung, as the document writes it; the first counts where none is written.
var strategies = []string{"ring-all", "hunt", "longest-idle", "round-robin"}

func groupsPage(v *visit) (answer, error) {
	s, err := v.settings()
	if err != nil {
		return nil, err
	}
	view := thingsView{
		settings: s, Title: v.say("company.groups"), Intro: v.say("group.intro"), Add: "/company/groups/+new", AddText: v.say("group.new"), Empty: v.say("group.none"),
	}
	for _, g := range s.company.Groups {
		members := s.company.Members(g.ID)
		row := thing{
			Title: g.Name, Path: "/company/groups/" + string(g.ID),
			Words: []said{{Text: v.say("group.people", "N", len(members))}, {Text: v.say("group." + strategies[g.Strategy])}},
		}
		if g.Extension != "" {
			row.Words = append(row.Words, said{Text: v.say("group.short", "Number", g.Extension)})
		}
		if len(members) == 0 {
			row.State, row.Told = "warn", v.say("group.empty")
		}
		view.Things = append(view.Things, row)
	}
	return page{screen: "things", title: view.Title, view: view}, nil
}

func (v *visit) groupFields(s settings, g *fmc.Group) []field {
	var orders []choice
	for _, name := range strategies {
		orders = append(orders, choice{name, v.say("group." + name)})
	}
	var members []string
	for _, e := range s.company.Members(g.ID) {
		members = append(members, string(e.ID))
	}
	sticky := ""
	if g.Sticky > 0 {
		sticky = short(g.Sticky)
	}
	return []field{
		{Name: "name", Label: v.say("group.name"), Help: v.say("person.name-help"), Value: g.Name, Kind: asLine, Must: true},
		{Name: "extension", Label: v.say("person.extension"), Value: g.Extension, Kind: asLine},
		{
			Name: "members", Label: v.say("group.members"), Values: members, Choices: s.peopleChoices(), Kind: asSeveral,
			change: func(string) []configs.Change { return nil }, // see membership
		},
		{Name: "strategy", Label: v.say("group.strategy"), Value: strategies[g.Strategy], usual: strategies[0], Choices: orders, Kind: asChoice},
		{Name: "ring", Label: v.say("group.ring"), Help: v.say("group.time-help"), Value: short(g.Ring), usual: "30s", Kind: asLine, spelt: true},
		{Name: "each", Label: v.say("group.each"), Help: v.say("group.each-help"), Value: short(g.Each), usual: "15s", Kind: asLine, spelt: true},
		{Name: "sticky", Label: v.say("group.sticky"), Help: v.say("group.sticky-help"), Value: sticky, Kind: asLine, spelt: true},
		{
			Name: "head", Label: v.say("group.head"), Help: v.say("group.head-help"), Value: string(g.Head), Kind: asChoice,
			Choices: append([]choice{{"", v.say("group.head-none")}}, s.peopleChoices()...),
		},
	}
}

// membership are the changes that make people, and nobody else, the members of a group.
func membership(c *fmc.Company, group string, members []string) []configs.Change {
	var all []configs.Change
	for i := range c.Employees {
		e := &c.Employees[i]
		is, wanted := false, slices.Contains(members, string(e.ID))
		var groups configs.List
		for _, g := range e.Groups {
			is = is || string(g) == group
			if string(g) != group {
				groups = append(groups, configs.Text(g))
			}
		}
		if is == wanted {
			continue
		}
		if wanted {
			groups = append(groups, configs.Text(group))
		}
		change := configs.Change{Place: []string{"employees", string(e.ID), "groups"}}
		if len(groups) > 0 {
			change.Value = groups
		}
		all = append(all, change)
	}
	return all
}

// members are who was chosen in a group's form.
func members(fields []field) []string {
	for _, x := range fields {
		if x.Name == "members" {
			return x.Values
		}
	}
	return nil
}

func newGroup(v *visit) (answer, error) {
	s, err := v.settings()
	if err != nil {
		return nil, err
	}
	fields := v.groupFields(s, &fmc.Group{Ring: 30 * time.Second, Each: 15 * time.Second})
	form, err := v.form(formView{settings: s, Title: v.say("group.new"), Back: "/company/groups", Fields: fields})
	if err != nil || v.Method == http.MethodGet {
		return page{screen: "form", title: form.Title, view: form}, err
	}
	id := cabinet.IDOf(form.Fields[0].Value, func(id string) bool {
		_, person := s.company.Employee(fmc.EmployeeID(id))
		_, group := s.company.Group(fmc.GroupID(id))
		return person || group
	})
	if id == "" {
		form.Fields[0].Wrong = v.say("person.name-wrong")
		return page{screen: "form", title: form.Title, view: form, status: again}, nil
	}
	group := configs.Change{Place: []string{"groups", id}, Value: append(configs.Pairs{{Key: "id", Value: configs.Text(id)}}, made(withoutChange(form.Fields))...)}
	return v.edit(form, "/company/groups", append([]configs.Change{group}, membership(s.company, id, members(form.Fields))...)...)
}

// groupForm is the form of a group of the viewer's draft.
func (v *visit) groupForm() (formView, *fmc.Group, error) {
	s, err := v.settings()
	if err != nil {
		return formView{}, nil, err
	}
	id := v.PathValue("group")
	g, ok := s.company.Group(fmc.GroupID(id))
	if !ok {
		return formView{}, nil, noSuch("group", id)
	}
	return formView{
		settings: s, Title: g.Name, Back: "/company/groups", Fields: v.groupFields(s, g), Remove: "/company/groups/" + id + "/remove", RemoveText: v.say("group.remove"),
	}, g, nil
}

func groupPage(v *visit) (answer, error) {
	form, g, err := v.groupForm()
	if err == nil {
		form, err = v.form(form)
	}
	if err != nil || v.Method == http.MethodGet {
		return page{screen: "form", title: form.Title, view: form}, err
	}
	changes := append(changesOf(form.Fields, "groups", string(g.ID)), membership(form.company, string(g.ID), members(form.Fields))...)
	return v.edit(form, "/company/groups", changes...)
}

// removeGroup takes a group out, and its people out of it. Where a scenario or a rule names it, the form says so.
func removeGroup(v *visit) (answer, error) {
	form, g, err := v.groupForm()
	if err != nil {
		return nil, err
	}
	return v.edit(form, "/company/groups", append(membership(form.company, string(g.ID), nil), configs.Change{Place: []string{"groups", string(g.ID)}})...)
}
