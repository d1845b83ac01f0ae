package plan_test

import (
	"strings"
	"testing"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// operator is a world whose mobiles' operator has an FMC trunk beside two ordinary ones.
func operator() *world {
	lines := append(trunks(), fmc.LineState{
		ID: "trunk:fmc", Kind: fmc.TrunkLine, Trunk: "fmc", Ready: true, Form: callerid.Form{Country: "RU", Native: true, Diverted: callerid.ByDiversion},
	})
	w := everywhere(lines...)
	w.caller = known().caller
	return w
}

// natively is a call that Ivanov dials at his own mobile, without a prefix or an access number.
func natively(t testing.TB, dialled string) plan.Request {
	t.Helper()
	return plan.Request{
		Call: "3", Company: "acme", Direction: fmc.Outbound, Employee: "ivanov", Trunk: "fmc", Native: true, Trust: fmc.TrustOwn,
		From: number(t, "+79161234567"), Dialled: dialled,
	}
}

// toMobile is a client's call to Petrov's mobile, which the operator brings.
func toMobile(t testing.TB) plan.Request {
	t.Helper()
	return plan.Request{
		Call: "3", Company: "acme", Direction: fmc.Inbound, Trunk: "fmc", Native: true, Trust: fmc.TrustOwn,
		From: number(t, "+79120000001"), To: number(t, "+79167654321"),
	}
}

func TestACallThatAPersonDialsNativelyIsTheCompanysWithoutToneOrPIN(t *testing.T) {
	for _, dialled := range []string{"89120000001", "+79120000001", "79120000001"} {
		p := hold(t, accessible(t), operator(), natively(t, dialled))
		if try := outside(t, p); try.Number.E164 != "+79120000001" || try.Lines[0].Shown.Asserted.E164 != "+74951234567" || !p.Recording.Record || dialTones(p) > 0 {
			t.Fatalf("%s:\n%s", dialled, p)
		}
	}
	outside(t, hold(t, accessible(t), operator(), natively(t, "+442071838750"))) // the operator vouches: no call back
	known := natively(t, "89120000001")
	known.Employee, known.Direction = "", fmc.Inbound // as the trunk may bring it, before anybody is known
	outside(t, hold(t, accessible(t), operator(), known))
	p := hold(t, accessible(t), operator(), natively(t, "112"))
	if p.Nodes[0].Say != plan.SayEmergency || has(p, plan.Ring) || alerts(p) != "emergency" {
		t.Fatalf("%s", p)
	}
	ends(t, hold(t, accessible(t), operator(), natively(t, "88095551234555")), cause.WrongNumber)
}

func TestANativeCallToAColleagueStaysInsideAndComesBackToTheirHandset(t *testing.T) {
	for _, dialled := range []string{"202", "+79167654321"} {
		p := hold(t, accessible(t), operator(), natively(t, dialled))
		try := p.Nodes[0].Tries[0]
		line := try.Lines[0]
		if try.Device != "petrov/mobile" || line.Trunk != "fmc" || line.Shown.Diversion.E164 != "+79167654321" || line.Shown.From.E164 != "+79161234567" || p.Recording.Record {
			t.Fatalf("%s:\n%s", dialled, p)
		}
	}
	p := hold(t, accessible(t), operator(), natively(t, "203"))
	if line := p.Nodes[0].Tries[0].Lines[0]; line.Shown.From.String() != "201" || line.Line != "sip:sidorov-soft" {
		t.Fatalf("%s", p)
	}
	if p = hold(t, accessible(t), operator(), natively(t, "84957654321")); rung(p) != "petrov/mobile" {
		t.Fatalf("the company's own number is called outside:\n%s", p)
	}
}

func TestACallToAPersonsMobileIsTheirsAndComesBackToTheHandset(t *testing.T) {
	q := toMobile(t)
	p := hold(t, accessible(t), operator(), q)
	n := p.Nodes[0]
	line := n.Tries[0].Lines[0]
	if rung(p) != "petrov/mobile" || line.Trunk != "fmc" || line.Shown.From.E164 != "+79120000001" || line.Shown.Diversion.E164 != "+79167654321" || !n.Answer {
		t.Fatalf("%s", p)
	}
	if notice := p.Nodes[n.On[plan.Won]]; !notice.Notice || p.Nodes[n.On[plan.NoAnswer]].Do != plan.Mail {
		t.Fatalf("%s", p)
	}
	q.To = number(t, "+79161234567") // a person with a desk
	if p = hold(t, accessible(t), operator(), q); rung(p) != "ivanov/sip ivanov/mobile" {
		t.Fatalf("%s", p)
	}
	q.From = callerid.Number{Kind: callerid.Hidden}
	if p = hold(t, accessible(t), operator(), q); !p.Nodes[0].Tries[1].Lines[0].Shown.Privacy {
		t.Fatalf("%s", p)
	}
	q.To = number(t, "+79999999999")
	ends(t, hold(t, accessible(t), operator(), q), cause.WrongNumber)
}

func TestANativeCallThatWeBroughtBackAlreadyIsStopped(t *testing.T) {
	itself, again, out := natively(t, "+79161234567"), toMobile(t), natively(t, "+79167654321")
	again.Diversion, out.Diversion = again.To, number(t, "+79167654321")
	for name, q := range map[string]plan.Request{"a mobile that calls itself": itself, "a call brought back": again, "a colleague's brought back": out} {
		p := hold(t, accessible(t), operator(), q)
		if ends(t, p, cause.Refused); has(p, plan.Ring) || why(p, "loop") == "" {
			t.Errorf("%s:\n%s", name, p)
		}
	}
	forwarded := toMobile(t)
	forwarded.Diversion = number(t, "+79161234567") // a colleague's handset forwards to this one
	if p := hold(t, accessible(t), operator(), forwarded); !has(p, plan.Ring) {
		t.Errorf("%s", p)
	}
}

func TestTheCompanysOwnCallToAMobileGoesStraightToTheHandset(t *testing.T) {
	c := road(t)
	byNumber, bySIM, diverted := toMobile(t), toMobile(t), toMobile(t)
	byNumber.From, bySIM.From, diverted.Diversion = number(t, "+74951234567"), number(t, "+79031110002"), number(t, "+74951234567")
	for name, q := range map[string]plan.Request{"showing its number": byNumber, "showing a SIM's": bySIM, "showing the client": diverted} {
		p := hold(t, c, operator(), q)
		n := p.Nodes[0]
		if n.Do != plan.Ring || n.Answer || len(n.Tries) != 1 || n.Tries[0].Employee != "" || n.Tries[0].Confirm || p.Recording.Record || has(p, plan.Mail) || len(n.Tries[0].Lines) != 1 {
			t.Errorf("%s:\n%s", name, p)
		}
	}
	w := operator()
	w.lines["petrov/mobile"] = trunks()
	ends(t, hold(t, c, w, byNumber), cause.Unreachable)
}

func TestAPrivateCallIsRelayedAndNothingMore(t *testing.T) {
	c := accessible(t)
	c.Rules.Dialling.Caps = fmc.Caps{Calls: 1}
	w := operator()
	w.caller.Spent.Calls = 5
	out, in := natively(t, "89120000001"), toMobile(t)
	out.Private, in.Private = true, true
	p := hold(t, c, w, out)
	try := outside(t, p)
	if len(try.Lines) != 1 || try.Lines[0].Trunk != "fmc" || try.Lines[0].Shown.From.E164 != "+79161234567" || !p.Recording.Private || !p.Recording.NoKeys || p.Recording.Record {
		t.Fatalf("%s", p)
	}
	p = hold(t, c, w, in)
	if rung(p) != "petrov/mobile" || has(p, plan.Mail) || !p.Recording.Private || says(p, plan.SayNotice) {
		t.Fatalf("%s", p)
	}
	out.Dialled = "112"
	if p = hold(t, c, w, out); has(p, plan.Ring) || p.Nodes[0].Say != plan.SayEmergency {
		t.Fatalf("%s", p)
	}
	out.Dialled, out.Trunk = "89120000001", "other"
	ends(t, hold(t, c, w, out), cause.Congested)
}

func TestAMobileThatRingsOnASIMIsSentWhoCalls(t *testing.T) {
	c := road(t)
	c.Profile.Language = "ru"
	sims := everywhere(append(trunks(), sim(shared))...)
	text := func(q plan.Request, w *world) string {
		p := hold(t, c, w, q)
		for _, n := range p.Nodes {
			for _, try := range n.Tries {
				if try.Text != "" {
					return string(try.Device) + " " + try.Text
				}
			}
		}
		return ""
	}
	group, person := asking(t, plan.Query{What: plan.AskGroup, Group: "sales"}), asking(t, plan.Query{What: plan.AskPerson, Employee: "petrov"})
	hidden := person
	hidden.From = callerid.Number{Kind: callerid.Hidden}
	for want, q := range map[string]plan.Request{
		"ivanov/mobile Звонит +7 912 000-00-01, для: Sales": group,
		"petrov/mobile Звонит +7 912 000-00-01":             person,
		"petrov/mobile Звонит скрытый номер":                hidden,
		"petrov/mobile Звонит Sidor Sidorov":                dialling("sidorov-soft", "202"),
	} {
		if got := text(q, sims); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := text(person, everywhere(trunks()...)); got != "" {
		t.Errorf("a trunk shows the number: %q", got)
	}
	if got := text(asking(t, plan.Query{What: plan.AskRescue, Employee: "petrov"}), sims); got != "" {
		t.Errorf("who was lost knows it: %q", got)
	}
	c.Profile.Language = "en"
	if got := text(group, sims); !strings.HasSuffix(got, "Call from +7 912 000-00-01, for Sales") {
		t.Errorf("%q", got)
	}
	c.Rules.Through.NoTexts = true
	if got := text(group, sims); got != "" {
		t.Errorf("%q", got)
	}
}
