package gsmgw_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/gsmgw"
	"roadline/hardware/modem"
)

// fakeBox is a gateway's line: a modem that takes and gives whole texts.
type fakeBox struct {
	*fakeModem
	texts  []string
	textIs []error // of the next texts
	kept   []string
	slow   time.Duration // how long the network takes with a text
}

func (b *fakeBox) SendText(ctx context.Context, to, text string) (byte, error) {
	select {
	case <-time.After(b.slow):
	case <-ctx.Done():
	}
	defer b.do("send text")()
	b.texts = append(b.texts, to+": "+text)
	if len(b.textIs) > 0 {
		err := b.textIs[0]
		b.textIs = b.textIs[1:]
		return 0, err
	}
	return 7, nil
}

func (b *fakeBox) Kept(_ context.Context, token string) error {
	defer b.do("kept")()
	b.kept = append(b.kept, token)
	return nil
}

// startBox runs a gateway whose one line is a gateway's.
func startBox(t *testing.T, do func(*bench, *fakeBox)) {
	t.Helper()
	box := &fakeBox{fakeModem: newModem(cardA)}
	startWith(t, func(b *bench) {
		b.options.Find = func() []gsmgw.Port {
			return []gsmgw.Port{{Name: "gw:office:1", Open: func(ctx context.Context) (modem.Modem, error) {
				if _, err := box.open(ctx); err != nil {
					return nil, err
				}
				return box, nil
			}}}
		}
	}, func(b *bench) { do(b, box) }, box.fakeModem)
}

var long = strings.Repeat("long ", 40)

func TestAGatewayIsGivenAWholeTextAndAllItsPartsPassTogether(t *testing.T) {
	startBox(t, func(b *bench, box *fakeBox) {
		order := uses(b, box.fakeModem, "send text", "send")
		out := send(b, "+79161234567", long)
		b.pass(time.Second)
		want := []string{"message_accepted", "message_tried", "message_tried", "send text", "message_passed", "message_passed", "message_settled"}
		if !slices.Equal(*order, want) || out.Parts != 2 || box.texts[0] != "+79161234567: "+long {
			t.Errorf("%d parts: %q, sent %q", out.Parts, *order, box.texts)
		}
		r := fmc.FoldMessage(b.log.messages())
		if r.State != fmc.MessageSent || r.Parts[0].Reference != 7 || r.Parts[1].Reference != 7 || !r.Parts[0].Passed.Equal(r.Parts[1].Passed) {
			t.Errorf("it is %+v", r)
		}
		if n := b.line(cardA).SIM.Used.Messages; n != 2 {
			t.Errorf("%d parts are counted", n)
		}
	})
}

func TestInvariant10ATextThatAGatewayMayHaveSentIsNotSentAgain(t *testing.T) {
	startBox(t, func(b *bench, box *fakeBox) {
		box.set(func() { box.textIs = []error{&modem.SendError{Uncertain: true, Err: errors.New("no answer")}} })
		send(b, "+79161234567", long)
		b.pass(time.Hour)
		if r := fmc.FoldMessage(b.log.messages()); r.State != fmc.MessageUncertain || len(box.texts) != 1 {
			t.Errorf("it is %s, and was sent %d times: %v", r.State, len(box.texts), r.Cause)
		}
	})
}

func TestATextThatAGatewayRefusedForNowIsTriedAgain(t *testing.T) {
	startBox(t, func(b *bench, box *fakeBox) {
		box.set(func() { box.textIs = []error{&modem.SendError{CMS: 42, Err: errors.New("congestion")}} })
		send(b, "+79161234567", long)
		b.pass(time.Hour)
		if r := fmc.FoldMessage(b.log.messages()); r.State != fmc.MessageSent || len(box.texts) != 2 || r.Parts[1].Tries != 2 {
			t.Errorf("it is %s, and was sent %d times: %+v", r.State, len(box.texts), r.Parts)
		}
	})
}

func TestATextThatAGatewayRefusesForGoodFails(t *testing.T) {
	startBox(t, func(b *bench, box *fakeBox) {
		box.set(func() { box.textIs = []error{cause.Errorf(cause.Invalid, "no such number")} })
		send(b, "+79161234567", long)
		b.pass(time.Hour)
		r := fmc.FoldMessage(b.log.messages())
		if r.State != fmc.MessageFailed || len(box.texts) != 1 || r.Cause == nil || !strings.Contains(r.Cause.Text, "The text was not taken") {
			t.Errorf("it is %s, and was sent %d times: %v", r.State, len(box.texts), r.Cause)
		}
	})
}

func TestInvariant10WhatAGatewayGivesOutIsKeptBeforeItMayForgetIt(t *testing.T) {
	startBox(t, func(b *bench, box *fakeBox) {
		order := uses(b, box.fakeModem, "kept")
		b.log.fail(errors.New("the disk is full"))
		of := modem.Of{Card: string(cardA)}
		text := modem.TextCame{Of: of, Token: "RECEIVE 5", From: "+79161234567", Text: "hello"}
		box.say(text)
		b.pass(time.Minute)
		if len(box.kept) > 0 {
			t.Fatal("it may forget what nobody has")
		}
		b.log.fail(nil)
		b.pass(6 * time.Minute) // the next sweep
		box.say(text)           // told again: it did not hear us
		box.say(modem.TextReported{Of: of, To: "+79161234567", Reference: 7, Status: 0}, modem.TextReported{Of: of, To: "+79161234567", Reference: 7, Status: 0})
		b.pass(time.Second)
		want := []string{"message_came", "kept", "message_came", "kept", "message_reported", "message_reported"}
		if !slices.Equal(*order, want) {
			t.Fatalf("%q, not %q", *order, want)
		}
		all := b.log.messages()
		first, again := all[0].Body.(fmc.MessageCame), all[1].Body.(fmc.MessageCame)
		if first.Key != again.Key || first.Text != "hello" || first.SIM != cardA || first.Number.E164 != "+79031112233" {
			t.Errorf("it came as %+v, and again as %+v", first, again)
		}
		one, two := all[2].Body.(fmc.MessageReported), all[3].Body.(fmc.MessageReported)
		if one.Key == "" || one.Reference != 7 || one.To != "+79161234567" || two.SIM != cardA {
			t.Errorf("the reports are %+v and %+v", one, two)
		}
	})
}

// TestATextIsOfTheCardThatItCameToWhicheverIsIn: two companies' cards are in the same port, one after the other.
func TestATextIsOfTheCardThatItCameToWhicheverIsIn(t *testing.T) {
	startBox(t, func(b *bench, box *fakeBox) {
		b.pass(time.Second)
		box.set(func() { box.sim.State = modem.SIMAbsent })
		box.say(modem.SIMIs{State: modem.SIMAbsent})
		ofA := modem.TextCame{Of: modem.Of{Card: string(cardA)}, Token: "1", From: "+79161234567", Text: "for the first"}
		nobodys := modem.TextCame{Of: modem.Of{Card: "8970101000000000034"}, Token: "2", From: "+79161234567", Text: "for nobody"}
		box.say(nobodys, modem.TextCame{Token: "3", From: "+79161234567", Text: "of no card"})
		box.set(func() {
			box.sim = modem.SIM{State: modem.SIMReady, ICCID: string(cardB), IMSI: "250990000000002", Attempts: 3}
		})
		box.say(modem.SIMIs{State: modem.SIMReady})
		b.pass(time.Second)
		ofB := modem.TextCame{Of: modem.Of{IMSI: "250990000000002"}, Token: "4", From: "+79161234567", Text: "for the second"}
		box.say(ofA, ofB)
		b.pass(time.Hour) // with its sweeps
		got := map[string]fmc.ICCID{}
		for _, f := range b.log.messages() {
			came := f.Body.(fmc.MessageCame)
			got[came.Text] = came.SIM
		}
		if len(got) != 2 || got["for the first"] != cardA || got["for the second"] != cardB || !slices.Equal(box.kept, []string{"2", "3", "1", "4"}) || len(b.g.Unclaimed()) != 2 {
			t.Errorf("filed is %v, acknowledged %q, set aside %v", got, box.kept, b.g.Unclaimed())
		}
	})
}

func TestWhileATextIsOnItsWayCallsGoOn(t *testing.T) {
	startBox(t, func(b *bench, box *fakeBox) {
		box.set(func() { box.slow = 2 * time.Minute })
		send(b, "+79161234567", "hello")
		b.pass(time.Second)
		box.say(modem.Ringing{Number: "+79120000001"})
		b.calls.last.Answer()
		b.pass(time.Second)
		if box.answered != 1 || len(box.texts) > 0 {
			t.Errorf("answered %d times, sent %q", box.answered, box.texts)
		}
		b.pass(5 * time.Minute)
		if len(box.texts) != 1 {
			t.Errorf("sent %q", box.texts)
		}
	})
}

func TestAPartThatAProgramCutIsNotGivenToAGatewayAsAWholeText(t *testing.T) {
	startBox(t, func(b *bench, box *fakeBox) {
		order := fmc.MessageOrder{To: "+79161234567", Text: "the first hal", By: "program"}
		order.Part.Ref, order.Part.Part, order.Part.Parts = 7, 1, 2
		if _, _, err := b.g.Begin(b.company, order, time.Time{}); cause.KindOf(err) != cause.Unsupported {
			t.Errorf("it is refused by %v", err)
		}
		box.set(func() { box.noOpen = errors.New("the box is away") })
		box.lose(errors.New("the box is away"))
		b.pass(time.Second)
		_, goOn, err := b.g.Begin(b.company, order, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		goOn(true)
		box.set(func() { box.noOpen = nil })
		b.pass(time.Minute)
		r := fmc.FoldMessage(b.log.messages())
		if r.State != fmc.MessageFailed || len(box.texts) > 0 || r.Cause == nil || !strings.Contains(r.Cause.Text, "send the text whole") {
			t.Errorf("it is %s: %v, sent %q", r.State, r.Cause, box.texts)
		}
	})
}
