package call_test

import (
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/plan"
)

const petrovsCard fmc.ICCID = "8970101000000000001"

// crew is bureau with a SIM whose number is Petrov's, and another of nobody's.
func crew(t testing.TB) *fmc.Company {
	t.Helper()
	c := bureau(t)
	mandate := fmc.Mandate{Owner: "Bureau", Contract: "17", For: []fmc.SIMUse{fmc.UseCalls}}
	c.SIMs = []fmc.SIM{
		{ICCID: petrovsCard, Number: number(t, "+79031110001"), Person: "petrov", Mandate: mandate},
		{ICCID: "8970101000000000002", Number: number(t, "+79031110002"), Mandate: mandate},
	}
	for _, s := range c.SIMs {
		c.Numbers = append(c.Numbers, fmc.Number{Number: s.Number, SIM: s.ICCID, Owner: s.Person})
	}
	c.Numbers[2].Scenario = "main"
	return c
}

// when is when a leg of a rehearsed call came to a link; -1: never.
func when(r call.Rehearsal, leg int, link fmc.Link) time.Duration {
	for _, f := range r.Facts {
		if b, ok := f.Body.(fmc.LegIs); ok && b.Leg.N == leg && b.Link == link {
			return f.At
		}
	}
	return -1
}

func TestACallToASIMIsAnsweredWhenItsPersonConfirmedAndHearsTheNoticeThen(t *testing.T) {
	r := supposed(t, crew(t), call.Supposed{From: client, To: "89031110001", Answers: []string{"petrov"}})
	if r.Record.Status != fmc.StatusAnswered || r.Record.Who.Employee != "petrov" {
		t.Fatalf("%s: %+v", r.Record.Status, r.Record.Who)
	}
	var confirmed, noticed, talked time.Duration
	for _, f := range r.Facts {
		switch b := f.Body.(type) {
		case fmc.Assented:
			confirmed = f.At
		case fmc.Announced:
			if b.Leg.N == 1 {
				noticed = f.At
			}
		case fmc.Talking:
			if talked == 0 && len(b.Talks) > 0 {
				talked = f.At
			}
		}
	}
	answered := when(r, 1, fmc.Up)
	if confirmed != 2*time.Second || answered < confirmed || answered > confirmed+time.Second || noticed < answered+3*time.Second || talked < noticed {
		t.Fatalf("confirmed %s, answered %s, noticed %s, talked %s", confirmed, answered, noticed, talked)
	}
	if rung(r) != "petrov/mobile" || r.Rings[0].Line != "trunk:carrier-a" || r.Rings[0].Shown.From.E164 != office {
		t.Fatalf("%+v", r.Rings)
	}
}

func TestACallToASIMThatNobodyTakesIsAnsweredInTimeForAMessage(t *testing.T) {
	c := crew(t)
	for within, want := range map[time.Duration]time.Duration{0: 20 * time.Second, 12 * time.Second: 12 * time.Second} {
		c.Numbers[1].AnswerWithin = within
		r := supposed(t, c, call.Supposed{From: client, To: "+79031110001"})
		if got := when(r, 1, fmc.Up); got != want || len(r.Record.Mail) != 1 {
			t.Errorf("answered after %s, want %s; %d messages", got, want, len(r.Record.Mail))
		}
	}
}

func TestACallToASIMWithAScenarioIsAnsweredAtOnce(t *testing.T) {
	r := supposed(t, crew(t), call.Supposed{From: client, To: "+79031110002", Keys: "2", Answers: []string{"petrov"}})
	if when(r, 1, fmc.Up) != 0 || r.Record.Status != fmc.StatusAnswered {
		t.Fatalf("answered after %s: %s", when(r, 1, fmc.Up), r.Record.Status)
	}
}

func TestWhatACompanysOwnSIMsCarryIsRehearsedWithoutATrunk(t *testing.T) {
	c := crew(t)
	c.Numbers = c.Numbers[1:]
	r := supposed(t, c, call.Supposed{By: "ivanov", Dial: "89120000001", Answers: []string{"outside"}})
	if len(r.Rings) != 1 || r.Rings[0].Line != "sim:8970101000000000002" || r.Rings[0].Shown.From.E164 != "+79031110002" || r.Record.Status != fmc.StatusAnswered {
		t.Fatalf("%+v", r.Rings)
	}
}

func TestACompanysOwnTestsSpeakOfSIMs(t *testing.T) {
	c := crew(t)
	dial := fmc.Test{At: tuesday, Account: "ivanov-desk", Dial: "89120000001", Expect: fmc.Expectation{Reaches: "outside", Shows: number(t, "+79031110001")}}
	in := fmc.Test{At: tuesday, From: number(t, client), To: number(t, "+79031110001"), Expect: fmc.Expectation{Reaches: "petrov", Within: 6 * time.Second, Recorded: yes(true)}}
	c.Rules.CallerID = []fmc.CallerIDRule{{Employee: "ivanov", Show: number(t, "+79031110001")}}
	for _, test := range []fmc.Test{dial, in} {
		if v := call.Judge(c, call.Quiet(c, nil), test); len(v.Failed) > 0 {
			t.Errorf("%v", v.Failed)
		}
	}
	c.SIMs[0].Mandate = fmc.Mandate{}
	for _, test := range []fmc.Test{dial, in} {
		if v := call.Judge(c, call.Quiet(c, nil), test); len(v.Failed) == 0 {
			t.Errorf("a SIM without a mandate serves: %v", v.Rings)
		}
	}
}

func TestACompanysOwnTestsComeOutAlikeWhateverTheSIMsSay(t *testing.T) {
	c := crew(t)
	c.Numbers, c.SIMs[0].Person, c.SIMs[0].Limits.Calls = c.Numbers[1:], "", 1
	test := fmc.Test{At: tuesday, Account: "ivanov-desk", Dial: "89120000001", Expect: fmc.Expectation{Reaches: "outside", Shows: number(t, "+79031110001")}}
	for what, state := range map[string]fmc.SIMState{
		"not plugged in": {}, "a bad signal": {SignalDBm: -104}, "abroad": {Roaming: true}, "used up for today": {Used: fmc.SIMUsed{Calls: 1}}, "bad speech": {MOS: 200},
	} {
		state.ICCID = petrovsCard
		reach := func(fmc.DeviceID) []fmc.LineState {
			return []fmc.LineState{
				{ID: petrovsCard.Line(), Kind: fmc.SIMLine, SIM: &state},
				{ID: c.SIMs[1].ICCID.Line(), Kind: fmc.SIMLine, Ready: true, SIM: &fmc.SIMState{ICCID: c.SIMs[1].ICCID, SignalDBm: -60}},
			}
		}
		if v := call.Judge(c, call.Quiet(c, reach), test); len(v.Failed) > 0 {
			t.Errorf("%s: %v", what, v.Failed)
		}
	}
}

func TestASupposedCallToASIMNamesItsLine(t *testing.T) {
	r, err := call.Supposed{From: client, To: "+79031110001"}.Request(crew(t))
	if err != nil || r.Trunk != "" || r.Line != petrovsCard.Line() || r.Direction != fmc.Inbound {
		t.Fatal(r, err)
	}
	if r = (plan.Request{Company: "bureau", Direction: fmc.Inbound, Line: r.Line, From: callerid.Number{Kind: callerid.Hidden}, To: r.To}); plan.Decide(crew(t), call.Quiet(crew(t), nil), r, tuesday).Nodes[0].Do != plan.Ring {
		t.Fatal("a hidden caller does not ring")
	}
}
