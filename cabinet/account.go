package cabinet

import (
	"context"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// AccountShown is a SIP account in a list. Its secret never leaves the server.
type AccountShown struct {
	Name     fmc.AccountID  `json:"name"`
	Employee fmc.EmployeeID `json:"employee"`
	Device   fmc.DeviceID   `json:"device"`
	Password *time.Time     `json:"password,omitempty"` // when it was set; absent: nobody can register
	Phones   int            `json:"phones"`             // that are registered now
}

// accounts lists the company's SIP accounts.
func (a *API) accounts(r *http.Request) (any, error) {
	id, err := companyIn(r)
	if err != nil {
		return nil, err
	}
	if _, err := query(r); err != nil {
		return nil, err
	}
	return a.accountsOf(r.Context(), id)
}

func (a *API) accountsOf(ctx context.Context, id fmc.CompanyID) ([]AccountShown, error) {
	tenant := a.o.Store.For(id)
	if _, err := tenant.Realm(ctx); err != nil { // a company that is not there has no empty list
		return nil, err
	}
	entries, err := tenant.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	registered, err := tenant.Registrations(ctx)
	if err != nil {
		return nil, err
	}
	phones := map[fmc.AccountID]int{}
	for _, x := range registered {
		phones[x.Account]++
	}
	shown := []AccountShown{}
	for _, e := range entries {
		shown = append(shown, AccountShown{Name: e.Name, Employee: e.Employee, Device: e.Device, Password: e.SecretAt, Phones: phones[e.Name]})
	}
	return shown, nil
}

// Password sets the password of an account.
type Password struct {
	Password string `json:"password"`
}

// PasswordIs says whether an account has a password now.
type PasswordIs struct {
	Account fmc.AccountID `json:"account"`
	Set     bool          `json:"set"`
}

// What a password must be. Attackers on the Internet try accounts day and night.
const (
	leastPassword = 10
	mostPassword  = 128
)

// check refuses a password without repeating it.
func (p Password) check() error {
	switch {
	case !utf8.ValidString(p.Password) || strings.ContainsFunc(p.Password, func(c rune) bool { return c < ' ' || c == 0x7f }):
		return cause.Errorf(cause.Invalid, "the password: control characters cannot stand in it")
	case len(p.Password) < leastPassword || len(p.Password) > mostPassword:
		return cause.Errorf(cause.Invalid, "the password: write %d to %d bytes", leastPassword, mostPassword)
	}
	return nil
}

// setPassword keeps what a phone's answers are checked with; the password itself is forgotten.
func (a *API) setPassword(r *http.Request) (any, error) {
	id, account, err := accountIn(r)
	if err != nil {
		return nil, err
	}
	var p Password
	if err := read(r, &p); err != nil {
		return nil, err
	}
	return a.keepPassword(r.Context(), id, account, p)
}

func (a *API) keepPassword(ctx context.Context, id fmc.CompanyID, account fmc.AccountID, p Password) (PasswordIs, error) {
	if err := p.check(); err != nil {
		return PasswordIs{}, err
	}
	realm, err := a.o.Store.For(id).Realm(ctx)
	if err != nil {
		return PasswordIs{}, err
	}
	return a.setSecret(ctx, id, account, store.SecretOf(string(account), realm, p.Password))
}

// removePassword switches an account off: no phone may register until it has a password again.
func (a *API) removePassword(r *http.Request) (any, error) {
	id, account, err := accountIn(r)
	if err != nil {
		return nil, err
	}
	if _, err := query(r); err != nil {
		return nil, err
	}
	return a.setSecret(r.Context(), id, account, store.Secret{})
}

func (a *API) setSecret(ctx context.Context, id fmc.CompanyID, account fmc.AccountID, s store.Secret) (PasswordIs, error) {
	if err := a.o.Store.For(id).SetSecret(ctx, account, s); err != nil {
		return PasswordIs{}, err
	}
	a.o.Log.Info("password changed", "company", id, "account", account)
	return PasswordIs{Account: account, Set: s != store.Secret{}}, nil
}

func accountIn(r *http.Request) (fmc.CompanyID, fmc.AccountID, error) {
	id, err := companyIn(r)
	if err != nil {
		return "", "", err
	}
	account, err := idIn[fmc.AccountID](r, "account")
	return id, account, err
}
