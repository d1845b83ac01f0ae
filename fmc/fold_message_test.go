package fmc_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
)

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// aMessage is the facts of a message of two parts: one a second.
func aMessage(bodies ...func(at time.Time) fmc.Happening) []fmc.Fact {
	all := []fmc.Fact{{Company: "acme", Message: "m1", Body: fmc.MessageAccepted{
		At: noon, SIM: "8970", To: callerid.Number{E164: "+79120000001"}, Text: "hello", PDUs: []string{"01", "02"},
	}}}
	for i, body := range bodies {
		all = append(all, fmc.Fact{Company: "acme", Message: "m1", Body: body(noon.Add(time.Duration(i+1) * time.Second))})
	}
	return all
}

func tried(part int) func(time.Time) fmc.Happening {
	return func(at time.Time) fmc.Happening { return fmc.MessageTried{At: at, Part: part} }
}

func passed(part int, reference byte) func(time.Time) fmc.Happening {
	return func(at time.Time) fmc.Happening {
		return fmc.MessagePassed{At: at, Part: part, Reference: reference}
	}
}

func refused(part int, wait time.Duration) func(time.Time) fmc.Happening {
	return func(at time.Time) fmc.Happening {
		r := fmc.MessageRefused{At: at, Part: part, Cause: cause.Of(cause.Congested)}
		if wait > 0 {
			r.Again = at.Add(wait)
		}
		return r
	}
}

func settled(state fmc.MessageState) func(time.Time) fmc.Happening {
	return func(at time.Time) fmc.Happening { return fmc.MessageSettled{At: at, State: state} }
}

func TestAMessageFoldsToHowFarItIs(t *testing.T) {
	for name, row := range map[string]struct {
		facts []fmc.Fact
		state fmc.MessageState
		parts [2]fmc.PartState
		tries [2]int
	}{
		"accepted": {facts: aMessage(), state: fmc.MessageQueued, parts: [2]fmc.PartState{fmc.PartWaiting, fmc.PartWaiting}},
		"killed while a part was with the module": {
			facts: aMessage(tried(1)), state: fmc.MessageQueued, parts: [2]fmc.PartState{fmc.PartTried, fmc.PartWaiting}, tries: [2]int{1, 0},
		},
		"one part passed": {
			facts: aMessage(tried(1), passed(1, 7)), state: fmc.MessageQueued, parts: [2]fmc.PartState{fmc.PartPassed, fmc.PartWaiting}, tries: [2]int{1, 0},
		},
		"refused and tried again": {
			facts: aMessage(tried(1), refused(1, time.Minute), tried(1), passed(1, 7), tried(2), refused(2, time.Minute)),
			state: fmc.MessageQueued, parts: [2]fmc.PartState{fmc.PartPassed, fmc.PartRefused}, tries: [2]int{2, 1},
		},
		"sent": {
			facts: aMessage(tried(1), passed(1, 7), tried(2), passed(2, 8), settled(fmc.MessageSent)),
			state: fmc.MessageSent, parts: [2]fmc.PartState{fmc.PartPassed, fmc.PartPassed}, tries: [2]int{1, 1},
		},
		"parts that it does not have": {
			facts: aMessage(tried(0), passed(3, 7), refused(-1, 0)), state: fmc.MessageQueued, parts: [2]fmc.PartState{fmc.PartWaiting, fmc.PartWaiting},
		},
	} {
		r := fmc.FoldMessage(row.facts)
		if r.ID != "m1" || r.Company != "acme" || r.State != row.state || len(r.Parts) != 2 {
			t.Errorf("%s: %+v", name, r)
			continue
		}
		for i, p := range r.Parts {
			if p.State != row.parts[i] || p.Tries != row.tries[i] || p.Part != i+1 {
				t.Errorf("%s: part %+v", name, p)
			}
		}
	}
}

func TestARefusedPartSaysWhenItIsTriedNext(t *testing.T) {
	r := fmc.FoldMessage(aMessage(tried(1), refused(1, time.Minute)))
	if p := r.Parts[0]; !p.Again.Equal(noon.Add(2*time.Second+time.Minute)) || p.Cause.Meaning != cause.Congested {
		t.Errorf("%+v", p)
	}
	r = fmc.FoldMessage(aMessage(tried(1), refused(1, time.Minute), tried(1), refused(1, 0)))
	if p := r.Parts[0]; !p.Again.IsZero() || p.State != fmc.PartRefused {
		t.Errorf("refused for good: %+v", p)
	}
	r = fmc.FoldMessage(aMessage(tried(1), refused(1, time.Minute), tried(1), passed(1, 9)))
	if p := r.Parts[0]; !p.Again.IsZero() || p.Cause != nil || p.Reference != 9 {
		t.Errorf("passed in the end: %+v", p)
	}
}

func TestFactsThatWereWrittenAgainCountOnce(t *testing.T) {
	facts := aMessage(tried(1), refused(1, time.Minute), tried(1), passed(1, 7), tried(2), passed(2, 8), settled(fmc.MessageSent))
	want := fmc.FoldMessage(facts)
	for n := range len(facts) + 1 { // a restart after n facts wrote them anew, whole or torn at any place
		for torn := range n + 1 {
			again := append(slices.Clone(facts[:n]), facts[:torn]...)
			if got := fmc.FoldMessage(append(again, facts[n:]...)); !reflect.DeepEqual(got, want) {
				t.Fatalf("after %d facts, %d of them written again: %+v", n, torn, got)
			}
		}
	}
}

func TestAMessageWithoutABeginningFolds(t *testing.T) {
	facts := aMessage(tried(1), passed(1, 7), settled(fmc.MessageSent))[1:]
	if r := fmc.FoldMessage(facts); r.State != fmc.MessageSent || r.Parts != nil || r.Accepted.SIM != "" {
		t.Errorf("%+v", r)
	}
	if r := fmc.FoldMessage(nil); r.State != fmc.MessageQueued {
		t.Errorf("%+v", r)
	}
}

func TestACallIgnoresWhatIsOfNoCall(t *testing.T) {
	facts := []fmc.Fact{{Company: "acme", Call: "c1", Body: fmc.Opened{Direction: fmc.Inbound}}}
	want := fmc.Fold(facts)
	for _, body := range everyHappening() {
		if f := (fmc.Fact{Company: "acme", Call: "c1", Body: body}); strings.HasPrefix(f.Kind(), "message_") || strings.HasSuffix(f.Kind(), "_seen") {
			facts = append(facts, f)
		}
	}
	if got := fmc.Fold(facts); len(facts) != 14 || !reflect.DeepEqual(got, want) {
		t.Errorf("%d facts: %+v", len(facts), got)
	}
}

func TestTheQualityOfALegStandsInItsRecord(t *testing.T) {
	leg := fmc.LegID{Call: "c1", N: 1}
	q := &fmc.LegQuality{MOS: 412, Setup: 2 * time.Second}
	r := fmc.Fold([]fmc.Fact{
		{Company: "acme", Call: "c1", Body: fmc.Opened{Direction: fmc.Inbound}},
		{Company: "acme", Call: "c1", Body: fmc.LegBegan{Leg: leg}},
		{Company: "acme", Call: "c1", At: time.Second, Body: fmc.LegIs{Leg: leg, Link: fmc.Gone, Quality: q}},
	})
	if len(r.Legs) != 1 || r.Legs[0].Quality == nil || *r.Legs[0].Quality != *q {
		t.Errorf("%+v", r.Legs)
	}
}
