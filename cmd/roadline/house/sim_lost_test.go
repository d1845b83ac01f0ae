package house_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
	"roadline/hardware/gsmsim"
)

// loss is a way to lose a SIM line in mid-call, and a way back where nobody has to help it.
type loss struct {
	name string
	lose func(*gsmsim.Device) error
	back func(*gsmsim.Device, *gsmsim.Card) error
	says string // the record, beside the card
}

var losses = []loss{
	{
		name: "pulled", says: "was pulled",
		lose: func(d *gsmsim.Device) error { return d.Swap(nil) },
		back: func(d *gsmsim.Device, c *gsmsim.Card) error { return d.Swap(c) },
	},
	{
		name: "unplugged", says: "was lost in the call",
		lose: func(d *gsmsim.Device) error { d.Unplug(); return nil },
		back: func(d *gsmsim.Device, _ *gsmsim.Card) error { return d.Replug() },
	},
	{
		name: "reset", says: "", // whichever is noticed first: its ports vanish, or it boots
		lose: func(d *gsmsim.Device) error { d.Reset(); return nil },
		back: func(*gsmsim.Device, *gsmsim.Card) error { return nil },
	},
}

// fragile is a company of one person for each way to lose a line; none of them is reached by trunk.
func fragile(cards []*gsmsim.Card) string {
	var sims, numbers, people strings.Builder
	for i, c := range cards {
		fmt.Fprintf(&sims, "  - %s\n", housetest.SIM(c, fmt.Sprintf(", operator: o%d", i)))
		fmt.Fprintf(&numbers, "  - {e164: \"+7495123450%d\", trunk: carrier-a, owner: p%d, proof: {contract: \"1\", from: 2026-01-01}}\n", i, i)
		fmt.Fprintf(&people, "  - {id: p%d, name: Person, extension: \"20%d\", mobile: \"+791612300%d5\", operator: o%d}\n", i, i, i, i)
	}
	return fmt.Sprintf(`
company: acme
name: Acme
country: RU
sims:
%snumbers:
%semployees:
%scaller_id: [{for: all, show: "+74951234500"}]
dialling: {prefer: sims}
recording: {policy: all, notice: recording-notice}
confirm: 30s
`, sims.String(), numbers.String(), people.String())
}

// TestALineThatIsLostInMidCallIsToldHonestlyAndComesBackByItself pulls a SIM, unplugs a modem and has one start anew, each
// in a call of its own: the client hears that the connection was lost, and the person's leg says what of ours it was.
func TestALineThatIsLostInMidCallIsToldHonestlyAndComesBackByItself(t *testing.T) {
	t.Parallel()
	mobiles := housetest.NewMobiles(t)
	var cards []*gsmsim.Card
	var devices []*gsmsim.Device
	var people []*gsmsim.Subscriber
	for i, model := range []gsmsim.Make{gsmsim.HuaweiE173, gsmsim.SIM7600, gsmsim.EC25} {
		cards = append(cards, gsmsim.NewCard(i+1))
		devices = append(devices, mobiles.Plugs(model, cards[i]))
		people = append(people, mobiles.Subscriber(fmt.Sprintf("+791612300%d5", i), gsmsim.Behaviour{Does: gsmsim.Answers, After: time.Second}))
	}
	town := housetest.Start(t, housetest.Setup{Extra: mobiles.Machine("acme", cards...), Company: fragile(cards)})
	housetest.SIPp(t, housetest.Run{Scenario: "mobile", Port: town.Carrier}) // where all of them are out of cover
	for _, c := range cards {
		town.Line("acme", c)
	}
	clients, says := make([]*housetest.Voice, len(losses)), make([]talking, len(losses))
	callers, phones := make([]*housetest.Peer, len(losses)), make([]*gsmsim.Handset, len(losses))
	for i := range losses {
		clients[i], says[i] = housetest.NewVoice(t), newTalking(4*i)
		clients[i].Say(says[i].client)
		callers[i] = simClient(t, town, clients[i], fmt.Sprintf("+7495123450%d", i))
	}
	for i := range losses {
		phones[i] = mobiles.Rung(people[i])
		mobiles.Answered(phones[i])
		phones[i].Say(housetest.Speaks(says[i].person))
		town.Await("the person is asked to confirm", func() bool { return loudPCM(phones[i].Heard()) })
		mobiles.Presses(phones[i], "1")
	}
	for i, l := range losses {
		town.Await("they hear each other", func() bool { return clients[i].Hears(says[i].person) && housetest.HearsAt(phones[i], says[i].client) })
		mobiles.Subscriber(fmt.Sprintf("+791612300%d5", i), gsmsim.Behaviour{Does: gsmsim.SwitchedOff})
		if err := l.lose(devices[i]); err != nil {
			t.Fatal(err)
		}
		town.Await("the client is told that the connection was lost: "+l.name, func() bool { return hears(town, plan.SayReconnecting, i) })
		told := len(clients[i].Heard())
		town.Await("the client hears it", func() bool { return loudAfter(clients[i], told) })
		if clients[i].Hears(says[i].person) {
			t.Errorf("%s: the client still hears the person", l.name)
		}
		if err := l.back(devices[i], cards[i]); err != nil {
			t.Fatal(err)
		}
	}
	for i := range losses {
		town.Await("nobody takes the call, and the client may leave a message", func() bool { return hears(town, plan.MailNoAnswer, i) })
		callers[i].HangUp()
	}
	judgeLosses(t, town, cards)
}

// hears reports whether the client who called number i of a fragile company hears a prompt now, or heard it to its end.
func hears(town *housetest.Town, say fmc.PromptID, i int) bool {
	for _, c := range town.Seen() {
		if c.Request.To.E164 != fmt.Sprintf("+7495123450%d", i) {
			continue
		}
		for _, h := range c.Wiring.Hears {
			if h.Leg.N == 1 && h.Say == say {
				return true
			}
		}
	}
	return false
}

// loudAfter reports whether a voice heard something loud since a byte of what it heard.
func loudAfter(v *housetest.Voice, since int) bool {
	all := v.Heard()
	return len(all) > since && housetest.Loud(all[since:])
}

func judgeLosses(t *testing.T, town *housetest.Town, cards []*gsmsim.Card) {
	t.Helper()
	records := town.Records("acme", len(losses))
	for i, l := range losses {
		town.Line("acme", cards[i])
		r := recordTo(t, records, fmt.Sprintf("+7495123450%d", i))
		if r.Status != fmc.StatusAnswered || r.Legs[0].Gone < r.Legs[1].Gone {
			t.Errorf("%s: the call is %s, its legs %+v", l.name, r.Status, r.Legs)
		}
		c := r.Legs[1].Cause
		if c == nil || c.Meaning != cause.Lost || c.Fault != cause.FaultDevice || !strings.Contains(c.Text, l.says) || !strings.Contains(c.Text, cards[i].ICCID) {
			t.Errorf("%s: the person's leg ended as %+v", l.name, c)
		}
		if r.Legs[1].Line != fmc.ICCID(cards[i].ICCID).Line() {
			t.Errorf("%s: the person was on %s", l.name, r.Legs[1].Line)
		}
	}
}
