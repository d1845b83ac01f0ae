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

// callingSIM is a client's call to the number of one of road's cards.
func callingSIM(t testing.TB, card fmc.ICCID) plan.Request {
	t.Helper()
	q := calling(t)
	q.Trunk, q.Line = "", card.Line()
	q.To = number(t, "+7903111000"+string(card[len(card)-1]))
	return q
}

func TestACallToASIMRingsItsOwnerUnansweredThenTheNoticeThenTheyTalk(t *testing.T) {
	p := hold(t, road(t), everywhere(append(trunks(), sim(shared))...), callingSIM(t, petrovs))
	n := p.Nodes[0]
	if n.Do != plan.Ring || n.Person != "petrov" || n.For != 20*second || !n.Answer {
		t.Fatalf("it does not ring at once, for 20 s at most:\n%s", p)
	}
	notice := p.Nodes[n.On[plan.Won]]
	if notice.Do != plan.Say || !notice.Notice || notice.To != plan.ToAll || notice.Early || p.Nodes[n.On[plan.Won]+1].Do != plan.Talk {
		t.Fatalf("the notice is not heard between answer and talk:\n%s", p)
	}
	for o, greeting := range map[plan.Outcome]fmc.PromptID{
		plan.NoAnswer: plan.MailNoAnswer, plan.TimedOut: plan.MailNoAnswer, plan.Busy: plan.MailBusy, plan.TurnedDown: plan.MailBusy, plan.Unreachable: plan.MailUnreachable,
	} {
		if m := p.Nodes[n.On[o]]; m.Do != plan.Mail || m.Say != greeting {
			t.Errorf("%v leads to %v %s:\n%s", o, m.Do, m.Say, p)
		}
	}
	c := road(t)
	c.Rules.Recording.Inbound, c.Numbers[3].AnswerWithin = false, 11*second
	p = hold(t, c, everywhere(trunks()...), callingSIM(t, petrovs))
	if n := p.Nodes[0]; n.For != 11*second || p.Nodes[n.On[plan.Won]].Do != plan.Talk || p.Recording.Record {
		t.Fatalf("%s", p)
	}
	c.Numbers[3].AnswerWithin = time.Hour
	if p = hold(t, c, everywhere(trunks()...), callingSIM(t, petrovs)); p.Nodes[0].For != 37*second {
		t.Fatalf("it rings longer than its devices:\n%s", p)
	}
}

func TestACallToASIMWhosePersonCannotBeRungIsAnsweredAtOnceForAMessage(t *testing.T) {
	for name, row := range map[string]struct {
		w    *world
		q    func(*plan.Request)
		want fmc.PromptID
	}{
		"busy":       {&world{busy: map[fmc.EmployeeID]bool{"petrov": true}}, func(*plan.Request) {}, plan.MailBusy},
		"no line":    {everywhere(), func(*plan.Request) {}, plan.MailUnreachable},
		"themselves": {everywhere(trunks()...), func(q *plan.Request) { q.From = number(t, "+79167654321") }, plan.MailUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			c, q := road(t), callingSIM(t, petrovs)
			c.Employees[1].Devices = c.Employees[1].Devices[:1]
			row.q(&q)
			if p := hold(t, c, row.w, q); p.Nodes[0].Do != plan.Mail || p.Nodes[0].Say != row.want {
				t.Fatalf("%s", p)
			}
		})
	}
}

func TestACallToASIMWithAScenarioOrOfNobodyIsAnsweredAsOnATrunk(t *testing.T) {
	p := hold(t, road(t), everywhere(trunks()...), callingSIM(t, other))
	if !p.Nodes[0].Notice || p.Nodes[1].Do != plan.Gather {
		t.Fatalf("%s", p)
	}
	p = hold(t, road(t), everywhere(trunks()...), callingSIM(t, shared))
	if !p.Nodes[0].Notice || p.Nodes[1].Query.Group != "sales" {
		t.Fatalf("%s", p)
	}
}

func TestAPersonIsNotRungByTheSIMWhoseCallItIs(t *testing.T) {
	p := hold(t, road(t), everywhere(append(trunks(), sim(petrovs), sim(shared))...), callingSIM(t, petrovs))
	_, n := at(t, p, plan.Ring)
	if over(n.Tries[0].Lines) != "a b 2" || !strings.Contains(why(p, "line"), "the call itself came by this SIM") {
		t.Fatalf("%s", p)
	}
	if from := n.Tries[0].Lines[0].Shown.From.E164; from != "+74951234567" {
		t.Fatalf("the SIM's number, which is not proved, is shown on a trunk: %s\n%s", from, p)
	}
}

func TestASIMsNumberIsShownOnATrunkOnlyWithAProof(t *testing.T) {
	c := road(t)
	c.Numbers[3].Proof = proof("+79031110001")
	c.Rules.CallerID = nil
	p := hold(t, c, everywhere(append(trunks(), sim(petrovs))...), dialling("petrov-soft", "89120000001"))
	lines := outside(t, p).Lines
	if over(lines) != "1 a b" || lines[1].Shown.Asserted.E164 != "+79031110001" || !lines[0].Shown.Asserted.IsZero() {
		t.Fatalf("%s", p)
	}
	c.Numbers[3].Proof = callerid.Proof{}
	p = hold(t, c, everywhere(append(trunks(), sim(petrovs))...), dialling("petrov-soft", "89120000001"))
	if lines = outside(t, p).Lines; over(lines) != "1 b a" || lines[1].Shown.Asserted.E164 != "+74957654321" {
		t.Fatalf("%s", p)
	}
}

func TestACallToASIMThatMayNotBeIsRefusedWithAReason(t *testing.T) {
	for name, row := range map[string]struct {
		change func(*fmc.Company, *plan.Request)
		want   cause.Meaning
		reason string
	}{
		"no mandate":          {func(c *fmc.Company, _ *plan.Request) { c.SIMs[0].Mandate = fmc.Mandate{} }, cause.Refused, "no mandate is on file"},
		"a mandate for texts": {func(c *fmc.Company, _ *plan.Request) { c.SIMs[0].Mandate.For = []fmc.SIMUse{fmc.UseMessages} }, cause.Refused, "does not name calls"},
		"an old mandate":      {func(c *fmc.Company, _ *plan.Request) { c.SIMs[0].Mandate.Until = monday }, cause.Refused, "ended on"},
		"by another SIM":      {func(_ *fmc.Company, q *plan.Request) { q.Line = shared.Line() }, cause.WrongNumber, "but not on line sim:"},
		"by a trunk":          {func(_ *fmc.Company, q *plan.Request) { q.Line, q.Trunk = "", "carrier-a" }, cause.WrongNumber, "but not on trunk"},
		"a trunk's by a SIM":  {func(_ *fmc.Company, q *plan.Request) { q.To = number(t, "+74951234567") }, cause.WrongNumber, "but not on line sim:"},
		"a card of nobody":    {func(c *fmc.Company, _ *plan.Request) { c.SIMs = nil }, cause.Refused, "it is no SIM of the company"},
	} {
		t.Run(name, func(t *testing.T) {
			c, q := road(t), callingSIM(t, petrovs)
			row.change(c, &q)
			p := hold(t, c, everywhere(trunks()...), q)
			ends(t, p, row.want)
			if !strings.Contains(p.String(), row.reason) {
				t.Fatalf("%s", p)
			}
		})
	}
}

func TestAColleagueReachesTheOwnerOfASIMInside(t *testing.T) {
	for _, q := range []plan.Request{
		dialling("ivanov-desk", "8 903 111-00-01"),
		asking(t, plan.Query{What: plan.AskConsult, Employee: "ivanov", Digits: "89031110001"}),
		asking(t, plan.Query{What: plan.AskTransfer, Employee: "ivanov", Digits: "+79031110001"}),
		asking(t, plan.Query{What: plan.AskOut, Employee: "ivanov", Digits: "+79031110001"}),
	} {
		p := hold(t, road(t), everywhere(append(trunks(), sim(petrovs))...), q)
		_, n := at(t, p, plan.Ring)
		if n.Person != "petrov" || n.Answer || n.Tries[0].Device == fmc.Outside {
			t.Errorf("%v:\n%s", q.Query.What, p)
		}
	}
}

func TestACallThatASIMsNetworkDivertedGoesWhereTheSIMLeads(t *testing.T) {
	q := calling(t)
	q.Diversion = number(t, "+79031110001")
	p := hold(t, road(t), everywhere(trunks()...), q)
	if !p.Nodes[0].Notice || p.Nodes[1].Query.Employee != "petrov" || !strings.Contains(why(p, "number"), "diverted the call to +74951234567") {
		t.Fatalf("%s", p)
	}
	for _, by := range []string{"+74957654321", "+79120000009", ""} {
		q.Diversion = callerid.Received(by, "RU")
		if p = hold(t, road(t), everywhere(trunks()...), q); p.Nodes[1].Do != plan.Gather {
			t.Errorf("diverted by %q:\n%s", by, p)
		}
	}
}
