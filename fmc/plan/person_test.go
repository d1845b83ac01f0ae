package plan_test

import (
	"strings"
	"testing"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

func TestAPersonRingsInTheirOwnOrder(t *testing.T) {
	p := decide(t, acme(t), &world{}, asking(t, plan.Query{What: plan.AskPerson, Employee: "ivanov"}), monday)
	_, n := at(t, p, plan.Ring)
	if len(n.Tries) != 2 || n.Person != "ivanov" || n.For != 43*second {
		t.Fatalf("%s", p)
	}
	desk, mobile := n.Tries[0], n.Tries[1]
	if desk.Device != "ivanov/sip" || desk.After != 0 || desk.For != 25*second || desk.Confirm || desk.Account != "ivanov-desk" || desk.Role != fmc.Worker {
		t.Errorf("%+v", desk)
	}
	if mobile.Device != "ivanov/mobile" || mobile.After != 6*second || mobile.For != 25*second || !mobile.Confirm || mobile.Number.E164 != "+79161234567" {
		t.Errorf("%+v", mobile)
	}
	if mobile.Whisper != "call-for-you+confirm+from+digits/79120000001" {
		t.Errorf("the whisper does not say who calls: %s", mobile.Whisper)
	}
}

func TestWithoutAnOrderPhonesRingAtOnceAndMobilesSoonAfterWithConfirmation(t *testing.T) {
	c := acme(t)
	c.Employees[0].Ring = nil
	_, n := at(t, decide(t, c, &world{}, asking(t, plan.Query{What: plan.AskPerson, Employee: "ivanov"}), monday), plan.Ring)
	if n.Tries[0].After != 0 || n.Tries[0].Confirm || n.Tries[1].After != 6*second || !n.Tries[1].Confirm || n.Tries[1].For != 25*second {
		t.Fatalf("%+v", n.Tries)
	}
}

func TestAMobileDoesNotWaitForAPhoneThatIsNotThere(t *testing.T) {
	w := &world{lines: map[fmc.DeviceID][]fmc.LineState{"ivanov/sip": {{ID: "sip:ivanov-desk", Kind: fmc.AccountLine, Why: "not registered"}}}}
	p := decide(t, acme(t), w, asking(t, plan.Query{What: plan.AskPerson, Employee: "ivanov"}), monday)
	if _, n := at(t, p, plan.Ring); len(n.Tries) != 1 || n.Tries[0].Device != "ivanov/mobile" || n.Tries[0].After != 0 {
		t.Fatalf("%s", p)
	}
	if !strings.Contains(why(p, "lines"), "not registered") {
		t.Fatalf("it is not said why the phone does not ring:\n%s", p)
	}
}

func TestBusyNoAnswerUnreachableAndOffHoursHaveABranchEach(t *testing.T) {
	query := plan.Query{What: plan.AskPerson, Employee: "ivanov"}
	p := decide(t, acme(t), &world{}, asking(t, query), monday)
	_, n := at(t, p, plan.Ring)
	for o, greeting := range map[plan.Outcome]fmc.PromptID{
		plan.Busy: plan.MailBusy, plan.TurnedDown: plan.MailBusy, plan.NoAnswer: plan.MailNoAnswer, plan.TimedOut: plan.MailNoAnswer,
		plan.Unreachable: plan.MailUnreachable, plan.Congested: plan.MailUnreachable, plan.ToVoicemail: plan.MailNoAnswer,
	} {
		if m := p.Nodes[n.On[o]]; m.Do != plan.Mail || m.Say != greeting || m.Person != "ivanov" {
			t.Errorf("%v leads to %v %s", o, m.Do, m.Say)
		}
	}
	none := map[fmc.DeviceID][]fmc.LineState{"ivanov/sip": {}, "ivanov/mobile": {}}
	for name, row := range map[string]struct {
		world world
		so    plan.SoFar
		off   bool
		want  fmc.PromptID
	}{
		"busy":         {world{busy: map[fmc.EmployeeID]bool{"ivanov": true}}, plan.SoFar{}, false, plan.MailBusy},
		"declined":     {world{}, plan.SoFar{Passed: []fmc.EmployeeID{"ivanov"}}, false, plan.MailBusy},
		"unreachable":  {world{lines: none}, plan.SoFar{}, false, plan.MailUnreachable},
		"off the work": {world{}, plan.SoFar{}, true, plan.MailOffHours},
	} {
		t.Run(name, func(t *testing.T) {
			q, now := asking(t, query), monday
			row.so.Noticed = true
			if q.So = row.so; row.off {
				now = sunday
			}
			p := decide(t, acme(t), &row.world, q, now)
			if m := p.Nodes[0]; m.Do != plan.Mail || m.Say != row.want || m.Person != "ivanov" {
				t.Fatalf("%s", p)
			}
		})
	}
}

func TestAColleagueIsToldWhereNobodyReadsTheVoicemail(t *testing.T) {
	p := decide(t, acme(t), &world{busy: map[fmc.EmployeeID]bool{"petrov": true}}, dialling("ivanov-desk", "202"), monday)
	ends(t, p, cause.Busy)
	p = decide(t, acme(t), &world{busy: map[fmc.EmployeeID]bool{"ivanov": true}}, dialling("sidorov-soft", "201"), monday)
	if p.Nodes[0].Do != plan.Mail {
		t.Fatalf("%s", p)
	}
}

func TestAnInternalCallShowsWhoCallsInsideAndTheCompanyOutside(t *testing.T) {
	p := decide(t, acme(t), &world{}, dialling("sidorov-soft", "201"), monday)
	_, n := at(t, p, plan.Ring)
	desk, mobile := n.Tries[0].Lines[0].Shown, n.Tries[1].Lines[0].Shown
	if desk.From.Code() != "203" || desk.Display != "Sidor Sidorov" || !desk.Asserted.IsZero() {
		t.Errorf("the phone shows %+v", desk)
	}
	if mobile.From.E164 != "+74951234567" || !mobile.Diversion.IsZero() {
		t.Errorf("the mobile shows %+v", mobile)
	}
	if n.Tries[1].Whisper != "call-for-you+from+name/employee/sidorov+confirm" {
		t.Errorf("%s", n.Tries[1].Whisper)
	}
	if p.Recording.Record || p.Nodes[0].Do == plan.Say {
		t.Errorf("%s", p)
	}
}

func TestAnInternalCallIsRecordedOnlyWhereTheRuleSaysSoAndWithoutANotice(t *testing.T) {
	c := acme(t)
	c.Rules.Recording.Internal = true
	p := decide(t, c, &world{}, dialling("sidorov-soft", "201"), monday)
	if !p.Recording.Record || p.Nodes[0].Do != plan.Ring {
		t.Fatalf("%s", p)
	}
}

func TestADialledNumberOfNobodyInsideIsRefused(t *testing.T) {
	for dialled, want := range map[string]cause.Meaning{"299": cause.WrongNumber, "203": cause.Busy, "*77": cause.WrongNumber, "": cause.WrongNumber, "bob": cause.WrongNumber} {
		ends(t, decide(t, acme(t), &world{}, dialling("sidorov-soft", dialled), monday), want)
	}
	ends(t, decide(t, acme(t), &world{}, dialling("nobody", "201"), monday), cause.Refused)
}

func TestTheCompanysOwnNumberIsReachedInside(t *testing.T) {
	p := decide(t, acme(t), &world{}, dialling("sidorov-soft", "84951234567"), monday)
	if n := p.Nodes[0]; n.Do != plan.Gather || n.Say != "welcome" {
		t.Fatalf("%s", p)
	}
	if p = decide(t, acme(t), &world{}, dialling("sidorov-soft", "+74957654321"), monday); p.Nodes[0].Person != "petrov" {
		t.Fatalf("%s", p)
	}
}

func TestReadCompletesAPhonesRequestAndLeavesAClients(t *testing.T) {
	c := acme(t)
	for dialled, want := range map[string]fmc.Direction{
		"201": fmc.Internal, "89120000001": fmc.Outbound, "84951234567": fmc.Internal, "112": fmc.Outbound, "299": fmc.Internal, "*4201": fmc.Internal,
	} {
		q := plan.Read(c, dialling("ivanov-desk", dialled))
		if q.Direction != want || q.Employee != "ivanov" || q.To.IsZero() {
			t.Errorf("%s: %v %s %v", dialled, q.Direction, q.Employee, q.To)
		}
		if again := plan.Read(c, q); asJSON(t, again) != asJSON(t, q) {
			t.Errorf("%s: read twice it is another request", dialled)
		}
	}
	if q := calling(t); asJSON(t, plan.Read(c, q)) != asJSON(t, q) {
		t.Error("a client's request is changed")
	}
}
