package house_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/fmc/plan"
)

// pin is ivanov's.
const pin = "4711"

// setPIN gives ivanov a PIN.
func (r *road) setPIN() { r.setPINOf("ivanov") }

// setPINOf gives a person the PIN.
func (r *road) setPINOf(who fmc.EmployeeID) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), housetest.Within)
	defer cancel()
	if err := r.House.Store().For("acme").SetPIN(ctx, who, pin); err != nil {
		r.t.Fatal(err)
	}
	r.Await("the PIN is in force", func() bool {
		_, ok := r.House.Directory().PIN("acme", who)
		return ok
	})
}

// hearing waits until somebody in a call that goes on hears a prompt.
func (r *road) hearing(say fmc.PromptID) {
	r.t.Helper()
	r.Await(fmt.Sprintf("somebody hears %q", say), func() bool {
		for _, c := range r.Seen() {
			for _, h := range c.Wiring.Hears {
				if slices.Contains(strings.Split(string(h.Say), "+"), string(say)) {
					return true
				}
			}
		}
		return false
	})
}

// alerted reports whether a record has an alert of a kind.
func alerted(record fmc.Record, kind string) bool {
	return slices.ContainsFunc(record.Alerts, func(a fmc.Alert) bool { return a.Kind == kind })
}

// foreign is a trunk by which anybody may have written the caller's number.
func foreign(port int) string {
	return fmt.Sprintf(`  - id: foreign
    carrier: e164
    profile: {country: RU, trust: foreign}
    from: [127.0.0.3]
    targets: ["127.0.0.1:%d"]
    options: 1h
    grants: [{company: acme, numbers: ["+74952000001"], out: false}]
`, port)
}

// TestTheRightPINLetsAPersonThrough has a person key their PIN, once wrongly, and then a client's number.
func TestTheRightPINLetsAPersonThrough(t *testing.T) {
	t.Parallel()
	person, client := newTraveller(t, mobileHz), newTraveller(t, clientHz)
	r := takeTheRoad(t, housetest.Setup{Company: roadCompany("call_through: {pin: always}\n", person)})
	r.setPIN()
	mobile := r.calls(person, accessNumber)
	r.hearing(plan.SayPIN)
	person.Press("9999#")
	r.hearing(plan.SayPINWrong)
	r.hearing(plan.SayPIN)
	person.Press(pin + "#")
	r.dialTone(person)
	person.Press(client.keys())
	r.hearEachOther(person, client)
	mobile.HangUp()
	record := r.Records("acme", 1)[0]
	r.outward(record, client)
	if alerted(record, "pin_locked") {
		t.Errorf("one wrong PIN alerts the company: %+v", record.Alerts)
	}
}

// TestThreeWrongPINsLockACallerOut has somebody who shows a person's number guess: told nothing, locked out, the company
// alerted; and the right PIN is of no use then.
func TestThreeWrongPINsLockACallerOut(t *testing.T) {
	t.Parallel()
	person := newTraveller(t, mobileHz)
	r := takeTheRoad(t, housetest.Setup{Company: roadCompany("call_through: {pin: always, call_backs: 1}\n", person)})
	r.setPIN()
	mobile := r.calls(person, accessNumber)
	for _, guess := range []string{"0000#", "1111#", "1234#"} {
		r.hearing(plan.SayPIN)
		person.Press(guess)
		r.hearing(plan.SayPINWrong)
	}
	mobile.Wait()
	record := r.Records("acme", 1)[0]
	if !alerted(record, "pin_locked") || len(record.Legs) != 1 || record.Status == fmc.StatusAnswered {
		t.Errorf("the record is %s with %d legs, its alerts %+v", record.Status, len(record.Legs), record.Alerts)
	}
}

// TestACallerWhoseNumberAnybodyMayHaveWrittenIsAskedForThePINAndTheirNumberAloneIsNothing has a person's number come by a
// trunk that checks no callers: what is called back is the person's own mobile.
func TestACallerWhoseNumberAnybodyMayHaveWrittenIsAskedForThePINAndTheirNumberAloneIsNothing(t *testing.T) {
	t.Parallel()
	person, client := newTraveller(t, mobileHz), newTraveller(t, clientHz)
	company := strings.Replace(roadCompany("", person), "employees:", `  - {e164: "+74952000001", trunk: foreign, scenario: main, access: call-through}
employees:`, 1)
	r := takeTheRoad(t, housetest.Setup{Company: company, Extra: foreign(housetest.Ports(t))})
	forger := newTraveller(t, 2570)
	forged := housetest.SIPp(t, housetest.Run{
		Scenario: "client", Host: "127.0.0.3", To: r.SIP.String(), Number: "+74952000001", From: person.number, Voice: forger.Voice, Hangs: housetest.Within,
	})
	r.Await("the person is called back", func() bool { return r.carrier.Saw("INVITE") })
	if called := calledBy(mustGet(t, r.carrier, "INVITE")); called != person.number {
		t.Errorf("%s is called back", called)
	}
	_ = forged.End()
	if forger.hears(dialToneHz) || housetest.Loudest(forger.Heard(), client.hertz) > leak {
		t.Error("the forger got something")
	}
}

// mustGet is the first message that a peer received whose first line begins so.
func mustGet(t *testing.T, p *housetest.Peer, begins string) housetest.Message {
	t.Helper()
	m, ok := p.Got(begins)
	if !ok {
		t.Fatalf("no %s came", begins)
	}
	return m
}

// TestPremiumAndEmergencyNumbersAreRefusedAloudAndTheNextNumberIsAsked has a person key what the company does not call:
// each time they hear why, and may key another.
func TestPremiumAndEmergencyNumbersAreRefusedAloudAndTheNextNumberIsAsked(t *testing.T) {
	t.Parallel()
	person, client := newTraveller(t, mobileHz), newTraveller(t, clientHz)
	r := takeTheRoad(t, housetest.Setup{Company: roadCompany(noPIN, person)})
	mobile := r.calls(person, accessNumber)
	r.dialTone(person)
	for _, x := range []struct {
		keys string
		hint fmc.PromptID
	}{{"88091234567#", plan.SayNoPremium}, {"112#", plan.SayEmergency}} {
		person.Press(x.keys)
		r.hearing(x.hint)
		r.hearing(plan.SayNextNumber)
	}
	person.Press(client.keys())
	r.hearEachOther(person, client)
	mobile.HangUp()
	if n := len(invites(r.carrier)); n != 1 {
		t.Errorf("%d calls went out", n)
	}
	refused := 0
	for _, record := range r.Records("acme", 1) {
		if alerted(record, "destination") || alerted(record, "emergency") {
			refused++
		}
	}
	if refused == 0 {
		t.Error("nobody is alerted")
	}
}

// invites are the calls that reached somebody by the carrier.
func invites(p *housetest.Peer) (all []housetest.Message) {
	for _, m := range p.Messages() {
		if m.Received && strings.HasPrefix(m.First(), "INVITE") {
			all = append(all, m)
		}
	}
	return all
}

// TestAStrangerHearsNothingOfTheAccess has somebody whose number nobody of the company has call the access number: they
// are a client as any.
func TestAStrangerHearsNothingOfTheAccess(t *testing.T) {
	t.Parallel()
	person := newTraveller(t, mobileHz)
	stranger := traveller{housetest.NewVoice(t), "+79120000001", clientHz}
	stranger.Say(housetest.Sine(clientHz))
	r := takeTheRoad(t, housetest.Setup{Company: roadCompany(noPIN, person)})
	caller := r.calls(stranger, accessNumber)
	r.Await("the person is rung", func() bool { return r.carrier.Saw("INVITE") })
	person.Press("1")
	r.hearEachOther(person, stranger)
	caller.HangUp()
	record := r.Records("acme", 1)[0]
	if record.Opened.Direction != fmc.Inbound || record.Who.Client.E164 != stranger.number {
		t.Errorf("the record is %s of %+v", record.Opened.Direction, record.Who)
	}
}

// TestWhoHidesTheirNumberIsLetThroughByExtensionAndPIN has a person call with a hidden number.
func TestWhoHidesTheirNumberIsLetThroughByExtensionAndPIN(t *testing.T) {
	t.Parallel()
	person, client := newTraveller(t, mobileHz), newTraveller(t, clientHz)
	r := takeTheRoad(t, housetest.Setup{Company: roadCompany("", person)})
	r.setPIN()
	hidden := person
	hidden.number = "anonymous"
	mobile := r.calls(hidden, accessNumber)
	r.hearing(plan.SayExtension)
	person.Press("201#")
	r.hearing(plan.SayPIN)
	person.Press(pin + "#")
	r.dialTone(person)
	person.Press(client.keys())
	r.hearEachOther(person, client)
	mobile.HangUp()
	r.outward(r.Records("acme", 1)[0], client)
}
