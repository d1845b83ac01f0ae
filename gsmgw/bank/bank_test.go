package bank_test

import (
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/gsmgw/bank"
	"roadline/hardware/banksim"
	"roadline/hardware/remsim"
)

// TestACardServesWhereItIsWishedAndNowhereElse moves a card, has another take its place, and frees it.
func TestACardServesWhereItIsWishedAndNowhereElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		w.stop() // nobody asks the server yet
		lines := []fmc.LineView{{LineState: fmc.LineState{ID: w.cards[0].Line()}, State: "absent"}, {LineState: fmc.LineState{ID: w.cards[1].Line()}, Name: "left", State: "ready"}}
		if l := w.banks.Told("acme", lines); l[0].State != fmc.LineInBank || l[0].WayOut == "" || l[1].State != "ready" {
			t.Errorf("the lines are %+v", l)
		}
		w.moved(0, 0)
		lines[0].State = "absent"
		if l := w.banks.Told("acme", lines)[0]; l.State != "absent" || !strings.Contains(l.Why, "asked soon") {
			t.Errorf("the line of a card that is to serve is %+v", l)
		}
		w.start()
		defer func() { w.stop() }()
		pass(10 * time.Second)
		w.serves(0, -1, -1)
		w.is(0, fmc.SlotServing, "")
		w.moved(0, 1)
		w.moved(1, 0)
		pass(20 * time.Second)
		w.serves(1, 0, -1)
		w.moved(0, -1)
		pass(10 * time.Second)
		w.serves(1, -1, -1)
		w.is(0, fmc.SlotFree, "")
		if m := w.slot(0).Moved; m == nil || m.Was != "modem-1" || m.Modem != "" || m.By != "olga" {
			t.Errorf("it was moved last by %+v", m)
		}
		if len(w.journal.facts) != 4 {
			t.Errorf("the journal has %d facts", len(w.journal.facts))
		}
	})
}

// pass lets time pass in a bubble.
func pass(d time.Duration) {
	<-time.After(d)
}

func TestAWishIsRefusedForAReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		w.stop() // what is refused is refused whoever serves
		w.all["acme"].SIMs[2].Mandate = fmc.Mandate{}
		w.all["acme"].SIMs[3].Mandate.Until = time.Now()
		w.moved(0, 0)
		for what, x := range map[string]struct {
			err  error
			kind cause.Kind
		}{
			"another card serves there":       {w.move(1, 0), cause.Conflict},
			"another company's card does":     {w.move(4, 0), cause.Conflict},
			"no mandate":                      {w.move(2, 1), cause.Denied},
			"a mandate that ended":            {w.move(3, 1), cause.Denied},
			"no such modem":                   {w.move(1, 7), cause.Invalid},
			"no such card":                    {w.banks.Move(w.all["acme"], fmc.CardMove{SIM: "8970", Modem: "modem-1"}), cause.NotFound},
			"a card of another company's":     {w.banks.Move(w.all["acme"], fmc.CardMove{SIM: w.cards[4], Modem: "modem-1"}), cause.NotFound},
			"a card that lies in no bank":     {w.strange(), cause.NotFound},
			"a card that is used up":          {w.usedUp(), cause.Denied},
			"what cannot be written stays so": {w.full(), cause.Unavailable},
		} {
			if cause.KindOf(x.err) != x.kind {
				t.Errorf("%s: %v", what, x.err)
			}
		}
		if err := w.move(2, -1); err != nil {
			t.Errorf("a card without a mandate cannot be freed: %v", err)
		}
		for _, v := range w.banks.Views("other") {
			if len(v.Slots) != 1 || v.Slots[0].SIM != w.cards[4] || !v.Modems[0].Taken || v.Modems[0].SIM != "" {
				t.Errorf("the other company sees %+v", v)
			}
		}
	})
}

// strange moves a card of the company that lies in no bank.
func (w *world) strange() error {
	c := w.all["acme"]
	c.SIMs = append(c.SIMs, fmc.SIM{ICCID: "897001", Mandate: c.SIMs[0].Mandate})
	w.owners["897001"] = "acme"
	return w.banks.Move(c, fmc.CardMove{SIM: "897001", Modem: "modem-1"})
}

// usedUp moves a card that reached a limit.
func (w *world) usedUp() error {
	sim := &w.all["acme"].SIMs[1]
	sim.Limits.Calls = 5
	defer func() { sim.Limits.Calls = 0 }()
	return w.move(1, 1)
}

// full moves a card while nothing can be written.
func (w *world) full() error {
	w.journal.mu.Lock()
	w.journal.full = true
	w.journal.mu.Unlock()
	err := w.move(1, 1)
	w.journal.mu.Lock()
	w.journal.full = false
	w.journal.mu.Unlock()
	if s := w.slot(1); s.Modem != "" {
		w.t.Errorf("it counts though it is not kept: %+v", s)
	}
	return err
}

func TestNothingChangesDuringACallUnlessItMayBeLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.stop()
		w.moved(0, 0)
		pass(10 * time.Second)
		w.fleet.calls("modem-0", true)
		w.moved(0, 1)
		pass(time.Hour)
		w.serves(0, -1, -1)
		w.is(0, fmc.SlotMoving, "a call goes on")
		w.fleet.calls("modem-0", false)
		pass(10 * time.Second)
		w.serves(-1, 0, -1)
		w.fleet.calls("modem-1", true)
		if err := w.move(0, -1, func(m *fmc.CardMove) { m.Lose = true }); err != nil {
			t.Fatal(err)
		}
		pass(10 * time.Second)
		w.serves(-1, -1, -1)
	})
}

// TestWhateverTheServerDoesTheWishReturns has each fault while cards serve, with the server forgetting its maps meanwhile.
func TestWhateverTheServerDoesTheWishReturns(t *testing.T) {
	for _, f := range faults {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, nil)
			defer w.stop()
			w.moved(0, 0)
			w.moved(1, 1)
			pass(10 * time.Second)
			w.serves(0, 1, -1)
			w.sim.Fault(f, true)
			w.moved(1, 2)
			pass(5 * time.Minute)
			w.said(f)
			w.sim.Restart()
			pass(time.Minute)
			w.sim.Fault(f, false)
			if f == banksim.SaysOnly { // maps that are on by the list stay so: a person starts the server anew
				w.sim.Restart()
			}
			pass(10 * time.Minute)
			w.serves(0, -1, 1)
			w.is(1, fmc.SlotServing, "")
		})
	}
}

// said fails where a person is not told what is wrong.
func (w *world) said(f banksim.Fault) {
	w.t.Helper()
	synctest.Wait()
	v := w.banks.Views("acme")[0]
	switch f {
	case banksim.Away, banksim.Hangs, banksim.Half, banksim.Gibberish:
		if v.State != fmc.BankAway || v.Why == "" {
			w.t.Errorf("fault %d: the server is %s: %q", f, v.State, v.Why)
		}
		w.is(1, fmc.SlotMoving, "does not answer")
		if f == banksim.Away {
			w.serves(0, 1, -1)
		}
	case banksim.Refuses:
		w.is(1, fmc.SlotRefused, "refused")
	case banksim.SaysOnly:
		w.is(1, fmc.SlotOddly, "the modem finds none")
	case banksim.Twice:
		w.is(0, fmc.SlotOddly, "serves two clients")
		w.serves(0, 1, -1)
	case banksim.Amnesia:
		w.is(0, fmc.SlotRefused, "refused")
		w.is(1, fmc.SlotMoving, "modem-1 still shows the card")
		w.serves(0, 1, -1)
	}
}

// TestAMapThatTheBankDidNotAcknowledgeIsLeftUntilItDoes changes its mind while a map is on its way: taken back then, the
// server would forget it and the card would serve for ever.
func TestAMapThatTheBankDidNotAcknowledgeIsLeftUntilItDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.stop()
		for i := range 40 { // whichever state it has just then
			w.moved(0, i%2)
			pass(time.Duration(i) * 17 * time.Millisecond)
		}
		pass(20 * time.Second)
		w.serves(-1, 0, -1)
		if got := w.sim.Serves(); len(got) != 1 || w.sim.Odd() != nil {
			t.Errorf("the bank serves %v: %v", got, w.sim.Odd())
		}
	})
}

// TestACardThatAModemDoesNotLetGoOfGetsIntoNoOther has modems that never look at their cards again.
func TestACardThatAModemDoesNotLetGoOfGetsIntoNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.stop()
		w.moved(0, 0)
		pass(time.Minute)
		w.fleet.mu.Lock()
		w.fleet.deaf = true
		w.fleet.mu.Unlock()
		w.moved(0, 1)
		pass(time.Minute)
		w.serves(-1, -1, -1)
		w.is(0, fmc.SlotMoving, "modem-0 still shows the card")
		w.fleet.mu.Lock()
		w.fleet.deaf = false
		w.fleet.mu.Unlock()
		pass(10 * time.Minute)
		w.serves(-1, 0, -1)
	})
}

func TestWhatIsNotOursByTheFileIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(s *bank.Site) { s.Cards, s.Modems = s.Cards[:3], s.Modems[:2] })
		defer w.stop()
		other, err := remsim.NewServer("http://bank", direct{w.sim})
		if err != nil {
			t.Fatal(err)
		}
		for slot, client := range map[int]int{3: 10, 0: 12, 1: 11} { // a strange card in our modem, ours in a strange one, ours in ours by hand
			if err := other.Map(t.Context(), remsim.Slot{Bank: 1, Slot: slot}, remsim.Client{Client: client}); err != nil {
				t.Fatal(err)
			}
		}
		w.moved(2, 0)
		w.moved(0, 1)
		pass(time.Minute)
		w.serves(3, -1, 0)
		w.is(2, fmc.SlotOddly, "does not name")
		w.is(0, fmc.SlotOddly, "does not name")
	})
}

// TestACardOfWhichNobodySaidWhereItLiesIsLearntFromItsModem has a map that was made by hand, of a slot that the file leaves
// open; the card can be moved as soon as a modem showed it, also by the next start.
func TestACardOfWhichNobodySaidWhereItLiesIsLearntFromItsModem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(s *bank.Site) { s.Cards[0].ICCID = "" })
		defer func() { w.stop() }()
		if cause.KindOf(w.move(0, 0)) != cause.NotFound {
			t.Error("a card of which nobody knows where it lies is moved")
		}
		other, err := remsim.NewServer("http://bank", direct{w.sim})
		if err != nil {
			t.Fatal(err)
		}
		if err := other.Map(t.Context(), remsim.Slot{Bank: 1}, remsim.Client{Client: 10}); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		w.serves(0, -1, -1)
		w.is(0, fmc.SlotOddly, "nobody here ever wished")
		if !w.slot(0).Seen {
			t.Error("it is not said that it was seen only")
		}
		w.stop()
		w.start()
		w.moved(0, 2)
		pass(time.Minute)
		w.serves(-1, -1, 0)
		w.is(0, fmc.SlotServing, "")
	})
}

func TestACardThatTheFileHasElsewhereIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(s *bank.Site) { s.Cards[0].ICCID, s.Cards[1].ICCID = s.Cards[1].ICCID, s.Cards[0].ICCID })
		defer w.stop()
		w.moved(0, 0)
		pass(time.Minute)
		w.is(0, fmc.SlotOddly, "put the file right")
	})
}

// TestASpareServesOnceForACardThatFails has a card become unreadable: its spare serves, and does not give way again.
func TestASpareServesOnceForACardThatFails(t *testing.T) {
	spares := func(s *bank.Site) { s.Cards[0].Spare, s.Cards[1].Spare = s.Cards[1].ICCID, s.Cards[0].ICCID }
	for what, x := range map[string]struct {
		spoil func(*world)
		want  int
	}{
		"all is well":                   {func(*world) {}, 1},
		"the spare has no mandate":      {func(w *world) { w.all["acme"].SIMs[1].Mandate = fmc.Mandate{} }, 0},
		"the spare is used up":          {func(w *world) { w.all["acme"].SIMs[1].Limits.Calls = 5 }, 0},
		"the spare serves elsewhere":    {func(w *world) { w.moved(1, 2) }, 0},
		"the spare is the other's":      {func(w *world) { w.owners[w.cards[1]] = "other" }, 0},
		"the server is away by then":    {func(w *world) { w.sim.Fault(banksim.Away, true) }, 0},
		"nothing can be written":        {func(w *world) { w.journal.mu.Lock(); w.journal.full = true; w.journal.mu.Unlock() }, 0},
		"the network does not want it":  {func(w *world) { delete(w.fleet.broken, string(w.cards[0])) }, 0},
		"the company is not known here": {func(w *world) { delete(w.all, "acme") }, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, spares)
			defer func() { w.stop() }()
			w.moved(0, 0)
			pass(time.Minute)
			w.fleet.mu.Lock()
			w.fleet.broken[string(w.cards[0])] = true
			w.fleet.mu.Unlock()
			w.stop() // the document and the machine file change at a start alone
			x.spoil(w)
			w.start()
			w.fleet.LookAtCard("modem-0")
			pass(5 * time.Minute)
			if synctest.Wait(); w.in("modem-0") != string(w.cards[x.want]) {
				t.Fatalf("%s: the modem has %s", what, w.in("modem-0"))
			}
			if x.want == 0 {
				return
			}
			if m := w.slot(1).Moved; m == nil || m.By != fmc.BySpareRule || !strings.Contains(m.Reason, "no use in modem-0") {
				t.Errorf("the history says %+v", m)
			}
			w.fleet.mu.Lock()
			w.fleet.broken[string(w.cards[1])] = true
			w.fleet.mu.Unlock()
			w.fleet.LookAtCard("modem-0")
			pass(time.Hour)
			w.serves(1, -1, -1)
		})
	}
}

func (w *world) in(port string) string {
	w.fleet.mu.Lock()
	defer w.fleet.mu.Unlock()
	return w.fleet.in[port]
}

// TestTheWishesOutliveAStart starts anew with the file, and without it from what the journal had.
func TestTheWishesOutliveAStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer func() { w.stop() }()
		w.moved(0, 0)
		w.moved(0, 1)
		pass(10 * time.Second)
		w.stop()
		w.sim.Restart()
		w.start()
		pass(20 * time.Second)
		w.serves(-1, 0, -1)
		w.stop()
		w.sim.Restart()
		w.o.File = filepath.Join(t.TempDir(), "banks.json")
		w.start()
		for i := range w.journal.facts { // the latest first: order does not count
			f := w.journal.facts[len(w.journal.facts)-1-i]
			if m, ok := f.Body.(fmc.CardMoved); ok {
				w.banks.Took(f.Company, m)
			}
		}
		pass(20 * time.Second)
		w.serves(-1, 0, -1)
	})
}

// TestRandomWishesAndFaultsNeverHaveACardInTwoModems does whatever comes to mind, and then leaves all in peace: port.Swap
// fails where a card gets into two modems, or two into one.
func TestRandomWishesAndFaultsNeverHaveACardInTwoModems(t *testing.T) {
	for seed := range uint64(8) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, func(s *bank.Site) { s.Cards[0].Spare = s.Cards[1].ICCID })
			defer func() { w.stop() }()
			random := rand.New(rand.NewPCG(seed, 18)) //nolint:gosec // a test's
			for range 120 {
				switch random.IntN(8) {
				case 0, 1, 2, 3:
					_ = w.move(random.IntN(cards), random.IntN(modems+1)-1)
				case 4, 5:
					w.sim.Fault(faults[random.IntN(len(faults))], random.IntN(3) == 0)
				case 6:
					w.sim.Restart()
				case 7:
					if random.IntN(4) == 0 {
						w.stop()
						w.start()
					}
				}
				pass(time.Duration(random.IntN(4000)) * time.Millisecond)
			}
			for _, f := range faults {
				w.sim.Fault(f, false)
			}
			w.sim.Restart()
			pass(20 * time.Minute)
			synctest.Wait()
			for _, s := range w.banks.Views("")[0].Slots {
				if s.State != fmc.SlotFree && s.State != fmc.SlotServing || s.Modem != "" && w.in(s.Modem) != string(s.SIM) || s.Modem == "" && s.Serves != "" {
					t.Errorf("seed %d: in peace a slot is %+v", seed, s)
				}
			}
		})
	}
}
