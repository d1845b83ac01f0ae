package call

import (
	"testing"
	"time"

	"roadline/fmc"
)

// tones has a leg key in its voice, as a mobile network carries it.
func (h *theatre) tones(leg fmc.LegID, keys string) {
	for i := range len(keys) {
		h.post(h.legs[leg], Digit{Leg: leg, Key: keys[i], InVoice: true})
	}
}

func TestE4WhoseLeaderWasLostTwiceIsToldHowOnce(t *testing.T) {
	for _, keys := range []string{"5", "2105#", "7"} {
		h, client, mobile := talkingTo(t)
		h.tones(mobile, keys)
		h.run(h.now + 4*second)
		h.wants("c1", "[client mobile tape]")
		h.tones(mobile, keys)
		h.run(h.now + 4*second)
		h.wants("c1", "[client mobile tape] mobile:press-star-longer")
		h.played("c1")
		for range 3 {
			h.tones(mobile, keys)
			h.run(h.now + 4*second)
			h.wants("c1", "[client mobile tape]")
		}
		h.tones(mobile, "*5")
		h.wants("c1", "mobile:beep client:music")
		if h.pressed[mobile] != "" || len(h.pressed[client]) != 5*len(keys) {
			t.Errorf("the person hears keys %q, the client %q", h.pressed[mobile], h.pressed[client])
		}
	}
}

func TestE4KeysForTheFarSideAreNoLostLeader(t *testing.T) {
	for name, row := range map[string]struct {
		press func(*theatre, fmc.LegID, string)
		tries []string
		gap   time.Duration
	}{
		"keys that a network tells of apart": {(*theatre).keys, []string{"5", "5", "5"}, 5 * second},
		"two different figures":              {(*theatre).tones, []string{"1", "2", "1", "2"}, 5 * second},
		"the digits of a menu":               {(*theatre).tones, []string{"1234", "1234", "12345#"}, 5 * second},
		"a number that no # ends":            {(*theatre).tones, []string{"2105", "2105"}, 5 * second},
		"figures in a row":                   {(*theatre).tones, []string{"5", "5"}, 2 * second},
		"a second try much later":            {(*theatre).tones, []string{"5", "5"}, 40 * second},
		"what is no code":                    {(*theatre).tones, []string{"#", "#", "A", "A"}, 5 * second},
	} {
		h, _, mobile := talkingTo(t)
		for _, keys := range row.tries {
			row.press(h, mobile, keys)
			h.run(h.now + row.gap)
			if got := h.words(h.calls["c1"].Wiring); got != "[client mobile tape]" {
				t.Errorf("%s: %s", name, got)
			}
		}
	}
}
