package gsmgw_test

import (
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"roadline/fmc"
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

// TestNoMessageGoesWhileACardIsExchangedWheneverThatBegins has the exchange begin at each of the looks at the clock that
// sending takes.
func TestNoMessageGoesWhileACardIsExchangedWheneverThatBegins(t *testing.T) {
	for looks := range int32(6) {
		var (
			until atomic.Int32 // so many looks later the exchange begins
			on    atomic.Bool
			begin func()
			sent  int
		)
		m := newModem(cardA)
		m.beforeUse = func(what string) {
			if what != "send" {
				return
			}
			if sent++; on.Load() {
				t.Errorf("%d looks on: it is sent while the card is exchanged", looks)
			}
		}
		startWith(t, func(b *bench) {
			b.options.Now = func() time.Time {
				if until.Add(-1) == 0 {
					begin()
				}
				return time.Now()
			}
		}, func(b *bench) {
			b.pass(time.Second)
			done := func() {}
			begin = func() {
				if over, err := b.g.Vacate(b.g.Views()[0].Port, false); err == nil {
					done = over
					on.Store(true)
				}
			}
			_, goOn, err := b.g.Begin(b.company, fmc.MessageOrder{From: string(cardA), To: "+79161234567", Text: "hello"}, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			until.Store(looks + 1)
			goOn(true)
			b.pass(time.Minute)
			on.Store(false)
			done()
			if b.pass(time.Minute); sent != 1 {
				t.Errorf("%d looks on: it is sent %d times", looks, sent)
			}
		}, m)
	}
}
