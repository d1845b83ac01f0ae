package call_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// tuesday is ten in the morning in Moscow.
var tuesday = time.Date(2026, time.November, 24, 7, 0, 0, 0, time.UTC)

const (
	office = "+74951234567"
	client = "+79120000001"
)

func number(t testing.TB, raw string) callerid.Number {
	t.Helper()
	n, err := callerid.Read(raw, "RU")
	if err != nil {
		t.Fatal(err)
	}
	return n.Canonical()
}

// bureau is a company with a menu whose key 2 begins its extensions too, a group of two, and a person at a desk.
func bureau(t testing.TB) *fmc.Company {
	t.Helper()
	proof := callerid.Proof{Number: office, Kind: callerid.Declared, Ref: "17/2026", At: tuesday.AddDate(-1, 0, 0)}
	person := func(id fmc.EmployeeID, extension, mobile, account string) fmc.Employee {
		e := fmc.Employee{ID: id, Name: string(id), Extension: extension, Groups: []fmc.GroupID{"sales"}}
		if account != "" {
			device := fmc.DeviceID(string(id) + "/sip")
			e.Devices = append(e.Devices, fmc.Device{ID: device, Kind: fmc.SIPPhone, Account: fmc.AccountID(account)})
			e.Ring = append(e.Ring, fmc.RingStep{Device: device, For: 20 * time.Second})
		}
		device := fmc.DeviceID(string(id) + "/mobile")
		e.Devices = append(e.Devices, fmc.Device{ID: device, Kind: fmc.Mobile, Number: number(t, mobile)})
		e.Ring = append(e.Ring, fmc.RingStep{Device: device, For: 20 * time.Second, Confirm: true})
		return e
	}
	return &fmc.Company{
		Profile:    fmc.Profile{ID: "bureau", Name: "Bureau", Country: "RU", Language: "en", Zone: time.UTC},
		Generation: 1,
		Numbers:    []fmc.Number{{Number: number(t, office), Trunk: "carrier-a", Scenario: "main", Proof: proof}},
		Employees:  []fmc.Employee{person("ivanov", "201", "+79161234567", "ivanov-desk"), person("petrov", "202", "+79167654321", "")},
		Groups:     []fmc.Group{{ID: "sales", Name: "Sales", Extension: "260", Strategy: fmc.Hunt, Ring: 30 * time.Second, Each: 15 * time.Second}},
		Scenarios: map[fmc.ScenarioID]fmc.Scenario{"main": {ID: "main", Steps: []fmc.ScenarioStep{{Menu: &fmc.Menu{
			Prompt: "welcome", DialExtension: true, Timeout: 5 * time.Second, Repeats: 2,
			Keys: map[string]fmc.Action{
				"1": {Do: fmc.RingGroup, Group: "sales"}, "2": {Do: fmc.RingEmployee, Employee: "petrov"}, "3": {Do: fmc.LeaveVoicemail, Group: "sales"},
			},
			Default: fmc.Action{Do: fmc.HangUp},
		}}}}},
		Rules: fmc.Rules{Recording: fmc.RecordingRule{Inbound: true, Outbound: true}},
	}
}

// supposed rehearses a supposed call in a quiet world.
func supposed(t testing.TB, c *fmc.Company, s call.Supposed) call.Rehearsal {
	t.Helper()
	r, err := s.Request(c)
	if err != nil {
		t.Fatal(err)
	}
	script, err := s.Script(c)
	if err != nil {
		t.Fatal(err)
	}
	return call.Rehearse(c, call.Quiet(c, nil), r, tuesday, script)
}

// rung are the devices that a rehearsed call rang, in order.
func rung(r call.Rehearsal) string {
	var all []string
	for _, x := range r.Rings {
		all = append(all, string(x.Device))
	}
	return strings.Join(all, " ")
}

func TestAMenuKeyThatBeginsAnExtensionCountsWhenNothingFollows(t *testing.T) {
	for keys, want := range map[string]string{"1": "ivanov/sip ivanov/mobile petrov/mobile", "2": "petrov/mobile", "201": "ivanov/sip ivanov/mobile", "": ""} {
		r := supposed(t, bureau(t), call.Supposed{From: client, Keys: keys})
		if rung(r) != want {
			t.Errorf("keys %q rang %q, want %q", keys, rung(r), want)
		}
	}
}

func TestWhoAnswersInASupposedCallTalks(t *testing.T) {
	r := supposed(t, bureau(t), call.Supposed{From: "8 912 000-00-01", To: "84951234567", Keys: "1", Answers: []string{"petrov"}})
	if r.Record.Status != fmc.StatusAnswered || r.Record.Who.Employee != "petrov" || r.Record.Who.Client.E164 != client {
		t.Fatalf("%+v", r.Record.Who)
	}
	r = supposed(t, bureau(t), call.Supposed{By: "ivanov", Dial: "89120000001", Answers: []string{"outside"}})
	if r.Record.Status != fmc.StatusAnswered || r.Record.Opened.Direction != fmc.Outbound || r.Record.Who.Shown.E164 != office {
		t.Fatalf("%+v %s", r.Record.Who, r.Record.Status)
	}
}

func TestAHiddenCallerIsSupposedToo(t *testing.T) {
	r := supposed(t, bureau(t), call.Supposed{To: office, Keys: "2", Answers: []string{"petrov"}})
	if r.Record.Opened.From.Kind != callerid.Hidden || r.Record.Status != fmc.StatusAnswered {
		t.Fatalf("%+v", r.Record.Opened)
	}
}

func TestAQuestionThatCannotBeAskedSaysWhatToWrite(t *testing.T) {
	for want, s := range map[string]call.Supposed{
		"what does ivanov dial":                          {By: "ivanov"},
		"who dials 112":                                  {Dial: "112"},
		"not both":                                       {By: "ivanov", Dial: "112", From: client},
		"is no number of company bureau":                 {From: client, To: "+74950000000"},
		"its numbers are " + office:                      {From: client, To: "nonsense"},
		"write it like":                                  {From: "12"},
		"a person who dials chooses":                     {From: client, To: office, Show: office},
		"petrov has no SIP account":                      {By: "petrov", Dial: "201"},
		"no person or account \"nobody\"":                {By: "nobody", Dial: "201"},
		"no person or group \"nobody\" who could answer": {From: client, Answers: []string{"nobody"}},
	} {
		c := bureau(t)
		_, err := s.Request(c)
		if err == nil {
			_, err = s.Script(c)
		}
		if !errors.Is(err, cause.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", s, err, want)
		}
	}
}

func yes(b bool) *bool { return &b }

func TestACompanysOwnTestsFailWithTheReason(t *testing.T) {
	in := func(keys string, x fmc.Expectation) fmc.Test {
		return fmc.Test{At: tuesday, From: number(t, client), To: number(t, office), Keys: keys, Expect: x}
	}
	out := func(dial string, x fmc.Expectation) fmc.Test {
		return fmc.Test{At: tuesday, Account: "ivanov-desk", Dial: dial, Expect: x}
	}
	for _, row := range []struct {
		test fmc.Test
		want string // of the first reason; empty: it passes
	}{
		{in("1", fmc.Expectation{Reaches: "sales", Within: 30 * time.Second, Recorded: yes(true)}), ""},
		{in("1", fmc.Expectation{Reaches: "ivanov", Within: 20 * time.Second}), ""},
		{in("1", fmc.Expectation{Reaches: "petrov", Within: 10 * time.Second}), "longer than 10s"},
		{in("2", fmc.Expectation{Reaches: "ivanov"}), "it does not reach ivanov"},
		{in("3", fmc.Expectation{Reaches: "voicemail", Recorded: yes(true)}), ""},
		{in("3", fmc.Expectation{Reaches: "sales"}), "it does not reach sales: it comes out as voicemail, the caller leaves a message"},
		{in("", fmc.Expectation{Reaches: "sales"}), "it does not reach sales"},
		{in("1", fmc.Expectation{Reaches: "voicemail"}), ""},
		{in("1", fmc.Expectation{Recorded: yes(false)}), "it is recorded: the company records calls of this kind"},
		{in("2", fmc.Expectation{Shows: number(t, office)}), ""},
		{in("2", fmc.Expectation{Shows: number(t, client)}), "petrov/mobile sees " + office + ", not " + client},
		{in("2", fmc.Expectation{Refused: yes(true)}), "it is not refused"},
		{out("89120000001", fmc.Expectation{Reaches: "outside", Shows: number(t, office), Recorded: yes(true)}), ""},
		{out("202", fmc.Expectation{Reaches: "petrov", Recorded: yes(false)}), ""},
		{out("202", fmc.Expectation{Recorded: yes(true)}), "it is not recorded"},
		{out("8 10 44 20 7946 0000", fmc.Expectation{Refused: yes(true)}), ""},
		{out("8 10 44 20 7946 0000", fmc.Expectation{Reaches: "outside"}), "it does not reach outside: it comes out as refused"},
		{out("8 10 44 20 7946 0000", fmc.Expectation{Refused: yes(false)}), "it is refused: "},
		{out("8 10 44 20 7946 0000", fmc.Expectation{Within: time.Second}), "it reaches nobody within 1s"},
		{out("8 10 44 20 7946 0000", fmc.Expectation{Shows: number(t, office)}), "nobody is called who could see"},
	} {
		c := bureau(t)
		v := call.Judge(c, call.Quiet(c, nil), row.test)
		first := strings.Join(v.Failed, "; ")
		if (row.want == "") != (first == "") || !strings.Contains(first, row.want) {
			t.Errorf("%s %s expecting %+v: %q, want %q\n%s", row.test.Keys, row.test.Dial, row.test.Expect, first, row.want, v.Plans)
		}
	}
}

func TestAQuietWorldTakesTheLinesThatAreGivenAsReady(t *testing.T) {
	c := bureau(t)
	asked := []fmc.LineState{{ID: "trunk:b", Kind: fmc.TrunkLine, Trunk: "b", Why: "it does not answer", Free: 3}}
	w := call.Quiet(c, func(fmc.DeviceID) []fmc.LineState { return asked })
	if l := w.Lines("petrov/mobile"); len(l) != 1 || !l[0].Ready || l[0].Why != "" || l[0].Free != 0 || asked[0].Ready {
		t.Fatalf("%+v of %+v", l, asked)
	}
	own := call.Quiet(c, nil)
	if l := own.Lines("ivanov/sip"); len(l) != 1 || l[0].ID != "sip:ivanov-desk" || l[0].Kind != fmc.AccountLine {
		t.Fatalf("%+v", l)
	}
	if l := own.Lines(fmc.Outside); len(l) != 1 || l[0].Trunk != "carrier-a" {
		t.Fatalf("%+v", l)
	}
}

// alone is a directory of one company.
type alone struct{ company *fmc.Company }

func (a alone) Company(id fmc.CompanyID) (*fmc.Company, bool) {
	return a.company, id == a.company.Profile.ID
}

func (a alone) Called(fmc.TrunkID, string) (*fmc.Company, bool) { return a.company, true }

func TestTheLiveWorldIsWhatTheNodeKnows(t *testing.T) {
	c := bureau(t)
	ready := []fmc.LineState{{ID: "trunk:carrier-a", Kind: fmc.TrunkLine, Trunk: "carrier-a", Ready: true}}
	s := call.NewSwitch(call.Options{Directory: alone{c}, Reach: func(of *fmc.Company, d fmc.DeviceID) []fmc.LineState {
		if of != c || d != "petrov/mobile" {
			t.Errorf("asked for %s of %p", d, of)
		}
		return ready
	}})
	s.Remember([]fmc.Record{{
		Company: "bureau", Opened: fmc.Opened{Began: tuesday.Add(-time.Hour)}, Times: fmc.Times{Answered: time.Second, Ended: time.Minute},
		Who: fmc.Who{Employee: "petrov", Client: number(t, client)},
	}})
	w := s.World(c, tuesday)
	who, ago := w.LastWith(number(t, client))
	if who != "petrov" || ago != 59*time.Minute || w.IdleSince("petrov") != ago || w.Busy("petrov") || w.Waiting("sales") != 0 || w.Turn("sales") != "" || w.InUse(c.Numbers[0].Limit()) != 0 {
		t.Fatal(who, ago)
	}
	if !slices.EqualFunc(w.Lines("petrov/mobile"), ready, func(a, b fmc.LineState) bool { return a.ID == b.ID }) {
		t.Fatal("other lines")
	}
	var _ plan.World = w
}

func TestACallThroughIsSupposedWithPINAndNumber(t *testing.T) {
	c := bureau(t)
	c.Numbers[0].Access = fmc.CallThrough
	c.Rules.Through.PIN = fmc.PINAlways
	for name, keys := range map[string]string{"in the order of the menus": "4711# 89120000001#", "in one go": "4711#89120000001#"} {
		t.Run(name, func(t *testing.T) {
			r := supposed(t, c, call.Supposed{From: "+79167654321", Keys: keys, Answers: []string{"outside"}})
			if r.Record.Status != fmc.StatusAnswered || r.Record.Who.Employee != "petrov" || r.Record.Who.Client.E164 != client || r.Record.Opened.Direction != fmc.Outbound {
				t.Fatalf("%s: %+v", r.Record.Status, r.Record.Who)
			}
			if r.Record.Legs[0].Role != fmc.Worker || len(r.Record.Recording.Notices) == 0 {
				t.Fatalf("%+v", r.Record.Legs)
			}
		})
	}
}

func TestACallBackIsSupposedAndShown(t *testing.T) {
	c := bureau(t)
	c.Numbers[0].Access = fmc.CallBack
	r := supposed(t, c, call.Supposed{From: "+79167654321"})
	if r.Record.Cause.Meaning != cause.Declined || len(r.Follows) != 1 || r.Follows[0].Request.Employee != "petrov" {
		t.Fatalf("%+v, %+v", r.Record.Cause, r.Follows)
	}
	if stranger := supposed(t, c, call.Supposed{From: client}); len(stranger.Follows) != 0 || stranger.Record.Opened.Direction != fmc.Inbound {
		t.Fatalf("a stranger is called back: %+v", stranger.Follows)
	}
	back := call.Rehearse(c, call.Quiet(c, nil), r.Follows[0].Request, tuesday, call.Script{
		Devices: map[fmc.DeviceID]call.Behaviour{"petrov/mobile": {Answers: 2 * time.Second, Key: "1", KeyIn: time.Second}},
		Outside: map[string]call.Behaviour{"": {Answers: time.Second, Talks: 5 * time.Second}},
		Caller:  call.Caller{Keys: []call.Keys{{Keys: "89120000001#", After: time.Second}}},
	})
	if back.Record.Status != fmc.StatusAnswered || back.Record.Who.Client.E164 != client {
		t.Fatalf("%s: %+v", back.Record.Status, back.Record.Who)
	}
}

// offering is the bureau with a second number, which its people may choose to show.
func offering(t testing.TB) (*fmc.Company, callerid.Number) {
	t.Helper()
	c, second := bureau(t), number(t, "+74957654321")
	proof := callerid.Proof{Number: second.E164, Kind: callerid.Declared, Ref: "18/2026", At: tuesday.AddDate(-1, 0, 0)}
	c.Numbers = append(c.Numbers, fmc.Number{Number: second, Trunk: "carrier-a", Proof: proof})
	c.Rules.CallerID = []fmc.CallerIDRule{{Show: c.Numbers[0].Number, Choose: []callerid.Number{second}}}
	return c, second
}

func TestASupposedCallShowsTheNumberThatIsChosen(t *testing.T) {
	c, second := offering(t)
	r := supposed(t, c, call.Supposed{By: "ivanov", Dial: client, Show: "8 (495) 765-43-21", Answers: []string{"outside"}})
	if r.Record.Who.Shown.E164 != second.E164 {
		t.Errorf("it shows %s", r.Record.Who.Shown)
	}
	if r = supposed(t, c, call.Supposed{By: "ivanov", Dial: client, Show: client, Answers: []string{"outside"}}); len(r.Rings) != 0 || !strings.Contains(r.Record.Cause.Text, "may not show "+client) {
		t.Errorf("%v: %s", r.Rings, r.Record.Cause.Text)
	}
	if _, err := (call.Supposed{By: "ivanov", Dial: client, Show: "12"}).Request(c); !errors.Is(err, cause.Invalid) {
		t.Errorf("%v", err)
	}
}

func TestTheNumberThatWasChosenStaysChosenWhereThePersonIsCalledBackForABusyClient(t *testing.T) {
	c, second := offering(t)
	wanted := plan.Request{Company: c.Profile.ID, Direction: fmc.Outbound, Employee: "petrov", Dialled: client, Show: second}
	r := call.Rehearse(c, call.Quiet(c, nil), wanted, tuesday, call.Script{
		Devices: map[fmc.DeviceID]call.Behaviour{"petrov/mobile": {Answers: 2 * time.Second, Key: "1", KeyIn: time.Second}},
		Outside: map[string]call.Behaviour{"": {Ends: time.Second, Cause: cause.Of(cause.Busy)}},
		Caller:  call.Caller{Keys: []call.Keys{{Keys: "5", After: time.Second}}},
	})
	outside := slices.IndexFunc(r.Rings, func(x call.Rang) bool { return x.Device == fmc.Outside })
	if outside < 0 || r.Rings[outside].Shown.From.E164 != second.E164 {
		t.Fatalf("%+v", r.Rings)
	}
	if len(r.Follows) != 1 || r.Follows[0].Request.Show != second {
		t.Fatalf("%+v", r.Follows)
	}
}
