package cause_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"roadline/fmc/cause"
)

func TestEveryMeaningHasANameAQ850ValueAndASentence(t *testing.T) {
	seen := map[string]bool{}
	for m := cause.Unknown; m <= cause.Interrupted; m++ {
		c := cause.Of(m)
		if c.Text == "" || seen[m.String()] || m != cause.Unknown && c.Q850 == 0 {
			t.Errorf("%v: %+v", m, c)
		}
		seen[m.String()] = true
	}
}

func TestTheTableOfCausesReadsQ850(t *testing.T) {
	// FLOWS.md E0, "Causes".
	for q850, want := range map[int]cause.Meaning{
		17: cause.Busy, 18: cause.NoAnswer, 19: cause.NoAnswer, 20: cause.Unreachable, 27: cause.Unreachable, 21: cause.Declined,
		34: cause.Congested, 42: cause.Congested, 47: cause.Congested, 1: cause.WrongNumber, 28: cause.WrongNumber,
		50: cause.CallerIDRefused, 55: cause.CallerIDRefused, 57: cause.CallerIDRefused, 88: cause.MediaRefused,
		31: cause.Lost, 41: cause.Lost, 102: cause.Lost, 16: cause.Hangup, 127: cause.Unknown,
	} {
		if got := cause.FromQ850(q850); got != want {
			t.Errorf("Q.850 %d: %v, want %v", q850, got, want)
		}
	}
}

func TestACauseSurvivesJSON(t *testing.T) {
	in := cause.Because(cause.Busy, "Ivanov is in another call.")
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var out cause.Cause
	if err := json.Unmarshal(b, &out); err != nil || out != in {
		t.Fatalf("%s: %+v, %v", b, out, err)
	}
}

func TestAnErrorKeepsItsKindThroughWrapping(t *testing.T) {
	err := fmt.Errorf("apply acme: %w", cause.Errorf(cause.Conflict, "base generation 3 is stale: export, merge, apply again"))
	if !errors.Is(err, cause.Conflict) || errors.Is(err, cause.NotFound) || cause.KindOf(err) != cause.Conflict {
		t.Fatal(err, cause.KindOf(err))
	}
	if cause.KindOf(errors.New("plain")) != 0 {
		t.Fatal("a plain error has a kind")
	}
}
