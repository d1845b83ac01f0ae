package call

import (
	"fmt"
	"strings"
	"testing"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// lines are candidates: "t" is a trunk that takes a number's limit, figures are SIMs.
func lines(names string) []plan.Candidate {
	var all []plan.Candidate
	for name := range strings.FieldsSeq(names) {
		if name == "t" {
			all = append(all, plan.Candidate{Line: "trunk:t", Kind: fmc.TrunkLine, Limit: "number:+74951234567"})
			continue
		}
		card := fmc.ICCID(name)
		all = append(all, plan.Candidate{Line: card.Line(), Kind: fmc.SIMLine, Limit: card.Limit()})
	}
	return all
}

// dials has a leg of its own call dial over lines, and returns those it may try.
func dials(b *board, company *fmc.Company, n int, over string) string {
	leg := fmc.LegID{Call: fmc.CallID(fmt.Sprint("c", n)), N: 2}
	try, why := b.dial(leg.Call, Dial{Leg: leg, Try: plan.Try{Device: "x", Lines: lines(over)}}, company, monday)
	if why != nil {
		return why.Meaning.String()
	}
	var got []string
	for _, l := range try.Lines {
		got = append(got, strings.TrimPrefix(strings.TrimPrefix(string(l.Line), "sim:"), "trunk:"))
	}
	return strings.Join(got, " ")
}

func TestASIMIsTakenAtDialling(t *testing.T) {
	company := &fmc.Company{Numbers: []fmc.Number{{Lines: 1}}}
	company.Numbers[0].Number.E164 = "+74951234567"
	b := newBoard()
	for n, step := range []struct{ over, want string }{
		{"1 2 3", "1 2 3"}, // takes 1
		{"1 2 3", "2 3"},   // takes 2
		{"1 2 t", "t"},     // takes the number's one line
		{"t 3", "3"},       // takes 3
		{"1 2 t 3", cause.Congested.String()},
	} {
		if got := dials(b, company, n, step.over); got != step.want {
			t.Fatalf("call %d over %q may try %q, want %q", n, step.over, got, step.want)
		}
	}
	b.release(fmc.LegID{Call: "c1", N: 2})
	if got := dials(b, company, 9, "1 2"); got != "2" {
		t.Fatalf("what went is not free: %q", got)
	}
}

func TestASIMBehindATrunkIsTakenOnlyByACallThatItCarries(t *testing.T) {
	company, b := &fmc.Company{}, newBoard()
	leg := fmc.LegID{Call: "c1", N: 2}
	if got := dials(b, company, 1, "t 1 2"); got != "t 1 2" || len(b.uses["sim:1"]) > 0 {
		t.Fatal(got, b.uses)
	}
	is := Call{ID: "c1", Parties: []Party{{Leg: leg, Link: fmc.Dialing, Line: "sim:2"}}}
	b.publish(is, is, monday)
	if got := dials(b, company, 2, "2 1"); got != "1" {
		t.Fatalf("a SIM that carries a call may be tried: %q", got)
	}
	is.Parties[0].Line = "trunk:t" // it was lost before it rang, and a trunk took the leg
	b.publish(is, is, monday)
	if len(b.uses["sim:2"]) > 0 || len(b.uses["number:+74951234567"]) != 1 {
		t.Fatal(b.uses)
	}
	is.Parties[0].Link = fmc.Gone
	b.publish(is, is, monday)
	if b.release(fmc.LegID{Call: "c2", N: 2}); len(b.uses)+len(b.holds) > 0 {
		t.Fatalf("left behind: %v %v", b.uses, b.holds)
	}
}

func TestACallThatCameByASIMHasIt(t *testing.T) {
	h := newTheatre(t)
	company := h.company("acme")
	n := fmc.Number{SIM: "1"}
	n.Number.E164 = "+79031110001"
	company.Numbers = append(company.Numbers, n)
	leg := fmc.LegID{Call: "c1", N: 1}
	h.open("c1", plan.Request{Company: "acme", Direction: fmc.Inbound, Line: "sim:1", To: n.Number}, LegOffered{Leg: leg, Role: fmc.Client, Line: "sim:1"})
	if got := dials(h.board("acme"), company, 2, "1 2"); got != "2" {
		t.Fatalf("the SIM of a call may be dialled on: %q", got)
	}
	h.post("c1", gone(leg, cause.Hangup))
	if len(h.board("acme").uses["sim:1"]) > 0 {
		t.Fatal("the SIM stays taken")
	}
}

// TestAConfirmationThatOutlastsTheRingOfASIMHasTheCallerAnswered: the client's network would give up meanwhile.
func TestAConfirmationThatOutlastsTheRingOfASIMHasTheCallerAnswered(t *testing.T) {
	for _, hold := range []bool{true, false} {
		h := newTheatre(t)
		h.plans[plan.AskStart] = func(plan.Request) plan.Plan {
			return plan.Plan{Nodes: []plan.Node{
				{Do: plan.Ring, For: 20 * second, Answer: hold, Tries: []plan.Try{
					{Device: "petrov", Employee: "petrov", Role: fmc.Worker, For: 25 * second, Confirm: true, Whisper: "confirm", Lines: lines("1")},
				}},
				{Do: plan.Talk},
			}}
		}
		client := h.offer("c1", "")
		h.run(h.now + 15*second)
		h.link(h.leg("c1", "petrov"), fmc.Up)
		h.run(h.now + 4*second)
		if p, _ := h.calls["c1"].Party(client); p.Told > ToldRinging {
			t.Fatalf("hold %v: the client is answered before its time", hold)
		}
		h.run(h.now + 2*second)
		if p, _ := h.calls["c1"].Party(client); (p.Link == fmc.Up) != hold {
			t.Fatalf("hold %v: the client is %v", hold, p.Link)
		}
		h.keys(h.leg("c1", "petrov"), "1")
		if w := h.calls["c1"].Wiring; len(w.Talks) != 1 || len(w.Talks[0].Legs) != 2 {
			t.Fatalf("hold %v: they do not talk: %+v", hold, w)
		}
	}
}
