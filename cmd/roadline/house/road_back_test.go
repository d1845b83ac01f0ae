package house_test

import (
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"roadline/cabinet"
	"roadline/callerid"
	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/store/journal"
)

// declined has somebody call a number and be declined.
func (r *road) declined(p traveller, number string) {
	r.t.Helper()
	housetest.SIPp(r.t, housetest.Run{Scenario: "declined", To: r.SIP.String(), Number: number, From: p.number, Voice: p.Voice}).Wait()
}

// calledBack has a person answer the call back and confirm, and leaves them with the client: where keys is not empty they
// key whom they want first.
func (r *road) calledBack(person, client traveller, keys string) {
	r.t.Helper()
	r.Await("the person is called back", func() bool { return person.Count() > 25 })
	if invite := r.invited(person); !contains(invite.Header("From"), accessNumber) && !contains(invite.Header("From"), callBackNumber) {
		r.t.Errorf("the person sees %q", invite.Header("From"))
	}
	person.Press("1")
	if keys != "" {
		r.dialTone(person)
		person.Press(keys)
	}
	r.hearEachOther(person, client)
}

// TestAMissedCallOnATrunkHasThePersonCalledBack has a person ring the call-back number: they are declined, called, confirm,
// and key a client's number. Both legs are one record.
func TestAMissedCallOnATrunkHasThePersonCalledBack(t *testing.T) {
	t.Parallel()
	person, client := newTraveller(t, mobileHz), newTraveller(t, clientHz)
	r := takeTheRoad(t, housetest.Setup{Company: roadCompany("", person)})
	r.declined(person, callBackNumber)
	r.calledBack(person, client, client.keys())
	talkFor(t, time.Second)
	r.carrier.HangUpFor(person.number)
	records := r.Records("acme", 2)
	r.outward(records[0], client)
	r.onTape(records[0], client, person)
	if records[1].Times.Answered != 0 || len(records[1].Legs) != 1 {
		t.Errorf("the missed call is %+v", records[1])
	}
}

// TestASecondMissedCallWithinMomentsIsOneWish has a person ring twice.
func TestASecondMissedCallWithinMomentsIsOneWish(t *testing.T) {
	t.Parallel()
	person, client := newTraveller(t, mobileHz), newTraveller(t, clientHz)
	r := takeTheRoad(t, housetest.Setup{Company: roadCompany("", person)})
	r.declined(person, callBackNumber)
	r.declined(person, callBackNumber)
	r.calledBack(person, client, client.keys())
	r.carrier.HangUpFor(person.number)
	r.Records("acme", 3)
	if n := len(invites(r.carrier)); n != 2 {
		t.Errorf("%d calls went out", n)
	}
}

// TestAVoicemailThatTakesTheCallBackIsLetGo has nobody confirm: no client is called.
func TestAVoicemailThatTakesTheCallBackIsLetGo(t *testing.T) {
	t.Parallel()
	person := newTraveller(t, mobileHz)
	r := takeTheRoad(t, housetest.Setup{Company: strings.Replace(roadCompany("", person), "confirm: 20s", "confirm: 3s", 1)})
	r.declined(person, callBackNumber)
	r.Await("the voicemail is hung up on", func() bool { _, ok := r.carrier.Got("BYE"); return ok })
	record := r.Records("acme", 2)[0]
	if record.Status == fmc.StatusAnswered || len(record.Legs) != 1 {
		t.Errorf("the record is %s with %d legs", record.Status, len(record.Legs))
	}
}

// TestAPromiseOfAKilledServerIsKept has the journal of a server that was killed between the missed call and the call back.
func TestAPromiseOfAKilledServerIsKept(t *testing.T) {
	t.Parallel()
	person, client := newTraveller(t, mobileHz), newTraveller(t, clientHz)
	r := takeTheRoad(t, housetest.Setup{Company: roadCompany("", person)})
	r.Close()
	killed, _, err := journal.Open(filepath.Join(r.Data, "journal"), "town", uuid.Must(uuid.NewV7()), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	wanted := fmc.Wanted{Employee: "ivanov", Due: time.Now().UTC(), From: callerid.Number{E164: person.number}}
	missed := fmc.Fact{Company: "acme", Call: fmc.CallID(uuid.Must(uuid.NewV7()).String()), Body: wanted}
	if err := errors.Join(journal.Journal{Log: killed}.Append(missed), killed.Close()); err != nil {
		t.Fatal(err)
	}
	r.Open()
	r.calledBack(person, client, client.keys())
	r.carrier.HangUpFor(person.number)
	r.Await("the record says by which call it was promised", func() bool {
		for _, c := range r.Seen() {
			if c.Request.Promised == missed.Call {
				return true
			}
		}
		return false
	})
}

// TestAPersonIsCalledBackByTheAPI has a program ask that ivanov be called and led to a client.
func TestAPersonIsCalledBackByTheAPI(t *testing.T) {
	t.Parallel()
	person, client := newTraveller(t, mobileHz), newTraveller(t, clientHz)
	r := takeTheRoad(t, housetest.Setup{Company: roadCompany("", person)})
	api := overSocket(r.Machine.Socket)
	t.Cleanup(api.CloseIdleConnections)
	var made cabinet.Made
	if err := ask(t.Context(), api, http.MethodPost, "calls", cabinet.Make{Employee: "ivanov", To: client.number}, &made); err != nil {
		t.Fatal(err)
	}
	r.calledBack(person, client, "")
	r.carrier.HangUpFor(person.number)
	record := r.Records("acme", 1)[0]
	r.outward(record, client)
	if record.ID != made.Call {
		t.Errorf("the record is of call %s, not %s", record.ID, made.Call)
	}
}
