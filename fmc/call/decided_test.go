package call

import (
	"strings"
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// The flows with the plans that Decide makes, in virtual time.

// company is a theatre whose plans are Decide's, of a company with people on the road.
type company struct {
	*theatre
	pins *pins
	node *node // holds PINs as a Switch does
	mail []fmc.NewMail
}

const (
	officeNumber = "+74951234567" // gives people access, everybody else the group
	backNumber   = "+74951234568" // calls people back
	clients      = "+79120000001"
	ivanovMobile = "+79161234567"
)

func read(t testing.TB, raw string) callerid.Number {
	t.Helper()
	n, err := callerid.Read(raw, "RU")
	if err != nil {
		t.Fatal(err)
	}
	return n.Canonical()
}

func newCompany(t testing.TB) *company {
	t.Helper()
	x := &company{theatre: newTheatre(t), pins: &pins{of: map[fmc.EmployeeID]string{"ivanov": "471199"}}, node: newNode()}
	c := crew(t)
	x.node.company, x.node.o.PINs = c, x.pins
	x.company = func(fmc.CompanyID) *fmc.Company { return c }
	x.decide = func(call Call, a Ask, now time.Time) (plan.Plan, bool) {
		x.asked = append(x.asked, a.Request.Query)
		b := x.board(call.Company)
		x.node.boards[call.Company] = b
		w := staged{view{board: b, call: call.ID, now: now, reach: func(d fmc.DeviceID) []fmc.LineState { return ownLines(c, d) }}, x}
		return plan.Decide(c, ready{w}, a.Request, now), true
	}
	return x
}

// staged is the World of a call on the stage.
type staged struct {
	view
	x *company
}

func (s staged) live() locked { return locked{s.view, s.x.node.Switch, s.x.node.company} }

func (s staged) Caller(who fmc.EmployeeID, from, to callerid.Number) fmc.Caller {
	return s.live().Caller(who, from, to)
}

func (s staged) CheckPIN(t fmc.PINTry) fmc.PINVerdict { return s.live().CheckPIN(t) }

func (s staged) others() []Call {
	var all []Call
	for _, id := range s.x.order {
		if id != s.call {
			all = append(all, *s.x.calls[id])
		}
	}
	return all
}

func (s staged) Talking(who fmc.EmployeeID) []fmc.LegID { return talksOf(s.others(), who) }
func (s staged) In(id fmc.ConferenceID) int             { return inside(s.others(), id) }
func (s staged) Messages(fmc.EmployeeID) []fmc.NewMail  { return s.x.mail }
func (s staged) Mode(who fmc.EmployeeID) fmc.Mode       { return s.x.modes.At(who, s.now) }

// ready is a World whose lines are all ready.
type ready struct{ plan.World }

func (r ready) Lines(d fmc.DeviceID) []fmc.LineState {
	lines := r.World.Lines(d)
	for i := range lines {
		lines[i].Ready = true
	}
	return lines
}

// crew is a company of three, on a trunk.
func crew(t testing.TB) *fmc.Company {
	proof := func(n string) callerid.Proof {
		return callerid.Proof{Number: n, Kind: callerid.Declared, Ref: "17/2026", At: monday.AddDate(-1, 0, 0)}
	}
	person := func(id fmc.EmployeeID, extension, mobile string) fmc.Employee {
		sip, cell := fmc.DeviceID(id+"/sip"), fmc.DeviceID(id+"/mobile")
		return fmc.Employee{
			ID: id, Name: string(id), Extension: extension, Groups: []fmc.GroupID{"sales"},
			Devices: []fmc.Device{{ID: sip, Kind: fmc.SIPPhone, Account: fmc.AccountID(id)}, {ID: cell, Kind: fmc.Mobile, Number: read(t, mobile)}},
			Ring:    []fmc.RingStep{{Device: sip, For: 20 * second}, {Device: cell, After: 6 * second, For: 20 * second, Confirm: true}},
		}
	}
	return &fmc.Company{
		Profile:    fmc.Profile{ID: "acme", Name: "Acme", Country: "RU", Language: "en", Zone: time.UTC},
		Generation: 1,
		Numbers: []fmc.Number{
			{Number: read(t, officeNumber), Trunk: "carrier-a", Access: fmc.CallThrough, Scenario: "main", Proof: proof(officeNumber)},
			{Number: read(t, backNumber), Trunk: "carrier-a", Access: fmc.CallBack, Scenario: "main", Proof: proof(backNumber)},
		},
		Employees:   []fmc.Employee{person("ivanov", "201", ivanovMobile), person("petrov", "202", "+79167654321"), person("sidorov", "203", "+79165554433")},
		Groups:      []fmc.Group{{ID: "sales", Name: "Sales", Extension: "260", Strategy: fmc.Hunt, Ring: 30 * second, Each: 15 * second}},
		Conferences: []fmc.Conference{{ID: "board", Extension: "300", Record: true}},
		Scenarios:   map[fmc.ScenarioID]fmc.Scenario{"main": {ID: "main", Steps: []fmc.ScenarioStep{{Do: fmc.Action{Do: fmc.RingGroup, Group: "sales"}}}}},
		Rules: fmc.Rules{
			Recording: fmc.RecordingRule{Inbound: true, Outbound: true},
			Through:   fmc.ThroughRule{ProveAbroad: true},
		},
	}
}

// call has a mobile call one of the company's numbers; empty: hidden.
func (x *company) call(id fmc.CallID, from, to string, trust fmc.Trust) fmc.LegID {
	x.t.Helper()
	r := plan.Request{Company: "acme", Direction: fmc.Inbound, Trunk: "carrier-a", Trust: trust, From: callerid.Number{Kind: callerid.Hidden}, To: read(x.t, to)}
	if from != "" {
		r.From = read(x.t, from)
	}
	r = plan.Read(x.company("acme"), r)
	leg := fmc.LegID{Call: id, N: 1}
	x.up[leg], x.device[leg] = true, "caller"
	x.open(id, r, offeredBy(x.company("acme"), r, leg))
	return leg
}

// says plays whatever is said to its end until something is wanted of somebody.
func (x *company) says(id fmc.CallID) string {
	for range 20 {
		before := x.words(x.calls[id].Wiring)
		x.played(id)
		if x.words(x.calls[id].Wiring) == before {
			return before
		}
	}
	return x.words(x.calls[id].Wiring)
}

// last is the call that began last.
func (x *company) last() fmc.CallID { return x.order[len(x.order)-1] }

// answers has whoever is rung on a device pick up, and confirm where they must.
func (x *company) answers(id fmc.CallID, device fmc.DeviceID) fmc.LegID {
	x.t.Helper()
	leg := x.leg(id, device)
	x.link(leg, fmc.Alerting)
	x.link(leg, fmc.Up)
	if p, _ := x.calls[id].Party(leg); p.Assent == fmc.Awaited {
		x.keys(leg, "1")
	}
	return leg
}

func TestDecidedE2AThePINOnceADayThenNumberAfterNumber(t *testing.T) {
	x := newCompany(t)
	caller := x.call("c1", ivanovMobile, officeNumber, fmc.TrustCarrier)
	x.wants("c1", "caller:enter-pin")
	x.keys(caller, "471199#")
	x.wants("c1", "caller:dial-tone")
	x.keys(caller, "89120000001#")
	client := x.answers("c1", fmc.Outside)
	x.wants("c1", "caller:recording-notice outside:recording-notice")
	x.says("c1")
	x.wants("c1", "[caller outside tape]")
	x.run(x.now + 30*second)
	x.hangUp(client)
	x.wants("c1", "caller:next-tone")
	x.keys(caller, "*0")
	x.run(x.now + 3*second) // a longer code might follow
	if x.last() == "c1" {
		t.Fatal("the next number is no contact of its own")
	}
	r := x.over("c1", fmc.StatusAnswered)
	if r.Who.Employee != "ivanov" || r.Who.Client.E164 != clients || r.Who.Shown.E164 != officeNumber || r.Recognised[len(r.Recognised)-1].By != fmc.ByPIN || spells(t, x.theatre, "c1", "471199") {
		t.Fatalf("%+v, %+v", r.Who, r.Recognised)
	}
	next := x.last()
	x.answers(next, fmc.Outside)
	x.says(next)
	x.wants(next, "[caller outside tape]")
	x.hangUp(caller)
	if r := x.over(next, fmc.StatusAnswered); r.Who.Client.E164 != clients || r.Opened.Employee != "ivanov" {
		t.Fatalf("%+v", r.Who)
	}
	x.call("c3", ivanovMobile, officeNumber, fmc.TrustCarrier)
	x.wants("c3", "caller:dial-tone") // proved today
}

func TestDecidedE2AAStrangerWithAForgedNumberIsStoppedAndTheCompanyAlerted(t *testing.T) {
	x := newCompany(t)
	caller := x.call("c1", ivanovMobile, officeNumber, fmc.TrustForeign)
	for range 3 {
		x.wants("c1", "caller:enter-pin")
		x.keys(caller, "1234#")
		x.wants("c1", "caller:pin-wrong")
		x.played("c1")
	}
	r := x.over("c1", fmc.StatusRefused)
	locked := 0
	for _, a := range r.Alerts {
		if a.Kind == alertLocked {
			locked++
		}
	}
	if locked != 1 || x.pins.looks != 3 {
		t.Fatalf("alerts %+v, %d looks", r.Alerts, x.pins.looks)
	}
	x.call("c2", ivanovMobile, officeNumber, fmc.TrustForeign) // locked: the owner is called, not the stranger let in
	x.says("c2")
	x.over("c2", fmc.StatusNotAnswered)
	if len(x.begun) != 1 || x.begun[0].Request.Employee != "ivanov" || x.begun[0].Request.From.E164 != ivanovMobile {
		t.Fatalf("begun %+v", x.begun)
	}
}

func TestDecidedE2AAHiddenCallerHearsTheSameOfAnyExtension(t *testing.T) {
	hears := map[string]string{}
	for _, extension := range []string{"201", "999"} {
		x := newCompany(t)
		caller := x.call("c1", "", officeNumber, fmc.TrustCarrier)
		said := x.words(x.calls["c1"].Wiring)
		x.keys(caller, extension+"#")
		for range 4 {
			said += "|" + x.says("c1")
			x.keys(caller, "0000#")
		}
		hears[extension] = said
	}
	if hears["201"] != hears["999"] {
		t.Fatalf("who guesses an extension learns that it exists:\n%s\n%s", hears["201"], hears["999"])
	}
	x := newCompany(t)
	caller := x.call("c1", "", officeNumber, fmc.TrustCarrier)
	x.keys(caller, "201#471199#")
	x.wants("c1", "caller:dial-tone")
	x.keys(caller, "89120000001#")
	x.answers("c1", fmc.Outside)
	x.says("c1")
	x.hangUp(caller)
	if r := x.over("c1", fmc.StatusAnswered); r.Who.Employee != "ivanov" || r.Opened.Direction != fmc.Outbound {
		t.Fatalf("%+v, %+v", r.Who, r.Opened)
	}
}

func TestDecidedE2AACapIsTakenAndTellsTheCompany(t *testing.T) {
	x := newCompany(t)
	x.company("acme").Rules.Dialling.Caps = fmc.Caps{Calls: 1}
	x.company("acme").Rules.Through.PIN = fmc.PINNever
	caller := x.call("c1", ivanovMobile, officeNumber, fmc.TrustCarrier)
	x.keys(caller, "89120000001#")
	x.hangUp(x.answers("c1", fmc.Outside))
	x.hangUp(caller)
	caller = x.call("c2", ivanovMobile, officeNumber, fmc.TrustCarrier)
	x.keys(caller, "89120000002#")
	if dialled := len(x.calls["c2"].Parties) - 1; dialled != 0 {
		t.Fatalf("%d calls beyond the cap", dialled)
	}
	x.hangUp(caller)
	if r := fmc.Fold(x.facts["c2"]); len(r.Alerts) != 1 || r.Alerts[0].Kind != "cap" {
		t.Fatalf("alerts %+v", r.Alerts)
	}
}

func TestDecidedE2AAnEmergencyNumberIsNeverCalled(t *testing.T) {
	x := newCompany(t)
	caller := x.call("c1", ivanovMobile, officeNumber, fmc.TrustOwn)
	x.keys(caller, "112#")
	if said := x.words(x.calls["c1"].Wiring); said != "caller:emergency-hint" || len(x.calls["c1"].Parties) != 1 {
		t.Fatalf("wired %q with %d legs", said, len(x.calls["c1"].Parties))
	}
}

func TestDecidedE2BAMissedCallCallsTheOwnerWhoConfirms(t *testing.T) {
	x := newCompany(t)
	x.call("c1", ivanovMobile, backNumber, fmc.TrustForeign)
	if r := x.over("c1", fmc.StatusNotAnswered); r.Cause.Meaning != cause.Declined || r.Legs[0].Up != 0 {
		t.Fatalf("%+v", r.Cause)
	}
	x.run(x.now + 10*second)
	x.call("c2", ivanovMobile, backNumber, fmc.TrustForeign) // its echo
	x.over("c2", fmc.StatusNotAnswered)
	if len(x.begun) != 1 {
		t.Fatalf("two missed calls in 20 s began %d calls", len(x.begun))
	}
	x.follow("c3", x.begun[0])
	if rung := len(x.calls["c3"].Parties); rung != 1 {
		t.Fatalf("%d devices ring, want the mobile alone", rung)
	}
	mobile := x.leg("c3", "ivanov/mobile")
	x.link(mobile, fmc.Up)
	x.wants("c3", "ivanov/mobile:called-back")
	x.keys(mobile, "1")
	x.wants("c3", "ivanov/mobile:dial-tone")
	x.keys(mobile, "810442071838750#") // abroad is not allowed at all
	if len(x.calls["c3"].Parties) != 1 {
		t.Fatal("abroad was called")
	}
	x.says("c3")
	x.keys(mobile, "89120000001#")
	x.answers("c3", fmc.Outside)
	x.says("c3")
	x.wants("c3", "[ivanov/mobile outside tape]")
	x.hangUp(mobile)
	r := x.over("c3", fmc.StatusAnswered)
	if r.Who.Client.E164 != clients || r.Who.Employee != "ivanov" || len(r.Recognised) != 1 || r.Recognised[0].By != fmc.ByCallBack {
		t.Fatalf("%+v, %+v", r.Who, r.Recognised)
	}
}

func TestDecidedE2BAVoicemailIsNoAnswerAndThePersonIsCalledOnceMore(t *testing.T) {
	x := newCompany(t)
	x.call("c1", ivanovMobile, backNumber, fmc.TrustCarrier)
	for round := range 2 {
		id := fmc.CallID([]string{"c2", "c3"}[round])
		x.follow(id, x.begun[round])
		mobile := x.leg(id, "ivanov/mobile")
		x.link(mobile, fmc.Alerting)
		x.link(mobile, fmc.Up) // and nobody presses 1
		x.run(x.now + 10*second)
		r := x.over(id, fmc.StatusNotAnswered)
		if round == 1 && (len(r.Alerts) != 1 || r.Alerts[0].Kind != "call_back") {
			t.Fatalf("alerts %+v", r.Alerts)
		}
	}
	if len(x.begun) != 2 || x.begun[1].After != 30*second || x.begun[1].Request.Query.Round != 1 {
		t.Fatalf("begun %+v", x.begun)
	}
	c := x.board("acme").caller(x.company("acme"), "ivanov", callerid.Number{}, callerid.Number{}, x.clock())
	if c.CallBacks != 1 {
		t.Fatalf("a retry counts as asked for: %+v", c)
	}
}

func TestDecidedE2AStepUpHangsUpAndCallsBackForANumberAbroad(t *testing.T) {
	x := newCompany(t)
	x.company("acme").Rules.Dialling.Abroad = true
	caller := x.call("c1", ivanovMobile, officeNumber, fmc.TrustCarrier)
	x.keys(caller, "471199#810442071838750#")
	x.wants("c1", "caller:we-call-you-back")
	x.says("c1")
	x.over("c1", fmc.StatusNotAnswered)
	x.follow("c2", x.begun[0])
	x.answers("c2", "ivanov/mobile")
	if p, _ := x.calls["c2"].Party(x.leg("c2", fmc.Outside)); p.Number.E164 != "+442071838750" {
		t.Fatalf("called %+v", p.Number)
	}
}

func TestDecidedE3AColleagueIsReachedFromTheDialTone(t *testing.T) {
	x := newCompany(t)
	caller := x.call("c1", ivanovMobile, officeNumber, fmc.TrustOwn)
	x.keys(caller, "202#")
	x.answers("c1", "petrov/sip")
	x.wants("c1", "[caller petrov/sip]")
	x.hangUp(caller)
	r := x.over("c1", fmc.StatusAnswered)
	if r.Who.Client.E164 != "" || r.Who.Employee != "ivanov" {
		t.Fatalf("%+v", r.Who)
	}
	if c := x.board("acme").caller(x.company("acme"), "ivanov", callerid.Number{}, callerid.Number{}, x.clock()); c.Spent.Calls != 0 || c.LastDialled != "202" {
		t.Fatalf("%+v", c)
	}
}

// served has ivanov talk with a client of the company on his mobile.
func (x *company) served(id fmc.CallID) (client, mobile fmc.LegID) {
	x.t.Helper()
	client = x.call(id, clients, backNumber, fmc.TrustCarrier)
	x.says(id)
	x.run(x.now + 7*second)
	mobile = x.answers(id, "ivanov/mobile")
	x.says(id)
	x.wants(id, "[caller ivanov/mobile tape]")
	return client, mobile
}

func TestDecidedE4ABlindTransferComesBackAndThenTheGroupHasIt(t *testing.T) {
	x := newCompany(t)
	_, mobile := x.served("c1")
	x.keys(mobile, "*3202#")
	target := x.leg("c1", "petrov/sip")
	x.link(target, fmc.Alerting)
	x.run(x.now + 33*second)
	if x.up[target] {
		t.Fatal("the target rings on")
	}
	if back := x.leg("c1", "ivanov/sip"); !x.up[back] {
		t.Fatal("the client does not come back to who transferred")
	}
	x.run(x.now + 40*second)
	if last := x.asked[len(x.asked)-1]; last.What != plan.AskGroup {
		t.Fatalf("nobody has the client: asked %v", last.What)
	}
}

func TestDecidedE4AnAttendedTransferThenParkAndRetrieve(t *testing.T) {
	x := newCompany(t)
	client, mobile := x.served("c1")
	x.keys(mobile, "*2202#")
	x.answers("c1", "petrov/sip")
	x.wants("c1", "[ivanov/mobile petrov/sip tape] caller:music")
	x.hangUp(mobile)
	x.wants("c1", "[caller petrov/sip tape]")
	x.keys(x.leg("c1", "petrov/sip"), "*4#")
	x.wants("c1", "petrov/sip:parked-in+digits/202 caller:music")
	x.says("c1")
	caller := x.call("c2", ivanovMobile, officeNumber, fmc.TrustOwn)
	x.keys(caller, "*4202#")
	x.wants("c1", "[caller caller tape]")
	x.over("c2", fmc.StatusMerged)
	x.hangUp(client)
	r := x.over("c1", fmc.StatusAnswered)
	if r.Who.Client.E164 != clients || len(r.Recording.Notices) == 0 {
		t.Fatalf("%+v", r.Who)
	}
}

func TestDecidedE5PullFromADeskAndPushBackToTheMobile(t *testing.T) {
	x := newCompany(t)
	client, mobile := x.served("c1")
	desk := fmc.LegID{Call: "c2", N: 1}
	x.up[desk], x.device[desk] = true, "desk"
	r := plan.Read(x.company("acme"), plan.Request{Company: "acme", Direction: fmc.Outbound, Account: "ivanov", Dialled: "*8"})
	x.open("c2", r, offeredBy(x.company("acme"), r, desk))
	x.wants("c1", "[caller desk tape] ivanov/mobile:moved")
	x.says("c1")
	if x.up[mobile] {
		t.Fatal("the mobile stays")
	}
	x.keys(desk, "*9")
	x.run(x.now + 7*second)
	x.answers("c1", "ivanov/mobile")
	x.wants("c1", "[caller ivanov/mobile tape] desk:moved")
	x.says("c1")
	x.hangUp(client)
	x.over("c2", fmc.StatusMerged)
	if record := x.over("c1", fmc.StatusAnswered); record.Who.Employee != "ivanov" {
		t.Fatalf("%+v", record.Who)
	}
}

func TestDecidedAConferenceOfPeopleOnTheRoad(t *testing.T) {
	x := newCompany(t)
	x.company("acme").Rules.Through.PIN = fmc.PINNever
	first := x.call("c1", ivanovMobile, officeNumber, fmc.TrustCarrier)
	x.keys(first, "300#")
	x.says("c1")
	x.wants("c1", "caller:music")
	second := x.call("c2", "+79167654321", officeNumber, fmc.TrustCarrier)
	x.keys(second, "300#")
	x.says("c2")
	x.says("c1")
	x.wants("c1", "[caller caller tape]")
	x.hangUp(first)
	x.wants("c1", "caller:music")
	x.hangUp(second)
	x.over("c1", fmc.StatusAnswered)
}

func TestDecidedVoicemailIsHeardByPhoneAndTheClientCalledBack(t *testing.T) {
	x := newCompany(t)
	x.mail = []fmc.NewMail{{Prompt: "message/c9/1000", From: clients}, {Prompt: "message/c9/2000"}}
	caller := x.call("c1", ivanovMobile, officeNumber, fmc.TrustOwn)
	x.keys(caller, "*97#")
	for !strings.Contains(x.words(x.calls["c1"].Wiring), "message-keys") {
		x.played("c1")
	}
	if all := facts[fmc.Listened](x.theatre, "c1"); len(all) != 1 || all[0].Prompt != "message/c9/1000" {
		t.Fatalf("listened %+v", all)
	}
	x.keys(caller, "5")
	if x.last() == "c1" {
		t.Fatal("the client is not called")
	}
	x.answers(x.last(), fmc.Outside)
	x.says(x.last())
	x.wants(x.last(), "[caller outside tape]")
}
