package plan_test

import (
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/plan"
)

const second = time.Second

// monday is a working moment of the company: 10:00 in Moscow.
var monday = time.Date(2026, time.November, 23, 7, 0, 0, 0, time.UTC)

// sunday is ten in the morning when nobody works.
var sunday = monday.AddDate(0, 0, -1)

func number(t testing.TB, raw string) callerid.Number {
	t.Helper()
	n, err := callerid.Read(raw, "RU")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func proof(e164 string) callerid.Proof {
	return callerid.Proof{Number: e164, Kind: callerid.Declared, By: "a contract", At: monday.AddDate(-1, 0, 0)}
}

// acme is the company of ARCHITECTURE section 8: sales with two people, Ivanov at a fixed phone and a mobile, Petrov on
// the road.
func acme(t testing.TB) *fmc.Company {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Moscow")
	if err != nil {
		t.Fatal(err)
	}
	work := fmc.Hours{ID: "work", Closed: map[fmc.Date]bool{}}
	for day := time.Monday; day <= time.Friday; day++ {
		work.Weekly[day] = []fmc.Span{{From: 9 * 60, To: 18 * 60}}
	}
	main := number(t, "+74951234567")
	return &fmc.Company{
		Profile:    fmc.Profile{ID: "acme", Name: "Acme Construction", Country: "RU", Language: "ru", Zone: zone},
		Generation: 7,
		Hours:      map[fmc.HoursID]fmc.Hours{"work": work},
		Sites:      []fmc.Site{{ID: "office", Emergency: fmc.EmergencyRoute{Trunk: "carrier-a", Number: main}}},
		Numbers: []fmc.Number{
			{Number: main, Trunk: "carrier-a", Lines: 30, Scenario: "main", Proof: proof("+74951234567")},
			{Number: number(t, "+74957654321"), Trunk: "carrier-b", Owner: "petrov", Proof: proof("+74957654321")},
			{Number: number(t, "+74950000001"), Trunk: "carrier-a"}, // not proved
		},
		Employees: []fmc.Employee{
			{
				ID: "ivanov", Name: "Ivan Ivanov", Extension: "201", Groups: []fmc.GroupID{"sales"}, Hours: "work",
				Devices: []fmc.Device{
					{ID: "ivanov/sip", Kind: fmc.SIPPhone, Account: "ivanov-desk", Fixed: true, Site: "office"},
					{ID: "ivanov/mobile", Kind: fmc.Mobile, Number: number(t, "+79161234567")},
				},
				Ring: []fmc.RingStep{
					{Device: "ivanov/sip", For: 25 * second},
					{Device: "ivanov/mobile", After: 6 * second, For: 25 * second, Confirm: true},
				},
				Voicemail: fmc.Mailbox{Mail: "ivanov@acme.example"},
			},
			{
				ID: "petrov", Name: "Pyotr Petrov", Extension: "202", Groups: []fmc.GroupID{"sales"},
				Devices: []fmc.Device{{ID: "petrov/mobile", Kind: fmc.Mobile, Number: number(t, "+79167654321")}},
			},
			{
				ID: "sidorov", Name: "Sidor Sidorov", Extension: "203", Groups: []fmc.GroupID{"service"},
				Devices: []fmc.Device{{ID: "sidorov/sip", Kind: fmc.SIPPhone, Account: "sidorov-soft"}},
			},
		},
		Groups: []fmc.Group{
			{
				ID: "sales", Name: "Sales", Extension: "260", Strategy: fmc.Hunt, Ring: 30 * second, Each: 15 * second,
				Wait: fmc.WaitRule{Longest: 5 * time.Minute, Music: "default"}, Sticky: time.Hour, Head: "ivanov",
			},
			{ID: "service", Name: "Service", Extension: "270"},
		},
		Scenarios: map[fmc.ScenarioID]fmc.Scenario{"main": {ID: "main", Steps: []fmc.ScenarioStep{
			{Schedule: &fmc.ScheduleStep{Outside: "work", Do: fmc.Action{Do: fmc.LeaveVoicemail, Group: "sales"}}},
			{Menu: &fmc.Menu{
				Prompt: "welcome", DialExtension: true, Default: fmc.Action{Do: fmc.RingGroup, Group: "sales"},
				Keys: map[string]fmc.Action{
					"1": {Do: fmc.RingGroup, Group: "sales"},
					"2": {Do: fmc.RingGroup, Group: "service"},
				},
			}},
		}}},
		Rules: fmc.Rules{
			CallerID:  []fmc.CallerIDRule{{Group: "sales", Show: main}},
			Recording: fmc.RecordingRule{Inbound: true, Outbound: true},
		},
	}
}

// world is a scripted World. What is not set is the quietest answer.
type world struct {
	busy    map[fmc.EmployeeID]bool
	lines   map[fmc.DeviceID][]fmc.LineState
	last    fmc.EmployeeID
	ago     time.Duration
	idle    map[fmc.EmployeeID]time.Duration
	turn    map[fmc.GroupID]fmc.EmployeeID
	waiting map[fmc.GroupID]int
	inUse   map[fmc.LimitID]int
	caller  fmc.Caller
	pin     fmc.PINVerdict
	talking []fmc.LegID
	in      map[fmc.ConferenceID]int
	mail    []fmc.NewMail
	modes   map[fmc.EmployeeID]fmc.Mode
}

func (w *world) Mode(who fmc.EmployeeID) fmc.Mode { return w.modes[who] }

func (w *world) Caller(fmc.EmployeeID, callerid.Number, callerid.Number) fmc.Caller { return w.caller }
func (w *world) CheckPIN(fmc.PINTry) fmc.PINVerdict                                 { return w.pin }
func (w *world) Talking(fmc.EmployeeID) []fmc.LegID                                 { return w.talking }

func (w *world) In(id fmc.ConferenceID) int { return w.in[id] }

func (w *world) Messages(fmc.EmployeeID) []fmc.NewMail { return w.mail }

var _ plan.World = (*world)(nil)

func (w *world) Busy(id fmc.EmployeeID) bool               { return w.busy[id] }
func (w *world) IdleSince(id fmc.EmployeeID) time.Duration { return w.idle[id] }
func (w *world) Turn(id fmc.GroupID) fmc.EmployeeID        { return w.turn[id] }
func (w *world) Waiting(id fmc.GroupID) int                { return w.waiting[id] }
func (w *world) InUse(id fmc.LimitID) int                  { return w.inUse[id] }
func (w *world) LastWith(callerid.Number) (fmc.EmployeeID, time.Duration) {
	return w.last, w.ago
}

// Lines answers as scripted; else a SIP phone is registered and both trunks are ready.
func (w *world) Lines(id fmc.DeviceID) []fmc.LineState {
	if lines, ok := w.lines[id]; ok {
		return lines
	}
	switch id {
	case "ivanov/sip":
		return []fmc.LineState{{ID: "sip:ivanov-desk", Kind: fmc.AccountLine, Ready: true}}
	case "sidorov/sip":
		return []fmc.LineState{{ID: "sip:sidorov-soft", Kind: fmc.AccountLine, Ready: true}}
	default:
		return trunks()
	}
}

// trunks are two trunks in no particular order, the second to the number of the first.
func trunks() []fmc.LineState {
	return []fmc.LineState{
		{ID: "trunk:carrier-b", Kind: fmc.TrunkLine, Trunk: "carrier-b", Ready: true, Form: callerid.Form{Country: "RU"}},
		{ID: "trunk:carrier-a", Kind: fmc.TrunkLine, Trunk: "carrier-a", Ready: true, Form: callerid.Form{Country: "RU"}},
	}
}

// calling is a client's call to the main number.
func calling(t testing.TB) plan.Request {
	t.Helper()
	return plan.Request{
		Call: "1", Company: "acme", Direction: fmc.Inbound, Trunk: "carrier-a",
		From: number(t, "+79120000001"), To: number(t, "+74951234567"),
	}
}

// dialling is what a phone of the company dials.
func dialling(account fmc.AccountID, dialled string) plan.Request {
	return plan.Request{Call: "2", Company: "acme", Account: account, Dialled: dialled}
}

// decide decides, and holds every plan of every test to what is true of all plans.
func decide(t testing.TB, c *fmc.Company, w plan.World, q plan.Request, now time.Time) plan.Plan {
	t.Helper()
	p := plan.Decide(c, w, q, now)
	if err := p.Check(); err != nil {
		t.Fatalf("%v\n%s", err, p)
	}
	for _, r := range p.Because {
		if r.Topic == "plan" {
			t.Fatalf("the plan that was made failed its check: %s", r.Text)
		}
	}
	return p
}
