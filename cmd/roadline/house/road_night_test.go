package house_test

import (
	"slices"
	"testing"
	"time"

	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/fmc/plan"
)

// TestANightOfAttemptsIsStoppedAndTheCompanyAlerted has somebody guess PINs at the access number in the name of two people:
// behind the tenth the number takes no PIN of anybody, not even the right one; a third person is called back on their own
// mobile. Nobody outside is called, and the company is told of it once for each of those in whose name it was tried.
func TestANightOfAttemptsIsStoppedAndTheCompanyAlerted(t *testing.T) {
	t.Parallel()
	people := []traveller{newTraveller(t, mobileHz), newTraveller(t, clientHz), newTraveller(t, colleagueHz)}
	r := takeTheRoad(t, housetest.Setup{Company: roadCompany("call_through: {pin: always, tries: 5, call_backs: 1}\n", people...)})
	for _, who := range []fmc.EmployeeID{"ivanov", "petrov", "orlova"} {
		r.setPINOf(who)
	}
	for _, forged := range people[:2] {
		guesser := r.calls(forged, accessNumber)
		for _, guess := range []string{"0000#", "1111#", "2222#", "3333#", "4444#"} {
			r.hearing(plan.SayPIN)
			forged.Press(guess)
			r.hearing(plan.SayPINWrong)
		}
		_ = guesser.End() // it is hung up on
	}
	last := r.calls(people[2], accessNumber)
	r.hearing(plan.SayCallBack)
	_ = last.End()
	r.Await("the third is called back", func() bool {
		return slices.ContainsFunc(invites(r.carrier), func(m housetest.Message) bool { return calledBy(m) == people[2].number })
	})
	for _, m := range invites(r.carrier) {
		if !slices.ContainsFunc(people, func(p traveller) bool { return p.number == calledBy(m) }) {
			t.Errorf("%s was called", calledBy(m))
		}
	}
	locked := 0
	for _, record := range r.Records("acme", 3) {
		if record.Status == fmc.StatusAnswered {
			t.Errorf("a call of that night is %s: %+v", record.Status, record.Who)
		}
		if alerted(record, "pin_locked") {
			locked++
		}
	}
	if locked != 2 {
		t.Errorf("the company was alerted %d times", locked)
	}
}

// TestAPersonTakesTheCallThatRingsForAColleague has a client's call ring for one person, and another take it from the road.
func TestAPersonTakesTheCallThatRingsForAColleague(t *testing.T) {
	t.Parallel()
	person, colleague := newTraveller(t, mobileHz), newTraveller(t, colleagueHz)
	client := traveller{housetest.NewVoice(t), "+79120000001", clientHz}
	client.Say(housetest.Sine(clientHz))
	r := takeTheRoad(t, housetest.Setup{Company: roadCompany(noPIN, person, colleague)})
	caller := r.calls(client, accessNumber)
	r.hearing("confirm") // the first of the group picked up, and is asked
	other := r.calls(colleague, accessNumber)
	r.dialTone(colleague)
	colleague.Press("**201#")
	r.hearEachOther(colleague, client)
	talkFor(t, time.Second)
	apart(t, person, clientHz, 0)
	caller.HangUp()
	_ = other.End()
	whole := wholeRecord(t, r.Records("acme", 1))
	if whole.Who.Employee != "petrov" || whole.Status != fmc.StatusAnswered || whole.Opened.Direction != fmc.Inbound {
		t.Errorf("the record is %s, %s, of %+v", whole.Status, whole.Opened.Direction, whole.Who)
	}
	r.onTape(whole, client, colleague)
}
