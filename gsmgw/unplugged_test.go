package gsmgw_test

import (
	"testing"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/gsmgw"
	"roadline/hardware/modem"
)

// TestAModuleThatIsUnpluggedInACallHasLostItAndIsNotPutAway has the port of the sound vanish first, as ports do: the sound
// cannot be opened again, the call not hung up, the module not brought back, and then its events end.
func TestAModuleThatIsUnpluggedInACallHasLostItAndIsNotPutAway(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		b.dial(cardA)
		m.say(is(modem.CallActive))
		b.want("dialing on 18", "up on 18")
		gone := cause.Errorf(cause.Unavailable, "the device is gone")
		m.set(func() {
			m.end, m.noOpen = gone, cause.Errorf(cause.NotFound, "nothing is plugged in")
			m.noSpeech, m.callsAre, m.resetIs, m.startIs = gone, gone, gone, gone
			m.speech.stop()
		})
		b.want("gone: lost (41)")
		m.lose(gone)
		if v := b.g.Views()[0]; v.State != gsmgw.StateAbsent {
			t.Errorf("the port is %s: %s", v.State, v.Why)
		}
		m.set(func() { m.noOpen, m.noSpeech, m.callsAre, m.resetIs, m.startIs = nil, nil, nil, nil, nil })
		b.pass(5 * time.Second)
		if l := b.line(cardA); !l.Ready {
			t.Errorf("the line is not back: %+v", l)
		}
		for _, f := range b.log.facts {
			if seen, ok := f.Body.(fmc.SIMSeen); ok && seen.State == string(gsmgw.StateQuarantined) {
				t.Errorf("the card was put away: %s", seen.Why)
			}
		}
	}, m)
}
