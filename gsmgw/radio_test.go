package gsmgw_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

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
