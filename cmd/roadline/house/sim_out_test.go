package house_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/hardware/gsmsim"
)

// TestAPersonCallsOutByTheirOwnSIM has a SIP phone call a client, who sees the number of the person's card.
func TestAPersonCallsOutByTheirOwnSIM(t *testing.T) {
	mobiles := housetest.NewMobiles(t)
	spare, own := gsmsim.NewCard(1), gsmsim.NewCard(2)
	mobiles.Plugs(gsmsim.EC25, spare)
	mobiles.Plugs(gsmsim.SIM7600, own)
	client := mobiles.Subscriber("+79120001122", gsmsim.Behaviour{Does: gsmsim.Answers, After: time.Second})
	town := housetest.Start(t, housetest.Setup{From: "127.0.0.2", Extra: mobiles.Machine("acme", spare, own), Company: fmt.Sprintf(`
company: acme
name: Acme
country: RU
sims:
  - %s
  - %s
numbers: [{e164: "+74951234567", trunk: carrier-a, owner: anna, proof: {contract: "1", from: 2026-01-01}}]
employees: [{id: anna, name: Anna Sidorova, extension: "203", account: {sip: anna-desk, kind: soft}}]
recording: {policy: all, notice: recording-notice}
confirm: 30s
`, housetest.SIM(spare), housetest.SIM(own, ", person: anna"))})
	setPassword(town, "acme", "anna-desk")
	phone := housetest.Baresip(t, town.SIP, "udp", "anna-desk", password, petrovHz)
	town.Await("the phone is registered", func() bool { return strings.Contains(phone.Said(), "200 OK") })
	town.Line("acme", spare)
	town.Line("acme", own)
	phone.Do("dial", fmt.Sprintf("sip:89120001122@%s", town.SIP))
	handset := mobiles.Rung(client)
	if handset.Caller() != own.Number {
		t.Errorf("the client sees %s, not the number of the person's card", handset.Caller())
	}
	mobiles.Answered(handset)
	handset.Say(gsmsim.Tone(mobileHz))
	town.Await("client and phone hear each other", func() bool {
		return housetest.LoudestPCM(handset.Heard(), petrovHz) > 2000 && phone.Heard(mobileHz) > 2000
	})
	talkFor(t, 2*time.Second)
	handset.HangUp()
	r := town.Records("acme", 1)[0]
	if r.Status != fmc.StatusAnswered || r.Opened.Direction != fmc.Outbound || r.Who.Employee != "anna" || r.Who.Shown.E164 != own.Number || len(r.Recording.Notices) == 0 {
		t.Errorf("%s, shown %s, notices %+v: %+v", r.Status, r.Who.Shown.E164, r.Recording.Notices, r.Cause)
	}
	if r.Legs[1].Line != fmc.ICCID(own.ICCID).Line() || r.Legs[1].Role != fmc.Client {
		t.Errorf("the client's leg is %+v", r.Legs[1])
	}
	left, right := housetest.ReadWAV(t, town.File(r))
	if a, b := housetest.LoudestPCM(left, mobileHz), housetest.LoudestPCM(right, petrovHz); a < 2000 || b < 2000 {
		t.Errorf("a side is missing on the tape: %.0f, %.0f", a, b)
	}
	town.Line("acme", own)
}

// mixed is a company with a card and a trunk.
func mixed(company fmc.CompanyID, card *gsmsim.Card, trunk, number, mobile, prefer string) string {
	return fmt.Sprintf(`
company: %s
name: Acme
country: RU
sims: [%s]
numbers: [{e164: %q, trunk: %s, owner: ivanov, proof: {contract: "1", from: 2026-01-01}}]
employees: [{id: ivanov, name: Ivan Ivanov, extension: "201", mobile: %q}]
caller_id: [{for: all, show: %q}]
dialling: {prefer: %s}
recording: {policy: all, notice: recording-notice}
confirm: 30s
`, company, housetest.SIM(card), number, trunk, mobile, number, prefer)
}

// carrierB is a trunk that has no room, of a company of its own.
func carrierB(port int) string {
	return fmt.Sprintf(`  - id: carrier-b
    carrier: e164
    profile: {country: RU}
    from: [127.0.0.3]
    targets: ["127.0.0.1:%d"]
    options: 1h
    grants: [{company: branch, numbers: ["+74952000001"]}]
`, port)
}

// TestACallGoesOnByTheOtherKindOfLineWhereTheFirstHasNoRoom has the network of a card refuse a call for want of room, and a
// trunk: either call goes on by the other, and is one leg of its call.
func TestACallGoesOnByTheOtherKindOfLineWhereTheFirstHasNoRoom(t *testing.T) {
	t.Parallel()
	mobiles := housetest.MobilesAt(t, gsmsim.Timing{Register: 100 * time.Millisecond, SetUp: 2 * time.Second})
	cards := []*gsmsim.Card{gsmsim.NewCard(1), gsmsim.NewCard(2)}
	full := mobiles.Plugs(gsmsim.HuaweiE173, cards[0])
	mobiles.Plugs(gsmsim.SIM7600, cards[1])
	onTrunk := housetest.NewVoice(t)
	toTrunk, toSIM := housetest.MobileOf(onTrunk, '1'), "+79161230007"
	mobiles.Subscriber(toTrunk, gsmsim.Behaviour{Does: gsmsim.OutOfCover}) // looked for, until the call is dropped
	bySIM := mobiles.Subscriber(toSIM, gsmsim.Behaviour{Does: gsmsim.Answers, After: time.Second})
	noRoom := housetest.SIPp(t, housetest.Run{Scenario: "congested"})
	town := housetest.Start(t, housetest.Setup{
		Extra: carrierB(noRoom.Port) + mobiles.Machines(map[fmc.CompanyID][]*gsmsim.Card{"acme": cards[:1], "branch": cards[1:]}),
	})
	carrier := housetest.SIPp(t, housetest.Run{Scenario: "mobile", Port: town.Carrier, Voices: true, Answers: time.Second, Hangs: time.Minute})
	town.Apply(mixed("acme", cards[0], "carrier-a", "+74951234567", toTrunk, "sims"))
	town.Apply(mixed("branch", cards[1], "carrier-b", "+74952000001", toSIM, "trunks"))
	town.Line("acme", cards[0])
	town.Line("branch", cards[1])
	says := []talking{newTalking(0), newTalking(8)}
	clients := []*housetest.Voice{housetest.NewVoice(t), housetest.NewVoice(t)}
	var callers []*housetest.Peer
	for i, number := range []string{"+74951234567", "+74952000001"} {
		clients[i].Say(says[i].client)
		callers = append(callers, housetest.SIPp(t, housetest.Run{
			Scenario: "patient", Host: []string{"127.0.0.1", "127.0.0.3"}[i], To: town.SIP.String(), Number: number, From: "+79120000001", Voice: clients[i],
		}))
	}
	town.Await("the network has no room for the card's call, and the trunk has", func() bool {
		full.Drop(42) // switching equipment congestion, as soon as it dials
		return carrier.Saw("INVITE")
	})
	phone := mobiles.Rung(bySIM)
	mobiles.Answered(phone)
	phone.Say(housetest.Speaks(says[1].person))
	onTrunk.Say(says[0].person)
	town.Await("both are asked to confirm", func() bool { return onTrunk.Count() > 25 && loudPCM(phone.Heard()) })
	onTrunk.Press("1")
	mobiles.Presses(phone, "1")
	town.Await("all hear each other", func() bool {
		return clients[0].Hears(says[0].person) && onTrunk.Hears(says[0].client) && clients[1].Hears(says[1].person) && housetest.HearsAt(phone, says[1].client)
	})
	for _, c := range callers {
		c.HangUp()
	}
	for company, line := range map[fmc.CompanyID]fmc.LineID{"acme": "trunk:carrier-a", "branch": fmc.ICCID(cards[1].ICCID).Line()} {
		r := town.Records(company, 1)[0]
		if r.Status != fmc.StatusAnswered || len(r.Legs) != 2 || r.Legs[1].Line != line {
			t.Errorf("the call of %s is %s, its legs %+v", company, r.Status, r.Legs)
		}
	}
	if !noRoom.Saw("INVITE") {
		t.Error("the trunk was not tried before the card")
	}
	town.Line("acme", cards[0])
	town.Line("branch", cards[1])
}

// dialling reports whether a leg is being dialled by a card.
func dialling(town *housetest.Town, card *gsmsim.Card) bool {
	for _, c := range town.Seen() {
		for _, p := range c.Parties {
			if p.Line == fmc.ICCID(card.ICCID).Line() && p.Link == fmc.Dialing {
				return true
			}
		}
	}
	return false
}
