package gsmgw_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"roadline/fmc"
	"roadline/gsmgw"
	"roadline/hardware/modem"
)

// lateModem says that it has registered while it answers that it has not.
type lateModem struct {
	*fakeModem
	late atomic.Bool
}

func (m *lateModem) Radio(ctx context.Context) (modem.Radio, error) {
	now, err := m.fakeModem.Radio(ctx)
	if !m.late.CompareAndSwap(true, false) {
		return now, err
	}
	m.events <- modem.RadioIs{Radio: now}
	<-time.After(time.Millisecond) // it is heard before the answer is
	return modem.Radio{Registration: modem.Searching, SignalDBm: now.SignalDBm}, err
}

func TestARegistrationThatIsToldWhileItIsAskedForCounts(t *testing.T) {
	m := &lateModem{fakeModem: newModem(cardA)}
	m.late.Store(true)
	startWith(t, func(b *bench) {
		b.options.Find = func() []gsmgw.Port {
			return []gsmgw.Port{{Name: "usb:1-1", Open: func(ctx context.Context) (modem.Modem, error) {
				_, err := m.open(ctx)
				return m, err
			}}}
		}
	}, func(b *bench) {
		b.pass(time.Second)
		if l := b.line(cardA); !l.Ready {
			t.Errorf("after the start: %s", l.Why)
		}
		m.late.Store(true)
		b.pass(31 * time.Second)
		if l := b.line(cardA); !l.Ready || m.late.Load() {
			t.Errorf("after a look: %s", l.Why)
		}
	}, m.fakeModem)
}

func TestACardThatComesToAnotherCountryHasItInItsHistory(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		b.pass(time.Second)
		was := func() (networks []string) {
			for _, f := range b.log.facts {
				if seen, ok := f.Body.(fmc.SIMSeen); ok && seen.State == string(gsmgw.StateReady) {
					networks = append(networks, seen.Network)
				}
			}
			return networks
		}
		move := func(registration modem.Registration, network string) {
			m.set(func() { m.radio.Registration, m.radio.Operator, m.radio.Network = registration, network, network })
			b.pass(31 * time.Second)
		}
		move(modem.Home, "25099")
		move(modem.Home, "25099")
		move(modem.Roaming, "25001") // of the same country
		move(modem.Roaming, "26201")
		move(modem.Roaming, "00101") // a test network, of none
		move(modem.Roaming, "26201")
		got := was()
		if want := []string{"25099", "26201", "00101", "26201"}; !slices.Equal(got[len(got)-min(len(got), len(want)):], want) {
			t.Errorf("in networks %q, want %q at the end", got, want)
		}
	}, m)
}

// TestACardThatIsNobodysIsLoggedWhenItComesAndNoMore has a card that no history is written of in a network: it must not be news for ever.
func TestACardThatIsNobodysIsLoggedWhenItComesAndNoMore(t *testing.T) {
	m := newModem(cardA)
	m.radio.Network = "25099"
	var log strings.Builder
	seen := func() int { return strings.Count(log.String(), `msg="card seen"`) }
	startWith(t, func(b *bench) {
		b.options.Cards = nil
		b.options.Log = slog.New(slog.NewTextHandler(&log, nil))
	}, func(b *bench) {
		b.pass(time.Minute)
		was := seen()
		if b.pass(time.Hour); was == 0 || seen() != was {
			t.Errorf("it was logged %d times in the first minute, and %d times in the hour after it", was, seen()-was)
		}
	}, m)
}
