package gsmgw_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/gsmgw"
	"roadline/hardware/modem"
)

var loopback = []netip.Addr{netip.MustParseAddr("127.0.0.1")}

func is(s modem.CallState) modem.CallIs { return modem.CallIs{Call: modem.Call{Index: 1, State: s}} }

func ends(c cause.Cause) modem.CallIs {
	return modem.CallIs{Call: modem.Call{Index: 1, State: modem.CallEnded}, Cause: c}
}

func TestACallOutGoesThroughDialingAlertingAnswerAndEnd(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		b.dial(cardA)
		b.want("dialing on 18")
		m.say(is(modem.CallAlerting))
		b.want("alerting on 18")
		m.say(is(modem.CallActive))
		b.want("up on 18")
		if l := b.line(cardA); l.Ready || l.Why != "the card is in a call" {
			t.Errorf("the line in a call is %+v", l)
		}
		b.pass(7 * time.Second)
		m.say(ends(cause.Of(cause.Hangup)))
		b.want("gone: hangup (16)")
		if l := b.line(cardA); !l.Ready {
			t.Errorf("the line after its call is %+v", l)
		}
		if u := b.line(cardA).SIM.Used; u.Calls != 1 || u.Talk != 7*time.Second {
			t.Errorf("the card was used %+v", u)
		}
		if !slices.Equal(m.dialled, []string{"+79161234567"}) {
			t.Errorf("dialled %q", m.dialled)
		}
	}, m)
}

func TestOneCardTakesOneCall(t *testing.T) {
	a, other := newModem(cardA), newModem(cardB)
	start(t, func(b *bench) {
		b.dial(cardA)
		b.dial(cardA)
		b.want("dialing on 18", "gone: congested (34)")
		b.dial(cardA, cardB)
		b.want("dialing on 26")
	}, a, other)
}

func TestTheNextLineIsTakenOnlyWhereItMayDoBetter(t *testing.T) {
	for _, c := range []struct {
		name  string
		end   cause.Cause
		rang  bool
		wants []string
	}{
		{"congestion", cause.Of(cause.Congested), false, []string{"dialing on 18", "dialing on 26"}},
		{"our own line", cause.Of(cause.LineFault), false, []string{"dialing on 18", "dialing on 26"}},
		{"busy", cause.Of(cause.Busy), false, []string{"dialing on 18", "gone: busy (17)"}},
		{"declined", cause.Of(cause.Declined), true, []string{"dialing on 18", "alerting on 18", "gone: declined (21)"}},
		{"no answer", cause.Of(cause.NoAnswer), true, []string{"dialing on 18", "alerting on 18", "gone: no_answer (19)"}},
		{"congestion after it rang", cause.Of(cause.Congested), true, []string{"dialing on 18", "alerting on 18", "gone: congested (34)"}},
		{"nobody says why", cause.Cause{}, false, []string{"dialing on 18", "gone: unreachable (20)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, other := newModem(cardA), newModem(cardB)
			start(t, func(b *bench) {
				b.dial(cardA, cardB)
				if c.rang {
					a.say(is(modem.CallAlerting))
				}
				a.say(ends(c.end))
				b.want(c.wants...)
			}, a, other)
		})
	}
}

func TestWhyACallEndedIsAskedWhereTheModemDidNotSay(t *testing.T) {
	m := newModem(cardA)
	m.released = cause.Of(cause.Busy)
	start(t, func(b *bench) {
		b.dial(cardA)
		m.say(ends(cause.Cause{}))
		b.want("dialing on 18", "gone: busy (17)")
	}, m)
}

func TestACallThatTheCallerGivesUpIsHungUpAtOnce(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		l := b.dial(cardA)
		m.say(is(modem.CallAlerting))
		l.Release(cause.Of(cause.Cancelled))
		b.want("dialing on 18", "alerting on 18", "gone: cancelled (16)")
		b.pass(time.Second)
		if m.hungUp != 1 || !b.line(cardA).Ready {
			t.Errorf("hung up %d times, line %+v", m.hungUp, b.line(cardA))
		}
	}, m)
}

func TestAClientsCallIsOfferedAnsweredAndEnded(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		m.say(modem.Ringing{Number: "+79120000001"})
		b.want("offered +79120000001 to +79031112233 by sim:" + string(cardA))
		if r := b.calls.request; r.Direction != fmc.Inbound || r.Company != "acme" {
			t.Errorf("the request is %+v", r)
		}
		b.calls.last.Progress(true)
		b.pass(3 * time.Second)
		b.want()
		b.calls.last.Answer()
		m.say(is(modem.CallActive))
		b.want("up on 18")
		m.say(ends(cause.Of(cause.Hangup)))
		b.want("gone: hangup (16)")
		if m.answered != 1 || !b.line(cardA).Ready {
			t.Errorf("answered %d times, line %+v", m.answered, b.line(cardA))
		}
	}, m)
}

func TestAClientWhoGivesUpBeforeTheAnswerHasCancelled(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		m.say(modem.Ringing{Hidden: true})
		m.say(ends(cause.Of(cause.Hangup)))
		b.want("offered hidden to +79031112233 by sim:"+string(cardA), "gone: cancelled (16)")
	}, m)
}

func TestAClientWhoCallsAsAnotherGivesUpIsTakenAndNotHungUp(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		m.say(modem.Ringing{Number: "+79120000001"})
		b.want("offered +79120000001 to +79031112233 by sim:" + string(cardA))
		m.set(func() {
			m.beforeUse = func(string) {
				if m.hungUp == 0 {
					m.calls = []modem.Call{{Index: 1, Incoming: true, State: modem.CallIncoming, Number: "+79120000002"}}
				}
			}
		})
		m.say(ends(cause.Of(cause.Hangup)))
		b.want("gone: cancelled (16)", "offered +79120000002 to +79031112233 by sim:"+string(cardA))
		if m.hungUp > 0 {
			t.Error("the second client was hung up")
		}
	}, m)
}

func TestACardWithoutMandateIsNotUsed(t *testing.T) {
	m := newModem(cardA)
	startWith(t, func(b *bench) { b.company.SIMs[0].Mandate = fmc.Mandate{} }, func(b *bench) {
		m.say(modem.Ringing{Number: "+79120000001"})
		b.want()
		if l := b.line(cardA); l.Ready || l.Why != "no mandate is on file for this SIM" {
			t.Errorf("the line is %+v", l)
		}
		if _, err := b.send(string(cardA), "+79161234567", "hello"); cause.KindOf(err) != cause.Denied {
			t.Errorf("a message was not refused: %v", err)
		}
		if _, err := b.g.Ask(b.t.Context(), "acme", cardA.Line(), "*100#"); cause.KindOf(err) != cause.Denied {
			t.Errorf("a question was not refused: %v", err)
		}
	}, m)
}

func TestAModemThatIsLostEndsItsCallAtOnceAndComesBack(t *testing.T) {
	m, other := newModem(cardA), newModem(cardB)
	start(t, func(b *bench) {
		b.dial(cardB)
		b.dial(cardA)
		m.say(is(modem.CallActive))
		b.want("dialing on 26", "dialing on 18", "up on 18")
		m.set(func() { m.noOpen = cause.Errorf(cause.NotFound, "nothing is plugged in") })
		m.lose(cause.Errorf(cause.Unavailable, "input/output error"))
		b.want("gone: lost (41)")
		if l := b.line(cardA); l.Ready {
			t.Errorf("the line without its modem is %+v", l)
		}
		m.set(func() { m.noOpen = nil })
		b.pass(5 * time.Second)
		if l := b.line(cardA); !l.Ready {
			t.Errorf("the line is not back: %+v", l)
		}
		other.say(is(modem.CallActive))
		b.want("up on 26")
	}, m, other)
}

func TestACardPulledInACallEndsItHonestly(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		b.dial(cardA)
		m.say(is(modem.CallActive))
		m.say(modem.SIMIs{State: modem.SIMAbsent})
		b.want("dialing on 18", "up on 18", "gone: lost (41)")
		if l := b.line(cardA); l.Ready || l.Why != "the card is in no modem" {
			t.Errorf("the line is %+v", l)
		}
	}, m)
}

func TestACallThatDoesNotChangeIsEndedByTheWatchdog(t *testing.T) {
	m, other := newModem(cardA), newModem(cardB)
	start(t, func(b *bench) {
		b.dial(cardA, cardB)
		b.pass(44 * time.Second)
		b.want("dialing on 18")
		b.pass(2 * time.Second)
		b.want("dialing on 26")
		if m.hungUp != 1 {
			t.Errorf("hung up %d times", m.hungUp)
		}
	}, m, other)
}

func TestALineThatFailsRestsLongerEachTimeAndIsThenPutAway(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		var rests []time.Duration
		for range 3 {
			for range 3 {
				b.dial(cardA)
				m.say(ends(cause.Of(cause.LineFault)))
			}
			began := time.Now()
			for !b.line(cardA).Ready {
				b.pass(time.Second)
			}
			rests = append(rests, time.Since(began).Round(10*time.Second))
		}
		if want := []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute}; !slices.Equal(rests, want) {
			t.Errorf("it rested %v, not %v", rests, want)
		}
		for range 3 {
			b.dial(cardA)
			m.say(ends(cause.Of(cause.LineFault)))
		}
		v := b.g.Views()[0]
		if v.State != gsmgw.StateQuarantined || v.Why != "Our own line failed." || v.WayOut == "" {
			t.Errorf("the line is %s: %s; %s", v.State, v.Why, v.WayOut)
		}
		if err := b.g.ReleaseLine("acme", cardA.Line()); err != nil {
			t.Error(err)
		}
		b.pass(time.Second)
		if !b.line(cardA).Ready {
			t.Errorf("the released line is %+v", b.line(cardA))
		}
	}, m)
}

func TestAModuleThatKeepsItsCallIsBroughtBackStepByStep(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		m.set(func() { m.stuck = true })
		for i, want := range [][]modem.Step{{modem.Hail}, {modem.Hail, modem.RadioCycle}, {modem.Hail, modem.RadioCycle, modem.Restart}} {
			l := b.dial(cardA)
			l.Release(cause.Of(cause.Cancelled))
			b.pass(30 * time.Second)
			if !slices.Equal(m.resets, want) {
				t.Fatalf("after call %d: %v, not %v", i+1, m.resets, want)
			}
			for !b.line(cardA).Ready {
				b.pass(time.Second)
			}
		}
	}, m)
}

func TestAnOperatorsBarPutsTheLineAway(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		b.dial(cardA)
		m.say(ends(cause.Cause{Meaning: cause.Refused, Q850: 8}))
		if v := b.g.Views()[0]; v.State != gsmgw.StateQuarantined {
			t.Errorf("the line is %s: %s", v.State, v.Why)
		}
		m.say(modem.Ringing{Number: "+79120000001"})
		if b.calls.request.From.E164 != "+79120000001" {
			t.Error("a client's call to a line that is put away was not taken")
		}
	}, m)
}

func TestSignalHasASlackBeforeAWeakLineReturns(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		for _, c := range []struct {
			dBm   int
			ready bool
		}{{-104, true}, {-106, false}, {-101, false}, {-100, true}} {
			m.say(modem.RadioIs{Radio: modem.Radio{Registration: modem.Home, Voice: true, SignalDBm: c.dBm}})
			if l := b.line(cardA); l.Ready != c.ready {
				t.Errorf("at %d dBm the line is %+v", c.dBm, l)
			}
		}
	}, m)
}

func TestAClientWhoCallsInTheMomentOfACallOutIsNotHungUp(t *testing.T) {
	a, other := newModem(cardA), newModem(cardB)
	start(t, func(b *bench) {
		a.set(func() {
			a.calls = []modem.Call{{Index: 1, Incoming: true, State: modem.CallIncoming, Number: "+79120000001"}}
		})
		b.dial(cardA, cardB)
		told := b.calls.take() // two lines: in any order
		slices.Sort(told)
		if want := []string{"dialing on 18", "dialing on 26", "offered +79120000001 to +79031112233 by sim:" + string(cardA)}; !slices.Equal(told, want) {
			t.Errorf("told %q", told)
		}
		if a.hungUp > 0 || len(a.dialled) > 0 {
			t.Errorf("hung up %d times, dialled %q", a.hungUp, a.dialled)
		}
	}, a, other)
}

func TestALossBehindTheEndOfACallDialsNobody(t *testing.T) {
	a, other := newModem(cardA), newModem(cardB)
	start(t, func(b *bench) {
		a.set(func() { a.stuck = true })
		b.dial(cardA, cardB)
		a.say(ends(cause.Of(cause.Busy)))
		a.set(func() { a.noOpen = cause.Errorf(cause.NotFound, "gone") })
		a.lose(nil)
		b.want("dialing on 18", "gone: busy (17)")
		if len(other.dialled) > 0 {
			t.Errorf("the other line dialled %q", other.dialled)
		}
	}, a, other)
}

func TestAMandateThatIsGivenLaterOpensTheLine(t *testing.T) {
	m := newModem(cardA)
	startWith(t, func(b *bench) { b.company.SIMs = b.company.SIMs[1:] }, func(b *bench) {
		if v := b.g.Views()[0]; v.State != gsmgw.StateNoMandate {
			t.Errorf("the line is %s", v.State)
		}
		b.applies(acme())
		b.pass(2 * time.Second)
		if !b.line(cardA).Ready {
			t.Errorf("the line is %+v", b.line(cardA))
		}
	}, m)
}

func TestACallWithoutSpeechIsNoCall(t *testing.T) {
	m := newModem(cardA)
	m.noSpeech = cause.Errorf(cause.Unavailable, "the audio port is gone")
	start(t, func(b *bench) {
		b.dial(cardA)
		m.say(is(modem.CallActive))
		b.want("dialing on 18", "gone: line_fault (27)")
	}, m)
}

func TestACardInTwoPortsIsNotUsed(t *testing.T) {
	start(t, func(b *bench) {
		states := []gsmgw.State{b.g.Views()[0].State, b.g.Views()[1].State}
		if !slices.Contains(states, gsmgw.StateTwice) {
			t.Errorf("the ports are %v", states)
		}
	}, newModem(cardA), newModem(cardA))
}

func TestAStrangersCardStaysUntouched(t *testing.T) {
	m := newModem("8970101000000000034")
	m.room = []modem.Stored{{Place: modem.Place{Storage: "SM", Index: 1}, PDU: []byte{0}}}
	start(t, func(b *bench) {
		m.say(modem.Ringing{Number: "+79120000001"}, modem.Arrived{Place: modem.Place{Storage: "SM", Index: 1}})
		b.want()
		if v := b.g.Views()[0]; v.State != gsmgw.StateStranger || len(m.deleted) > 0 {
			t.Errorf("the port is %s, deleted %v", v.State, m.deleted)
		}
	}, m)
}

func TestTheStopHangsUp(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		b.dial(cardA)
		m.say(is(modem.CallActive))
		b.stop()
		b.pass(time.Second)
		b.want("dialing on 18", "up on 18", "gone: interrupted (41)")
		if m.hungUp == 0 {
			t.Error("the modem was not hung up")
		}
	}, m)
}
