package call

import (
	"testing"
	"time"

	"roadline/fmc"
)

func TestDecidedE3WhoKeysDoNotDisturbIsNotRungUntilItEnds(t *testing.T) {
	x := newCompany(t)
	caller := x.call("c1", ivanovMobile, officeNumber, fmc.TrustOwn)
	x.keys(caller, "*622#")
	x.wants("c1", "caller:mode-dnd+mode-until+number/9") // UTC: it is seven
	x.says("c1")
	x.hangUp(caller)
	x.run(x.now + 10*second)
	set := facts[fmc.ModeSet](x.theatre, "c1")
	if len(set) != 1 || set[0].Employee != "ivanov" || set[0].Kind != fmc.Undisturbed || set[0].By != "ivanov" {
		t.Fatalf("%+v", set)
	}
	x.call("c2", clients, officeNumber, fmc.TrustCarrier)
	x.says("c2")
	if rung := x.rung("c2"); len(rung) != 1 || rung[0] != "petrov" {
		t.Fatalf("%v are rung", rung)
	}
	colleague := x.call("c3", "+79165554433", officeNumber, fmc.TrustOwn)
	x.keys(colleague, "201#")
	x.wants("c3", "caller:colleague-undisturbed+offer-voicemail-or-next")
	x.hangUp(colleague)
	x.run(x.now + 2*time.Hour)
	x.call("c4", clients, officeNumber, fmc.TrustCarrier)
	x.says("c4")
	if rung := x.rung("c4"); len(rung) != 1 || rung[0] != "ivanov" {
		t.Fatalf("after two hours %v are rung", rung)
	}
}

// rung are the people whom a call rings now.
func (x *company) rung(id fmc.CallID) []fmc.EmployeeID {
	var all []fmc.EmployeeID
	for _, p := range x.calls[id].Parties {
		if p.Role == fmc.Worker && p.Link < fmc.Up && (len(all) == 0 || all[len(all)-1] != p.Who.Employee) {
			all = append(all, p.Who.Employee)
		}
	}
	return all
}

func TestTheTurnOfALineDoesNotComeForWhoDoesNotWishToBeDisturbed(t *testing.T) {
	company := crew(t)
	b := newBoard()
	now := monday
	b.lines["sales"] = []waiter{{call: "c1", joined: now, ready: true}}
	quiet := fmc.Modes{}
	for _, e := range company.Employees {
		quiet[e.ID] = fmc.ModeSet{At: now, Employee: e.ID, Mode: fmc.Mode{Kind: fmc.Undisturbed, Until: now.Add(time.Minute)}}
	}
	if told := b.turns(company, quiet, now); len(told) > 0 {
		t.Errorf("%v", told)
	}
	if told := b.turns(company, quiet, now.Add(time.Minute)); told["c1"] != "sales" {
		t.Errorf("they may be disturbed again: %v", told)
	}
}
