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
	stranger, mailed, joined := known(), known(), known()
	stranger.pin, stranger.caller.Wrong = fmc.PINWrong, 2
	mailed.mail = []fmc.NewMail{{Prompt: "message/a/100", From: "+79120000001"}}
	joined.in = map[fmc.ConferenceID]int{"monday": 1}
	asked := road(t)
	asked.Rules.CallerID = []fmc.CallerIDRule{{Show: asked.Numbers[0].Number}}
	missed, private := fromRoad(t), natively(t, "89120000001")
	missed.To, missed.Trunk, private.Private = number(t, "+74957654321"), "carrier-b", true
	back := plan.Request{Call: "1", Company: "acme", Direction: fmc.Outbound, Employee: "ivanov", From: number(t, "+79161234567"), Dialled: "89120000001"}
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
		"dial-tone":           {accessible(t), known(), fromRoad(t), monday},
		"dial-tone-by-pin":    {accessible(t), known(), fromRoad(t), sunday},
		"pin-right":           {accessible(t), known(), keyedOnRoad(t, plan.Query{What: plan.AskPIN, Employee: "ivanov", Digits: "4711", Secret: true}), monday},
		"pin-locked":          {accessible(t), stranger, keyedOnRoad(t, plan.Query{What: plan.AskPIN, Employee: "ivanov", Digits: "1111", Secret: true, Round: 2}), monday},
		"call-through":        {accessible(t), known(), keys(t, "89120000001"), monday},
		"call-through-abroad": {accessible(t), known(), keys(t, "+442071838750"), monday},
		"call-through-sim":    {asked, everywhere(append(trunks(), sim(shared))...), keys(t, "89120000001"), monday},
		"colleague":           {accessible(t), known(), keys(t, "203"), monday},
		"missed-call":         {accessible(t), known(), missed, monday},
		"call-back":           {accessible(t), known(), back, monday},
		"native":              {accessible(t), operator(), natively(t, "202"), monday},
		"native-in":           {accessible(t), operator(), toMobile(t), monday},
		"private":             {accessible(t), operator(), private, monday},
		"messages":            {accessible(t), mailed, dialling("ivanov-desk", "*97"), monday},
		"prompt":              {accessible(t), known(), dialling("ivanov-desk", "*981"), monday},
		"conference":          {accessible(t), joined, dialling("ivanov-desk", "400"), monday},
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
