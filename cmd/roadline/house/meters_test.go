package house

import (
	"testing"

	"roadline/fmc"
	"roadline/fmc/call"
)

func TestNothingIsKeptOfACallThatIsOver(t *testing.T) {
	m := newMeters(&House{})
	c := callOf("one", "+79120000001")
	m.watch(c, []fmc.Fact{fact(0, fmc.Opened{Direction: fmc.Inbound})})
	if len(m.open) != 1 {
		t.Fatalf("of a call that goes on %d are kept", len(m.open))
	}
	c.End = &call.Ending{Closed: true}
	m.watch(c, []fmc.Fact{fact(1, fmc.Closed{})})
	m.watch(c, nil) // a leg that went crossed the end
	if len(m.open) != 0 {
		t.Errorf("of a call that is over is kept: %v", m.open)
	}
}
