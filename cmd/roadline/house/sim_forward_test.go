package house_test

import (
	"fmt"
	"testing"
	"time"

	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/hardware/gsmsim"
)

// forwarders is a company with a card that has a person, and a number on a trunk where calls go that the card cannot take.
// Whoever calls that number by itself reaches somebody else.
func forwarders(card *gsmsim.Card, mobile *housetest.Voice) string {
	return fmt.Sprintf(`
company: acme
name: Acme
country: RU
sims:
  - %s
numbers:
  - {e164: "+74951234567", trunk: carrier-a, scenario: main, proof: {contract: "1", from: 2026-01-01}}
  - {e164: %q, sim: %q, owner: field}
forwarding: {busy: "+74951234567", no_reply: "+74951234567", unreachable: "+74951234567"}
employees:
  - {id: field, name: Ivan Ivanov, extension: "201", mobile: %q}
  - {id: desk, name: Anna Sidorova, extension: "202", account: {sip: anna-desk, kind: soft}}
caller_id: [{for: all, show: "+74951234567"}]
scenarios: {main: [{ring: desk}]}
recording: {policy: all, notice: recording-notice}
confirm: 30s
`, housetest.SIM(card), card.Number, card.ICCID, housetest.MobileOf(mobile, '1'))
}

// TestASecondClientOfABusyCardReachesItsPersonByTheTrunk has the card's own network take the second call to the company's
// number on a trunk, which a test carries on with the card's number in Diversion.
func TestASecondClientOfABusyCardReachesItsPersonByTheTrunk(t *testing.T) {
	t.Parallel()
	mobiles, card, mobile := housetest.NewMobiles(t), gsmsim.NewCard(1), housetest.NewVoice(t)
	mobiles.Plugs(gsmsim.EC25, card)
	trunk := mobiles.Subscriber("+74951234567", gsmsim.Behaviour{Does: gsmsim.Ignores})
	town := housetest.Start(t, housetest.Setup{Extra: mobiles.Machine("acme", card), Company: forwarders(card, mobile)})
	housetest.SIPp(t, housetest.Run{Scenario: "mobile", Port: town.Carrier, Voices: true, Answers: time.Second, Hangs: 2 * housetest.Within})
	town.Line("acme", card)
	town.Await("the network forwards as the document has it", func() bool {
		to, after := mobiles.Forwarded(card, 2)
		away, _ := mobiles.Forwarded(card, 3)
		return to == "+74951234567" && after == 25*time.Second && away == to
	})

	first := mobiles.Calls("+79120000001", card.Number, newTalking(0).client)
	mobiles.Alerted(first)
	town.Await("the person's mobile is asked to confirm", func() bool { return mobile.Count() > 25 })
	if _, err := mobiles.Call("+79120000002", card.Number, gsmsim.CallOptions{}); err != nil {
		t.Fatal(err)
	}
	taken := mobiles.Rung(trunk)
	if taken.Caller() != "+79120000002" || taken.Diverter() != card.Number {
		t.Fatalf("the trunk has a call of %s, diverted by %s", taken.Caller(), taken.Diverter())
	}
	second := housetest.NewVoice(t)
	client := housetest.SIPp(t, housetest.Run{
		Scenario: "patient", To: town.SIP.String(), Number: "+74951234567", From: taken.Caller(), Diverted: taken.Diverter(), Voice: second, Hangs: 2 * housetest.Within,
	})
	town.Await("the second client leaves a message for the person, who is rung for the first", func() bool { return leavesMessage(town) })
	talkFor(t, time.Second)
	if first.State() != gsmsim.Ringing {
		t.Errorf("the first client's call is %s", first.State())
	}
	first.HangUp()
	client.HangUp()
	judgeForwarded(t, town, card)
}

func judgeForwarded(t *testing.T, town *housetest.Town, card *gsmsim.Card) {
	t.Helper()
	records := town.Records("acme", 2)
	r := recordTo(t, records, "+74951234567")
	if r.Opened.Diversion.E164 != card.Number || r.Opened.From.E164 != "+79120000002" || r.Opened.Trunk != "carrier-a" {
		t.Errorf("the second client's call: %+v", r.Opened)
	}
	if len(r.Mail) != 1 || r.Mail[0].Employee != "field" {
		t.Errorf("its message is for %+v", r.Mail)
	}
	for _, l := range r.Legs {
		if l.Employee == "desk" {
			t.Error("who answers the trunk's number was rung")
		}
	}
	if own := recordTo(t, records, card.Number); own.Legs[0].Line != fmc.ICCID(card.ICCID).Line() || !own.Opened.Diversion.IsZero() {
		t.Errorf("the first client's call: %+v", own.Opened)
	}
}
