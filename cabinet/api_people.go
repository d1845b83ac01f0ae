package cabinet

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

const (
	aboutPeople   = "People"
	aboutSelf     = "You"
	aboutAccounts = "SIP accounts"
)

// PersonPath names a person.
type PersonPath struct {
	Employee fmc.EmployeeID `path:"employee" maxLength:"128"`
}

func addSelf(p *Public) {
	add(p, operation{
		method: http.MethodGet, path: "/me", id: "self.show", about: aboutSelf,
		summary: "Say who you are", more: "Your company, your roles, and how far each of your rights reaches.",
	}, p.showSelf)
}

func addPeople(p *Public) {
	add(p, operation{
		method: http.MethodGet, path: "/people", id: "people.list", about: aboutPeople, right: access.PeopleRead, least: access.Company,
		summary: "List the people of the company", more: "How they sign in is told to whoever may change it.",
	}, p.listPeople)
	addWhole(p, operation{
		method: http.MethodPost, path: "/people/{employee}/invitation", id: "people.invite", about: aboutPeople, right: access.PeopleChange, least: access.Company,
		summary: "Invite a person", more: "Makes the link by which the person sets a password, mails it where they have a mail, and tells it this once. Links made before are worth nothing then.",
	}, p.invite)
	add(p, operation{
		method: http.MethodDelete, path: "/people/{employee}/login", id: "people.shut-out", about: aboutPeople, right: access.PeopleChange, least: access.Company,
		summary: "Keep a person out", more: "The password, the sessions, the invitations, the personal tokens and the person's links to recordings are gone; an invitation lets the person in again.",
	}, p.shutOut)
	add(p, operation{
		method: http.MethodDelete, path: "/people/{employee}/codes", id: "people.end-codes", about: aboutPeople, right: access.PeopleChange, least: access.Company,
		summary: "Ask a person for no one-time codes", more: "For who lost the device that makes them, and the recovery codes.",
	}, p.endCodes)
	add(p, operation{
		method: http.MethodPut, path: "/people/{employee}/pin", id: "pin.set", about: aboutPeople, right: access.SelfChange,
		summary: "Set a PIN", more: "By which a person proves from a mobile that it is they. One's own; anybody's with people.change.",
	}, p.setPIN)
	add(p, operation{
		method: http.MethodDelete, path: "/people/{employee}/pin", id: "pin.remove", about: aboutPeople, right: access.SelfChange,
		summary: "Take a PIN away", more: "One's own; anybody's with people.change.",
	}, p.removePIN)
	add(p, operation{
		method: http.MethodPut, path: "/people/{employee}/mode", id: "mode.set", about: aboutPeople, right: access.SelfChange,
		summary: "Say how a person wishes to be rung", more: "On, on the mobile alone, or not at all, and until when. One's own; anybody's with people.change.",
	}, p.setMode)
	add(p, operation{
		method: http.MethodGet, path: "/people/{employee}/sessions", id: "sessions.list", about: aboutPeople, right: access.SelfChange,
		summary: "List a person's sessions", more: "One's own; anybody's with people.change.",
	}, p.listSessions)
	add(p, operation{
		method: http.MethodDelete, path: "/people/{employee}/sessions/{session}", id: "sessions.end", about: aboutPeople, right: access.SelfChange,
		summary: "End a session", more: "One's own; anybody's with people.change.",
	}, p.endSession)
}

// SelfShown is whoever asks.
type SelfShown struct {
	Company  fmc.CompanyID           `json:"company"`
	Employee fmc.EmployeeID          `json:"employee,omitempty"` // absent: a service
	Name     string                  `json:"name"`
	Roles    []access.Role           `json:"roles"`
	Heads    []fmc.GroupID           `json:"heads"`           // groups of which the person is the head
	Token    string                  `json:"token,omitempty"` // id of the token that was shown
	Rights   map[access.Right]string `json:"rights"`          // how far each reaches
}

func (p *Public) showSelf(_ context.Context, who asker, _ *struct{}) (SelfShown, error) {
	shown := SelfShown{
		Company: who.Company, Employee: who.Employee, Name: who.Name, Roles: append([]access.Role{}, who.Roles...), Heads: append([]fmc.GroupID{}, who.Heads...),
		Rights: map[access.Right]string{},
	}
	if who.Token != nil {
		shown.Token = who.Token.ID
	}
	for _, r := range access.Rights() {
		if reach := who.Reach(r); reach > access.None {
			shown.Rights[r] = reach.String()
		}
	}
	return shown, nil
}

// PersonShown is a person in a list.
type PersonShown struct {
	ID        fmc.EmployeeID `json:"id"`
	Name      string         `json:"name"`
	Extension string         `json:"extension,omitempty"`
	Groups    []fmc.GroupID  `json:"groups"`
	Access    *AccessShown   `json:"access,omitempty"` // for whoever may change it
}

// AccessShown is how a person signs in.
type AccessShown struct {
	Roles    []access.Role `json:"roles"`
	Password *time.Time    `json:"password,omitempty"` // when it was set; absent: the person cannot sign in
	Codes    *time.Time    `json:"codes,omitempty"`    // since when one-time codes are asked for
	Invited  *time.Time    `json:"invited,omitempty"`  // until when an invitation is good
	PIN      *time.Time    `json:"pin,omitempty"`      // when it was set
}

func (p *Public) listPeople(ctx context.Context, who asker, _ *struct{}) ([]PersonShown, error) {
	shown := []PersonShown{}
	for i := range who.company.Employees {
		e := &who.company.Employees[i]
		shown = append(shown, PersonShown{ID: e.ID, Name: e.Name, Extension: e.Extension, Groups: append([]fmc.GroupID{}, e.Groups...)})
	}
	if who.Reach(access.PeopleChange) < access.Company {
		return shown, nil
	}
	return shown, p.withAccess(ctx, who, shown)
}

// withAccess adds how people sign in.
func (p *Public) withAccess(ctx context.Context, who asker, people []PersonShown) error {
	tenant := p.api.o.Store.For(who.Company)
	logins, err := tenant.Logins(ctx)
	if err != nil {
		return err
	}
	invited, err := tenant.Invited(ctx)
	if err != nil {
		return err
	}
	pins, err := tenant.PINSetAt(ctx)
	if err != nil {
		return err
	}
	for i := range people {
		id := people[i].ID
		v, _ := access.ViewerOf(who.company, id)
		x := AccessShown{Roles: v.Roles}
		if l, ok := logins[id]; ok {
			x.Password, x.Codes = &l.Password, l.Codes
		}
		for from, into := range map[*map[fmc.EmployeeID]time.Time]**time.Time{&invited: &x.Invited, &pins: &x.PIN} {
			if at, ok := (*from)[id]; ok {
				*into = &at
			}
		}
		people[i].Access = &x
	}
	return nil
}

// person returns a person of the company whom the viewer may change: themselves, or with people.change anybody.
func (w asker) person(id fmc.EmployeeID) (*fmc.Employee, error) {
	if id != w.Employee || id == "" {
		if err := w.Need(access.PeopleChange, access.Company); err != nil {
			return nil, err
		}
	}
	e, ok := w.company.Employee(id)
	if !ok {
		return nil, cause.Errorf(cause.NotFound, "there is no person %q in the company", id)
	}
	return e, nil
}

// InvitedShown is an invitation.
type InvitedShown struct {
	Employee fmc.EmployeeID `json:"employee"`
	Link     string         `json:"link"` // told once
	Expires  time.Time      `json:"expires"`
	Mailed   bool           `json:"mailed"`
}

func (p *Public) invite(ctx context.Context, who asker, in *PersonPath) (*secretOut[InvitedShown], error) {
	i, err := p.api.invited(ctx, who.Company, in.Employee, who.By())
	return secret(i), err
}

func (p *Public) shutOut(ctx context.Context, who asker, in *PersonPath) (Done, error) {
	if in.Employee == who.Employee {
		return Done{}, cause.Errorf(cause.Conflict, "nobody keeps themselves out: another administrator does")
	}
	err := p.api.o.Store.For(who.Company).RemoveLogin(ctx, in.Employee)
	return Done{err == nil}, err
}

func (p *Public) endCodes(ctx context.Context, who asker, in *PersonPath) (Done, error) {
	err := p.api.o.Store.For(who.Company).RemoveCodes(ctx, in.Employee)
	return Done{err == nil}, err
}

// pinIn sets a PIN.
type pinIn struct {
	PersonPath
	Body PIN
}

func (p *Public) setPIN(ctx context.Context, who asker, in *pinIn) (PINIs, error) {
	e, err := who.person(in.Employee)
	if err != nil {
		return PINIs{}, err
	}
	return p.api.keepPIN(ctx, who.company, e, in.Body)
}

func (p *Public) removePIN(ctx context.Context, who asker, in *PersonPath) (PINIs, error) {
	e, err := who.person(in.Employee)
	if err != nil {
		return PINIs{}, err
	}
	return p.api.dropPIN(ctx, who.company, e)
}

// modeIn says how a person wishes to be rung.
type modeIn struct {
	PersonPath
	Body struct {
		Mode  string `json:"mode" enum:"on,mobile,dnd"`
		Until string `json:"until,omitempty" maxLength:"40" example:"18:30"`
		For   string `json:"for,omitempty" maxLength:"20" example:"2h" doc:"In place of until."`
	}
}

// ModeSet is how a person wishes to be rung from now on.
type ModeSet struct {
	Employee fmc.EmployeeID `json:"employee"`
	Mode     string         `json:"mode"`
	Until    *time.Time     `json:"until,omitempty"`
}

func (p *Public) setMode(ctx context.Context, who asker, in *modeIn) (ModeSet, error) {
	e, err := who.person(in.Employee)
	if err != nil {
		return ModeSet{}, err
	}
	store.Auditing(ctx).After = in.Body
	m, err := p.api.SetMode(who.company, e, Mode{Mode: in.Body.Mode, Until: in.Body.Until, For: in.Body.For}, who.By())
	return ModeSet{Employee: m.Employee, Mode: m.Mode.String(), Until: m.Until}, err
}

// SessionShown is a browser in which a person signed in.
type SessionShown struct {
	ID      string    `json:"id"`
	Made    time.Time `json:"made"`
	Seen    time.Time `json:"seen"` // to the minute
	Expires time.Time `json:"expires"`
	Address string    `json:"address"`
	Agent   string    `json:"agent"` // the browser, as it names itself
	This    bool      `json:"this,omitempty"`
}

func (p *Public) listSessions(ctx context.Context, who asker, in *PersonPath) ([]SessionShown, error) {
	e, err := who.person(in.Employee)
	if err != nil {
		return nil, err
	}
	all, err := p.api.o.Store.For(who.Company).Sessions(ctx, e.ID)
	shown := []SessionShown{}
	for _, s := range all {
		shown = append(shown, SessionShown{
			ID: s.ID, Made: s.Made.UTC(), Seen: s.Seen.UTC(), Expires: s.Expires.UTC(), Address: s.Address, Agent: s.Agent, This: s.ID == cmp.Or(who.Session, "none"),
		})
	}
	return shown, err
}

// sessionPath names a session of a person.
type sessionPath struct {
	PersonPath
	Session string `path:"session" maxLength:"128"`
}

func (p *Public) endSession(ctx context.Context, who asker, in *sessionPath) (Done, error) {
	e, err := who.person(in.Employee)
	if err != nil {
		return Done{}, err
	}
	err = p.api.o.Store.For(who.Company).EndSession(ctx, e.ID, in.Session)
	return Done{err == nil}, err
}

// AccountPath names a SIP account.
type AccountPath struct {
	Account fmc.AccountID `path:"account" maxLength:"128"`
}

// accountSetIn sets the password of a SIP account.
type accountSetIn struct {
	AccountPath
	Body Password
}

func addAccounts(p *Public) {
	add(p, operation{
		method: http.MethodGet, path: "/accounts", id: "accounts.list", about: aboutAccounts, right: access.PeopleChange, least: access.Company,
		summary: "List the SIP accounts", more: "Whose they are, and how many phones are registered by them.",
	}, func(ctx context.Context, who asker, _ *struct{}) ([]AccountShown, error) {
		return p.api.accountsOf(ctx, who.Company)
	})
	add(p, operation{
		method: http.MethodPut, path: "/accounts/{account}/password", id: "accounts.password", about: aboutAccounts, right: access.PeopleChange, least: access.Company,
		summary: "Set the password of a SIP account", more: "Nobody can read it back.",
	}, func(ctx context.Context, who asker, in *accountSetIn) (PasswordIs, error) {
		return p.api.keepPassword(ctx, who.Company, in.Account, in.Body)
	})
	add(p, operation{
		method: http.MethodDelete, path: "/accounts/{account}/password", id: "accounts.shut-out", about: aboutAccounts, right: access.PeopleChange, least: access.Company,
		summary: "Take the password of a SIP account away", more: "No phone registers by it then.",
	}, func(ctx context.Context, who asker, in *AccountPath) (PasswordIs, error) {
		return p.api.setSecret(ctx, who.Company, in.Account, store.Secret{})
	})
}
