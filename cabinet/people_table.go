package cabinet

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"roadline/cabinet/access"
	"roadline/cabinet/document"
	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// peopleColumns are those that a table of people may have, in the order in which one is written.
var peopleColumns = []column{
	{"id", []string{"id", "код", "login", "логин"}},
	{"name", []string{"name", "имя", "full name", "фио", "сотрудник"}},
	{"extension", []string{"extension", "внутренний", "ext", "внутренний номер", "добавочный"}},
	{"mobile", []string{"mobile", "мобильный", "mobile phone", "мобильный телефон", "сотовый"}},
	{"groups", []string{"groups", "группы", "group", "группа", "department", "отдел", "отделы"}},
	{"mail", []string{"mail", "почта", "email", "e-mail", "эл. почта"}},
	{"account", []string{"account", "аккаунт", "sip", "sip account"}},
	{"hours", []string{"hours", "часы", "график"}},
	{"roles", []string{"roles", "роли", "role", "роль"}},
	{"operator", []string{"operator", "оператор"}},
}

// PeopleImport is what a table of people would change in the viewer's draft. People who do not stand in it stay as they
// are, as does what it has no column for; an empty cell takes away what the person had there.
type PeopleImport struct {
	Added, Changed, Same int
	Changes              []string           // in words
	Mistakes             []document.Mistake // by line of the table; any: nothing can be taken
}

// LookAtPeople says what a table of people would change, and changes nothing.
func (a *API) LookAtPeople(ctx context.Context, v access.Viewer, table []byte) (PeopleImport, error) {
	x, _, err := a.readPeople(ctx, v, table)
	return x, err
}

// ImportPeople makes a table's changes in the viewer's draft.
func (a *API) ImportPeople(ctx context.Context, v access.Viewer, table []byte) (document.Draft, error) {
	x, changes, err := a.readPeople(ctx, v, table)
	switch {
	case err != nil:
		return document.Draft{}, err
	case len(x.Mistakes) > 0:
		return document.Draft{}, document.Refuse(cause.Errorf(cause.Invalid, "line %d of the table: %s", x.Mistakes[0].Line, x.Mistakes[0].Text), x.Mistakes)
	}
	return a.Documents.EditDraft(ctx, v, changes...)
}

func (a *API) readPeople(ctx context.Context, v access.Viewer, table []byte) (x PeopleImport, changes []configs.Change, err error) {
	if err := document.MayDraft(v); err != nil {
		return x, nil, err
	}
	d, err := a.Documents.Draft(ctx, v)
	if err != nil {
		return x, nil, err
	}
	if d.Company == nil {
		return x, nil, cause.Errorf(cause.Invalid, "your draft has mistakes: mend them before people are read into it: %s", d.Mistakes[0].Text)
	}
	t := &peopleTable{sheet: sheet{columns: peopleColumns}, company: d.Company, lines: map[fmc.EmployeeID]int{}}
	if err := t.take(table); err != nil {
		return x, nil, err
	}
	x = PeopleImport{Added: t.added, Changed: t.changed, Same: t.same, Mistakes: t.mistakes, Changes: []string{}}
	text, err := configs.EditCompany(d.Document, t.changes...)
	if err != nil {
		return x, nil, err
	}
	mistakes, err := a.Documents.CheckDocument(v, text)
	if err != nil {
		return x, nil, err
	}
	for _, m := range mistakes {
		x.Mistakes = append(x.Mistakes, t.ofTable(text, m))
	}
	if len(x.Mistakes) == 0 {
		x.Changes = configs.Difference(d.Document, text)
	}
	return x, t.changes, nil
}

// peopleTable is a table that is being read.
type peopleTable struct {
	sheet
	company              *fmc.Company
	lines                map[fmc.EmployeeID]int
	added, changed, same int
	changes              []configs.Change
}

// ofTable is a mistake of the document as one of the table, where it comes of a row.
func (t *peopleTable) ofTable(text string, m document.Mistake) document.Mistake {
	place := configs.PlaceAt(text, m.Line)
	if len(place) > 1 && place[0] == "employees" {
		m.Line = t.lines[fmc.EmployeeID(place[1])]
		return m
	}
	return document.Mistake{Text: fmt.Sprintf("line %d of the document: %s", m.Line, m.Text)}
}

// take reads the table. It must tell its people apart.
func (t *peopleTable) take(table []byte) error {
	err := t.read(table, func() error {
		if t.has("id") || t.has("name") {
			return nil
		}
		return cause.Errorf(cause.Invalid, "line 1 of the table names neither id nor name: the columns that are known are %s", t.known())
	}, t.row)
	if err == nil && t.head == nil {
		err = cause.Errorf(cause.Invalid, "the table is empty: its first line names the columns, such as id, name, extension, mobile")
	}
	return err
}

// row reads one person.
func (t *peopleTable) row(line int, cells map[string]string) {
	who, known := t.whose(cells)
	id := cmp.Or(fmc.EmployeeID(cells["id"]), who.ID)
	if id == "" {
		id = t.newID(cells["name"])
	}
	if other := t.lines[id]; other > 0 {
		t.wrong(line, "%s stands in line %d too: remove one", id, other)
		return
	}
	t.lines[id] = line
	if !known && cells["name"] == "" {
		t.wrong(line, "%s is new: write the name that is spoken", cmp.Or(string(id), "the person"))
		return
	}
	t.person(line, id, who, cells, known)
}

// whose finds the person of a row: by the id, else by extension or mobile.
func (t *peopleTable) whose(cells map[string]string) (fmc.Employee, bool) {
	id := fmc.EmployeeID(cells["id"])
	if id == "" {
		id = t.company.Extension(cells["extension"]).Employee
	}
	e, ok := t.company.Employee(id)
	if !ok && cells["id"] == "" {
		e, ok = t.company.Mobile(t.number(cells["mobile"]))
	}
	if !ok {
		return fmc.Employee{}, false
	}
	return *e, true
}

// person notes what a row changes of a person.
func (t *peopleTable) person(line int, id fmc.EmployeeID, was fmc.Employee, cells map[string]string, known bool) {
	before := len(t.changes)
	fresh := configs.Pairs{{Key: "id", Value: configs.Text(id)}}
	for _, c := range peopleColumns {
		cell, ok := cells[c.key]
		if !ok || c.key == "id" {
			continue
		}
		value, same := t.cell(line, c.key, cell, &was)
		switch {
		case same:
		case known && c.key == "account" && cell != "":
			t.changes = append(t.changes, configs.Change{Place: []string{"employees", string(id), "account", "sip"}, Value: configs.Text(cell)})
		case known:
			t.changes = append(t.changes, configs.Change{Place: []string{"employees", string(id), c.key}, Value: value})
		case value != nil:
			fresh = append(fresh, configs.Pair{Key: c.key, Value: value})
		}
	}
	switch {
	case !known:
		t.added++
		t.changes = append(t.changes, configs.Change{Place: []string{"employees", string(id)}, Value: fresh})
	case len(t.changes) > before:
		t.changed++
	default:
		t.same++
	}
}

// cell is what a cell says, and whether the person has it already. Nil: nothing any more.
func (t *peopleTable) cell(line int, key, cell string, was *fmc.Employee) (value configs.Value, same bool) {
	has := ""
	switch key {
	case "groups":
		var ids []string
		for _, name := range splitCell(cell) {
			ids = append(ids, t.group(line, name))
		}
		return texts(ids), slices.Equal(ids, names(was.Groups))
	case "roles":
		roles := splitCell(strings.ToLower(cell))
		return texts(roles), slices.Equal(roles, was.Roles)
	case "mobile":
		has, cell = mobileOf(was), t.number(cell)
	case "account":
		if has = accountOf(was); cell != "" {
			value = configs.Pairs{{Key: "sip", Value: configs.Text(cell)}}
		}
		return value, has == cell
	case "name":
		if has = was.Name; cell == "" {
			t.wrong(line, "the name is empty: write it")
		}
	case "extension":
		has = was.Extension
	case "mail":
		has = was.Mail
	case "hours":
		has = string(was.Hours)
	case "operator":
		has = was.Operator
	}
	if cell != "" {
		value = configs.Text(cell)
	}
	return value, has == cell
}

// texts is a list of texts; nil where it is empty.
func texts(all []string) configs.Value {
	if len(all) == 0 {
		return nil
	}
	var list configs.List
	for _, s := range all {
		list = append(list, configs.Text(s))
	}
	return list
}

func names[T ~string](ids []T) []string {
	var all []string
	for _, id := range ids {
		all = append(all, string(id))
	}
	return all
}

// splitCell takes apart a cell that holds several names.
func splitCell(cell string) []string {
	var all []string
	for _, s := range strings.FieldsFunc(cell, func(r rune) bool { return r == ',' || r == ';' || r == '|' || r == '\n' }) {
		if s = strings.TrimSpace(s); s != "" {
			all = append(all, s)
		}
	}
	return all
}

// group is the id of a group that a cell names by its id or its name.
func (t *peopleTable) group(line int, name string) string {
	for _, g := range t.company.Groups {
		if string(g.ID) == name || strings.EqualFold(g.Name, name) {
			return string(g.ID)
		}
	}
	t.wrong(line, "there is no group %q: make it first, or write one that is there: %s", name, strings.Join(groupNames(t.company), ", "))
	return name
}

func groupNames(c *fmc.Company) []string {
	var all []string
	for _, g := range c.Groups {
		all = append(all, string(g.ID))
	}
	return all
}

// number is a mobile's number as the document has it. Spreadsheets take the plus away: it is put back.
func (t *peopleTable) number(cell string) string {
	country := t.company.Profile.Country
	if e164 := fmc.Peer(cell, country); strings.HasPrefix(e164, "+") {
		return e164
	}
	if e164 := fmc.Peer("+"+cell, country); cell != "" && strings.HasPrefix(e164, "+") {
		return e164
	}
	return cell
}
