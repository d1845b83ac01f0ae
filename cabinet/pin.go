package cabinet

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// PINShown says whether a person has a PIN. The PIN itself is known to nobody but them.
type PINShown struct {
	Employee fmc.EmployeeID `json:"employee"`
	Name     string         `json:"name"`
	Set      *time.Time     `json:"set,omitempty"` // when; absent: the person has none
}

// pins lists the company's people, and who has a PIN.
func (a *API) pins(r *http.Request) (any, error) {
	c, err := a.companyOf(r)
	if err != nil {
		return nil, err
	}
	if _, err := query(r); err != nil {
		return nil, err
	}
	at, err := a.o.Store.For(c.Profile.ID).PINSetAt(r.Context())
	if err != nil {
		return nil, err
	}
	shown := []PINShown{}
	for _, e := range c.Employees {
		p := PINShown{Employee: e.ID, Name: e.Name}
		if set, ok := at[e.ID]; ok {
			set = set.UTC()
			p.Set = &set
		}
		shown = append(shown, p)
	}
	return shown, nil
}

// PIN sets a person's PIN.
type PIN struct {
	PIN string `json:"pin"`
}

// PINIs says whether a person has a PIN now.
type PINIs struct {
	Employee fmc.EmployeeID `json:"employee"`
	Set      bool           `json:"set"`
}

// What a PIN must be: short enough to be keyed in a car park, long enough for the few tries that a caller has.
const (
	leastPIN = 4
	mostPIN  = 8
)

// check refuses a PIN that can be guessed of the person, without repeating it.
func (p PIN) check(e *fmc.Employee) error {
	switch {
	case len(p.PIN) < leastPIN || len(p.PIN) > mostPIN || strings.Trim(p.PIN, "0123456789") != "":
		return cause.Errorf(cause.Invalid, "the PIN: write %d to %d digits", leastPIN, mostPIN)
	case isRun(p.PIN):
		return cause.Errorf(cause.Invalid, "the PIN: one digit again and again, or digits in a row, are guessed first: choose others")
	case isRepeated(p.PIN):
		return cause.Errorf(cause.Invalid, "the PIN: the same digits again and again are guessed first: choose others")
	case e.Extension != "" && strings.TrimLeft(p.PIN, "0") == strings.TrimLeft(e.Extension, "0"):
		return cause.Errorf(cause.Invalid, "the PIN: it is the person's extension, which everybody knows: choose another")
	case slices.ContainsFunc(e.Devices, func(d fmc.Device) bool { return strings.HasSuffix(d.Number.E164, p.PIN) }):
		return cause.Errorf(cause.Invalid, "the PIN: the person's number ends with it: choose another")
	}
	return nil
}

// isRun reports digits each of which is by the same step behind the one before: 0000, 1234, 9876, 7890.
func isRun(digits string) bool {
	for _, step := range []byte{0, 1, 9} {
		same := true
		for i := 1; i < len(digits); i++ {
			same = same && (digits[i]-'0'+10-(digits[i-1]-'0'))%10 == step
		}
		if same {
			return true
		}
	}
	return false
}

// isRepeated reports digits that are a part of them again and again: 1212, 258258.
func isRepeated(digits string) bool {
	for n := 1; n <= len(digits)/2; n++ {
		if len(digits)%n == 0 && strings.Repeat(digits[:n], len(digits)/n) == digits {
			return true
		}
	}
	return false
}

// setPIN keeps what a person's PIN is tried by; the PIN itself is forgotten.
func (a *API) setPIN(r *http.Request) (any, error) {
	c, e, err := a.employeeIn(r)
	if err != nil {
		return nil, err
	}
	var p PIN
	if err := read(r, &p); err != nil {
		return nil, err
	}
	return a.keepPIN(r.Context(), c, e, p)
}

func (a *API) keepPIN(ctx context.Context, c *fmc.Company, e *fmc.Employee, p PIN) (PINIs, error) {
	if err := p.check(e); err != nil {
		return PINIs{}, err
	}
	if err := a.o.Store.For(c.Profile.ID).SetPIN(ctx, e.ID, p.PIN); err != nil {
		return PINIs{}, err
	}
	a.o.Log.Info("PIN set", "company", c.Profile.ID, "account", e.ID)
	return PINIs{Employee: e.ID, Set: true}, nil
}

// removePIN takes a person's PIN away: who must prove by one that it is they cannot, until they have one again.
func (a *API) removePIN(r *http.Request) (any, error) {
	c, e, err := a.employeeIn(r)
	if err != nil {
		return nil, err
	}
	if _, err := query(r); err != nil {
		return nil, err
	}
	return a.dropPIN(r.Context(), c, e)
}

func (a *API) dropPIN(ctx context.Context, c *fmc.Company, e *fmc.Employee) (PINIs, error) {
	if err := a.o.Store.For(c.Profile.ID).RemovePIN(ctx, e.ID); err != nil {
		return PINIs{}, err
	}
	a.o.Log.Info("PIN removed", "company", c.Profile.ID, "account", e.ID)
	return PINIs{Employee: e.ID}, nil
}

// employeeIn takes company and person out of the path.
func (a *API) employeeIn(r *http.Request) (*fmc.Company, *fmc.Employee, error) {
	c, err := a.companyOf(r)
	if err != nil {
		return nil, nil, err
	}
	id, err := idIn[fmc.EmployeeID](r, "employee")
	if err != nil {
		return nil, nil, err
	}
	e, ok := c.Employee(id)
	if !ok {
		return nil, nil, cause.Errorf(cause.NotFound, "there is no person %q in the company", id)
	}
	return c, e, nil
}
