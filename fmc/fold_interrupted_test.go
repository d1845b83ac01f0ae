package fmc_test

import (
	"testing"
	"time"

	"roadline/fmc"
)

func TestAnInterruptedCallTalkedAsLongAsItsTapeGoes(t *testing.T) {
	a, b := fmc.LegID{Call: "c1", N: 1}, fmc.LegID{Call: "c1", N: 2}
	gap := fmc.RecordingSpan{Kind: fmc.SpanGap, From: 20 * time.Second, To: 21 * time.Second}
	kept := fmc.Kept{File: "c1.wav", Opened: 2 * time.Second, Length: 58 * time.Second, Gaps: []fmc.RecordingSpan{gap}, Salvage: true}
	var facts []fmc.Fact
	for _, x := range []struct {
		at   time.Duration
		body fmc.Happening
	}{
		{0, fmc.Opened{Direction: fmc.Inbound}},
		{time.Second, fmc.LegBegan{Leg: a, Offered: true}},
		{3 * time.Second, fmc.LegBegan{Leg: b, Role: fmc.Worker, Employee: "ivanov"}},
		{10 * time.Second, fmc.Talking{Talks: []fmc.Conversation{{Legs: []fmc.LegID{a, b}, Tape: true}}}},
		{10 * time.Second, fmc.Closed{Interrupted: true}}, // by the next start, which knows the last fact only
		{time.Minute, kept},
		{time.Minute, kept}, // killed again before the tape was removed
	} {
		facts = append(facts, fmc.Fact{Company: "acme", Call: "c1", At: x.at, Body: x.body})
	}
	r := fmc.Fold(facts)
	if r.Times.Talked != 50*time.Second || r.Times.Ended != time.Minute || r.Status != fmc.StatusAnswered {
		t.Errorf("%+v, %s", r.Times, r.Status)
	}
	if s := r.Recording.Spans; len(s) != 2 || s[0].Kind != fmc.SpanTalk || s[0].To != time.Minute || s[1] != gap {
		t.Errorf("spans %+v", s)
	}
}
