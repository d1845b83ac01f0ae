package cabinet

import (
	"context"
	"time"

	"roadline/cabinet/access"
	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// CallOwn begins a call that the viewer wants: their own phone rings, and when they took it, whom they want to speak to.
// Show is the number that is to be seen; empty: as the company's rules say.
func (a *API) CallOwn(ctx context.Context, v access.Viewer, to, show string) (Made, error) {
	c, e, err := a.self(v, access.CallsMake)
	if err != nil {
		return Made{}, err
	}
	made, err := a.begin(c, Make{Employee: e.ID, To: to, Show: show})
	if err != nil {
		return Made{}, err
	}
	entry := access.Entry(ctx, "calls.make", string(made.Call))
	entry.After = made
	return made, a.o.Store.For(v.Company).Audit(ctx, entry)
}

// OwnCall returns a call that the viewer wanted and that goes on; false where it does not, or is not theirs.
func (a *API) OwnCall(v access.Viewer, id fmc.CallID) (call.Call, bool) {
	for _, c := range a.o.Calls.Calls() {
		if c.ID == id && wantedBy(v)(c) {
			return c, true
		}
	}
	return call.Call{}, false
}

// CancelOwn ends a call that the viewer wanted.
func (a *API) CancelOwn(v access.Viewer, id fmc.CallID) error {
	_, err := a.tell(v.Company, id, Wish{Kind: "hang-up"}, wantedBy(v))
	return err
}

// wantedBy chooses the calls that a person wanted.
func wantedBy(v access.Viewer) func(call.Call) bool {
	return func(c call.Call) bool {
		return c.Company == v.Company && v.Employee != "" && c.Request.Employee == v.Employee && c.Request.Direction == fmc.Outbound
	}
}

// OwnNumber is the number that the viewer's calls show to clients on trunks; zero where none is proved. A call that goes by
// a SIM shows that card's.
func (a *API) OwnNumber(v access.Viewer) callerid.Number {
	c, e, err := a.self(v, access.SelfChange)
	if err != nil {
		return callerid.Number{}
	}
	return plan.Identity(c, e, a.o.Now())
}

// OwnChoices are the numbers that the viewer may choose to be seen in a call, in the order of the rules that allow them.
func (a *API) OwnChoices(v access.Viewer) []callerid.Number {
	c, e, err := a.self(v, access.SelfChange)
	if err != nil {
		return nil
	}
	return plan.Choices(c, e, a.o.Now())
}

// OwnMode sets how the viewer is rung.
func (a *API) OwnMode(v access.Viewer, m Mode) (ModeShown, error) {
	c, e, err := a.self(v, access.SelfChange)
	if err != nil {
		return ModeShown{}, err
	}
	return a.SetMode(c, e, m, v.By())
}

// OwnPIN sets the viewer's PIN.
func (a *API) OwnPIN(ctx context.Context, v access.Viewer, p PIN) error {
	c, e, err := a.self(v, access.SelfChange)
	if err == nil {
		_, err = a.keepPIN(ctx, c, e, p)
	}
	return err
}

// OwnPINSet says since when the viewer has a PIN; false where they have none.
func (a *API) OwnPINSet(ctx context.Context, v access.Viewer) (since time.Time, ok bool, err error) {
	at, err := a.o.Store.For(v.Company).PINSetAt(ctx)
	since, ok = at[v.Employee]
	return since, ok, err
}

// self is the viewer as a person of the company, who has a right of their own.
func (a *API) self(v access.Viewer, right access.Right) (*fmc.Company, *fmc.Employee, error) {
	if err := v.Need(right, access.Own); err != nil {
		return nil, nil, err
	}
	c, ok := a.o.Directory.Company(v.Company)
	if !ok {
		return nil, nil, cause.Errorf(cause.NotFound, "there is no company %q on this node", v.Company)
	}
	e, ok := c.Employee(v.Employee)
	if !ok {
		return nil, nil, cause.Errorf(cause.Denied, "only a person may do that: sign in as one")
	}
	return c, e, nil
}
