package house_test

import (
	"fmt"
	"net/http"
	"testing"

	"roadline/cabinet"
	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/fmc/plan"
)

// TestWhoDoesNotWishToBeDisturbedIsNotRung has a person key that they do not wish to be disturbed, and be called: by a
// client to their group, and by a colleague to their extension. Then they are available again, by the API.
func TestWhoDoesNotWishToBeDisturbedIsNotRung(t *testing.T) {
	t.Parallel()
	person, colleague, client := newTraveller(t, mobileHz), newTraveller(t, colleagueHz), newTraveller(t, clientHz)
	r := takeTheRoad(t, housetest.Setup{Company: roadCompany(noPIN, person, colleague)})
	mobile := r.calls(person, accessNumber)
	r.dialTone(person)
	person.Press("*62#")
	r.hearing(plan.SayDND)
	mobile.HangUp()
	if record := r.Records("acme", 1)[0]; record.Status == fmc.StatusAnswered {
		t.Errorf("a code is a conversation: %s", record.Status)
	}
	caller := r.calls(client, accessNumber)
	r.confirms(colleague)
	r.hearEachOther(client, colleague)
	caller.HangUp()
	r.Records("acme", 2)
	asks := r.calls(colleague, accessNumber)
	r.dialTone(colleague)
	colleague.Press("201#")
	r.hearing(plan.SayUndisturbed)
	asks.HangUp()
	r.Records("acme", 3)
	for _, m := range invites(r.carrier) {
		if calledBy(m) == person.number {
			t.Error("the person was rung")
		}
	}
	api := overSocket(r.Machine.Socket)
	t.Cleanup(api.CloseIdleConnections)
	var is cabinet.ModeShown
	if err := ask(t.Context(), api, http.MethodPost, "employees/ivanov/mode", cabinet.Mode{Mode: "on"}, &is); err != nil || is.Mode != fmc.Available {
		t.Fatalf("%+v, %v", is, err)
	}
	caller = r.calls(client, accessNumber)
	r.confirms(person)
	r.hearEachOther(client, person)
	caller.HangUp()
	r.Records("acme", 4)
}

// TestAPhoneThatFetchesACallAndSendsNoSoundGetsNothing has a phone dial *8 and stay silent: the client and the mobile talk
// on, and the phone is let go.
func TestAPhoneThatFetchesACallAndSendsNoSoundGetsNothing(t *testing.T) {
	t.Parallel()
	r, person, client := asPetrov(t, "")
	setPassword(r.Town, "acme", "petrov-desk")
	mobile := r.through(person, client)
	silent := housetest.SIPp(t, housetest.Run{
		Scenario: "phone", To: r.SIP.String(), Number: "*8", From: "petrov-desk", Hangs: housetest.Within, Args: []string{"-au", "petrov-desk", "-ap", password},
	})
	_ = silent.End() // our BYE ends it
	if !silent.Saw("SIP/2.0 200") {
		t.Errorf("the phone's call was not answered: %v", fmt.Sprint(silent))
	}
	if !silent.Saw("BYE") {
		t.Error("the phone was not let go")
	}
	r.hearEachOther(person, client)
	mobile.HangUp()
	record := wholeRecord(t, r.Records("acme", 1))
	if record.Status != fmc.StatusAnswered || record.Who.Client.E164 != client.number {
		t.Errorf("the record is %s of %+v", record.Status, record.Who)
	}
}
