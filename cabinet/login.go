package cabinet

import (
	"context"
	"net/http"

	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// LoginIs says whether a person can sign in to the cabinet.
type LoginIs struct {
	Employee fmc.EmployeeID `json:"employee"`
	Set      bool           `json:"set"`
}

// setLogin sets by which password a person signs in: the first one on a new machine.
func (a *API) setLogin(r *http.Request) (any, error) {
	c, e, err := a.employeeIn(r)
	if err != nil {
		return nil, err
	}
	var p Password
	if err := read(r, &p); err != nil {
		return nil, err
	}
	if err := access.CheckPassword(c, e, p.Password); err != nil {
		return nil, err
	}
	if err := a.o.Store.For(c.Profile.ID).SetPassword(r.Context(), e.ID, p.Password); err != nil {
		return nil, err
	}
	a.o.Log.Info("password changed", "company", c.Profile.ID, "account", e.ID)
	return LoginIs{Employee: e.ID, Set: true}, nil
}

// removeLogin keeps a person out.
func (a *API) removeLogin(r *http.Request) (any, error) {
	c, e, err := a.employeeIn(r)
	if err != nil {
		return nil, err
	}
	if _, err := query(r); err != nil {
		return nil, err
	}
	if err := a.o.Store.For(c.Profile.ID).RemoveLogin(r.Context(), e.ID); err != nil {
		return nil, err
	}
	a.o.Log.Info("password removed", "company", c.Profile.ID, "account", e.ID)
	return LoginIs{Employee: e.ID}, nil
}

// inviteOne makes the link by which a person sets a password.
func (a *API) inviteOne(r *http.Request) (any, error) {
	c, e, err := a.employeeIn(r)
	if err != nil {
		return nil, err
	}
	if _, err := query(r); err != nil {
		return nil, err
	}
	return a.invited(r.Context(), c.Profile.ID, e.ID, machine)
}

// machine is how the command line on the node stands in the audit.
const machine = "machine"

func (a *API) invited(ctx context.Context, company fmc.CompanyID, employee fmc.EmployeeID, by string) (InvitedShown, error) {
	if a.o.Door == nil {
		return InvitedShown{}, cause.Errorf(cause.Unavailable, "this node has no cabinet in the web: write \"web: {listen: …, url: …}\" in roadline.yaml")
	}
	i, err := a.o.Door.Invite(ctx, company, employee, by)
	return InvitedShown{Employee: i.Employee, Link: i.Link, Expires: i.Expires.UTC(), Mailed: i.Mailed}, err
}
