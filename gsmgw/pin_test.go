package gsmgw_test

import (
	"slices"
	"testing"
	"time"

	"roadline/gsmgw"
	"roadline/hardware/modem"
)

func locked(attempts int) *fakeModem {
	m := newModem(cardA)
	m.sim.State, m.sim.Attempts, m.rightIs = modem.SIMPIN, attempts, "1234"
	return m
}

func withPIN(pin string) func(*bench) {
	return func(b *bench) {
		b.options.Cards = []gsmgw.Card{{ICCID: cardA, Company: "acme", PIN: func() (string, error) { return pin, nil }}}
	}
}

func TestThePINOpensTheCard(t *testing.T) {
	m := locked(3)
	startWith(t, withPIN("1234"), func(b *bench) {
		b.pass(2 * time.Second)
		if !b.line(cardA).Ready || !slices.Equal(m.pins, []string{"1234"}) {
			t.Errorf("the line is %+v, tried %q", b.line(cardA), m.pins)
		}
	}, m)
}

func TestInvariant11TheLastAttemptIsNeverUsed(t *testing.T) {
	for _, attempts := range []int{1, 0, -1} {
		m := locked(attempts)
		startWith(t, withPIN("1234"), func(b *bench) {
			b.pass(time.Hour)
			if v := b.g.Views()[0]; v.State != gsmgw.StatePIN || v.Why == "" || len(m.pins) > 0 {
				t.Errorf("with %d attempts: %s: %s, tried %q", attempts, v.State, v.Why, m.pins)
			}
		}, m)
	}
}

func TestInvariant11APINThatFailedIsNotTriedAgain(t *testing.T) {
	m := locked(3)
	startWith(t, withPIN("4321"), func(b *bench) {
		b.pass(time.Minute)
		m.say(modem.Rebooted{})
		b.pass(time.Minute)
		m.lose(nil)
		b.pass(time.Minute)
		if v := b.g.Views()[0]; v.State != gsmgw.StatePIN || !slices.Equal(m.pins, []string{"4321"}) {
			t.Errorf("%s: %s, tried %q", v.State, v.Why, m.pins)
		}
	}, m)
}

func TestAKillWhileThePINIsTriedDoesNotTryItTwice(t *testing.T) {
	file := t.TempDir() + "/pins.json"
	book := func(pin string) func(*bench) {
		return func(b *bench) { withPIN(pin)(b); b.options.PINs = file }
	}
	killed := locked(3)
	killed.deaf = true // the card has the PIN, and the server dies before it hears of it
	startWith(t, book("1234"), func(*bench) {}, killed)
	again := locked(2)
	startWith(t, book("1234"), func(b *bench) {
		b.pass(time.Hour)
		if v := b.g.Views()[0]; v.State != gsmgw.StatePIN || len(again.pins) > 0 || len(killed.pins) != 1 {
			t.Errorf("%s: %s, tried %q, before %q", v.State, v.Why, again.pins, killed.pins)
		}
	}, again)
	mended := locked(2)
	mended.rightIs = "5678"
	startWith(t, book("5678"), func(b *bench) {
		b.pass(2 * time.Second)
		if !b.line(cardA).Ready {
			t.Errorf("another PIN was not tried: %+v", b.line(cardA))
		}
	}, mended)
}

func TestAnothersPINIsNotTried(t *testing.T) {
	m := locked(3)
	startWith(t, func(b *bench) {
		b.options.Cards = []gsmgw.Card{{ICCID: cardA, Company: "acme"}, {ICCID: cardB, Company: "acme", PIN: func() (string, error) { return "1234", nil }}}
	}, func(b *bench) {
		b.pass(time.Minute)
		if len(m.pins) > 0 {
			t.Errorf("tried %q", m.pins)
		}
	}, m)
}
