package gsmgw_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/modem"
)

func TestALineWhoseCardIsExchangedTakesNoCallUntilThatIsDone(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		port := b.g.Views()[0].Port
		done, err := b.g.Vacate(port, false)
		if err != nil {
			t.Fatal(err)
		}
		b.dial(cardA)
		b.pass(time.Second)
		if v := b.g.Views()[0]; v.Call.Call != "" {
			t.Errorf("call %s has the line", v.Call)
		}
		m.set(func() { m.sim = modem.SIM{State: modem.SIMReady, ICCID: string(cardB), Attempts: 3} }) // it does not tell that its card is another
		done()
		b.pass(time.Minute)
		if v := b.g.Views()[0]; v.Card != cardB {
			t.Errorf("the port has %s", v.Card)
		}
	}, m)
}

func TestALineInACallIsNotVacatedUnlessTheCallMayBeLost(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		port := b.g.Views()[0].Port
		b.dial(cardA)
		b.pass(time.Second)
		if _, err := b.g.Vacate(port, false); !errors.Is(err, cause.Conflict) {
			t.Errorf("in a call: %v", err)
		}
		done, err := b.g.Vacate(port, true)
		if err != nil {
			t.Fatal(err)
		}
		done()
		if done, err = b.g.Vacate("nowhere", false); err != nil {
			t.Errorf("a port that is not there: %v", err)
		} else {
			done()
		}
	}, m)
}

func TestAMessageWaitsWhileTheCardOfItsLineIsExchanged(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		order := uses(b, m, "send")
		done, err := b.g.Vacate(b.g.Views()[0].Port, false)
		if err != nil {
			t.Fatal(err)
		}
		send(b, "+79161234567", "hello")
		b.pass(time.Minute)
		if slices.Contains(*order, "send") {
			t.Errorf("it is sent: %q", *order)
		}
		done()
		b.pass(time.Minute)
		if !slices.Contains(*order, "send") {
			t.Errorf("it is not sent afterwards: %q", *order)
		}
	}, m)
}
