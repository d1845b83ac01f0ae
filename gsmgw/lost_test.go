package gsmgw_test

import (
	"strings"
	"testing"
	"time"

	"roadline/fmc/cause"
	"roadline/gsmgw"
	"roadline/hardware/modem"
)

func TestAConversationThatTheNetworkBreaksOffIsLostAndAHangUpIsNone(t *testing.T) {
	for name, row := range map[string]struct {
		said, asked cause.Cause
		silent      error
		card        modem.SIMState
		want        string
	}{
		"said":                     {said: modem.Cause(27), card: modem.SIMReady, want: "gone: lost (27)"},
		"asked":                    {asked: modem.Cause(47), card: modem.SIMReady, want: "gone: lost (47)"},
		"said of a card pulled":    {said: modem.Cause(27), card: modem.SIMAbsent, want: "gone: lost (41)"},
		"asked of a card pulled":   {asked: modem.Cause(27), card: modem.SIMAbsent, want: "gone: lost (41)"},
		"the module's last word":   {silent: cause.Errorf(cause.Unavailable, "the device is gone"), want: "gone: lost (41)"},
		"not said, not told":       {silent: cause.Errorf(cause.Unsupported, "ERROR"), want: "gone: hangup (16)"},
		"a hang-up":                {said: modem.Cause(16), card: modem.SIMReady, want: "gone: hangup (16)"},
		"a hang-up, asked":         {asked: modem.Cause(16), card: modem.SIMReady, want: "gone: hangup (16)"},
		"nothing said, none asked": {card: modem.SIMReady, want: "gone: hangup (16)"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newModem(cardA)
			start(t, func(b *bench) {
				b.dial(cardA)
				m.say(is(modem.CallActive))
				m.set(func() { m.sim.State, m.released, m.noReason = row.card, row.asked, row.silent })
				m.say(ends(row.said))
				b.want("dialing on 18", "up on 18", row.want)
			}, m)
		})
	}
}

func TestAConversationWhoseSoundGoesAwayIsLostAndCountsAgainstTheLine(t *testing.T) {
	m := newModem(cardA)
	startWith(t, func(b *bench) { b.options.Rules.Failures = 1 }, func(b *bench) {
		b.dial(cardA)
		m.say(is(modem.CallActive))
		m.set(func() { m.noSpeech = cause.Errorf(cause.Unavailable, "the port is gone") })
		m.speech.stop()
		b.pass(time.Second)
		b.want("dialing on 18", "up on 18", "gone: lost (41)")
		if v := b.g.Views()[0]; v.State != gsmgw.StateCooling || !strings.Contains(v.Why, "sound of SIM "+string(cardA)) {
			t.Errorf("the line is %s: %s", v.State, v.Why)
		}
	}, m)
}
