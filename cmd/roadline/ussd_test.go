package main

import (
	"strings"
	"testing"
	"time"

	"roadline/cmd/roadline/house/housetest"
	"roadline/hardware/gsmsim"
)

// TestUSSDIsAConversationFromTheCommandLine asks a simulated network by a module in a running house: a balance in two
// alphabets, and a menu that is answered with the next command, or by whoever sits at the terminal.
func TestUSSDIsAConversationFromTheCommandLine(t *testing.T) {
	mobiles := housetest.MobilesAt(t, gsmsim.Timing{Register: 50 * time.Millisecond, USSD: 20 * time.Millisecond})
	card := gsmsim.NewCard(1)
	mobiles.Plugs(gsmsim.HuaweiE173, card) // whose strings are packed
	other := gsmsim.NewCard(2)
	mobiles.Plugs(gsmsim.EC25, other)
	town := housetest.Start(t, housetest.Setup{
		Extra:   mobiles.Machine("acme", card, other),
		Company: "company: acme\nname: Acme\ncountry: RU\nsims:\n  - " + housetest.SIM(card) + "\n  - " + housetest.SIM(other) + "\n",
	})
	for _, c := range []*gsmsim.Card{card, other} {
		town.Line("acme", c)
		for _, row := range []struct{ ask, said string }{
			{"*100#", "Balance 500.00 RUB\n"},
			{"*102#", "Баланс: 500.00 руб.\n"},
			{"*105#", "Roadnet\n1 Balance\n2 Package\n0 Exit\n"},
			{"2", "Left: 300 min, 100 SMS\n"},
			{"*105#", "Roadnet\n1 Balance\n2 Package\n0 Exit\n"},
			{"7", "No such choice\nRoadnet\n1 Balance\n2 Package\n0 Exit\n"},
			{"0", "Bye\n"},
			{"*999#", "Unknown code\n"},
		} {
			if s := runWith(t, "", "ussd", c.ICCID, row.ask, "--socket", town.Machine.Socket); s.code != exitOK || s.out != row.said {
				t.Errorf("%s: %s", row.ask, s)
			}
		}
		var out, no strings.Builder
		keys, in := pseudo(t)
		if _, err := keys.WriteString("1\n"); err != nil {
			t.Fatal(err)
		}
		p := &program{in: in, out: &out, err: &no, zone: time.UTC, now: time.Now}
		code := p.execute(t.Context(), []string{"ussd", c.ICCID, "*105#", "--socket", town.Machine.Socket})
		if want := "Roadnet\n1 Balance\n2 Package\n0 Exit\nBalance 500.00 RUB\n"; code != exitOK || out.String() != want {
			t.Errorf("from the terminal: %d %q %q", code, out.String(), no.String())
		}
	}
}
