package plan_test

import (
	"strings"
	"testing"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

func TestTheLastClientAndTheLastNumberAreCalledAgain(t *testing.T) {
	p := hold(t, accessible(t), known(), keys(t, "*0"))
	if outside(t, p).Number.E164 != "+79120000005" {
		t.Fatalf("%s", p)
	}
	if p = hold(t, accessible(t), known(), keys(t, "*7")); rung(p) != "petrov/mobile" {
		t.Fatalf("%s", p)
	}
	w := known()
	w.caller.LastWith = ""
	if p = hold(t, accessible(t), w, keys(t, "*0")); p.Nodes[0].Say != plan.SayNothingThere || p.Nodes[1].Do != plan.Gather {
		t.Fatalf("%s", p)
	}
	desk := dialling("ivanov-desk", "*0")
	if r := plan.Read(accessible(t), desk); r.Direction != fmc.Outbound {
		t.Fatalf("it is %s", r.Direction)
	}
	if p = hold(t, accessible(t), known(), desk); outside(t, p).Number.E164 != "+79120000005" || dialTones(p) > 0 {
		t.Fatalf("%s", p)
	}
}

func TestTwoStarsTakeACallOfThePersonsOwnGroups(t *testing.T) {
	c := accessible(t)
	c.Employees[0].Groups = []fmc.GroupID{"sales", "gone", "service"}
	for name, q := range map[string]plan.Request{"desk": dialling("ivanov-desk", "**"), "mobile": keys(t, "**")} {
		p := hold(t, c, known(), q)
		first := p.Nodes[0]
		second := p.Nodes[first.On[plan.Unreachable]]
		if first.Query.Group != "sales" || second.Query.Group != "service" || second.Gift != fmc.Take || p.Nodes[second.On[plan.Unreachable]].Say != plan.SayNothingThere {
			t.Errorf("%s:\n%s", name, p)
		}
	}
	c.Employees[0].Groups = nil
	ends(t, hold(t, c, known(), dialling("ivanov-desk", "**")), cause.WrongNumber)
	ends(t, hold(t, c, known(), dialling("ivanov-desk", "**400")), cause.WrongNumber) // nobody takes a call of a conference
}

func TestARunningCallIsPulledAndWhichOfSeveralIsAsked(t *testing.T) {
	one, two := fmc.LegID{Call: "8", N: 2}, fmc.LegID{Call: "9", N: 1}
	w := known()
	for name, q := range map[string]plan.Request{"desk": dialling("ivanov-desk", "*8"), "mobile": keys(t, "*8")} {
		w.talking = nil
		p := hold(t, accessible(t), w, q)
		if !says(p, plan.SayNothingThere) || has(p, plan.Give) && name == "desk" {
			t.Errorf("%s:\n%s", name, p)
		}
		w.talking = []fmc.LegID{one}
		p = hold(t, accessible(t), w, q)
		if n := p.Nodes[0]; n.Gift != fmc.Replace || n.Whom != one || p.Nodes[n.On[plan.Unreachable]].Say != plan.SayNothingThere {
			t.Errorf("%s:\n%s", name, p)
		}
		w.talking = []fmc.LegID{one, two}
		p = hold(t, accessible(t), w, q)
		if n := p.Nodes[0]; n.Say != plan.SaySeveral || p.Nodes[n.Keys["1"]].Whom != one || p.Nodes[n.Keys["2"]].Whom != two || len(n.Keys) != 2 {
			t.Errorf("%s:\n%s", name, p)
		}
	}
}

func TestAPhoneTakesThePlaceOfThePersonsOwnLegAlone(t *testing.T) {
	mine, other := fmc.LegID{Call: "8", N: 2}, fmc.LegID{Call: "9", N: 1}
	w := known()
	w.talking = []fmc.LegID{mine}
	q := plan.Request{Call: "2", Company: "acme", Account: "ivanov-desk", Query: plan.Query{What: plan.AskMove, Leg: mine}}
	if p := hold(t, accessible(t), w, q); p.Nodes[0].Gift != fmc.Replace || p.Nodes[0].Whom != mine {
		t.Fatalf("%s", p)
	}
	q.Query.Leg = other
	p := hold(t, accessible(t), w, q)
	if ends(t, p, cause.WrongNumber); has(p, plan.Ring) || has(p, plan.Give) {
		t.Fatalf("%s", p)
	}
}

func TestPushWithoutACallAndUnknownCodesAreRefused(t *testing.T) {
	for dialled, want := range map[string]fmc.PromptID{"*9": plan.SayNothingThere, "*55": plan.SayNoExtension, "*": plan.SayNoExtension, "*4": plan.SayNoExtension, "*98": plan.SayNotAllowed} {
		p := hold(t, accessible(t), known(), dialling("ivanov-desk", dialled))
		if ends(t, p, cause.WrongNumber); p.Nodes[0].Say != want || !p.Nodes[0].Early {
			t.Errorf("%s:\n%s", dialled, p)
		}
		if p = hold(t, accessible(t), known(), keys(t, dialled)); p.Nodes[0].Say != want || p.Nodes[1].Do != plan.Gather {
			t.Errorf("%s at the dial tone:\n%s", dialled, p)
		}
	}
}

func TestMessagesAreHeardOldestFirstAndTheirClientsCalledBack(t *testing.T) {
	w := known()
	w.mail = []fmc.NewMail{{Prompt: "message/a/100", From: "+79120000001"}, {Prompt: "message/b/200"}}
	p := hold(t, accessible(t), w, dialling("ivanov-desk", "*97"))
	if p.Nodes[0].Say != "message-from+digits/79120000001" || p.Nodes[1].Say != "message/a/100" {
		t.Fatalf("%s", p)
	}
	asks := p.Nodes[2]
	if back := p.Nodes[asks.Keys["5"]]; asks.Keys["1"] != 1 || back.Gift != fmc.Anew || back.Query.Digits != "+79120000001" || back.Query.What != plan.AskOut {
		t.Fatalf("%s", p)
	}
	next := asks.Keys["2"]
	if p.Nodes[next].Say != plan.SayMessageHidden || p.Nodes[next+1].Say != "message/b/200" || asks.On[plan.TimedOut] != next {
		t.Fatalf("%s", p)
	}
	if hidden := p.Nodes[next+2]; len(hidden.Keys) != 2 || p.Nodes[hidden.On[plan.TimedOut]].Say != plan.SayNoMore {
		t.Fatalf("%s", p)
	}
	w.mail = nil
	if p = hold(t, accessible(t), w, dialling("ivanov-desk", "*97")); p.Nodes[0].Say != plan.SayNoMessages {
		t.Fatalf("%s", p)
	}
}

func TestMessagesAndPromptsAreForWhoProvedThatItIsThey(t *testing.T) {
	w := known()
	w.mail = []fmc.NewMail{{Prompt: "message/a/100"}}
	q := keys(t, "*97")
	p := hold(t, accessible(t), w, q)
	asked := p.Nodes[p.Nodes[0].On[plan.Done]].Query
	if p.Nodes[0].Say != plan.SayPIN || asked.What != plan.AskPIN || asked.Next != plan.AskMail {
		t.Fatalf("%s", p)
	}
	asked.Digits, q.Query = "4711", asked
	if p = hold(t, accessible(t), w, q); p.Nodes[1].Say != "message/a/100" {
		t.Fatalf("%s", p)
	}
	q = keys(t, "*981")
	p = hold(t, accessible(t), w, q)
	asked = p.Nodes[p.Nodes[0].On[plan.Done]].Query
	q.Query = asked
	if p = hold(t, accessible(t), w, q); p.Nodes[0].Prompt != "recorded/201/1" {
		t.Fatalf("%s", p)
	}
	w.caller.HasPIN = false
	if p = hold(t, accessible(t), w, keys(t, "*97")); then(t, p).Digits != "*97" {
		t.Fatalf("%s", p)
	}
	q = keys(t, "*97")
	for name, change := range map[string]func(){"by PIN": func() { q.Query.Proof = fmc.ByPIN }, "vouched for": func() { q.Query.Proof, q.Trust = fmc.ByNumber, fmc.TrustOwn }} {
		change()
		if p = hold(t, accessible(t), w, q); p.Nodes[1].Say != "message/a/100" {
			t.Errorf("%s:\n%s", name, p)
		}
	}
	p = hold(t, accessible(t), w, asking(t, plan.Query{What: plan.AskMail, Employee: "ivanov"})) // a client asks nothing of this
	if ends(t, p, cause.Refused); says(p, "message/a/100") {
		t.Fatalf("%s", p)
	}
}

func TestAPromptIsSaidByThePersonOrTheHeadOfTheGroup(t *testing.T) {
	p := hold(t, accessible(t), known(), dialling("ivanov-desk", "*987"))
	n := p.Nodes[0]
	if n.Do != plan.Mail || n.Prompt != "recorded/201/7" || n.Person != "ivanov" || p.Nodes[n.On[plan.Done]].Say != plan.SayRecorded {
		t.Fatalf("%s", p)
	}
	if p = hold(t, accessible(t), known(), dialling("ivanov-desk", "*982601")); p.Nodes[0].Prompt != "recorded/260/1" {
		t.Fatalf("%s", p)
	}
	for _, dialled := range []string{"*982701", "*982021", "*98*", "*98#"} { // another's group, another person, no figure
		if p = hold(t, accessible(t), known(), dialling("ivanov-desk", dialled)); p.Nodes[0].Say != plan.SayNotAllowed {
			t.Errorf("%s:\n%s", dialled, p)
		}
	}
}

func TestAGreetingIsHeardWhileItsHoursAre(t *testing.T) {
	c := acme(t)
	c.Employees[0].Voicemail.Greetings = []fmc.Greeting{{Inside: "work", Prompt: "in-a-meeting"}, {Outside: "work", Prompt: "recorded/201/1"}}
	c.Groups[0].Mailbox.Greetings = []fmc.Greeting{{Outside: "work", Prompt: "closed"}}
	for name, row := range map[string]struct {
		query plan.Query
		at    time.Time
		want  fmc.PromptID
	}{
		"a person at work":      {plan.Query{What: plan.AskPerson, Employee: "ivanov"}, monday, "in-a-meeting"},
		"a person off duty":     {plan.Query{What: plan.AskPerson, Employee: "ivanov"}, sunday, "recorded/201/1"},
		"a person without any":  {plan.Query{What: plan.AskPerson, Employee: "petrov"}, monday, plan.MailBusy},
		"a group at work":       {plan.Query{What: plan.AskGroup, Group: "sales"}, monday, plan.MailGroup},
		"a group out of hours":  {plan.Query{What: plan.AskGroup, Group: "sales"}, sunday, "closed"},
		"a group without hours": {plan.Query{What: plan.AskGroup, Group: "service"}, sunday, plan.MailGroup},
	} {
		w := &world{busy: map[fmc.EmployeeID]bool{"ivanov": true, "petrov": true, "sidorov": true}}
		p := decide(t, c, w, asking(t, row.query), row.at)
		if _, n := at(t, p, plan.Mail); n.Say != row.want {
			t.Errorf("%s hears %s, want %s", name, n.Say, row.want)
		}
	}
}

func TestAConferenceIsBegunOrJoinedAndRecordedByItsOwnRule(t *testing.T) {
	c, w := accessible(t), known()
	p := hold(t, c, w, dialling("ivanov-desk", "400"))
	if n := p.Nodes[p.Nodes[0].On[plan.Unreachable]]; n.Do != plan.Talk || n.Conference != "monday" || !p.Recording.Record {
		t.Fatalf("%s", p)
	}
	if p = hold(t, c, w, dialling("ivanov-desk", "401")); p.Recording.Record {
		t.Fatalf("%s", p)
	}
	w.in = map[fmc.ConferenceID]int{"monday": 2}
	p = hold(t, c, w, keys(t, "400"))
	n := p.Nodes[0]
	if n.Gift != fmc.Join || n.Query != (plan.Query{What: plan.AskJoin, Conference: "monday"}) || p.Nodes[n.On[plan.Unreachable]].Conference != "monday" {
		t.Fatalf("%s", p)
	}
}

func TestAClientIsLedIntoAConferenceBehindItsNotice(t *testing.T) {
	c := accessible(t)
	c.Rules.Recording = fmc.RecordingRule{}
	c.Scenarios["main"] = fmc.Scenario{Steps: []fmc.ScenarioStep{{Menu: &fmc.Menu{Keys: map[string]fmc.Action{"1": {Do: fmc.JoinConference, Conference: "monday"}}}}}}
	p := hold(t, c, known(), calling(t))
	if key := p.Nodes[1].Keys["1"]; !p.Nodes[0].Notice || p.Nodes[key].Query != (plan.Query{What: plan.AskJoin, Conference: "monday"}) {
		t.Fatalf("%s", p)
	}
	joins := calling(t)
	joins.Query, joins.So = plan.Query{What: plan.AskJoin, Conference: "monday"}, plan.SoFar{Answered: true}
	if p = hold(t, c, known(), joins); !p.Nodes[0].Notice || p.Nodes[1].Query.Conference != "monday" {
		t.Fatalf("%s", p)
	}
	joins.Query.Conference = "gone"
	ends(t, hold(t, c, known(), joins), cause.WrongNumber)
	moved := asking(t, plan.Query{What: plan.AskTransfer, Employee: "ivanov", Digits: "400"})
	moved.So.Noticed = false
	if p = hold(t, c, known(), moved); !p.Nodes[0].Notice || !has(p, plan.Talk) {
		t.Fatalf("%s", p)
	}
	consults := asking(t, plan.Query{What: plan.AskConsult, Employee: "ivanov", Digits: "400"})
	if p = hold(t, c, known(), consults); p.Nodes[0].Say != plan.SayNotAllowed {
		t.Fatalf("%s", p)
	}
	c.Conferences[0].Record = false
	if p = hold(t, c, known(), calling(t)); says(p, plan.SayNotice) {
		t.Fatalf("%s", p)
	}
}

func TestWhatMayBeDoneToARecordingIsThePolicys(t *testing.T) {
	c := acme(t)
	c.Rules.Recording.Refusal = "9"
	c.Rules.Mid.Off = true
	for want, rule := range map[time.Duration]fmc.PauseRule{
		2 * time.Minute: {}, 5 * time.Minute: {For: 5 * time.Minute}, 0: {Never: true, For: time.Minute}, 24 * time.Hour: {Full: true},
	} {
		c.Rules.Recording.Pause = rule
		p := decide(t, c, &world{}, calling(t), monday)
		if p.Recording.Pause != want || p.Recording.Refusal != "9" || !p.Recording.NoKeys {
			t.Errorf("%+v gives %+v", rule, p.Recording)
		}
	}
	c.Rules.Recording.Inbound = false
	if p := decide(t, c, &world{}, calling(t), monday); p.Recording.Pause != 0 || p.Recording.Refusal != "" || !p.Recording.NoKeys {
		t.Errorf("%+v", p.Recording)
	}
	if words := decide(t, acme(t), &world{}, calling(t), monday).String(); !strings.HasPrefix(words, "recorded, notice recording-notice: ") {
		t.Errorf("%s", words)
	}
}
