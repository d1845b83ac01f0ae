package gsmgw_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/hardware/modem"
)

// statusReport says that message 42 to +491511123456 was given up.
const statusReport = "07919471170600F0062A0C919451112143656201222130438000000000000000" + "41"

// listens has the bench tell of messages that came, in the order of what is written.
func listens(told *[]string) func(*bench) {
	return func(b *bench) {
		b.options.Came = func(company fmc.CompanyID, m fmc.MessageCame) {
			*told = append(*told, string(company)+" "+m.From+": "+m.Text)
			if kinds := b.log.kinds(); !slices.Contains(kinds, "message_came") {
				b.t.Errorf("it is told of before it is kept: %q", kinds)
			}
		}
	}
}

func TestWhoeverAsksIsToldOfAMessageOnceItIsKept(t *testing.T) {
	var told []string
	m := newModem(cardA)
	startWith(t, listens(&told), func(b *bench) {
		b.log.fail(errors.New("the disk is full"))
		m.set(func() { m.room = []modem.Stored{stored(t, 7, hello)} })
		m.say(modem.Arrived{Place: modem.Place{Storage: "SM", Index: 7}})
		b.pass(time.Second)
		if len(told) > 0 {
			t.Fatalf("told of what is not kept: %q", told)
		}
		b.log.fail(nil)
		b.pass(time.Minute)
		if want := []string{"acme +491511123456: hello"}; !slices.Equal(told, want) {
			t.Errorf("told %q", told)
		}
	}, m)
}

func TestAMessageThatTheModuleShowsAgainIsToldOfOnce(t *testing.T) {
	var told []string
	m := newModem(cardA)
	startWith(t, listens(&told), func(b *bench) {
		for range 2 {
			m.set(func() { m.room = []modem.Stored{stored(t, 7, hello)} })
			m.say(modem.Arrived{Place: modem.Place{Index: -1}})
			b.pass(time.Second)
		}
		if n := len(b.log.kinds()); n != 2 || len(told) != 1 {
			t.Errorf("kept %d times, told %q", n, told)
		}
	}, m)
}

func TestAReportIsNoMessageThatSomebodyIsToldOf(t *testing.T) {
	var told []string
	m := newModem(cardA)
	startWith(t, listens(&told), func(b *bench) {
		m.say(modem.Delivered{PDU: stored(t, 0, statusReport).PDU})
		b.pass(time.Second)
		if kinds := b.log.kinds(); !slices.Equal(kinds, []string{"message_reported"}) || len(told) > 0 {
			t.Errorf("kept %q, told %q", kinds, told)
		}
	}, m)
}

func TestACallOverACardIsBelievedAsFarAsTheMachineSays(t *testing.T) {
	for _, trust := range []fmc.Trust{fmc.TrustForeign, fmc.TrustCarrier} {
		m := newModem(cardA)
		startWith(t, func(b *bench) { b.options.Trust = trust }, func(b *bench) {
			m.say(modem.Ringing{Number: "+79161234567"})
			b.pass(time.Second)
			if got := b.calls.request.Trust; got != trust {
				t.Errorf("%s is offered as %s", trust, got)
			}
		}, m)
	}
}

// TestACallThatIsDeclinedIsHungUpWithoutAnAnswer is what a call-back begins with: nobody pays for the call.
func TestACallThatIsDeclinedIsHungUpWithoutAnAnswer(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		m.set(func() { m.calls = []modem.Call{{Incoming: true, State: modem.CallIncoming, Number: "+79161234567"}} })
		m.say(modem.Ringing{Number: "+79161234567"})
		b.pass(time.Second)
		var l call.Leg
		b.calls.mu.Lock()
		l = b.calls.last
		b.calls.mu.Unlock()
		l.Release(cause.Of(cause.Declined))
		b.pass(time.Second)
		if m.answered > 0 || m.hungUp == 0 {
			t.Errorf("answered %d times, hung up %d times", m.answered, m.hungUp)
		}
	}, m)
}
