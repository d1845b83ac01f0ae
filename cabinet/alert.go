package cabinet

import (
	"context"
	"net/http"
	"slices"
	"time"

	"roadline/fmc"
	"roadline/store"
)

// AlertsShown is a page of what somebody of the company should look at, newest first.
type AlertsShown struct {
	Alerts []AlertShown `json:"alerts"`
	Next   string       `json:"next,omitempty"` // "after" of the next page; empty: this is the last
}

// AlertShown is one alert.
type AlertShown struct {
	Call     fmc.CallID     `json:"call"`
	N        int            `json:"n"` // its place in the call, from 0
	At       time.Time      `json:"at"`
	Kind     string         `json:"kind"`
	Employee fmc.EmployeeID `json:"employee,omitempty"`
	About    string         `json:"about,omitempty"` // a number
	Text     string         `json:"text"`
	Told     bool           `json:"told,omitempty"` // the person is told too
}

// alerts returns a page of alerts.
func (a *API) alerts(r *http.Request) (any, error) {
	c, err := a.companyOf(r)
	if err != nil {
		return nil, err
	}
	q, err := query(r, "from", "to", "kind", "employee", "after", "limit")
	if err != nil {
		return nil, err
	}
	f := store.AlertFilter{Kind: q.Get("kind"), Employee: fmc.EmployeeID(q.Get("employee"))}
	if f.From, f.To, err = a.fromTo(q, c.Profile.Zone); err != nil {
		return nil, err
	}
	if f.After, err = itemAfter(q); err != nil {
		return nil, err
	}
	if f.Limit, err = limitIn(q); err != nil {
		return nil, err
	}
	return a.alertsPage(r.Context(), c.Profile.ID, f)
}

// AlertKinds are the kinds of alert that there are.
var AlertKinds = []string{"first_use", "pin_wrong", "pin_locked", "cap", "destination", "emergency", "call_back"}

// alertsPage returns the page of alerts that a filter chooses.
func (a *API) alertsPage(ctx context.Context, id fmc.CompanyID, f store.AlertFilter) (AlertsShown, error) {
	if f.Kind != "" && !slices.Contains(AlertKinds, f.Kind) {
		return AlertsShown{}, noneOf("kind", f.Kind, AlertKinds)
	}
	all, next, err := pageOf(ctx, f.Limit, func(ctx context.Context, limit int) ([]store.Alert, error) {
		f.Limit = limit
		return a.o.Store.For(id).Alerts(ctx, f)
	}, func(x store.Alert) string { return itemPlace(x.Mark()) })
	if err != nil {
		return AlertsShown{}, err
	}
	page := AlertsShown{Alerts: []AlertShown{}, Next: next}
	for _, x := range all {
		page.Alerts = append(page.Alerts, AlertShown{Call: x.Call, N: x.N, At: x.At.UTC(), Kind: x.Kind, Employee: x.Employee, About: x.About, Text: x.Text, Told: x.Person})
	}
	return page, nil
}
