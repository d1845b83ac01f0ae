package cabinet

import (
	"context"
	"net/http"
	"time"

	"roadline/cabinet/access"
	"roadline/fmc/cause"
	"roadline/store"
)

const aboutClients = "Clients"

// ClientShown is who a number outside the company is.
type ClientShown struct {
	Number string    `json:"number"` // E.164
	Name   string    `json:"name,omitempty"`
	Firm   string    `json:"firm,omitempty"`
	At     time.Time `json:"at"` // when it was written last
	By     string    `json:"by"`
}

func showClient(c store.Client) ClientShown {
	return ClientShown{Number: c.Number, Name: c.Name, Firm: c.Firm, At: c.At.UTC(), By: c.Author}
}

// ClientsPage is a page of clients, by number.
type ClientsPage struct {
	Clients []ClientShown `json:"clients"`
	Next    string        `json:"next,omitempty"` // "after" of the next page; empty: this is the last
}

// clientsIn chooses clients.
type clientsIn struct {
	PageIn
	Text string `query:"q" maxLength:"200" doc:"A part of the name, of the firm or of the number."`
}

// ClientPath names a client.
type ClientPath struct {
	Number string `path:"number" maxLength:"40" example:"+79161234567" doc:"The client's number."`
}

// clientNameIn says who a client is.
type clientNameIn struct {
	ClientPath
	Body struct {
		Name string `json:"name,omitempty" maxLength:"200" example:"Petrov" doc:"Of the person."`
		Firm string `json:"firm,omitempty" maxLength:"200" example:"Romashka LLC" doc:"Where they work. One of the two must be written."`
	}
}

// ClientTable is a table of clients.
type ClientTable struct {
	Table string `json:"table" example:"number;name;firm" doc:"CSV in UTF-8 with semicolons, commas or tabs. The first line names the columns, of number, name and firm."`
}

// clientsCheckIn is a table that is looked at.
type clientsCheckIn struct{ Body ClientTable }

// clientsImportIn is one that is taken.
type clientsImportIn struct {
	Body struct {
		ClientTable
		Stamp string `json:"stamp" maxLength:"64" doc:"Of the changes, as POST /clients/check told it."`
	}
}

func addClients(p *Public) {
	add(p, operation{
		method: http.MethodGet, path: "/clients", id: "clients.list", about: aboutClients, right: access.ClientsRead, least: access.Company,
		summary: "List the clients who have a name", more: "By number.",
	}, p.listClients)
	add(p, operation{
		method: http.MethodPost, path: "/clients/check", id: "clients.check", about: aboutClients, right: access.ClientsChange, least: access.Company, changes: true, most: mostBody,
		summary: "Look at a table of clients", more: "What taking it would change. Nothing is changed.",
	}, p.checkClients)
	add(p, operation{
		method: http.MethodPut, path: "/clients", id: "clients.import", about: aboutClients, right: access.ClientsChange, least: access.Company, most: mostBody,
		summary: "Take a table of clients", more: "All of it or nothing, with the stamp that a look at it gave: 409 where it would change something else by now.",
	}, p.importClients)
	add(p, operation{
		method: http.MethodGet, path: "/clients/{number}", id: "clients.show", about: aboutClients, right: access.ClientsRead,
		summary: "Tell who a number is", more: "Who sees their own calls alone is told of the clients of those.",
	}, p.showClient)
	add(p, operation{
		method: http.MethodPut, path: "/clients/{number}", id: "clients.change", about: aboutClients, right: access.ClientsChange,
		summary: "Say who a number is", more: "The name is shown to the whole company, wherever the number is.",
	}, p.nameClient)
	add(p, operation{
		method: http.MethodDelete, path: "/clients/{number}", id: "clients.forget", about: aboutClients, right: access.ClientsChange,
		summary: "Take the name off a number",
	}, p.forgetClient)
}

func (p *Public) listClients(ctx context.Context, who asker, in *clientsIn) (ClientsPage, error) {
	f := store.ClientFilter{Text: in.Text, After: in.After}
	all, next, err := pageOf(ctx, in.Limit, func(ctx context.Context, limit int) ([]store.Client, error) {
		f.Limit = limit
		return p.api.o.Store.For(who.Company).Clients(ctx, f)
	}, func(c store.Client) string { return c.Number })
	page := ClientsPage{Clients: []ClientShown{}, Next: next}
	for _, c := range all {
		page.Clients = append(page.Clients, showClient(c))
	}
	return page, err
}

func (p *Public) checkClients(ctx context.Context, who asker, in *clientsCheckIn) (ClientsImport, error) {
	return p.api.LookAtClients(ctx, who.Viewer, []byte(in.Body.Table))
}

func (p *Public) importClients(ctx context.Context, who asker, in *clientsImportIn) (ClientsImport, error) {
	return p.api.ImportClients(ctx, who.Viewer, []byte(in.Body.Table), in.Body.Stamp)
}

func (p *Public) showClient(ctx context.Context, who asker, in *ClientPath) (ClientShown, error) {
	c, err := p.api.Client(ctx, who.Viewer, in.Number)
	if err == nil && c.Called() == "" {
		err = cause.Errorf(cause.NotFound, "nobody wrote who %s is", c.Number)
	}
	return showClient(c), err
}

func (p *Public) nameClient(ctx context.Context, who asker, in *clientNameIn) (ClientShown, error) {
	if in.Body.Name == "" && in.Body.Firm == "" {
		return ClientShown{}, cause.Errorf(cause.Invalid, "name, firm: write one of the two; to take the name off the number, delete it")
	}
	c, err := p.api.NameClient(ctx, who.Viewer, in.Number, in.Body.Name, in.Body.Firm)
	return showClient(c), err
}

func (p *Public) forgetClient(ctx context.Context, who asker, in *ClientPath) (Done, error) {
	_, err := p.api.NameClient(ctx, who.Viewer, in.Number, "", "")
	return Done{err == nil}, err
}
