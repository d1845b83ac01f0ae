package gsmgw_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/hardware/modem"
)

// hello is "hello" of +491511123456, as gammu and smstools read it too.
const hello = "07919471170600F0040C9194511121436500006201222130438005E8329BFD06"

func stored(t *testing.T, index int, pdu string) modem.Stored {
	t.Helper()
	b, err := hex.DecodeString(pdu)
	if err != nil {
		t.Fatal(err)
	}
	return modem.Stored{Place: modem.Place{Storage: "SM", Index: index}, PDU: b}
}

// uses notes what a module is asked, and what is written, in one order.
func uses(b *bench, m *fakeModem, only ...string) *[]string {
	var mu sync.Mutex
	var order []string
	add := func(what string) {
		mu.Lock()
		defer mu.Unlock()
		order = append(order, what)
	}
	m.set(func() {
		m.beforeUse = func(what string) {
			if slices.Contains(only, what) {
				add(what)
			}
		}
	})
	b.log.watch(func(f fmc.Fact) {
		if f.Message != "" {
			add(f.Kind())
		}
	})
	return &order
}

func TestInvariant10AMessageIsKeptBeforeItIsDeleted(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		order := uses(b, m, "read", "delete")
		m.set(func() { m.room = []modem.Stored{stored(t, 7, hello)} })
		m.say(modem.Arrived{Place: modem.Place{Storage: "SM", Index: 7}})
		if want := []string{"read", "message_came", "read", "delete"}; !slices.Equal(*order, want) {
			t.Errorf("%q, not %q", *order, want)
		}
		came := b.log.messages()[0].Body.(fmc.MessageCame)
		if came.From != "+491511123456" || came.Text != "hello" || came.SIM != cardA || came.Number.E164 != "+79031112233" {
			t.Errorf("it came as %+v", came)
		}
	}, m)
}

func TestInvariant10WhatIsNotKeptStaysOnTheCard(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		b.log.fail(errors.New("the disk is full"))
		m.set(func() { m.room = []modem.Stored{stored(t, 7, hello)} })
		m.say(modem.Arrived{Place: modem.Place{Storage: "SM", Index: 7}})
		b.pass(time.Minute)
		if len(m.deleted) > 0 {
			t.Fatal("it was deleted")
		}
		b.log.fail(nil)
		b.pass(time.Minute)
		if len(m.deleted) != 1 || !slices.Equal(b.log.kinds(), []string{"message_came"}) {
			t.Errorf("deleted %v, kept %q", m.deleted, b.log.kinds())
		}
	}, m)
}

func TestInvariant10WhatIsNotStoredIsAcknowledgedOnceItIsKept(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		order := uses(b, m, "acknowledge")
		given := modem.Delivered{PDU: stored(t, 0, hello).PDU, Owed: true}
		b.log.fail(errors.New("the disk is full"))
		m.say(given)
		b.pass(time.Minute)
		if len(*order) > 0 {
			t.Fatalf("%q though nothing was kept", *order)
		}
		b.log.fail(nil)
		m.say(given) // the network delivers it again
		b.pass(time.Second)
		given.Owed = false
		m.say(given)
		b.pass(time.Second)
		if want := []string{"message_came", "acknowledge", "message_came"}; !slices.Equal(*order, want) {
			t.Errorf("%q, not %q", *order, want)
		}
	}, m)
}

// TestInvariant10AnotherCardsMessageIsNotDeleted: the card is changed for another between the reading of its places and
// their deletion.
func TestInvariant10AnotherCardsMessageIsNotDeleted(t *testing.T) {
	m := newModem(cardA)
	m.room = []modem.Stored{stored(t, 1, hello)}
	other := stored(t, 1, statusReport)
	start(t, func(b *bench) {
		b.pass(time.Minute) // the first sweep is over
		m.set(func() { m.room = []modem.Stored{stored(t, 1, hello)} })
		b.log.watch(func(fmc.Fact) { m.set(func() { m.room = []modem.Stored{other} }) })
		m.say(modem.Arrived{Place: modem.Place{Storage: "SM", Index: -1}})
		b.pass(time.Second)
		m.set(func() {
			if len(m.room) != 1 || !bytes.Equal(m.room[0].PDU, other.PDU) {
				t.Errorf("on the new card lies %v", m.room)
			}
		})
	}, m)
}

func TestTheStoragesAreSweptAtTheStartAndAgain(t *testing.T) {
	m := newModem(cardA)
	m.room = []modem.Stored{stored(t, 1, hello), stored(t, 2, "00"), {Place: modem.Place{Storage: "SM", Index: 3}, PDU: []byte{1}, Sent: true}}
	start(t, func(b *bench) {
		b.pass(time.Second)
		if want := []string{"message_came", "message_came"}; !slices.Equal(b.log.kinds(), want) {
			t.Fatalf("kept %q", b.log.kinds())
		}
		if broken := b.log.messages()[0].Body.(fmc.MessageCame); broken.Broken == "" || broken.PDU != "00" {
			t.Errorf("a PDU that cannot be read came as %+v", broken)
		}
		if len(m.room) != 1 || !m.room[0].Sent {
			t.Errorf("left on the card: %+v", m.room)
		}
		m.set(func() { m.room = append(m.room, stored(t, 4, hello)) })
		b.pass(6 * time.Minute)
		if n := len(b.log.kinds()); n != 3 {
			t.Errorf("%d were kept after the next sweep", n)
		}
	}, m)
}

func TestTheSameMessageReadAgainHasTheSameKey(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		for range 2 {
			m.set(func() { m.room = []modem.Stored{stored(t, 7, hello)} })
			m.say(modem.Arrived{Place: modem.Place{Index: -1}})
		}
		all := b.log.messages()
		if a, again := all[0].Body.(fmc.MessageCame).Key, all[1].Body.(fmc.MessageCame).Key; a != again || a == "" {
			t.Errorf("%q and %q", a, again)
		}
	}, m)
}

// send sends a message by a card of acme.
func (b *bench) send(from, to, text string) (fmc.Message, error) {
	m, goOn, err := b.g.Begin(b.company, fmc.MessageOrder{From: from, To: to, Text: text, By: "ivanov"}, time.Time{})
	if err != nil {
		return m, err
	}
	err = b.options.Journal.Sync(b.t.Context())
	goOn(err == nil)
	return m, err
}

func send(b *bench, to, text string) fmc.Message {
	b.t.Helper()
	m, err := b.send(string(cardA), to, text)
	if err != nil {
		b.t.Fatal(err)
	}
	return m
}

func TestAMessageIsNotedBeforeTheModuleHasIt(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		order := uses(b, m, "send")
		out := send(b, "+79161234567", strings.Repeat("long ", 40))
		b.pass(time.Second)
		want := []string{
			"message_accepted", "message_tried", "send", "message_passed", "message_tried", "send", "message_passed", "message_settled",
		}
		if !slices.Equal(*order, want) || out.Parts != 2 {
			t.Errorf("%d parts: %q", out.Parts, *order)
		}
		r := fmc.FoldMessage(b.log.messages())
		if r.State != fmc.MessageSent || r.Parts[0].Reference != 1 || r.Parts[1].Reference != 2 {
			t.Errorf("it is %+v", r)
		}
		if n := b.line(cardA).SIM.Used.Messages; n != 2 {
			t.Errorf("%d parts are counted", n)
		}
	}, m)
}

func TestARefusalForNowIsTriedAgainAndOneForGoodIsNot(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		m.set(func() { m.sendIs = []error{&modem.SendError{CMS: 42, Err: errors.New("+CMS ERROR: 42")}} })
		send(b, "+79161234567", "hello")
		b.pass(29 * time.Second)
		if len(m.sent) > 0 {
			t.Fatal("it was tried too early")
		}
		b.pass(2 * time.Second)
		if len(m.sent) != 1 {
			t.Fatalf("sent %d times", len(m.sent))
		}
		m.set(func() { m.sendIs = []error{&modem.SendError{CMS: 28, Err: errors.New("+CMS ERROR: 28")}} })
		send(b, "+79161234567", "to nobody")
		b.pass(time.Hour)
		last := b.log.messages()
		if s := last[len(last)-1].Body.(fmc.MessageSettled); s.State != fmc.MessageFailed || len(m.sent) != 1 {
			t.Errorf("it is %s, sent %d", s.State, len(m.sent))
		}
	}, m)
}

func TestInvariant10WhatMayHaveGoneOutIsNeverSentAgain(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		m.set(func() { m.sendIs = []error{&modem.SendError{Uncertain: true, Err: errors.New("no answer")}} })
		send(b, "+79161234567", strings.Repeat("long ", 40))
		b.pass(time.Hour)
		last := b.log.messages()
		if s := last[len(last)-1].Body.(fmc.MessageSettled); s.State != fmc.MessageUncertain || len(m.sent) > 0 {
			t.Errorf("it is %s, sent %d", s.State, len(m.sent))
		}
	}, m)
}

func TestMessagesToOnePeerGoInOrderAndHoldBackNoOther(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		m.set(func() { m.sendIs = []error{&modem.SendError{CMS: 42, Err: errors.New("+CMS ERROR: 42")}} })
		first := send(b, "+79161234567", "one")
		second := send(b, "+79161234567", "two")
		other := send(b, "+79167654321", "three")
		b.pass(time.Minute)
		var passed []fmc.MessageID
		for _, f := range b.log.messages() {
			if f.Kind() == "message_passed" {
				passed = append(passed, f.Message)
			}
		}
		if want := []fmc.MessageID{other.ID, first.ID, second.ID}; !slices.Equal(passed, want) {
			t.Errorf("%q, not %q", passed, want)
		}
	}, m)
}

func TestAMessageThatCannotGoInTimeExpires(t *testing.T) {
	m := newModem(cardA)
	m.radio.Registration, m.radio.Voice = modem.Searching, false
	start(t, func(b *bench) {
		send(b, "+79161234567", "hello")
		b.pass(25 * time.Hour)
		m.say(modem.RadioIs{Radio: modem.Radio{Registration: modem.Home, Voice: true}})
		b.pass(time.Second)
		last := b.log.messages()
		if s := last[len(last)-1].Body.(fmc.MessageSettled); s.State != fmc.MessageExpired || len(m.sent) > 0 {
			t.Errorf("it is %s, sent %d", s.State, len(m.sent))
		}
	}, m)
}

func TestARestartGoesOnWhereTheMessagesStood(t *testing.T) {
	fact := func(id fmc.MessageID, body fmc.Happening) fmc.Fact {
		return fmc.Fact{Company: "acme", Message: id, Body: body}
	}
	accepted := fmc.MessageAccepted{SIM: cardA, To: callerid.Received("+79161234567", "RU"), Until: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), PDUs: []string{"01", "02"}}
	left := [][]fmc.Fact{
		{fact("waiting", accepted)},
		{fact("half", accepted), fact("half", fmc.MessageTried{Part: 1}), fact("half", fmc.MessagePassed{Part: 1})},
		{fact("tried", accepted), fact("tried", fmc.MessageTried{Part: 1})},
	}
	again := newModem(cardA)
	again.noOpen = cause.Errorf(cause.NotFound, "not yet")
	start(t, func(b *bench) {
		var records []fmc.MessageRecord
		for _, facts := range left {
			records = append(records, fmc.FoldMessage(facts))
		}
		b.g.Restore(records)
		again.set(func() { again.noOpen = nil })
		b.pass(time.Minute)
		var sent []string
		for _, p := range again.sent {
			sent = append(sent, hex.EncodeToString(p))
		}
		if want := []string{"01", "02", "02"}; !slices.Equal(sent, want) {
			t.Errorf("sent %q, not %q", sent, want)
		}
		states := map[fmc.MessageID]fmc.MessageState{}
		for _, f := range b.log.messages() {
			if s, ok := f.Body.(fmc.MessageSettled); ok {
				states[f.Message] = s.State
			}
		}
		if states["waiting"] != fmc.MessageSent || states["half"] != fmc.MessageSent || states["tried"] != fmc.MessageUncertain {
			t.Errorf("they are %v", states)
		}
	}, again)
}

func TestWhatMayNotBeSentIsRefusedWithTheReason(t *testing.T) {
	m := newModem(cardA)
	startWith(t, func(b *bench) { b.company.SIMs[0].Limits.Messages = 1 }, func(b *bench) {
		for _, c := range []struct {
			from, to, text string
			kind           cause.Kind
		}{
			{string(cardA), "112", "help", cause.Denied},
			{string(cardA), "+4915112345678", "abroad", cause.Denied},
			{string(cardA), "nobody", "x", cause.Invalid},
			{string(cardA), "+79161234567", "", cause.Invalid},
			{"8970101000000000034", "+79161234567", "x", cause.NotFound},
			{string(cardA), "+79161234567", strings.Repeat("long ", 40), cause.Denied}, // two parts, one a day
		} {
			if _, err := b.send(c.from, c.to, c.text); cause.KindOf(err) != c.kind {
				t.Errorf("to %q: %v, not of kind %v", c.to, err, c.kind)
			}
		}
		if len(b.log.kinds()) > 0 {
			t.Errorf("kept %q", b.log.kinds())
		}
	}, m)
}

func TestAQuestionByUSSDIsAnswered(t *testing.T) {
	m := newModem(cardA)
	m.ussd["*100#"] = modem.USSD{Text: "1: balance 2: package", Open: true, Mode: 1}
	m.ussd["1"] = modem.USSD{Text: "Balance 10.50"}
	start(t, func(b *bench) {
		for _, ask := range []string{"*100#", "1"} {
			got, err := b.g.Ask(b.t.Context(), "acme", cardA.Line(), ask)
			if err != nil || got.Text != m.ussd[ask].Text || got.Open != m.ussd[ask].Open {
				t.Errorf("%s: %+v, %v", ask, got, err)
			}
		}
		b.dial(cardA)
		if _, err := b.g.Ask(b.t.Context(), "acme", cardA.Line(), "*100#"); cause.KindOf(err) != cause.NoRoom {
			t.Errorf("in a call: %v", err)
		}
	}, m)
}

func TestAPartOfWhichNobodyKnowsCountsAsUsed(t *testing.T) {
	m := newModem(cardA)
	startWith(t, func(b *bench) { b.company.SIMs[0].Limits.Messages = 2 }, func(b *bench) {
		m.set(func() { m.sendIs = []error{&modem.SendError{Uncertain: true, Err: errors.New("no answer")}} })
		send(b, "+79161234567", "hello")
		b.pass(time.Minute)
		if n := b.line(cardA).SIM.Used.Messages; n != 1 {
			t.Errorf("%d parts are counted", n)
		}
		if _, err := b.send(string(cardA), "+79161234567", strings.Repeat("long ", 40)); cause.KindOf(err) != cause.Denied {
			t.Errorf("two parts, one is left: %v", err)
		}
		send(b, "+79161234567", "again")
		b.pass(time.Minute)
		if n := b.line(cardA).SIM.Used.Messages; n != 2 {
			t.Errorf("%d parts are counted", n)
		}
	}, m)
}

func TestSoMuchWaitsForACardAndNoMore(t *testing.T) {
	m := newModem(cardA)
	m.radio.Registration = modem.Searching
	start(t, func(b *bench) {
		text := strings.Repeat("long ", 290) // ten parts
		for range 1000 {
			send(b, "+79161234567", text)
		}
		_, err := b.send(string(cardA), "+79161234567", "one more")
		if cause.KindOf(err) != cause.NoRoom || !strings.Contains(err.Error(), "10000 parts wait") {
			t.Errorf("one more: %v", err)
		}
		b.pass(25 * time.Hour) // they expired
		send(b, "+79161234567", "later")
	}, m)
}

// TestAMessageThatCameWhileTheCardWasChangedIsFiledToNone: a module tells it between one card and the next.
func TestAMessageThatCameWhileTheCardWasChangedIsFiledToNone(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		b.pass(time.Second)
		m.set(func() { m.sim.State = modem.SIMAbsent })
		m.say(modem.SIMIs{State: modem.SIMAbsent}, modem.Delivered{PDU: stored(t, 0, hello).PDU, Owed: true})
		m.set(func() { m.sim = modem.SIM{State: modem.SIMReady, ICCID: string(cardB), Attempts: 3} })
		m.say(modem.SIMIs{State: modem.SIMReady})
		b.pass(time.Hour)
		if all := b.log.messages(); len(all) > 0 {
			t.Errorf("filed is %+v", all[0])
		}
		m.say(modem.Delivered{PDU: stored(t, 0, hello).PDU, Owed: true})
		b.pass(time.Second)
		if all := b.log.messages(); len(all) != 1 || all[0].Body.(fmc.MessageCame).SIM != cardB {
			t.Errorf("filed is %+v", all)
		}
	}, m)
}

// A card is slow after a reset: what comes meanwhile is no other's, whatever is looked for before it says which it is.
func TestAMessageThatCameBeforeTheCardSaidWhichItIsWaitsForThat(t *testing.T) {
	m := newModem(cardA)
	m.sim = modem.SIM{State: modem.SIMBusy, Attempts: -1}
	start(t, func(b *bench) {
		order := uses(b, m, "acknowledge")
		b.pass(time.Second)
		m.say(modem.Delivered{PDU: stored(t, 0, hello).PDU, Owed: true}, modem.Arrived{Place: modem.Place{Storage: "SM", Index: 1}})
		b.pass(3 * time.Second)
		m.set(func() { m.sim = modem.SIM{State: modem.SIMReady, ICCID: string(cardA), Attempts: 3} })
		b.pass(time.Minute)
		if all := b.log.messages(); len(all) != 1 || all[0].Body.(fmc.MessageCame).SIM != cardA || !slices.Contains(*order, "acknowledge") {
			t.Errorf("filed is %+v, the order %q", all, *order)
		}
	}, m)
}
