package access

import (
	"context"
	"net/netip"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// Browser is from where somebody asks.
type Browser struct {
	Address string // as Address says
	Agent   string // the browser, as it names itself
}

// SignIn is what a person writes to come in.
type SignIn struct {
	Company  string // its id; may be left out where the node has one
	Login    string // the person's id or mail
	Password string
	Browser  Browser
}

// How many attempts may go wrong within the time, before all are refused. A stranger who tries somebody's login from one
// address keeps out that address alone.
const (
	triesWithin    = 15 * time.Minute
	triesOfLogin   = 10 // from one address
	triesOfAddress = 50
	triesAnywhere  = 100 // of a login, wherever from, within triesLonger
	triesLonger    = time.Hour
)

var tryLimits = store.Limits{Within: triesWithin, Here: triesOfLogin, Address: triesOfAddress, Longer: triesLonger, Login: triesAnywhere}

// errSignIn is the one answer to whoever may not come in, whatever was wrong, so that nobody learns what was right.
var errSignIn = cause.Errorf(cause.Denied, "the company, the login or the password is not right, or there were too many attempts: look at them, or wait a quarter of an hour")

// mostWritten is how long anything may be that a person writes to come in, in bytes.
const mostWritten = 200

// written reports whether a text is one that a person can have written on a line.
func written(text string) bool {
	return len(text) <= mostWritten && utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

// SignIn looks at a login and a password and begins a session, which the answer's cookie carries. needCode says that the
// person has to show a one-time code, by Code, before anything is open. A refusal is of kind cause.Denied and says nothing
// about what was wrong.
func (d *Door) SignIn(ctx context.Context, s SignIn) (needCode bool, err error) {
	if !written(s.Company) || !written(s.Login) || len(s.Password) > mostPassword {
		return false, errSignIn
	}
	company, employee := d.person(s.Company, s.Login)
	try, err := d.try(ctx, atTheDoor, company, employee, s.Browser.Address)
	if err != nil {
		return false, err
	}
	right, proof, err := d.o.Store.Operator().RightPassword(ctx, company, employee, s.Password)
	if err != nil {
		return false, err
	}
	if _, known := d.employee(company, employee); !right || !known {
		d.wrong(ctx, try)
		d.o.Log.Info("sign-in refused", "company", company, "account", employee, "remote", s.Browser.Address)
		return false, errSignIn
	}
	if proof.Sealed != nil { // the attempt counts as a wrong one until the code is right too
		d.wrong(ctx, try)
		return true, d.begin(ctx, company, employee, s.Browser, true)
	}
	return false, d.enter(ctx, company, employee, s.Browser, try.ID)
}

// person returns whom a company and a login mean; who is nobody is returned as written.
func (d *Door) person(company, login string) (fmc.CompanyID, fmc.EmployeeID) {
	company, login = strings.ToLower(strings.TrimSpace(company)), strings.TrimSpace(login)
	if all := d.o.Companies.Companies(); company == "" && len(all) == 1 {
		company = string(all[0].Profile.ID)
	}
	id := fmc.CompanyID(company)
	c, ok := d.o.Companies.Company(id)
	if !ok {
		return id, fmc.EmployeeID(strings.ToLower(login))
	}
	if e, ok := c.Employee(fmc.EmployeeID(strings.ToLower(login))); ok {
		return id, e.ID
	}
	var found []fmc.EmployeeID
	for i := range c.Employees {
		if mail := c.Employees[i].Mail; mail != "" && strings.EqualFold(mail, login) {
			found = append(found, c.Employees[i].ID)
		}
	}
	if len(found) == 1 { // a mail that people share is nobody's login
		return id, found[0]
	}
	return id, fmc.EmployeeID(strings.ToLower(login))
}

func (d *Door) employee(company fmc.CompanyID, employee fmc.EmployeeID) (*fmc.Employee, bool) {
	c, ok := d.o.Companies.Company(company)
	if !ok {
		return nil, false
	}
	return c.Employee(employee)
}

// What an attempt is for. By login each is counted apart from the others: what strangers try at the door closes nobody's own
// page and keeps no letter back. By address all are counted together, and to ask for a letter is a try that goes wrong. The
// tab is what no login has: see written.
const (
	atTheDoor = ""            // to come in
	onceMore  = "again\t"     // of who is in already, to show that it is they
	forLetter = "letter to\t" // to get a letter with a new password's link
)

// attempt is one that is looked at.
type attempt struct {
	store.Tries
	company  fmc.CompanyID
	employee fmc.EmployeeID
	address  string
}

// try counts an attempt and refuses it where too many went wrong before. One that is refused does not count.
func (d *Door) try(ctx context.Context, why string, company fmc.CompanyID, employee fmc.EmployeeID, address string) (attempt, error) {
	t, err := d.o.Store.Operator().Try(ctx, store.Attempt{Company: string(company), Login: why + string(employee), Address: address}, tryLimits)
	if err == nil && t.ID == 0 {
		d.o.Log.Warn("sign-in refused after too many attempts", "company", company, "account", employee, "remote", address)
		err = errSignIn
	}
	return attempt{t, company, employee, address}, err
}

// wrong audits the last attempt before a login is refused.
func (d *Door) wrong(ctx context.Context, t attempt) {
	last := t.Here == triesOfLogin-1 || t.Login == triesAnywhere-1
	if _, known := d.employee(t.company, t.employee); known && last {
		d.note(ctx, t.company, store.AuditEntry{Who: string(t.employee), Address: t.address, What: "sign-in.locked", Object: string(t.employee)})
	}
}

// enter lets a person in.
func (d *Door) enter(ctx context.Context, company fmc.CompanyID, employee fmc.EmployeeID, from Browser, try int64) error {
	if err := d.o.Store.Operator().Tried(ctx, try); err != nil {
		return err
	}
	if err := d.begin(ctx, company, employee, from, false); err != nil {
		return err
	}
	d.note(ctx, company, store.AuditEntry{Who: string(employee), Address: from.Address, What: "sign-in", Object: d.sessions.GetString(ctx, inID)})
	return nil
}

// Awaited reports whether the session of a request awaits a one-time code.
func (d *Door) Awaited(ctx context.Context) bool { return d.sessions.GetBool(ctx, inPending) }

// Code looks at a one-time code, or a recovery code in its place, after SignIn asked for one. Wrong ones count as wrong
// passwords do.
func (d *Door) Code(ctx context.Context, code string, from Browser) error {
	if !d.Awaited(ctx) {
		return Unknown("the sign-in took too long: begin again")
	}
	company, employee := fmc.CompanyID(d.sessions.GetString(ctx, inCompany)), fmc.EmployeeID(d.sessions.GetString(ctx, inEmployee))
	try, err := d.try(ctx, atTheDoor, company, employee, from.Address)
	if err != nil {
		return err
	}
	right, err := d.rightCode(ctx, company, employee, code)
	if err != nil {
		return err
	}
	if _, known := d.employee(company, employee); !right || !known {
		d.wrong(ctx, try)
		return cause.Errorf(cause.Denied, "the code is not right, or it was used already: wait for the next one; after %d attempts the next ones are refused for a quarter of an hour", triesOfLogin)
	}
	return d.enter(ctx, company, employee, from, try.ID)
}

// SignInDemo lets anybody on this machine in as a person of the demo, without a password.
func (d *Door) SignInDemo(ctx context.Context, employee string, from Browser) error {
	address, err := netip.ParseAddr(from.Address)
	if !d.o.Demo || err != nil || !address.IsLoopback() {
		return cause.Errorf(cause.NotFound, "only a demo lets people in without a password, and only on its own machine")
	}
	for _, c := range d.o.Companies.Companies() {
		if e, ok := c.Employee(fmc.EmployeeID(employee)); ok {
			return d.begin(ctx, c.Profile.ID, e.ID, from, false)
		}
	}
	return cause.Errorf(cause.NotFound, "nobody in the demo is called %q", employee)
}
