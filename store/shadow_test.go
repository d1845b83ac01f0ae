package store_test

import (
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/store"
)

const otherCard fmc.ICCID = "8970-acme-2"

// tried are the facts of an attempt; end nil: it has none.
func tried(id fmc.ShadowID, at time.Time, end *fmc.ShadowEnded) []fmc.Fact {
	facts := []fmc.Fact{about("acme", "", fmc.ShadowBegan{
		Shadow: id, Night: "2026-11-28", At: at, From: seenCard, To: otherCard, Caller: callerid.Received("+79031112233", "RU"),
		Called: callerid.Received("+79031112244", "RU"), Call: true, Text: true,
	})}
	if end != nil {
		end.Shadow, end.At = id, at.Add(time.Minute)
		facts = append(facts, about("acme", "", *end))
	}
	return facts
}

func TestAttemptsOfCardsAreKeptAndTheFirstEndCounts(t *testing.T) {
	s, a := acme(t)
	heard := &fmc.ShadowSound{Heard: true, Level: -14}
	well := &fmc.ShadowEnded{Call: &fmc.ShadowCall{
		Rang: true, Setup: 2 * time.Second, Up: 3 * time.Second, Talk: 8 * time.Second, Arrived: "+79031112233", There: heard, Back: heard,
	}}
	facts := append(tried("one", noon, well), tried("two", noon.Add(time.Hour), nil)...)
	drainAll(t, s, facts...)
	drainAll(t, s, append(facts, about("acme", "", fmc.ShadowEnded{Shadow: "one", At: noon, Cut: true}), about("acme", "", fmc.ShadowEnded{Shadow: "never", At: noon}))...)
	all, err := a.Shadows(t.Context(), noon)
	if err != nil || len(all) != 2 || all[0].Shadow != "two" || all[0].Ended != nil || all[1].Outcome() != "well" || all[1].Caller.Country != "RU" {
		t.Errorf("%+v, %v", all, err)
	}
	if all, err = a.Shadows(t.Context(), noon.Add(2*time.Hour)); err != nil || len(all) > 0 {
		t.Errorf("later: %+v, %v", all, err)
	}
}

func TestAttemptsCountAsUseOfTheCardAndAsNoCallOfAnybody(t *testing.T) {
	s, a := acme(t)
	talked := &fmc.ShadowEnded{Call: &fmc.ShadowCall{Rang: true, Up: time.Second, Talk: 8 * time.Second}}
	drainAll(t, s, append(tried("one", noon, talked), tried("two", noon.Add(time.Hour), &fmc.ShadowEnded{Call: &fmc.ShadowCall{}})...)...)
	use, err := a.LineUse(t.Context(), noon.Add(-time.Hour), time.UTC)
	if err != nil || len(use) != 1 || use[0].Line != seenCard.Line() || use[0].Calls != 2 || len(use[0].Talks) != 1 || use[0].Talks[0] != 8*time.Second {
		t.Errorf("it was used %+v, %v", use, err)
	}
	if lines, err := a.Calls(t.Context(), store.CallFilter{Merged: true}); err != nil || len(lines) > 0 {
		t.Errorf("the calls are %+v, %v", lines, err)
	}
	if q, err := a.LineQuality(t.Context(), seenCard.Line(), noon.Add(-time.Hour), noon.Add(2*time.Hour)); err != nil || q.Calls > 0 {
		t.Errorf("the line served %+v, %v", q, err)
	}
	if got := typesOf(events(t, s, "acme")); got != "config.published" {
		t.Errorf("outside it was told %s", got)
	}
}

func TestATextOfAnAttemptIsKeptAndListedNowhere(t *testing.T) {
	s, a := acme(t)
	out := outgoing("acme", seenCard, newMessage(), noon, 5, 1)
	accepted, _ := out[0].Body.(fmc.MessageAccepted)
	accepted.Shadow = "one"
	out[0].Body = accepted
	sent, received := out[0].Message, newMessage()
	came := part(1, 0, 0, 0, "Line check ABCD-EFGH")
	came.Shadow = true
	drainAll(t, s, append(out, about("acme", newMessage(), report(noon.Add(time.Minute), client, 5, 0)), about("acme", received, came))...)
	if shown := messages(t, a, store.MessageFilter{}); len(shown) > 0 {
		t.Errorf("in the list: %+v", shown)
	}
	for _, id := range []fmc.MessageID{sent, received} {
		if _, err := a.Message(t.Context(), id); err != nil {
			t.Errorf("by its id: %v", err)
		}
	}
	if thread, err := a.Thread(t.Context(), numberOf("acme"), client); err != nil || len(thread) > 0 {
		t.Errorf("in a conversation: %+v, %v", thread, err)
	}
	if got := typesOf(events(t, s, "acme")); got != "config.published" {
		t.Errorf("outside it was told %s", got)
	}
}
