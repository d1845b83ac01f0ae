package access

import (
	"context"
	"crypto/rand"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// How long a link lets a person set a password.
const (
	invitedFor = 7 * 24 * time.Hour // the first one
	resetFor   = time.Hour          // another for one that is forgotten
)

// Invited is a link by which a person sets a password.
type Invited struct {
	Employee fmc.EmployeeID
	Link     string // told once
	Expires  time.Time
	Mailed   bool // it is on its way to the person's mail
}

// Invite makes the link by which a person sets a password, and mails it where it can. by is who asks for it.
func (d *Door) Invite(ctx context.Context, company fmc.CompanyID, employee fmc.EmployeeID, by string) (Invited, error) {
	return d.invite(ctx, store.Invitation{Company: company, Employee: employee, By: by, Expires: d.o.Now().Add(invitedFor)}, invitationLetter)
}

// Forgot mails a person who has a password, whoever asks for it, a link to set another one. Who was never invited or is
// kept out gets none: an administrator lets them in. It says nothing about whether there is such a person: an error means
// that nobody can be served now.
func (d *Door) Forgot(ctx context.Context, company, login string, from Browser) error {
	if !written(company) || !written(login) {
		return nil
	}
	id, employee := d.person(company, login)
	t, err := d.o.Store.Operator().Try(ctx, store.Attempt{Company: string(id), Login: forLetter + string(employee), Address: from.Address}, letterLimits)
	if err != nil {
		return err
	}
	e, known := d.employee(id, employee)
	err = cause.Errorf(cause.NotFound, "nobody to write to, or too many letters")
	if known && e.Mail != "" && d.o.Post != nil && t.ID != 0 {
		ctx = store.Audited(ctx, &store.AuditEntry{Who: string(employee), Address: from.Address, What: "password.forgot", Object: string(employee)})
		i := store.Invitation{Company: id, Employee: employee, By: string(employee), Expires: d.o.Now().Add(resetFor), Reset: true}
		_, err = d.invite(ctx, i, resetLetter)
	}
	if cause.KindOf(err) == cause.NotFound {
		d.o.Log.Info("letter with a new password's link not sent", "company", id, "account", employee, "remote", from.Address)
		return nil
	}
	return err
}

// letterLimits are how many letters a person gets, whoever asks for them.
var letterLimits = store.Limits{Within: triesWithin, Here: lettersOfLogin, Address: triesOfAddress, Longer: triesWithin, Login: lettersOfLogin}

const lettersOfLogin = 3

func (d *Door) invite(ctx context.Context, i store.Invitation, kind letterKind) (Invited, error) {
	c, e, err := d.known(i.Company, i.Employee)
	if err != nil {
		return Invited{}, err
	}
	token := rand.Text()
	if err := d.o.Store.For(i.Company).Invite(ctx, token, i); err != nil {
		return Invited{}, err
	}
	made := Invited{Employee: i.Employee, Link: d.o.URL + PasswordPath + token, Expires: i.Expires}
	if e.Mail != "" && d.o.Post != nil {
		made.Mailed = d.mail(errand{kind: kind, company: c, to: e, link: made.Link, until: i.Expires})
	}
	return made, nil
}

// PasswordPath begins the path of the page on which a person sets a password; the link's token follows.
const PasswordPath = "/password/"

// Invitation returns the person whom a link lets set a password; cause.NotFound for one that is used or out of date.
func (d *Door) Invitation(ctx context.Context, token string) (*fmc.Company, *fmc.Employee, error) {
	i, err := d.o.Store.Operator().Invitation(ctx, token)
	if cause.KindOf(err) == cause.NotFound {
		return nil, nil, cause.Errorf(cause.NotFound, "this link is used, out of date or not whole: ask for another one")
	}
	if err != nil {
		return nil, nil, err
	}
	return d.known(i.Company, i.Employee)
}

// Accept sets a password by a link, which is used up by that. The person signs in with it then; where one-time codes are
// asked for, they still are.
func (d *Door) Accept(ctx context.Context, token, password string, from Browser) error {
	c, e, err := d.Invitation(ctx, token)
	if err != nil {
		return err
	}
	if err := CheckPassword(c, e, password); err != nil {
		return err
	}
	ctx = store.Audited(ctx, &store.AuditEntry{Who: string(e.ID), Address: from.Address, What: "password.set", Object: string(e.ID)})
	return d.o.Store.For(c.Profile.ID).Redeem(ctx, token, password)
}
