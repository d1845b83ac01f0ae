package call

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"roadline/fmc"
	"roadline/fmc/plan"
)

var update = flag.Bool("update", false, "write the diagrams of docs anew")

// diagramLives is how many random lives the diagrams are drawn from. What they show is what Step did in them.
const diagramLives = 1500

// seldom is how often a transition must have been seen to be drawn, of those of its state: a drawing of every accident
// is no drawing.
const seldom = 400 // one in so many

// machine is the transitions that one sub-machine made.
type machine struct {
	title, words string
	moves        map[move]int
	from         map[string]int
}

type move struct{ from, to, on string }

func (m *machine) add(from, to, on string) {
	if from != to {
		m.moves[move{from, to, on}]++
		m.from[from]++
	}
}

// TestTheDiagramsAreThoseOfTheCode draws one diagram for each sub-machine and one of a call's phases from random lives,
// and holds docs/machines.md to them. Mend with: go test ./fmc/call -run Diagrams -update.
func TestTheDiagramsAreThoseOfTheCode(t *testing.T) {
	all := []*machine{
		{title: "Party", words: "One leg: how far its link is and, where it must confirm, whether it did. Events are those of its own technology, of its keys and of the call."},
		{title: "Attempt", words: "One try of a ring: the race, and the confirmation that alone ends it."},
		{title: "Thread", words: "One plan followed for one leg: from node to node, by how each came out."},
		{title: "Key collector", words: "What one person keys in a conversation."},
		{title: "Call", words: "The phases of a whole call, as its parties would tell it."},
	}
	for _, m := range all {
		m.moves, m.from = map[move]int{}, map[string]int{}
	}
	for seed := range uint64(diagramLives) {
		watchLife(t, seed, func(was, is Call, ev Event, cmds []Command) {
			on := strings.TrimPrefix(fmt.Sprintf("%T", ev), "call.")
			parties(all[0], was, is, on)
			attempts(all[1], was, is, on)
			threads(all[2], was, cmds)
			inputs(all[3], was, is, ev)
			all[4].add(phase(was), phase(is), on)
		})
	}
	var b strings.Builder
	b.WriteString("# The machines of a call\n\nDrawn by `go test ./fmc/call -run Diagrams -update` from the transitions that `Step` made in random lives; a test holds this page to them.\nWhat was seen less often than once in " + fmt.Sprint(seldom) + " of its state's transitions is left out.\n")
	for _, m := range all {
		m.draw(&b)
	}
	const page = "../../docs/machines.md"
	if *update {
		if err := os.WriteFile(page, []byte(b.String()), 0o644); err != nil { //nolint:gosec // a page of docs
			t.Fatal(err)
		}
		return
	}
	kept, err := os.ReadFile(page)
	if err != nil || string(kept) != b.String() {
		t.Fatalf("docs/machines.md is not what Step does: run go test ./fmc/call -run Diagrams -update and look at the difference (%v)", err)
	}
}

func (m *machine) draw(b *strings.Builder) {
	labels := map[[2]string][]string{}
	for v, n := range m.moves {
		if n*seldom < m.from[v.from] {
			continue
		}
		k := [2]string{v.from, v.to}
		labels[k] = append(labels[k], v.on)
	}
	keys := make([][2]string, 0, len(labels))
	for k := range labels {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(x, y [2]string) int { return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1])) })
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n```mermaid\nstateDiagram-v2\n", m.title, m.words)
	for _, k := range keys {
		slices.Sort(labels[k])
		fmt.Fprintf(b, "  %s --> %s: %s\n", k[0], k[1], strings.Join(slices.Compact(labels[k]), ", "))
	}
	b.WriteString("```\n")
}

func partyState(p Party, ok bool) string {
	switch {
	case !ok:
		return "[*]"
	case p.Part != nil:
		return "hears_why_it_goes"
	case p.Assent == fmc.Awaited && p.Link == fmc.Up:
		return "up_unconfirmed"
	default:
		return p.Link.String()
	}
}

func parties(m *machine, was, is Call, on string) {
	for _, p := range is.Parties {
		before, ok := was.Party(p.Leg)
		m.add(partyState(before, ok), partyState(p, true), on)
	}
}

var attemptNames = [...]string{"[*]", "planned", "reserved", "ringing", "answered_unconfirmed", "withdrawn"}

func attempts(m *machine, was, is Call, on string) {
	for ti, t := range is.Threads {
		if ti >= len(was.Threads) || was.Threads[ti].Visit.Serial != t.Visit.Serial {
			continue
		}
		for i, a := range t.Tries {
			m.add(attemptNames[was.Threads[ti].Tries[i].State], attemptNames[a.State], on)
		}
	}
	for ti, t := range was.Threads { // a race that was left took its attempts with it
		if t.Node().Do == plan.Ring && ti < len(is.Threads) && is.Threads[ti].Visit.Serial != t.Visit.Serial {
			for _, a := range t.Tries {
				m.add(attemptNames[a.State], "[*]", on)
			}
		}
	}
}

func threads(m *machine, was Call, cmds []Command) {
	at := map[int]string{}
	for ti, t := range was.Threads {
		at[ti] = t.Node().Do.String()
	}
	for _, cmd := range cmds {
		n, ok := cmd.(Note)
		if !ok {
			continue
		}
		s, ok := n.Fact.Body.(fmc.Stepped)
		if !ok {
			continue
		}
		if s.Outcome != "" && at[s.Thread] != "" {
			m.add(at[s.Thread], s.Op, s.Outcome)
		}
		at[s.Thread] = s.Op
	}
}

func inputState(in Input) string {
	switch {
	case in.Keys == "":
		return "idle"
	case in.Keys == "*":
		return "leader"
	case in.Keys[0] == '*':
		return "code"
	default:
		return "digits"
	}
}

func inputs(m *machine, was, is Call, ev Event) {
	for _, p := range is.Parties {
		before, ok := was.Party(p.Leg)
		if !ok {
			continue
		}
		on := strings.TrimPrefix(fmt.Sprintf("%T", ev), "call.")
		if d, ok := ev.(Digit); ok && d.Leg == p.Leg {
			on = map[bool]string{true: string(d.Key), false: "digit"}[d.Key == '*' || d.Key == '#']
		}
		m.add(inputState(before.Input), inputState(p.Input), on)
	}
}

// phase is what a call is at, as a person would say.
func phase(c Call) string {
	switch {
	case c.Over():
		return "closed"
	case c.End != nil:
		return "ending"
	case len(c.Threads) == 0:
		return "[*]"
	}
	for _, t := range c.Wiring.Talks {
		if t.Mail {
			return "leaving_a_message"
		}
	}
	if len(c.Wiring.Talks) > 0 {
		return "conversation"
	}
	switch c.Threads[0].Node().Do {
	case plan.Say, plan.Gather, plan.Mail:
		return "prompts"
	case plan.Ring:
		return "ringing"
	case plan.Wait, plan.Park:
		return "waiting"
	case plan.Talk:
		return "held_or_notice"
	case plan.Ask, plan.Give, plan.End:
	}
	return "deciding"
}
