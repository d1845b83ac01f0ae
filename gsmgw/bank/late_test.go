package bank_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"roadline/fmc"
	"roadline/gsmgw"
	"roadline/gsmgw/bank"
	"roadline/hardware/banksim"
	"roadline/hardware/remsim"
)

// gate carries questions to a server in this process, but for those that it answers itself.
type gate struct {
	direct
	ask func(*http.Request) (*http.Response, error)
}

func (g gate) RoundTrip(r *http.Request) (*http.Response, error) {
	if answer, err := g.ask(r); answer != nil || err != nil {
		return answer, err
	}
	return g.direct.RoundTrip(r)
}

// through has whoever serves the bank start anew, and ask its server through a gate.
func (w *world) through(ask func(*http.Request) (*http.Response, error)) {
	w.t.Helper()
	w.stop()
	var err error
	if w.o.Sites[0].Server, err = remsim.NewServer("http://bank", gate{direct{w.sim}, ask}); err != nil {
		w.t.Fatal(err)
	}
	w.start()
}

// TestAServerThatTakesNothingBackIsNotAskedAllTheTime counts: each time the line stands still, and its modem starts anew.
func TestAServerThatTakesNothingBackIsNotAskedAllTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer func() { w.stop() }()
		var asked atomic.Int32
		var well atomic.Bool
		w.through(func(r *http.Request) (*http.Response, error) {
			if r.Method != http.MethodDelete || well.Load() {
				return nil, nil //nolint:nilnil // it is passed on
			}
			asked.Add(1)
			return &http.Response{StatusCode: http.StatusInternalServerError, Body: http.NoBody, Request: r}, nil
		})
		w.moved(0, 0)
		pass(10 * time.Second)
		w.moved(0, -1)
		pass(5 * time.Minute)
		if n := asked.Load(); n < 2 || n > 8 {
			t.Errorf("it was asked %d times", n)
		}
		w.is(0, fmc.SlotMoving, "refused with status 500")
		well.Store(true)
		pass(10 * time.Minute)
		w.serves(-1, -1, -1)
	})
}

// TestASilentServerIsAskedForOneThingAtATime has one that shows its maps, and is silent when it is asked for one: what is left
// of a turn is worked out anew after another look.
func TestASilentServerIsAskedForOneThingAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer func() { w.stop() }()
		var asked, most int // by the one goroutine that asks
		w.through(func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodGet {
				asked = 0
				return nil, nil //nolint:nilnil // it is passed on
			}
			asked++
			most = max(most, asked)
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		for i := range modems {
			w.moved(i, i)
		}
		pass(5 * time.Minute)
		w.is(0, fmc.SlotRefused, "does not answer")
		if synctest.Wait(); most != 1 {
			t.Errorf("it was asked for %d things after one look", most)
		}
	})
}

// TestAWishThatComesWhileTheServerIsAskedCounts has a slow server, and a card that is freed before its turn.
func TestAWishThatComesWhileTheServerIsAskedCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer func() { w.stop() }()
		w.through(func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodPost {
				<-time.After(2 * time.Second)
			}
			return nil, nil //nolint:nilnil // it is passed on
		})
		w.moved(0, 0)
		pass(time.Second)
		w.moved(1, 1)
		w.moved(2, 2)
		pass(2 * time.Second) // it is asked for the second
		w.moved(2, -1)
		pass(time.Minute)
		w.serves(0, 1, -1)
		if n := w.sim.Mapped(); n != 2 {
			t.Errorf("%d cards were mapped", n)
		}
	})
}

// TestASpareStaysWhereSomebodyMovedTheCardMeanwhile has a card fail while the server is asked for something else for long, and
// a person free it in that time.
func TestASpareStaysWhereSomebodyMovedTheCardMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(s *bank.Site) { s.Cards[1].Spare = s.Cards[2].ICCID })
		defer func() { w.stop() }()
		w.through(func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodPost && w.in("modem-0") != "" {
				<-time.After(time.Minute)
			}
			return nil, nil //nolint:nilnil // it is passed on
		})
		w.moved(1, 0)
		pass(time.Minute)
		w.fleet.mu.Lock()
		w.fleet.broken[string(w.cards[1])] = true
		w.fleet.mu.Unlock()
		w.fleet.LookAtCard("modem-0")
		pass(90 * time.Second)
		w.moved(0, 1) // the server takes a minute over it: the spare's time comes meanwhile
		pass(10 * time.Second)
		w.moved(1, -1)
		pass(5 * time.Minute)
		w.serves(-1, 0, -1)
		if m := w.slot(1).Moved; m == nil || m.By != "olga" {
			t.Errorf("it was moved last by %+v", m)
		}
	})
}

// TestAfterAStartNothingIsMappedBeforeTheModemsSaidWhichCardsTheyHave is killed after a wish, with a server that forgot its
// maps while its cards serve on: only the modem knows that the card is still in it.
func TestAfterAStartNothingIsMappedBeforeTheModemsSaidWhichCardsTheyHave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer func() { w.stop() }()
		w.moved(0, 0)
		pass(10 * time.Second)
		w.stop()
		w.moved(0, 1)
		w.sim.Fault(banksim.Amnesia, true)
		w.fleet.mu.Lock()
		w.fleet.deaf = true
		for name := range w.fleet.views {
			w.fleet.views[name] = gsmgw.View{Port: name, State: gsmgw.StateStarting}
		}
		w.fleet.mu.Unlock()
		w.start()
		pass(15 * time.Second)
		w.is(0, fmc.SlotMoving, "has not said yet")
		w.fleet.mu.Lock()
		w.fleet.deaf = false
		w.fleet.mu.Unlock()
		for i := range modems {
			w.fleet.LookAtCard(modemNamed(i))
		}
		pass(5 * time.Minute)
		w.serves(0, -1, -1) // port.Swap fails where a card gets into two
		w.sim.Fault(banksim.Amnesia, false)
		pass(10 * time.Minute)
		w.serves(-1, 0, -1)
	})
}

// TestACardServesOnUntilItsWishIsKnown loses the node's disk: PostgreSQL says later what was wished.
func TestACardServesOnUntilItsWishIsKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer func() { w.stop() }()
		w.moved(0, 0)
		pass(10 * time.Second)
		w.stop()
		w.o.File = filepath.Join(t.TempDir(), "banks.json")
		w.start()
		pass(time.Minute)
		w.serves(0, -1, -1)
		w.is(0, fmc.SlotOddly, "nobody here ever wished")
		for _, f := range w.journal.facts {
			if m, ok := f.Body.(fmc.CardMoved); ok {
				w.banks.Took(f.Company, m)
			}
		}
		pass(10 * time.Second)
		w.serves(0, -1, -1)
		w.is(0, fmc.SlotServing, "")
		if n := w.sim.Mapped(); n != 1 {
			t.Errorf("the card was mapped %d times", n)
		}
	})
}

// TestOtherCompaniesCardsAreNotNamed has a spare of another company's, a modem in a call by one, and a file that mixes two up.
func TestOtherCompaniesCardsAreNotNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(s *bank.Site) {
			s.Cards[0].ICCID, s.Cards[4].ICCID = s.Cards[4].ICCID, s.Cards[0].ICCID
			s.Cards[1].Spare = s.Cards[0].ICCID
		})
		defer w.stop()
		w.moved(0, 0)
		w.fleet.mu.Lock()
		w.fleet.views["modem-1"] = gsmgw.View{Port: "modem-1", State: gsmgw.StateCalling, Owner: "other"}
		w.fleet.mu.Unlock()
		pass(time.Minute)
		w.is(0, fmc.SlotOddly, "another company's")
		if s := w.slot(0); strings.Contains(s.Why, string(w.cards[4])) {
			t.Errorf("it names it: %q", s.Why)
		}
		if s := w.slot(1); s.Spare != "" {
			t.Errorf("the spare is named: %s", s.Spare)
		}
		if v := w.banks.Views("acme")[0].Modems[1]; v.InCall {
			t.Errorf("the other company's call is seen: %+v", v)
		}
		all := w.banks.Views("")[0]
		if all.Slots[1].Spare != w.cards[4] || !all.Modems[1].InCall {
			t.Errorf("whoever runs the node sees %+v", all)
		}
	})
}

// TestACardThatWasLearntIsLearntAnewWhenAnotherLiesThere has a card exchanged in its slot while nobody looked.
func TestACardThatWasLearntIsLearntAnewWhenAnotherLiesThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(s *bank.Site) { s.Cards[0].ICCID = "" })
		defer func() { w.stop() }()
		w.stop()
		if err := os.WriteFile(w.o.File, []byte(`{"learnt":[{"bank":"north","slot":{"bankId":1,"slotNr":0},"iccid":"8970100"}]}`), 0o600); err != nil {
			t.Fatal(err)
		}
		w.start()
		other, err := remsim.NewServer("http://bank", direct{w.sim})
		if err != nil {
			t.Fatal(err)
		}
		if err := other.Map(t.Context(), remsim.Slot{Bank: 1}, remsim.Client{Client: 10}); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		if s := w.slot(0); !s.Seen || s.Slot != 0 {
			t.Errorf("it is %+v", s)
		}
	})
}
