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

// accessible is acme whose main number lets its people call through and whose second calls them back.
func accessible(t testing.TB) *fmc.Company {
	t.Helper()
	c := acme(t)
	c.Numbers[0].Access, c.Numbers[1].Access = fmc.CallThrough, fmc.CallBack
	c.Conferences = []fmc.Conference{{ID: "monday", Name: "Monday", Extension: "400", Record: true}, {ID: "free", Extension: "401"}}
	c.Rules.Through = fmc.ThroughRule{ProveAbroad: true, ProvePremium: true}
	c.Rules.Dialling.Destinations = fmc.Destinations{Abroad: true, Premium: true}
	return c
}

// fromRoad is Ivanov's call from his mobile to the main number.
func fromRoad(t testing.TB) plan.Request {
	t.Helper()
	q := calling(t)
	q.From, q.Trust = number(t, "+79161234567"), fmc.TrustCarrier
	return q
}

// keyedOnRoad is what Ivanov asks in the middle of a call from his mobile.
func keyedOnRoad(t testing.TB, q plan.Query) plan.Request {
	t.Helper()
	r := fromRoad(t)
	r.Employee, r.Direction = "ivanov", fmc.Outbound
	r.Query, r.So = q, plan.SoFar{Answered: true}
	return r
}

// known is a world in which Ivanov proved today that it is he.
func known() *world {
	return &world{caller: fmc.Caller{HasPIN: true, Proved: time.Hour, Ever: true, LastWith: "+79120000005", LastDialled: "202"}, pin: fmc.PINRight}
}

func TestAPersonWhoCallsFromTheirMobileGetsADialTone(t *testing.T) {
	p := hold(t, accessible(t), known(), fromRoad(t))
	n := p.Nodes[0]
	if n.Do != plan.Gather || n.Say != plan.SayDialTone || n.For != 40*second || n.Most != 20 || dialTones(p) != 2 || says(p, plan.SayNotice) {
		t.Fatalf("%s", p)
	}
	asked := p.Nodes[n.On[plan.Done]].Query
	if asked != (plan.Query{What: plan.AskOut, Employee: "ivanov", Proof: fmc.ByNumber}) {
		t.Fatalf("%+v", asked)
	}
	for _, code := range []string{"*0", "*7", "**"} {
		if q := p.Nodes[n.Keys[code]].Query; q.Digits != code || q.Proof != fmc.ByNumber {
			t.Errorf("%s asks %+v", code, q)
		}
	}
	again := p.Nodes[n.On[plan.TimedOut]]
	if again.Say != plan.SayDialTone || p.Nodes[again.On[plan.TimedOut]].Do != plan.End {
		t.Fatalf("%s", p)
	}
}

func TestForEverybodyElseAnAccessNumberIsAsAnyOther(t *testing.T) {
	want := decide(t, acme(t), &world{}, calling(t), monday)
	refusing := accessible(t)
	refusing.Rules.Through.RefuseHidden = true
	hidden := calling(t)
	hidden.From = callerid.Number{Kind: callerid.Hidden}
	other := fromRoad(t)
	other.To, other.Trunk = number(t, "+74950000001"), "carrier-a"
	for name, row := range map[string]struct {
		c *fmc.Company
		q plan.Request
	}{
		"a client":                         {accessible(t), calling(t)},
		"a hidden number that is refused":  {refusing, hidden},
		"a person who calls another":       {accessible(t), other},
		"an employee of another company's": {accessible(t), func() plan.Request { q := fromRoad(t); q.From = number(t, "+79998887766"); return q }()},
	} {
		p := hold(t, row.c, known(), row.q)
		if dialTones(p) > 0 || p.Caller != nil {
			t.Errorf("%s:\n%s", name, p)
		}
		if name == "a client" && len(p.Nodes) != len(want.Nodes) {
			t.Errorf("%s is served otherwise than without access:\n%s", name, p)
		}
	}
	suspended := accessible(t)
	suspended.Profile.Suspended = true
	if r := plan.Read(suspended, fromRoad(t)); r.Employee != "" || r.Direction != fmc.Inbound {
		t.Errorf("a suspended company knows %s", r.Employee)
	}
	ends(t, hold(t, suspended, known(), fromRoad(t)), cause.Refused)
	wrongTrunk := fromRoad(t)
	wrongTrunk.Trunk = "carrier-b"
	ends(t, hold(t, accessible(t), known(), wrongTrunk), cause.WrongNumber)
	full := known()
	full.inUse = map[fmc.LimitID]int{"number:+74951234567": 30}
	ends(t, hold(t, accessible(t), full, fromRoad(t)), cause.Busy)
}

func TestAPINIsAskedForByRisk(t *testing.T) {
	capped := func(c *fmc.Company) { c.Rules.Dialling.Caps = fmc.Caps{Calls: 10, Talk: time.Hour} }
	for name, row := range map[string]struct {
		change func(*fmc.Company)
		caller fmc.Caller
		trust  fmc.Trust
		at     time.Time
		want   string // why it is asked for; "": it is not
	}{
		"a carrier's number, proved today":    {nil, fmc.Caller{Proved: time.Hour}, fmc.TrustCarrier, monday, ""},
		"anybody's number":                    {nil, fmc.Caller{Proved: time.Hour}, fmc.TrustForeign, monday, "anybody may have written"},
		"a number that the operator vouches":  {nil, fmc.Caller{Wrong: 2}, fmc.TrustOwn, monday, ""},
		"never proved":                        {nil, fmc.Caller{}, fmc.TrustCarrier, monday, "first call of the day"},
		"proved yesterday":                    {nil, fmc.Caller{Proved: 23 * time.Hour}, fmc.TrustCarrier, monday, "first call of the day"},
		"a wrong PIN lately":                  {nil, fmc.Caller{Proved: time.Minute, Wrong: 1}, fmc.TrustCarrier, monday, "wrong PIN"},
		"outside the person's hours":          {nil, fmc.Caller{Proved: time.Minute}, fmc.TrustCarrier, sunday, "outside their hours"},
		"half of the calls made":              {capped, fmc.Caller{Proved: time.Minute, Spent: fmc.Spent{Calls: 6}}, fmc.TrustCarrier, monday, "more than half"},
		"half of the time talked":             {capped, fmc.Caller{Proved: time.Minute, Spent: fmc.Spent{Talk: 31 * time.Minute}}, fmc.TrustCarrier, monday, "more than half"},
		"less than half":                      {capped, fmc.Caller{Proved: time.Minute, Spent: fmc.Spent{Calls: 5, Talk: 30 * time.Minute}}, fmc.TrustCarrier, monday, ""},
		"always":                              {func(c *fmc.Company) { c.Rules.Through.PIN = fmc.PINAlways }, fmc.Caller{Proved: time.Minute}, fmc.TrustOwn, monday, "always"},
		"never":                               {func(c *fmc.Company) { c.Rules.Through.PIN = fmc.PINNever }, fmc.Caller{Wrong: 9}, fmc.TrustForeign, monday, ""},
		"the company's day is its own zone's": {func(c *fmc.Company) { c.Profile.Zone = time.FixedZone("", 18*3600) }, fmc.Caller{Proved: 2 * time.Hour}, fmc.TrustCarrier, monday, "first call"},
	} {
		t.Run(name, func(t *testing.T) {
			c, q := accessible(t), fromRoad(t)
			if row.change != nil {
				row.change(c)
			}
			row.caller.HasPIN, q.Trust = true, row.trust
			p := plan.Decide(c, &world{caller: row.caller}, q, row.at)
			asks := p.Nodes[0].Secret && p.Nodes[0].Say == plan.SayPIN
			if asks != (row.want != "") || !asks && dialTones(p) == 0 || !strings.Contains(why(p, "proof"), row.want) {
				t.Fatalf("%s", p)
			}
		})
	}
}

func TestAPINThatIsRightOpensTheDialToneAndTellsWhoItIs(t *testing.T) {
	q := fromRoad(t)
	q.Trust = fmc.TrustForeign
	p := hold(t, accessible(t), known(), q)
	first := p.Nodes[0]
	asked := p.Nodes[first.On[plan.Done]].Query
	if !first.Secret || first.Most != 8 || asked.What != plan.AskPIN || asked.Employee != "ivanov" || !asked.Secret || p.Nodes[first.On[plan.TimedOut]].Say != plan.SayPIN {
		t.Fatalf("%s", p)
	}
	asked.Digits = "4711"
	q.Query, q.So.Answered = asked, true
	p = hold(t, accessible(t), known(), q)
	if dialTones(p) != 2 || p.Caller == nil || *p.Caller != (plan.Caller{Employee: "ivanov", Device: "ivanov/mobile", By: fmc.ByPIN}) {
		t.Fatalf("%s", p)
	}
	if out := p.Nodes[p.Nodes[0].On[plan.Done]].Query; out.Proof != fmc.ByPIN || out.Secret {
		t.Fatalf("%+v", out)
	}
	if strings.Contains(p.String(), "4711") || strings.Contains(asJSON(t, p), "4711") {
		t.Fatalf("the plan tells the PIN:\n%s", p)
	}
}

func TestWrongPINsAreAskedAgainThenRefusedAndTheCompanyIsAlertedOnce(t *testing.T) {
	c, w := accessible(t), known()
	w.pin = fmc.PINWrong
	q := keyedOnRoad(t, plan.Query{What: plan.AskPIN, Employee: "ivanov", Digits: "1111", Secret: true})
	for round := range 3 {
		q.Query.Round, w.caller.Wrong = round, round
		p := hold(t, c, w, q)
		if !says(p, plan.SayPINWrong) || dialTones(p) > 0 || p.Caller != nil {
			t.Fatalf("round %d:\n%s", round, p)
		}
		if last := round == 2; last != (p.Nodes[1].Do == plan.End) || last != (alerts(p) == "pin_locked") || !last && alerts(p) != "" {
			t.Fatalf("round %d:\n%s", round, p)
		}
	}
	w.caller.Locked = true // the next calls of that night
	if p := hold(t, c, w, q); alerts(p) != "" {
		t.Fatalf("it is told again and again:\n%s", p)
	}
	w.caller = fmc.Caller{HasPIN: true, Wrong: 2} // one wrong PIN a call
	q.Query.Round = 0
	if p := hold(t, c, w, q); alerts(p) != "pin_wrong" {
		t.Fatalf("%s", p)
	}
	c.Rules.Through.Tries = 1
	if p := hold(t, c, w, q); p.Nodes[1].Do != plan.End || alerts(p) != "pin_locked" {
		t.Fatalf("%s", p)
	}
}

func TestWithoutAPINOrWhileItIsLockedThePersonIsCalledBackInstead(t *testing.T) {
	for name, caller := range map[string]fmc.Caller{"no PIN": {}, "locked": {HasPIN: true, Locked: true, Wrong: 3}} {
		p := hold(t, accessible(t), &world{caller: caller}, fromRoad(t))
		if p.Nodes[0].Say != plan.SayCallBack || !p.Nodes[0].Early || then(t, p) != (plan.Then{Employee: "ivanov", After: 2 * second}) || p.Nodes[1].Cause.Meaning != cause.Declined {
			t.Errorf("%s:\n%s", name, p)
		}
		caller.CallBacks = 5
		p = hold(t, accessible(t), &world{caller: caller}, fromRoad(t))
		ends(t, p, cause.Refused)
		if alerts(p) != "call_back" || p.Nodes[0].Say != plan.SayNotAllowed {
			t.Errorf("%s:\n%s", name, p)
		}
	}
}

func TestACallerWhoHidesTheirNumberKeysExtensionAndPIN(t *testing.T) {
	c, w := accessible(t), known()
	q := calling(t)
	q.From = callerid.Number{Kind: callerid.Hidden}
	p := hold(t, c, w, q)
	n := p.Nodes[0]
	if n.Say != plan.SayExtension || p.Nodes[n.On[plan.Done]].Query.What != plan.AskWho || !p.Nodes[n.On[plan.TimedOut]].Notice {
		t.Fatalf("%s", p)
	}
	q.So.Answered = true
	ask := func(extension string) plan.Plan {
		q.Query = plan.Query{What: plan.AskWho, Digits: extension}
		return hold(t, c, w, q)
	}
	mine, nobodys := ask("201"), ask("299")
	asked, blind := mine.Nodes[mine.Nodes[0].On[plan.Done]].Query, nobodys.Nodes[nobodys.Nodes[0].On[plan.Done]].Query
	if asked.Employee != "ivanov" || blind.Employee != "" {
		t.Fatalf("%+v %+v", asked, blind)
	}
	q.Query = asked
	if p = hold(t, c, w, q); dialTones(p) != 2 || p.Caller.Employee != "ivanov" || p.Caller.Device != "" {
		t.Fatalf("%s", p)
	}
	w.pin = fmc.PINWrong
	for round := range 3 {
		asked.Round, blind.Round = round, round
		q.Query = asked
		heard := heardBy(hold(t, c, w, q))
		if q.Query = blind; heardBy(hold(t, c, w, q)) != heard {
			t.Fatalf("round %d: an extension of nobody sounds otherwise than a wrong PIN", round)
		}
	}
	w.pin = fmc.PINRight // whatever a World says of nobody
	if p = hold(t, c, w, q); dialTones(p) > 0 || p.Caller != nil {
		t.Fatalf("%s", p)
	}
}

// heardBy is what the subject of a plan can tell of it: what is done and heard, without the reasons.
func heardBy(p plan.Plan) string {
	var b strings.Builder
	for _, n := range p.Nodes {
		b.WriteString(n.Do.String() + " " + string(n.Say) + " " + n.For.String() + "\n")
	}
	return b.String()
}

func TestAMissedCallIsDeclinedAndThePersonCalledBack(t *testing.T) {
	q := fromRoad(t)
	q.To, q.Trunk = number(t, "+74957654321"), "carrier-b"
	p := hold(t, accessible(t), known(), q)
	ends(t, p, cause.Declined)
	if then(t, p) != (plan.Then{Employee: "ivanov", After: 2 * second}) || len(p.Nodes) != 1 {
		t.Fatalf("%s", p)
	}
	w := known()
	w.caller.Asked = 19 * second
	p = hold(t, accessible(t), w, q)
	if ends(t, p, cause.Declined); p.Nodes[0].Then != nil || alerts(p) != "" {
		t.Fatalf("the echo of a call is called back too:\n%s", p)
	}
	w.caller.Asked, w.caller.CallBacks = 21*second, 5
	p = hold(t, accessible(t), w, q)
	if p.Nodes[0].Then != nil || alerts(p) != "call_back" {
		t.Fatalf("%s", p)
	}
}

func TestACallBackRingsTheMobileThatAskedAndItsAnswerProvesThePerson(t *testing.T) {
	c, w := accessible(t), known()
	q := plan.Request{Call: "1", Company: "acme", Direction: fmc.Outbound, Employee: "ivanov", From: number(t, "+79161234567")}
	p := hold(t, c, w, q)
	n := p.Nodes[0]
	if rung(p) != "ivanov/mobile" || !n.Tries[0].Confirm || n.Tries[0].Whisper != plan.WhisperCalledBack || n.Tries[0].Lines[0].Shown.From.E164 != "+74951234567" {
		t.Fatalf("%s", p)
	}
	won := p.Nodes[n.On[plan.Won]].Query
	q.Query, q.So.Answered = won, true
	if p = hold(t, c, w, q); dialTones(p) != 2 || p.Caller == nil || p.Caller.By != fmc.ByCallBack {
		t.Fatalf("%s", p)
	}
	q.Query.Digits = "+442071838750" // what a call through would have been called back for
	if p = hold(t, c, w, q); outside(t, p).Number.E164 != "+442071838750" {
		t.Fatalf("%s", p)
	}
	q.Query, q.So.Answered, q.Dialled = plan.Query{}, false, "89120000001"
	if p = hold(t, c, w, q); p.Nodes[p.Nodes[0].On[plan.Won]].Query.Digits != "89120000001" {
		t.Fatalf("%s", p)
	}
}

func TestACallBackThatWasAskedForAtAPhoneRingsAllPhonesOfThePerson(t *testing.T) {
	q := plan.Request{Call: "1", Company: "acme", Direction: fmc.Outbound, Employee: "ivanov", From: number(t, "+74951234567"), Dialled: "202"}
	p := hold(t, accessible(t), known(), q)
	if n := p.Nodes[0]; rung(p) != "ivanov/sip ivanov/mobile" || n.Tries[0].Confirm || n.Tries[0].Whisper != "" || !n.Tries[1].Confirm {
		t.Fatalf("%s", p)
	}
	q.Query, q.So.Answered = p.Nodes[p.Nodes[0].On[plan.Won]].Query, true
	if p = hold(t, accessible(t), known(), q); p.Caller != nil || rung(p) != "petrov/mobile" {
		t.Fatalf("which phone it was is not known:\n%s", p)
	}
}

func TestWhoDoesNotAnswerACallBackIsRungOnceMoreAndThenTheCompanyIsTold(t *testing.T) {
	c, w := accessible(t), known()
	q := plan.Request{Call: "1", Company: "acme", Direction: fmc.Outbound, Employee: "ivanov", From: number(t, "+79161234567"), Dialled: "202"}
	p := hold(t, c, w, q)
	failed := p.Nodes[p.Nodes[0].On[plan.NoAnswer]].Query
	if declined := p.Nodes[p.Nodes[0].On[plan.TurnedDown]]; declined.Do != plan.End || declined.Then != nil {
		t.Fatalf("%s", p)
	}
	first := q
	first.Query = failed
	p = hold(t, c, w, first)
	if ends(t, p, cause.NoAnswer); then(t, p) != (plan.Then{Employee: "ivanov", Digits: "202", After: 30 * second, Round: 1}) || alerts(p) != "" {
		t.Fatalf("%s", p)
	}
	q.Query.Round = 1
	p = hold(t, c, w, q)
	q.Query = p.Nodes[p.Nodes[0].On[plan.Unreachable]].Query
	p = hold(t, c, w, q)
	if ends(t, p, cause.NoAnswer); p.Nodes[0].Then != nil || alerts(p) != "call_back" {
		t.Fatalf("%s", p)
	}
}

func TestACallThatWasForAnotherPhoneGivesNobodyADialTone(t *testing.T) {
	c := accessible(t)
	c.SIMs = []fmc.SIM{{ICCID: "8970101000000000001", Number: number(t, "+79031110001"), Person: "petrov"}}
	c.Numbers = append(c.Numbers, fmc.Number{Number: number(t, "+79031110001"), SIM: "8970101000000000001", Owner: "petrov"})
	for _, from := range []callerid.Number{number(t, "+79161234567"), {Kind: callerid.Hidden}} {
		for diverted, dialTone := range map[string]bool{"+79031110001": false, "+79167654321": false, "+74957654321": true, "": true} {
			q := fromRoad(t)
			if q.From = from; diverted != "" {
				q.Diversion = number(t, diverted)
			}
			p := hold(t, c, known(), q)
			if got := dialTones(p) > 0 || says(p, plan.SayExtension); got != dialTone {
				t.Errorf("of %s, diverted by %q:\n%s", from, diverted, p)
			}
		}
	}
}
