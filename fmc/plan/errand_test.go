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

// rung is who and what the Rings of a plan ring, in their order.
func rung(p plan.Plan) string {
	var told []string
	for _, n := range p.Nodes {
		for _, try := range n.Tries {
			told = append(told, string(try.Device))
		}
	}
	return strings.Join(told, " ")
}

func TestAConsultationRingsWhomTheDigitsMeanAndSaysWhenNobodyIsThere(t *testing.T) {
	for digits, want := range map[string]string{"202": "petrov/mobile", "260": "petrov/mobile", "270": "sidorov/sip", "89120000002": "outside"} {
		q := asking(t, plan.Query{What: plan.AskConsult, Employee: "ivanov", Digits: digits})
		w := &world{busy: map[fmc.EmployeeID]bool{"ivanov": true}}
		p := decide(t, acme(t), w, q, monday)
		if rung(p) != want || !has(p, plan.Talk) || has(p, plan.Mail) || has(p, plan.Wait) {
			t.Errorf("%s rings %s:\n%s", digits, rung(p), p)
		}
		_, n := at(t, p, plan.Ring)
		if word := p.Nodes[n.On[plan.NoAnswer]]; word.Say != plan.SayNoAnswer || word.To != plan.ToSubject {
			t.Errorf("%s: the person is not told:\n%s", digits, p)
		}
	}
	w := &world{busy: map[fmc.EmployeeID]bool{"petrov": true}}
	p := decide(t, acme(t), w, asking(t, plan.Query{What: plan.AskConsult, Employee: "ivanov", Digits: "202"}), monday)
	if p.Nodes[0].Say != plan.SayBusy || has(p, plan.Ring) {
		t.Errorf("%s", p)
	}
	p = decide(t, acme(t), &world{}, asking(t, plan.Query{What: plan.AskConsult, Employee: "ivanov", Digits: "89120000002"}), monday)
	if n := p.Nodes[1]; !n.Notice || n.To != plan.ToAll {
		t.Errorf("whom the person consults outside does not hear the notice:\n%s", p)
	}
}

func TestWhoAsksIsNotRungThemselves(t *testing.T) {
	for _, what := range []plan.QueryKind{plan.AskConsult, plan.AskTransfer} {
		p := decide(t, acme(t), &world{}, asking(t, plan.Query{What: what, Employee: "ivanov", Digits: "260"}), monday)
		if got := strings.Fields(rung(p))[0]; got != "petrov/mobile" || !strings.Contains(why(p, "person"), "ivanov is the one") {
			t.Errorf("%v to the own group rings %s:\n%s", what, got, p)
		}
	}
	p := decide(t, acme(t), &world{}, asking(t, plan.Query{What: plan.AskConsult, Employee: "ivanov", Digits: "201"}), monday)
	if has(p, plan.Ring) || p.Nodes[0].Say != plan.SayBusy {
		t.Errorf("%s", p)
	}
}

func TestWhoIsRungSeesWhomTheyWillSpeakTo(t *testing.T) {
	out := dialling("ivanov-desk", "89120000002")
	in := calling(t)
	for name, row := range map[string]struct {
		q     plan.Request
		query plan.Query
		want  string // on the phone of Sidorov
	}{
		"a client":                             {in, plan.Query{What: plan.AskPerson, Employee: "sidorov"}, "+79120000001"},
		"a client who is transferred":          {in, plan.Query{What: plan.AskTransfer, Employee: "ivanov", Digits: "203"}, "+79120000001"},
		"a client who was called and is":       {out, plan.Query{What: plan.AskTransfer, Employee: "ivanov", Digits: "203"}, "+79120000002"},
		"a colleague who consults":             {in, plan.Query{What: plan.AskConsult, Employee: "ivanov", Digits: "203"}, "201"},
		"a colleague who consults, called out": {out, plan.Query{What: plan.AskConsult, Employee: "ivanov", Digits: "203"}, "201"},
		"a colleague":                          {dialling("ivanov-desk", "203"), plan.Query{}, "201"},
	} {
		t.Run(name, func(t *testing.T) {
			row.q.Query = row.query
			row.q.So = plan.SoFar{Answered: true, Noticed: true}
			_, n := at(t, decide(t, acme(t), &world{}, row.q, monday), plan.Ring)
			if got := n.Tries[0].Lines[0].Shown.From.String(); got != row.want {
				t.Errorf("sees %s, want %s", got, row.want)
			}
		})
	}
}

func TestTheClientsNumberGoesWithTheClientAlone(t *testing.T) {
	lines := trunks()
	lines[0].Form.Diverted, lines[1].Form.Diverted = callerid.ByDiversion, callerid.ByDiversion
	w := &world{lines: map[fmc.DeviceID][]fmc.LineState{"petrov/mobile": lines}}
	for what, want := range map[plan.QueryKind]string{plan.AskTransfer: "+79120000001", plan.AskConsult: "+74951234567"} {
		_, n := at(t, decide(t, acme(t), w, asking(t, plan.Query{What: what, Employee: "ivanov", Digits: "202"}), monday), plan.Ring)
		if got := n.Tries[0].Lines[0].Shown.From.E164; got != want {
			t.Errorf("%v shows %s", what, got)
		}
	}
}

func TestATransferThatNobodyTakesComesBackAndThenGoesToTheGroup(t *testing.T) {
	q := asking(t, plan.Query{What: plan.AskTransfer, Employee: "ivanov", Digits: "202"})
	p := decide(t, acme(t), &world{}, q, monday)
	if rung(p) != "petrov/mobile ivanov/sip ivanov/mobile" {
		t.Fatalf("%s", p)
	}
	_, first := at(t, p, plan.Ring)
	back := p.Nodes[first.On[plan.NoAnswer]]
	if back.Do != plan.Ring || back.Person != "ivanov" || back.For != 20*second {
		t.Fatalf("%s", p)
	}
	if last := p.Nodes[back.On[plan.NoAnswer]]; last.Do != plan.Ask || last.Query.Group != "sales" {
		t.Fatalf("%s", p)
	}
	if m := p.Nodes[first.On[plan.ToVoicemail]]; m.Do != plan.Mail || m.Person != "petrov" {
		t.Fatalf("%s", p)
	}
}

func TestATransferThatMayNotBeComesBackAtOnce(t *testing.T) {
	for _, digits := range []string{"299", "+442071838750", "112", "*9", ""} {
		p := decide(t, acme(t), &world{}, asking(t, plan.Query{What: plan.AskTransfer, Employee: "ivanov", Digits: digits}), monday)
		if rung(p) != "ivanov/sip ivanov/mobile" || len(p.Because) == 0 {
			t.Errorf("%q: %s", digits, p)
		}
	}
	busy := &world{busy: map[fmc.EmployeeID]bool{"petrov": true}}
	p := decide(t, acme(t), busy, asking(t, plan.Query{What: plan.AskTransfer, Employee: "ivanov", Digits: "202"}), monday)
	if rung(p) != "ivanov/sip ivanov/mobile" {
		t.Errorf("%s", p)
	}
}

func TestATransferToAGroupIsServedLikeAnyCallOfIt(t *testing.T) {
	p := decide(t, acme(t), &world{}, asking(t, plan.Query{What: plan.AskTransfer, Employee: "ivanov", Digits: "260"}), monday)
	if !has(p, plan.Wait) || !has(p, plan.Mail) {
		t.Fatalf("%s", p)
	}
}

func TestATransferOutsideIsACallOutWithItsNotice(t *testing.T) {
	p := decide(t, acme(t), &world{}, asking(t, plan.Query{What: plan.AskTransfer, Employee: "ivanov", Digits: "89120000002"}), monday)
	if outsideFirst := p.Nodes[0].Tries[0]; outsideFirst.Role != fmc.Client || !p.Nodes[1].Notice || p.Nodes[1].To != plan.ToAll {
		t.Fatalf("%s", p)
	}
	if back := p.Nodes[p.Nodes[0].On[plan.Busy]]; back.Person != "ivanov" {
		t.Fatalf("%s", p)
	}
}

func TestALostPersonIsRungAgainForAClientWhoIsToldSo(t *testing.T) {
	q := asking(t, plan.Query{What: plan.AskRescue})
	q.So.With = "ivanov"
	w := &world{busy: map[fmc.EmployeeID]bool{"ivanov": true}} // their leg may not have gone yet
	p := decide(t, acme(t), w, q, monday)
	if p.Nodes[0].Say != plan.SayReconnecting || rung(p) != "ivanov/sip ivanov/mobile" {
		t.Fatalf("%s", p)
	}
	_, talk := at(t, p, plan.Talk)
	if again := p.Nodes[talk.On[plan.Dropped]]; again.Query.What != plan.AskRescue || again.Query.Round != 1 {
		t.Fatalf("%s", p)
	}
	q.Query.Round = 5
	p = decide(t, acme(t), w, q, monday)
	_, talk = at(t, p, plan.Talk)
	if _, ok := talk.On[plan.Dropped]; ok {
		t.Fatalf("a call is rescued for ever:\n%s", p)
	}
	q.So.With = ""
	ends(t, decide(t, acme(t), w, q, monday), cause.Lost)
}

func TestAParkedCallIsRecalledByWhoParkedItAndThenByTheGroup(t *testing.T) {
	p := decide(t, acme(t), &world{}, asking(t, plan.Query{What: plan.AskPark, Employee: "ivanov", Slot: "7", Group: "sales"}), monday)
	n := p.Nodes[0]
	if n.Do != plan.Park || n.Slot != "7" || n.For != 90*second || p.Nodes[1].Do != plan.Talk {
		t.Fatalf("%s", p)
	}
	recall := p.Nodes[n.On[plan.TimedOut]].Query
	if recall.What != plan.AskRecall || recall.Slot != "7" || recall.Employee != "ivanov" || recall.Group != "sales" {
		t.Fatalf("%s", p)
	}
	p = decide(t, acme(t), &world{}, asking(t, recall), monday)
	if rung(p) != "ivanov/sip ivanov/mobile" || p.Nodes[0].For != 90*second || p.Nodes[p.Nodes[0].On[plan.NoAnswer]].Query.Group != "sales" {
		t.Fatalf("%s", p)
	}
	p = decide(t, acme(t), &world{}, asking(t, plan.Query{What: plan.AskPark, Employee: "ivanov"}), monday)
	if p.Nodes[0].Slot != "201" {
		t.Fatalf("a slot that nobody named: %s", p.Nodes[0].Slot)
	}
}

func TestAPersonMovesToTheirOtherDevicesAllAtOnce(t *testing.T) {
	p := decide(t, acme(t), &world{}, asking(t, plan.Query{What: plan.AskMove, Employee: "ivanov", Device: "ivanov/sip"}), monday)
	_, n := at(t, p, plan.Ring)
	if rung(p) != "ivanov/mobile" || n.Tries[0].After != 0 || !n.Tries[0].Confirm || !has(p, plan.Talk) {
		t.Fatalf("%s", p)
	}
	p = decide(t, acme(t), &world{}, asking(t, plan.Query{What: plan.AskMove, Employee: "petrov", Device: "petrov/mobile"}), monday)
	ends(t, p, cause.Unreachable)
}

func TestACallElsewhereIsFetchedByLegBySlotOrByExtension(t *testing.T) {
	leg := fmc.LegID{Call: "9", N: 2}
	for name, row := range map[string]struct {
		q    plan.Request
		leg  fmc.LegID
		want plan.Query
	}{
		"by leg":          {asking(t, plan.Query{What: plan.AskPickUp, Leg: leg}), leg, plan.Query{What: plan.AskPickUp}},
		"by group":        {asking(t, plan.Query{What: plan.AskPickUp, Group: "sales"}), fmc.LegID{}, plan.Query{What: plan.AskPickUp, Group: "sales"}},
		"by slot":         {asking(t, plan.Query{What: plan.AskRetrieve, Slot: "7"}), fmc.LegID{}, plan.Query{What: plan.AskRetrieve, Slot: "7"}},
		"by keyed slot":   {asking(t, plan.Query{What: plan.AskRetrieve, Digits: "7"}), fmc.LegID{}, plan.Query{What: plan.AskRetrieve, Slot: "7"}},
		"by the code *4":  {dialling("ivanov-desk", "*47"), fmc.LegID{}, plan.Query{What: plan.AskRetrieve, Slot: "7"}},
		"by the code **":  {dialling("ivanov-desk", "**202"), fmc.LegID{}, plan.Query{What: plan.AskPickUp, Employee: "petrov"}},
		"a group's by **": {dialling("ivanov-desk", "**260"), fmc.LegID{}, plan.Query{What: plan.AskPickUp, Group: "sales"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := decide(t, acme(t), &world{}, row.q, monday)
			n := p.Nodes[0]
			if n.Do != plan.Give || n.Gift != fmc.Take || n.Whom != row.leg || n.Query != row.want {
				t.Fatalf("%+v\n%s", n.Query, p)
			}
			if word := p.Nodes[n.On[plan.Unreachable]]; word.Say != plan.SayNothingThere {
				t.Fatalf("where there is nothing nobody says so:\n%s", p)
			}
		})
	}
	ends(t, decide(t, acme(t), &world{}, dialling("ivanov-desk", "**299"), monday), cause.WrongNumber)
}

func TestACallThroughCallsTheKeyedNumberAndThenAsksForTheNext(t *testing.T) {
	q := calling(t)
	q.Employee = "ivanov"
	q.Query, q.So = plan.Query{What: plan.AskOut, Digits: "89120000002#"}, plan.SoFar{Answered: true}
	p := decide(t, acme(t), &world{}, q, monday)
	if try := outside(t, p); try.Number.E164 != "+79120000002" {
		t.Fatalf("%s", p)
	}
	_, talk := at(t, p, plan.Talk)
	next := talk.On[plan.Done]
	if n, give := p.Nodes[next], p.Nodes[next+1]; n.Do != plan.Gather || n.Say != plan.SayNextTone || give.Gift != fmc.Anew || give.Query.What != plan.AskOut {
		t.Fatalf("%s", p)
	}
	if p.Nodes[0].Notice || !p.Nodes[1].Notice {
		t.Fatalf("the notice is for the client:\n%s", p)
	}
}

func TestAKeyedNumberThatMayNotBeCalledIsSaidAndAnotherMayBeKeyed(t *testing.T) {
	q := asking(t, plan.Query{What: plan.AskOut, Employee: "ivanov", Digits: "+442071838750"})
	p := decide(t, acme(t), &world{}, q, monday)
	if p.Nodes[0].Say != plan.SayNoAbroad || p.Nodes[1].Do != plan.Gather || p.Nodes[2].Query.Round != 1 || alerts(p) != "destination" {
		t.Fatalf("%s", p)
	}
	q.Query.Round = 2
	ends(t, decide(t, acme(t), &world{}, q, monday), cause.Refused)
	q.Query = plan.Query{What: plan.AskOut, Employee: "ivanov", Digits: "202"}
	if p = decide(t, acme(t), &world{}, q, monday); rung(p) != "petrov/mobile" || p.Recording.Record {
		t.Fatalf("an extension is not reached inside:\n%s", p)
	}
}

func TestWhoAsksForACallIsRungFirst(t *testing.T) {
	q := plan.Request{Call: "1", Company: "acme", Direction: fmc.Outbound, Employee: "petrov", To: number(t, "+79120000002")}
	p := decide(t, acme(t), &world{}, q, monday)
	won := p.Nodes[p.Nodes[0].On[plan.Won]].Query
	if rung(p) != "petrov/mobile" || !p.Nodes[0].Tries[0].Confirm || won.What != plan.AskOut || won.Proof != fmc.ByCallBack {
		t.Fatalf("%s", p)
	}
	q.Query, q.So.Answered = won, true
	if p = decide(t, acme(t), &world{}, q, monday); outside(t, p).Number.E164 != "+79120000002" {
		t.Fatalf("%s", p)
	}
	q.Query, q.So = plan.Query{}, plan.SoFar{}
	ends(t, decide(t, acme(t), &world{busy: map[fmc.EmployeeID]bool{"petrov": true}}, q, monday), cause.Unreachable)
}

func TestACallThatOvertookItsHoursStillServesWhoWaits(t *testing.T) {
	q := asking(t, plan.Query{What: plan.AskGroup, Group: "sales", Round: 1})
	q.So.Waited = time.Minute
	if p := decide(t, acme(t), &world{}, q, sunday); order(p.Nodes[0]) != "petrov" { // who has no hours is always on shift
		t.Fatalf("%s", p)
	}
}
