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

// desks is a company of two phones.
const desks = `
company: acme
name: Acme
country: RU
numbers: [{e164: "+74951234567", trunk: carrier-a, scenario: main, proof: {contract: "1", from: 2026-01-01}}]
employees:
  - {id: ivanov, name: Ivan Ivanov, extension: "201", account: {sip: ivanov-desk, kind: soft}}
  - {id: petrov, name: Pyotr Petrov, extension: "202", account: {sip: petrov-desk, kind: soft}}
caller_id: [{for: all, show: "+74951234567"}]
scenarios: {main: [{ring: petrov}]}
recording: {policy: all}
`

// The tones of the phones.
const (
	ivanovHz = 2570
	petrovHz = 3370
)

// TestBaresipPhonesCallEachOtherAreCalledCallOutAndHold has two real phones, one over UDP and one over TCP.
func TestBaresipPhonesCallEachOtherAreCalledCallOutAndHold(t *testing.T) {
	t.Parallel()
	town := housetest.Start(t, housetest.Setup{Company: desks, From: "127.0.0.2"}) // so that the phones are not the carrier's
	setPassword(town, "acme", "ivanov-desk")
	setPassword(town, "acme", "petrov-desk")
	ivanov := housetest.Baresip(t, town.SIP, "udp", "ivanov-desk", password, ivanovHz)
	petrov := housetest.Baresip(t, town.House.Addrs().TCP[0], "tcp", "petrov-desk", password, petrovHz)
	for _, p := range []*housetest.Phone{ivanov, petrov} {
		town.Await("the phone is registered", func() bool { return strings.Contains(p.Said(), "200 OK") })
	}

	ivanov.Do("dial", fmt.Sprintf("sip:202@%s", town.SIP))
	town.Await("the phones hear each other", func() bool { return ivanov.Heard(petrovHz) > heard && petrov.Heard(ivanovHz) > heard })
	ivanov.Do("hangup", "")
	inside := town.Records("acme", 1)[0]
	if inside.Status != fmc.StatusAnswered || inside.Opened.Direction != fmc.Internal || inside.Who.Employee != "ivanov" {
		t.Fatalf("%+v", inside)
	}

	callIn(t, town, petrov)

	mobile := housetest.NewVoice(t)
	mobile.Say(housetest.Sine(mobileHz))
	carrier := housetest.SIPp(t, housetest.Run{Scenario: "mobile", Port: town.Carrier, Voice: mobile, Answers: time.Second, Hangs: time.Minute})
	petrov.Do("dial", fmt.Sprintf("sip:89161234561@%s;transport=tcp", town.House.Addrs().TCP[0]))
	town.Await("the client and the phone hear each other", func() bool {
		return housetest.Loudest(mobile.Heard(), petrovHz) > heard && petrov.Heard(mobileHz) > heard
	})
	petrov.Do("hangup", "")
	invite, _ := carrier.Got("INVITE")
	if from := invite.Header("From"); !strings.Contains(from, "sip:+74951234567@") {
		t.Fatalf("the client sees %q", from)
	}
	out := town.Records("acme", 3)[0]
	if out.Status != fmc.StatusAnswered || out.Opened.Direction != fmc.Outbound || out.Who.Shown.E164 != "+74951234567" || len(out.Recording.Notices) == 0 {
		t.Fatalf("%+v", out)
	}
}

// callIn has a client call, whom a phone holds and takes back.
func callIn(t *testing.T, town *housetest.Town, petrov *housetest.Phone) {
	client := housetest.NewVoice(t)
	client.Say(housetest.Sine(clientHz))
	caller := housetest.SIPp(t, housetest.Run{
		Scenario: "client", Host: "127.0.0.2", To: town.SIP.String(), Number: "+74951234567", From: "+79120000001", Voice: client, Hangs: 50 * time.Second,
	})
	town.Await("the client and the phone hear each other", func() bool { return steady(client, petrovHz) && petrov.Heard(clientHz) > heard })
	petrov.Do("hold", "")
	town.Await("the client hears music and not the phone", func() bool { return latest(client, petrovHz) < leak && loud(client) })
	petrov.Do("resume", "")
	town.Await("the client hears the phone again", func() bool { return steady(client, petrovHz) })
	petrov.Do("hangup", "")
	caller.Wait()
	r := town.Records("acme", 2)[0]
	if r.Status != fmc.StatusAnswered || r.Who.Employee != "petrov" || r.Opened.Direction != fmc.Inbound {
		t.Fatalf("%+v", r)
	}
	held := slices.IndexFunc(r.Recording.Spans, func(s fmc.RecordingSpan) bool { return s.Kind == fmc.SpanHold })
	if held < 0 || r.Recording.Spans[held].To <= r.Recording.Spans[held].From {
		t.Fatalf("the record has no time of hold: %+v", r.Recording.Spans)
	}
	left, right := housetest.ReadWAV(t, town.File(r))
	if housetest.LoudestPCM(left, clientHz) < heard || housetest.LoudestPCM(right, petrovHz) < heard {
		t.Fatal("a side is missing on the tape")
	}
}

// latest is how loud a tone was in the last half of a second that a voice heard.
func latest(v *housetest.Voice, hertz float64) float64 {
	all := v.Heard()
	return housetest.Loudest(all[max(0, len(all)-media.SampleRate/2):], hertz)
}

// steady reports whether a voice heard a tone without a break for longer than a second.
func steady(v *housetest.Voice, hertz float64) bool {
	const part = media.SampleRate * 2 / 5
	all := v.Heard()
	if len(all) < 4*part {
		return false
	}
	for at := len(all) - 3*part; at < len(all); at += part {
		if housetest.Level(all[at:at+part], hertz) < heard {
			return false
		}
	}
	return true
}

// loud reports whether a voice hears something at all now.
func loud(v *housetest.Voice) bool {
	all := v.Heard()
	quiet := 0
	last := all[max(0, len(all)-media.SampleRate/2):]
	for _, b := range last {
		if b == media.Silence || b == media.Silence^1 || b == media.Silence^0x80 {
			quiet++
		}
	}
	return quiet < len(last)/2
}
