package plan_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"roadline/fmc"
	"roadline/fmc/plan"
)

// counting is a World that counts what it is asked.
type counting struct {
	world
	asked map[string]int
}

func (w *counting) Busy(id fmc.EmployeeID) bool {
	w.asked["busy "+string(id)]++
	return w.world.Busy(id)
}

func (w *counting) Lines(id fmc.DeviceID) []fmc.LineState {
	w.asked["lines "+string(id)]++
	return w.world.Lines(id)
}

func TestAStoredPlanIsDecidedAgainToTheSameBytes(t *testing.T) {
	q := asking(t, plan.Query{What: plan.AskGroup, Group: "sales"})
	q.Line = shared.Line()
	w := everywhere(append(trunks(), sim(other, func(s *fmc.SIMState) {
		s.Used, s.Network = fmc.SIMUsed{Calls: 3, Talk: time.Minute, MonthTalk: time.Hour}, "Tele2"
	}))...)
	w.last, w.ago, w.busy = "petrov", 5*time.Minute, map[fmc.EmployeeID]bool{"ivanov": true}
	first := decide(t, road(t), w, q, monday)
	stored, err := json.Marshal(first)
	if err != nil {
		t.Fatal(err)
	}
	asked, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	var p plan.Plan
	var r plan.Request
	if err := json.Unmarshal(stored, &p); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(asked, &r); err != nil {
		t.Fatal(err)
	}
	if p.Hash() != first.Hash() {
		t.Error("a plan that was stored and read has another hash")
	}
	world := plan.Replay(p.Because)
	again := plan.Decide(road(t), world, r, monday)
	if asJSON(t, again) != string(stored) || len(world.Unanswered) > 0 {
		t.Errorf("unanswered %q:\n%s\n%s", world.Unanswered, first, again)
	}
}

func TestARuleThatChangedShowsAsADifferenceAndAsAQuestionWithoutAnAnswer(t *testing.T) {
	q := asking(t, plan.Query{What: plan.AskGroup, Group: "sales"})
	p := decide(t, acme(t), &world{}, q, monday)
	changed := acme(t)
	changed.Groups[0].Strategy = fmc.RoundRobin
	w := plan.Replay(p.Because)
	again := plan.Decide(changed, w, q, monday)
	if again.Hash() == p.Hash() || !slices.Equal(w.Unanswered, []string{"turn sales"}) {
		t.Fatalf("unanswered %q:\n%s", w.Unanswered, again)
	}
}

func TestWhatCannotBeReadIsUnanswered(t *testing.T) {
	w := plan.Replay([]plan.Reason{{Topic: "busy", About: "ivanov", Answer: json.RawMessage(`"perhaps"`)}, {Topic: "waiting", About: "sales", Text: "no answer"}})
	if w.Busy("ivanov") || w.Waiting("sales") != 0 || len(w.Unanswered) != 2 {
		t.Fatal(w.Unanswered)
	}
}

func TestNothingIsAskedTwiceInOneDecision(t *testing.T) {
	c := acme(t)
	c.Groups[1].Extension, c.Employees[2].Groups = "", []fmc.GroupID{"sales", "service"}
	w := &counting{world{}, map[string]int{}}
	decide(t, c, w, asking(t, plan.Query{What: plan.AskTransfer, Employee: "ivanov", Digits: "260"}), monday)
	if len(w.asked) < 4 {
		t.Fatal(w.asked)
	}
	for question, times := range w.asked {
		if times != 1 {
			t.Errorf("%s was asked %d times", question, times)
		}
	}
}

func TestAHashNamesWhatAPlanHolds(t *testing.T) {
	p := decide(t, acme(t), &world{}, calling(t), monday)
	same := decide(t, acme(t), &world{}, calling(t), monday)
	if len(p.Hash()) != 64 || p.Hash() != same.Hash() {
		t.Fatal(p.Hash(), same.Hash())
	}
	if other := decide(t, acme(t), &world{}, calling(t), sunday); other.Hash() == p.Hash() {
		t.Fatal("two plans share a hash")
	}
}
