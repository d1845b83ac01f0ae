package cabinet

import (
	"context"
	"net/http"

	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/store"
)

// alertsIn chooses alerts.
type alertsIn struct {
	PageIn
	SpanIn
	Kind     string         `query:"kind" maxLength:"40"`
	Employee fmc.EmployeeID `query:"employee" maxLength:"128" doc:"Whom they are about."`
}

func addAlerts(p *Public) {
	add(p, operation{
		method: http.MethodGet, path: "/alerts", id: "alerts.list", about: "Alerts", right: access.AlertsRead, least: access.Company,
		summary: "List what somebody should look at", more: "Newest first.",
	}, p.listAlerts)
}

func (p *Public) listAlerts(ctx context.Context, who asker, in *alertsIn) (AlertsShown, error) {
	f := store.AlertFilter{Kind: in.Kind, Employee: in.Employee, Limit: in.Limit}
	var err error
	if f.From, f.To, err = p.api.times(in.SpanIn, who.company); err != nil {
		return AlertsShown{}, err
	}
	if f.After, err = itemIn(in.After); err != nil {
		return AlertsShown{}, err
	}
	return p.api.alertsPage(ctx, who.Company, f)
}
