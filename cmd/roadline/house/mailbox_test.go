package house

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/call"
)

// callOf is a call of the company from a number.
func callOf(id fmc.CallID, from string) call.Call {
	c := call.Call{ID: id, Company: "acme", Began: time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)}
	c.Request.From = callerid.Received(from, "RU")
	c.Tape.State = fmc.TapeReady
	return c
}

func fact(at time.Duration, body fmc.Happening) fmc.Fact { return fmc.Fact{At: at, Body: body} }

// prompts are what a person can hear now.
func prompts(b *mailbox, who fmc.EmployeeID) (ids []fmc.PromptID) {
	for _, m := range b.messages("acme", who) {
		ids = append(ids, m.Prompt)
	}
	return ids
}

func TestAMessageCanBeHeardOnceItsRecordingIsAFileUntilItWasHeard(t *testing.T) {
	b := newMailbox("spool")
	first, second := callOf("first", "+79120000001"), callOf("second", "")
	second.Began = second.Began.Add(-time.Minute) // it began before, and its message came before
	b.watch(first, []fmc.Fact{fact(9*time.Second, fmc.Mailed{Employee: "ivanov", From: 3 * time.Second})})
	b.watch(second, []fmc.Fact{fact(5*time.Second, fmc.Mailed{Employee: "ivanov", From: 2 * time.Second})})
	if got := prompts(b, "ivanov"); len(got) > 0 {
		t.Fatalf("%v can be heard before it is a file", got)
	}
	for _, id := range []fmc.CallID{"first", "second"} {
		if says := b.delivered("acme", id, fmc.Kept{File: string(id) + ".wav", Opened: time.Second}); len(says) > 0 {
			t.Errorf("%v is a prompt", says)
		}
	}
	if got := prompts(b, "ivanov"); !slices.Equal(got, []fmc.PromptID{"message/second/2000", "message/first/3000"}) {
		t.Errorf("%v can be heard", got)
	}
	if got := prompts(b, "petrov"); len(got) > 0 || len(b.messages("other", "ivanov")) > 0 {
		t.Errorf("somebody else hears %v", got)
	}
	x, ok := b.find("acme", "message/first/3000")
	if !ok || x.file != filepath.Join("spool", "first.wav") || x.opened != time.Second || x.to != 9*time.Second || x.From != "+79120000001" {
		t.Errorf("it lies at %+v", x)
	}
	b.watch(first, []fmc.Fact{fact(20*time.Second, fmc.Listened{Employee: "ivanov", Prompt: "message/first/3000"})})
	if got := prompts(b, "ivanov"); !slices.Equal(got, []fmc.PromptID{"message/second/2000"}) {
		t.Errorf("%v is new", got)
	}
	if _, ok := b.find("acme", "message/first/3000"); !ok {
		t.Error("it cannot be heard again")
	}
	if _, ok := b.find("other", "message/first/3000"); ok {
		t.Error("another company hears it")
	}
}

func TestARecordingThatWasDeliveredBeforeWhatWasLeftInItIsRememberedIsFound(t *testing.T) {
	b := newMailbox("spool")
	salvaged := fmc.Kept{File: "first.wav", Opened: time.Second}
	b.delivered("acme", "first", salvaged)
	if kept, ok := b.deliveredAhead("acme", "first"); !ok || kept.File != salvaged.File || kept.Opened != salvaged.Opened {
		t.Errorf("%+v, %t", kept, ok)
	}
	if kept, ok := b.deliveredAhead("other", "first"); ok {
		t.Errorf("another company has %+v", kept)
	}
	b.remembered()
	b.delivered("acme", "second", salvaged)
	if len(b.ahead) > 0 {
		t.Errorf("%v are kept in mind for nobody", b.ahead)
	}
}

func TestWhatACallWithoutARecordingHeardIsLost(t *testing.T) {
	b := newMailbox("spool")
	c := callOf("first", "+79120000001")
	c.Tape.State = fmc.TapeFailed
	b.watch(c, []fmc.Fact{fact(time.Second, fmc.Mailed{Employee: "ivanov"}), fact(2*time.Second, fmc.Closed{})})
	if n := len(b.left["acme"]); n > 0 {
		t.Errorf("%d are kept", n)
	}
}

func TestAPromptIsNoMessageAndLeavesTheMailboxAsAFile(t *testing.T) {
	b := newMailbox("spool")
	c := callOf("first", "")
	b.watch(c, []fmc.Fact{fact(9*time.Second, fmc.Mailed{Employee: "ivanov", Prompt: "recorded/201/1", From: 3 * time.Second})})
	says := b.delivered("acme", "first", fmc.Kept{File: "first.wav"})
	if len(says) != 1 || says[0].Prompt != "recorded/201/1" || says[0].from != 3*time.Second || len(prompts(b, "ivanov")) > 0 {
		t.Errorf("%+v", says)
	}
	if again := b.delivered("acme", "first", fmc.Kept{File: "first.wav"}); len(again) > 0 {
		t.Errorf("it leaves again: %+v", again)
	}
}

func TestMessagesThatWereHeardAreForgottenInTime(t *testing.T) {
	b := newMailbox("spool")
	c := callOf("first", "+79120000001")
	b.watch(c, []fmc.Fact{
		fact(time.Second, fmc.Mailed{Employee: "ivanov"}), fact(2*time.Second, fmc.Listened{Prompt: fmc.MessagePrompt("first", 0)}),
		fact(2*heardAgain, fmc.Mailed{Employee: "ivanov", From: 2 * heardAgain}),
	})
	if n := len(b.left["acme"]); n != 1 {
		t.Errorf("%d are kept", n)
	}
}
