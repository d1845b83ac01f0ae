package gsmgw_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/gsmgw"
	"roadline/hardware/modem"
)

// counts counts how often a module is asked something.
func counts(m *fakeModem, what string) *atomic.Int32 {
	n := &atomic.Int32{}
	m.set(func() {
		m.beforeUse = func(s string) {
			if s == what {
				n.Add(1)
			}
		}
	})
	return n
}

func TestALineThatWasPutAwayStaysSoWhenItsModuleStartsAnew(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		b.dial(cardA)
		m.say(ends(cause.Cause{Meaning: cause.Refused, Q850: 8}))
		m.lose(cause.Errorf(cause.Unavailable, "input/output error"))
		b.pass(10 * time.Second)
		if v := b.g.Views()[0]; v.State != gsmgw.StateQuarantined {
			t.Errorf("the line is %s", v.State)
		}
	}, m)
}

func TestAModuleThatRestartsInVainIsPutAway(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		m.set(func() { m.stuck = true })
		restarts := 0
		for range 40 {
			if v := b.g.Views()[0]; v.State == gsmgw.StateQuarantined {
				return
			}
			if !b.line(cardA).Ready {
				b.pass(70 * time.Second)
				continue
			}
			b.dial(cardA).Release(cause.Of(cause.Cancelled))
			b.pass(30 * time.Second)
			if n := len(m.resets); n > restarts && m.resets[n-1] == modem.Restart {
				restarts = n
				m.lose(cause.Errorf(cause.Unavailable, "it starts anew"))
				b.pass(5 * time.Second)
			}
		}
		t.Errorf("it was never put away: %v", m.resets)
	}, m)
}

func TestAPortOpensWhatIsInItNow(t *testing.T) {
	m := newModem(cardA)
	var plugged atomic.Bool
	startWith(t, func(b *bench) {
		nothing := func(context.Context) (modem.Modem, error) {
			return nil, cause.Errorf(cause.NotFound, "nothing is plugged in")
		}
		b.options.Find = func() []gsmgw.Port {
			if plugged.Load() {
				return []gsmgw.Port{{Name: "named", Open: m.open}}
			}
			return []gsmgw.Port{{Name: "named", Open: nothing}}
		}
	}, func(b *bench) {
		b.pass(time.Minute)
		plugged.Store(true)
		b.pass(time.Minute)
		if v := b.g.Views()[0]; v.State != gsmgw.StateReady {
			t.Errorf("the line is %s: %s", v.State, v.Why)
		}
	}, m)
}

func TestAPortThatCannotBeUsedIsNotOpenedAgainAndAgain(t *testing.T) {
	m := newModem(cardA)
	busy := cause.Errorf(cause.Unavailable, "open the AT port: device or resource busy")
	m.startIs = busy
	m.beforeUse = func(s string) {
		if s == "start" && !m.closed {
			m.end, m.closed = busy, true
			close(m.events)
		}
	}
	start(t, func(b *bench) {
		b.pass(time.Minute)
		if m.opens > 10 {
			t.Errorf("opened %d times in a minute", m.opens)
		}
		if v := b.g.Views()[0]; v.State != gsmgw.StateAbsent || v.Why == "" {
			t.Errorf("the port is %s: %s", v.State, v.Why)
		}
	}, m)
}

func TestACardThatIsAwayAfterARestartIsNoStranger(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		m.set(func() { m.sim = modem.SIM{State: modem.SIMAbsent, Attempts: -1} })
		m.say(modem.Rebooted{})
		b.pass(time.Second)
		if v := b.g.Views()[0]; v.State != gsmgw.StateNoCard {
			t.Errorf("the port is %s: %s", v.State, v.Why)
		}
		m.set(func() { m.sim = modem.SIM{State: modem.SIMReady, ICCID: string(cardA), Attempts: 3} })
		b.pass(time.Minute)
		if !b.line(cardA).Ready {
			t.Errorf("the card that came back unasked is %+v", b.line(cardA))
		}
	}, m)
}

func TestAReleaseDoesNotCutACallOff(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		b.dial(cardA)
		m.say(is(modem.CallActive))
		starts := counts(m, "start")
		if err := b.g.ReleaseLine("acme", cardA.Line()); err != nil {
			t.Error(err)
		}
		b.pass(time.Second)
		if n := starts.Load(); n > 0 {
			t.Errorf("the module was started %d times in a call", n)
		}
	}, m)
}

func TestAPartIsAtOneModuleOnly(t *testing.T) {
	a, other := newModem(cardA), newModem("")
	other.sim = modem.SIM{State: modem.SIMAbsent, Attempts: -1}
	start(t, func(b *bench) {
		hold := make(chan struct{})
		var given atomic.Int32
		a.set(func() {
			a.beforeUse = func(s string) {
				if s == "send" {
					given.Add(1)
					<-hold
				}
			}
		})
		send(b, "+79161234567", "hello")
		synctest.Wait()
		a.events <- modem.SIMIs{State: modem.SIMAbsent}
		synctest.Wait()
		other.set(func() { other.sim = modem.SIM{State: modem.SIMReady, ICCID: string(cardA), Attempts: 3} })
		other.say(modem.SIMIs{State: modem.SIMReady})
		if n := len(other.sent); n > 0 || given.Load() != 1 {
			t.Errorf("given to the one %d times, to the other %d times", given.Load(), n)
		}
		close(hold)
		b.pass(time.Second)
	}, a, other)
}

func TestACardInTwoPortsSendsFromOne(t *testing.T) {
	a, other := newModem(cardA), newModem(cardA)
	start(t, func(b *bench) {
		send(b, "+79161234567", "hello")
		still := modem.RadioIs{Radio: modem.Radio{Registration: modem.Home, Voice: true, SignalDBm: -71}}
		a.say(still)
		other.say(still)
		b.pass(time.Second)
		if n := len(a.sent) + len(other.sent); n != 1 {
			t.Errorf("sent %d times", n)
		}
	}, a, other)
}

func TestAMessageWaitsForACardThatIsNotReady(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		gone := &modem.SendError{CMS: 310, Err: cause.Errorf(cause.Unavailable, "+CMS ERROR: 310")}
		m.set(func() { m.sendIs = []error{gone, gone, gone, gone, gone, gone} })
		send(b, "+79161234567", "hello")
		b.pass(time.Hour)
		if len(m.sent) != 1 {
			t.Errorf("sent %d times: %q", len(m.sent), b.log.kinds())
		}
	}, m)
}

func TestAMessageExpiresWhereverItsCardIs(t *testing.T) {
	m := newModem(cardB)
	start(t, func(b *bench) {
		send(b, "+79161234567", "hello")
		b.pass(25 * time.Hour)
		last := b.log.messages()
		if s, ok := last[len(last)-1].Body.(fmc.MessageSettled); !ok || s.State != fmc.MessageExpired {
			t.Errorf("it is %q", b.log.kinds())
		}
	}, m)
}

func TestAMessageOfACompanyThatLostTheCardIsNotSent(t *testing.T) {
	m := newModem(cardA)
	m.noOpen = cause.Errorf(cause.NotFound, "not yet")
	start(t, func(b *bench) {
		b.g.Restore([]fmc.MessageRecord{fmc.FoldMessage([]fmc.Fact{{Company: "other", Message: "theirs", Body: fmc.MessageAccepted{
			SIM: cardA, To: acme().SIMs[1].Number, Until: time.Now().Add(time.Hour), PDUs: []string{"01"},
		}}})})
		m.set(func() { m.noOpen = nil })
		b.pass(time.Minute)
		if s, ok := b.log.messages()[0].Body.(fmc.MessageSettled); !ok || s.State != fmc.MessageFailed || len(m.sent) > 0 {
			t.Errorf("sent %d, %q", len(m.sent), b.log.kinds())
		}
	}, m)
}

func TestALimitHoldsForMessagesThatAreAcceptedTogether(t *testing.T) {
	m := newModem(cardA)
	startWith(t, func(b *bench) { b.company.SIMs[0].Limits.Messages = 3 }, func(b *bench) {
		var taken atomic.Int32
		done := make(chan struct{})
		for range 8 {
			go func() {
				if _, err := b.send(string(cardA), "+79161234567", "hello"); err == nil {
					taken.Add(1)
				}
				done <- struct{}{}
			}()
		}
		for range 8 {
			<-done
		}
		if n := taken.Load(); n != 3 {
			t.Errorf("%d were taken", n)
		}
		b.pass(time.Second)
	}, m)
}

func TestACallThatNobodyWantsAnyMoreIsNotDialled(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		hold := make(chan struct{})
		m.set(func() {
			m.beforeUse = func(s string) {
				if s == "send" {
					<-hold
				}
			}
		})
		send(b, "+79161234567", "hello")
		synctest.Wait()
		b.dial(cardA).Release(cause.Of(cause.Cancelled))
		synctest.Wait()
		close(hold)
		b.pass(time.Second)
		b.want("dialing on 18", "gone: cancelled (16)")
		if len(m.dialled) > 0 || !b.line(cardA).Ready {
			t.Errorf("dialled %q, line %+v", m.dialled, b.line(cardA))
		}
	}, m)
}

func TestAQuestionToTheNetworkDoesNotHoldTheLine(t *testing.T) {
	m := newModem(cardA)
	m.ussd["*100#"] = modem.USSD{Text: "Balance 1"}
	start(t, func(b *bench) {
		hold := make(chan struct{})
		m.set(func() { m.slow = func() { <-hold } })
		answered := make(chan error, 1)
		go func() {
			_, err := b.g.Ask(b.t.Context(), "acme", cardA.Line(), "*100#")
			answered <- err
		}()
		synctest.Wait()
		b.dial(cardA)
		m.say(is(modem.CallAlerting))
		b.want("dialing on 18", "alerting on 18")
		close(hold)
		if err := <-answered; err != nil {
			t.Error(err)
		}
	}, m)
}

func TestTheBalanceIsAskedOnceTheCardIsRegisteredAndAllowed(t *testing.T) {
	for _, c := range []struct {
		name    string
		mandate bool
		asks    int32
	}{{"with a mandate", true, 1}, {"without", false, 0}} {
		t.Run(c.name, func(t *testing.T) {
			m := newModem(cardA)
			m.radio = modem.Radio{Registration: modem.Searching, SignalDBm: -70}
			m.ussd["*100#"] = modem.USSD{Text: "Balance 1"}
			asked := counts(m, "ussd")
			startWith(t, func(b *bench) {
				b.company.SIMs[0].Balance = fmc.BalanceQuery{USSD: "*100#"}
				if !c.mandate {
					b.company.SIMs[0].Mandate = fmc.Mandate{}
				}
			}, func(b *bench) {
				home := modem.Radio{Registration: modem.Home, Voice: true, SignalDBm: -70}
				m.set(func() { m.radio = home })
				m.say(modem.RadioIs{Radio: home})
				b.pass(time.Hour)
				if n := asked.Load(); n != c.asks {
					t.Errorf("asked %d times", n)
				}
			}, m)
		})
	}
}

func TestWhatComesBeforeTheCardIsKnownIsKept(t *testing.T) {
	m := newModem(cardA)
	m.startIs = cause.Errorf(cause.Unavailable, "not yet")
	start(t, func(b *bench) {
		m.say(modem.Delivered{PDU: []byte{0, 4, 5}})
		m.set(func() { m.startIs = nil })
		b.pass(time.Minute)
		if n := len(b.log.kinds()); n != 1 {
			t.Errorf("%d were kept", n)
		}
	}, m)
}

func TestAPINThatOpenedTheCardIsNoFailure(t *testing.T) {
	m := locked(3)
	m.afterPIN = cause.Errorf(cause.Unavailable, "+CNMI: +CMS ERROR: 500")
	startWith(t, withPIN("1234"), func(b *bench) {
		b.pass(time.Minute)
		m.set(func() { m.sim.State, m.afterPIN = modem.SIMPIN, nil })
		m.say(modem.Rebooted{})
		b.pass(time.Minute)
		if !b.line(cardA).Ready {
			t.Errorf("after the next start the line is %+v", b.line(cardA))
		}
	}, m)
}

func TestAnsweredCallsInWhichNothingIsHeardAreTheLinesFault(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		for range 3 {
			b.dial(cardA)
			m.say(is(modem.CallActive))
			b.pass(30 * time.Second)
			m.say(ends(cause.Of(cause.Hangup)))
			b.pass(time.Second)
		}
		if v := b.g.Views()[0]; v.State != gsmgw.StateCooling {
			t.Errorf("the line is %s: %s", v.State, v.Why)
		}
	}, m)
}
