package access

import (
	"context"
	"strings"
	"unicode/utf8"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// How long a password may be: NIST SP 800-63B-4 §3.1.1 wants no rule about kinds of characters, but length, and that it is
// none of those that are guessed first.
const (
	leastPassword = 10  // characters
	mostPassword  = 256 // bytes
)

// guessedFirst are what people take where ten characters are wanted.
var guessedFirst = []string{
	"1234567890", "0123456789", "0987654321", "qwertyuiop", "1q2w3e4r5t", "q1w2e3r4t5", "1qaz2wsx3edc", "qazwsxedcrfv", "password12", "password123", "passw0rd123",
	"administrator", "letmeinplease", "iloveyou123", "qwerty12345", "qwerty123456", "12345qwert", "йцукенгшщз", "пароль12345", "пароль1234",
}

// CheckPassword refuses a password that can be guessed of a person, without repeating it.
func CheckPassword(c *fmc.Company, e *fmc.Employee, password string) error {
	lower := strings.ToLower(password)
	mailbox, _, _ := strings.Cut(e.Mail, "@")
	switch {
	case !utf8.ValidString(password) || utf8.RuneCountInString(password) < leastPassword || len(password) > mostPassword:
		return cause.Errorf(cause.Invalid, "the password: write %d characters or more, at most %d bytes: a few words are easy to keep in mind", leastPassword, mostPassword)
	case isFew(lower):
		return cause.Errorf(cause.Invalid, "the password: so few different characters are guessed first: choose others")
	}
	for _, word := range guessedFirst {
		if lower == word {
			return cause.Errorf(cause.Invalid, "the password: it is one of those that are guessed first: choose another")
		}
	}
	for _, known := range []string{string(e.ID), string(c.Profile.ID), strings.ToLower(mailbox), strings.ToLower(e.Name)} {
		if rest := strings.ReplaceAll(lower, known, ""); known != "" && utf8.RuneCountInString(rest) < leastPassword/2 {
			return cause.Errorf(cause.Invalid, "the password: it is little more than the name of the person or the company: choose another")
		}
	}
	return nil
}

// isFew reports a text of fewer than four different characters.
func isFew(text string) bool {
	seen := map[rune]bool{}
	for _, r := range text {
		seen[r] = true
	}
	return len(seen) < 4
}

// ChangePassword sets the viewer's own password, who shows the old one. All sessions end but the one in which it is done,
// and the personal tokens are revoked.
func (d *Door) ChangePassword(ctx context.Context, v Viewer, old, password string, from Browser) error {
	if v.Session == "" {
		return cause.Errorf(cause.Denied, "a password is changed by who signed in with it, not by a token")
	}
	c, e, err := d.known(v.Company, v.Employee)
	if err != nil {
		return err
	}
	if err := d.rightNow(ctx, v, old); err != nil {
		return err
	}
	if err := CheckPassword(c, e, password); err != nil {
		return err
	}
	ctx = store.Audited(ctx, &store.AuditEntry{Who: string(e.ID), Address: v.Address, What: "password.change", Object: string(e.ID)})
	if err := d.o.Store.For(v.Company).SetPassword(ctx, e.ID, password); err != nil {
		return err
	}
	return d.begin(ctx, v.Company, e.ID, from, false)
}

// rightNow refuses where a password is not the viewer's, who is about to change how they sign in. As many may be wrong as at
// the door, and are counted apart from those.
func (d *Door) rightNow(ctx context.Context, v Viewer, password string) error {
	if len(password) > mostPassword {
		return cause.Errorf(cause.Denied, "the password that you have now is not right")
	}
	try, err := d.try(ctx, onceMore, v.Company, v.Employee, v.Address)
	if err != nil {
		return err
	}
	right, _, err := d.o.Store.Operator().RightPassword(ctx, v.Company, v.Employee, password)
	switch {
	case err != nil:
		return err
	case !right:
		d.wrong(ctx, try)
		return cause.Errorf(cause.Denied, "the password that you have now is not right")
	}
	return d.o.Store.Operator().Tried(ctx, try.ID)
}

// known returns a person of a company.
func (d *Door) known(company fmc.CompanyID, employee fmc.EmployeeID) (*fmc.Company, *fmc.Employee, error) {
	c, ok := d.o.Companies.Company(company)
	if !ok {
		return nil, nil, cause.Errorf(cause.NotFound, "there is no company %q on this node", company)
	}
	e, ok := c.Employee(employee)
	if !ok {
		return nil, nil, cause.Errorf(cause.NotFound, "there is no person %q in the company", employee)
	}
	return c, e, nil
}
