package fmc_test

import (
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
)

func company() *fmc.Company {
	return &fmc.Company{
		Numbers: []fmc.Number{
			{Number: callerid.Number{E164: "+74951234567"}, Proof: callerid.Proof{Number: "+74951234567", Kind: callerid.Declared}},
			{Number: callerid.Number{E164: "+74951234568"}},
			{Number: callerid.Number{E164: "+74951234569"}, Proof: callerid.Proof{Number: "+74951234569", Kind: callerid.Unproven}},
		},
		Employees: []fmc.Employee{
			{ID: "ivanov", Extension: "201", Groups: []fmc.GroupID{"sales", "sales"}, Devices: []fmc.Device{
				{ID: "ivanov/sip", Kind: fmc.SIPPhone, Account: "ivanov-desk"},
				{ID: "ivanov/mobile", Kind: fmc.Mobile, Number: callerid.Number{E164: "+79161234567"}},
			}},
			{ID: "petrov", Extension: "260", Groups: []fmc.GroupID{"service", "sales"}, Devices: []fmc.Device{
				{ID: "petrov/old", Kind: fmc.SIPPhone, Number: callerid.Number{E164: "+79167654321"}},
			}},
			{ID: "nobody"},
		},
		Groups: []fmc.Group{{ID: "sales", Extension: "260"}, {ID: "service", Extension: "270"}},
		Sites:  []fmc.Site{{ID: "office"}},
	}
}

func TestAnAccountLeadsToItsPersonAndDevice(t *testing.T) {
	c := company()
	if e, d, ok := c.Account("ivanov-desk"); !ok || e.ID != "ivanov" || d.ID != "ivanov/sip" {
		t.Error(e, d, ok)
	}
	for _, id := range []fmc.AccountID{"", "petrov-desk"} {
		if _, _, ok := c.Account(id); ok {
			t.Errorf("%q is somebody's account", id)
		}
	}
}

func TestAMobileLeadsToItsPerson(t *testing.T) {
	c := company()
	if e, ok := c.Mobile("+79161234567"); !ok || e.ID != "ivanov" {
		t.Error(e, ok)
	}
	for _, number := range []string{"", "+79167654321", "+79990000000"} {
		if e, ok := c.Mobile(number); ok {
			t.Errorf("%q is the mobile of %s", number, e.ID)
		}
	}
}

func TestAnExtensionReachesAPersonBeforeAGroup(t *testing.T) {
	c := company()
	for digits, want := range map[string]fmc.Action{
		"201": {Do: fmc.RingEmployee, Employee: "ivanov"},
		"260": {Do: fmc.RingEmployee, Employee: "petrov"},
		"270": {Do: fmc.RingGroup, Group: "service"},
		"299": {},
		"":    {}, // who has no extension is not reached by none
	} {
		if got := c.Extension(digits); got != want || got.IsZero() != (want == fmc.Action{}) {
			t.Errorf("%q reaches %+v", digits, got)
		}
	}
}

func TestMembersStandInTheOrderOfTheFileAndOnce(t *testing.T) {
	c := company()
	for group, want := range map[fmc.GroupID][]fmc.EmployeeID{"sales": {"ivanov", "petrov"}, "service": {"petrov"}, "none": {}} {
		members := c.Members(group)
		if len(members) != len(want) {
			t.Fatalf("%s has %d members", group, len(members))
		}
		for i, e := range members {
			if e.ID != want[i] {
				t.Errorf("%s: %s is member %d", group, e.ID, i)
			}
		}
	}
}

func TestWhatACompanyHasIsFoundAndWhatItHasNotIsNot(t *testing.T) {
	c := company()
	_, person := c.Employee("petrov")
	_, group := c.Group("sales")
	_, number := c.NumberOf("+74951234568")
	_, site := c.Site("office")
	_, device := c.Employees[0].Device("ivanov/mobile")
	if !person || !group || !number || !site || !device {
		t.Error(person, group, number, site, device)
	}
	_, person = c.Employee("spy")
	_, group = c.Group("spies")
	_, number = c.NumberOf("+74959999999")
	_, site = c.Site("moon")
	_, device = c.Employees[0].Device("petrov/old")
	if person || group || number || site || device {
		t.Error(person, group, number, site, device)
	}
}

func TestOnlyProvedNumbersAreOwned(t *testing.T) {
	owned := company().Owned()
	for e164, want := range map[string]bool{"+74951234567": true, "+74951234568": false, "+74951234569": false, "+79161234567": false} {
		if got := owned.Has(callerid.Number{E164: e164}, time.Unix(1_800_000_000, 0)); got != want {
			t.Errorf("%s is owned: %v", e164, got)
		}
	}
}

func TestALimitIsNamedByItsNumber(t *testing.T) {
	if id := company().Numbers[0].Limit(); id != "number:+74951234567" || id.Number() != "+74951234567" {
		t.Error(id)
	}
	if number := fmc.ICCID("8970101").Limit().Number(); number != "" {
		t.Error("a card limits", number)
	}
}
