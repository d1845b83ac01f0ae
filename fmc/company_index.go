package fmc

import "roadline/callerid"

// index is where a company's things stand in its lists, for companies of thousands.
type index struct {
	employees map[EmployeeID]int
	sims      map[ICCID]int
	numbers   map[string]int    // by E.164
	accounts  map[AccountID]int // of whom
	mobiles   map[string]int    // of whom, by E.164
	members   map[GroupID][]*Employee
	owned     callerid.Owned
}

// Indexed makes looking things up quick and returns the company. Whoever built it calls it once, when nothing of it
// changes any more.
func (c *Company) Indexed() *Company {
	x := &index{
		employees: make(map[EmployeeID]int, len(c.Employees)), numbers: make(map[string]int, len(c.Numbers)), accounts: map[AccountID]int{},
		mobiles: map[string]int{}, members: map[GroupID][]*Employee{}, sims: make(map[ICCID]int, len(c.SIMs)),
	}
	c.index = nil
	for i := range c.Employees {
		e := &c.Employees[i]
		first(x.employees, e.ID, i)
		for _, d := range e.Devices {
			if d.Account != "" {
				first(x.accounts, d.Account, i)
			}
			if d.Kind == Mobile && d.Number.E164 != "" {
				first(x.mobiles, d.Number.E164, i)
			}
		}
	}
	for i := range c.Numbers {
		first(x.numbers, c.Numbers[i].Number.E164, i)
	}
	for i := range c.SIMs {
		first(x.sims, c.SIMs[i].ICCID, i)
	}
	for i := range c.Groups {
		x.members[c.Groups[i].ID] = c.Members(c.Groups[i].ID)
	}
	x.owned = c.Owned()
	c.index = x
	return c
}

// first keeps the first place of a key, as a search would find it.
func first[K comparable](m map[K]int, key K, i int) {
	if _, ok := m[key]; !ok {
		m[key] = i
	}
}

func (x *index) employee(c *Company, id EmployeeID) (*Employee, bool) {
	i, ok := x.employees[id]
	if !ok {
		return nil, false
	}
	return &c.Employees[i], true
}

func (x *index) number(c *Company, e164 string) (*Number, bool) {
	i, ok := x.numbers[e164]
	if !ok {
		return nil, false
	}
	return &c.Numbers[i], true
}

func (x *index) sim(c *Company, id ICCID) (*SIM, bool) {
	i, ok := x.sims[id]
	if !ok {
		return nil, false
	}
	return &c.SIMs[i], true
}

func (x *index) mobile(c *Company, e164 string) (*Employee, bool) {
	i, ok := x.mobiles[e164]
	if !ok {
		return nil, false
	}
	return &c.Employees[i], true
}

func (x *index) account(c *Company, id AccountID) (*Employee, *Device, bool) {
	i, ok := x.accounts[id]
	if !ok {
		return nil, nil, false
	}
	e := &c.Employees[i]
	d, ok := find(e.Devices, func(d *Device) bool { return d.Account == id })
	return e, d, ok
}
