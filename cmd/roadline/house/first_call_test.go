package house_test

import (
	"testing"
	"time"

	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/fmc/plan"
	"roadline/store/storetest"
)

// TestMain runs the tests, nearly all of them beside each other, for they wait more than they work. Alone, before the
// others, come those that take a core, and those that judge moments or a modem's sound so closely that a neighbour's
// work would show in them.
func TestMain(m *testing.M) {
	if housetest.Serve() {
		return
	}
	storetest.Main(m)
}

// acme is a company whose mobiles behave as their last digit says: see housetest/sipp/mobile.xml.
const acme = `
company: acme
name: Acme
country: RU
timezone: Europe/Moscow
numbers:
  - {e164: "+74951234567", trunk: carrier-a, scenario: main, proof: {contract: "1", from: 2026-01-01}}
employees:
  - {id: ivanov, name: Ivan Ivanov, extension: "201", groups: [sales], mobile: "+79161234561"}
  - {id: petrov, name: Pyotr Petrov, extension: "202", groups: [sales], mobile: "+79161234562"}
groups:
  - {id: sales, extension: "260", strategy: ring-all, ring: 20s}
caller_id:
  - {for: all, show: "+74951234567"}
scenarios:
  main:
    - menu: {prompt: welcome, keys: {"1": {ring: sales}}, default: {ring: sales}}
recording: {policy: all}
`

// The tones of the two sides: high, where speech and ring-back have little, and neither a DTMF frequency.
const (
	clientHz = 2870
	mobileHz = 3170
)

// leak is more of a tone than prompts have of it; heard is a tone that is there.
const (
	leak  = 400
	heard = 4000
)

func TestAClientReachesAPersonOnTheRoadWhoConfirmsAndBothAreOnTape(t *testing.T) {
	t.Parallel()
	town := housetest.Start(t, housetest.Setup{Company: acme})
	client, mobile := housetest.NewVoice(t), housetest.NewVoice(t)
	client.Say(housetest.Sine(clientHz))
	mobile.Say(housetest.Sine(mobileHz))
	carrier := housetest.SIPp(t, housetest.Run{
		Scenario: "mobile", Port: town.Carrier, Voice: mobile, Answers: time.Second, Hangs: time.Minute,
	})
	caller := housetest.SIPp(t, housetest.Run{
		Scenario: "client", To: town.SIP.String(), Number: "+74951234567", From: "+79120000001", Voice: client, Hangs: 15 * time.Second,
	})
	town.Await("the client hears the menu", func() bool { return at(town, plan.Gather) })
	client.Press("1")
	town.Await("the mobile is asked to confirm", func() bool { return mobile.Count() > 25 })
	if a, b := housetest.Loudest(client.Heard(), mobileHz), housetest.Loudest(mobile.Heard(), clientHz); a > leak || b > leak {
		t.Fatalf("they hear each other before anybody confirmed: %.0f, %.0f", a, b)
	}
	mobile.Press("1")
	town.Await("they hear each other", func() bool {
		return housetest.Loudest(client.Heard(), mobileHz) > heard && housetest.Loudest(mobile.Heard(), clientHz) > heard
	})
	cancel, ok := carrier.Got("CANCEL")
	if !ok || cancel.Header("Reason") != `SIP;cause=200;text="Call completed elsewhere"` {
		t.Fatalf("the loser was told %q", cancel.Text)
	}
	invite, _ := carrier.Got("INVITE")
	if from := invite.Header("From"); !contains(from, "+74951234567") {
		t.Fatalf("the mobile sees %q", from)
	}
	caller.Wait()
	r := town.Records("acme", 1)[0]
	if r.Status != fmc.StatusAnswered || r.Who.Employee != "ivanov" || len(r.Recording.Notices) != 1 || r.Times.Talked < 100*time.Millisecond {
		t.Fatalf("%+v", r)
	}
	left, right := housetest.ReadWAV(t, town.File(r))
	if housetest.LoudestPCM(left, clientHz) < heard || housetest.LoudestPCM(right, mobileHz) < heard {
		t.Fatal("a side is missing on the tape")
	}
	if housetest.LoudestPCM(left, mobileHz) > leak || housetest.LoudestPCM(right, clientHz) > leak {
		t.Fatal("a side is on the other's track")
	}
}

// at reports whether the one call of a town is at a node of that kind.
func at(town *housetest.Town, do plan.Op) bool {
	all := town.Seen()
	return len(all) == 1 && len(all[0].Threads) > 0 && all[0].Threads[0].Node().Do == do && len(all[0].Wiring.Hears) > 0
}

func contains(s, part string) bool {
	for i := 0; i+len(part) <= len(s); i++ {
		if s[i:i+len(part)] == part {
			return true
		}
	}
	return false
}
