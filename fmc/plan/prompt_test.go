package plan_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"roadline/fmc"
	"roadline/fmc/plan"
)

// TestEveryPromptOfAPlanIsOneThatTheHouseSays reads the library's source: neither package may import the other.
func TestEveryPromptOfAPlanIsOneThatTheHouseSays(t *testing.T) {
	source, err := os.ReadFile("../../media/prompt/texts.go")
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\t\{"([a-z-]+)", "`).FindAllStringSubmatch(string(source), -1) {
		said[m[1]] = true
	}
	used := map[string]bool{}
	use := func(p fmc.PromptID) {
		for part := range strings.SplitSeq(string(p), "+") {
			if part != "" && !strings.Contains(part, "/") {
				used[part] = true
			}
		}
	}
	own := []string{"welcome", "jazz", "my-notice", "closed", string(plan.MusicDefault), string(plan.SayDialTone), string(plan.SayNextTone)} // the company's, music and a sound
	for seed := range uint64(1500) {
		d := throw(seed)
		plans := []plan.Plan{plan.Decide(d.company(), whim{d}, d.request(), monday)}
		fleet := d.fleet()
		plans = append(plans, plan.Decide(fleet, whim{d}, d.travels(fleet), monday))
		for _, p := range plans {
			for _, n := range p.Nodes {
				use(n.Say)
				for _, try := range n.Tries {
					use(try.Whisper)
				}
			}
		}
	}
	if len(used) < 45 {
		t.Fatalf("only %d prompts were met", len(used))
	}
	for id := range used {
		if !said[id] && !slices.Contains(own, id) {
			t.Errorf("a plan says %q, and the house has no such text", id)
		}
	}
}
