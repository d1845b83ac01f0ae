package house_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/hardware/gsmsim"
)

// simCompany is a company whose one person is rung on a mobile by SIM alone, for clients who call by the carrier.
func simCompany(more string, cards ...*gsmsim.Card) string {
	sims := ""
	for _, c := range cards {
		sims += "  - " + housetest.SIM(c) + "\n"
	}
	return fmt.Sprintf(`
company: acme
name: Acme
country: RU
sims:
%snumbers:
  - {e164: "+74951234567", trunk: carrier-a, scenario: main, proof: {contract: "1", from: 2026-01-01}}
%semployees:
  - {id: ivanov, name: Ivan Ivanov, extension: "201", groups: [sales], mobile: "+79161234567"}
groups: [{id: sales, ring: 40s}]
caller_id: [{for: all, show: "+74951234567"}]
scenarios: {main: [{ring: sales}]}
dialling: {prefer: sims}
recording: {policy: all, notice: recording-notice}
`, sims, more)
}

// TestAClientReachesAPersonThroughASIMLine has a client call by the carrier and a person answer on a mobile that is
// reached by a SIM: the key that confirms is a tone in the modem's sound, and both are on the tape.
func TestAClientReachesAPersonThroughASIMLine(t *testing.T) {
	mobiles := housetest.NewMobiles(t)
	card := gsmsim.NewCard(1)
	mobiles.Plugs(gsmsim.HuaweiE173, card)
	person := mobiles.Subscriber("+79161234567", gsmsim.Behaviour{Does: gsmsim.Answers, After: time.Second})
	town := housetest.Start(t, housetest.Setup{Extra: mobiles.Machine("acme", card), Company: simCompany("", card)})
	town.Line("acme", card)
	client, clock, answer := housetest.NewVoice(t), housetest.NewToneClock(1), housetest.NewToneClock(5)
	client.Say(clock)
	caller := housetest.SIPp(t, housetest.Run{Scenario: "client", To: town.SIP.String(), Number: "+74951234567", From: "+79120000001", Voice: client, Hangs: 60 * time.Second})
	ctx, cancel := context.WithTimeout(context.Background(), housetest.Within)
	defer cancel()
	phone, err := person.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if phone.Caller() != card.Number {
		t.Errorf("the mobile sees %s, not the SIM's number", phone.Caller())
	}
	<-phone.Answered()
	phone.Say(housetest.Speaks(answer))
	if err := phone.Press("1"); err != nil {
		t.Fatal(err)
	}
	town.Await("they talk", func() bool {
		for _, c := range town.Seen() {
			if len(c.Wiring.Talks) > 0 {
				return true
			}
		}
		return false
	})
	town.Await("they hear each other", func() bool { return client.Hears(answer) && housetest.HearsAt(phone, clock) })
	phone.HangUp()
	r := town.Records("acme", 1)[0]
	caller.Wait()
	if r.Status != fmc.StatusAnswered || r.Who.Employee != "ivanov" {
		t.Errorf("the call is %s with %s: %+v", r.Status, r.Who.Employee, r.Cause)
	}
}
