package gateway_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"go.uber.org/goleak"

	"roadline/fmc/cause"
	"roadline/hardware/gateway"
	"roadline/hardware/modem"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// box is a Control that notes what it was told.
type box struct {
	kept []string
	said string // by the network
}

func (b *box) SendText(context.Context, string, string) (byte, error) { return 7, nil }

func (b *box) Kept(_ context.Context, token string) error {
	b.kept = append(b.kept, token)
	return nil
}

func (b *box) Ask(context.Context, string) (modem.USSD, error) { return modem.USSD{Text: b.said}, nil }
func (b *box) Cancel(context.Context) error                    { return nil }
func (b *box) Block(context.Context, bool) error               { return nil }
func (b *box) Restart(context.Context) error                   { return nil }

// sip is a Voice whose dialogs the test plays.
type sip struct {
	take   func(gateway.Dialog)
	placed []*dialog
	refuse error
}

func (s *sip) Place(_ context.Context, number string) (gateway.Dialog, error) {
	if s.refuse != nil {
		return nil, s.refuse
	}
	d := newDialog(number)
	s.placed = append(s.placed, d)
	return d, nil
}

func (s *sip) Take(take func(gateway.Dialog)) func() {
	s.take = take
	return func() { s.take = nil }
}

type dialog struct {
	number string
	steps  chan gateway.Step
	did    []string
	hungUp bool
}

func newDialog(number string) *dialog {
	return &dialog{number: number, steps: make(chan gateway.Step, 4)}
}

func (d *dialog) Caller() (string, bool)     { return d.number, d.number == "" }
func (d *dialog) Steps() <-chan gateway.Step { return d.steps }
func (d *dialog) Answer(context.Context) error {
	d.did = append(d.did, "answer")
	d.steps <- gateway.Step{State: modem.CallActive}
	return nil
}

func (d *dialog) HangUp(context.Context) error {
	if !d.hungUp {
		d.hungUp = true
		d.end(cause.Hangup)
	}
	return nil
}

func (d *dialog) end(m cause.Meaning) {
	d.steps <- gateway.Step{State: modem.CallEnded, Cause: cause.Of(m)}
	close(d.steps)
}

func (d *dialog) Press(_ context.Context, keys string) error {
	d.did = append(d.did, "press "+keys)
	return nil
}

func (d *dialog) Speech(context.Context) (modem.Speech, error) {
	return nil, cause.Errorf(cause.Unavailable, "it has none")
}

var vendor = gateway.Vendor{Name: "paper", Can: modem.Capabilities{Voice: modem.OverSIP, SMS: true, KeysOut: "0123456789*#"}}

// newLine is a line that the box has told of.
func newLine(b *box) *gateway.Line {
	l := gateway.NewLine("1", vendor, b, time.Now)
	l.Is(ready)
	return l
}

var ready = gateway.State{
	SIM: modem.SIM{State: modem.SIMReady, ICCID: "8970199000000000012"}, Radio: modem.Radio{Registration: modem.Home, Voice: true}, SIP: true,
}

func open(t *testing.T, l *gateway.Line, v gateway.Voice) *gateway.Module {
	t.Helper()
	m, err := gateway.Open(l, v, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return m
}

// next is the next event; the call is within a synctest bubble, so that one that never comes ends the test.
func next[E modem.Event](t *testing.T, m *gateway.Module) E {
	t.Helper()
	select {
	case ev := <-m.Events():
		if e, is := ev.(E); is {
			return e
		}
		t.Fatalf("it told %T %+v", ev, ev)
	case <-time.After(time.Minute):
		t.Fatal("it told nothing")
	}
	panic("unreachable")
}

func closed(t *testing.T, m *gateway.Module) {
	t.Helper()
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}

func TestACallOutGoesThroughItsSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &sip{}
		m := open(t, newLine(&box{}), v)
		defer closed(t, m)
		if err := m.Dial(t.Context(), "+79161234567"); err != nil {
			t.Fatal(err)
		}
		if c := next[modem.CallIs](t, m); c.State != modem.CallDialing || c.Incoming || c.Number != "+79161234567" {
			t.Errorf("it tells %+v", c)
		}
		if err := m.Dial(t.Context(), "+79161234568"); cause.KindOf(err) != cause.NoRoom {
			t.Errorf("a second call: %v", err)
		}
		d := v.placed[0]
		d.steps <- gateway.Step{State: modem.CallAlerting}
		if c := next[modem.CallIs](t, m); c.State != modem.CallAlerting {
			t.Errorf("it tells %+v", c)
		}
		d.steps <- gateway.Step{State: modem.CallActive}
		next[modem.CallIs](t, m)
		calls, err := m.Calls(t.Context())
		if err != nil || len(calls) != 1 || calls[0].State != modem.CallActive {
			t.Errorf("its calls are %+v, %v", calls, err)
		}
		if err := m.Press(t.Context(), "5#"); err != nil || d.did[0] != "press 5#" {
			t.Errorf("pressed %v, %v", d.did, err)
		}
		if err := m.Press(t.Context(), "x"); cause.KindOf(err) != cause.Invalid {
			t.Errorf("a key that is none: %v", err)
		}
		d.end(cause.Busy)
		if c := next[modem.CallIs](t, m); c.State != modem.CallEnded || c.Cause.Meaning != cause.Busy {
			t.Errorf("it tells %+v", c)
		}
		if c, err := m.Released(t.Context()); err != nil || c.Meaning != cause.Busy {
			t.Errorf("it was released by %v, %v", c, err)
		}
		if calls, _ := m.Calls(t.Context()); len(calls) != 0 {
			t.Errorf("after it there are %+v", calls)
		}
	})
}

// The race detector sees whether the two share the call without a lock.
func TestACallThatIsPlacedWhileTheModuleClosesIsHungUp(t *testing.T) {
	v := &slow{closing: make(chan struct{})}
	m := open(t, newLine(&box{}), v)
	over := make(chan struct{})
	v.placing = func() {
		go func() {
			defer close(over)
			closed(t, m)
		}()
	}
	if err := m.Dial(t.Context(), "+79161234567"); err != nil {
		t.Fatal(err)
	}
	<-over
	if len(v.placed) != 1 || !v.placed[0].hungUp {
		t.Errorf("%d calls were placed, and are there after the module", len(v.placed))
	}
}

// slow is a Voice that places a call while the module closes.
type slow struct {
	sip
	placing func()
	closing chan struct{} // closed when the module gives the line back
}

func (s *slow) Place(ctx context.Context, number string) (gateway.Dialog, error) {
	s.placing()
	<-s.closing
	return s.sip.Place(ctx, number)
}

func (s *slow) Take(func(gateway.Dialog)) func() { return func() { close(s.closing) } }

func TestACallInIsToldOnceAndAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &sip{}
		m := open(t, newLine(&box{}), v)
		d, second := newDialog("+79161234567"), newDialog("")
		v.take(d)
		if r := next[modem.Ringing](t, m); r.Number != "+79161234567" || r.Hidden {
			t.Errorf("it rings from %+v", r)
		}
		next[modem.CallIs](t, m)
		v.take(second)
		synctest.Wait()
		if !second.hungUp || d.hungUp {
			t.Error("a second call is not refused, or the first is")
		}
		if err := m.Answer(t.Context()); err != nil {
			t.Fatal(err)
		}
		if c := next[modem.CallIs](t, m); c.State != modem.CallActive {
			t.Errorf("it tells %+v", c)
		}
		closed(t, m)
		if !d.hungUp || v.take != nil {
			t.Error("closing leaves the call, or the line, behind")
		}
	})
}

func TestADialThatFailsLeavesTheLineFree(t *testing.T) {
	v := &sip{refuse: cause.Errorf(cause.Unavailable, "no way")}
	m := open(t, newLine(&box{}), v)
	defer closed(t, m)
	if err := m.Dial(t.Context(), "112"); cause.KindOf(err) != cause.Unavailable {
		t.Errorf("it says %v", err)
	}
	if calls, _ := m.Calls(t.Context()); len(calls) != 0 {
		t.Errorf("it has %+v", calls)
	}
	for _, number := range []string{"", "112;x", "sip:a@b"} {
		if err := m.Dial(t.Context(), number); cause.KindOf(err) != cause.Invalid {
			t.Errorf("dial %q: %v", number, err)
		}
	}
	for _, err := range []error{m.Answer(t.Context()), m.Press(t.Context(), "1")} {
		if cause.KindOf(err) != cause.Conflict {
			t.Errorf("without a call: %v", err)
		}
	}
	if _, err := m.Speech(t.Context()); cause.KindOf(err) != cause.Conflict {
		t.Errorf("speech without a call: %v", err)
	}
}

func TestALineTellsWhatChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(&box{})
		m := open(t, l, nil)
		l.Is(ready) // nothing new
		blocked := ready
		blocked.Blocked = true
		l.Is(blocked)
		if r := next[modem.RadioIs](t, m); r.Voice {
			t.Error("a line that is blocked has voice")
		}
		away := ready
		away.SIP = false
		l.Is(away) // blocked or not registered: no voice in either, and nothing to tell
		other := ready
		other.SIM.ICCID = "8970199000000000020"
		l.Is(other)
		if s := next[modem.SIMIs](t, m); s.State != modem.SIMAbsent {
			t.Errorf("another card is told as %+v", s)
		}
		if s := next[modem.SIMIs](t, m); s.State != modem.SIMReady {
			t.Errorf("another card is told as %+v", s)
		}
		next[modem.RadioIs](t, m)
		l.Lost(cause.Errorf(cause.NotFound, "it is away"))
		if _, more := <-m.Events(); more || cause.KindOf(m.Err()) != cause.NotFound {
			t.Errorf("it ended by %v", m.Err())
		}
		closed(t, m)
		if _, err := gateway.Open(l, nil, slog.New(slog.DiscardHandler)); cause.KindOf(err) != cause.NotFound {
			t.Errorf("a line that is away opens: %v", err)
		}
	})
}

func TestWhatNobodyKeptIsToldToTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &box{}
		l := newLine(b)
		l.Tell(modem.TextReported{Reference: 3}) // owes nothing: told once
		l.Tell(modem.TextCame{Token: "a", Text: "first"})
		m := open(t, l, nil)
		next[modem.TextReported](t, m)
		next[modem.TextCame](t, m)
		l.Tell(modem.TextCame{Token: "b", Text: "second"})
		next[modem.TextCame](t, m)
		if err := m.Kept(t.Context(), "a"); err != nil || len(b.kept) != 1 {
			t.Errorf("kept are %v, %v", b.kept, err)
		}
		closed(t, m)
		again := open(t, l, nil)
		if c := next[modem.TextCame](t, again); c.Token != "b" {
			t.Errorf("told is %+v", c)
		}
		closed(t, again)
	})
}

func TestALineHoldsSoManyTextsAndNoMore(t *testing.T) {
	l := newLine(&box{})
	held := 0
	for held < 1000 && l.Tell(modem.TextCame{Token: time.Duration(held).String()}) {
		held++
	}
	if held != 64 {
		t.Errorf("it holds %d", held)
	}
}

// A box may say anything, and what it says goes on into the journal, the pages and the memory of every line.
func TestWhatABoxSaysIsCutToWhatCanBeTrue(t *testing.T) {
	long := strings.Repeat("ж", 1<<20)
	b := &box{said: long}
	l := gateway.NewLine("1", vendor, b, time.Now)
	sim := modem.SIM{State: modem.SIMReady, ICCID: strings.Repeat("8", 1<<20), IMSI: long, Number: long, Service: long}
	l.Is(gateway.State{SIM: sim, Radio: modem.Radio{Registration: modem.Home, Operator: long, Cell: long, Access: long, Network: long}, IMEI: long, Box: long})
	m := open(t, l, nil)
	s, err := l.State()
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{
		s.SIM.ICCID, s.SIM.IMSI, s.SIM.Number, s.SIM.Service, s.Radio.Operator, s.Radio.Cell, s.Radio.Access, s.Radio.Network, s.IMEI, s.Box,
	} {
		if len(words) > 256 || words == "" || !utf8.ValidString(words) {
			t.Errorf("the line stands with %d octets", len(words))
		}
	}
	for l.Tell(modem.TextCame{Token: "a", From: long, Text: long}); ; {
		came, is := (<-m.Events()).(modem.TextCame)
		if !is {
			continue
		}
		if len(came.Text) > 64<<10 || len(came.Text) < 32<<10 || len(came.From) > 256 || came.Token != "a" {
			t.Errorf("a text of %d octets from %d", len(came.Text), len(came.From))
		}
		break
	}
	if u, err := m.Ask(t.Context(), "*100#"); err != nil || len(u.Text) > 4<<10 || u.Text == "" {
		t.Errorf("the network says %d octets, %v", len(u.Text), err)
	}
	closed(t, m)
}

func TestWhoDoesNotReadLosesTheLine(t *testing.T) {
	l := newLine(&box{})
	m := open(t, l, nil)
	defer closed(t, m)
	for range 300 {
		l.Tell(modem.Asked{})
	}
	if cause.KindOf(m.Err()) != cause.Unavailable {
		t.Errorf("it goes on: %v", m.Err())
	}
}

func TestATextIsOfTheCardThatWasInTheLineWhenItCame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := gateway.NewLine("1", vendor, &box{}, time.Now)
		first, second := ready, ready
		first.SIM.IMSI, second.SIM.ICCID, second.SIM.IMSI = "250990000000001", "8970199000000000020", "250990000000002"
		l.Tell(modem.TextCame{Token: "blind"}) // the box says which card is in a moment later
		l.Is(first)
		l.Tell(modem.TextCame{Token: "first"})
		l.Is(second)
		l.Tell(modem.TextCame{Token: "second"})
		l.Tell(modem.TextCame{Token: "late", Of: modem.Of{IMSI: first.SIM.IMSI}}) // the box was slow to tell it
		l.Tell(modem.TextCame{Token: "foreign", Of: modem.Of{IMSI: "250990000000003"}})
		l.Lost(cause.Errorf(cause.NotFound, "it is away"))
		l.Tell(modem.TextCame{Token: "old"})
		time.Sleep(time.Hour)
		l.Is(second)
		m := open(t, l, nil)
		for _, want := range []struct{ token, card string }{
			{"blind", first.SIM.ICCID}, {"first", first.SIM.ICCID}, {"second", second.SIM.ICCID}, {"late", first.SIM.ICCID}, {"foreign", ""}, {"old", ""},
		} {
			if c := next[modem.TextCame](t, m); c.Token != want.token || c.Card != want.card {
				t.Errorf("%s is of %q, not of %q", c.Token, c.Card, want.card)
			}
		}
		third := ready
		third.SIM.ICCID, third.SIM.IMSI = "8970199000000000038", "250990000000003"
		l.Is(third)
		if c := next[modem.TextCame](t, m); c.Token != "foreign" || c.Card != third.SIM.ICCID {
			t.Errorf("what was of a card not known then is %+v", c)
		}
		closed(t, m)
	})
}

// A line without a card would hold the text for ever, and a box whose book goes in order all that came after it.
func TestATextOfALineThatTellsNoCardIsToldAfterAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := gateway.NewLine("1", vendor, &box{}, time.Now)
		l.Tell(modem.TextCame{Token: "blind"})
		empty := gateway.State{SIM: modem.SIM{State: modem.SIMAbsent}, SIP: true}
		l.Is(empty)
		m := open(t, l, nil)
		if len(m.Events()) > 0 {
			t.Errorf("%+v is told before it is known whose it is", <-m.Events())
		}
		time.Sleep(time.Minute)
		l.Is(empty)
		if c := next[modem.TextCame](t, m); c.Token != "blind" || c.Card != "" {
			t.Errorf("told is %+v", c)
		}
		closed(t, m)
	})
}

func TestWhatWaitsForACardThatLeftGivesWay(t *testing.T) {
	l := newLine(&box{})
	for i := range 64 {
		l.Tell(modem.TextCame{Token: time.Duration(i).String()})
	}
	other := ready
	other.SIM.ICCID = "8970199000000000020"
	l.Is(other)
	if !l.Tell(modem.TextCame{Token: "of the new card"}) {
		t.Error("the texts of a card that left stand in the way")
	}
}
