package house_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"roadline/cabinet/notify/mailtest"
	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/fmc/plan"
	"roadline/store"
)

// away is a company whose one person does not answer in two seconds.
func away(t *testing.T, more string) (company string, person traveller) {
	t.Helper()
	person = newTraveller(t, mobileHz)
	person.number = housetest.MobileOf(person.Voice, '3') // busy
	return strings.Replace(roadCompany(noPIN+more, person), "[{ring: sales}]", "[{ring: ivanov}]", 1), person
}

// leaves has a client leave a message for a person who is busy, and returns its record.
func (r *road) leaves(client traveller) fmc.Record {
	r.t.Helper()
	caller := r.calls(client, accessNumber)
	r.recording()
	talkFor(r.t, 2*time.Second)
	caller.HangUp()
	return r.Records("acme", 1)[0]
}

// recording waits until what somebody says is recorded for others to hear.
func (r *road) recording() {
	r.t.Helper()
	r.Await("a message or a prompt is being left", func() bool {
		for _, c := range r.Seen() {
			for _, talk := range c.Wiring.Talks {
				if talk.Mail {
					return true
				}
			}
		}
		return false
	})
}

// TestAMissedCallIsATaskUntilTheClientWasCalledBack has a client find nobody: the task is open, and closed by the call of
// the person who calls the client through.
func TestAMissedCallIsATaskUntilTheClientWasCalledBack(t *testing.T) {
	t.Parallel()
	person, client := newTraveller(t, mobileHz), newTraveller(t, clientHz)
	person.number = housetest.MobileOf(person.Voice, '2') // it rings
	r := takeTheRoad(t, housetest.Setup{Company: roadCompany(noPIN, person)})
	caller := r.calls(client, accessNumber)
	r.Await("the person is rung", func() bool { return r.carrier.Saw("INVITE") })
	caller.HangUp()
	r.missed(client, 1)
	mobile := r.through(person, client)
	mobile.HangUp()
	r.outward(r.Records("acme", 2)[0], client)
	r.missed(client, 0)
}

// TestAPersonHearsTheMessageThatWasLeftForThem has a client leave a message, and the person call in and hear it.
func TestAPersonHearsTheMessageThatWasLeftForThem(t *testing.T) {
	t.Parallel()
	company, person := away(t, "")
	client := newTraveller(t, clientHz)
	r := takeTheRoad(t, housetest.Setup{Company: company})
	r.setPIN()
	record := r.leaves(client)
	if record.Status != fmc.StatusVoicemail || len(record.Mail) != 1 || record.Mail[0].Employee != "ivanov" {
		t.Errorf("the record is %s: %+v", record.Status, record.Mail)
	}
	mobile := r.calls(person, accessNumber)
	r.dialTone(person)
	person.Press("*97#")
	r.hearing(plan.SayPIN)
	person.Press(pin + "#")
	r.Await("the person hears the message", func() bool { return person.hears(clientHz) })
	mobile.HangUp()
	_ = mobile
}

// TestAMessageIsMailed has a client leave a message for a person, who gets it as a letter with its sound.
func TestAMessageIsMailed(t *testing.T) {
	t.Parallel()
	company, _ := away(t, "")
	client, office := newTraveller(t, clientHz), mailtest.Open(t, mailtest.Options{})
	company = strings.Replace(company, "extension: \"201\",", "extension: \"201\", mail: ivanov@acme.example,", 1)
	r := takeTheRoad(t, housetest.Setup{Company: company, Extra: office.Machine()})
	r.leaves(client)
	r.Await("the letter", func() bool { return len(office.Letters()) > 0 })
	letter := office.Letters()[0]
	if !contains(letter.Header.Get("To"), "ivanov@acme.example") || !contains(letter.Subject+letter.Text, client.number[2:5]) {
		t.Errorf("the letter is to %s about %q: %q", letter.Header.Get("To"), letter.Subject, letter.Text)
	}
	file := filepath.Join(t.TempDir(), "message.wav")
	if err := os.WriteFile(file, letter.Sound, 0o600); err != nil {
		t.Fatal(err)
	}
	housetest.Opens(t, file)
	if level := housetest.LoudestPCM(housetest.ReadMono(t, file), clientHz); level < heardNow {
		t.Errorf("%.0f of the client is in the letter", level)
	}
}

// TestAPersonSaysTheirGreetingByPhoneAndClientsHearIt has a person record a prompt, which a client then hears before they
// leave a message, after a restart as well.
func TestAPersonSaysTheirGreetingByPhoneAndClientsHearIt(t *testing.T) {
	t.Parallel()
	company, person := away(t, "")
	company = strings.Replace(company, "extension: \"201\",", "extension: \"201\", voicemail: {greetings: [{say: recorded/201/1}]},", 1)
	client := newTraveller(t, clientHz)
	r := takeTheRoad(t, housetest.Setup{Company: company})
	r.setPIN()
	mobile := r.calls(person, accessNumber)
	r.dialTone(person)
	person.Press("*981#")
	r.hearing(plan.SayPIN)
	person.Press(pin + "#")
	r.recording()
	talkFor(t, 2*time.Second)
	person.Press("#")
	talkFor(t, 500*time.Millisecond)
	mobile.HangUp()
	r.Await("it is a file", func() bool {
		files, err := filepath.Glob(filepath.Join(r.Data, "prompts", "acme", "*.wav"))
		return err == nil && len(files) == 1
	})
	for range 2 {
		caller := r.calls(client, accessNumber)
		r.Await("the client hears what the person said", func() bool { return client.hears(mobileHz) })
		caller.HangUp()
		client = newTraveller(t, clientHz)
		r.Close()
		r.Open()
	}
}

// missed waits until so many tasks about a client are open.
func (r *road) missed(client traveller, count int) {
	r.t.Helper()
	r.Await("open tasks", func() bool {
		tasks, err := r.House.Store().For("acme").Missed(r.t.Context(), store.MissedFilter{Client: client.number, State: store.MissedOpen})
		return err == nil && len(tasks) == count
	})
}
