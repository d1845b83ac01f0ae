package web

import (
	"errors"
	"net/url"
	"strings"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

var clientRoutes = []route{
	{pattern: "GET /clients", right: access.ClientsRead, do: clients},
	{pattern: "GET /clients/+import", right: access.ClientsChange, do: clientsTable},
	{pattern: "POST /clients/+import", right: access.ClientsChange, do: importClients},
	{pattern: "GET /clients/{number}", right: access.ClientsRead, do: client},
	{pattern: "POST /clients/{number}", right: access.ClientsChange, do: nameClient},
}

var clientScreens = shows{"clients": clientsView{}, "client": clientView{}, "clients-import": clientsTableView{}}

// clientsView is the address book.
type clientsView struct {
	Search  string
	Imports bool // the visitor may read a table into it
	Rows    []clientRow
	First   string // address of the first page; empty: this is it
	Next    string // of the next page; empty: this is the last
}

// clientRow is a client in the address book.
type clientRow struct{ Path, Called, Number string }

// clientsShown is how long a page of the address book is.
const clientsShown = 50

// mostSearch is how long a text that is searched for may be, in bytes.
const mostSearch = 200

func clients(v *visit) (answer, error) {
	if v.viewer.Reach(access.ClientsRead) < access.Company { // who knows their own clients finds them in their calls
		return redirect{to: "/calls"}, nil
	}
	q := v.URL.Query()
	view := clientsView{Search: strings.TrimSpace(q.Get("q")), Imports: v.readsTables()}
	if len(view.Search) > mostSearch || len(q.Get("after")) > mostSearch {
		return nil, v.problem(cause.Invalid, "clients.long")
	}
	all, err := v.keep().Clients(v.ctx(), store.ClientFilter{Text: view.Search, After: q.Get("after"), Limit: clientsShown + 1})
	if err != nil {
		return nil, err
	}
	if len(all) > clientsShown {
		all = all[:clientsShown]
		view.Next = address("/clients", q, "after", all[clientsShown-1].Number)
	}
	if q.Get("after") != "" {
		view.First = address("/clients", q, "after", "")
	}
	for _, c := range all {
		view.Rows = append(view.Rows, clientRow{clientPath(c.Number), c.Called(), v.phone(callerid.Number{E164: c.Number})})
	}
	return page{screen: "clients", title: v.say("clients.title"), view: view}, nil
}

// clientPath is the page of a client.
func clientPath(number string) string { return "/clients/" + url.PathEscape(number) }

// clientCalled is how a client is called where there is room for one thing: by name, else by number.
func (v *visit) clientCalled(called, number string) string {
	if called != "" {
		return called
	}
	return v.written(number)
}

// clientView is one client: who it is, who is to call back, and the calls that the visitor sees.
type clientView struct {
	Number  string // E.164
	Written string
	Called  string // empty: nobody wrote it
	Name    string
	Firm    string
	Wrong   string // what is wrong with them; empty: nothing
	Changes bool
	By      string // who wrote it; empty: nobody
	At      moment
	Dials   bool
	Tasks   []missedTask
	Lines   []callLine
	All     string // address of all calls
}

// clientCalls is how many calls a client's page shows.
const clientCalls = 20

func client(v *visit) (answer, error) {
	c, err := v.site.o.API.Client(v.ctx(), v.viewer, v.PathValue("number"))
	if err != nil {
		return nil, err
	}
	return v.clientPage(c, "")
}

// clientPage shows a client, with what is wrong with the name that was written.
func (v *visit) clientPage(c store.Client, wrong string) (answer, error) {
	view := clientView{
		Number: c.Number, Written: v.phone(callerid.Number{E164: c.Number}), Called: c.Called(), Name: c.Name, Firm: c.Firm, Wrong: wrong,
		Changes: v.viewer.May(access.ClientsChange), Dials: v.viewer.May(access.CallsMake) && v.hasPhone(), All: address("/calls", url.Values{}, "client", c.Number),
	}
	if c.Author != "" {
		view.By, view.At = v.personName(fmc.EmployeeID(c.Author)), v.at(c.At)
	}
	if v.viewer.May(access.CallsRead) {
		lines, err := v.keep().Calls(v.ctx(), store.CallFilter{Client: c.Number, Whole: true, Within: cabinet.Within(v.viewer, access.CallsRead), Limit: clientCalls})
		if err != nil {
			return nil, err
		}
		if view.Lines, err = v.callLines(lines); err != nil {
			return nil, err
		}
	}
	if v.viewer.May(access.MissedWork) {
		tasks, err := v.keep().Missed(v.ctx(), store.MissedFilter{State: store.MissedOpen, Client: c.Number, Whole: true, Within: cabinet.Within(v.viewer, access.MissedWork)})
		if err != nil {
			return nil, err
		}
		for _, t := range tasks {
			view.Tasks = append(view.Tasks, v.missedTask(t))
		}
	}
	p := page{screen: "client", title: v.clientCalled(view.Called, c.Number), view: view}
	if wrong != "" {
		p.status = again
	}
	return p, nil
}

// nameClient writes who a client is.
func nameClient(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	c, err := v.site.o.API.NameClient(v.ctx(), v.viewer, v.PathValue("number"), f.Value("name"), f.Value("firm"))
	if errors.Is(err, cause.Invalid) {
		return v.clientPage(c, v.say("clients.wrong"))
	}
	if err != nil {
		return nil, err
	}
	said := v.say("clients.kept")
	if c.Called() == "" {
		said = v.say("clients.forgotten")
	}
	return redirect{clientPath(c.Number), notice{Text: said}}, nil
}
