package plan_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/plan"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestPlansReadAsAPersonWouldTellThem(t *testing.T) {
	diverting := trunks()
	diverting[1].Form.Diverted = callerid.ByDiversion
	insisting := acme(t)
	insisting.Rules.Recording.FailClosed = true
	unruled := road(t)
	unruled.Rules.CallerID, unruled.SIMs[2].Mandate = nil, fmc.Mandate{}
	early := calling(t)
	early.So = plan.SoFar{Answered: true, Noticed: true}
	ask := func(q plan.Query) plan.Request {
		r := early
		r.Query = q
		return r
	}
	for name, row := range map[string]struct {
		c   *fmc.Company
		w   *world
		q   plan.Request
		now time.Time
	}{
		"client-at-ten":       {acme(t), &world{}, calling(t), monday},
		"client-on-sunday":    {acme(t), &world{}, calling(t), sunday},
		"client-over-limit":   {acme(t), &world{inUse: map[fmc.LimitID]int{"number:+74951234567": 30}}, calling(t), monday},
		"group":               {acme(t), &world{lines: map[fmc.DeviceID][]fmc.LineState{"petrov/mobile": diverting}}, ask(plan.Query{What: plan.AskGroup, Group: "sales"}), monday},
		"group-familiar":      {insisting, &world{last: "petrov", ago: 5 * time.Minute}, ask(plan.Query{What: plan.AskGroup, Group: "sales"}), monday},
		"group-second-round":  {acme(t), &world{busy: map[fmc.EmployeeID]bool{"ivanov": true, "petrov": true}}, ask(plan.Query{What: plan.AskGroup, Group: "sales", Round: 1}), monday},
		"person":              {acme(t), &world{}, ask(plan.Query{What: plan.AskPerson, Employee: "ivanov"}), monday},
		"extension-of-nobody": {acme(t), &world{}, ask(plan.Query{What: plan.AskExtension, Digits: "299", Scenario: "main"}), monday},
		"out":                 {acme(t), &world{}, dialling("ivanov-desk", "89120000001"), monday},
		"out-abroad":          {acme(t), &world{}, dialling("ivanov-desk", "+442071838750"), monday},
		"internal":            {acme(t), &world{}, dialling("sidorov-soft", "201"), monday},
		"emergency-fixed":     {acme(t), &world{}, dialling("ivanov-desk", "112"), monday},
		"emergency-soft":      {acme(t), &world{}, dialling("sidorov-soft", "112"), monday},
		"consult-outside":     {acme(t), &world{}, ask(plan.Query{What: plan.AskConsult, Employee: "ivanov", Digits: "89120000002"}), monday},
		"transfer":            {acme(t), &world{}, ask(plan.Query{What: plan.AskTransfer, Employee: "ivanov", Digits: "202"}), monday},
		"rescue":              {acme(t), &world{}, ask(plan.Query{What: plan.AskRescue, Employee: "petrov", Group: "sales"}), monday},
		"park":                {acme(t), &world{}, ask(plan.Query{What: plan.AskPark, Employee: "ivanov", Slot: "7"}), monday},
		"move":                {acme(t), &world{}, ask(plan.Query{What: plan.AskMove, Employee: "ivanov", Device: "ivanov/mobile"}), monday},
		"pick-up":             {acme(t), &world{}, dialling("ivanov-desk", "**260"), monday},
		"sim-called":          {road(t), everywhere(append(trunks(), sim(petrovs), sim(shared))...), callingSIM(t, petrovs), monday},
		"out-own-sim":         {unruled, everywhere(append(trunks(), sim(petrovs), sim(shared), sim(other))...), dialling("petrov-soft", "89120000001"), monday},
		"call-through":        {acme(t), &world{}, ask(plan.Query{What: plan.AskOut, Employee: "petrov", Digits: "89120000002"}), monday},
	} {
		t.Run(name, func(t *testing.T) {
			got := decide(t, row.c, row.w, row.q, row.now).String()
			golden := filepath.Join("testdata", "words", name+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestWhatNoPlanOfDecideHoldsIsToldToo(t *testing.T) {
	p := plan.Plan{Nodes: []plan.Node{
		{Do: plan.Gather, Say: "pin", For: second, Secret: true, Most: 4, On: map[plan.Outcome]int{plan.Done: 1}},
		{Do: plan.Give, Gift: fmc.Replace, Whom: fmc.LegID{Call: "9", N: 2}},
		{Do: plan.End},
	}}
	const want = "not recorded: \n 0 menu pin, 1s for a key, kept secret: other keys, at most 4 → 1\n" +
		" 1 hand the caller over: replace the call of leg 9/2\n 2 end as the last attempt came out\n"
	if p.String() != want {
		t.Fatalf("%q", p.String())
	}
}
