package call

import (
	"testing"

	"roadline/fmc"
	"roadline/fmc/plan"
)

// TestTheDialogIsWrittenBeforeTheAnswerGoesOut: a server that is killed between its answer and the acknowledgement leaves
// a far end that is up, and the next start must know how to hang it up.
func TestTheDialogIsWrittenBeforeTheAnswerGoesOut(t *testing.T) {
	h := newTheatre(t)
	h.noAct = true // the answer is never acknowledged
	leg := fmc.LegID{Call: "c1", N: 1}
	h.up[leg], h.device[leg] = true, "client"
	h.open("c1", plan.Request{Company: "acme", Direction: fmc.Inbound, Trunk: "carrier-a"}, LegOffered{Leg: leg, Role: fmc.Client, Dialog: &fmc.Dialog{CallID: "x"}})
	if p, _ := h.calls["c1"].Party(leg); p.Told != ToldAnswered || p.Link != fmc.Offered {
		t.Fatalf("not a leg whose answer is on its way: %+v", p)
	}
	if l := fmc.Fold(h.facts["c1"]).Legs[0]; l.Dialog == nil || l.Dialog.CallID != "x" || l.Up != 0 {
		t.Fatalf("the answer is out and nobody can hang up: %+v", l)
	}
}
