package web

import (
	"net/http"
	"slices"
	"strings"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/fmc"
)

var peopleRoutes = []route{
	{pattern: "GET /people", right: access.PeopleRead, do: peoplePage},
	{pattern: "GET /people.csv", right: access.DocumentRead, do: peopleTable},
	{pattern: "GET /people/+import", right: access.DocumentChange, do: importPage},
	{pattern: "POST /people/+import", right: access.DocumentChange, do: importPeople},
}

var peopleScreens = shows{"people": peopleView{}, "people-import": importView{}}

// peopleView is who works here: for everybody to call, for administrators to change.
type peopleView struct {
	Settings *settings // of who may change people; nil: the others
	Search   string
	Group    string
	Groups   []choice
	People   []personRow
	All      int // before the search
}

// personRow is a person in the list.
type personRow struct {
	ID, Name, Extension, Mobile string
	Groups, Roles               []string
	SignsIn, Invited            bool
}

func peoplePage(v *visit) (answer, error) {
	view := peopleView{Search: strings.TrimSpace(v.FormValue("q")), Group: v.FormValue("group")}
	company := v.company
	var logins map[fmc.EmployeeID]bool
	var invited map[fmc.EmployeeID]bool
	if v.viewer.May(access.DocumentRead) {
		s, err := v.settings()
		if err != nil {
			return nil, err
		}
		view.Settings, company = &s, s.company
		if logins, invited, err = v.doors(); err != nil {
			return nil, err
		}
	}
	view.All = len(company.Employees)
	for _, g := range company.Groups {
		view.Groups = append(view.Groups, choice{string(g.ID), g.Name})
	}
	for i := range company.Employees {
		e := &company.Employees[i]
		row := v.personRow(company, e)
		row.SignsIn, row.Invited = logins[e.ID], invited[e.ID]
		if row.has(view.Search) && (view.Group == "" || slices.Contains(e.Groups, fmc.GroupID(view.Group))) {
			view.People = append(view.People, row)
		}
	}
	return page{screen: "people", title: v.say("people.title"), view: view}, nil
}

// doors returns who can sign in, and who was invited to.
func (v *visit) doors() (logins, invited map[fmc.EmployeeID]bool, err error) {
	logins, invited = map[fmc.EmployeeID]bool{}, map[fmc.EmployeeID]bool{}
	all, err := v.keep().Logins(v.ctx())
	if err != nil {
		return nil, nil, err
	}
	for id := range all {
		logins[id] = true
	}
	open, err := v.keep().Invited(v.ctx())
	for id := range open {
		invited[id] = true
	}
	return logins, invited, err
}

// personRow is a person as the viewer may see them: mobiles are shown to who may change them.
func (v *visit) personRow(c *fmc.Company, e *fmc.Employee) personRow {
	row := personRow{ID: string(e.ID), Name: e.Name, Extension: e.Extension}
	for _, id := range e.Groups {
		if g, ok := c.Group(id); ok {
			row.Groups = append(row.Groups, g.Name)
		}
	}
	who, _ := access.ViewerOf(c, e.ID)
	for _, role := range who.Roles {
		if role != access.Employee {
			row.Roles = append(row.Roles, v.say("role."+string(role)))
		}
	}
	for _, d := range e.Devices {
		if d.Kind == fmc.Mobile && v.viewer.May(access.DocumentRead) {
			row.Mobile = v.phone(d.Number)
		}
	}
	return row
}

// has reports whether a person is meant by a search: by a part of the name, the id, or the beginning of a number.
func (r personRow) has(search string) bool {
	search = strings.ToLower(search)
	return strings.Contains(strings.ToLower(r.Name), search) || strings.Contains(r.ID, search) || strings.HasPrefix(r.Extension, search)
}

func peopleTable(v *visit) (answer, error) {
	table, err := v.site.o.API.ExportPeople(v.ctx(), v.viewer, v.look.Lang)
	if err != nil {
		return nil, err
	}
	return stream(func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		w.Header().Set("Content-Disposition", `attachment; filename="people.csv"`)
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(table) // who asked may have gone
		return nil
	}), nil
}

// importView is a table of people before it is taken: first what it would change.
type importView struct {
	settings
	Table   string
	Looked  bool
	Import  cabinet.PeopleImport
	Refused string
}

func importPage(v *visit) (answer, error) {
	s, err := v.settings()
	return page{screen: "people-import", title: v.say("import.title"), view: importView{settings: s}}, err
}

// importPeople shows what a table would change, and takes it when it was looked at.
func importPeople(v *visit) (answer, error) {
	s, err := v.settings()
	if err != nil {
		return nil, err
	}
	view := importView{settings: s}
	if view.Table, err = v.sentTable(); err != nil {
		return nil, err
	}
	if v.FormValue("take") != "" {
		_, err := v.site.o.API.ImportPeople(v.audited("people.import", ""), v.viewer, []byte(view.Table))
		if err == nil {
			return redirect{to: "/company/publish", said: notice{Text: v.say("company.saved")}}, nil
		}
	}
	view.Looked = true
	if view.Import, err = v.site.o.API.LookAtPeople(v.ctx(), v.viewer, []byte(view.Table)); err != nil {
		if view.Refused, err = v.refused(nil, err); err != nil {
			return nil, err
		}
	}
	p := page{screen: "people-import", title: v.say("import.title"), view: view}
	if view.Refused != "" || len(view.Import.Mistakes) > 0 {
		p.status = again
	}
	return p, nil
}

// sentTable is the file that was sent, or what was pasted.
func (v *visit) sentTable() (string, error) {
	text, _, err := v.sentFile("file")
	if err != nil || len(text) == 0 {
		return v.FormValue("table"), err
	}
	return string(text), nil
}
