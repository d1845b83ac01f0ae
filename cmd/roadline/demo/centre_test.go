package demo

import (
	"net/netip"
	"testing"
	"time"

	"roadline/gsmgw/smpp/smpptest"
)

// The server knows the ids of the demo before, which was in the same folder: a receipt for one of them again would say nothing.
func TestTheCentreGivesNoIdAgainAfterARestart(t *testing.T) {
	began := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	seen := map[string]bool{}
	for run := range 2 {
		c := newCentre(netip.AddrPort{}, "+74951234567", began.Add(time.Duration(run)*time.Minute))
		for range 20 {
			id, more := c.take(smpptest.Short{From: "74951234567", To: "79120000001"})
			if seen[id] || len(more) != 1 || more[0].Short.Text != smpptest.DeliveredText(id) {
				t.Errorf("id %q, after which it says %+v", id, more)
			}
			seen[id] = true
		}
	}
}
