package call

import (
	"math/rand/v2"
	"slices"
	"testing"

	"roadline/fmc"
	"roadline/fmc/plan"
)

// TestInvariants1And4To6AreTrueOfAnyWiring holds wiring alone against calls that no plan could bring about: whatever
// state the other machines leave, it bridges nobody who may not be bridged.
func TestInvariants1And4To6AreTrueOfAnyWiring(t *testing.T) {
	talks := 0
	r := rand.New(rand.NewPCG(1, 2))
	for seed := range uint64(60) {
		l := live(t, seed)
		for _, id := range l.order {
			talks += askew(t, r, *l.calls[id])
		}
	}
	if talks < 300 {
		t.Fatalf("only %d talks were looked at", talks)
	}
}

// askew turns a call's state about at random and looks at what wiring makes of it.
func askew(t *testing.T, r *rand.Rand, c Call) (talks int) {
	t.Helper()
	if len(c.Parties) < 2 || len(c.Threads) == 0 {
		return 0
	}
	for range 100 {
		x := clone(c)
		x.End = nil
		for i := range x.Parties {
			p := &x.Parties[i]
			p.Link, p.Part = []fmc.Link{fmc.Alerting, fmc.Up, fmc.Up, fmc.Up, fmc.Leaving}[r.IntN(5)], nil
			p.Assent = []fmc.Assent{fmc.NotNeeded, fmc.NotNeeded, fmc.Granted, fmc.Awaited, fmc.Declined}[r.IntN(5)]
			p.Notice.Heard = r.IntN(3) > 0
			p.Held, p.OnHold = r.IntN(6) == 0, r.IntN(6) == 0
		}
		x.Tape = Tape{State: fmc.TapeState(r.IntN(4))}
		policy := plan.Policy{Record: r.IntN(3) > 0, FailClosed: r.IntN(2) == 0}
		for i := range x.Threads {
			th := &x.Threads[i]
			th.Plan = plan.Plan{Recording: policy, Nodes: []plan.Node{{Do: plan.Talk}}}
			th.At = r.IntN(4) / 3
			th.Subject = x.Parties[0].Leg
			th.With = nil
			for _, p := range x.Parties[1:] {
				th.With = append(th.With, p.Leg)
			}
		}
		talks += holdWiring(t, x)
	}
	return talks
}

func holdWiring(t *testing.T, c Call) int {
	t.Helper()
	w := wiring(c)
	for _, talk := range w.Talks {
		policy := c.threadOf(talk).Plan.Recording
		policy.Record = policy.Record && !c.private()
		for _, id := range talk.Legs {
			p, _ := c.Party(id)
			switch {
			case p.Link != fmc.Up || p.Held || p.OnHold:
				t.Fatalf("a leg that is %s, held %v, on hold %v, talks", p.Link, p.Held, p.OnHold)
			case p.Assent != fmc.Granted && p.Assent != fmc.NotNeeded:
				t.Fatalf("invariant 1: a leg talks whose assent is %s", p.Assent)
			case policy.Record && c.Tape.State == fmc.TapeReady && p.Role == fmc.Client && !p.Notice.Heard:
				t.Fatal("invariant 4: a client talks on a recorded call without the notice")
			}
		}
		switch {
		case policy.Record && c.Tape.State == fmc.TapeReady && !talk.Tape, talk.Tape && !policy.Record:
			t.Fatal("invariant 5: what is on tape is not what the policy says")
		case policy.Record && (c.Tape.State == fmc.NoTape || c.Tape.State == fmc.TapeWanted):
			t.Fatalf("invariant 6: a recorded talk while the tape is %s", c.Tape.State)
		case policy.Record && policy.FailClosed && c.Tape.State != fmc.TapeReady:
			t.Fatalf("invariant 6: a fail-closed talk while the tape is %s", c.Tape.State)
		}
		if talk.Tape && len(talk.Sides) != len(talk.Legs) {
			t.Fatal("a leg on tape has no side")
		}
	}
	for _, h := range w.Hears {
		if h.Asked.Thread != OfCue && slices.ContainsFunc(w.Talks, func(x Talk) bool { return slices.Contains(x.Legs, h.Leg) }) {
			t.Fatalf("leg %s talks and hears %d", h.Leg, h.Sound)
		}
	}
	return len(w.Talks)
}
