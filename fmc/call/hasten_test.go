package call

import (
	"testing"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

func TestWhereNobodyRingsAnyMoreTheNextIsRungAtOnce(t *testing.T) {
	c := New("c1", monday, plan.Request{Company: "acme", Direction: fmc.Inbound})
	try := func(who fmc.EmployeeID, after time.Duration) plan.Try {
		return plan.Try{Device: fmc.DeviceID(who), Employee: who, Role: fmc.Worker, After: after, For: 15 * second, Lines: []plan.Candidate{{Line: "l"}}}
	}
	c, cmds := Step(c, 0, LegOffered{Leg: fmc.LegID{Call: "c1", N: 1}, Role: fmc.Client})
	var ask Ask
	ok := false
	for _, cmd := range cmds {
		if a, is := cmd.(Ask); is {
			ask, ok = a, true
		}
	}
	if !ok {
		t.Fatal(cmds)
	}
	c, _ = Step(c, 0, Decided{Asked: ask.Asked, Plan: plan.Plan{Nodes: []plan.Node{
		{Do: plan.Ring, For: 60 * second, Tries: []plan.Try{try("a", 0), try("b", 15*second), try("c", 30*second)}},
	}}})
	c, cmds = Step(c, 2*second, LinkIs{Leg: fmc.LegID{Call: "c1", N: 2}, Link: fmc.Gone, Cause: cause.Of(cause.Busy)})
	if !dialled(cmds, "b") {
		t.Fatalf("b is not rung when a is busy: %v", cmds)
	}
	c, cmds = Step(c, 16*second, Due{})
	if dialled(cmds, "c") {
		t.Fatal("c rings before b had its time")
	}
	if _, cmds = Step(c, 17*second, Due{}); !dialled(cmds, "c") {
		t.Fatalf("c does not ring 15 s after b: %v", cmds)
	}
}

func dialled(cmds []Command, device fmc.DeviceID) bool {
	for _, cmd := range cmds {
		if d, ok := cmd.(Dial); ok && d.Try.Device == device {
			return true
		}
	}
	return false
}
