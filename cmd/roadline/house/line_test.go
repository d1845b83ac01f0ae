package house_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
)

// TestAHundredCallersForFivePeopleAreServedInOrderAndNoneIsRefused has a hundred clients call within twenty seconds;
// five people at SIP-less mobiles that need no key take them one after the other.
func TestAHundredCallersForFivePeopleAreServedInOrderAndNoneIsRefused(t *testing.T) {
	const callers, people = 100, 5
	var staff strings.Builder
	for i := range people {
		fmt.Fprintf(&staff, "  - {id: p%d, name: Person %d, extension: \"20%d\", groups: [sales], mobile: \"+7916123%d001\", ring: [{device: mobile, for: 20s, confirm: false}]}\n", i, i, i, i)
	}
	town := housetest.Start(t, housetest.Setup{Company: fmt.Sprintf(`
company: acme
name: Acme
country: RU
numbers: [{e164: "+74951234567", trunk: carrier-a, scenario: main, proof: {contract: "1", from: 2026-01-01}}]
employees:
%sgroups: [{id: sales, strategy: longest-idle, ring: 20s, wait: {longest: 10m}}]
caller_id: [{for: all, show: "+74951234567"}]
scenarios: {main: [{ring: sales}]}
recording: {policy: none}
`, staff.String())})
	housetest.SIPp(t, housetest.Run{Scenario: "mobile", Port: town.Carrier, Answers: 100 * time.Millisecond, Hangs: 700 * time.Millisecond})
	clients := housetest.SIPp(t, housetest.Run{
		Scenario: "client", To: town.SIP.String(), Number: "+74951234567", From: "+7912000[call_number+1000]", Hangs: 100 * time.Second, Calls: callers, Rate: 5,
	})
	clients.Wait()
	records := town.Records("acme", callers)
	slices.SortFunc(records, func(a, b fmc.Record) int { return a.Opened.Began.Compare(b.Opened.Began) })
	var last time.Time
	late := 0
	for _, r := range records {
		if r.Status != fmc.StatusAnswered {
			t.Fatalf("call %s from %s is %s: %+v", r.ID, r.Opened.From.E164, r.Status, r.Cause)
		}
		served := r.Opened.Began.Add(firstDial(r))
		if served.Before(last.Add(-50 * time.Millisecond)) {
			late++
		}
		last = served
	}
	if late > 0 {
		t.Fatalf("%d of %d callers were served before one who had waited longer", late, callers)
	}
}

// firstDial is when somebody was rung for a caller who then got through: the last ring of the record.
func firstDial(r fmc.Record) time.Duration {
	at := time.Duration(0)
	for _, l := range r.Legs {
		if !l.Offered {
			at = l.Began
		}
	}
	return at
}
