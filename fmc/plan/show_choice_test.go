package plan_test

import (
	"slices"
	"strings"
	"testing"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// choosing is the company with rules that leave something to choose: sales may show the second number, and everybody one
// that nobody proved.
func choosing(t testing.TB) *fmc.Company {
	t.Helper()
	c := acme(t)
	main, second, unproved := number(t, "+74951234567"), number(t, "+74957654321"), number(t, "+74950000001")
	c.Rules.CallerID = []fmc.CallerIDRule{{Group: "sales", Show: main, Choose: []callerid.Number{second}}, {Show: main, Choose: []callerid.Number{unproved}}}
	return c
}

// showing is a call of Ivanov's that is to show a number.
func showing(t testing.TB, show string) plan.Request {
	t.Helper()
	q := dialling("ivanov-desk", "89120000001")
	q.Show = number(t, show)
	return q
}

func TestTheNumberThatAPersonChoosesIsShownOnEveryLine(t *testing.T) {
	for _, show := range []string{"+74951234567", "+74957654321"} {
		p := hold(t, choosing(t), &world{}, showing(t, show))
		lines := outside(t, p).Lines
		if len(lines) == 0 {
			t.Fatalf("%s", p)
		}
		for _, l := range lines {
			if l.Shown.From.E164 != show || l.Shown.Asserted.E164 != show {
				t.Errorf("%s shows %s, want %s", l.Line, l.Shown.From, show)
			}
		}
		if said := why(p, "caller id"); !strings.Contains(said, show+" is shown by the rule of sales, and chosen for this call") {
			t.Errorf("%s", said)
		}
	}
}

func TestANumberThatAPersonMayNotShowIsRefusedWithThoseTheyMay(t *testing.T) {
	for name, show := range map[string]string{
		"a client's number":                 "+79120000001",
		"a number that nobody proved":       "+74950000001",
		"a number that other people may":    "+74959990000",
		"the caller's own mobile, unproved": "+79161234567",
	} {
		t.Run(name, func(t *testing.T) {
			c := choosing(t)
			c.Numbers = append(c.Numbers, fmc.Number{Number: number(t, "+74959990000"), Trunk: "carrier-a", Proof: proof("+74959990000")})
			c.Rules.CallerID = append(c.Rules.CallerID, fmc.CallerIDRule{Employee: "petrov", Show: number(t, "+74959990000")}, fmc.CallerIDRule{Group: "service", Show: number(t, "+74959990000")})
			p := hold(t, c, &world{}, showing(t, show))
			ends(t, p, cause.Refused)
			if p.Nodes[0].Say != plan.SayNoNumber {
				t.Errorf("%s", p)
			}
			want := "ivanov may not show " + show + ": they may choose from +74951234567, +74957654321"
			if said := why(p, "caller id"); !strings.Contains(said, want) {
				t.Errorf("%q, want %q", said, want)
			}
		})
	}
}

func TestWithoutAnyProvedNumberNoneCanBeChosen(t *testing.T) {
	c := choosing(t)
	for i := range c.Numbers {
		c.Numbers[i].Proof = callerid.Proof{}
	}
	p := hold(t, c, &world{}, showing(t, "+74951234567"))
	ends(t, p, cause.Refused)
	if said := why(p, "caller id"); !strings.Contains(said, "no number of theirs or of the company is proved") {
		t.Error(said)
	}
	if all := plan.Choices(c, &c.Employees[0], monday); len(all) != 0 {
		t.Errorf("%v", all)
	}
}

func TestAChosenNumberWithoutALineFreeForItIsNotReplacedByAnother(t *testing.T) {
	c := road(t)
	c.Rules.CallerID = choosing(t).Rules.CallerID
	w := everywhere(sim(shared))
	if shown := outside(t, hold(t, c, w, dialling("ivanov-desk", "89120000001"))).Lines[0].Shown.From.E164; shown != "+79031110002" {
		t.Fatalf("without a choice the card serves: %s", shown)
	}
	p := hold(t, c, w, showing(t, "+74957654321"))
	ends(t, p, cause.Congested)
	if said := why(p, "lines"); !strings.Contains(said, "no line that shows +74957654321 can carry the call now") {
		t.Error(said)
	}
}

func TestTheNumberOfAPersonsOwnCardIsChosenOnThatCardAlone(t *testing.T) {
	c := road(t)
	c.Rules.CallerID = choosing(t).Rules.CallerID
	c.SIMs[0].Person = "ivanov"
	w := everywhere(append(trunks(), sim(petrovs), sim(shared))...)
	p := hold(t, c, w, showing(t, "+79031110001"))
	lines := outside(t, p).Lines
	if len(lines) != 1 || lines[0].Line != petrovs.Line() || lines[0].Shown.From.E164 != "+79031110001" {
		t.Fatalf("%s", p)
	}
	if said := why(p, "caller id"); strings.Contains(said, "no number of the company is proved") {
		t.Error(said)
	}
	if p = hold(t, c, w, showing(t, "+74957654321")); slices.ContainsFunc(outside(t, p).Lines, func(l plan.Candidate) bool { return l.Kind == fmc.SIMLine }) {
		t.Fatalf("the card shows its own number:\n%s", p)
	}
}

func TestACallBackWithAWrongChoiceRingsNobody(t *testing.T) {
	c := choosing(t)
	q := plan.Request{Call: "c", Company: "acme", Direction: fmc.Outbound, Employee: "ivanov", Dialled: "89120000001", Show: number(t, "+74950000001")}
	ends(t, hold(t, c, &world{}, q), cause.Refused)
	q.Show = number(t, "+74957654321")
	p := hold(t, c, &world{}, q)
	if p.Nodes[0].Do != plan.Ring || p.Nodes[0].Person != "ivanov" {
		t.Fatalf("%s", p)
	}
	q.Query = plan.Query{What: plan.AskOut, Employee: "ivanov", Digits: "89120000001", Proof: fmc.ByCallBack}
	q.So.Answered = true
	if shown := outside(t, hold(t, c, &world{}, q)).Lines[0].Shown.Asserted.E164; shown != "+74957654321" {
		t.Errorf("the client sees %s", shown)
	}
}

func TestWhatAPersonChoseIsNotWhatAColleagueShowsInTheSameCall(t *testing.T) {
	c := choosing(t)
	q := showing(t, "+74951234567")
	q.Query = plan.Query{What: plan.AskConsult, Employee: "petrov", Digits: "89120000009"}
	q.So = plan.SoFar{Answered: true, With: "petrov", Asker: fmc.ByAccount}
	c.Rules.CallerID = append(c.Rules.CallerID, fmc.CallerIDRule{Employee: "petrov", Show: number(t, "+74957654321")})
	p := hold(t, c, &world{}, q)
	if shown := outside(t, p).Lines[0].Shown.From.E164; shown != "+74957654321" {
		t.Fatalf("it shows %s:\n%s", shown, p)
	}
}

func TestAPrivateCallShowsNoChosenNumber(t *testing.T) {
	q := plan.Request{Call: "c", Company: "acme", Trunk: "carrier-a", Native: true, Private: true, Employee: "petrov", Direction: fmc.Outbound, Dialled: "89120000001", Show: number(t, "+74957654321")}
	p := hold(t, choosing(t), &world{}, q)
	ends(t, p, cause.Refused)
	if said := why(p, "caller id"); !strings.Contains(said, "a private call shows the person's own number") {
		t.Error(said)
	}
}

func TestChoicesStandInTheOrderOfTheRulesEachOnce(t *testing.T) {
	c := choosing(t)
	numbers := func(e int) (all []string) {
		for _, n := range plan.Choices(c, &c.Employees[e], monday) {
			all = append(all, n.E164)
		}
		return all
	}
	if got := numbers(0); !slices.Equal(got, []string{"+74951234567", "+74957654321"}) {
		t.Errorf("%v", got)
	}
	c.Rules.CallerID = nil
	if got := numbers(0); !slices.Equal(got, []string{"+74951234567"}) {
		t.Errorf("without rules: %v", got)
	}
	if got := numbers(1); !slices.Equal(got, []string{"+74957654321"}) {
		t.Errorf("one's own: %v", got)
	}
}
