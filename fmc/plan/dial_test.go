package plan_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// keys is what Ivanov keys at the dial tone of a call whose number is believed.
func keys(t testing.TB, digits string) plan.Request {
	t.Helper()
	return keyedOnRoad(t, plan.Query{What: plan.AskOut, Employee: "ivanov", Digits: digits, Proof: fmc.ByNumber})
}

func TestTheNumberKeyedAtTheDialToneIsCalledAsTheCompanyAndThenTheNextIsAContactOfItsOwn(t *testing.T) {
	p := hold(t, accessible(t), known(), keys(t, "89120000001"))
	try := outside(t, p)
	if try.Number.E164 != "+79120000001" || try.Lines[0].Shown.Asserted.E164 != "+74951234567" || p.Nodes[1].To != plan.ToAll || !p.Nodes[1].Notice || !p.Recording.Record {
		t.Fatalf("%s", p)
	}
	_, talk := at(t, p, plan.Talk)
	if p.Nodes[talk.On[plan.Dropped]].Query.What != plan.AskRescue {
		t.Fatalf("a person who is lost is not rung back:\n%s", p)
	}
	next := p.Nodes[talk.On[plan.Done]]
	give := p.Nodes[next.On[plan.Done]]
	if next.Say != plan.SayNextTone || next.For != second || give.Gift != fmc.Anew || give.Query != (plan.Query{What: plan.AskOut, Employee: "ivanov", Proof: fmc.ByNumber}) {
		t.Fatalf("%s", p)
	}
	if over := p.Nodes[next.On[plan.TimedOut]]; over.Do != plan.End || over.Cause.Meaning != cause.Hangup || p.Nodes[give.On[plan.Unreachable]].Do != plan.End {
		t.Fatalf("%s", p)
	}
	if redial := p.Nodes[next.Keys["*0"]]; redial.Gift != fmc.Anew || redial.Query.Digits != "*0" {
		t.Fatalf("%s", p)
	}
}

func TestWhatANumberComesToIsSaidAndAnotherMayBeKeyed(t *testing.T) {
	p := hold(t, accessible(t), known(), keys(t, "89120000001"))
	ring := p.Nodes[0]
	for o, want := range map[plan.Outcome]fmc.PromptID{
		plan.NoAnswer: plan.SayNoAnswer, plan.TurnedDown: plan.SayNoAnswer, plan.TimedOut: plan.SayNoAnswer,
		plan.Unreachable: plan.SayUnreachable, plan.Congested: plan.SayNoLine, plan.Busy: plan.SayBusyCallBack,
	} {
		n := p.Nodes[ring.On[o]]
		leads := n.On[plan.Done]
		if n.Say != want || p.Nodes[leads].Say != plan.SayNextTone {
			t.Errorf("%v leads to %v %s:\n%s", o, n.Do, n.Say, p)
		}
	}
	busy := p.Nodes[ring.On[plan.Busy]]
	back := p.Nodes[busy.Keys["5"]]
	if back.Then == nil || *back.Then != (plan.Then{Employee: "ivanov", Digits: "89120000001", After: 3 * time.Minute, Busy: 1}) {
		t.Fatalf("%s", p)
	}
	q := keys(t, "89120000001")
	q.Query.Busy = 2
	if p = hold(t, accessible(t), known(), q); then(t, p).Busy != 3 {
		t.Fatalf("%s", p)
	}
	q.Query.Busy = 3
	if p = hold(t, accessible(t), known(), q); says(p, plan.SayBusyCallBack) || !says(p, plan.SayNumberBusy) {
		t.Fatalf("a busy number is tried for ever:\n%s", p)
	}
}

func TestANumberThatCostsIsCalledOnlyAfterACallBack(t *testing.T) {
	for name, row := range map[string]struct {
		digits string
		change func(*plan.Request, *fmc.Company)
		asks   bool
	}{
		"abroad":                             {"+442071838750", nil, true},
		"premium":                            {"88095551234", nil, true},
		"at home":                            {"89120000001", nil, false},
		"abroad by PIN":                      {"+442071838750", func(q *plan.Request, _ *fmc.Company) { q.Query.Proof = fmc.ByPIN }, true},
		"abroad after a call back":           {"+442071838750", func(q *plan.Request, _ *fmc.Company) { q.Query.Proof = fmc.ByCallBack }, false},
		"abroad where the operator vouches":  {"+442071838750", func(q *plan.Request, _ *fmc.Company) { q.Trust = fmc.TrustOwn }, false},
		"abroad where the company trusts it": {"+442071838750", func(_ *plan.Request, c *fmc.Company) { c.Rules.Through = fmc.ThroughRule{} }, false},
		"premium abroad is premium":          {"+449098790000", func(_ *plan.Request, c *fmc.Company) { c.Rules.Through.ProveAbroad = false }, true},
	} {
		t.Run(name, func(t *testing.T) {
			c, q := accessible(t), keys(t, row.digits)
			if row.change != nil {
				row.change(&q, c)
			}
			p := hold(t, c, known(), q)
			if !row.asks {
				outside(t, p)
				return
			}
			ends(t, p, cause.Declined)
			if then(t, p) != (plan.Then{Employee: "ivanov", Digits: row.digits, After: 2 * second}) || p.Nodes[0].Say != plan.SayCallBack || p.Nodes[0].Early {
				t.Fatalf("%s", p)
			}
		})
	}
	c, w := accessible(t), known()
	c.Rules.Through.ProveFirst, w.caller.Ever = true, false
	if p := hold(t, c, w, keys(t, "89120000001")); then(t, p).Digits != "89120000001" || alerts(p) != "" {
		t.Fatalf("%s", p)
	}
}

func TestACodeInACallThroughReachesNoNumberThatTakesACallBack(t *testing.T) {
	for _, what := range []plan.QueryKind{plan.AskTransfer, plan.AskConsult} {
		for _, digits := range []string{"+442071838750", "88095551234"} {
			q := keyedOnRoad(t, plan.Query{What: what, Employee: "ivanov", Digits: digits})
			q.So.With, q.So.Asker = "ivanov", fmc.ByPIN
			if p := hold(t, accessible(t), known(), q); strings.Contains(rung(p), "outside") {
				t.Errorf("%v to %s:\n%s", what, digits, p)
			}
			q.Trust = fmc.TrustOwn
			if p := hold(t, accessible(t), known(), q); !strings.Contains(rung(p), "outside") {
				t.Errorf("%v to %s where the operator vouches:\n%s", what, digits, p)
			}
			back := q // of a call back, which proved the person
			back.Trust, back.Trunk, back.To, back.So.Asker = fmc.TrustForeign, "", callerid.Number{}, fmc.ByCallBack
			if p := hold(t, accessible(t), known(), back); !strings.Contains(rung(p), "outside") {
				t.Errorf("%v to %s after a call back:\n%s", what, digits, p)
			}
			rungColleague := keyedOnRoad(t, plan.Query{What: what, Employee: "petrov", Digits: digits})
			if p := hold(t, accessible(t), known(), rungColleague); !strings.Contains(rung(p), "outside") {
				t.Errorf("%v to %s by a colleague who was rung:\n%s", what, digits, p)
			}
		}
	}
}

func TestTheFirstCallThroughOfAPersonIsToldToThem(t *testing.T) {
	w := known()
	w.caller.Ever = false
	p := hold(t, accessible(t), w, keys(t, "89120000001"))
	outside(t, p)
	if len(p.Alerts) != 1 || p.Alerts[0].Kind != "first_use" || !p.Alerts[0].Person || p.Alerts[0].Employee != "ivanov" || !strings.Contains(p.Alerts[0].Text, "+79120000001") {
		t.Fatalf("%+v", p.Alerts)
	}
	if p = hold(t, accessible(t), known(), keys(t, "89120000001")); len(p.Alerts) > 0 {
		t.Fatalf("%+v", p.Alerts)
	}
	if p = hold(t, accessible(t), w, dialling("ivanov-desk", "89120000001")); len(p.Alerts) > 0 {
		t.Fatalf("a call from a desk is none through: %+v", p.Alerts)
	}
}

func TestWhatAPersonMayCallADayEndsTheirCallsAndTheLastOfThem(t *testing.T) {
	c, w := accessible(t), known()
	c.Rules.Dialling.Caps = fmc.Caps{Calls: 10, Talk: 2 * time.Hour, Abroad: 30 * time.Minute}
	w.caller.Spent = fmc.Spent{Calls: 9, Talk: 110 * time.Minute, Abroad: 25 * time.Minute}
	for digits, want := range map[string]time.Duration{"89120000001": 10 * time.Minute, "+442071838750": 5 * time.Minute} {
		q := keys(t, digits)
		q.Query.Proof = fmc.ByCallBack
		if _, talk := at(t, hold(t, c, w, q), plan.Talk); talk.For != want {
			t.Errorf("%s: %s", digits, talk.For)
		}
	}
	if _, talk := at(t, hold(t, c, w, dialling("ivanov-desk", "89120000001")), plan.Talk); talk.For != 10*time.Minute {
		t.Errorf("a cap does not bind a desk: %s", talk.For)
	}
	for name, spent := range map[string]fmc.Spent{"calls": {Calls: 10}, "talk": {Talk: 2 * time.Hour}} {
		w.caller.Spent = spent
		p := hold(t, c, w, keys(t, "89120000001"))
		if p.Nodes[0].Say != plan.SayCap || has(p, plan.Ring) || alerts(p) != "cap" {
			t.Errorf("%s:\n%s", name, p)
		}
		if p = hold(t, c, w, dialling("ivanov-desk", "89120000001")); p.Nodes[0].Say != plan.SayCap {
			t.Errorf("%s at a desk:\n%s", name, p)
		}
	}
	w.caller.Spent = fmc.Spent{Abroad: 30 * time.Minute}
	q := keys(t, "+442071838750")
	q.Query.Proof = fmc.ByCallBack
	if p := hold(t, c, w, q); p.Nodes[0].Say != plan.SayCap {
		t.Errorf("%s", p)
	}
	c.Employees[0].Caps = &fmc.Caps{}
	if p := hold(t, c, w, q); !has(p, plan.Ring) {
		t.Errorf("the person's own cap does not come before the company's:\n%s", p)
	}
}

func TestWhereAPersonMayCallIsTheirOwnRuleBeforeTheCompanys(t *testing.T) {
	c := acme(t)
	c.Employees[0].May = &fmc.Destinations{Countries: []string{"GB"}}
	outside(t, decide(t, c, &world{}, dialling("ivanov-desk", "+442071838750"), monday))
	ends(t, decide(t, c, &world{}, dialling("sidorov-soft", "+442071838750"), monday), cause.Refused)
}

func TestAnEmergencyNumberIsNeverCalledThrough(t *testing.T) {
	for _, digits := range []string{"112", "102", "+112", "911"} {
		p := hold(t, accessible(t), known(), keys(t, digits))
		if p.Nodes[0].Say != plan.SayEmergency || has(p, plan.Ring) || alerts(p) != "emergency" {
			t.Errorf("%s:\n%s", digits, p)
		}
	}
}

func TestAPersonAgreesBeforeTheClientSeesASIMsNumber(t *testing.T) {
	c := road(t)
	c.Rules.CallerID = []fmc.CallerIDRule{{Show: c.Numbers[0].Number}}
	lines := append(trunks(), sim(shared), sim(other))
	w := everywhere(lines...)
	w.caller = known().caller
	p := hold(t, c, w, keys(t, "89120000001"))
	ring := p.Nodes[0]
	if over(ring.Tries[0].Lines) != "a b" {
		t.Fatalf("%s", p)
	}
	asks := p.Nodes[ring.On[plan.Congested]]
	sims := p.Nodes[asks.Keys["1"]]
	if asks.Say != plan.SaySIMNumber+"+digits/79031110002" || len(sims.Tries[0].Lines) != 1 || sims.Tries[0].Lines[0].Shown.From.E164 != "+79031110002" {
		t.Fatalf("%s", p)
	}
	if notice := p.Nodes[sims.On[plan.Won]]; !notice.Notice || p.Nodes[asks.On[plan.TimedOut]].Say != plan.SayNextTone {
		t.Fatalf("%s", p)
	}
	w = everywhere(sim(shared)) // no trunk at all: it is asked at once
	w.caller = known().caller
	if p = hold(t, c, w, keys(t, "89120000001")); p.Nodes[0].Keys["1"] != 1 || !p.Nodes[1+1].Notice {
		t.Fatalf("%s", p)
	}
	c.Rules.Dialling.Prefer = fmc.SIMLine
	if p = hold(t, c, w, keys(t, "89120000001")); says(p, plan.SaySIMNumber) {
		t.Fatalf("a company that prefers its SIMs is asked:\n%s", p)
	}
	desk := dialling("ivanov-desk", "89120000001")
	c.Rules.Dialling.Prefer = 0
	if p = hold(t, c, everywhere(lines...), desk); says(p, plan.SaySIMNumber) || len(p.Nodes[0].Tries[0].Lines) != 4 {
		t.Fatalf("who is not answered cannot be asked:\n%s", p)
	}
}

func TestAColleagueAtTheDialToneSeesWhoCallsAndPaysNothing(t *testing.T) {
	c, w := accessible(t), known()
	c.Rules.Dialling.Caps, w.caller.Spent = fmc.Caps{Calls: 1}, fmc.Spent{Calls: 1}
	p := hold(t, c, w, keys(t, "203"))
	try := p.Nodes[0].Tries[0]
	if try.Device != "sidorov/sip" || try.Lines[0].Shown.From.String() != "201" || try.Lines[0].Shown.Display != "Ivan Ivanov (мобильный)" || p.Recording.Record {
		t.Fatalf("%s", p)
	}
	_, talk := at(t, p, plan.Talk)
	if p.Nodes[talk.On[plan.Done]].Say != plan.SayNextTone {
		t.Fatalf("%s", p)
	}
	c.Rules.Recording.Internal = true
	if p = hold(t, c, w, keys(t, "203")); !p.Recording.Record || says(p, plan.SayNotice) {
		t.Fatalf("%s", p)
	}
}

func TestAColleagueWhoDoesNotTakeItIsExplainedAndTheirVoicemailOrGroupOffered(t *testing.T) {
	for name, row := range map[string]struct {
		w    *world
		at   time.Time
		q    string
		want fmc.PromptID
	}{
		"busy":        {&world{busy: map[fmc.EmployeeID]bool{"petrov": true}}, monday, "202", plan.SayBusy},
		"off duty":    {&world{}, sunday, "201", plan.SayOffDuty},
		"unreachable": {&world{lines: map[fmc.DeviceID][]fmc.LineState{"petrov/mobile": {}}}, monday, "202", plan.SayAway},
	} {
		t.Run(name, func(t *testing.T) {
			q := keys(t, row.q)
			if row.q == "201" {
				q.Employee, q.Query.Employee = "petrov", "petrov"
			}
			p := decide(t, accessible(t), row.w, q, row.at)
			n := p.Nodes[0]
			if n.Say != row.want+"+"+plan.SayOfferNext || p.Nodes[n.Keys["1"]].Do != plan.Mail {
				t.Fatalf("%s", p)
			}
			if next := p.Nodes[n.Keys["2"]].Query; next.Group != "sales" || next.Proof != fmc.ByNumber {
				t.Fatalf("%+v", next)
			}
			if p.Nodes[n.On[plan.TimedOut]].Say != plan.SayNextTone {
				t.Fatalf("%s", p)
			}
		})
	}
	p := hold(t, accessible(t), known(), keys(t, "203"))
	if offer := p.Nodes[p.Nodes[0].On[plan.NoAnswer]]; offer.Say != plan.SayNoAnswer+"+"+plan.SayOfferNext {
		t.Fatalf("%s", p)
	}
	c := accessible(t)
	c.Employees[2].Groups = nil
	p = hold(t, c, known(), keys(t, "203"))
	if offer := p.Nodes[p.Nodes[0].On[plan.Busy]]; offer.Say != plan.SayBusy+"+"+plan.SayOffer || len(offer.Keys) != 1 {
		t.Fatalf("%s", p)
	}
}

func TestTheGroupThatAColleagueAsksForRingsForAColleague(t *testing.T) {
	q := keyedOnRoad(t, plan.Query{What: plan.AskGroup, Group: "sales", Proof: fmc.ByNumber})
	p := hold(t, accessible(t), known(), q)
	_, n := at(t, p, plan.Ring)
	if n.Rings("ivanov") || !n.Rings("petrov") || says(p, plan.SayNotice) || p.Recording.Record {
		t.Fatalf("%s", p)
	}
	i := slices.IndexFunc(p.Nodes, func(n plan.Node) bool { return n.Do == plan.Ask && n.Query.What == plan.AskGroup })
	if i < 0 || p.Nodes[i].Query.Proof != fmc.ByNumber {
		t.Fatalf("who waits becomes a client:\n%s", p)
	}
}

func TestAPersonsOwnExtensionAtTheDialToneIsBusyAndAnotherMayBeKeyed(t *testing.T) {
	p := hold(t, accessible(t), known(), keys(t, "201"))
	if p.Nodes[0].Say != plan.SayBusy || p.Nodes[1].Do != plan.Gather {
		t.Fatalf("%s", p)
	}
}

func TestACallThroughThatIsRescuedShowsTheClientAndNotTheAccessNumber(t *testing.T) {
	q := keyedOnRoad(t, plan.Query{What: plan.AskRescue})
	q.So.With, q.So.Client = "ivanov", number(t, "+79120000001")
	p := hold(t, accessible(t), known(), q)
	if n := p.Nodes[1].Tries[0]; n.Device != "ivanov/sip" || n.Lines[0].Shown.From.E164 != "+79120000001" {
		t.Fatalf("%s", p)
	}
	q.So.Client = callerid.Number{}
	if p = hold(t, accessible(t), known(), q); p.Nodes[1].Tries[0].Lines[0].Shown.From.E164 != "" {
		t.Fatalf("%s", p)
	}
}
