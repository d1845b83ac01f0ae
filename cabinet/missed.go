package cabinet

import (
	"context"
	"net/http"
	"slices"
	"time"

	"roadline/fmc"
	"roadline/store"
)

// MissedPage is a page of clients who should be called back, newest first.
type MissedPage struct {
	Tasks []MissedShown `json:"tasks"`
	Next  string        `json:"next,omitempty"` // "after" of the next page; empty: this is the last
}

// MissedShown is a client whom nobody talked to.
type MissedShown struct {
	ID      fmc.CallID        `json:"id"`
	Client  string            `json:"client,omitempty"` // absent: hidden
	Group   fmc.GroupID       `json:"group,omitempty"`
	Owner   fmc.EmployeeID    `json:"owner,omitempty"` // who should call back; absent: anybody of the group
	First   time.Time         `json:"first"`           // when the client was lost first
	Last    time.Time         `json:"last"`
	Due     time.Time         `json:"due"`
	Late    bool              `json:"late,omitempty"` // it is open, and the deadline is over
	State   store.MissedState `json:"state"`
	Ended   *time.Time        `json:"ended,omitempty"`
	EndedBy string            `json:"ended_by,omitempty"`
	Why     string            `json:"why,omitempty"`
	Calls   []fmc.CallID      `json:"calls"` // in which the client was lost, or the call back was promised

	ClientName string     `json:"client_name,omitempty"` // who the client is, where somebody wrote it
	Promised   fmc.CallID `json:"promised,omitempty"`    // the call in which the owner promised to call back; absent: the client was lost
}

func (a *API) showMissed(m store.MissedTask) MissedShown {
	return MissedShown{
		ID: m.ID, Client: m.Client, Group: m.Group, Owner: m.Owner, First: m.First.UTC(), Last: m.Last.UTC(), Due: m.Due.UTC(),
		Late: m.State == store.MissedOpen && a.o.Now().After(m.Due), State: m.State, Ended: m.Ended, EndedBy: m.EndedBy, Why: m.Why, Calls: m.Calls, ClientName: m.Called, Promised: m.Promised,
	}
}

// missedStates are those that may be asked for.
var missedStates = []store.MissedState{store.MissedOpen, store.MissedDone, store.MissedClosed}

// missed returns a page of tasks.
func (a *API) missed(r *http.Request) (any, error) {
	c, err := a.companyOf(r)
	if err != nil {
		return nil, err
	}
	q, err := query(r, "from", "to", "state", "owner", "group", "client", "after", "limit")
	if err != nil {
		return nil, err
	}
	f := store.MissedFilter{State: store.MissedState(q.Get("state")), Owner: fmc.EmployeeID(q.Get("owner")), Group: fmc.GroupID(q.Get("group")), Client: q.Get("client")}
	if f.State != "" && !slices.Contains(missedStates, f.State) {
		return nil, noneOf("state", f.State, missedStates)
	}
	if f.From, f.To, err = a.fromTo(q, c.Profile.Zone); err != nil {
		return nil, err
	}
	at, id, err := afterIn(q)
	if err != nil {
		return nil, err
	}
	f.After = store.MissedMark{First: at, ID: fmc.CallID(id)}
	if f.Limit, err = limitIn(q); err != nil {
		return nil, err
	}
	return a.missedPage(r.Context(), c.Profile.ID, f)
}

// missedPage returns the page of tasks that a filter chooses.
func (a *API) missedPage(ctx context.Context, id fmc.CompanyID, f store.MissedFilter) (MissedPage, error) {
	all, next, err := pageOf(ctx, f.Limit, func(ctx context.Context, limit int) ([]store.MissedTask, error) {
		f.Limit = limit
		return a.o.Store.For(id).Missed(ctx, f)
	}, func(x store.MissedTask) string { return placeOf(x.Mark().First, string(x.Mark().ID)) })
	if err != nil {
		return MissedPage{}, err
	}
	page := MissedPage{Tasks: []MissedShown{}, Next: next}
	for _, m := range all {
		page.Tasks = append(page.Tasks, a.showMissed(m))
	}
	return page, nil
}

// CloseMissed closes a task by hand.
type CloseMissed struct {
	By  string `json:"by"`
	Why string `json:"why"`
}

// closeMissed closes a task, and returns it.
func (a *API) closeMissed(r *http.Request) (any, error) {
	id, task, err := taskIn(r)
	if err != nil {
		return nil, err
	}
	var x CloseMissed
	if err := read(r, &x); err != nil {
		return nil, err
	}
	if err := oneLine("by", "who closes it", x.By, mostAuthor); err != nil {
		return nil, err
	}
	return a.closeTask(r.Context(), id, task, x)
}

func (a *API) closeTask(ctx context.Context, id fmc.CompanyID, task fmc.CallID, x CloseMissed) (MissedShown, error) {
	if err := oneLine("why", "why nobody need call back", x.Why, mostReason); err != nil {
		return MissedShown{}, err
	}
	tenant := a.o.Store.For(id)
	if err := tenant.CloseMissed(ctx, task, x.By, x.Why); err != nil {
		return MissedShown{}, err
	}
	m, err := tenant.MissedTask(ctx, task)
	return a.showMissed(m), err
}

// TakeMissed gives a task to a person.
type TakeMissed struct {
	Owner fmc.EmployeeID `json:"owner"`
}

// takeMissed gives a task to a person, and returns it.
func (a *API) takeMissed(r *http.Request) (any, error) {
	id, task, err := taskIn(r)
	if err != nil {
		return nil, err
	}
	var x TakeMissed
	if err := read(r, &x); err != nil {
		return nil, err
	}
	if err := oneLine("owner", "who calls back, by their id", string(x.Owner), mostID); err != nil {
		return nil, err
	}
	return a.takeTask(r.Context(), id, task, x.Owner)
}

func (a *API) takeTask(ctx context.Context, id fmc.CompanyID, task fmc.CallID, owner fmc.EmployeeID) (MissedShown, error) {
	tenant := a.o.Store.For(id)
	if err := tenant.TakeMissed(ctx, task, owner); err != nil {
		return MissedShown{}, err
	}
	m, err := tenant.MissedTask(ctx, task)
	return a.showMissed(m), err
}

// taskIn takes company and task out of the path.
func taskIn(r *http.Request) (fmc.CompanyID, fmc.CallID, error) {
	id, err := companyIn(r)
	if err != nil {
		return "", "", err
	}
	task, err := idIn[fmc.CallID](r, "task")
	return id, task, err
}
