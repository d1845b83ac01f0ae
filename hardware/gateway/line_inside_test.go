package gateway

import (
	"fmt"
	"testing"
	"time"

	"roadline/hardware/modem"
)

// A box that tells another card with every word must not fill the memory.
func TestALineRemembersSoManyCardsAndNoMore(t *testing.T) {
	l := NewLine("1", Vendor{Name: "test"}, nil, time.Now)
	const told = 3 * mostCards
	for n := range told {
		l.Is(State{SIM: modem.SIM{State: modem.SIMReady, IMSI: fmt.Sprint("250", n), ICCID: fmt.Sprint("8970", n)}})
	}
	if len(l.cards) > mostCards {
		t.Errorf("a line remembers %d cards", len(l.cards))
	}
	if last := l.cards[fmt.Sprint("250", told-1)]; last != fmt.Sprint("8970", told-1) {
		t.Errorf("of the last card it remembers %q", last)
	}
}
