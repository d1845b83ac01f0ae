package cabinet

import (
	"cmp"
	"context"
	"net/http"

	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

const aboutMissed = "Missed calls"

// missedIn chooses clients who should be called back.
type missedIn struct {
	PageIn
	SpanIn
	State  store.MissedState `query:"state" enum:"open,done,closed"`
	Owner  fmc.EmployeeID    `query:"owner" maxLength:"128" doc:"Who should call back."`
	Group  fmc.GroupID       `query:"group" maxLength:"128"`
	Client string            `query:"client" maxLength:"40" doc:"E.164, or its beginning."`
}

// TaskPath names a client who should be called back.
type TaskPath struct {
	Task fmc.CallID `path:"task" maxLength:"128" doc:"The id of the call that was missed first."`
}

func addMissed(p *Public) {
	add(p, operation{
		method: http.MethodGet, path: "/missed", id: "missed.list", about: aboutMissed, right: access.MissedWork,
		summary: "List the clients who should be called back", more: "One entry for a client, however often they called; it is done when anybody talks with them.",
	}, p.listMissed)
	add(p, operation{
		method: http.MethodPost, path: "/missed/{task}/take", id: "missed.take", about: aboutMissed, right: access.MissedWork,
		summary: "Take a client to call back", more: "Whose reach is wider than their own may give it to somebody else.",
	}, p.takeMissed)
	add(p, operation{
		method: http.MethodPost, path: "/missed/{task}/close", id: "missed.close", about: aboutMissed, right: access.MissedWork,
		summary: "Say that nobody need call back", more: "With the reason.",
	}, p.closeMissed)
}

func (p *Public) listMissed(ctx context.Context, who asker, in *missedIn) (MissedPage, error) {
	f := store.MissedFilter{State: in.State, Owner: in.Owner, Group: in.Group, Client: in.Client, Limit: in.Limit, Within: within(who.Viewer, access.MissedWork)}
	var err error
	if f.From, f.To, err = p.api.times(in.SpanIn, who.company); err != nil {
		return MissedPage{}, err
	}
	at, id, err := placeIn(in.After)
	if err != nil {
		return MissedPage{}, err
	}
	f.After = store.MissedMark{First: at, ID: fmc.CallID(id)}
	return p.api.missedPage(ctx, who.Company, f)
}

// lost refuses a task that the viewer's right does not reach, as one that never was.
func (p *Public) lost(ctx context.Context, who asker, id fmc.CallID) error {
	m, err := p.api.o.Store.For(who.Company).MissedTask(ctx, id)
	if err == nil && !who.Sees(access.MissedWork, m.Owner, m.Group) {
		err = cause.Errorf(cause.NotFound, "there is no task %s", id)
	}
	return err
}

// takeIn gives a task to somebody.
type takeIn struct {
	TaskPath
	Body struct {
		Owner fmc.EmployeeID `json:"owner,omitempty" maxLength:"128" doc:"Who calls back; left out: you."`
	}
}

func (p *Public) takeMissed(ctx context.Context, who asker, in *takeIn) (MissedShown, error) {
	if err := p.lost(ctx, who, in.Task); err != nil {
		return MissedShown{}, err
	}
	owner := cmp.Or(in.Body.Owner, who.Employee)
	switch {
	case owner == "":
		return MissedShown{}, cause.Errorf(cause.Invalid, "owner: write who calls back: a service does not")
	case !who.Sees(access.MissedWork, owner, ""):
		return MissedShown{}, who.Need(access.MissedWork, access.Company)
	}
	store.Auditing(ctx).After = map[string]any{"owner": owner}
	return p.api.takeTask(ctx, who.Company, in.Task, owner)
}

// closeIn closes a task.
type closeIn struct {
	TaskPath
	Body struct {
		Why string `json:"why" minLength:"1" maxLength:"2000" doc:"Why nobody need call back."`
	}
}

func (p *Public) closeMissed(ctx context.Context, who asker, in *closeIn) (MissedShown, error) {
	if err := p.lost(ctx, who, in.Task); err != nil {
		return MissedShown{}, err
	}
	store.Auditing(ctx).After = in.Body
	return p.api.closeTask(ctx, who.Company, in.Task, CloseMissed{By: who.By(), Why: in.Body.Why})
}
