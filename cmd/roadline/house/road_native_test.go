package house_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/store"
)

// operator is a mobile operator's FMC trunk, which brings every call of ivanov's own SIM.
func operator(port int) string {
	return fmt.Sprintf(`  - id: operator
    carrier: ru-fmc
    from: [127.0.0.4]
    targets: ["127.0.0.1:%d"]
    options: 1h
    grants: [{company: acme, numbers: ["+74952000001"]}]
`, port)
}

// underOperator starts a town whose people's SIMs are an operator's.
func underOperator(t *testing.T, more string, people ...traveller) (r *road, sims *housetest.Peer) {
	t.Helper()
	port := housetest.Ports(t)
	company := strings.Replace(roadCompany(more, people...), "employees:", `  - {e164: "+74952000001", trunk: operator, scenario: main, proof: {contract: "2", from: 2026-01-01}}
employees:`, 1)
	r = takeTheRoad(t, housetest.Setup{Company: company, Extra: operator(port)})
	sims = housetest.SIPp(t, housetest.Run{
		Scenario: "mobile", Port: port, Voices: true, Answers: 300 * time.Millisecond, Hangs: 2 * housetest.Within,
	})
	return r, sims
}

// TestACallOfAPersonsOwnSIMIsTheCompanysCall has a person just dial a client on their mobile, and the operator bring it.
func TestACallOfAPersonsOwnSIMIsTheCompanysCall(t *testing.T) {
	t.Parallel()
	person, client := newTraveller(t, mobileHz), newTraveller(t, clientHz)
	r, sims := underOperator(t, "", person)
	mobile := housetest.SIPp(t, housetest.Run{
		Scenario: "patient", Host: "127.0.0.4", To: r.SIP.String(), Number: client.number, From: person.number + ";cpc=MO_FMC", Voice: person.Voice,
	})
	r.hearEachOther(person, client)
	talkFor(t, time.Second)
	mobile.HangUp()
	record := r.Records("acme", 1)[0]
	r.outward(record, client)
	r.onTape(record, client, person)
	if n := len(invites(r.carrier)) + len(invites(sims)); n != 1 {
		t.Errorf("%d calls went out", n)
	}
}

// TestACallToAPersonsOwnSIMComesBackToTheHandset has a client call the number of a person's SIM: it is the company's call,
// and reaches the handset by the operator, diverted by the number itself so that it does not come round again.
func TestACallToAPersonsOwnSIMComesBackToTheHandset(t *testing.T) {
	t.Parallel()
	person := newTraveller(t, mobileHz)
	client := traveller{housetest.NewVoice(t), "+79120000001", clientHz}
	client.Say(housetest.Sine(clientHz))
	r, sims := underOperator(t, "", person)
	caller := housetest.SIPp(t, housetest.Run{
		Scenario: "patient", Host: "127.0.0.4", To: r.SIP.String(), Number: person.number + ";cpc=MT_FMC", From: client.number, Voice: client.Voice,
	})
	r.confirms(person)
	r.hearEachOther(person, client)
	talkFor(t, time.Second)
	caller.HangUp()
	record := r.Records("acme", 1)[0]
	if record.Status != fmc.StatusAnswered || record.Opened.Direction != fmc.Inbound || record.Who.Employee != "ivanov" || record.Who.Client.E164 != client.number {
		t.Errorf("the record is %s, %s, of %+v", record.Status, record.Opened.Direction, record.Who)
	}
	r.onTape(record, client, person)
	invite, ok := sims.Got("INVITE")
	if !ok || !contains(invite.Header("Diversion"), person.number[1:]) {
		t.Errorf("the handset was called by %q", invite.Text)
	}
}

// TestAPrivateCallOfAPersonsOwnSIMIsRelayedUnrecorded has a person dial *7 before a number: N24.
func TestAPrivateCallOfAPersonsOwnSIMIsRelayedUnrecorded(t *testing.T) {
	t.Parallel()
	person, client := newTraveller(t, mobileHz), newTraveller(t, clientHz)
	r, sims := underOperator(t, "", person)
	mobile := housetest.SIPp(t, housetest.Run{
		Scenario: "patient", Host: "127.0.0.4", To: r.SIP.String(), Number: "*7" + client.number, From: person.number + ";cpc=MO_FMC", Voice: person.Voice,
	})
	r.Await("it is answered", func() bool {
		answer, ok := mobile.Got("SIP/2.0 200")
		person.SpeaksTo(answer) // nothing is played on such a call
		return ok
	})
	r.hearEachOther(person, client)
	mobile.HangUp()
	record := r.private()
	if !record.Opened.Private || record.Recording.State == fmc.TapeReady || record.Who.Client.E164 != "" || len(record.Recording.Notices) > 0 {
		t.Errorf("the record is %+v", record)
	}
	invite, ok := sims.Got("INVITE")
	if !ok || !contains(invite.Header("From"), person.number[1:]) {
		t.Errorf("it went out as %q", invite.Text)
	}
	for _, l := range record.Legs {
		if l.Number.E164 == client.number {
			t.Errorf("the record names whom the person called: %+v", l)
		}
	}
}

// private is the record of ivanov's one private call, which only they see.
func (r *road) private() (record fmc.Record) {
	r.t.Helper()
	tenant := r.House.Store().For("acme")
	r.Await("the private call is kept", func() bool {
		mine, err := tenant.Calls(r.t.Context(), store.CallFilter{Private: "ivanov"})
		if err != nil || len(mine) != 1 || mine[0].Ended == nil {
			return false
		}
		record, err = tenant.Call(r.t.Context(), mine[0].ID)
		return err == nil
	})
	if all, err := tenant.Calls(r.t.Context(), store.CallFilter{}); err != nil || len(all) > 0 {
		r.t.Errorf("the company sees %+v, %v", all, err)
	}
	return record
}
