package plan_test

import (
	"slices"
	"testing"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// quiet is a world in which people do not wish to be disturbed.
func quiet(people ...fmc.EmployeeID) *world {
	w := known()
	w.modes = map[fmc.EmployeeID]fmc.Mode{}
	for _, id := range people {
		w.modes[id] = fmc.Mode{Kind: fmc.Undisturbed, Until: monday.Add(90 * time.Minute)}
	}
	return w
}

func TestWhoDoesNotWishToBeDisturbedIsNotRungAndTheOthersAre(t *testing.T) {
	p := hold(t, accessible(t), quiet("ivanov"), asking(t, plan.Query{What: plan.AskGroup, Group: "sales"}))
	if _, ring := at(t, p, plan.Ring); order(ring) != "petrov" {
		t.Fatalf("%s", p)
	}
	if !slices.ContainsFunc(p.Because, func(r plan.Reason) bool {
		return r.Topic == "mode" && r.String() == "mode ivanov: ivanov does not wish to be disturbed until 2026-11-23 11:30"
	}) {
		t.Errorf("nothing says why ivanov is not rung:\n%s", p)
	}
	p = hold(t, accessible(t), quiet("ivanov", "petrov"), asking(t, plan.Query{What: plan.AskGroup, Group: "sales"}))
	if _, mail := at(t, p, plan.Mail); has(p, plan.Ring) || has(p, plan.Wait) || mail.Say != plan.MailGroup {
		t.Fatalf("nobody is free soon, and the call waits:\n%s", p)
	}
	w := quiet("ivanov")
	w.busy = map[fmc.EmployeeID]bool{"petrov": true}
	if p = hold(t, accessible(t), w, asking(t, plan.Query{What: plan.AskGroup, Group: "sales"})); !has(p, plan.Wait) {
		t.Fatalf("%s", p)
	}
	w = quiet("ivanov")
	w.last, w.ago = "ivanov", time.Minute
	if p = hold(t, accessible(t), w, asking(t, plan.Query{What: plan.AskGroup, Group: "sales"})); p.Nodes[0].Rings("ivanov") {
		t.Fatalf("whom the client knows is rung all the same:\n%s", p)
	}
}

func TestACallToWhoDoesNotWishToBeDisturbedGoesWhereABusyOnesGoes(t *testing.T) {
	p := hold(t, accessible(t), quiet("petrov"), asking(t, plan.Query{What: plan.AskPerson, Employee: "petrov"}))
	if _, mail := at(t, p, plan.Mail); has(p, plan.Ring) || mail.Say != plan.MailUndisturbed || mail.Person != "petrov" {
		t.Fatalf("%s", p)
	}
	p = hold(t, accessible(t), quiet("petrov"), dialling("ivanov-desk", "202"))
	if ends(t, p, cause.Busy); has(p, plan.Ring) {
		t.Fatalf("%s", p)
	}
	p = hold(t, accessible(t), quiet("petrov"), keys(t, "202"))
	offer := p.Nodes[0]
	if offer.Say != plan.SayUndisturbed+"+"+plan.SayOfferNext || p.Nodes[offer.Keys["1"]].Do != plan.Mail || p.Nodes[offer.Keys["2"]].Query.Group != "sales" {
		t.Fatalf("%s", p)
	}
	consults := asking(t, plan.Query{What: plan.AskConsult, Employee: "ivanov", Digits: "202"})
	if p = hold(t, accessible(t), quiet("petrov"), consults); has(p, plan.Ring) || p.Nodes[0].Say != plan.SayBusy {
		t.Fatalf("%s", p)
	}
	transfers := asking(t, plan.Query{What: plan.AskTransfer, Employee: "ivanov", Digits: "202"})
	if p = hold(t, accessible(t), quiet("petrov"), transfers); !p.Nodes[0].Rings("ivanov") {
		t.Fatalf("it does not come back:\n%s", p)
	}
}

func TestOnlyTheMobileOfWhoWishesSoIsRung(t *testing.T) {
	w := known()
	w.modes = map[fmc.EmployeeID]fmc.Mode{"ivanov": {Kind: fmc.MobileOnly}, "sidorov": {Kind: fmc.MobileOnly}}
	p := hold(t, accessible(t), w, asking(t, plan.Query{What: plan.AskPerson, Employee: "ivanov"}))
	if rung(p) != "ivanov/mobile" || p.Nodes[0].Tries[0].After != 0 {
		t.Fatalf("%s", p)
	}
	p = hold(t, accessible(t), w, asking(t, plan.Query{What: plan.AskPerson, Employee: "sidorov"})) // who has none
	if _, mail := at(t, p, plan.Mail); has(p, plan.Ring) || mail.Say != plan.MailUnreachable {
		t.Fatalf("%s", p)
	}
	moves := asking(t, plan.Query{What: plan.AskMove, Employee: "ivanov", Device: "ivanov/mobile"})
	if p = hold(t, accessible(t), w, moves); rung(p) != "ivanov/sip" {
		t.Fatalf("a phone that the person moves to stays silent:\n%s", p)
	}
}

func TestWhatAPersonAskedForIsNotHeldUp(t *testing.T) {
	w := quiet("ivanov", "petrov")
	for name, q := range map[string]plan.Request{
		"a call that lost them":   asking(t, plan.Query{What: plan.AskRescue, Employee: "ivanov"}),
		"a call that they parked": asking(t, plan.Query{What: plan.AskRecall, Employee: "ivanov", Slot: "7"}),
		"a move to another phone": asking(t, plan.Query{What: plan.AskMove, Employee: "ivanov", Device: "ivanov/mobile"}),
		"the call back":           {Call: "3", Company: "acme", Direction: fmc.Outbound, Employee: "ivanov", Dialled: "89120000001"},
	} {
		if p := hold(t, accessible(t), w, q); !slices.ContainsFunc(p.Nodes, func(n plan.Node) bool { return n.Rings("ivanov") }) {
			t.Errorf("%s does not ring:\n%s", name, p)
		}
	}
	if p := hold(t, accessible(t), w, dialling("ivanov-desk", "112")); !has(p, plan.Ring) {
		t.Errorf("an emergency call does not go out:\n%s", p)
	}
}

// silent is a World in which nobody wishes to be disturbed.
type silent struct{ whim }

func (silent) Mode(fmc.EmployeeID) fmc.Mode { return fmc.Mode{Kind: fmc.Undisturbed} }

// TestNobodyIsDisturbedWhoDoesNotWishItInAnyCompany looks for a way by which a person is rung all the same.
func TestNobodyIsDisturbedWhoDoesNotWishItInAnyCompany(t *testing.T) {
	asked := []plan.QueryKind{plan.AskRescue, plan.AskRecall, plan.AskMove} // by the person, or about a call that they have
	for seed := range uint64(3000) {
		d := throw(seed)
		c, q := d.company(), d.request()
		p := decide(t, c, silent{whim{d}}, q, monday)
		read := plan.Read(c, q)
		for _, n := range p.Nodes {
			for _, try := range n.Tries {
				if try.Employee == "" || try.Role != fmc.Worker || read.Wished() || slices.Contains(asked, q.Query.What) {
					continue
				}
				if q.Query.What == plan.AskTransfer && (try.Employee == q.Query.Employee || try.Employee == q.So.With || try.Employee == read.Employee) {
					continue // it comes back to who sent it
				}
				t.Fatalf("seed %d: %s is rung, asked %s:\n%s", seed, try.Employee, q.Query.What, p)
			}
		}
	}
}

func TestAPersonSaysByACodeHowTheyWishToBeRung(t *testing.T) {
	halfPastSix := time.Date(2026, 11, 23, 18, 30, 0, 0, accessible(t).Profile.Zone)
	nine := time.Date(2026, 11, 24, 9, 0, 0, 0, accessible(t).Profile.Zone)
	for dialled, want := range map[string]struct {
		mode fmc.Mode
		say  fmc.PromptID
	}{
		"*60":     {fmc.Mode{}, plan.SayAvailable},
		"*61":     {fmc.Mode{Kind: fmc.MobileOnly}, plan.SayMobileOnly},
		"*62":     {fmc.Mode{Kind: fmc.Undisturbed}, plan.SayDND},
		"*622":    {fmc.Mode{Kind: fmc.Undisturbed, Until: monday.Add(2 * time.Hour)}, plan.SayDND + "+" + plan.SayUntil + "+number/12"},
		"*621830": {fmc.Mode{Kind: fmc.Undisturbed, Until: halfPastSix}, plan.SayDND + "+" + plan.SayUntil + "+number/18+number/30"},
		"*610900": {fmc.Mode{Kind: fmc.MobileOnly, Until: nine}, plan.SayMobileOnly + "+" + plan.SayUntil + "+number/9"},
	} {
		for where, q := range map[string]plan.Request{"desk": dialling("ivanov-desk", dialled), "mobile": keys(t, dialled)} {
			p := hold(t, accessible(t), quiet("ivanov"), q)
			if m := p.Mode; m == nil || m.Employee != "ivanov" || m.Kind != want.mode.Kind || !m.Until.Equal(want.mode.Until) || !m.At.Equal(monday) || p.Nodes[0].Say != want.say {
				t.Errorf("%s at the %s sets %+v:\n%s", dialled, where, p.Mode, p)
			}
			if over := p.Nodes[p.Nodes[0].On[plan.Done]]; (over.Do == plan.Gather) != (where == "mobile") {
				t.Errorf("%s at the %s goes on with\n%s", dialled, where, p)
			}
		}
	}
}

func TestACodeThatSetsNoModeIsRefused(t *testing.T) {
	c := accessible(t)
	for dialled, m := range map[string]cause.Meaning{
		"*6": cause.WrongNumber, "*69": cause.WrongNumber, "*620": cause.WrongNumber, "*62183": cause.WrongNumber, "*622460": cause.WrongNumber, "*622500": cause.WrongNumber,
	} {
		p := hold(t, c, known(), dialling("ivanov-desk", dialled))
		if ends(t, p, m); p.Mode != nil || p.Nodes[0].Say != plan.SayNoMode {
			t.Errorf("%s:\n%s", dialled, p)
		}
		if p = hold(t, c, known(), keys(t, dialled)); p.Mode != nil || p.Nodes[1].Do != plan.Gather {
			t.Errorf("%s at the dial tone:\n%s", dialled, p)
		}
	}
	p := hold(t, c, known(), dialling("sidorov-soft", "*61")) // who has no mobile
	if ends(t, p, cause.Refused); p.Mode != nil || p.Nodes[0].Say != plan.SayNoMode {
		t.Errorf("%s", p)
	}
}
