package house_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/media"
)

// The numbers of the company on the road: one answers its people with a dial tone, the other declines them and calls back.
const (
	accessNumber   = "+74951234567"
	callBackNumber = "+74951234568"
)

// dialToneHz is the dial tone of the company's country.
const dialToneHz = 425

// traveller is somebody with an ordinary mobile, who says a tone: a person of the company, or a client.
type traveller struct {
	*housetest.Voice
	number string
	hertz  float64
}

func newTraveller(t *testing.T, hertz float64) traveller {
	t.Helper()
	v := housetest.NewVoice(t)
	v.Say(housetest.Sine(hertz))
	return traveller{v, housetest.MobileOf(v, '1'), hertz}
}

// keys are what somebody keys to call them: 8, the national number, and # for "that is all".
func (p traveller) keys() string { return "8" + p.number[2:] + "#" }

// hears reports whether somebody hears a tone now.
func (p traveller) hears(hertz float64) bool {
	heard := p.Heard()
	if len(heard) < media.SampleRate/5 {
		return false
	}
	return housetest.Level(heard[len(heard)-media.SampleRate/5:], hertz) > heardNow
}

// heardNow is a tone that is there, measured over 200 ms.
const heardNow = 2000

// road is a town whose people are on the road: their ordinary mobiles are the company's phones.
type road struct {
	*housetest.Town
	t       *testing.T
	host    string          // where the carrier's calls come from
	carrier *housetest.Peer // reaches everybody who has a mobile
}

// roadCompany is a company of up to three people with mobiles; more is more of its file.
func roadCompany(more string, people ...traveller) string {
	var employees strings.Builder
	for i, p := range people {
		id, name := []string{"ivanov", "petrov", "orlova"}[i], []string{"Ivan Ivanov", "Pyotr Petrov", "Anna Orlova"}[i]
		fmt.Fprintf(&employees, "  - {id: %s, name: %s, extension: \"20%d\", groups: [sales], mobile: %q%s}\n", id, name, i+1, p.number,
			[]string{"", ", account: {sip: petrov-desk, kind: soft}", ""}[i])
	}
	return fmt.Sprintf(`
company: acme
name: Acme
country: RU
timezone: Europe/Moscow
numbers:
  - {e164: %q, trunk: carrier-a, scenario: main, access: call-through, proof: {contract: "1", from: 2026-01-01}}
  - {e164: %q, trunk: carrier-a, scenario: main, access: call-back, proof: {contract: "1", from: 2026-01-01}}
employees:
%sgroups: [{id: sales, extension: "260", strategy: hunt, ring: 20s, head: ivanov}]
caller_id: [{for: all, show: %q}]
scenarios: {main: [{ring: sales}]}
recording: {policy: all, notice: recording-notice}
confirm: 20s
%s`, accessNumber, callBackNumber, employees.String(), accessNumber, more)
}

// takeTheRoad starts a town for a company, and its carrier.
func takeTheRoad(t *testing.T, s housetest.Setup) *road {
	t.Helper()
	r := &road{Town: housetest.Start(t, s), t: t, host: s.From}
	r.carrier = housetest.SIPp(t, housetest.Run{
		Scenario: "mobile", Port: r.Carrier, Voices: true, Answers: 300 * time.Millisecond, Hangs: 2 * housetest.Within,
	})
	return r
}

// calls has somebody call a number of the company by the carrier, until Peer.HangUp.
func (r *road) calls(p traveller, number string) *housetest.Peer {
	r.t.Helper()
	return housetest.SIPp(r.t, housetest.Run{Scenario: "patient", Host: r.host, To: r.SIP.String(), Number: number, From: p.number, Voice: p.Voice})
}

// dialTone waits until somebody hears that they may key a number.
func (r *road) dialTone(p traveller) {
	r.t.Helper()
	r.Await("the dial tone", func() bool { return p.hears(dialToneHz) })
}

// hearEachOther waits until two people do.
func (r *road) hearEachOther(a, b traveller) {
	r.t.Helper()
	r.Await("they hear each other", func() bool { return a.hears(b.hertz) && b.hears(a.hertz) })
}

// through has a person call a client through, until they hear each other.
func (r *road) through(person, client traveller) *housetest.Peer {
	r.t.Helper()
	mobile := r.calls(person, accessNumber)
	r.dialTone(person)
	person.Press(client.keys())
	r.hearEachOther(person, client)
	return mobile
}

// confirms has a person whose mobile rings confirm.
func (r *road) confirms(p traveller) {
	r.t.Helper()
	r.Await(p.number+" is asked to confirm", func() bool {
		for _, c := range r.Seen() {
			for _, h := range c.Wiring.Hears {
				if who, ok := c.Party(h.Leg); ok && who.Number.E164 == p.number && slices.Contains(strings.Split(string(h.Say), "+"), "confirm") {
					return true
				}
			}
		}
		return false
	})
	p.Press("1")
}

// apart fails the test where somebody heard a tone since a moment.
func apart(t *testing.T, who traveller, hertz float64, since int) {
	t.Helper()
	if heard := who.Heard(); len(heard) > since && housetest.Loudest(heard[since:], hertz) > leak {
		t.Errorf("%s heard %.0f Hz", who.number, hertz)
	}
}

// invited is the INVITE by which somebody was called.
func (r *road) invited(p traveller) housetest.Message {
	r.t.Helper()
	for _, m := range r.carrier.Messages() {
		if m.Received && calledBy(m) == p.number {
			return m
		}
	}
	r.t.Fatalf("%s was not called\n%s", p.number, r.Log)
	return housetest.Message{}
}

// onTape looks for two people on the recording of a call: the client on the left, the person on the right, and neither
// on the other's side.
func (r *road) onTape(record fmc.Record, client, person traveller) {
	r.t.Helper()
	file := r.File(record)
	housetest.Opens(r.t, file)
	left, right := housetest.ReadWAV(r.t, file)
	if a, b := housetest.LoudestPCM(left, client.hertz), housetest.LoudestPCM(right, person.hertz); a < heardNow || b < heardNow {
		r.t.Errorf("on tape is %.0f of the client, %.0f of the person", a, b)
	}
	if a, b := housetest.LoudestPCM(left, person.hertz), housetest.LoudestPCM(right, client.hertz); a > leak || b > leak {
		r.t.Errorf("%.0f of the person is on the client's track, %.0f of the client on the person's", a, b)
	}
}

// outward fails the test where a record is not of a call of ivanov to a client, shown as the company, recorded with notice.
func (r *road) outward(record fmc.Record, client traveller) {
	r.t.Helper()
	if record.Status != fmc.StatusAnswered || record.Opened.Direction != fmc.Outbound || record.Who.Employee != "ivanov" ||
		record.Who.Client.E164 != client.number || record.Who.Shown.E164 != accessNumber {
		r.t.Errorf("the record is %s, %s, of %+v: %+v", record.Status, record.Opened.Direction, record.Who, record.Cause)
	}
	if len(record.Recording.Notices) == 0 || record.Recording.Notices[0].From > record.Times.Answered {
		r.t.Errorf("the notices are %+v, the talk began at %v", record.Recording.Notices, record.Times.Answered)
	}
}

// noPIN is a company whose people key none.
const noPIN = "call_through: {pin: never}\n"

// TestAPersonOnTheRoadCallsThroughAsTheCompany has a person call the company's number from their mobile and key a client's,
// and after that another's without hanging up.
func TestAPersonOnTheRoadCallsThroughAsTheCompany(t *testing.T) {
	t.Parallel()
	person, first, second := newTraveller(t, mobileHz), newTraveller(t, clientHz), newTraveller(t, 2570)
	r := takeTheRoad(t, housetest.Setup{Company: roadCompany(noPIN, person)})
	mobile := r.calls(person, accessNumber)
	r.dialTone(person)
	person.Press(first.keys())
	r.hearEachOther(person, first)
	if invite := r.invited(first); !contains(invite.Header("From"), accessNumber) || contains(invite.Text, person.number) {
		t.Errorf("the client sees %q", invite.Text)
	}
	talkFor(t, time.Second)
	r.carrier.HangUpFor(first.number)
	r.dialTone(person)
	person.Press(second.keys())
	r.hearEachOther(person, second)
	talkFor(t, time.Second)
	mobile.HangUp()
	records := r.Records("acme", 2)
	for i, client := range []traveller{second, first} {
		r.outward(records[i], client)
		r.onTape(records[i], client, person)
	}
	if keys := first.Keys(); keys != "" {
		t.Errorf("the client got keys %q", keys)
	}
}
