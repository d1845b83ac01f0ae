package house_test

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/hardware/gsmsim"
	"roadline/media"
)

// colleagueHz is what a colleague says.
const colleagueHz = 2570

// spans are those of a kind in a record.
func spans(record fmc.Record, kind fmc.SpanKind) []fmc.RecordingSpan {
	return slices.DeleteFunc(slices.Clone(record.Recording.Spans), func(s fmc.RecordingSpan) bool { return s.Kind != kind })
}

// keysSilently fails the test where a client got a key of what was pressed since a sample, as an event or as sound.
func keysSilently(t *testing.T, client traveller, since int, keys string, most time.Duration) {
	t.Helper()
	if got := client.Keys(); got != "" {
		t.Errorf("the client got keys %q", got)
	}
	heard := housetest.PCM(client.Heard()[since:])
	for _, k := range []byte(keys) {
		if long := housetest.KeyHeard(heard, k); long > most {
			t.Errorf("the client heard %v of %c", long, k)
		}
	}
}

// TestHoldByKeyGivesTheClientMusicAndTheClientHearsNoKey has a person hold a client and take them up again.
func TestHoldByKeyGivesTheClientMusicAndTheClientHearsNoKey(t *testing.T) {
	t.Parallel()
	person, client := newTraveller(t, mobileHz), newTraveller(t, clientHz)
	r := takeTheRoad(t, housetest.Setup{Company: roadCompany(noPIN, person)})
	mobile := r.through(person, client)
	talkFor(t, time.Second)
	person.Press("*5")
	r.Await("the client hears music instead of the person", func() bool {
		heard := client.Heard()
		return !client.hears(mobileHz) && housetest.Loud(heard[max(0, len(heard)-media.SampleRate):])
	})
	r.Await("the person hears nothing of the client", func() bool { return !person.hears(clientHz) })
	person.Press("*5")
	r.hearEachOther(person, client)
	talkFor(t, time.Second)
	mobile.HangUp()
	record := r.Records("acme", 1)[0]
	r.outward(record, client)
	r.onTape(record, client, person)
	if len(spans(record, fmc.SpanHold)) != 1 {
		t.Errorf("the spans are %+v", record.Recording.Spans)
	}
	keysSilently(t, client, 0, "", 0)
}

// TestAClientOnHoldHearsTheMusicThatTheCompanyUploaded has an administrator upload a sound, which the next client who is held
// hears, at its pitch and without a pause.
func TestAClientOnHoldHearsTheMusicThatTheCompanyUploaded(t *testing.T) {
	t.Parallel()
	const jazzHz = 1730
	person, client := newTraveller(t, mobileHz), newTraveller(t, clientHz)
	r := takeTheRoad(t, housetest.Setup{Company: roadCompany(noPIN+"hold_music: jazz\n", person)})
	jazz := media.SoundOf("jazz", housetest.Sine(jazzHz), time.Second).WAV()
	upload, err := http.NewRequestWithContext(t.Context(), http.MethodPut, "http://roadline/v1/companies/acme/prompts/jazz/sound?music=true", bytes.NewReader(jazz))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := overSocket(r.Machine.Socket).Do(upload)
	if err != nil {
		t.Fatal(err)
	}
	if _ = answer.Body.Close(); answer.StatusCode != http.StatusOK {
		t.Fatalf("uploaded: %s", answer.Status)
	}
	mobile := r.through(person, client)
	person.Press("*5")
	r.Await("the client hears the company's music instead of the person", func() bool {
		heard := client.Heard()
		last := heard[max(0, len(heard)-media.SampleRate):]
		return !client.hears(mobileHz) && len(last) == media.SampleRate && housetest.Level(last, jazzHz) > 500
	})
	person.Press("*5")
	r.hearEachOther(person, client)
	mobile.HangUp()
	r.Records("acme", 1)
}

// TestKeysOfASIMLegReachTheClientForMomentsOnly has a person press a command in the sound of a modem: at most 40 ms of it is
// heard by the client.
func TestKeysOfASIMLegReachTheClientForMomentsOnly(t *testing.T) {
	t.Parallel()
	person, client := newTraveller(t, mobileHz), newTraveller(t, clientHz)
	r := takeTheRoadBySIM(t, housetest.NewMobiles(t), gsmsim.EC25, "call-through", noPIN, person)
	phone, err := r.mobiles.Call(person.number, r.card.Number, gsmsim.CallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r.mobiles.Answered(phone)
	r.Await("the dial tone", func() bool { return hearsAt(phone, dialToneHz) })
	r.mobiles.Presses(phone, client.keys())
	r.Await("the person hears the client", func() bool { return hearsAt(phone, clientHz) })
	before := len(client.Heard())
	r.mobiles.Presses(phone, "*1")
	r.hearing("soft-beep")
	phone.Say(gsmsim.Tone(mobileHz))
	r.Await("the client hears the person", func() bool { return client.hears(mobileHz) })
	phone.HangUp()
	record := r.Records("acme", 1)[0]
	if len(record.Marks) != 1 {
		t.Errorf("the marks are %v", record.Marks)
	}
	keysSilently(t, client, before, "*1", 40*time.Millisecond)
}

// TestTwoStarsSendKeysToTheClient has a person speak to a client's menu.
func TestTwoStarsSendKeysToTheClient(t *testing.T) {
	t.Parallel()
	person, client := newTraveller(t, mobileHz), newTraveller(t, clientHz)
	r := takeTheRoad(t, housetest.Setup{Company: roadCompany(noPIN, person)})
	mobile := r.through(person, client)
	person.Press("**12#")
	r.Await("the client gets the keys", func() bool { return client.Keys() == "*12#" })
	mobile.HangUp()
	r.Records("acme", 1)
}

// TestAPersonConsultsAndHandsTheClientOver has a person ask a colleague, whom the client does not hear, and hand over.
func TestAPersonConsultsAndHandsTheClientOver(t *testing.T) {
	t.Parallel()
	person, client, colleague := newTraveller(t, mobileHz), newTraveller(t, clientHz), newTraveller(t, colleagueHz)
	r := takeTheRoad(t, housetest.Setup{Company: roadCompany(noPIN, person, colleague)})
	mobile := r.through(person, client)
	talkFor(t, time.Second)
	before := len(client.Heard())
	person.Press("*2202#")
	r.confirms(colleague)
	r.hearEachOther(person, colleague)
	talkFor(t, time.Second)
	apart(t, client, colleagueHz, before)
	person.Press("*2")
	r.hearEachOther(colleague, client)
	talkFor(t, time.Second)
	r.Await("who handed over hears the client no more", func() bool { return !person.hears(clientHz) })
	_ = mobile.End()
	r.carrier.HangUpFor(colleague.number) // the number that the person might have keyed next is nobody's any more
	record := r.Records("acme", 1)[0]
	if client.hears(dialToneHz) {
		t.Error("the client has the company's dial tone")
	}
	if record.Status != fmc.StatusAnswered || record.Who.Client.E164 != client.number {
		t.Errorf("the record is %s of %+v", record.Status, record.Who)
	}
	left, right := housetest.ReadWAV(t, r.File(record))
	if a, b, c := housetest.LoudestPCM(left, clientHz), housetest.LoudestPCM(right, mobileHz), housetest.LoudestPCM(right, colleagueHz); a < heardNow || b < heardNow || c < heardNow {
		t.Errorf("on tape is %.0f of the client, %.0f of the person, %.0f of the colleague", a, b, c)
	}
	keysSilently(t, client, 0, "", 0)
}

// TestThreeTalk has a person bring a colleague to the client; all three hear each other, and when the person leaves, the
// two talk on.
func TestThreeTalk(t *testing.T) {
	t.Parallel()
	person, client, colleague := newTraveller(t, mobileHz), newTraveller(t, clientHz), newTraveller(t, colleagueHz)
	r := takeTheRoad(t, housetest.Setup{Company: roadCompany(noPIN, person, colleague)})
	mobile := r.through(person, client)
	person.Press("*2202#")
	r.confirms(colleague)
	r.hearEachOther(person, colleague)
	person.Press("*6")
	r.Await("all three hear each other", func() bool {
		return person.hears(clientHz) && person.hears(colleagueHz) && client.hears(mobileHz) && client.hears(colleagueHz) && colleague.hears(mobileHz) && colleague.hears(clientHz)
	})
	mobile.HangUp()
	r.Await("the two talk on", func() bool { return client.hears(colleagueHz) && !client.hears(mobileHz) })
	r.carrier.HangUpFor(client.number)
	record := r.Records("acme", 1)[0]
	if record.Status != fmc.StatusAnswered || len(record.Legs) != 3 {
		t.Errorf("the record is %s with %d legs", record.Status, len(record.Legs))
	}
}

// TestABlindTransferToWhoIsBusyBouncesBack has a person transfer a client to a colleague who is busy: the client comes back
// to the person.
func TestABlindTransferToWhoIsBusyBouncesBack(t *testing.T) {
	t.Parallel()
	person, client, colleague := newTraveller(t, mobileHz), newTraveller(t, clientHz), newTraveller(t, colleagueHz)
	colleague.number = housetest.MobileOf(colleague.Voice, '3')
	r := takeTheRoad(t, housetest.Setup{Company: roadCompany(noPIN, person, colleague)})
	mobile := r.through(person, client)
	person.Press("*3202#")
	_ = mobile.End() // the transfer is theirs no more
	r.Await("the colleague is called", func() bool {
		return slices.ContainsFunc(invites(r.carrier), func(m housetest.Message) bool { return calledBy(m) == colleague.number })
	})
	r.confirms(person)
	r.hearEachOther(person, client)
	r.carrier.HangUpFor(client.number)
	r.outward(r.Records("acme", 1)[0], client)
}

// TestAPersonParksAClientAndAColleagueFetchesThem has a person park a client, and a colleague call in and fetch them.
func TestAPersonParksAClientAndAColleagueFetchesThem(t *testing.T) {
	t.Parallel()
	person, client, colleague := newTraveller(t, mobileHz), newTraveller(t, clientHz), newTraveller(t, colleagueHz)
	r := takeTheRoad(t, housetest.Setup{Company: roadCompany(noPIN, person, colleague)})
	mobile := r.through(person, client)
	talkFor(t, time.Second)
	person.Press("*47#")
	r.Await("the client hears no person any more", func() bool { return !client.hears(mobileHz) })
	_ = mobile.End()
	other := r.calls(colleague, accessNumber)
	r.dialTone(colleague)
	colleague.Press("*47#")
	r.hearEachOther(colleague, client)
	talkFor(t, time.Second)
	other.HangUp()
	whole := wholeRecord(t, r.Records("acme", 1))
	left, right := housetest.ReadWAV(t, r.File(whole))
	if a, b, c := housetest.LoudestPCM(left, clientHz), housetest.LoudestPCM(right, mobileHz), housetest.LoudestPCM(right, colleagueHz); a < heardNow || b < heardNow || c < heardNow {
		t.Errorf("on tape is %.0f of the client, %.0f of the person, %.0f of the colleague", a, b, c)
	}
}

// wholeRecord is the one record that is told by no other.
func wholeRecord(t *testing.T, records []fmc.Record) fmc.Record {
	t.Helper()
	whole := slices.DeleteFunc(records, func(x fmc.Record) bool { return x.MergedInto != "" })
	if len(whole) != 1 {
		t.Fatalf("%d records stand for themselves", len(whole))
	}
	return whole[0]
}

// TestAPauseOfTheRecordingIsNamedAndItsSoundAbsent has a person stop the recording and take it up again.
func TestAPauseOfTheRecordingIsNamedAndItsSoundAbsent(t *testing.T) {
	t.Parallel()
	person, client := newTraveller(t, mobileHz), newTraveller(t, clientHz)
	r := takeTheRoad(t, housetest.Setup{Company: roadCompany(noPIN, person)})
	mobile := r.through(person, client)
	talkFor(t, time.Second)
	person.Press("*7")
	r.hearing("recording-paused")
	r.hearEachOther(person, client)
	secret := housetest.Sine(colleagueHz) // a card number, so to speak
	client.Say(secret)
	r.Await("the person hears it", func() bool { return person.hears(colleagueHz) })
	talkFor(t, time.Second)
	client.Say(housetest.Sine(clientHz))
	r.hearEachOther(person, client)
	person.Press("*7")
	r.hearing("recording-resumed")
	r.hearEachOther(person, client)
	talkFor(t, time.Second)
	mobile.HangUp()
	record := r.Records("acme", 1)[0]
	r.onTape(record, client, person)
	pause := spans(record, fmc.SpanPause)
	if len(pause) != 1 || pause[0].By != "ivanov" || pause[0].To <= pause[0].From {
		t.Errorf("the spans are %+v", record.Recording.Spans)
	}
	if left, right := housetest.ReadWAV(t, r.File(record)); housetest.LoudestPCM(left, colleagueHz) > leak || housetest.LoudestPCM(right, colleagueHz) > leak {
		t.Error("what was said in the pause is on tape")
	}
}

// TestAClientWhoRefusesTheRecordingIsNotRecorded has a client press the key that the company allows, while they hear the
// notice: N11.
func TestAClientWhoRefusesTheRecordingIsNotRecorded(t *testing.T) {
	t.Parallel()
	person, client := newTraveller(t, mobileHz), newTraveller(t, clientHz)
	company := strings.Replace(roadCompany(noPIN, person), "notice: recording-notice}", "notice: recording-notice, refusal: \"9\"}", 1)
	r := takeTheRoad(t, housetest.Setup{Company: company})
	mobile := r.calls(person, accessNumber)
	r.dialTone(person)
	person.Press(client.keys())
	r.hearing("recording-notice")
	client.Press("9")
	r.hearEachOther(person, client)
	talkFor(t, time.Second)
	mobile.HangUp()
	record := r.Records("acme", 1)[0]
	if len(record.Recording.Refused) != 1 || record.Recording.Refused[0].Key != "9" || record.Status != fmc.StatusAnswered || len(spans(record, fmc.SpanTalk)) > 0 {
		t.Errorf("the record is %s, refused %+v, its spans %+v", record.Status, record.Recording.Refused, record.Recording.Spans)
	}
	if record.Recording.Kept == nil {
		return // nothing was ever recorded
	}
	left, right := housetest.ReadWAV(t, r.File(record))
	if a, b := housetest.LoudestPCM(left, clientHz), housetest.LoudestPCM(right, mobileHz); a > leak || b > leak {
		t.Errorf("on tape is %.0f of the client, %.0f of the person", a, b)
	}
}
