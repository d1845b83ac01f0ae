package gsmgw_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/gsmgw/shadow"
	"roadline/hardware/modem"
)

// night is long enough for two attempts, whatever goes wrong with them.
const night = 20 * time.Minute

func TestAtNightEachCardCallsAndWritesAndEverythingIsMeasured(t *testing.T) {
	nights(t, nil, func(x *nightly) {
		x.pass(night)
		all := x.records()
		if len(all) != 2 {
			t.Fatalf("%d attempts", len(all))
		}
		for _, r := range all {
			c, text := r.Ended.Call, r.Ended.Text
			if tells(r) != "well: everything arrived" || c == nil || text == nil {
				t.Fatalf("%s: %+v %+v", tells(r), c, text)
			}
			if c.Setup < 2*time.Second || c.Setup > 3*time.Second || c.Up < c.Setup || c.Talk < 6*time.Second || c.Talk > 10*time.Second || c.Arrived != r.Caller.E164 {
				t.Errorf("the call was %+v", c)
			}
			if c.There.Level != -13 || c.There.Lost > 2 || c.Back.Level != -13 || c.Back.Lost > 2 {
				t.Errorf("the sound was %+v there, %+v back", c.There, c.Back)
			}
			if !text.Reported || text.Took < 2*time.Second || text.Took > 3*time.Second {
				t.Errorf("the text was %+v", text)
			}
		}
		if told := x.calls.take(); len(told) > 0 {
			t.Errorf("calls were told %q", told)
		}
		x.pass(3 * time.Hour)
		if n := len(x.records()); n != 2 {
			t.Errorf("%d attempts in one night", n)
		}
		if u := x.line(cardA).SIM.Used; u.Calls != 1 || u.Talk < 6*time.Second || u.Messages != 1 {
			t.Errorf("the card was used %+v", u)
		}
		x.pass(22 * time.Hour)
		if n := len(x.records()); n != 4 {
			t.Errorf("%d attempts in two nights", n)
		}
	})
}

func TestWhatDoesNotArriveIsSaid(t *testing.T) {
	for _, c := range []struct {
		name    string
		faults  airFaults
		verdict string              // on the first card
		of      []fmc.ShadowTrouble // the second
	}{
		{"one-way sound", airFaults{mute: true}, "trouble: nothing is heard from it", nil},
		{"it never rings", airFaults{silent: true}, "trouble: its call never rang at the other card", []fmc.ShadowTrouble{fmc.ShadowNotReached}},
		{"a text is lost", airFaults{lostText: true}, "trouble: its text never came", []fmc.ShadowTrouble{fmc.ShadowTextNotCome}},
		{"a text is late", airFaults{late: 90 * time.Second}, "trouble: its text came late", nil},
		{"half of the frames are lost", airFaults{holes: 3}, "trouble: it is heard badly", []fmc.ShadowTrouble{fmc.ShadowPoorBack}},
		{"another number arrives", airFaults{shows: "+79990000000"}, "trouble: the number that arrives is +79990000000, not the one expected", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			nights(t, func(x *nightly) { x.air.faults = c.faults }, func(x *nightly) {
				x.pass(night)
				r := x.of(cardA)
				if tells(r) != c.verdict || !slices.Equal(r.OfCalled(), c.of) {
					t.Errorf("%s, and %v of the other: %+v %+v", tells(r), r.OfCalled(), r.Ended.Call, r.Ended.Text)
				}
				if told := x.calls.take(); len(told) > 0 {
					t.Errorf("calls were told %q", told)
				}
				if !x.line(cardA).Ready || !x.line(cardB).Ready {
					t.Error("the lines are not free afterwards")
				}
			})
		})
	}
}

func TestAShadowTextIsKeptAndMarkedAndNobodyIsToldOfIt(t *testing.T) {
	nights(t, nil, func(x *nightly) {
		x.pass(night)
		marked := 0
		for _, f := range x.log.messages() {
			switch body := f.Body.(type) {
			case fmc.MessageCame:
				if body.Shadow {
					marked++
				}
			case fmc.MessageAccepted:
				if body.Shadow != "" {
					marked++
				}
			}
		}
		if marked != 4 || len(x.told) > 0 {
			t.Errorf("%d messages are marked, and somebody was told of %q", marked, x.told)
		}
		x.air.b.tell(modem.TextCame{From: "+79120000001", Text: x.of(cardA).Shadow.Text(), Token: "forged", Of: modem.Of{Card: string(cardB)}})
		x.pass(time.Second)
		facts := x.log.messages()
		if came := facts[len(facts)-1].Body.(fmc.MessageCame); came.Shadow || len(x.told) != 1 {
			t.Errorf("a stranger's text is taken for ours: told of %q", x.told)
		}
	})
}

// busyAir has the night's first attempt under way, with both cards in conversation.
func (x *nightly) talking() {
	x.t.Helper()
	x.pass(6 * time.Second)
	if s := x.g.Views()[0]; !s.Shadow {
		x.t.Fatalf("no attempt is under way: %+v", s)
	}
}

func TestAClientsCallOutTakesTheLineOfAnAttempt(t *testing.T) {
	nights(t, nil, func(x *nightly) {
		x.talking()
		if l := x.line(cardA); !l.Ready || l.Free != 1 || !l.SIM.Shadow {
			t.Errorf("the line is %+v", l)
		}
		x.dial(cardA)
		x.pass(2 * time.Second)
		x.want("dialing on 18")
		if last := x.air.a.dialled[len(x.air.a.dialled)-1]; last != "+79161234567" {
			t.Errorf("dialled %q", x.air.a.dialled)
		}
		x.air.a.say(is(modem.CallAlerting), ends(cause.Of(cause.Busy)))
		x.want("alerting on 18", "gone: busy (17)")
		x.pass(10 * time.Second)
		r := x.of(x.records()[0].From)
		if r.Outcome() != "yielded" || r.OfCaller() != nil || r.Ended.Text != nil {
			t.Errorf("%s: %+v", tells(r), r.Ended)
		}
	})
}

func TestAClientWhoCallsACardInAnAttemptIsTaken(t *testing.T) {
	nights(t, nil, func(x *nightly) {
		x.talking()
		client := modem.Call{Index: 2, Incoming: true, State: modem.CallWaiting, Number: "+79120000001"}
		x.air.a.set(func() { x.air.a.calls = append(x.air.a.calls, client) })
		x.air.a.beforeUse = func(what string) {
			if what == "hang up" { // the client rings on
				x.air.a.beforeUse = nil
				go x.air.a.set(func() { x.air.a.calls = []modem.Call{client} })
			}
		}
		x.air.a.say(modem.CallIs{Call: client})
		x.pass(3 * time.Second)
		x.want("offered +79120000001 to +79031112233 by sim:" + string(cardA))
		if r := x.records()[0]; r.Outcome() != "yielded" {
			t.Errorf("%s", tells(r))
		}
	})
}

func TestAStrangersCallWhereAnAttemptIsExpectedIsAnOrdinaryOne(t *testing.T) {
	nights(t, func(x *nightly) { x.air.faults.silent = true }, func(x *nightly) {
		x.pass(time.Second)
		first := x.records()[0]
		line := map[fmc.ICCID]*airLine{cardA: x.air.a, cardB: x.air.b}[first.To]
		line.say(modem.Ringing{Number: "+79120000001"})
		x.pass(10 * time.Second) // the calling card hung up, and the client rings on
		x.want("offered +79120000001 to " + line.number + " by sim:" + string(first.To))
		if r := x.records()[0]; r.Outcome() != "yielded" {
			t.Errorf("%s", tells(r))
		}
	})
}

func TestAStrangerWhoGivesUpMeanwhileHasCalledAllTheSame(t *testing.T) {
	nights(t, func(x *nightly) { x.air.faults.silent = true }, func(x *nightly) {
		x.pass(time.Second)
		first := x.records()[0]
		line := map[fmc.ICCID]*airLine{cardA: x.air.a, cardB: x.air.b}[first.To]
		line.say(modem.Ringing{Number: "+79120000001"}, ends(cause.Of(cause.Hangup)))
		x.pass(10 * time.Second)
		x.want("offered +79120000001 to "+line.number+" by sim:"+string(first.To), "gone: cancelled (16)")
	})
}

func TestTheBudgetOfANightIsKept(t *testing.T) {
	nights(t, func(x *nightly) {
		c := *x.now()
		c.Rules.Shadow.Minutes, c.Rules.Shadow.Messages = 1, 1
		x.applies(&c)
	}, func(x *nightly) {
		x.pass(4 * time.Hour)
		if all := x.records(); len(all) != 1 || all[0].Outcome() != "well" {
			t.Errorf("%d attempts", len(all))
		}
	})
}

func TestWhatACardMaySendADayIsKept(t *testing.T) {
	nights(t, func(x *nightly) {
		c := *x.now()
		c.SIMs = slices.Clone(c.SIMs)
		c.SIMs[0].Limits.Messages = 1
		x.applies(&c)
		if err := x.sends("+79161234567"); err != nil {
			t.Fatal(err)
		}
	}, func(x *nightly) {
		x.pass(night)
		if r := x.of(cardA); r.Text || r.Ended.Text != nil || r.Ended.Call == nil {
			t.Errorf("the card's attempt was %+v", r)
		}
	})
}

// sends has the first card send a text of a person.
func (x *nightly) sends(to string) error {
	_, goOn, err := x.g.Begin(x.now(), fmc.MessageOrder{From: string(cardA), To: to, Text: "hello"}, time.Time{})
	if err == nil {
		goOn(true)
		x.pass(time.Second)
	}
	return err
}

func TestAnAttemptThatAKillCutIsNotRepeatedThatNight(t *testing.T) {
	nights(t, func(x *nightly) { // what an earlier start left
		x.log.mu.Lock()
		defer x.log.mu.Unlock()
		x.log.facts = append(x.log.facts, fmc.Fact{Company: "acme", Body: fmc.ShadowBegan{
			Shadow: "cut", Night: time.Now().UTC().Format(time.DateOnly), At: time.Now().UTC(), From: cardA, To: cardB, Call: true, Text: true,
		}})
	}, func(x *nightly) {
		x.pass(time.Hour)
		all := x.records()
		if len(all) != 2 || tells(all[0]) != "cut: the server stopped meanwhile: it was not finished" || all[1].From != cardB {
			t.Errorf("the attempts are %+v", all)
		}
	})
}

func TestAStopInTheMiddleLeavesTheAttemptCutAndTheLinesFree(t *testing.T) {
	nights(t, nil, func(x *nightly) {
		x.talking()
		x.stop()
		x.pass(3 * time.Second)
		first := x.records()[0]
		if first.Outcome() != "cut" || first.Ended.Text != nil || !x.line(cardA).Ready || !x.line(cardB).Ready {
			t.Errorf("%s: %+v; the lines are %+v and %+v", tells(first), first.Ended, x.line(cardA), x.line(cardB))
		}
		x.stop = x.try()
		x.pass(night)
		if all := x.records(); len(all) != 2 || all[1].From != first.To || all[1].Outcome() != "well" {
			t.Errorf("after the next start: %+v", all)
		}
	})
}

func TestNothingIsTriedWhereItIsNotKnownWhatWas(t *testing.T) {
	nights(t, func(x *nightly) {
		c := *x.now()
		c.Rules.Shadow = fmc.ShadowRules{}
		x.applies(&c)
	}, func(x *nightly) {
		s := x.g.Shadows(shadow.Options{
			Companies: func() []*fmc.Company {
				c := *x.now()
				c.Rules.Shadow = fmc.ShadowRules{Until: 5 * time.Hour}
				return []*fmc.Company{&c}
			},
			Before: func(context.Context, fmc.CompanyID, time.Time) ([]fmc.ShadowRecord, error) {
				return nil, errors.New("no database")
			},
			New: func() fmc.ShadowID { return "never" },
		})
		ctx, cancel := context.WithCancel(x.t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		x.pass(time.Hour)
		cancel()
		if err := <-done; err != nil || len(x.records()) > 0 {
			t.Errorf("%v: %+v", err, x.records())
		}
		if n := x.written.said("cards not tried until it is known which were"); n != 1 {
			t.Errorf("it is said %d times", n)
		}
	})
}

func TestAPersonHasACardTriedAtAnyTime(t *testing.T) {
	nights(t, func(x *nightly) {
		c := *x.now()
		c.Rules.Shadow = fmc.ShadowRules{}
		x.applies(&c)
	}, func(x *nightly) {
		pairs, err := x.shadows.Try(x.now(), cardA, "ivanov")
		if err != nil || len(pairs) != 2 {
			t.Fatalf("%v: %v", pairs, err)
		}
		x.pass(night)
		all := x.records()
		if len(all) != 2 || all[0].By != "ivanov" || all[0].Outcome() != "well" || all[1].Outcome() != "well" {
			t.Errorf("the attempts are %+v", all)
		}
	})
}

func TestWhyNothingCanBeTriedIsSaid(t *testing.T) {
	nights(t, nil, func(x *nightly) {
		alone := *x.now()
		alone.SIMs = alone.SIMs[:1]
		barred := *x.now()
		barred.SIMs = slices.Clone(barred.SIMs)
		barred.SIMs[0].Mandate = fmc.Mandate{}
		empty := *x.now()
		empty.SIMs = slices.Clone(empty.SIMs)
		for i := range empty.SIMs {
			empty.SIMs[i].Limits, empty.SIMs[i].Mandate.For = fmc.SIMLimits{Calls: 1}, []fmc.SIMUse{fmc.UseCalls}
		}
		x.pass(night) // each has called once
		for _, r := range []struct {
			c    *fmc.Company
			card fmc.ICCID
			kind cause.Kind
			says string
		}{
			{&alone, "", cause.Conflict, "nobody to call"},
			{x.now(), "8970", cause.NotFound, "has no SIM card"},
			{&barred, cardA, cause.Denied, "may not be tried"},
			{&empty, "", cause.Denied, "used up"},
		} {
			if _, err := x.shadows.Try(r.c, r.card, "ivanov"); cause.KindOf(err) != r.kind || !strings.Contains(err.Error(), r.says) {
				t.Errorf("%v", err)
			}
		}
	})
}

func TestACardOfAnotherSpellingIsKnownByItsNumber(t *testing.T) {
	nights(t, func(x *nightly) { x.air.faults.shows = "89031112233" }, func(x *nightly) {
		x.pass(night)
		if r := x.of(cardA); r.Outcome() != "well" || r.Ended.Call.Arrived != "89031112233" {
			t.Errorf("%s: %+v", tells(r), r.Ended.Call)
		}
		if n := callerid.Received("89031112233", "RU"); !n.Same(x.now().SIMs[0].Number) {
			t.Errorf("%s", n)
		}
	})
}

func TestACardAbroadIsNotTriedUnlessItMayBeUsedThere(t *testing.T) {
	nights(t, func(x *nightly) {
		x.air.a.set(func() { x.air.a.radio.Registration = modem.Roaming })
		x.air.a.say(modem.RadioIs{Radio: x.air.a.radio})
	}, func(x *nightly) {
		x.pass(night)
		if all := x.records(); len(all) > 0 {
			t.Errorf("it was tried: %+v", all)
		}
		c := *x.now()
		c.SIMs = slices.Clone(c.SIMs)
		c.SIMs[0].Roaming = true
		x.applies(&c)
		x.pass(night)
		if r := x.of(cardA); r.Outcome() != "well" {
			t.Errorf("%s", tells(r))
		}
	})
}

func TestAModemWithoutSpeechWritesAlone(t *testing.T) {
	nights(t, func(x *nightly) {
		x.air.b.set(func() { x.air.b.silent = true })
		x.air.b.say(modem.RadioIs{Radio: x.air.b.radio})
	}, func(x *nightly) {
		x.pass(night)
		if r := x.of(cardA); r.Call || !r.Text || r.Outcome() != "well" {
			t.Errorf("%+v", r.ShadowBegan)
		}
	})
}

// side is the line of a card.
func (x *nightly) side(card fmc.ICCID) *airLine {
	return map[fmc.ICCID]*airLine{cardA: x.air.a, cardB: x.air.b}[card]
}

func TestAClientRingsOnWhereAnotherTakesTheLineThatCalls(t *testing.T) {
	nights(t, func(x *nightly) { x.air.faults.silent = true }, func(x *nightly) {
		x.pass(time.Second)
		first := x.records()[0]
		called := x.side(first.To)
		called.say(modem.Ringing{Number: "+79120000001"})
		x.dial(first.From)
		x.pass(10 * time.Second)
		offered := "offered +79120000001 to " + called.number + " by sim:" + string(first.To)
		if got := x.calls.take(); !slices.Contains(got, offered) {
			t.Errorf("told %q", got)
		}
		if r := x.records()[0]; r.Outcome() != "yielded" {
			t.Errorf("%s", tells(r))
		}
		called.say(ends(cause.Of(cause.Hangup)))
		x.calls.take()
		called.say(modem.Ringing{Number: "+79120000001"})
		x.pass(10 * time.Second)
		if got := x.calls.take(); !slices.Contains(got, offered) {
			t.Errorf("of the next call was told %q", got)
		}
	})
}

func TestAClientWaitsSecondsAlsoWhereTheCallingCardIsToldNothing(t *testing.T) {
	nights(t, func(x *nightly) { x.air.faults.lost = true }, func(x *nightly) {
		x.pass(time.Second)
		first := x.records()[0]
		called := x.side(first.To)
		called.say(modem.Ringing{Number: "+79120000001"})
		x.pass(6 * time.Second)
		x.want("offered +79120000001 to " + called.number + " by sim:" + string(first.To))
	})
}

func TestARingingClientWhoseModemBeginsAnewHasCalledAndRingsNoMore(t *testing.T) {
	nights(t, func(x *nightly) { x.air.faults.silent = true }, func(x *nightly) {
		x.pass(time.Second)
		first := x.records()[0]
		called := x.side(first.To)
		called.say(modem.Ringing{Number: "+79120000001"}, modem.Rebooted{})
		x.pass(10 * time.Second)
		x.want("offered +79120000001 to "+called.number+" by sim:"+string(first.To), "gone: cancelled (16)")
	})
}

func TestAClientsCallOutByTheCardThatIsToBeCalledEndsTheAttempt(t *testing.T) {
	nights(t, nil, func(x *nightly) {
		x.pass(time.Second)
		first := x.records()[0]
		calling, called := x.side(first.From), x.side(first.To)
		x.dial(first.To)
		x.pass(5 * time.Second)
		called.say(is(modem.CallAlerting))
		x.want("dialing on 26", "alerting on 26")
		if calling.calling() {
			t.Error("the card is called still")
		}
		if r := x.records()[0]; r.Outcome() != "yielded" {
			t.Errorf("%s", tells(r))
		}
	})
}

func TestAStrangerWhoAnswersInPlaceOfTheCardIsLeftAtOnce(t *testing.T) {
	nights(t, func(x *nightly) { x.air.faults.silent = true }, func(x *nightly) {
		x.pass(4 * time.Second)
		first := x.records()[0]
		x.side(first.From).say(is(modem.CallActive))
		x.pass(10 * time.Second)
		if x.side(first.From).calling() {
			t.Error("the call goes on")
		}
		x.pass(night)
		r := x.records()[0]
		if tells(r) != "trouble: its call never rang at the other card" || r.Ended.Call.Talk > 4*time.Second {
			t.Errorf("%s: %+v", tells(r), r.Ended.Call)
		}
	})
}

func TestAWishOfLongAgoIsNotFulfilled(t *testing.T) {
	nights(t, func(x *nightly) {
		c := *x.now()
		c.Rules.Shadow = fmc.ShadowRules{}
		x.applies(&c)
	}, func(x *nightly) {
		x.side(cardB).set(func() { x.air.b.radio.Voice = false })
		x.side(cardB).say(modem.RadioIs{Radio: x.air.b.radio})
		if _, err := x.shadows.Try(x.now(), cardA, "ivanov"); err != nil {
			t.Fatal(err)
		}
		whole := x.now()
		alone := *whole
		alone.SIMs = alone.SIMs[:1]
		x.pass(time.Minute)
		x.applies(&alone) // for an hour the other card is not the company's
		x.pass(time.Hour)
		x.side(cardB).set(func() { x.air.b.radio.Voice = true })
		x.side(cardB).say(modem.RadioIs{Radio: x.air.b.radio})
		x.applies(whole)
		x.pass(night)
		if all := x.records(); len(all) > 0 {
			t.Errorf("it was tried: %+v", all)
		}
	})
}

func TestALineWithoutItsCardIsNotFreeThoughAnAttemptHadIt(t *testing.T) {
	nights(t, nil, func(x *nightly) {
		x.talking()
		c := *x.now()
		c.SIMs = slices.Clone(c.SIMs)
		c.SIMs[0].Mandate = fmc.Mandate{}
		x.applies(&c)
		x.air.a.say(modem.RadioIs{Radio: x.air.a.radio})
		if l := x.line(cardA); l.Ready {
			t.Errorf("the line is %+v", l)
		}
	})
}

func TestALineWhoseCardIsToBeExchangedIsNotTakenFromAnAttempt(t *testing.T) {
	nights(t, nil, func(x *nightly) {
		x.talking()
		done, err := x.g.Vacate("gw:office:1", true)
		if err != nil {
			t.Fatal(err)
		}
		defer done()
		x.dial(cardA)
		if got := x.calls.take(); len(got) != 1 || !strings.HasPrefix(got[0], "gone: congested") {
			t.Errorf("told %q", got)
		}
	})
}
