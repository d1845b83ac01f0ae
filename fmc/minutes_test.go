package fmc_test

import (
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
)

// conference is the facts of a client, two persons who talk with them, a pause, and one who comes back.
func conference() []fmc.Fact {
	began := time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)
	client, ivanov, petrov := fmc.LegID{Call: "c1", N: 1}, fmc.LegID{Call: "c1", N: 2}, fmc.LegID{Call: "c1", N: 3}
	talking := func(tape bool, legs ...fmc.LegID) fmc.Talking {
		return fmc.Talking{Talks: []fmc.Conversation{{Legs: legs, Tape: tape}}}
	}
	var facts []fmc.Fact
	for _, x := range []struct {
		at   time.Duration
		body fmc.Happening
	}{
		{0, fmc.Opened{Direction: fmc.Inbound, Began: began}},
		{0, fmc.LegBegan{Leg: client, Offered: true, Role: fmc.Client, Number: callerid.Number{E164: "+79161234567"}}},
		{1, fmc.LegBegan{Leg: ivanov, Role: fmc.Worker, Employee: "ivanov", Number: callerid.Number{E164: "+79160000001"}}},
		{5, fmc.Announced{Leg: client, From: 2 * time.Second}},
		{6, talking(true, client, ivanov)},
		{60, fmc.LegBegan{Leg: petrov, Role: fmc.Worker, Employee: "petrov"}},
		{70, talking(true, client, ivanov, petrov)},
		{80, fmc.Marked{By: "ivanov"}},
		{90, fmc.TapePaused{Paused: true, By: "ivanov", Why: "a card number"}},
		{90, talking(false, client, ivanov, petrov)},
		{100, fmc.TapePaused{}},
		{100, talking(true, client, ivanov, petrov)},
		{120, talking(true, client, ivanov)},
		{120, fmc.LegHeld{Leg: petrov, Held: true}},
		{130, fmc.LegHeld{Leg: petrov}},
		{130, talking(true, client, ivanov, petrov)},
		{130, talking(true, client, petrov)}, // of no length: ivanov had left
		{3725, fmc.Talking{}},
		{3730, fmc.Closed{}},
	} {
		facts = append(facts, fmc.Fact{Company: "acme", Call: "c1", At: x.at * time.Second, Body: x.body})
	}
	return facts
}

func TestMinutesTellWhoWasThereAndWhatHappened(t *testing.T) {
	const want = `Call c1 of acme, began 2026-11-28 10:00:00 UTC, lasted 01:02:10

In conversation
  00:00:06 to 01:02:05  client +79161234567
  00:00:06 to 00:02:10  employee ivanov
  00:01:10 to 00:02:00  employee petrov
  00:02:10 to 01:02:05  employee petrov

What happened
  00:00:05  the recording notice was heard: client +79161234567
  00:00:06  client +79161234567 joined
  00:00:06  employee ivanov joined
  00:00:06  recorded from here
  00:01:10  employee petrov joined
  00:01:20  marked
  00:01:30  recorded until here
  00:01:30  the recording was paused, by ivanov (a card number)
  00:01:30  not recorded from here
  00:01:40  the recording went on
  00:01:40  recorded from here
  00:02:00  employee petrov left
  00:02:00  on hold: employee petrov
  00:02:10  employee ivanov left
  00:02:10  employee petrov joined
  00:02:10  off hold: employee petrov
  01:02:05  client +79161234567 left
  01:02:05  employee petrov left
  01:02:05  recorded until here
`
	if got := fmc.Minutes(fmc.Fold(conference())); got != want {
		t.Errorf("the minutes are\n%s", got)
	}
}

func TestMinutesOfACallThatGoesOnSayWhoIsThereNow(t *testing.T) {
	facts := conference()
	facts = append(facts[:6], fmc.Fact{Company: "acme", Call: "c1", At: 10 * time.Second, Body: fmc.RefusedTape{Leg: fmc.LegID{Call: "c1", N: 1}, Key: "9"}})
	const want = `Call c1 of acme, began 2026-11-28 10:00:00 UTC

In conversation
  00:00:06 to now       client +79161234567
  00:00:06 to now       employee ivanov

What happened
  00:00:05  the recording notice was heard: client +79161234567
  00:00:06  client +79161234567 joined
  00:00:06  employee ivanov joined
  client +79161234567 refused to be recorded
`
	if got := fmc.Minutes(fmc.Fold(facts)); got != want {
		t.Errorf("the minutes are\n%s", got)
	}
}

func TestAConversationThatAClientRefusedToHaveRecordedSaysSo(t *testing.T) {
	client, person := fmc.LegID{Call: "c1", N: 1}, fmc.LegID{Call: "c1", N: 2}
	var facts []fmc.Fact
	for i, body := range []fmc.Happening{
		fmc.Opened{Direction: fmc.Inbound},
		fmc.LegBegan{Leg: client, Offered: true, Role: fmc.Client},
		fmc.LegBegan{Leg: person, Role: fmc.Worker, Employee: "ivanov"},
		fmc.RefusedTape{Leg: client, Key: "9"},
		fmc.Talking{Talks: []fmc.Conversation{{Legs: []fmc.LegID{client, person}}}},
		fmc.Talking{},
		fmc.Closed{},
	} {
		facts = append(facts, fmc.Fact{Company: "acme", Call: "c1", At: time.Duration(i) * time.Second, Body: body})
	}
	spans := fmc.Fold(facts).Recording.Spans
	if len(spans) != 1 || spans[0].Kind != fmc.SpanOff || spans[0].From != 4*time.Second || spans[0].To != 5*time.Second || spans[0].Why == "" {
		t.Errorf("%+v", spans)
	}
}
