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

// The invariants of ARCHITECTURE section 6 that Decide answers for, by their numbers. That every decision of every
// company keeps 4, 7, 9 and 12 is held by TestEveryDecisionOfEveryCompanyHoldsWhatIsTrueOfAll too.

func TestInvariant4TheNoticeComesFirstWhereAnyReachableBranchRecords(t *testing.T) {
	ring := func(g fmc.GroupID) fmc.Action { return fmc.Action{Do: fmc.RingGroup, Group: g} }
	steps := func(s ...fmc.ScenarioStep) map[fmc.ScenarioID]fmc.Scenario {
		return map[fmc.ScenarioID]fmc.Scenario{"main": {Steps: s}, "inner": {Steps: []fmc.ScenarioStep{{Do: ring("service")}}}}
	}
	for name, row := range map[string]struct {
		scenarios map[fmc.ScenarioID]fmc.Scenario
		overflow  fmc.Action // of sales, which is not recorded
		none      bool       // nothing is recorded
		want      bool
	}{
		"straight to a recorded group":     {steps(fmc.ScenarioStep{Do: ring("service")}), fmc.Action{}, false, true},
		"straight to an unrecorded group":  {steps(fmc.ScenarioStep{Do: ring("sales")}), fmc.Action{}, false, false},
		"by an overflow":                   {steps(fmc.ScenarioStep{Do: ring("sales")}), ring("service"), false, true},
		"by an overflow to a scenario":     {steps(fmc.ScenarioStep{Do: ring("sales")}), fmc.Action{Do: fmc.GoScenario, Scenario: "inner"}, false, true},
		"by a key":                         {steps(fmc.ScenarioStep{Menu: &fmc.Menu{Keys: map[string]fmc.Action{"1": ring("sales"), "2": ring("service")}, Default: ring("sales")}}), fmc.Action{}, false, true},
		"by the default of a menu":         {steps(fmc.ScenarioStep{Menu: &fmc.Menu{Keys: map[string]fmc.Action{"1": ring("sales")}, Default: ring("service")}}), fmc.Action{}, false, true},
		"by a step behind a menu":          {steps(fmc.ScenarioStep{Menu: &fmc.Menu{Keys: map[string]fmc.Action{"1": ring("sales")}}}, fmc.ScenarioStep{Do: ring("service")}), fmc.Action{}, false, true},
		"by an extension":                  {steps(fmc.ScenarioStep{Menu: &fmc.Menu{DialExtension: true, Default: ring("sales")}}), fmc.Action{}, false, true},
		"by no branch of a menu":           {steps(fmc.ScenarioStep{Menu: &fmc.Menu{Keys: map[string]fmc.Action{"1": ring("sales")}, Default: ring("sales")}}), fmc.Action{}, false, false},
		"by a nested scenario":             {steps(fmc.ScenarioStep{Do: fmc.Action{Do: fmc.GoScenario, Scenario: "inner"}}), fmc.Action{}, false, true},
		"by a schedule that is taken":      {steps(fmc.ScenarioStep{Schedule: &fmc.ScheduleStep{Inside: "work", Do: ring("service")}}, fmc.ScenarioStep{Do: ring("sales")}), fmc.Action{}, false, true},
		"not by a schedule that is not":    {steps(fmc.ScenarioStep{Schedule: &fmc.ScheduleStep{Outside: "work", Do: ring("service")}}, fmc.ScenarioStep{Do: ring("sales")}), fmc.Action{}, false, false},
		"nor where nothing is recorded":    {steps(fmc.ScenarioStep{Do: ring("service")}), fmc.Action{}, true, false},
		"nor before a message":             {steps(fmc.ScenarioStep{Do: fmc.Action{Do: fmc.LeaveVoicemail, Group: "service"}}), fmc.Action{}, false, false},
		"by where calls go without a step": {steps(), fmc.Action{Do: fmc.RingEmployee, Employee: "petrov"}, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			c := acme(t)
			c.Scenarios = row.scenarios
			c.Groups[0].Overflow = row.overflow
			c.Rules.Recording = fmc.RecordingRule{Inbound: !row.none, Groups: map[fmc.GroupID]fmc.GroupRecording{"sales": {Off: true}}}
			p := decide(t, c, &world{}, calling(t), monday)
			if got := p.Nodes[0].Notice; got != row.want {
				t.Fatalf("the notice comes first: %v, want %v\n%s", got, row.want, p)
			}
			holdNotice(t, c, calling(t), p)
		})
	}
}

func TestInvariant4NoShortcutSkipsTheNotice(t *testing.T) {
	w := &world{last: "ivanov", ago: time.Minute, inUse: map[fmc.LimitID]int{"number:+74951234567": 30}}
	if p := decide(t, acme(t), w, calling(t), monday); !p.Nodes[0].Notice {
		t.Fatalf("a call over the limit:\n%s", p)
	}
	q := calling(t)
	q.Query = plan.Query{What: plan.AskExtension, Digits: "201"} // the notice was not heard
	w.inUse = nil
	if p := decide(t, acme(t), w, q, monday); !p.Nodes[0].Notice {
		t.Fatalf("an extension:\n%s", p)
	}
	q.Query = plan.Query{What: plan.AskGroup, Group: "sales"}
	if p := decide(t, acme(t), w, q, monday); !p.Nodes[0].Notice {
		t.Fatalf("a familiar client:\n%s", p)
	}
	q.So.Noticed = true
	if p := decide(t, acme(t), w, q, monday); p.Nodes[0].Notice {
		t.Fatalf("the notice is heard twice:\n%s", p)
	}
}

func TestInvariant7OnlyProvedNumbersLeaveAndTheClientsOnlyWithOurDiversion(t *testing.T) {
	stranger := number(t, "+79990000000")
	c := acme(t)
	c.Rules.CallerID = []fmc.CallerIDRule{{Employee: "ivanov", Show: stranger}, {Employee: "petrov", Show: stranger}, {Show: number(t, "+74950000001")}}
	lines := trunks()
	lines[0].Form.Diverted, lines[1].Form.Fallback = callerid.ByHistory, stranger
	w := &world{lines: map[fmc.DeviceID][]fmc.LineState{"petrov/mobile": lines, "ivanov/mobile": lines, fmc.Outside: lines}}
	out := dialling("ivanov-desk", "89120000001")
	for name, q := range map[string]plan.Request{
		"a call out": out, "a group": asking(t, plan.Query{What: plan.AskGroup, Group: "sales"}),
		"a person": asking(t, plan.Query{What: plan.AskPerson, Employee: "petrov"}), "an extension": dialling("sidorov-soft", "201"),
		"a transfer": asking(t, plan.Query{What: plan.AskTransfer, Digits: "89120000002", Employee: "ivanov"}),
	} {
		t.Run(name, func(t *testing.T) {
			p := decide(t, c, w, q, monday)
			shown := 0
			for _, n := range p.Nodes {
				for _, try := range n.Tries {
					for _, line := range try.Lines {
						if line.Kind != fmc.TrunkLine {
							continue
						}
						shown++
						if a := line.Shown.Asserted.E164; a != "+74951234567" && a != "+74957654321" {
							t.Errorf("%s asserts %s", line.Line, a)
						}
						if from := line.Shown.From; !from.Same(line.Shown.Asserted) && (line.Shown.Diversion.E164 != "+74951234567" || line.Line != "trunk:carrier-b" || from.E164 != q.From.E164) {
							t.Errorf("%s shows %s", line.Line, from)
						}
					}
				}
			}
			if shown == 0 {
				t.Fatalf("nothing is rung:\n%s", p)
			}
		})
	}
}

func TestInvariant7ASIMLegShowsItsOwnNumberAndAssertsNothing(t *testing.T) {
	stranger := number(t, "+79990000000")
	c := road(t)
	c.Rules.Dialling.Prefer = fmc.SIMLine
	c.Rules.CallerID = []fmc.CallerIDRule{{Employee: "ivanov", Show: stranger}, {Show: c.Numbers[0].Number}}
	c.Numbers[4].Proof = proof("+79031110002")
	lines := []fmc.LineState{sim(petrovs), sim(shared), sim(other)}
	for i := range lines { // as if it were a trunk that carries everything
		lines[i].Trunk, lines[i].Form = "carrier-a", callerid.Form{Country: "RU", Diverted: callerid.ByDiversion, Privacy: true, Fallback: c.Numbers[0].Number}
	}
	for name, q := range map[string]plan.Request{
		"a call out": dialling("ivanov-desk", "89120000001"), "a group": asking(t, plan.Query{What: plan.AskGroup, Group: "sales"}),
		"a call to a SIM": callingSIM(t, petrovs), "an extension": dialling("sidorov-soft", "201"),
		"a transfer": asking(t, plan.Query{What: plan.AskTransfer, Digits: "89120000002", Employee: "ivanov"}),
	} {
		t.Run(name, func(t *testing.T) {
			shown := 0
			p := hold(t, c, everywhere(lines...), q)
			for _, n := range p.Nodes {
				for _, try := range n.Tries {
					for _, line := range try.Lines {
						if line.Kind != fmc.SIMLine {
							continue
						}
						shown++
						id, _ := line.Line.SIM()
						s, _ := c.SIM(id)
						if line.Shown.From.E164 != s.Number.E164 || !line.Shown.Asserted.IsZero() || !line.Shown.Diversion.IsZero() {
							t.Errorf("%s shows %+v", line.Line, line.Shown)
						}
						if err := line.Shown.Proven(c.Owned(), trunks()[0].Form, monday); err == nil {
							t.Errorf("what %s shows could leave by a trunk", line.Line)
						}
					}
				}
			}
			if shown == 0 {
				t.Fatalf("nothing is rung by a SIM:\n%s", p)
			}
		})
	}
}

func TestInvariant8NoSIMIsUsedWithoutAMandateForIt(t *testing.T) {
	c := road(t)
	c.Rules.Dialling.Prefer = fmc.SIMLine
	c.SIMs[0].Mandate, c.SIMs[1].Mandate.For, c.SIMs[2].Mandate.Where = fmc.Mandate{}, nil, []string{"KZ"}
	w := everywhere(append(trunks(), sim(petrovs), sim(shared), sim(other))...)
	for name, q := range map[string]plan.Request{
		"a call out": dialling("petrov-soft", "89120000001"), "a call abroad": dialling("petrov-soft", "+442071838750"),
		"a staff mobile": asking(t, plan.Query{What: plan.AskPerson, Employee: "ivanov"}), "a group": asking(t, plan.Query{What: plan.AskGroup, Group: "sales"}),
		"call-through": asking(t, plan.Query{What: plan.AskOut, Employee: "petrov", Digits: "89120000002"}),
		"a rescue":     asking(t, plan.Query{What: plan.AskRescue, Employee: "petrov", Group: "sales"}),
		"a consult":    asking(t, plan.Query{What: plan.AskConsult, Employee: "ivanov", Digits: "89120000002"}),
	} {
		t.Run(name, func(t *testing.T) {
			p := hold(t, c, w, q)
			for _, n := range p.Nodes {
				for _, try := range n.Tries {
					for _, line := range try.Lines {
						if line.Kind == fmc.SIMLine {
							t.Fatalf("%s is used:\n%s", line.Line, p)
						}
					}
				}
			}
			if has(p, plan.Ring) && strings.Count(why(p, "line"), "mandate of this SIM")+strings.Count(why(p, "line"), "no mandate") < 3 {
				t.Fatalf("it is not said why:\n%s", p)
			}
		})
	}
	ends(t, hold(t, c, w, callingSIM(t, petrovs)), cause.Refused) // being called is a use too
}

func TestInvariant9FromAFixedPhoneAnEmergencyCallGoesFirstByTheTrunkOfItsSite(t *testing.T) {
	main := func(c *fmc.Company) {}
	for name, row := range map[string]struct {
		dialled string
		change  func(*fmc.Company)
		world   *world
	}{
		"112":                     {"112", main, &world{}},
		"103":                     {"103", main, &world{}},
		"02":                      {"02", main, &world{}},
		"with a hash":             {"112#", main, &world{}},
		"a suspended company":     {"112", func(c *fmc.Company) { c.Profile.Suspended = true }, &world{}},
		"out of hours":            {"112", func(c *fmc.Company) { c.Employees[0].Hours = "never" }, &world{}},
		"an extension like it":    {"112", func(c *fmc.Company) { c.Employees[1].Extension = "112" }, &world{}},
		"nothing may be called":   {"112", func(c *fmc.Company) { c.Rules.CallerID = nil; c.Rules.Dialling = fmc.DiallingRule{} }, &world{}},
		"fail-closed recording":   {"112", func(c *fmc.Company) { c.Rules.Recording.FailClosed = true }, &world{}},
		"every line in use":       {"112", main, &world{inUse: map[fmc.LimitID]int{"number:+74951234567": 99}}},
		"the caller in a call":    {"112", main, &world{busy: map[fmc.EmployeeID]bool{"ivanov": true}}},
		"a trunk said to be down": {"112", main, &world{lines: map[fmc.DeviceID][]fmc.LineState{fmc.Outside: {{ID: "trunk:carrier-a", Kind: fmc.TrunkLine, Trunk: "carrier-a", Why: "no answer to OPTIONS"}, trunks()[0]}}}},
		"a trunk nobody knows of": {"112", main, &world{lines: map[fmc.DeviceID][]fmc.LineState{fmc.Outside: {}}}},
		"a SIM of that name":      {"112", main, &world{lines: map[fmc.DeviceID][]fmc.LineState{fmc.Outside: {{ID: "sim:1", Kind: fmc.SIMLine, Trunk: "carrier-a", Ready: true}}}}},
		"a proof that ran out":    {"112", func(c *fmc.Company) { c.Numbers[0].Proof = callerid.Proof{} }, &world{}},
	} {
		t.Run(name, func(t *testing.T) {
			c := acme(t)
			row.change(c)
			q := dialling("ivanov-desk", row.dialled)
			p := decide(t, c, row.world, q, monday)
			n := p.Nodes[0]
			if n.Do != plan.Ring || p.Recording.Record || p.Nodes[n.On[plan.Won]].Do != plan.Talk {
				t.Fatalf("something delays it:\n%s", p)
			}
			lines := n.Tries[0].Lines
			if len(lines) != 1 || lines[0].Line != "trunk:carrier-a" || lines[0].Kind != fmc.TrunkLine || lines[0].Limit != "" {
				t.Fatalf("it goes by %+v", lines)
			}
			if a := lines[0].Shown.Asserted.E164; a != "+74951234567" && !(name == "a proof that ran out" && a == "") {
				t.Fatalf("it asserts %q", a)
			}
			if strings.Contains(why(p, "in use"), "+7495") {
				t.Fatalf("a limit is asked:\n%s", p)
			}
			holdEmergency(t, c, q, p)
		})
	}
}

func TestInvariant9FromAnythingElseTheCallerIsToldToDialItDirectly(t *testing.T) {
	mobile := asking(t, plan.Query{What: plan.AskOut, Employee: "ivanov", Digits: "112"})
	consult := asking(t, plan.Query{What: plan.AskConsult, Employee: "ivanov", Digits: "112"})
	spoken := plan.Request{Call: "1", Company: "acme", Direction: fmc.Outbound, Employee: "ivanov", Dialled: "112"}
	for name, row := range map[string]struct {
		q      plan.Request
		change func(*fmc.Company)
	}{
		"a soft phone":                       {dialling("sidorov-soft", "112"), func(*fmc.Company) {}},
		"an account of nobody":               {dialling("nobody", "112"), func(*fmc.Company) {}},
		"a fixed phone at no site":           {dialling("ivanov-desk", "112"), func(c *fmc.Company) { c.Sites = nil }},
		"a site without a trunk":             {dialling("ivanov-desk", "112"), func(c *fmc.Company) { c.Sites[0].Emergency.Trunk = "" }},
		"a phone that is fixed no more":      {dialling("ivanov-desk", "112"), func(c *fmc.Company) { c.Employees[0].Devices[0].Fixed = false }},
		"a mobile by call-through":           {mobile, func(*fmc.Company) {}},
		"a consultation":                     {consult, func(*fmc.Company) {}},
		"a call-back":                        {spoken, func(*fmc.Company) {}},
		"call-through to an extension of it": {mobile, func(c *fmc.Company) { c.Employees[1].Extension = "112" }},
		"a consultation of an extension":     {consult, func(c *fmc.Company) { c.Employees[1].Extension = "112" }},
	} {
		t.Run(name, func(t *testing.T) {
			c := acme(t)
			row.change(c)
			p := decide(t, c, &world{}, row.q, monday)
			if has(p, plan.Ring) || p.Nodes[0].Say != plan.SayEmergency || why(p, "emergency") == "" {
				t.Fatalf("%s", p)
			}
		})
	}
	q := asking(t, plan.Query{What: plan.AskTransfer, Employee: "ivanov", Digits: "112"})
	p := decide(t, acme(t), &world{}, q, monday)
	for _, n := range p.Nodes {
		for _, try := range n.Tries {
			if try.Device == fmc.Outside {
				t.Fatalf("a client is transferred to an emergency number:\n%s", p)
			}
		}
	}
	q.Query = plan.Query{What: plan.AskExtension, Digits: "112"}
	c := acme(t)
	c.Employees[1].Extension = "112"
	if p = decide(t, c, &world{}, q, monday); p.Nodes[0].Say != plan.SayNoExtension {
		t.Fatalf("a client reaches an extension that is an emergency number:\n%s", p)
	}
}

func TestInvariant12EveryRefusalHasAReasonThatItsCauseRepeats(t *testing.T) {
	c := acme(t)
	full := &world{inUse: map[fmc.LimitID]int{"number:+74951234567": 30}}
	c.Groups[0].Wait = fmc.WaitRule{}
	suspended := acme(t)
	suspended.Profile.Suspended = true
	unknown := calling(t)
	unknown.To = number(t, "+74959999999")
	for name, row := range map[string]struct {
		c *fmc.Company
		w *world
		q plan.Request
	}{
		"a number of nobody":           {c, &world{}, unknown},
		"a suspended company":          {suspended, &world{}, calling(t)},
		"a full number":                {c, full, calling(t)},
		"a forbidden country":          {c, &world{}, dialling("ivanov-desk", "+442071838750")},
		"a premium number":             {c, &world{}, dialling("ivanov-desk", "88095551234")},
		"an unknown extension":         {c, &world{}, dialling("ivanov-desk", "299")},
		"a busy colleague":             {c, &world{busy: map[fmc.EmployeeID]bool{"petrov": true}}, dialling("ivanov-desk", "202")},
		"no line":                      {c, &world{lines: map[fmc.DeviceID][]fmc.LineState{fmc.Outside: {}}}, dialling("ivanov-desk", "89120000001")},
		"an emergency by a soft phone": {c, &world{}, dialling("sidorov-soft", "112")},
		"nothing to retrieve":          {c, &world{}, asking(t, plan.Query{What: plan.AskRetrieve})},
		"a move to nowhere":            {c, &world{lines: map[fmc.DeviceID][]fmc.LineState{"petrov/mobile": {}}}, asking(t, plan.Query{What: plan.AskMove, Employee: "petrov"})},
	} {
		t.Run(name, func(t *testing.T) {
			p := decide(t, row.c, row.w, row.q, monday)
			holdReasons(t, p)
			end := p.Nodes[len(p.Nodes)-1]
			if end.Do != plan.End || end.Cause == nil || end.Cause.Meaning == cause.Hangup || strings.Count(end.Cause.Text, " ") < 2 {
				t.Fatalf("%s", p)
			}
		})
	}
}

func TestInvariant14ACompanyDecidesForItselfAlone(t *testing.T) {
	q := asking(t, plan.Query{What: plan.AskPerson, Employee: "ivanov"})
	q.Company = "evil"
	ends(t, decide(t, acme(t), &world{}, q, monday), cause.Refused)
	for _, query := range []plan.Query{
		{What: plan.AskPerson, Employee: "spy"},
		{What: plan.AskGroup, Group: "spies"},
		{What: plan.AskScenario, Scenario: "evil"},
		{What: plan.AskConsult, Employee: "spy", Digits: "201"},
		{What: plan.AskTransfer, Employee: "spy", Digits: "201"},
		{What: plan.AskOut, Employee: "spy", Digits: "89120000001"},
		{What: plan.AskMove, Employee: "spy"},
		{What: plan.AskRescue, Employee: "spy"},
	} {
		q := asking(t, query)
		if p := decide(t, acme(t), &world{}, q, monday); has(p, plan.Ring) || p.Nodes[0].Do != plan.End {
			t.Errorf("%v of somebody of another company:\n%s", query.What, p)
		}
	}
	foreign := plan.Request{Call: "1", Company: "acme", Account: "spy-desk", Employee: "spy", Dialled: "201"}
	ends(t, decide(t, acme(t), &world{}, foreign, monday), cause.Refused)
}
