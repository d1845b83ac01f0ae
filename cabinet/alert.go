package cabinet

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
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
	wanted, err := limitIn(q)
	if err != nil {
		return nil, err
	}
	f.Limit = wanted + 1 // one more tells whether there is a next page
	all, err := a.o.Store.For(c.Profile.ID).Alerts(r.Context(), f)
	if err != nil {
		return nil, err
	}
	page := AlertsShown{Alerts: []AlertShown{}}
	if len(all) > wanted {
		all = all[:wanted]
		page.Next = itemNext(all[wanted-1].Mark())
	}
	for _, x := range all {
		page.Alerts = append(page.Alerts, AlertShown{Call: x.Call, N: x.N, At: x.At.UTC(), Kind: x.Kind, Employee: x.Employee, About: x.About, Text: x.Text, Told: x.Person})
	}
	return page, nil
}

// itemNext writes the place of something that happened in a call, for "after".
func itemNext(m store.ItemMark) string {
	return m.At.UTC().Format(time.RFC3339Nano) + "," + string(m.Call) + "," + strconv.Itoa(m.N)
}

// itemAfter reads what itemNext wrote.
func itemAfter(q url.Values) (store.ItemMark, error) {
	at, rest, err := afterIn(q)
	if err != nil || rest == "" {
		return store.ItemMark{}, err
	}
	id, place, _ := strings.Cut(rest, ",")
	n, err := strconv.ParseInt(place, 10, 32)
	if err != nil {
		return store.ItemMark{}, cause.Errorf(cause.Invalid, "after %q: take it from \"next\" of the page before", q.Get("after"))
	}
	return store.ItemMark{At: at, Call: fmc.CallID(id), N: int(n)}, nil
}
