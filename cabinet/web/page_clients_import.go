package web

import (
	"errors"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/fmc/cause"
)

// clientsTableView is a table of clients before it is taken: first what it would change.
type clientsTableView struct {
	Table   string
	Look    *cabinet.ClientsImport // nil: nothing was looked at
	More    int                    // changes that are not shown one by one
	Refused string
}

// readsTables reports whether the visitor may name all clients: who knows their own names them one by one.
func (v *visit) readsTables() bool { return v.viewer.Reach(access.ClientsChange) == access.Company }

func clientsTable(v *visit) (answer, error) {
	if !v.readsTables() {
		return redirect{to: "/calls"}, nil
	}
	return page{screen: "clients-import", title: v.say("clients.import"), view: clientsTableView{}}, nil
}

// importClients shows what a table would change, and takes it with the stamp of what was shown.
func importClients(v *visit) (answer, error) {
	if !v.readsTables() {
		return redirect{to: "/calls"}, nil
	}
	var view clientsTableView
	var err error
	if view.Table, err = v.sentTable(); err != nil {
		return nil, err
	}
	if stamp := v.FormValue("stamp"); stamp != "" {
		_, err := v.site.o.API.ImportClients(v.ctx(), v.viewer, []byte(view.Table), stamp)
		switch {
		case err == nil:
			return redirect{to: "/clients", said: notice{Text: v.say("clients.import-taken")}}, nil
		case errors.Is(err, cause.Conflict):
			view.Refused = v.said(err.Error())
		case !errors.Is(err, cause.Invalid):
			return nil, err
		}
	}
	look, err := v.site.o.API.LookAtClients(v.ctx(), v.viewer, []byte(view.Table))
	switch {
	case errors.Is(err, cause.Invalid):
		view.Refused = v.said(err.Error())
	case err != nil:
		return nil, err
	default:
		view.Look, view.More = &look, look.Added+look.Changed+look.Forgotten-len(look.Changes)
	}
	p := page{screen: "clients-import", title: v.say("clients.import"), view: view}
	if view.Refused != "" || len(look.Mistakes) > 0 {
		p.status = again
	}
	return p, nil
}
