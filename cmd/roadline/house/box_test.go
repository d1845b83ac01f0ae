package house_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"roadline/cabinet"
	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
	"roadline/hardware/gsmsim"
	"roadline/hardware/gwsim"
	"roadline/store"
	"roadline/store/storetest"
)

// freeSIP is an address for a house that must be known before it starts: boxes are set up with it.
func freeSIP(t *testing.T) string {
	t.Helper()
	return fmt.Sprintf("127.0.0.1:%d", housetest.Ports(t))
}

// TestAPersonCallsOutByTheirOwnCardInAGateway has a SIP phone call by a card that a prefix chooses among those of its box:
// somebody who is busy, somebody who does not answer, and a client, who sees the card's number.
func TestAPersonCallsOutByTheirOwnCardInAGateway(t *testing.T) {
	t.Parallel()
	mobiles := housetest.MobilesAt(t, gsmsim.Timing{
		Register: 50 * time.Millisecond, SetUp: 200 * time.Millisecond, GiveUp: 2 * time.Second,
	})
	spare, own := gsmsim.NewCard(1), gsmsim.NewCard(2)
	sip := freeSIP(t)
	mobiles.Gateway("dinstar", sip, spare, own)
	mobiles.Subscriber("+79120001133", gsmsim.Behaviour{Does: gsmsim.Busy})
	mobiles.Subscriber("+79120001144", gsmsim.Behaviour{Does: gsmsim.Ignores})
	client := mobiles.Subscriber("+79120001122", gsmsim.Behaviour{Does: gsmsim.Answers, After: 200 * time.Millisecond})
	town := housetest.Start(t, housetest.Setup{SIP: sip, From: "127.0.0.2", Extra: mobiles.Machine("acme", spare, own), Company: fmt.Sprintf(`
company: acme
name: Acme
country: RU
sims:
  - %s
  - %s
numbers: [{e164: "+74951234567", trunk: carrier-a, owner: anna, proof: {contract: "1", from: 2026-01-01}}]
employees: [{id: anna, name: Anna Sidorova, extension: "203", account: {sip: anna-desk, kind: soft}}]
dialling: {prefer: sims}
recording: {policy: all}
`, housetest.SIM(spare), housetest.SIM(own, ", person: anna"))})
	setPassword(town, "acme", "anna-desk")
	phone := housetest.Baresip(t, town.SIP, "udp", "anna-desk", password, petrovHz)
	town.Await("the phone is registered", func() bool { return strings.Contains(phone.Said(), "200 OK") })
	town.Line("acme", spare)
	town.Line("acme", own)
	for i, refused := range []struct {
		number string
		why    cause.Meaning
	}{{"89120001133", cause.Busy}, {"89120001144", cause.NoAnswer}} {
		phone.Do("dial", fmt.Sprintf("sip:%s@%s", refused.number, town.SIP))
		r := town.Records("acme", i+1)[0]
		if r.Cause.Meaning != refused.why || r.Legs[1].Line != fmc.ICCID(own.ICCID).Line() {
			t.Errorf("%s: the call ended by %v on %s", refused.number, r.Cause, r.Legs[1].Line)
		}
		town.Line("acme", own)
	}
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
	talkFor(t, time.Second)
	handset.HangUp()
	r := town.Records("acme", 3)[0]
	if r.Status != fmc.StatusAnswered || !r.Cause.Person() || r.Who.Shown.E164 != own.Number || r.Legs[1].Role != fmc.Client {
		t.Errorf("%s, shown %s: %+v, its legs %+v", r.Status, r.Who.Shown.E164, r.Cause, r.Legs)
	}
	inOrder(t, traceOf(t, town, r.ID).Ladder, "roadline > outside: INVITE SDP", "outside > roadline: 180", "outside > roadline: 200 OK (INVITE) SDP",
		"roadline > outside: ACK", "outside > roadline: BYE", "roadline > outside: 200 OK (BYE)")
	left, right := housetest.ReadWAV(t, town.File(r))
	if a, b := housetest.LoudestPCM(left, mobileHz), housetest.LoudestPCM(right, petrovHz); a < 2000 || b < 2000 {
		t.Errorf("a side is missing on the tape: %.0f, %.0f", a, b)
	}
	town.Line("acme", own)
}

// TestACallGoesOutByAGatewaysAccountRightAfterARestart starts a house again beside a box that has registered its account for
// minutes still.
func TestACallGoesOutByAGatewaysAccountRightAfterARestart(t *testing.T) {
	t.Parallel()
	mobiles := housetest.MobilesAt(t, quickTexts)
	card := gsmsim.NewCard(1)
	setup := housetest.Setup{SIP: freeSIP(t), Data: t.TempDir(), DSN: storetest.DSN(t), Company: fragile([]*gsmsim.Card{card})}
	mobiles.Gateway("yeastar", setup.SIP, card)
	setup.Extra = mobiles.Machine("acme", card)
	person := mobiles.Subscriber("+79161230005", gsmsim.Behaviour{Does: gsmsim.Answers, After: time.Minute})
	town := housetest.Start(t, setup)
	town.Line("acme", card)
	town.Close()
	town = housetest.Start(t, setup)
	town.Line("acme", card)
	caller := simClient(t, town, housetest.NewVoice(t), "+74951234500")
	mobiles.Rung(person)
	caller.HangUp()
	town.Records("acme", 1)
}

// TestAGatewayThatIsLostTakesItsOwnCallsAndNoOthers has three people talk by three cards: one is pulled out of its box, the box
// of another loses its current, and the third goes on, beside the card that was pulled. Keys reach the far side.
func TestAGatewayThatIsLostTakesItsOwnCallsAndNoOthers(t *testing.T) {
	t.Parallel()
	mobiles := housetest.NewMobiles(t)
	cards := []*gsmsim.Card{gsmsim.NewCard(1), gsmsim.NewCard(2), gsmsim.NewCard(3)}
	sip := freeSIP(t)
	beside, lost := mobiles.Gateway("goip", sip, cards[0], cards[1]), mobiles.Gateway("dinstar", sip, cards[2])
	person := func(i int) string { return fmt.Sprintf("+791612300%d5", i) }
	people := make([]*gsmsim.Subscriber, len(cards))
	for i := range cards {
		people[i] = mobiles.Subscriber(person(i), gsmsim.Behaviour{Does: gsmsim.Answers, After: 500 * time.Millisecond})
	}
	town := housetest.Start(t, housetest.Setup{SIP: sip, Extra: mobiles.Machine("acme", cards...), Company: fragile(cards)})
	housetest.SIPp(t, housetest.Run{Scenario: "mobile", Port: town.Carrier}) // where all of them are out of cover
	clients, says := make([]*housetest.Voice, len(cards)), make([]talking, len(cards))
	callers, phones := make([]*housetest.Peer, len(cards)), make([]*gsmsim.Handset, len(cards))
	for i, c := range cards {
		town.Line("acme", c)
		clients[i], says[i] = housetest.NewVoice(t), newTalking(4*i)
		clients[i].Say(says[i].client)
		callers[i] = simClient(t, town, clients[i], fmt.Sprintf("+7495123450%d", i))
	}
	for i := range cards {
		phones[i] = mobiles.Rung(people[i])
		mobiles.Answered(phones[i])
		phones[i].Say(housetest.Speaks(says[i].person))
		town.Await("the person is asked to confirm", func() bool { return loudPCM(phones[i].Heard()) })
		mobiles.Presses(phones[i], "1")
	}
	talk := func(i int) {
		t.Helper()
		town.Await(fmt.Sprintf("they hear each other over card %d", i), func() bool {
			return clients[i].Hears(says[i].person) && housetest.HearsAt(phones[i], says[i].client)
		})
	}
	for i := range cards {
		talk(i)
		mobiles.Subscriber(person(i), gsmsim.Behaviour{Does: gsmsim.SwitchedOff}) // nobody is reached again
	}
	clients[1].Press("5")
	town.Await("the key reaches the person", func() bool { return phones[1].Pressed() == "5" })
	beside.Pull(0, true)
	town.Await("the client of the card that was pulled is told", func() bool { return hears(town, plan.SayReconnecting, 0) })
	talk(1)
	lost.Off()
	town.Await("the client of the box that is gone is told", func() bool { return hears(town, plan.SayReconnecting, 2) })
	talk(1)
	for i, want := range map[int]string{0: "absent", 1: "", 2: "absent"} {
		l := town.LineOf("acme", cards[i])
		if i != 1 && l.Ready {
			t.Errorf("card %d is ready, not %s", i, want)
		}
	}
	phones[1].HangUp()
	for i := range callers {
		if i != 1 {
			callers[i].HangUp()
		}
	}
	for _, r := range town.Records("acme", len(cards)) {
		first := r.Legs[1]
		if r.Opened.To.E164 == "+74951234501" {
			if r.Status != fmc.StatusAnswered || !r.Cause.Person() {
				t.Errorf("the call beside is %s: %v", r.Status, r.Cause)
			}
		} else if first.Cause.Meaning != cause.Lost || first.Up == 0 {
			t.Errorf("the call to %s was lost by %+v", r.Opened.To.E164, first.Cause)
		}
	}
	town.Line("acme", cards[1])
}

// TestTextsGoAndComeByGatewaysWithTheirReports has cards in boxes write to people who are there and who are not, and be written
// to. What became of a text two of the vendors tell; of the others it is known that it was sent.
func TestTextsGoAndComeByGatewaysWithTheirReports(t *testing.T) {
	t.Parallel()
	mobiles := housetest.MobilesAt(t, quickTexts)
	sip := freeSIP(t)
	const gone = "+79161230009"
	mobiles.Subscriber(gone, gsmsim.Behaviour{Does: gsmsim.SwitchedOff})
	boxes := []struct {
		vendor  string
		reports bool
	}{{"goip", true}, {"dinstar", true}, {"yeastar", false}, {"openvox", false}}
	cards := make([]*gsmsim.Card, len(boxes))
	for i, b := range boxes {
		cards[i] = gsmsim.NewCard(i + 1)
		mobiles.Gateway(b.vendor, sip, cards[i])
	}
	town := housetest.Start(t, housetest.Setup{SIP: sip, Extra: mobiles.Machine("acme", cards...), Company: textCompany(cards...)})
	x := &texter{Town: town, t: t, mobiles: mobiles, api: overSocket(town.Machine.Socket)}
	t.Cleanup(x.api.CloseIdleConnections)
	housetest.Await(t, "every box speaks, and has its card", func() bool {
		all := gatewaysShown(t, x.api)
		return len(all) == len(boxes) && !slices.ContainsFunc(all, func(g fmc.GatewayView) bool {
			return g.Since.IsZero() || len(g.Lines) != 1 || g.Lines[0].Company != "acme" || g.Lines[0].State != "ready"
		})
	})
	inParts := strings.Repeat("in parts: Добрый день. ", 6)
	want := map[fmc.MessageID]fmc.MessageState{}
	for i, b := range boxes {
		x.Line("acme", cards[i])
		there := fmt.Sprintf("+7916123000%d", i+1)
		id := x.send(cards[i], there, inParts).ID
		if want[id] = fmc.MessageSent; b.reports {
			want[id] = fmc.MessageDelivered
			want[x.send(cards[i], gone, "nobody reads this").ID] = fmc.MessageUndelivered
		}
		if got := x.gets(there, 1)[0].Body; got != inParts {
			t.Errorf("%s sent %q", b.vendor, got)
		}
		if err := mobiles.Text(there, cards[i].Number, "an answer by "+b.vendor); err != nil {
			t.Fatal(err)
		}
	}
	for id, state := range want {
		x.becomes(id, state)
	}
	for _, l := range x.came(len(boxes)) {
		if !strings.HasPrefix(l.Text, "an answer by ") {
			t.Errorf("%q came", l.Text)
		}
	}
}

// gatewaysShown are the gateways as the house's socket tells them.
func gatewaysShown(t *testing.T, api *http.Client) (all []fmc.GatewayView) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://house/v1/gateways", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := api.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if err := json.NewDecoder(answer.Body).Decode(&all); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(answer.Status, err)
	}
	return all
}

// TestAHouseThatIsKilledAmidAGatewaysCallHangsItUp kills a house that has a call and a text at a box: the next one hangs the
// call up, leaves the text uncertain, and fetches what came meanwhile, once.
func TestAHouseThatIsKilledAmidAGatewaysCallHangsItUp(t *testing.T) {
	t.Parallel()
	data, err := os.MkdirTemp("", "roadline-box-") // short: a unix socket's path is
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(data) })
	mobiles := housetest.MobilesAt(t, quickTexts)
	cards := []*gsmsim.Card{gsmsim.NewCard(1), gsmsim.NewCard(2)}
	sip := freeSIP(t)
	box := mobiles.Gateway("dinstar", sip, cards...)
	dsn := storetest.DSN(t)
	company := fragile(cards[:1]) // its person is called by the one card, the texts go by the other
	company = strings.Replace(company, "sims:\n", "sims:\n  - "+housetest.SIM(cards[1], ", operator: o9")+"\n", 1)
	company = strings.Replace(company, "5\", operator: o0}\n", "5\", operator: o0, ring: [{device: mobile, for: 30s, confirm: false}]}\n", 1)
	person := mobiles.Subscriber("+79161230005", gsmsim.Behaviour{Does: gsmsim.Answers, After: 100 * time.Millisecond})
	town := housetest.Start(t, housetest.Setup{SIP: sip, Data: data, DSN: dsn, Extra: mobiles.Machine("acme", cards...), Company: company})
	town.Line("acme", cards[0])
	town.Line("acme", cards[1])
	town.Close()
	child := housetest.StartChild(t, data)
	x := &texter{t: t, mobiles: mobiles, api: overSocket(filepath.Join(data, "roadline.sock"))}
	t.Cleanup(x.api.CloseIdleConnections)
	tenant := storetest.OpenAt(t, dsn).For("acme")
	housetest.Await(t, "the card can send", func() bool {
		var lines []cabinet.LineShown
		err := ask(t.Context(), x.api, http.MethodGet, "lines", nil, &lines)
		ready := 0
		for _, l := range lines {
			if l.Ready {
				ready++
			}
		}
		return err == nil && ready == len(cards)
	})
	client := housetest.NewVoice(t)
	say := newTalking(1)
	client.Say(say.client)
	caller := housetest.SIPp(t, housetest.Run{Scenario: "patient", To: sip, Number: "+74951234500", From: "+79120000001", Voice: client})
	phone := mobiles.Rung(person)
	mobiles.Answered(phone)
	phone.Say(housetest.Speaks(say.person))
	housetest.Await(t, "they hear each other", func() bool { return client.Hears(say.person) && housetest.HearsAt(phone, say.client) })
	box.Fault(1, gwsim.Silent, true)
	amid := x.send(cards[1], "+79161230007", "amid")
	message := func() store.MessageEntry {
		m, err := tenant.Message(context.WithoutCancel(t.Context()), amid.ID)
		if err != nil {
			return store.MessageEntry{}
		}
		return m
	}
	housetest.Await(t, "the text is at the box", func() bool { m := message(); return len(m.Sent) > 0 && m.Sent[0].State == fmc.PartTried })
	child.Kill()
	box.Fault(1, gwsim.Silent, false)
	if err := mobiles.Text("+79161230007", cards[1].Number, "while nobody was there"); err != nil {
		t.Fatal(err)
	}
	housetest.StartChild(t, data)
	select {
	case <-phone.Ended():
	case <-time.After(housetest.Within):
		t.Error("the person still hears nothing: nobody hung up")
	}
	_ = caller.End() // its BYE meets a dead house
	housetest.Await(t, "the text is uncertain, and the other kept", func() bool {
		kept := 0
		for _, l := range everyMessage(t, tenant) {
			if l.In && l.Text == "while nobody was there" {
				kept++
			}
		}
		if kept > 1 {
			t.Fatalf("it was kept %d times", kept)
		}
		return kept == 1 && message().State == fmc.MessageUncertain
	})
	if n := len(mobiles.Inbox("+79161230007")); n > 1 {
		t.Errorf("the text was sent %d times", n)
	}
}
