package gsmgw_test

import (
	"slices"
	"testing"
	"time"

	"roadline/fmc"
	"roadline/hardware/modem"
)

// TestWhatIsSweptIsKeptInTheOrderInWhichItWasSent has a card whose first free place was filled last.
func TestWhatIsSweptIsKeptInTheOrderInWhichItWasSent(t *testing.T) {
	m := newModem(cardA)
	m.room = []modem.Stored{stored(t, 1, came[1]), stored(t, 2, came[0])}
	start(t, func(b *bench) {
		b.pass(time.Second)
		var sent []time.Time
		for _, f := range b.log.messages() {
			sent = append(sent, f.Body.(fmc.MessageCame).Sent)
		}
		if len(sent) != 2 || !slices.IsSortedFunc(sent, time.Time.Compare) {
			t.Errorf("sent at %v", sent)
		}
	}, m)
}
