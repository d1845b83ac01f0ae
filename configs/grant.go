package configs

import (
	"errors"
	"slices"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// Grant returns what a company may use of a trunk.
func (m *Machine) Grant(company fmc.CompanyID, trunk fmc.TrunkID) (Grant, bool) {
	for _, t := range m.Trunks {
		if t.ID != trunk {
			continue
		}
		for _, g := range t.Grants {
			if g.Company == company {
				return g, true
			}
		}
	}
	return Grant{}, false
}

// Alone is the company that a trunk is granted to where it is granted to no other; empty: there is no such company.
func (m *Machine) Alone(trunk fmc.TrunkID) fmc.CompanyID {
	for _, t := range m.Trunks {
		if t.ID == trunk && len(t.Grants) == 1 {
			return t.Grants[0].Company
		}
	}
	return ""
}

// Granted refuses a company that claims a number, a SIM or a trunk which the machine does not grant it; every claim by an
// error of its own, of kind cause.Denied.
func (m *Machine) Granted(c *fmc.Company) error {
	var errs []error
	id := c.Profile.ID
	for _, s := range c.SIMs {
		if !slices.ContainsFunc(m.SIMs, func(g SIM) bool { return g.ICCID == s.ICCID && g.Company == id }) {
			errs = append(errs, cause.Errorf(cause.Denied, "SIM %s: the machine does not grant it to company %s: ask its operator to add it to \"sims\" of roadline.yaml", s.ICCID, id))
		}
	}
	for _, n := range c.Numbers {
		if n.SIM != "" {
			continue // whoever has the card has its number
		}
		g, ok := m.Grant(id, n.Trunk)
		switch {
		case !ok:
			errs = append(errs, cause.Errorf(cause.Denied, "number %s: the machine grants company %s nothing on trunk %q: ask its operator to add a grant to roadline.yaml", n.Number.E164, id, n.Trunk))
		case !slices.ContainsFunc(g.Numbers, n.Number.Same):
			errs = append(errs, cause.Errorf(cause.Denied, "number %s: the machine does not grant it to company %s on trunk %s: ask its operator to add it to roadline.yaml", n.Number.E164, id, n.Trunk))
		}
	}
	for _, s := range c.Sites {
		if s.Emergency.Trunk == "" {
			continue
		}
		if _, ok := m.Grant(id, s.Emergency.Trunk); !ok {
			errs = append(errs, cause.Errorf(cause.Denied, "site %s: the machine grants company %s nothing on trunk %q, by which its emergency calls go: ask its operator to add a grant to roadline.yaml", s.ID, id, s.Emergency.Trunk))
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return &problems{errs}
}

// IsCompany reports whether a text is a company file rather than a machine file: it has the key "company".
func IsCompany(text []byte) bool {
	top := (&reader{}).parse(text)
	return top != nil && len(only(top, "company").Content) > 0
}

// Lines are the sentences of an error of this package, one for each thing that is wrong; none for no error.
func Lines(err error) []string {
	if err == nil {
		return nil
	}
	p, ok := errors.AsType[*problems](err)
	if !ok {
		return []string{err.Error()}
	}
	lines := make([]string, len(p.errs))
	for i, e := range p.errs {
		lines[i] = e.Error()
	}
	return lines
}
