package house_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"roadline/cabinet"
	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/media"
)

// fromOutside is where the carrier's calls come from in a town with phones, which are on 127.0.0.1.
const fromOutside = "127.0.0.2"

// desk starts petrov's softphone.
func (r *road) desk() *housetest.Phone {
	r.t.Helper()
	setPassword(r.Town, "acme", "petrov-desk")
	phone := housetest.Baresip(r.t, r.SIP, "udp", "petrov-desk", password, petrovHz)
	r.Await("the phone is registered", func() bool { return strings.Contains(phone.Said(), "200 OK") })
	return phone
}

// asPetrov has the second person of a company be the one on the road: theirs is the softphone.
func asPetrov(t *testing.T, more string) (r *road, person, client traveller) {
	t.Helper()
	colleague := newTraveller(t, colleagueHz)
	person, client = newTraveller(t, mobileHz), newTraveller(t, clientHz)
	r = takeTheRoad(t, housetest.Setup{Company: roadCompany(noPIN+more, colleague, person), From: fromOutside})
	return r, person, client
}

// TestACallMovesToTheSoftphoneWithoutAGapAndIsOneRecord has a person go on at their desk: the client notices nothing.
func TestACallMovesToTheSoftphoneWithoutAGapAndIsOneRecord(t *testing.T) {
	t.Parallel()
	r, person, client := asPetrov(t, "")
	phone := r.desk()
	mobile := r.through(person, client)
	talkFor(t, time.Second)
	person.Press("*8")
	r.Await("the client and the softphone hear each other", func() bool { return client.hears(petrovHz) && phone.Heard(clientHz) > heard })
	_ = mobile.End()
	if gap := silence(client, mobileHz, petrovHz); gap > 300*time.Millisecond {
		t.Errorf("the client heard nobody for %v", gap)
	}
	talkFor(t, time.Second)
	phone.Do("hangup", "")
	record := r.Records("acme", 1)[0]
	if record.Status != fmc.StatusAnswered || record.Who.Client.E164 != client.number || len(record.Legs) != 3 {
		t.Errorf("the record is %s of %+v with %d legs", record.Status, record.Who, len(record.Legs))
	}
	left, right := housetest.ReadWAV(t, r.File(record))
	if a, b, c := housetest.LoudestPCM(left, clientHz), housetest.LoudestPCM(right, mobileHz), housetest.LoudestPCM(right, petrovHz); a < heardNow || b < heardNow || c < heardNow {
		t.Errorf("on tape is %.0f of the client, %.0f of the mobile, %.0f of the softphone", a, b, c)
	}
}

// silence is the longest time between two tones, from the last of the first to the first of the second.
func silence(who traveller, first, second float64) time.Duration {
	const stretch = media.SampleRate / 50
	heard := who.Heard()
	last, next := -1, -1
	for at := 0; at+stretch <= len(heard); at += stretch {
		switch piece := heard[at : at+stretch]; {
		case housetest.Level(piece, first) > heardNow:
			last, next = at, -1
		case next < 0 && last >= 0 && housetest.Level(piece, second) > heardNow:
			next = at
		}
	}
	if last < 0 || next < 0 {
		return time.Hour
	}
	return time.Duration(next-last-stretch) * time.Second / media.SampleRate
}

// TestASoftphoneTransfersByREFER has a phone that a client reached send them to a colleague's mobile.
func TestASoftphoneTransfersByREFER(t *testing.T) {
	t.Parallel()
	colleague, client := newTraveller(t, colleagueHz), newTraveller(t, clientHz)
	person := newTraveller(t, mobileHz)
	company := strings.Replace(roadCompany("", colleague, person), "{main: [{ring: sales}]}", "{main: [{ring: petrov}]}", 1)
	r := takeTheRoad(t, housetest.Setup{Company: company, From: fromOutside})
	phone := r.desk()
	caller := r.calls(client, accessNumber)
	r.Await("the client and the phone hear each other", func() bool { return client.hears(petrovHz) && phone.Heard(clientHz) > heard })
	phone.Do("transfer", fmt.Sprintf("sip:201@%s", r.SIP))
	r.confirms(colleague)
	r.hearEachOther(colleague, client)
	r.Await("the phone is heard no more", func() bool { return !client.hears(petrovHz) })
	caller.HangUp()
	record := r.Records("acme", 1)[0]
	if record.Status != fmc.StatusAnswered || !slices.ContainsFunc(record.Legs, func(l fmc.LegRecord) bool { return l.Employee == "ivanov" }) {
		t.Errorf("the record is %s, its legs %+v", record.Status, record.Legs)
	}
}

// TestACallMovesFromTheSoftphoneToTheMobile has a person push a client's call to their mobile by key, and confirm there.
func TestACallMovesFromTheSoftphoneToTheMobile(t *testing.T) {
	t.Parallel()
	colleague, client, person := newTraveller(t, colleagueHz), newTraveller(t, clientHz), newTraveller(t, mobileHz)
	company := strings.Replace(roadCompany("", colleague, person), "{main: [{ring: sales}]}", "{main: [{ring: petrov}]}", 1)
	r := takeTheRoad(t, housetest.Setup{Company: company, From: fromOutside})
	phone := r.desk()
	caller := r.calls(client, accessNumber)
	r.Await("the client and the phone hear each other", func() bool { return client.hears(petrovHz) && phone.Heard(clientHz) > heard })
	api := overSocket(r.Machine.Socket)
	t.Cleanup(api.CloseIdleConnections)
	live := r.House.Calls().Calls()[0]
	if err := ask(t.Context(), api, http.MethodPost, "calls/"+string(live.ID)+"/wishes", cabinet.Wish{Employee: "petrov", Kind: "move"}, &cabinet.Wished{}); err != nil {
		t.Fatal(err)
	}
	r.confirms(person)
	r.hearEachOther(person, client)
	if gap := silence(client, petrovHz, mobileHz); gap > 300*time.Millisecond {
		t.Errorf("the client heard nobody for %v", gap)
	}
	caller.HangUp()
	record := r.Records("acme", 1)[0]
	if record.Status != fmc.StatusAnswered || record.Who.Employee != "petrov" || len(record.Legs) < 3 {
		t.Errorf("the record is %s of %+v with %d legs", record.Status, record.Who, len(record.Legs))
	}
}

// TestASoftphoneFetchesTheCallOfItsPersonsMobile has a person dial *8 at their desk while they talk on the road.
func TestASoftphoneFetchesTheCallOfItsPersonsMobile(t *testing.T) {
	t.Parallel()
	r, person, client := asPetrov(t, "")
	phone := r.desk()
	mobile := r.through(person, client)
	talkFor(t, time.Second)
	phone.Do("dial", fmt.Sprintf("sip:*8@%s", r.SIP))
	r.Await("the client and the softphone hear each other", func() bool { return client.hears(petrovHz) && phone.Heard(clientHz) > heard })
	_ = mobile.End()
	if gap := silence(client, mobileHz, petrovHz); gap > 300*time.Millisecond {
		t.Errorf("the client heard nobody for %v", gap)
	}
	phone.Do("hangup", "")
	record := wholeRecord(t, r.Records("acme", 1))
	if record.Status != fmc.StatusAnswered || record.Who.Client.E164 != client.number {
		t.Errorf("the record is %s of %+v", record.Status, record.Who)
	}
}

// TestTheKeysOfASIPPhoneCommandLikeAMobiles has a phone of the company hold a client by key.
func TestTheKeysOfASIPPhoneCommandLikeAMobiles(t *testing.T) {
	t.Parallel()
	colleague, client, person := newTraveller(t, colleagueHz), newTraveller(t, clientHz), newTraveller(t, mobileHz)
	company := strings.Replace(roadCompany("", colleague, person), "{main: [{ring: sales}]}", "{main: [{ring: petrov}]}", 1)
	r := takeTheRoad(t, housetest.Setup{Company: company, From: fromOutside})
	phone := r.desk()
	caller := r.calls(client, accessNumber)
	r.Await("the client and the phone hear each other", func() bool { return client.hears(petrovHz) && phone.Heard(clientHz) > heard })
	for _, key := range "*2201#" {
		phone.Do("sndcode", string(key))
		talkFor(t, 250*time.Millisecond)
	}
	r.confirms(colleague)
	r.Await("the colleague hears the phone, and the client does not", func() bool { return colleague.hears(petrovHz) && !client.hears(petrovHz) })
	phone.Do("hangup", "")
	r.hearEachOther(colleague, client)
	keysSilently(t, client, 0, "", 0)
	caller.HangUp()
	if record := r.Records("acme", 1)[0]; record.Status != fmc.StatusAnswered {
		t.Errorf("the record is %s: %+v", record.Status, record.Cause)
	}
}

// TestAPhoneTransfersAttendedByREFERAndReplaces has a phone call a client, ask a colleague in a second call, and connect the
// two.
func TestAPhoneTransfersAttendedByREFERAndReplaces(t *testing.T) {
	t.Parallel()
	colleague, client, person := newTraveller(t, colleagueHz), newTraveller(t, clientHz), newTraveller(t, mobileHz)
	r := takeTheRoad(t, housetest.Setup{Company: roadCompany("", colleague, person), From: fromOutside})
	setPassword(r.Town, "acme", "petrov-desk")
	dials := func(scenario, number string, voice traveller) *housetest.Peer {
		return housetest.SIPp(t, housetest.Run{
			Scenario: scenario, To: r.SIP.String(), Number: number, From: "petrov-desk", Voice: voice.Voice, Hangs: housetest.Within,
			Args: []string{"-au", "petrov-desk", "-ap", password},
		})
	}
	first := dials("transferor", client.number, person)
	r.hearEachOther(person, client)
	second := newTraveller(t, petrovHz)
	asks := dials("phone", "201", second)
	r.confirms(colleague)
	r.hearEachOther(second, colleague)
	first.Refers(asks)
	r.hearEachOther(colleague, client)
	first.Wait()
	r.Await("the phone is heard no more", func() bool { return !client.hears(mobileHz) && !colleague.hears(petrovHz) })
	r.carrier.HangUpFor(client.number)
	record := wholeRecord(t, r.Records("acme", 1))
	if record.Status != fmc.StatusAnswered || record.Who.Client.E164 != client.number {
		t.Errorf("the record is %s of %+v", record.Status, record.Who)
	}
}
