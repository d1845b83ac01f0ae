package house_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/hardware/gsmsim"
	"roadline/media"
)

// underLoad is a town in which calls come and go over sound lines, while one faulty line after another plays up in a call of
// its own.
type underLoad struct {
	t       *testing.T
	mobiles *housetest.Mobiles
	town    *housetest.Town
	faulty  map[gsmsim.Fault]*faultyLine
	long    []*conversation // that go on from the first fault to the last
	brief   *gsmsim.Card    // over which calls come and go
	briefs  int
	says    talking // in the brief calls
	mobile  *housetest.Voice
}

// duringFault calls the lines that are about to be faulty.
const duringFault = "+79120000004"

// faultyLine is a line with a call that its fault comes into.
type faultyLine struct {
	device *gsmsim.Device
	card   *gsmsim.Card
	client *gsmsim.Handset // nil of the one that dials
}

// conversation is a client with a person, one of them in the mobile network.
type conversation struct {
	talking
	name  string
	card  *gsmsim.Card
	voice *housetest.Voice
	phone *gsmsim.Handset
	// What the one in the mobile network says and should hear.
	here, there *housetest.ToneClock
}

// mute is the mobile of those whose words do not matter.
const mute = "+79161230001"

func newUnderLoad(t *testing.T) *underLoad {
	u := &underLoad{t: t, mobiles: housetest.NewMobiles(t), faulty: map[gsmsim.Fault]*faultyLine{}, says: newTalking(14), mobile: housetest.NewVoice(t)}
	makes := []gsmsim.Make{gsmsim.HuaweiE173, gsmsim.SIM7600, gsmsim.EC25}
	plug := func(i int) (*gsmsim.Device, *gsmsim.Card) {
		card := gsmsim.NewCard(i + 1)
		return u.mobiles.Plugs(makes[i%len(makes)], card), card
	}
	var called, calling []*gsmsim.Card
	for i, f := range gsmsim.Faults() {
		d, card := plug(i)
		u.faulty[f] = &faultyLine{device: d, card: card}
		if f == gsmsim.StuckDialling {
			calling = append(calling, card)
		} else {
			called = append(called, card)
		}
	}
	for i, name := range []string{"out", "in"} {
		_, card := plug(len(u.faulty) + i)
		say := newTalking(5 * (i + 1))
		u.long = append(u.long, &conversation{talking: say, name: name, card: card, voice: housetest.NewVoice(t), here: say.person, there: say.client})
	}
	u.long[1].here, u.long[1].there = u.long[1].there, u.long[1].here
	_, u.brief = plug(len(u.faulty) + len(u.long))
	calling, called = append(calling, u.long[0].card), append(called, u.long[1].card, u.brief)
	u.start(called, calling)
	return u
}

// start builds the town: one company is called on its cards and rings its people by trunk, the other calls by its cards.
func (u *underLoad) start(called, calling []*gsmsim.Card) {
	u.town = housetest.Start(u.t, housetest.Setup{
		Extra:  u.mobiles.Machines(map[fmc.CompanyID][]*gsmsim.Card{"acme": called, "calling": calling}) + "gsm: {watchdog: 20s}\n",
		Grants: `, {company: calling, numbers: ["+74952000001", "+74952000002"]}`,
	})
	housetest.SIPp(u.t, housetest.Run{Scenario: "mobile", Port: u.town.Carrier, Voices: true, Answers: 200 * time.Millisecond, Hangs: 5 * time.Minute})
	var sims, numbers strings.Builder
	for _, c := range called {
		leads := "scenario: mail"
		switch c {
		case u.long[1].card:
			leads = "owner: long"
		case u.brief:
			leads = "owner: brief"
		}
		sims.WriteString("  - " + housetest.SIM(c) + "\n")
		fmt.Fprintf(&numbers, "  - {e164: %q, sim: %q, %s}\n", c.Number, c.ICCID, leads)
	}
	person := func(id, mobile string) string {
		return fmt.Sprintf("  - {id: %s, name: Person, mobile: %q, ring: [{device: mobile, for: 30s, confirm: false}]}\n", id, mobile)
	}
	u.town.Apply("company: acme\nname: Acme\ncountry: RU\nsims:\n" + sims.String() +
		"numbers:\n  - {e164: \"+74951234567\", trunk: carrier-a, scenario: mail, proof: {contract: \"1\", from: 2026-01-01}}\n" + numbers.String() +
		"employees:\n" + person("long", housetest.MobileOf(u.long[1].voice, '1')) + person("brief", housetest.MobileOf(u.mobile, '1')) +
		"scenarios: {mail: [{voicemail: long}]}\n")
	proof := "proof: {contract: \"1\", from: 2026-01-01}"
	u.town.Apply("company: calling\nname: Calling\ncountry: RU\nsims:\n  - " + housetest.SIM(calling[0], ", operator: stuck") + "\n  - " + housetest.SIM(calling[1], ", operator: long") + "\n" +
		"numbers:\n  - {e164: \"+74952000001\", trunk: carrier-a, owner: long, " + proof + "}\n  - {e164: \"+74952000002\", trunk: carrier-a, owner: stuck, " + proof + "}\n" +
		"employees:\n" + strings.Replace(person("long", "+79161230091"), "name:", "operator: long, name:", 1) + strings.Replace(person("stuck", mute), "name:", "operator: stuck, name:", 1) +
		"dialling: {prefer: sims}\n")
	for _, c := range called {
		u.town.Line("acme", c)
	}
	for _, c := range calling {
		u.town.Line("calling", c)
	}
}

// talk begins the long conversations.
func (u *underLoad) talk() {
	out, in := u.long[0], u.long[1]
	out.voice.Say(out.there)
	person := u.mobiles.Subscriber("+79161230091", gsmsim.Behaviour{Does: gsmsim.Answers, After: time.Second})
	simClient(u.t, u.town, out.voice, "+74952000001")
	out.phone = u.mobiles.Rung(person)
	u.mobiles.Answered(out.phone)
	out.phone.Say(housetest.Speaks(out.here))
	in.voice.Say(in.there)
	in.phone = u.mobiles.Calls("+79120000002", in.card.Number, in.here)
	for _, c := range u.long {
		u.town.Await("the long conversation "+c.name+" goes on", func() bool { return c.voice.Hears(c.here) && housetest.HearsAt(c.phone, c.there) })
	}
	u.mobile.Say(u.says.person)
}

// oneMore has a brief call come and go, and fails the test where client and person do not hear each other.
func (u *underLoad) oneMore(during string) {
	u.town.Line("acme", u.brief)
	phone := u.mobiles.Calls("+79120000003", u.brief.Number, u.says.client)
	u.town.Await("a call over another line has sound both ways during "+during, func() bool {
		return u.mobile.Hears(u.says.client) && housetest.HearsAt(phone, u.says.person)
	})
	phone.HangUp()
	u.briefs++
}

// begin has the call of a faulty line begin, and the fault come into it; the one who dials has it before.
func (u *underLoad) begin(f gsmsim.Fault) {
	l := u.faulty[f]
	if f == gsmsim.StuckDialling {
		l.device.Fault(f)
		housetest.SIPp(u.t, housetest.Run{
			Scenario: "client", To: u.town.SIP.String(), Number: "+74952000002", From: "+79120000005", Voice: housetest.NewVoice(u.t), Hangs: 10 * time.Second,
		})
		u.town.Await("it dials", func() bool { return dialling(u.town, l.card) })
		return
	}
	l.client = u.mobiles.Calls(duringFault, l.card.Number, housetest.Sine(clientHz))
	u.mobiles.Answered(l.client)
	l.device.Fault(f)
}

// TestEveryFaultOfAModemDisturbsNoOtherLineAndItsOwnRecoversOrSaysWhyNot injects every fault of the simulator, one after
// another, each in a call of its own line, while conversations go on over others and calls come and go.
func TestEveryFaultOfAModemDisturbsNoOtherLineAndItsOwnRecoversOrSaysWhyNot(t *testing.T) {
	u := newUnderLoad(t)
	u.talk()
	began := make([]int, len(u.long))
	for i, c := range u.long {
		began[i] = len(c.phone.Heard())
	}
	u.mobiles.Watch()
	faults := gsmsim.Faults()
	slices.SortStableFunc(faults, func(a, b gsmsim.Fault) int { return slowness(b) - slowness(a) })
	for _, f := range faults {
		u.begin(f)
		u.oneMore(string(f))
	}
	u.mend()
	for i, c := range u.long {
		heard := c.phone.Heard()[began[i]:]
		whole := time.Duration(len(heard)) * time.Second / media.SampleRate
		lacks, longest := c.there.Absent(heard)
		most, atOnce := whole/20, time.Second
		if u.mobiles.Starved() {
			most, atOnce = whole/2, whole/2
		}
		if lacks > most || longest > atOnce || whole < 10*time.Second {
			t.Errorf("%v of the %v that the other said are missing in the conversation %s, %v of it in one piece", lacks, whole, c.name, longest)
		}
		if c.phone.State() != gsmsim.Talking {
			t.Errorf("the conversation %s ended", c.name)
		}
	}
	u.recovered()
	u.usable()
	for _, c := range u.long {
		c.phone.HangUp()
	}
	u.judge()
}

// slowness orders faults: those that take longest to be got over come first.
func slowness(f gsmsim.Fault) int {
	switch f {
	case gsmsim.StuckDialling:
		return 2
	case gsmsim.SilentPort, gsmsim.LateReplies:
		return 1
	default:
		return 0
	}
}

// shows is what the lines say, once they have no call any more, of faults that keep a line from the next.
var shows = map[gsmsim.Fault]string{
	gsmsim.WeakSignal: "too weak", gsmsim.PulledSIM: "in no modem", gsmsim.LostRegistration: "does not give it voice", gsmsim.SilentPort: "in no modem",
}

// mend ends the calls of the faulty lines, sees what the lines say, and mends all.
func (u *underLoad) mend() {
	for _, l := range u.faulty {
		if l.client != nil {
			l.client.HangUp()
		}
	}
	for f, why := range shows {
		u.town.Await(fmt.Sprintf("the line that has %s says %q", f, why), func() bool {
			return strings.Contains(u.town.LineOf("acme", u.faulty[f].card).Why, why)
		})
	}
	for _, l := range u.faulty {
		l.device.Mend()
	}
}

// recovered waits until every faulty line takes calls again: none of the faults is one to be put away for.
func (u *underLoad) recovered() {
	for f, l := range u.faulty {
		if f == gsmsim.StuckDialling {
			u.town.Line("calling", l.card)
			continue
		}
		u.town.Line("acme", l.card)
	}
}

// usable has a client call every line that was faulty.
func (u *underLoad) usable() {
	var clients []*gsmsim.Handset
	for f, l := range u.faulty {
		if f != gsmsim.StuckDialling {
			clients = append(clients, u.mobiles.Calls("+79120000006", l.card.Number, housetest.Sine(clientHz)))
		}
	}
	for _, c := range clients {
		u.mobiles.Answered(c)
		c.HangUp()
	}
}

// judge looks at the records: none of a call over another line says anything but that it was held and hung up.
func (u *underLoad) judge() {
	records := append(u.town.Records("acme", 2*len(u.faulty)-1+u.briefs), u.town.Records("calling", 2)...)
	sound := map[fmc.LineID]bool{fmc.ICCID(u.brief.ICCID).Line(): true}
	for _, c := range u.long {
		sound[fmc.ICCID(c.card.ICCID).Line()] = true
	}
	held := 0
	for _, r := range records {
		u.judgeFaulty(r)
		for _, l := range r.Legs {
			if l.Gone == 0 || l.Gone > r.Times.Ended {
				u.t.Errorf("a leg of the call from %s outlived it: %+v", r.Opened.From.E164, l)
			}
			if sound[l.Line] {
				held++
				if r.Status != fmc.StatusAnswered || !r.Cause.Person() {
					u.t.Errorf("the call over %s is %s: %+v", l.Line, r.Status, r.Cause)
				}
			}
		}
	}
	if held != u.briefs+len(u.long) {
		u.t.Errorf("%d calls over sound lines, not %d", held, u.briefs+len(u.long))
	}
}

// judgeFaulty looks at the record of a call over a faulty line: it says that the line was lost where it was, and by whose
// fault, and else that the client hung up.
func (u *underLoad) judgeFaulty(r fmc.Record) {
	if r.Opened.To.E164 == "+74952000002" && (r.Status != fmc.StatusAnswered || r.Legs[len(r.Legs)-1].Line != "trunk:carrier-a") {
		u.t.Errorf("the call of the line that was stuck is %s, its legs %+v", r.Status, r.Legs)
	}
	for f, l := range u.faulty {
		if l.client == nil || r.Opened.To.E164 != l.card.Number || r.Opened.From.E164 != duringFault {
			continue
		}
		c, right := *r.Legs[0].Cause, false
		switch f {
		case gsmsim.DropInCall, gsmsim.LostRegistration:
			right = c.Meaning == cause.Lost && c.Fault == cause.FaultCarrier
		case gsmsim.PulledSIM:
			right = c.Meaning == cause.Lost && c.Fault == cause.FaultDevice && strings.Contains(c.Text, l.card.ICCID)
		case gsmsim.ResetsItself, gsmsim.SilentPort:
			right = c.Fault == cause.FaultDevice && strings.Contains(c.Text, l.card.ICCID)
		case gsmsim.LateReplies:
			right = true // the module's news of a call that is over may come as a call that nobody makes
		default:
			right = c.Meaning == cause.Hangup
		}
		if !right {
			u.t.Errorf("the call over the line that had %s ended as %+v", f, c)
		}
	}
}
