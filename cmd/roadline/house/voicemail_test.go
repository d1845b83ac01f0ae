package house_test

import (
	"testing"
	"time"

	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// TestInvariant1AGreetingThatTalksNeverReachesTheClientNorTheClientIt has a voicemail pick up and talk: eight seconds
// later it is let go, and on the sound of both sides nothing of the other is found.
func TestInvariant1AGreetingThatTalksNeverReachesTheClientNorTheClientIt(t *testing.T) {
	t.Parallel()
	town := housetest.Start(t, housetest.Setup{Company: straight})
	client, greeting := housetest.NewVoice(t), housetest.NewVoice(t)
	client.Say(housetest.Sine(clientHz))
	greeting.Say(housetest.Sine(mobileHz))
	carrier := housetest.SIPp(t, housetest.Run{Scenario: "mobile", Port: town.Carrier, Voice: greeting, Answers: time.Second, Hangs: time.Minute})
	caller := housetest.SIPp(t, housetest.Run{
		Scenario: "client", To: town.SIP.String(), Number: "+74951234567", From: "+79120000001", Voice: client, Hangs: 25 * time.Second,
	})
	town.Await("the greeting is hung up on", func() bool { _, ok := carrier.Got("BYE"); return ok })
	caller.Wait()
	if a, b := housetest.Loudest(client.Heard(), mobileHz), housetest.Loudest(greeting.Heard(), clientHz); a > leak || b > leak {
		t.Fatalf("something of one reached the other: %.0f, %.0f", a, b)
	}
	if greeting.Count() < 300 {
		t.Fatalf("the greeting was told %d packets of the question whether to take the call", greeting.Count())
	}
	r := town.Records("acme", 1)[0]
	mobile := r.Legs[1]
	if r.Status == fmc.StatusAnswered || mobile.Cause == nil || mobile.Cause.Meaning != cause.Unconfirmed {
		t.Fatalf("the record says %s, the mobile ended as %+v", r.Status, mobile.Cause)
	}
	if held := mobile.Gone - mobile.Up; held < 7500*time.Millisecond || held > 8700*time.Millisecond {
		t.Fatalf("the greeting was listened to for %v, want 8 s", held)
	}
}

// straight is acme without a menu, with one mobile.
const straight = `
company: acme
name: Acme
country: RU
timezone: Europe/Moscow
numbers:
  - {e164: "+74951234567", trunk: carrier-a, scenario: main, proof: {contract: "1", from: 2026-01-01}}
employees:
  - {id: ivanov, name: Ivan Ivanov, extension: "201", groups: [sales], mobile: "+79161234561"}
groups:
  - {id: sales, extension: "260", strategy: ring-all, ring: 20s}
caller_id:
  - {for: all, show: "+74951234567"}
scenarios:
  main:
    - ring: sales
recording: {policy: all}
`
