package house_test

import (
	"testing"
	"time"

	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// radioLost is how a carrier ends the call of a mobile whose radio was lost: Q.850 cause 41, a temporary failure.
const radioLost = `Q.850;cause=41;text="Temporary failure"`

// TestAPersonWhoLosesTheirRadioInACallThroughIsFetchedBackToTheClient has the carrier lose a person in speech: the client
// hears so, the mobile rings, and they go on, in one record.
func TestAPersonWhoLosesTheirRadioInACallThroughIsFetchedBackToTheClient(t *testing.T) {
	t.Parallel()
	person, client := newTraveller(t, mobileHz), newTraveller(t, clientHz)
	r := takeTheRoad(t, housetest.Setup{Company: roadCompany(noPIN, person)})
	mobile := housetest.SIPp(t, housetest.Run{
		Scenario: "patient", Host: r.host, To: r.SIP.String(), Number: accessNumber, From: person.number, Voice: person.Voice, Reason: radioLost,
	})
	r.dialTone(person)
	person.Press(client.keys())
	r.hearEachOther(person, client)
	talkFor(t, time.Second)
	mobile.HangUp()
	r.hearing(plan.SayReconnecting)
	r.confirms(person)
	r.hearEachOther(person, client)
	talkFor(t, time.Second)
	r.carrier.HangUpFor(client.number)
	record := r.Records("acme", 1)[0]
	r.outward(record, client)
	r.onTape(record, client, person)
	if len(record.Legs) != 3 {
		t.Fatalf("the record has the legs %+v", record.Legs)
	}
	lost, stays, back := record.Legs[0], record.Legs[1], record.Legs[2]
	if lost.Cause == nil || lost.Cause.Meaning != cause.Lost || stays.Gone < back.Up || back.Employee != "ivanov" || back.Assent != fmc.Granted {
		t.Errorf("the lost leg ended as %+v, the client's went at %v, the person was back at %v: %+v", lost.Cause, stays.Gone, back.Up, back)
	}
	var talks []fmc.RecordingSpan
	for _, s := range record.Recording.Spans {
		if s.Kind == fmc.SpanTalk {
			talks = append(talks, s)
		}
	}
	if len(talks) != 2 || talks[0].To < lost.Gone || talks[0].To > lost.Gone+300*time.Millisecond || talks[1].From < back.Up {
		t.Errorf("the talks on tape are %+v; the person went at %v and was back at %v", talks, lost.Gone, back.Up)
	}
	if n := len(record.Recording.Notices); n == 0 || record.Recording.Notices[n-1].From > talks[0].From {
		t.Errorf("the client hears the notice again: %+v", record.Recording.Notices)
	}
}

// TestACapOfCallsRefusesTheNextAndSaysWhy has a person who may call once a day key a second number.
func TestACapOfCallsRefusesTheNextAndSaysWhy(t *testing.T) {
	t.Parallel()
	person, first, second := newTraveller(t, mobileHz), newTraveller(t, clientHz), newTraveller(t, 2570)
	r := takeTheRoad(t, housetest.Setup{Company: roadCompany(noPIN+"dialling: {caps: {calls: 1}}\n", person)})
	mobile := r.through(person, first)
	r.carrier.HangUpFor(first.number)
	r.dialTone(person)
	person.Press(second.keys())
	r.hearing(plan.SayCap)
	mobile.HangUp()
	records := r.Records("acme", 2)
	r.outward(records[1], first)
	if refused := records[0]; !alerted(refused, "cap") || len(refused.Legs) != 1 || refused.Status == fmc.StatusAnswered {
		t.Errorf("the record is %s with %d legs, its alerts %+v", refused.Status, len(refused.Legs), refused.Alerts)
	}
	if n := len(invites(r.carrier)); n != 1 {
		t.Errorf("%d calls went out", n)
	}
}

// TestACallThatGoesOnWhenTheCapOfTalkIsReachedEndsAndThePersonHearsWhy has a person talk on who has a few seconds left of
// what they may talk a day.
func TestACallThatGoesOnWhenTheCapOfTalkIsReachedEndsAndThePersonHearsWhy(t *testing.T) {
	t.Parallel()
	const left = 5 * time.Second
	person, client := newTraveller(t, mobileHz), newTraveller(t, clientHz)
	r := takeTheRoad(t, housetest.Setup{Company: roadCompany(noPIN+"dialling: {caps: {talk: 1m}}\n", person)})
	earlier := fmc.Record{ID: "earlier", Company: "acme", Legs: []fmc.LegRecord{{LegBegan: fmc.LegBegan{Role: fmc.Client}, Up: time.Second, Gone: time.Second + time.Minute - left}}}
	earlier.Opened = fmc.Opened{Began: time.Now(), Direction: fmc.Outbound, Employee: "ivanov"}
	r.House.Calls().Remember([]fmc.Record{earlier})
	mobile := r.through(person, client)
	r.hearing("time-is-up")
	mobile.Wait()
	record := r.Records("acme", 1)[0]
	r.outward(record, client)
	if off := record.Times.Talked - left; off < -100*time.Millisecond || record.Cause.Meaning != cause.Refused {
		t.Errorf("they talked %v, and the call ended as %+v", record.Times.Talked, record.Cause)
	}
	again := r.calls(person, accessNumber)
	r.dialTone(person)
	person.Press(client.keys())
	r.hearing(plan.SayCap)
	again.HangUp()
	if refused := r.Records("acme", 2)[0]; !alerted(refused, "cap") || len(refused.Legs) != 1 {
		t.Errorf("the record has %d legs, its alerts are %+v", len(refused.Legs), refused.Alerts)
	}
}
