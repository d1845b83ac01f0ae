package shadow_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/gsmgw/shadow"
	"roadline/hardware/modem"
	"roadline/media"
)

// These tests have a network in the test's own words; the nightly tests of gsmgw have real lines.

// network is what the lines do. A nil function: nothing becomes of it.
type network struct {
	busy bool
	call func(x *shadow.Trial, calling *shadow.Side, from *fmc.SIM)
	text func(x *shadow.Trial, from, to string) (why string)

	mu       sync.Mutex
	released int // guarded by mu
}

func (n *network) Ready(*fmc.Company, fmc.ICCID) (free, speaks bool) { return !n.busy, true }

func (n *network) Used(*fmc.Company, *fmc.SIM, time.Time) fmc.SIMUsed { return fmc.SIMUsed{} }

func (n *network) Expect(fmc.ICCID, *shadow.Trial) (over func(), ok bool) { return func() {}, true }

func (n *network) Release(cause.Cause) { n.mu.Lock(); n.released++; n.mu.Unlock() }

func (n *network) Call(s *shadow.Side, from *fmc.SIM, _ callerid.Number) shadow.Leg {
	if n.call != nil {
		n.call(s.Trial, s, from)
	}
	return n
}

func (n *network) Text(_ context.Context, x *shadow.Trial, o fmc.MessageOrder, _ time.Time) (over func(), why string) {
	if n.text != nil {
		why = n.text(x, o.From, o.To)
	}
	return func() {}, why
}

// journal tells of ended attempts.
type journal struct {
	full  bool
	ended chan fmc.ShadowEnded
}

func (j *journal) Append(facts ...fmc.Fact) error {
	if j.full {
		return errors.New("the disk is full")
	}
	for _, f := range facts {
		if e, ok := f.Body.(fmc.ShadowEnded); ok {
			j.ended <- e
		}
	}
	return nil
}

func (j *journal) Sync(context.Context) error { return nil }

// acme has two cards, that are tried from midnight to five.
func acme() *fmc.Company {
	mandate := fmc.Mandate{Owner: "Acme", For: []fmc.SIMUse{fmc.UseCalls, fmc.UseMessages}}
	c := &fmc.Company{Profile: fmc.Profile{ID: "acme", Country: "RU", Zone: time.UTC}, SIMs: []fmc.SIM{
		{ICCID: "8970101", Number: callerid.Received("+79031112233", "RU"), Mandate: mandate},
		{ICCID: "8970102", Number: callerid.Received("+79031112244", "RU"), Mandate: mandate},
	}}
	c.Rules.Shadow = fmc.ShadowRules{Until: 5 * time.Hour}
	return c
}

// night runs a night of acme, which begins at midnight UTC of virtual time, and returns what became of its first attempts.
func night(t *testing.T, n *network, j *journal, attempts int) (all []fmc.ShadowEnded) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		j.ended = make(chan fmc.ShadowEnded, 8)
		s := shadow.New(shadow.Options{
			Companies: func() []*fmc.Company { return []*fmc.Company{acme()} },
			Before:    func(context.Context, fmc.CompanyID, time.Time) ([]fmc.ShadowRecord, error) { return nil, nil },
			New:       func() fmc.ShadowID { return fmc.ShadowID(time.Now().Format("150405")) },
			Lines:     n, Journal: j, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		morning := time.NewTimer(6 * time.Hour)
		defer morning.Stop()
		for len(all) < attempts {
			select {
			case e := <-j.ended:
				all = append(all, e)
			case <-morning.C:
				attempts = 0
			}
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return all
}

func TestAttemptThatArrivesIsMeasured(t *testing.T) {
	n := &network{}
	n.call = func(x *shadow.Trial, calling *shadow.Side, from *fmc.SIM) {
		calling.Told(fmc.Dialing, cause.Cause{})
		time.AfterFunc(3*time.Second, func() {
			back := x.Called()
			ev := modem.Ringing{Number: from.Number.E164}
			if !x.Expects(ev) || x.Over() {
				t.Errorf("expected: %t, over: %t", x.Expects(ev), x.Over())
			}
			x.Rang(ev, n, back)
			calling.Told(fmc.Up, cause.Cause{})
			back.Told(fmc.Up, cause.Cause{})
			for range 300 { // six seconds of speech
				var there, here [media.FrameSamples]int16
				calling.Hear(&there)
				back.Say(&there)
				back.Hear(&here)
				calling.Say(&here)
			}
		})
	}
	n.text = func(x *shadow.Trial, from, to string) string {
		sent := time.Now()
		x.TextPassed(sent, 7)
		came := fmc.MessageCame{SIM: "8970102", At: sent.Add(2 * time.Second), Text: x.ID.Text()}
		if from == "8970102" {
			came.SIM = "8970101"
		}
		x.TextCame(fmc.MessageCame{SIM: came.SIM, At: sent, Text: "of an attempt before"})
		x.TextCame(came)
		x.TextReported(fmc.MessageReported{SIM: fmc.ICCID(from), To: to, Reference: 8, At: sent})
		x.TextReported(fmc.MessageReported{SIM: fmc.ICCID(from), To: to, Reference: 7, At: sent})
		return ""
	}
	all := night(t, n, &journal{}, 2)
	if len(all) != 2 {
		t.Fatalf("%d attempts", len(all))
	}
	for _, e := range all {
		c, text := e.Call, e.Text
		if e.Yielded || e.Cut || c == nil || !c.Rang || c.Setup != 3*time.Second || c.Cause != nil || c.There == nil || !c.There.Heard || c.Back == nil || !c.Back.Heard {
			t.Errorf("the call: %+v", c)
		}
		if text == nil || !text.Sent || !text.Came || !text.Reported || text.Took != 2*time.Second {
			t.Errorf("the text: %+v", text)
		}
	}
	if n.released != 4 {
		t.Errorf("%d legs were let go, of four", n.released)
	}
}

func TestAttemptGivesWayToAClient(t *testing.T) {
	n := &network{call: func(x *shadow.Trial, calling *shadow.Side, _ *fmc.SIM) {
		calling.Told(fmc.Dialing, cause.Cause{})
		time.AfterFunc(time.Second, x.Yield)
	}}
	n.text = func(*shadow.Trial, string, string) string {
		t.Error("it wrote all the same")
		return ""
	}
	if all := night(t, n, &journal{}, 1); len(all) != 1 || !all[0].Yielded {
		t.Errorf("%+v", all)
	}
}

func TestStrangerWhoRingsMeanwhileIsTakenForAStranger(t *testing.T) {
	settled := make(chan bool, 4)
	n := &network{call: func(x *shadow.Trial, calling *shadow.Side, _ *fmc.SIM) {
		calling.Told(fmc.Dialing, cause.Cause{})
		x.Doubted(modem.Ringing{Number: "+79120000001"}, func(ours bool) { settled <- ours })
	}}
	all := night(t, n, &journal{}, 1)
	if len(all) != 1 || !all[0].Yielded || all[0].Call.Rang {
		t.Errorf("%+v", all)
	}
	if ours := <-settled; ours {
		t.Error("the stranger's call was taken for the attempt's")
	}
}

func TestCallWhoseNumberTheNetworkChangedIsKnownByItsEnd(t *testing.T) {
	n := &network{call: func(x *shadow.Trial, calling *shadow.Side, _ *fmc.SIM) {
		calling.Told(fmc.Dialing, cause.Cause{})
		x.Doubted(modem.Ringing{Hidden: true}, func(bool) {})
		calling.Told(fmc.Alerting, cause.Cause{})           // now the calling card is told to hang up
		time.AfterFunc(time.Second, func() { x.Stopped() }) // and the other rings no more
	}}
	if all := night(t, n, &journal{}, 1); len(all) != 1 || all[0].Yielded || !all[0].Call.Rang || !all[0].Call.Hidden {
		t.Errorf("%+v", all)
	}
}

func TestTextThatCannotBeSentSaysWhy(t *testing.T) {
	n := &network{
		call: func(_ *shadow.Trial, calling *shadow.Side, _ *fmc.SIM) {
			calling.Told(fmc.Dialing, cause.Cause{})
			calling.Told(fmc.Gone, cause.Because(cause.Busy, "it is busy"))
		},
		text: func(*shadow.Trial, string, string) string { return "the card is barred" },
	}
	all := night(t, n, &journal{}, 1)
	if len(all) != 1 || all[0].Text == nil || all[0].Text.Why != "the card is barred" || all[0].Call.Cause == nil || all[0].Call.Cause.Text != "it is busy" {
		t.Errorf("%+v", all)
	}
}

func TestNothingBeginsWhereALineIsBusyOrTheBeginningCannotBeKept(t *testing.T) {
	began := func(*shadow.Trial, *shadow.Side, *fmc.SIM) { t.Error("a card was tried") }
	night(t, &network{busy: true, call: began}, &journal{}, 1)
	night(t, &network{call: began}, &journal{full: true}, 1)
}
