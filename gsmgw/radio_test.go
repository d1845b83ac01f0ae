package gsmgw_test

import (
	"testing"
	"time"

	"roadline/hardware/modem"
)

// TestARegistrationThatIsToldWhileItIsAskedForCounts has a module register between its answer to a question and the end
// of that question: at the start, and at a look in between.
func TestARegistrationThatIsToldWhileItIsAskedForCounts(t *testing.T) {
	m := newModem(cardA)
	home, searching := m.radio, modem.Radio{Registration: modem.Searching, SignalDBm: -70}
	register := func() {
		m.radio = searching
		asked := 0
		m.beforeUse = func(what string) {
			if what != "radio" {
				return
			}
			if asked++; asked == 1 {
				m.events <- modem.RadioIs{Radio: home}
				<-time.After(time.Millisecond) // it is heard before the answer is
			} else {
				m.radio = home
			}
		}
	}
	register()
	start(t, func(b *bench) {
		b.pass(time.Second)
		if l := b.line(cardA); !l.Ready {
			t.Errorf("after the start: %s", l.Why)
		}
		m.say(modem.RadioIs{Radio: searching}) // asked for at once, since the line was good for calls
		m.set(register)
		b.pass(31 * time.Second)
		if l := b.line(cardA); !l.Ready {
			t.Errorf("after a look: %s", l.Why)
		}
	}, m)
}
