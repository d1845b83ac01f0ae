package house_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/hardware/gsmsim"
)

// subscribers is a company whose people have the numbers of its cards: what rings them is a trunk, another card, a
// phone; and one does not answer.
func subscribers(voice *housetest.Voice, cards []*gsmsim.Card) string {
	var sims, numbers strings.Builder
	for i, c := range cards {
		sim := housetest.SIM(c)
		if i < 4 {
			sim = strings.Replace(sim, "for:", "where: [KZ], for:", 1) // it is called, and calls nobody here
		}
		sims.WriteString("  - " + sim + "\n")
		if owner := []string{"trunk", "sim", "phone", "nobody", ""}[i]; owner != "" {
			fmt.Fprintf(&numbers, "  - {e164: %q, sim: %q, owner: by-%s, answer_within: %s}\n", c.Number, c.ICCID, owner, []string{"30s", "30s", "30s", "5s"}[i])
		}
	}
	return fmt.Sprintf(`
company: acme
name: Acme
country: RU
sims:
%snumbers:
  - {e164: "+74951234567", trunk: carrier-a, scenario: main, proof: {contract: "1", from: 2026-01-01}}
%semployees:
  - {id: by-trunk, name: Ivan Ivanov, extension: "201", mobile: %q}
  - {id: by-sim, name: Pyotr Petrov, extension: "202", mobile: "+79161230001"}
  - {id: by-phone, name: Anna Sidorova, extension: "203", account: {sip: anna-desk, kind: soft}}
  - {id: by-nobody, name: Oleg Orlov, extension: "204", mobile: "+79161230002"}
caller_id: [{for: all, show: "+74951234567"}]
dialling: {prefer: sims}
scenarios: {main: [{ring: by-trunk}]}
recording: {policy: all, notice: recording-notice}
confirm: 30s
`, sims.String(), numbers.String(), housetest.MobileOf(voice, '1'))
}

// TestTheNumberOfASIMCalledFromOutsideRingsItsPersonByTrunkSIMOrPhone has four clients call the numbers of four cards at
// once. Each hears the network's ringing, and pays for nothing, until the person took the call.
func TestTheNumberOfASIMCalledFromOutsideRingsItsPersonByTrunkSIMOrPhone(t *testing.T) {
	t.Parallel()
	models := []gsmsim.Make{gsmsim.HuaweiE173, gsmsim.SIM7600, gsmsim.EC25, gsmsim.HuaweiE173, gsmsim.SIM7600}
	calledFromOutside(t, housetest.NewMobiles(t), "", func(m *housetest.Mobiles, i int, c *gsmsim.Card) { m.Plugs(models[i], c) })
}

// TestTheNumberOfACardInAGatewayCalledFromOutsideRingsItsPersonByTrunkSIMOrPhone is the same with the card called, and the one that
// calls the person, in gateways; the ladder has the box's SIP.
func TestTheNumberOfACardInAGatewayCalledFromOutsideRingsItsPersonByTrunkSIMOrPhone(t *testing.T) {
	t.Parallel()
	sip := freeSIP(t)
	vendors := []string{"goip", "dinstar", "yeastar", "openvox", "openvox"}
	town, records := calledFromOutside(t, housetest.NewMobiles(t), sip, func(m *housetest.Mobiles, i int, c *gsmsim.Card) { m.Gateway(vendors[i], sip, c) })
	for _, r := range records {
		x := traceOf(t, town, r.ID)
		inOrder(t, x.Ladder,
			r.Opened.From.E164+" > roadline: INVITE SDP", "roadline > "+r.Opened.From.E164+": 100", "roadline > roadline: a plan was made",
			"roadline > "+r.Opened.From.E164+": 200 OK (INVITE) SDP", r.Opened.From.E164+" > roadline: ACK", "roadline > roadline: the call is over")
	}
}

// calledFromOutside has the clients call, and judges their records, which come back.
func calledFromOutside(t *testing.T, mobiles *housetest.Mobiles, sip string, put func(m *housetest.Mobiles, i int, c *gsmsim.Card)) (*housetest.Town, []fmc.Record) {
	t.Helper()
	var cards []*gsmsim.Card
	for i := range 5 {
		cards = append(cards, gsmsim.NewCard(i+1))
		put(mobiles, i, cards[i])
	}
	onSIM := mobiles.Subscriber("+79161230001", gsmsim.Behaviour{Does: gsmsim.Answers, After: time.Second})
	mobile := housetest.NewVoice(t)
	town := housetest.Start(t, housetest.Setup{SIP: sip, Extra: mobiles.Machine("acme", cards...), Company: subscribers(mobile, cards), From: "127.0.0.2"})
	setPassword(town, "acme", "anna-desk")
	phone := housetest.Baresip(t, town.SIP, "udp", "anna-desk", password, petrovHz)
	town.Await("the phone is registered", func() bool { return strings.Contains(phone.Said(), "200 OK") })
	carrier := housetest.SIPp(t, housetest.Run{
		Scenario: "mobile", Port: town.Carrier, Voices: true, Answers: time.Second, Hangs: 2 * housetest.Within,
	})
	for _, c := range cards {
		town.Line("acme", c)
	}
	says := []talking{newTalking(0), newTalking(3), newTalking(6), newTalking(9)}
	clients := make([]*gsmsim.Handset, len(says))
	call := func(i int) {
		clients[i] = mobiles.Calls(fmt.Sprintf("+7912000000%d", i), cards[i].Number, says[i].client)
		mobiles.Alerted(clients[i])
	}
	call(1)
	person := mobiles.Rung(onSIM) // by the one card that may call, so that the others are rung by the trunk
	call(0)
	call(2)
	call(3)

	mobile.Say(says[0].person)
	town.Await("the mobile behind the trunk is asked to confirm", func() bool { return mobile.Count() > 25 })
	if person.Caller() != cards[4].Number {
		t.Errorf("the mobile sees %s, not the number of the card that it is called by", person.Caller())
	}
	mobiles.Answered(person)
	person.Say(housetest.Speaks(says[1].person))
	town.Await("the mobile behind the SIM is asked to confirm", func() bool { return loudPCM(person.Heard()) })
	for i, who := range []string{"trunk", "SIM"} {
		if s := clients[i].State(); s != gsmsim.Ringing {
			t.Errorf("before the person rung by %s confirmed the call of the client is %s", who, s)
		}
	}
	mobiles.Watch()
	mobile.Press("1")
	mobiles.Presses(person, "1")
	town.Await("client and mobile behind the trunk hear each other", func() bool {
		return mobile.Hears(says[0].client) && housetest.HearsAt(clients[0], says[0].person)
	})
	town.Await("client and mobile behind the SIM hear each other", func() bool {
		return housetest.HearsAt(person, says[1].client) && housetest.HearsAt(clients[1], says[1].person)
	})
	town.Await("client and phone hear each other", func() bool {
		return housetest.LoudestPCM(clients[2].Heard(), petrovHz) > 2000 && phone.Heard(says[2].client.Pitch()) > 2000
	})
	talkFor(t, 2*time.Second)
	clients[0].HangUp()
	person.HangUp()
	clients[2].HangUp()
	town.Await("the mobile behind the trunk is let go", func() bool { _, ok := carrier.Got("BYE"); return ok })

	mobiles.Answered(clients[3])
	town.Await("the client leaves a message", func() bool { return leavesMessage(town) })
	talkFor(t, time.Second)
	clients[3].HangUp()
	return town, judgeSubscribers(t, mobiles, town, cards, says)
}

// leavesMessage reports whether somebody speaks on tape alone.
func leavesMessage(town *housetest.Town) bool {
	for _, c := range town.Seen() {
		for _, talk := range c.Wiring.Talks {
			if talk.Mail {
				return true
			}
		}
	}
	return false
}

func judgeSubscribers(t *testing.T, mobiles *housetest.Mobiles, town *housetest.Town, cards []*gsmsim.Card, says []talking) []fmc.Record {
	t.Helper()
	records := town.Records("acme", 4)
	for i, who := range []fmc.EmployeeID{"by-trunk", "by-sim", "by-phone", "by-nobody"} {
		r := recordTo(t, records, cards[i].Number)
		line := fmc.ICCID(cards[i].ICCID).Line()
		if r.Legs[0].Line != line || r.Opened.From.E164 != fmt.Sprintf("+7912000000%d", i) || r.Opened.Direction != fmc.Inbound {
			t.Errorf("the client's leg of %s: %+v", who, r.Legs[0])
		}
		if who == "by-nobody" {
			if up := r.Legs[0].Up - r.Legs[0].Began; r.Status != fmc.StatusVoicemail || up < 5*time.Second || len(r.Mail) != 1 || r.Mail[0].Employee != who {
				t.Errorf("the call that nobody took is %s, answered after %v: %+v", r.Status, up, r.Mail)
			}
			continue
		}
		if r.Status != fmc.StatusAnswered || r.Who.Employee != who || !noticed(r) {
			t.Errorf("the call to %s is %s with %s, its notice %+v: %+v", who, r.Status, r.Who.Employee, r.Recording.Notices, r.Cause)
		}
		person := r.Legs[len(r.Legs)-1]
		if r.Legs[0].Up < person.Up {
			t.Errorf("the client of %s was answered at %v, the person at %v", who, r.Legs[0].Up, person.Up)
		}
		if i < 2 {
			judgeTape(t, mobiles, town, r, says[i])
		}
		if bySIM := person.Line == fmc.ICCID(cards[4].ICCID).Line(); bySIM != (who == "by-sim") {
			t.Errorf("%s was rung by %s", who, person.Line)
		}
	}
	for _, c := range cards {
		town.Line("acme", c)
	}
	return records
}

// noticed reports whether the client heard the notice before the talk.
func noticed(r fmc.Record) bool {
	return slices.ContainsFunc(r.Recording.Notices, func(n fmc.Announced) bool { return n.Leg == r.Legs[0].Leg && n.From < r.Times.Answered })
}

// recordTo is the record of the call to a number.
func recordTo(t *testing.T, records []fmc.Record, number string) fmc.Record {
	t.Helper()
	for _, r := range records {
		if r.Opened.To.E164 == number {
			return r
		}
	}
	t.Fatalf("no call to %s has a record", number)
	return fmc.Record{}
}
