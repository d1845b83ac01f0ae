package house_test

import (
	"testing"
	"time"

	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc/call"
)

// TestTheRehearsalOfACallThroughSaysWhatHappens rehearses what a person does who calls through, has them do it, and compares.
func TestTheRehearsalOfACallThroughSaysWhatHappens(t *testing.T) {
	t.Parallel()
	person, client := newTraveller(t, mobileHz), newTraveller(t, clientHz)
	r := takeTheRoad(t, housetest.Setup{Company: roadCompany(noPIN, person)})
	it := &lone{
		id: "acme", supposed: call.Supposed{From: person.number, To: accessNumber},
		script: call.Script{
			Caller:  call.Caller{Keys: []call.Keys{{After: keyingTakes, Keys: client.keys()}}, Talked: 2 * time.Second},
			Outside: map[string]call.Behaviour{client.number: {Alerts: at1stRing, Answers: 300 * time.Millisecond}},
		},
	}
	said := it.rehearse(r.Town)
	mobile := r.calls(person, accessNumber)
	r.dialTone(person)
	person.Press(client.keys())
	r.hearEachOther(person, client)
	talkFor(t, 2*time.Second)
	mobile.HangUp()
	live := r.Records("acme", 1)[0]
	equal(t, "status", said.Record.Status, live.Status)
	equal(t, "direction", said.Record.Opened.Direction, live.Opened.Direction)
	equal(t, "who talked", said.Record.Who, live.Who)
	equal(t, "recording", said.Record.Recording.State, live.Recording.State)
	equal(t, "notices", len(said.Record.Recording.Notices), len(live.Recording.Notices))
	equal(t, "legs", len(said.Record.Legs), len(live.Legs))
	for i, l := range said.Record.Legs {
		equal(t, "role of a leg", l.Role, live.Legs[i].Role)
		equal(t, "number of a leg", l.Number.E164, live.Legs[i].Number.E164)
		equal(t, "what is shown", l.Shown.From.E164, live.Legs[i].Shown.From.E164)
	}
	if equal(t, "spans", len(said.Record.Recording.Spans), len(live.Recording.Spans)); !t.Failed() {
		for i, s := range said.Record.Recording.Spans {
			equal(t, "a span", s.Kind, live.Recording.Spans[i].Kind)
		}
	}
	near(t, "the talk, after the client's answer", said.Record.Times.Answered-said.Record.Legs[1].Up, live.Times.Answered-live.Legs[1].Up)
}

// keyingTakes is how long a person's telephone takes to send a number's keys.
const keyingTakes = 2 * time.Second
