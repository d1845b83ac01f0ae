package web

import (
	"net/http"
	"slices"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/cause"
)

var personRoutes = []route{
	{pattern: "GET /people/+new", right: access.DocumentChange, do: newPerson},
	{pattern: "POST /people/+new", right: access.DocumentChange, do: newPerson},
	{pattern: "GET /people/{person}", right: access.PeopleRead, do: personPage},
	{pattern: "POST /people/{person}", right: access.DocumentChange, do: changePerson},
	{pattern: "POST /people/{person}/remove", right: access.DocumentChange, do: removePerson},
	{pattern: "POST /people/{person}/invite", right: access.PeopleChange, do: invitePerson},
	{pattern: "POST /people/{person}/shut-out", right: access.PeopleChange, do: shutOutPerson},
}

var personScreens = shows{"person": personView{}}

// personView is one person: for colleagues what they may know, for administrators a form.
type personView struct {
	Person  personRow
	Form    *formView // nil: nothing can be changed
	Dials   bool      // the viewer may call the person, and has a phone to do it by
	Link    string    // of an invitation, shown once
	Mailed  bool
	Invites bool // the viewer may invite
	New     bool // the person is in the draft alone: nobody can be invited yet
	Shuts   bool // the viewer may keep the person out: nobody does that to themselves
}

// rings are the usual orders in which a person's devices ring; "usual" is what counts where none is written.
var rings = []struct {
	name  string
	value configs.List
}{
	{"usual", nil},
	{"phone", configs.List{ringStep("sip", "")}},
	{"mobile", configs.List{ringStep("mobile", "")}},
	{"both", configs.List{ringStep("sip", ""), ringStep("mobile", "")}},
	{"mobile-first", configs.List{ringStep("mobile", ""), ringStep("sip", "10s")}},
}

func ringStep(device, after string) configs.Pairs {
	step := configs.Pairs{{Key: "device", Value: configs.Text(device)}}
	if after != "" {
		step = append(step, configs.Pair{Key: "after", Value: configs.Word(after)})
	}
	return step
}

// ringOf names the order in which a person rings; "written" for one that is none of the usual.
func ringOf(document string, e *fmc.Employee) string {
	if !slices.Contains(configs.KeysAt(document, "employees", string(e.ID)), "ring") {
		return "usual"
	}
	for _, r := range rings[1:] {
		edited, err := configs.EditCompany(document, configs.Change{Place: []string{"employees", string(e.ID), "ring"}, Value: r.value})
		if err == nil && edited == document {
			return r.name
		}
	}
	return "written"
}

// personFields are the fields of a person.
func (v *visit) personFields(s settings, e *fmc.Employee) []field {
	ring := ringOf(s.draft.Document, e)
	orders := []choice{}
	for _, r := range rings {
		orders = append(orders, choice{r.name, v.say("person.ring-" + r.name)})
	}
	if ring == "written" {
		orders = append(orders, choice{"written", v.say("person.ring-written")})
	}
	var roles []choice
	for _, r := range access.Roles {
		if r != access.Head {
			roles = append(roles, choice{string(r), v.say("role." + string(r))})
		}
	}
	var groups []string
	for _, g := range e.Groups {
		groups = append(groups, string(g))
	}
	mobile, account := "", ""
	for _, d := range e.Devices {
		if d.Kind == fmc.Mobile {
			mobile = d.Number.E164
		}
		if d.Account != "" {
			account = string(d.Account)
		}
	}
	return []field{
		{Name: "name", Label: v.say("person.name"), Help: v.say("person.name-help"), Value: e.Name, Kind: asLine, Must: true},
		{Name: "extension", Label: v.say("person.extension"), Value: e.Extension, Kind: asLine},
		{Name: "mobile", Label: v.say("person.mobile"), Help: v.say("person.mobile-help"), Value: mobile, Kind: asPhone},
		{Name: "mail", Label: v.say("person.mail"), Help: v.say("person.mail-help"), Value: e.Mail, Kind: asMail},
		{Name: "sip", under: []string{"account"}, Label: v.say("person.account"), Help: v.say("person.account-help"), Value: account, Kind: asLine},
		{Name: "groups", Label: v.say("person.groups"), Values: groups, Choices: s.groupChoices(), Kind: asSeveral},
		{Name: "ring", Label: v.say("person.ring"), Help: v.say("person.ring-help"), Value: ring, Choices: orders, Kind: asChoice, change: ringChange(e.ID)},
		{Name: "hours", Label: v.say("person.hours"), Value: string(e.Hours), Choices: s.hoursChoices(v.say("person.hours-none")), Kind: asChoice},
		{Name: "roles", Label: v.say("person.roles"), Help: v.say("person.roles-help"), Values: e.Roles, Choices: roles, Kind: asSeveral},
	}
}

// ringChange writes one of the usual orders; one that a person wrote otherwise stays.
func ringChange(id fmc.EmployeeID) func(string) []configs.Change {
	return func(name string) []configs.Change {
		for _, r := range rings {
			if r.name != name {
				continue
			}
			c := configs.Change{Place: []string{"employees", string(id), "ring"}}
			if r.value != nil {
				c.Value = r.value
			}
			return []configs.Change{c}
		}
		return nil
	}
}

func newPerson(v *visit) (answer, error) {
	s, err := v.settings()
	if err != nil {
		return nil, err
	}
	form, err := v.form(formView{
		settings: s, Title: v.say("person.new"), Intro: v.say("person.new-intro"), Back: "/people", Fields: v.personFields(s, &fmc.Employee{}),
	})
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
	changes := []configs.Change{{Place: []string{"employees", id}, Value: append(configs.Pairs{{Key: "id", Value: configs.Text(id)}}, made(withoutChange(form.Fields))...)}}
	for _, x := range form.Fields {
		if x.change != nil && x.Value != "usual" {
			changes = append(changes, ringChange(fmc.EmployeeID(id))(x.Value)...)
		}
	}
	return v.edit(form, "/people", changes...)
}

// withoutChange are the fields that stand as they are in the document.
func withoutChange(fields []field) []field {
	var all []field
	for _, x := range fields {
		if x.change == nil {
			all = append(all, x)
		}
	}
	return all
}

// personForm is the form of a person of the viewer's draft.
func (v *visit) personForm() (formView, *fmc.Employee, error) {
	s, err := v.settings()
	if err != nil {
		return formView{}, nil, err
	}
	id := v.PathValue("person")
	e, ok := s.company.Employee(fmc.EmployeeID(id))
	if !ok {
		return formView{}, nil, noSuch("person", id)
	}
	return formView{
		settings: s, Title: e.Name, Back: "/people", Fields: v.personFields(s, e), Remove: "/people/" + id + "/remove", RemoveText: v.say("person.remove"),
	}, e, nil
}

func personPage(v *visit) (answer, error) {
	if !v.viewer.May(access.DocumentChange) {
		id := v.PathValue("person")
		e, ok := v.company.Employee(fmc.EmployeeID(id))
		if !ok {
			return nil, noSuch("person", id)
		}
		dials := v.viewer.May(access.CallsMake) && v.hasPhone() && e.Extension != "" && e.ID != v.viewer.Employee
		return page{screen: "person", title: e.Name, view: personView{Person: v.personRow(v.company, e), Dials: dials}}, nil
	}
	return v.personWith("", false)
}

// personWith is a person's form, with the link of an invitation where one was just made.
func (v *visit) personWith(link string, mailed bool) (answer, error) {
	form, e, err := v.personForm()
	if err != nil {
		return nil, err
	}
	view := personView{Person: v.personRow(form.company, e), Form: &form, Link: link, Mailed: mailed, Invites: v.viewer.May(access.PeopleChange)}
	logins, invited, err := v.doors()
	view.Person.SignsIn, view.Person.Invited = logins[e.ID], invited[e.ID]
	_, known := v.company.Employee(e.ID)
	view.New = !known
	view.Shuts = view.Invites && e.ID != v.viewer.Employee
	return page{screen: "person", title: e.Name, view: view}, err
}

func changePerson(v *visit) (answer, error) {
	form, e, err := v.personForm()
	if err == nil {
		form, err = v.form(form)
	}
	if err != nil {
		return nil, err
	}
	return v.edit(form, "/people/"+string(e.ID), changesOf(form.Fields, "employees", string(e.ID))...)
}

// removePerson takes a person out of the draft. Where others name them, the form says so.
func removePerson(v *visit) (answer, error) {
	form, e, err := v.personForm()
	if err != nil {
		return nil, err
	}
	return v.edit(form, "/people", configs.Change{Place: []string{"employees", string(e.ID)}})
}

func invitePerson(v *visit) (answer, error) {
	id := fmc.EmployeeID(v.PathValue("person"))
	if _, ok := v.company.Employee(id); !ok {
		return nil, noSuch("person", string(id))
	}
	invited, err := v.site.o.Door.Invite(v.audited("people.invite", string(id)), v.viewer.Company, id, v.viewer.By())
	if err != nil {
		return nil, err
	}
	return v.personWith(invited.Link, invited.Mailed)
}

// shutOutPerson keeps a person out of the cabinet; an invitation lets them in again.
func shutOutPerson(v *visit) (answer, error) {
	id := fmc.EmployeeID(v.PathValue("person"))
	e, ok := v.company.Employee(id)
	switch {
	case !ok:
		return nil, noSuch("person", string(id))
	case id == v.viewer.Employee:
		return nil, v.problem(cause.Conflict, "person.shut-out-oneself")
	}
	if err := v.keep().RemoveLogin(v.audited("people.shut-out", string(id)), id); err != nil {
		return nil, err
	}
	return redirect{"/people/" + string(id), notice{Text: v.say("person.shut-out-done", "Name", e.Name)}}, nil
}
