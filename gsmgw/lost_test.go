package gsmgw_test

import (
	"testing"

	"roadline/fmc/cause"
	"roadline/hardware/modem"
)

func TestAConversationThatTheNetworkBreaksOffIsLostAndAHangUpIsNone(t *testing.T) {
	for name, row := range map[string]struct {
		said, asked cause.Cause
		card        modem.SIMState
		want        string
	}{
		"said":                     {said: modem.Cause(27), card: modem.SIMReady, want: "gone: lost (27)"},
		"asked":                    {asked: modem.Cause(47), card: modem.SIMReady, want: "gone: lost (47)"},
		"said of a card pulled":    {said: modem.Cause(27), card: modem.SIMAbsent, want: "gone: lost (41)"},
		"asked of a card pulled":   {asked: modem.Cause(27), card: modem.SIMAbsent, want: "gone: lost (41)"},
		"a hang-up":                {said: modem.Cause(16), card: modem.SIMReady, want: "gone: hangup (16)"},
		"a hang-up, asked":         {asked: modem.Cause(16), card: modem.SIMReady, want: "gone: hangup (16)"},
		"nothing said, none asked": {card: modem.SIMReady, want: "gone: hangup (16)"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newModem(cardA)
			start(t, func(b *bench) {
				b.dial(cardA)
				m.say(is(modem.CallActive))
				m.set(func() { m.sim.State, m.released = row.card, row.asked })
				m.say(ends(row.said))
				b.want("dialing on 18", "up on 18", row.want)
			}, m)
		})
	}
}
