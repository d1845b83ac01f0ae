package plan_test

import (
	"strings"
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// why returns the sentences that a plan gives on a topic.
func why(p plan.Plan, topic string) string {
	var told []string
	for _, r := range p.Because {
		if r.Topic == topic {
			told = append(told, r.About+": "+r.Text)
		}
	}
	return strings.Join(told, "\n")
}

// at returns the node of that op that stands first.
func at(t testing.TB, p plan.Plan, op plan.Op) (int, plan.Node) {
	t.Helper()
	for i, n := range p.Nodes {
		if n.Do == op {
			return i, n
		}
	}
	t.Fatalf("no %v in\n%s", op, p)
	return 0, plan.Node{}
}

func has(p plan.Plan, op plan.Op) bool {
	for _, n := range p.Nodes {
		if n.Do == op {
			return true
		}
	}
	return false
}

// ends holds a plan to refusing at once with a meaning.
func ends(t *testing.T, p plan.Plan, m cause.Meaning) {
	t.Helper()
	for _, n := range p.Nodes[:len(p.Nodes)-1] {
		if n.Do != plan.Say {
			t.Fatalf("not refused:\n%s", p)
		}
	}
	if last := p.Nodes[len(p.Nodes)-1]; last.Do != plan.End || last.Cause == nil || last.Cause.Meaning != m {
		t.Fatalf("not refused as %v:\n%s", m, p)
	}
	if len(p.Because) == 0 {
		t.Fatalf("refused without a reason:\n%s", p)
	}
}

func TestAClientHearsTheNoticeThenTheMenuAndIsAskedAboutAtItsKey(t *testing.T) {
	p := decide(t, acme(t), &world{}, calling(t), monday)
	if n := p.Nodes[0]; n.Do != plan.Say || !n.Notice || n.Say != plan.SayNotice {
		t.Fatalf("the notice does not come first:\n%s", p)
	}
	if n := p.Nodes[1]; n.Do != plan.Gather || n.Say != "welcome" || n.Most != 3 || n.Begins != "2" {
		t.Fatalf("the menu does not come second:\n%s", p)
	}
	for key, group := range map[string]fmc.GroupID{"1": "sales", "2": "service"} {
		if n := p.Nodes[p.Nodes[1].Keys[key]]; n.Do != plan.Ask || n.Query.What != plan.AskGroup || n.Query.Group != group {
			t.Fatalf("key %s leads to %v of %s", key, n.Query.What, n.Query.Group)
		}
	}
}

func TestAMenuIsHeardTwiceAndThenItsDefaultTakesTheCall(t *testing.T) {
	p := decide(t, acme(t), &world{}, calling(t), monday)
	second := p.Nodes[1].On[plan.TimedOut]
	if p.Nodes[second].Do != plan.Gather {
		t.Fatalf("the menu is not repeated:\n%s", p)
	}
	if n := p.Nodes[p.Nodes[second].On[plan.TimedOut]]; n.Do != plan.Ask || n.Query.Group != "sales" {
		t.Fatalf("silence does not lead to the default:\n%s", p)
	}
	if n := p.Nodes[p.Nodes[1].On[plan.Done]]; n.Do != plan.Ask || n.Query.What != plan.AskExtension {
		t.Fatalf("other keys are not taken as an extension:\n%s", p)
	}
}

func TestAKeyThatNobodyKnowsRepeatsAMenuWithoutExtensions(t *testing.T) {
	c := acme(t)
	c.Scenarios["main"].Steps[1].Menu.DialExtension = false
	c.Scenarios["main"].Steps[1].Menu.Repeats = 3
	p := decide(t, c, &world{}, calling(t), monday)
	if p.Nodes[1].On[plan.Done] != 2 || p.Nodes[2].On[plan.Done] != 3 || p.Nodes[3].Do != plan.Gather || p.Nodes[1].Most != 1 {
		t.Fatalf("an unknown key does not repeat the menu:\n%s", p)
	}
}

func TestKeysThatNobodyCanPressAreLeftOutWithAReason(t *testing.T) {
	c := acme(t)
	c.Scenarios["main"].Steps[1].Menu.Keys["#"] = fmc.Action{Do: fmc.HangUp}
	c.Scenarios["main"].Steps[1].Menu.Keys["one"] = fmc.Action{Do: fmc.HangUp}
	p := decide(t, c, &world{}, calling(t), monday)
	if len(p.Nodes[1].Keys) != 2 || !strings.Contains(why(p, "menu"), `"#"`) || !strings.Contains(why(p, "menu"), `"one"`) {
		t.Fatalf("%s", p)
	}
}

func TestOutsideTheHoursTheScheduleTakesTheCallAndVoicemailNeedsNoNotice(t *testing.T) {
	p := decide(t, acme(t), &world{}, calling(t), sunday)
	if n := p.Nodes[0]; n.Do != plan.Mail || n.Group != "sales" || n.Notice || n.Say != plan.MailOffHours {
		t.Fatalf("%s", p)
	}
	if !strings.Contains(why(p, "hours"), "outside the hours work") {
		t.Fatalf("%s", p)
	}
}

func TestStepsBehindAMenuAreAskedWhenTheirTurnComes(t *testing.T) {
	c := acme(t)
	main := c.Scenarios["main"]
	main.Steps[1].Menu.Default = fmc.Action{}
	main.Steps = append(main.Steps, fmc.ScenarioStep{Do: fmc.Action{Do: fmc.RingEmployee, Employee: "petrov"}})
	c.Scenarios["main"] = main
	p := decide(t, c, &world{}, calling(t), monday)
	n := p.Nodes[p.Nodes[2].On[plan.TimedOut]]
	if n.Do != plan.Ask || n.Query.What != plan.AskPerson || n.Query.Employee != "petrov" {
		t.Fatalf("%s", p)
	}
}

func TestAScenarioWithinAScenarioIsFollowedAndACircleEndsWithAReason(t *testing.T) {
	c := acme(t)
	c.Scenarios["main"] = fmc.Scenario{Steps: []fmc.ScenarioStep{{Do: fmc.Action{Do: fmc.GoScenario, Scenario: "inner"}}}}
	c.Scenarios["inner"] = fmc.Scenario{Steps: []fmc.ScenarioStep{{Do: fmc.Action{Do: fmc.RingGroup, Group: "service"}}}}
	if p := decide(t, c, &world{}, calling(t), monday); !p.Nodes[0].Notice || p.Nodes[1].Query.Group != "service" {
		t.Fatalf("%s", p)
	}
	c.Scenarios["inner"] = fmc.Scenario{Steps: []fmc.ScenarioStep{{Do: fmc.Action{Do: fmc.GoScenario, Scenario: "main"}}}}
	ends(t, decide(t, c, &world{}, calling(t), monday), cause.Failed)
}

func TestACallToSomethingThatIsNotThereIsRefusedWithAReason(t *testing.T) {
	for name, row := range map[string]struct {
		change func(*fmc.Company, *plan.Request)
		want   cause.Meaning
	}{
		"an unknown number":           {func(_ *fmc.Company, q *plan.Request) { q.To = number(t, "+74959999999") }, cause.WrongNumber},
		"a number on another trunk":   {func(_ *fmc.Company, q *plan.Request) { q.Trunk = "carrier-b" }, cause.WrongNumber},
		"no number":                   {func(_ *fmc.Company, q *plan.Request) { q.To = callerid.Number{} }, cause.WrongNumber},
		"a suspended company":         {func(c *fmc.Company, _ *plan.Request) { c.Profile.Suspended = true }, cause.Refused},
		"another company":             {func(_ *fmc.Company, q *plan.Request) { q.Company = "evil" }, cause.Refused},
		"no direction":                {func(_ *fmc.Company, q *plan.Request) { q.Direction = 0 }, cause.Refused},
		"nobody to ring":              {func(c *fmc.Company, _ *plan.Request) { c.Scenarios, c.Groups, c.Employees = nil, nil, nil }, cause.WrongNumber},
		"a question without a group":  {func(_ *fmc.Company, q *plan.Request) { q.Query.What = plan.AskGroup }, cause.WrongNumber},
		"a question without a person": {func(_ *fmc.Company, q *plan.Request) { q.Query.What = plan.AskPerson }, cause.WrongNumber},
		"a question of no kind":       {func(_ *fmc.Company, q *plan.Request) { q.Query.What = 99 }, cause.Failed},
		"a step to an unknown group": {func(c *fmc.Company, _ *plan.Request) {
			c.Scenarios["main"] = fmc.Scenario{Steps: []fmc.ScenarioStep{{Do: fmc.Action{Do: fmc.RingGroup, Group: "nobody"}}}}
		}, cause.WrongNumber},
	} {
		t.Run(name, func(t *testing.T) {
			c, q := acme(t), calling(t)
			row.change(c, &q)
			ends(t, decide(t, c, &world{}, q, monday), row.want)
		})
	}
	ends(t, plan.Decide(nil, &world{}, calling(t), monday), cause.Refused)
}

func TestANumberThatIsFullIsBusyUnlessItsGroupHasALine(t *testing.T) {
	full := &world{inUse: map[fmc.LimitID]int{"number:+74951234567": 30}}
	p := decide(t, acme(t), full, calling(t), monday)
	if _, n := at(t, p, plan.Wait); n.Group != "sales" || !p.Nodes[0].Notice || has(p, plan.Ring) {
		t.Fatalf("the call over the limit does not stand in the line:\n%s", p)
	}
	c := acme(t)
	c.Groups[0].Wait = fmc.WaitRule{}
	ends(t, decide(t, c, full, calling(t), monday), cause.Busy)
	almost := &world{inUse: map[fmc.LimitID]int{"number:+74951234567": 29}}
	if p := decide(t, c, almost, calling(t), monday); !has(p, plan.Gather) {
		t.Fatalf("the last line is not used:\n%s", p)
	}
}

func TestAPersonalNumberRingsItsOwner(t *testing.T) {
	q := calling(t)
	q.To, q.Trunk = number(t, "+74957654321"), "carrier-b"
	p := decide(t, acme(t), &world{}, q, sunday)
	if !p.Nodes[0].Notice || p.Nodes[1].Query.Employee != "petrov" {
		t.Fatalf("%s", p)
	}
}

func TestANumberThatLeadsNowhereRingsTheFirstGroup(t *testing.T) {
	c, q := acme(t), calling(t)
	q.To = number(t, "+74950000001")
	if p := decide(t, c, &world{}, q, monday); p.Nodes[1].Query.Group != "sales" {
		t.Fatalf("%s", p)
	}
	c.Groups = nil
	if p := decide(t, c, &world{}, q, monday); p.Nodes[1].Query.Employee != "ivanov" {
		t.Fatalf("%s", p)
	}
}

func TestWhoIsFreeIsAskedWhenTheNoticeIsOverAndAtOnceWhereThereIsNone(t *testing.T) {
	c := acme(t)
	c.Scenarios["main"] = fmc.Scenario{Steps: []fmc.ScenarioStep{{Do: fmc.Action{Do: fmc.RingGroup, Group: "sales"}}}}
	p := decide(t, c, &world{}, calling(t), monday)
	if len(p.Nodes) != 2 || p.Nodes[1].Do != plan.Ask || p.Nodes[1].Query.What != plan.AskGroup || why(p, "busy") != "" {
		t.Fatalf("%s", p)
	}
	c.Rules.Recording.Inbound = false
	if p = decide(t, c, &world{}, calling(t), monday); p.Nodes[0].Do != plan.Ring || p.Recording.Record {
		t.Fatalf("%s", p)
	}
}

func TestACallThatNoBranchRecordsOpensNoTape(t *testing.T) {
	c := acme(t)
	c.Scenarios["main"].Steps[1].Menu.DialExtension = false
	c.Rules.Recording.Groups = map[fmc.GroupID]fmc.GroupRecording{"sales": {Off: true}, "service": {Off: true}}
	if p := decide(t, c, &world{}, calling(t), monday); p.Recording.Record || p.Nodes[0].Do != plan.Gather {
		t.Fatalf("%s", p)
	}
	c.Rules.Recording.Groups = map[fmc.GroupID]fmc.GroupRecording{"sales": {Off: true}}
	if p := decide(t, c, &world{}, calling(t), monday); !p.Recording.Record || !p.Nodes[0].Notice {
		t.Fatalf("%s", p)
	}
}

func TestWithoutAnExtensionThatExistsTheCallerHearsTheMenuOnceMoreAndThenTheDefaultTakesIt(t *testing.T) {
	c, q := acme(t), calling(t)
	q.So = plan.SoFar{Answered: true, Noticed: true}
	q.Query = plan.Query{What: plan.AskExtension, Digits: "299", Scenario: "main"}
	p := decide(t, c, &world{}, q, monday)
	_, again := at(t, p, plan.Ask)
	if p.Nodes[0].Say != plan.SayNoExtension || again.Query.What != plan.AskScenario || again.Query.Round != 1 {
		t.Fatalf("%s", p)
	}
	q.Query = again.Query
	p = decide(t, c, &world{}, q, monday)
	if p.Nodes[0].Do != plan.Gather || p.Nodes[p.Nodes[0].On[plan.TimedOut]].Do != plan.Ask {
		t.Fatalf("the menu is not heard exactly once more:\n%s", p)
	}
	q.Query = plan.Query{What: plan.AskScenario, Scenario: "main", Round: 2}
	if p = decide(t, c, &world{}, q, monday); p.Nodes[0].Do != plan.Ask || p.Nodes[0].Query.Group != "sales" {
		t.Fatalf("the default does not take the call:\n%s", p)
	}
}

func TestAnExtensionRingsThePersonOrTheGroupItBelongsTo(t *testing.T) {
	q := calling(t)
	q.Query = plan.Query{What: plan.AskExtension, Digits: "202"}
	if _, n := at(t, decide(t, acme(t), &world{}, q, monday), plan.Ring); n.Person != "petrov" {
		t.Fatal(n.Person)
	}
	q.Query.Digits = "270"
	if _, n := at(t, decide(t, acme(t), &world{}, q, monday), plan.Ring); n.Group != "service" {
		t.Fatal(n.Group)
	}
}

// TestNobodyIsLedRoundForEver follows the plans of chance companies with a caller who keys nothing and lines that all
// fail at once: every way comes to an end.
func TestNobodyIsLedRoundForEver(t *testing.T) {
	for seed := range uint64(500) {
		d := throw(seed)
		c := d.company()
		q := plan.Request{Call: "c", Direction: fmc.Inbound, From: d.likely(), To: d.likely()}
		if len(c.Numbers) > 0 {
			n := pick(d, c.Numbers...)
			q.To, q.Trunk = n.Number, n.Trunk
		}
		most := 0
		for asked := range 6000 {
			next, ok := follow(decide(t, c, whim{d}, q, monday))
			if !ok {
				break
			}
			q.Query = next
			q.So.Answered, q.So.Noticed, most = true, true, asked
			q.So.Waited = time.Duration(next.Round) * 5 * second
		}
		if most > 8*501 {
			t.Fatalf("seed %d: the call was led on %d times", seed, most)
		}
	}
}

// follow goes through a plan whose rings fail at once, whose turns come at once and whose caller keys nothing, to what it
// asks; false where it ends.
func follow(p plan.Plan) (plan.Query, bool) {
	i := 0
	for range 200 {
		if i >= len(p.Nodes) {
			return plan.Query{}, false
		}
		n, o := p.Nodes[i], plan.Done
		switch n.Do {
		case plan.Ask:
			return n.Query, true
		case plan.End:
			return plan.Query{}, false
		case plan.Ring:
			o = plan.Congested
		case plan.Gather:
			o = plan.TimedOut
		default:
		}
		to, ok := n.On[o]
		switch {
		case ok:
			i = to
		case o == plan.Done:
			i++
		default:
			return plan.Query{}, false
		}
	}
	return plan.Query{}, false
}

func TestMoscowHoursAreMoscowsWhereverTheServerStands(t *testing.T) {
	c := acme(t)
	for at, open := range map[string]bool{
		"2026-11-23T05:59:59Z": false, // 08:59:59 in Moscow
		"2026-11-23T06:00:00Z": true,
		"2026-11-23T14:59:59Z": true,
		"2026-11-23T15:00:00Z": false, // 18:00
	} {
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		for _, zone := range []*time.Location{time.UTC, time.FixedZone("away", -9*3600)} {
			if p := decide(t, c, &world{}, calling(t), now.In(zone)); has(p, plan.Gather) != open {
				t.Errorf("%s in %s: open is %v", at, zone, !open)
			}
		}
	}
}
