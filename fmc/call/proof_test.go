package call

import (
	"testing"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// What a stranger tries who only shows a number or keys a PIN, and ways round what a person may call.

func abroadAllowed(x *company) {
	x.company("acme").Rules.Dialling.Abroad = true
}

func TestE2ANobodyPicksUpTheCallBackThatProvesAnother(t *testing.T) {
	x := newCompany(t)
	abroadAllowed(x)
	x.call("c1", ivanovMobile, backNumber, fmc.TrustForeign)
	x.follow("c2", x.begun[0])
	x.link(x.leg("c2", "ivanov/mobile"), fmc.Alerting)
	x.company("acme").Rules.Through.PIN = fmc.PINNever
	for _, from := range []string{ivanovMobile, "+79167654321"} {
		forger := x.call(fmc.CallID("forged"+from), from, officeNumber, fmc.TrustForeign)
		x.keys(forger, "**201#")
		if p, ok := x.calls["c2"].Party(forger); ok {
			t.Fatalf("who shows %s is in the call back, as %+v", from, p)
		}
	}
}

func TestE4ACallThatWasPickedUpIsNoWayRoundTheProof(t *testing.T) {
	for _, code := range []string{"*2", "*3"} {
		x := newCompany(t)
		abroadAllowed(x)
		x.company("acme").Rules.Through.PIN = fmc.PINNever
		client := x.call("c1", clients, backNumber, fmc.TrustCarrier)
		x.says("c1")
		forger := x.call("c2", ivanovMobile, officeNumber, fmc.TrustForeign)
		x.keys(forger, "**202#")
		x.says("c1")
		if !x.calls["c1"].conversing(forger) {
			x.keys(forger, "**260#")
			x.says("c1")
		}
		if !x.calls["c1"].conversing(forger) {
			t.Fatalf("wired %q", x.words(x.calls["c1"].Wiring))
		}
		x.keys(forger, code+"810442071838750#")
		for _, p := range x.calls["c1"].Parties {
			if p.Role == fmc.Client && p.Leg != client {
				t.Fatalf("%s called %s for who only showed a number", code, p.Number.E164)
			}
		}
	}
}

func TestE5WhoPullsACallDoesNotPullTheProofOfWhoWasCalledBack(t *testing.T) {
	x := newCompany(t)
	abroadAllowed(x)
	x.call("c1", ivanovMobile, backNumber, fmc.TrustForeign)
	x.follow("c2", x.begun[0])
	owner := x.answers("c2", "ivanov/mobile")
	x.keys(owner, "89120000007#")
	client := x.answers("c2", fmc.Outside)
	x.says("c2")
	x.company("acme").Rules.Through.PIN = fmc.PINNever
	forger := x.call("c3", ivanovMobile, officeNumber, fmc.TrustForeign)
	x.keys(forger, "*8#")
	x.wants("c2", "[caller outside tape] ivanov/mobile:moved")
	x.says("c2")
	x.hangUp(client)
	x.wants("c2", "caller:next-tone")
	x.keys(forger, "810442071838750#")
	for _, p := range x.calls[x.last()].Parties {
		if p.Leg != forger || p.Proof != fmc.ByNumber {
			t.Fatalf("%s is called; the forger is known by %s", p.Number.E164, p.Proof)
		}
	}
}

func TestE2AAPINFromAHiddenNumberIsNoProofByTheOperator(t *testing.T) {
	x := newCompany(t)
	abroadAllowed(x)
	caller := x.call("c1", "", officeNumber, fmc.TrustOwn)
	x.keys(caller, "201#471199#810442071838750#")
	for _, p := range x.calls["c1"].Parties {
		if p.Leg != caller {
			t.Fatalf("%s is called", p.Number.E164)
		}
	}
}

func TestAClientDoesNotDialTheirWayIntoAConference(t *testing.T) {
	x := newCompany(t)
	x.company("acme").Rules.Through.PIN = fmc.PINNever
	x.company("acme").Scenarios["main"] = fmc.Scenario{ID: "main", Steps: []fmc.ScenarioStep{{Menu: &fmc.Menu{
		Prompt: "welcome", DialExtension: true, Default: fmc.Action{Do: fmc.RingGroup, Group: "sales"},
	}}}}
	person := x.call("c1", ivanovMobile, officeNumber, fmc.TrustCarrier)
	x.keys(person, "300#")
	x.says("c1")
	stranger := x.call("c2", clients, officeNumber, fmc.TrustCarrier)
	x.says("c2")
	x.keys(stranger, "300#")
	x.says("c2")
	if _, in := x.calls["c1"].Party(stranger); in {
		t.Fatal("a stranger is in the conference")
	}
	if n := x.calls["c2"].Threads[0].Node(); n.Conference != "" {
		t.Fatal("a stranger opens the conference")
	}
}

func TestE2BEachCallBackForABusyNumberCounts(t *testing.T) {
	x := newCompany(t)
	for range 8 {
		id := fmc.CallID("busy" + string(rune('a'+len(x.order))))
		caller := x.call(id, ivanovMobile, officeNumber, fmc.TrustOwn)
		x.keys(caller, "89120000007#")
		x.ends(x.leg(id, fmc.Outside), cause.Busy)
		x.keys(caller, "5")
		x.hangUp(caller)
	}
	if len(x.begun) != 5 {
		t.Fatalf("%d call backs in an hour", len(x.begun))
	}
}

func TestE2BAnSMSCountsAsACallBack(t *testing.T) {
	n := newNode()
	for range 2 {
		r := plan.Request{Company: "acme", Direction: fmc.Outbound, Employee: "ivanov", From: ivanovs, Dialled: "89120000001"}
		if _, err := n.Begin(r); err != nil {
			t.Fatal(err)
		}
	}
	if c := n.World(n.company, time.Now()).Caller("ivanov", ivanovs, access); c.CallBacks != 2 {
		t.Fatalf("%+v", c)
	}
	n.stop()
}

func TestE4ATransferOutsideIsPaidByWhoTransfers(t *testing.T) {
	x := newCompany(t)
	x.company("acme").Groups[0].Strategy = fmc.RingAll
	x.call("c1", clients, backNumber, fmc.TrustCarrier)
	x.says("c1")
	desk := x.answers("c1", "ivanov/sip")
	x.says("c1")
	x.keys(desk, "*389120000007#")
	x.leg("c1", fmc.Outside)
	for who, want := range map[fmc.EmployeeID]int{"ivanov": 1, "petrov": 0, "sidorov": 0} {
		if got := x.board("acme").spent(who, x.clock()).Calls; got != want {
			t.Errorf("%s is counted %d calls, want %d", who, got, want)
		}
	}
}

func TestE2AWhatIsLeftOfADayHoldsHoweverTheCallGoesOn(t *testing.T) {
	for name, goesOn := range map[string]func(x *company, mobile fmc.LegID){
		"consulted and completed": func(x *company, mobile fmc.LegID) {
			x.keys(mobile, "*289120000007#")
			x.answers("c1", fmc.Outside)
			x.says("c1")
			x.keys(mobile, "*2")
			x.says("c1")
		},
		"three-way": func(x *company, mobile fmc.LegID) {
			x.keys(mobile, "*289120000007#")
			x.answers("c1", fmc.Outside)
			x.says("c1")
			x.keys(mobile, "*6")
			x.says("c1")
		},
		"hung up in the consultation": func(x *company, mobile fmc.LegID) {
			x.keys(mobile, "*289120000007#")
			x.answers("c1", fmc.Outside)
			x.says("c1")
			x.hangUp(mobile)
			x.says("c1")
		},
	} {
		x := newCompany(t)
		x.company("acme").Rules.Dialling.Caps = fmc.Caps{Talk: 60 * second}
		_, mobile := x.served("c1")
		goesOn(x, mobile)
		if len(x.calls["c1"].Wiring.Talks) == 0 {
			t.Fatalf("%s: nobody talks: %s", name, x.words(x.calls["c1"].Wiring))
		}
		x.run(x.now + 70*second)
		if target := x.leg("c1", fmc.Outside); x.up[target] {
			t.Errorf("%s: they talk on: %s", name, x.words(x.calls["c1"].Wiring))
		}
		if name == "three-way" {
			x.wants("c1", "[caller ivanov/mobile tape]")
		}
	}
}

func TestE2AWhatIsLeftOfADayHoldsAfterParkAndRescue(t *testing.T) {
	for name, goesOn := range map[string]func(x *company, mobile fmc.LegID){
		"transferred": func(x *company, mobile fmc.LegID) {
			x.keys(mobile, "*3202#")
			x.answers("c1", "petrov/sip")
		},
		"parked": func(x *company, mobile fmc.LegID) {
			x.keys(mobile, "*41#")
			x.says("c1")
			again := x.call("c2", "+79167654321", officeNumber, fmc.TrustOwn)
			x.keys(again, "*41#")
		},
		"rescued": func(x *company, mobile fmc.LegID) {
			x.ends(mobile, cause.Lost)
			x.says("c1")
			x.run(x.now + 7*second)
			x.answers("c1", "ivanov/mobile")
		},
	} {
		x := newCompany(t)
		x.company("acme").Rules.Through.PIN = fmc.PINNever
		x.company("acme").Rules.Dialling.Caps = fmc.Caps{Talk: 60 * second}
		mobile := x.call("c1", ivanovMobile, officeNumber, fmc.TrustCarrier)
		x.keys(mobile, "89120000007#")
		x.answers("c1", fmc.Outside)
		x.says("c1")
		goesOn(x, mobile)
		x.says("c1")
		if len(x.calls["c1"].Wiring.Talks) == 0 {
			t.Errorf("%s: nobody talks: %s", name, x.words(x.calls["c1"].Wiring))
		}
		x.run(x.now + 70*second)
		if c := x.calls["c1"]; c.End == nil && len(c.Wiring.Talks) > 0 {
			t.Errorf("%s: they talk on: %s", name, x.words(c.Wiring))
		}
	}
}

func TestE2AWhatIsLeftOfADayGoesAlongToAnotherCall(t *testing.T) {
	x := newCompany(t)
	x.company("acme").Rules.Dialling.Caps = fmc.Caps{Talk: 60 * second}
	var desks [2]fmc.LegID
	for i, dialled := range []string{"89120000007", "202"} {
		id := fmc.CallID([]string{"c1", "c2"}[i])
		desks[i] = fmc.LegID{Call: id, N: 1}
		x.up[desks[i]], x.device[desks[i]] = true, "desk"
		r := plan.Read(x.company("acme"), plan.Request{Company: "acme", Direction: fmc.Outbound, Account: "ivanov", Dialled: dialled})
		x.run(x.now + 20*second)
		x.open(id, r, offeredBy(x.company("acme"), r, desks[i]))
		x.answers(id, []fmc.DeviceID{fmc.Outside, "petrov/sip"}[i])
		x.says(id)
	}
	client := x.leg("c1", fmc.Outside)
	x.post("c1", Wished{Wish{Kind: WishHandOver, Leg: desks[0], Whom: desks[1]}})
	x.says("c2")
	if !x.calls["c2"].conversing(client) {
		t.Fatalf("wired %q", x.words(x.calls["c2"].Wiring))
	}
	x.run(x.now + 39*second)
	if !x.up[client] {
		t.Fatal("cut off before its time")
	}
	x.run(x.now + 2*second)
	if x.up[client] {
		t.Fatal("they talk on")
	}
}
