package configs_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"roadline/configs"
	"roadline/fmc"
)

func TestPeopleOnTheRoadAreReadAsTheyStand(t *testing.T) {
	c := company(t, string(example(t, "road.yaml")))
	for e164, want := range map[string]fmc.Access{"+74951113340": fmc.CallThrough, "+74951113341": fmc.CallBack} {
		if n, _ := c.NumberOf(e164); n.Access != want || n.Scenario != "main" {
			t.Errorf("%+v", n)
		}
	}
	if want := (fmc.ThroughRule{Tries: 3, Lock: 15 * time.Minute, ProveAbroad: true, ProvePremium: true, ProveFirst: true, CallBacks: 5}); c.Rules.Through != want {
		t.Errorf("%+v", c.Rules.Through)
	}
	ivanov, _ := c.Employee("ivanov")
	petrov, _ := c.Employee("petrov")
	if ivanov.May != nil || ivanov.Caps != nil || c.CapsOf(ivanov) != (fmc.Caps{Calls: 100, Talk: 5 * time.Hour, Abroad: 30 * time.Minute}) {
		t.Errorf("%+v", ivanov)
	}
	if !c.Reach(petrov).Allows("KZ") || c.Reach(petrov).Allows("DE") || c.Reach(petrov).Premium || *petrov.Caps != (fmc.Caps{Calls: 40, Talk: 3 * time.Hour, Abroad: 20 * time.Minute}) {
		t.Errorf("%+v %+v", petrov.May, petrov.Caps)
	}
	if want := (fmc.Mailbox{Mail: "ivanov@road.example", Greetings: []fmc.Greeting{{Outside: "work", Prompt: "night"}, {Prompt: "recorded/201/1"}}}); !reflect.DeepEqual(ivanov.Voicemail, want) {
		t.Errorf("%+v", ivanov.Voicemail)
	}
	if g, _ := c.Group("service"); g.Mailbox.Mail != "service@road.example" || len(g.Mailbox.Greetings) != 1 || !petrov.Voicemail.IsZero() {
		t.Errorf("%+v", g.Mailbox)
	}
	if got := c.Extension("300"); got != (fmc.Action{Do: fmc.JoinConference, Conference: "standup"}) || c.Scenarios["main"].Steps[0].Menu.Keys["9"] != got {
		t.Errorf("%+v", got)
	}
	if x, _ := c.Conference("standup"); x.Name != "Standup" || !x.Record {
		t.Errorf("%+v", x)
	}
	if r := c.Rules; r.Recording.Refusal != "9" || r.Recording.Pause != (fmc.PauseRule{For: 2 * time.Minute}) || r.Mid.Off || len(r.Alerts) != 1 {
		t.Errorf("%+v", r)
	}
	if m := c.Rules.Missed; m.Deadline != time.Hour || m.Escalate != 30*time.Minute || !strings.HasPrefix(m.Text, "Road Service: ") {
		t.Errorf("%+v", m)
	}
	if x := c.Tests[0]; x.From.E164 != "+79161234567" || x.Keys != "89120000001#" {
		t.Errorf("%+v", x)
	}
}

func TestRulesOfTheRoadMeanWhatTheirWordsSay(t *testing.T) {
	rules := func(text string) fmc.Rules { return company(t, "company: acme\ncountry: RU\n"+text).Rules }
	if got := rules("").Through; got != (fmc.ThroughRule{ProveAbroad: true, ProvePremium: true}) {
		t.Errorf("where nothing stands: %+v", got)
	}
	if got := rules("call_through: {pin: never, hidden: false, prove: [], texts: false}\n").Through; got != (fmc.ThroughRule{PIN: fmc.PINNever, RefuseHidden: true, NoTexts: true}) {
		t.Errorf("%+v", got)
	}
	if got := rules("call_through: {pin: always, prove: [first]}\n").Through; got != (fmc.ThroughRule{PIN: fmc.PINAlways, ProveFirst: true}) {
		t.Errorf("%+v", got)
	}
	for text, want := range map[string]fmc.PauseRule{"{allowed: false}": {Never: true}, "{allowed: true}": {}, "{until_resumed: true}": {Full: true}, "{until_resumed: false, for: 30s}": {For: 30 * time.Second}} {
		if got := rules("recording: {policy: all, pause: " + text + "}\n").Recording.Pause; got != want {
			t.Errorf("%s: %+v", text, got)
		}
	}
	if !rules("mid_call: {keys: false}\n").Mid.Off {
		t.Error("keys are not switched off")
	}
	card := "sims: [{iccid: \"8970101234567890123\", number: \"+79031112233\", mandate: {owner: A, contract: c, for: [messages]}}]\n"
	if got := rules(card + "missed_calls: {text: \"We saw  your call.\\n  We will call you.\"}\n").Missed; got != (fmc.MissedRule{Text: "We saw your call. We will call you."}) {
		t.Errorf("%+v", got)
	}
}

func TestWhatIsWrittenOfAPersonStandsInPlaceOfTheCompanys(t *testing.T) {
	c := company(t, `company: acme
country: RU
dialling: {abroad: true, premium: true, caps: {calls: 10}}
employees:
  - {id: free, name: Free, may: {}, caps: {}}
  - {id: usual, name: Usual}
  - {id: desk, name: Desk, mail: desk@acme.example, voicemail: {mail: box@acme.example}}
`)
	free, _ := c.Employee("free")
	usual, _ := c.Employee("usual")
	if c.Reach(free).Abroad || c.Reach(free).Premium || c.CapsOf(free) != (fmc.Caps{}) {
		t.Errorf("%+v %+v", c.Reach(free), c.CapsOf(free))
	}
	if !c.Reach(usual).Abroad || c.CapsOf(usual).Calls != 10 || !usual.Voicemail.IsZero() {
		t.Errorf("%+v", usual)
	}
	if desk, _ := c.Employee("desk"); desk.Mail != "desk@acme.example" || desk.Voicemail.Mail != "box@acme.example" {
		t.Errorf("%+v", desk)
	}
}

func TestAMailAddressStandsAlone(t *testing.T) {
	for address, right := range map[string]bool{
		"a@b.example": true, "first.last+tag@sub.acme.example": true, "root@localhost": true, strings.Repeat("a", 64) + "@acme.example": true,
		"a": false, "@b.example": false, "a@": false, "a b@c.example": false, "<a@b.example>": false, "A <a@b.example>": false, "a@b.example (home)": false, "a@b@c.example": false, "a@b.example,c@d.example": false,
	} {
		_, err := configs.ReadCompany("x", []byte("company: acme\ncountry: RU\nalerts: [\""+address+"\"]\n"))
		if (err == nil) != right {
			t.Errorf("%q is taken: %v, %v", address, err == nil, err)
		}
	}
}
