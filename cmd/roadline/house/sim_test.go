package house_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/hardware/gsmsim"
	"roadline/media"
)

// simCompany is a company whose one person is rung on a mobile by SIM first, for clients who call by the carrier.
func simCompany(cards ...*gsmsim.Card) string {
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
employees:
  - {id: ivanov, name: Ivan Ivanov, extension: "201", groups: [sales], mobile: "+79161234567"}
groups: [{id: sales, ring: 40s}]
caller_id: [{for: all, show: "+74951234567"}]
scenarios: {main: [{ring: sales}]}
dialling: {prefer: sims}
recording: {policy: all, notice: recording-notice}
confirm: 30s
`, sims)
}

// talking is two sides that say the time.
type talking struct {
	client, person *housetest.ToneClock
}

func newTalking(turn int) talking {
	return talking{housetest.NewToneClock(turn), housetest.NewToneClock(turn + 18)}
}

// TestAClientReachesAPersonThroughASIMLine has a client call by the carrier and a person answer on a mobile that is
// reached by a SIM: the key that confirms is a tone in the modem's sound, and what each said is on tape at its time.
func TestAClientReachesAPersonThroughASIMLine(t *testing.T) {
	mobiles := housetest.NewMobiles(t)
	card := gsmsim.NewCard(1)
	mobiles.Plugs(gsmsim.HuaweiE173, card)
	person := mobiles.Subscriber("+79161234567", gsmsim.Behaviour{Does: gsmsim.Answers, After: 1500 * time.Millisecond})
	town := housetest.Start(t, housetest.Setup{Extra: mobiles.Machine("acme", card), Company: simCompany(card)})
	town.Line("acme", card)
	say, client := newTalking(1), housetest.NewVoice(t)
	client.Say(say.client)
	caller := simClient(t, town, client, "+74951234567")
	phone := mobiles.Rung(person)
	if phone.Caller() != card.Number {
		t.Errorf("the mobile sees %s, not the SIM's number", phone.Caller())
	}
	mobiles.Answered(phone)
	phone.Say(housetest.Speaks(say.person))
	town.Await("the person is asked to confirm", func() bool { return loudPCM(phone.Heard()) })
	if client.Hears(say.person) || housetest.HearsAt(phone, say.client) || len(conversations(town)) > 0 {
		t.Fatal("they hear each other before anybody confirmed")
	}
	mobiles.Watch()
	mobiles.Presses(phone, "1")
	town.Await("they hear each other", func() bool { return client.Hears(say.person) && housetest.HearsAt(phone, say.client) })
	talkFor(t, 2*time.Second)
	phone.HangUp()
	r := town.Records("acme", 1)[0]
	caller.Wait()
	if r.Status != fmc.StatusAnswered || r.Who.Employee != "ivanov" || !r.Cause.Person() {
		t.Errorf("the call is %s with %s: %+v", r.Status, r.Who.Employee, r.Cause)
	}
	judgeTape(t, mobiles, town, r, say)
	leg := r.Legs[1]
	if leg.Line != fmc.ICCID(card.ICCID).Line() || leg.Shown.From.E164 != card.Number || !leg.Confirm || leg.Assent != fmc.Granted {
		t.Errorf("the person's leg is %+v", leg)
	}
	if q := leg.Quality; q == nil || q.Setup <= 0 || q.MOS < 100 || q.SignalDBm >= 0 || q.Heard < time.Second || q.Spoke < time.Second {
		t.Errorf("the quality of the line is %+v", leg.Quality)
	}
	if !noticed(r) {
		t.Errorf("the notices are %+v, the talk began at %v", r.Recording.Notices, r.Times.Answered)
	}
}

// simClient is a client who calls by the carrier and hangs up only by Peer.HangUp.
func simClient(t *testing.T, town *housetest.Town, v *housetest.Voice, number string) *housetest.Peer {
	t.Helper()
	return housetest.SIPp(t, housetest.Run{
		Scenario: "patient", To: town.SIP.String(), Number: number, From: "+79120000001", Voice: v,
	})
}

// talkFor lets a conversation last.
func talkFor(t *testing.T, d time.Duration) {
	t.Helper()
	//lint:ignore forbid the conversation lasts: nothing signals that it has
	<-time.After(d)
}

// conversations are the talks that go on in a town.
func conversations(town *housetest.Town) (legs [][]fmc.LegID) {
	for _, c := range town.Seen() {
		for _, talk := range c.Wiring.Talks {
			legs = append(legs, talk.Legs)
		}
	}
	return legs
}

// loudPCM reports whether somebody at a telephone was spoken to.
func loudPCM(heard []int16) bool {
	loud := 0
	for _, v := range heard {
		if v > 1000 || v < -1000 {
			loud++
		}
	}
	return loud > media.SampleRate/20
}

// judgeTape looks for what both said in the one talk of a call: each on their own track, and at its time, unless the machine
// was late itself.
func judgeTape(t *testing.T, mobiles *housetest.Mobiles, town *housetest.Town, r fmc.Record, say talking) {
	t.Helper()
	file := town.File(r)
	housetest.Opens(t, file)
	left, right := housetest.ReadWAV(t, file)
	zero := r.Opened.Began.Add(r.Recording.Kept.Opened)
	i := slices.IndexFunc(r.Recording.Spans, func(s fmc.RecordingSpan) bool { return s.Kind == fmc.SpanTalk })
	if i < 0 {
		t.Errorf("spans %+v", r.Recording.Spans)
		return
	}
	// What is said in the first 300 ms may still be on its way through the modem's buffers when the talk begins.
	span := r.Recording.Spans[i]
	from, to := span.From+300*time.Millisecond, span.To-300*time.Millisecond
	if to-from < time.Second {
		t.Errorf("the talk of %v shows little", to-from)
		return
	}
	a, b := sample(from-r.Recording.Kept.Opened), sample(to-r.Recording.Kept.Opened)
	for _, x := range []struct {
		who         string
		own, others *housetest.ToneClock
		channel     []int16
	}{{"client", say.client, say.person, left}, {"person", say.person, say.client, right}} {
		part := x.channel[min(a, len(x.channel)):min(b, len(x.channel))]
		if all, _ := x.own.Absent(part); all > (to-from)/2 || len(part) == 0 {
			t.Errorf("%v of the %s's %v is not on tape", all, x.who, to-from)
		}
		began, ended := r.Opened.Began.Add(from), r.Opened.Began.Add(to)
		if x.others.Missing(x.channel, zero, began, ended) < (to-from)/2 {
			t.Errorf("the other side is on the %s's track", x.who)
		}
		if lacks := x.own.Missing(x.channel, zero, began, ended); lacks > housetest.Near && !mobiles.Starved() {
			t.Errorf("%v of the %s's %v is not on tape at its time", lacks, x.who, to-from)
		}
	}
}
