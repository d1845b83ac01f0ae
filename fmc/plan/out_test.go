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

// outside is the one try of a call out.
func outside(t *testing.T, p plan.Plan) plan.Try {
	t.Helper()
	_, n := at(t, p, plan.Ring)
	if len(n.Tries) != 1 || n.Tries[0].Device != fmc.Outside || n.Tries[0].Role != fmc.Client {
		t.Fatalf("%s", p)
	}
	return n.Tries[0]
}

func TestACallOutRingsTheNumberThenBothHearTheNoticeThenTheyTalk(t *testing.T) {
	p := decide(t, acme(t), &world{}, dialling("ivanov-desk", "8 (912) 000-00-01"), monday)
	if try := outside(t, p); try.Number.E164 != "+79120000001" || try.Confirm {
		t.Fatalf("%+v", try)
	}
	if n := p.Nodes[1]; n.Do != plan.Say || !n.Notice || n.To != plan.ToAll {
		t.Fatalf("%s", p)
	}
	if n := p.Nodes[2]; n.Do != plan.Talk || n.For != 4*time.Hour {
		t.Fatalf("%s", p)
	}
	c := acme(t)
	c.Rules.Recording.Outbound, c.Rules.Dialling.Longest = false, time.Hour
	p = decide(t, c, &world{}, dialling("ivanov-desk", "89120000001"), monday)
	if n := p.Nodes[1]; n.Do != plan.Talk || n.For != time.Hour || p.Recording.Record {
		t.Fatalf("%s", p)
	}
}

func TestWhereTheCompanyMayCallIsItsRule(t *testing.T) {
	for name, row := range map[string]struct {
		dialled string
		rule    fmc.DiallingRule
		want    cause.Meaning // Unknown: the call goes
	}{
		"a mobile":                        {"89120000001", fmc.DiallingRule{}, cause.Unknown},
		"a fixed line":                    {"84959876543", fmc.DiallingRule{}, cause.Unknown},
		"a free number":                   {"88001234567", fmc.DiallingRule{}, cause.Unknown},
		"a premium number":                {"88095551234", fmc.DiallingRule{}, cause.Refused},
		"a premium number that may be":    {"88095551234", fmc.DiallingRule{Destinations: fmc.Destinations{Premium: true}}, cause.Unknown},
		"abroad":                          {"810442071838750", fmc.DiallingRule{}, cause.Refused},
		"abroad with a plus":              {"+442071838750", fmc.DiallingRule{}, cause.Refused},
		"abroad that may be":              {"+442071838750", fmc.DiallingRule{Destinations: fmc.Destinations{Abroad: true}}, cause.Unknown},
		"a country that may be":           {"+442071838750", fmc.DiallingRule{Destinations: fmc.Destinations{Countries: []string{"KZ", "GB"}}}, cause.Unknown},
		"another country":                 {"+442071838750", fmc.DiallingRule{Destinations: fmc.Destinations{Countries: []string{"KZ"}}}, cause.Refused},
		"premium abroad":                  {"+449098790000", fmc.DiallingRule{Destinations: fmc.Destinations{Abroad: true}}, cause.Refused},
		"a satellite":                     {"+881612345678", fmc.DiallingRule{Destinations: fmc.Destinations{Abroad: true}}, cause.Refused},
		"premium abroad that may be":      {"+449098790000", fmc.DiallingRule{Destinations: fmc.Destinations{Abroad: true, Premium: true}}, cause.Unknown},
		"premium where only a country is": {"+449098790000", fmc.DiallingRule{Destinations: fmc.Destinations{Countries: []string{"GB"}}}, cause.Refused},
		"no number":                       {"+7912", fmc.DiallingRule{Destinations: fmc.Destinations{Abroad: true, Premium: true}}, cause.WrongNumber},
	} {
		t.Run(name, func(t *testing.T) {
			c := acme(t)
			c.Rules.Dialling = row.rule
			p := decide(t, c, &world{}, dialling("ivanov-desk", row.dialled), monday)
			if row.want == cause.Unknown {
				outside(t, p)
				return
			}
			ends(t, p, row.want)
			if !p.Nodes[0].Early {
				t.Fatalf("it is not told without answering:\n%s", p)
			}
		})
	}
}

func TestTheNumberShownIsThatOfTheMostParticularRuleThatIsProved(t *testing.T) {
	main, second, unproved := number(t, "+74951234567"), number(t, "+74957654321"), number(t, "+74950000001")
	for name, row := range map[string]struct {
		rules  []fmc.CallerIDRule
		caller fmc.AccountID
		want   string
		reason string
	}{
		"the person's rule":          {[]fmc.CallerIDRule{{Show: main}, {Group: "sales", Show: main}, {Employee: "ivanov", Show: second}}, "ivanov-desk", "+74957654321", "the person's rule"},
		"the group's rule":           {[]fmc.CallerIDRule{{Show: main}, {Group: "sales", Show: second}, {Employee: "petrov", Show: main}}, "ivanov-desk", "+74957654321", "the rule of sales"},
		"everybody's rule":           {[]fmc.CallerIDRule{{Group: "service", Show: main}, {Show: second}}, "ivanov-desk", "+74957654321", "the company's rule"},
		"the first that is proved":   {nil, "ivanov-desk", "+74951234567", "the first proved number"},
		"what is not proved is not":  {[]fmc.CallerIDRule{{Employee: "ivanov", Show: unproved}, {Show: second}}, "ivanov-desk", "+74957654321", "the company's rule"},
		"nor a number of nobody":     {[]fmc.CallerIDRule{{Employee: "ivanov", Show: number(t, "+79120000001")}}, "ivanov-desk", "+74951234567", "is not proved"},
		"nobody's rule is mine":      {[]fmc.CallerIDRule{{Employee: "petrov", Show: second}}, "ivanov-desk", "+74951234567", "the first proved number"},
		"a person's own before main": {nil, "petrov-soft", "+74957654321", "the person's own number"},
	} {
		t.Run(name, func(t *testing.T) {
			c := acme(t)
			c.Employees[1].Devices = append(c.Employees[1].Devices, fmc.Device{ID: "petrov/sip", Kind: fmc.SIPPhone, Account: "petrov-soft"})
			c.Rules.CallerID = row.rules
			p := decide(t, c, &world{}, dialling(row.caller, "89120000001"), monday)
			for _, line := range outside(t, p).Lines {
				if line.Shown.From.E164 != row.want || line.Shown.Asserted.E164 != row.want {
					t.Errorf("%s shows %s, want %s", line.Line, line.Shown.From, row.want)
				}
			}
			if !strings.Contains(why(p, "caller id"), row.reason) {
				t.Errorf("%s", p)
			}
		})
	}
}

func TestWithoutAProvedNumberNoCallGoesOut(t *testing.T) {
	c := acme(t)
	for i := range c.Numbers {
		c.Numbers[i].Proof = callerid.Proof{}
	}
	ends(t, decide(t, c, &world{}, dialling("ivanov-desk", "89120000001"), monday), cause.Refused)
	old := acme(t)
	for i := range old.Numbers {
		old.Numbers[i].Proof.Until = monday
	}
	ends(t, decide(t, old, &world{}, dialling("ivanov-desk", "89120000001"), monday), cause.Refused)
}

func TestTheTrunkOfTheNumberShownComesFirst(t *testing.T) {
	p := decide(t, acme(t), &world{}, dialling("ivanov-desk", "89120000001"), monday)
	lines := outside(t, p).Lines
	if len(lines) != 2 || lines[0].Line != "trunk:carrier-a" || lines[1].Line != "trunk:carrier-b" {
		t.Fatalf("%s", p)
	}
	if lines[0].Limit != "number:+74951234567" || lines[1].Limit != "" {
		t.Fatalf("limits %q and %q", lines[0].Limit, lines[1].Limit)
	}
}

func TestALineThatIsNotReadyOrFullOrASIMIsPassedOverWithAReason(t *testing.T) {
	three := append(trunks(), fmc.LineState{ID: "sim:8970", Kind: fmc.SIMLine, Ready: true})
	three[0].Ready, three[0].Why = false, "not registered since 09:58"
	w := &world{lines: map[fmc.DeviceID][]fmc.LineState{fmc.Outside: three}}
	p := decide(t, acme(t), w, dialling("ivanov-desk", "89120000001"), monday)
	if lines := outside(t, p).Lines; len(lines) != 1 || lines[0].Line != "trunk:carrier-a" {
		t.Fatalf("%s", p)
	}
	if !strings.Contains(why(p, "lines"), "not registered since 09:58") || !strings.Contains(why(p, "line"), "it is no SIM of the company") {
		t.Fatalf("%s", p)
	}
	w.inUse = map[fmc.LimitID]int{"number:+74951234567": 30}
	p = decide(t, acme(t), w, dialling("ivanov-desk", "89120000001"), monday)
	ends(t, p, cause.Congested)
	if !strings.Contains(why(p, "limit"), "in use") || p.Nodes[0].Say != plan.SayNoLine {
		t.Fatalf("%s", p)
	}
}

func TestAMobileSeesTheNumberCalledAndTheClientOnlyWhereTheTrunkAllows(t *testing.T) {
	lines := trunks()
	lines[0].Form.Diverted = callerid.ByDiversion
	w := &world{lines: map[fmc.DeviceID][]fmc.LineState{"petrov/mobile": lines}}
	p := decide(t, acme(t), w, asking(t, plan.Query{What: plan.AskPerson, Employee: "petrov"}), monday)
	_, n := at(t, p, plan.Ring)
	a, b := n.Tries[0].Lines[0], n.Tries[0].Lines[1]
	if a.Line != "trunk:carrier-a" || a.Shown.From.E164 != "+74951234567" || !a.Shown.Diversion.IsZero() {
		t.Errorf("a trunk that may not shows %+v", a.Shown)
	}
	if b.Shown.From.E164 != "+79120000001" || b.Shown.Asserted.E164 != "+74951234567" || b.Shown.Diversion.E164 != "+74951234567" {
		t.Errorf("a trunk that may shows %+v", b.Shown)
	}
}

func TestAnUnprovedNumberThatWasCalledIsNotShown(t *testing.T) {
	q := calling(t)
	q.To = number(t, "+74950000001")
	q.Query = plan.Query{What: plan.AskPerson, Employee: "petrov"}
	_, n := at(t, decide(t, acme(t), &world{}, q, monday), plan.Ring)
	if got := n.Tries[0].Lines[0].Shown.From.E164; got != "+74951234567" {
		t.Fatalf("shows %s", got)
	}
}

func TestAGroupMayBeLeftOutOfTheRecordingOrMayInsistOnIt(t *testing.T) {
	c := acme(t)
	c.Rules.Recording.Groups = map[fmc.GroupID]fmc.GroupRecording{"sales": {Off: true}, "service": {FailClosed: true}}
	ask := func(g fmc.GroupID) plan.Plan {
		return decide(t, c, &world{}, asking(t, plan.Query{What: plan.AskGroup, Group: g}), monday)
	}
	if p := ask("sales"); p.Recording.Record {
		t.Errorf("%s", p)
	}
	p := ask("service")
	_, talk := at(t, p, plan.Talk)
	if !p.Recording.Record || !p.Recording.FailClosed || p.Nodes[talk.On[plan.Forbidden]].Say != plan.SayUnavailable {
		t.Errorf("%s", p)
	}
	out := decide(t, c, &world{}, dialling("ivanov-desk", "89120000001"), monday)
	if out.Recording.Record || out.Nodes[1].Do != plan.Talk {
		t.Errorf("a call out of the group is recorded:\n%s", out)
	}
}
