package web

import (
	"net/url"
	"strconv"
	"time"

	"roadline/cabinet/access"
	"roadline/fmc/cause"
	"roadline/store"
)

var auditRoutes = []route{{pattern: "GET /audit", right: access.AuditRead, do: auditPage}}

var auditScreens = shows{"audit": auditView{}}

// auditView is who did what and who listened to what, the newest first. Who sees their own alone sees what they did and
// what was done to them.
type auditView struct {
	Who, What, Object, From, To string
	People, Deeds               []choice
	Own                         bool
	Rows                        []auditRow
	Next                        string // the next page; empty: this is the last
}

// auditRow is one entry.
type auditRow struct {
	At                moment
	Who, What, Object string
	Call              string // path of the call that it was done to; empty: none
	Address           string
	Detail            *deedDetail // nil: there is none
}

// auditPageRows is how many entries a page has.
const auditPageRows = 50

func auditPage(v *visit) (answer, error) {
	q := v.URL.Query()
	view := auditView{
		Who: q.Get("who"), What: q.Get("what"), Object: q.Get("object"), From: q.Get("from"), To: q.Get("to"),
		Own: v.viewer.Reach(access.AuditRead) < access.Company,
	}
	f := store.AuditFilter{Who: view.Who, What: view.What, Object: view.Object, Limit: auditPageRows + 1}
	if view.Own {
		f.Of = v.viewer.Employee
	}
	var err error
	if f.From, err = v.dayField(view.From, 0); err != nil {
		return nil, err
	}
	if f.To, err = v.dayField(view.To, 1); err != nil {
		return nil, err
	}
	f.Before, _ = strconv.ParseInt(q.Get("before"), 10, 64) // what is no number is the first page
	all, err := v.keep().AuditEntries(v.ctx(), f)
	if err != nil {
		return nil, err
	}
	if len(all) > auditPageRows {
		all = all[:auditPageRows]
		next := url.Values{}
		for _, name := range []string{"who", "what", "object", "from", "to"} {
			if value := q.Get(name); value != "" {
				next.Set(name, value)
			}
		}
		next.Set("before", strconv.FormatInt(all[auditPageRows-1].ID, 10))
		view.Next = "/audit?" + next.Encode()
	}
	for _, e := range all {
		view.Rows = append(view.Rows, auditRow{
			At: v.at(e.At), Who: v.doer(e.Who), What: v.deed(e.What), Object: v.object(e.What, e.Object), Call: v.callOf(e.What, e.Object),
			Address: e.Address, Detail: v.deedDetail(e.Before, e.After),
		})
	}
	view.Deeds = v.deedChoices(view.What)
	view.People = []choice{{"", v.say("audit.anybody")}, {"machine", v.say("audit.machine")}}
	for i := range v.company.Employees {
		view.People = append(view.People, choice{string(v.company.Employees[i].ID), v.company.Employees[i].Name})
	}
	return page{screen: "audit", title: v.say("audit.title"), view: view}, nil
}

// dayField is the beginning of a day that a filter names, or of the day so many later; zero: none is named.
func (v *visit) dayField(text string, later int) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	day, err := time.ParseInLocation(time.DateOnly, text, v.zone())
	if err != nil {
		return time.Time{}, cause.Errorf(cause.Invalid, "day %q: write it as 2026-11-29", text)
	}
	return day.AddDate(0, 0, later), nil
}
