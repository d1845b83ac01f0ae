package bank_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/gsmgw"
	"roadline/gsmgw/bank"
	"roadline/hardware/banksim"
	"roadline/hardware/gsmsim"
	"roadline/hardware/modem"
	"roadline/hardware/remsim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fleet is modems of which each shows the card that is in it when it last looked.
type fleet struct {
	mu sync.Mutex
	// mu guards:
	t      *testing.T
	in     map[string]string // ICCIDs, by port
	views  map[string]gsmgw.View
	broken map[string]bool // cards that no module can read, by ICCID
	deaf   bool            // no module looks at its card again
}

// port is a modem of it, as a bank puts cards in.
type port struct {
	f    *fleet
	name string
}

func (p port) Swap(c *gsmsim.Card) error {
	p.f.mu.Lock()
	defer p.f.mu.Unlock()
	if c == nil {
		delete(p.f.in, p.name)
		return nil
	}
	for other, id := range p.f.in {
		if id == c.ICCID {
			p.f.t.Errorf("card %s serves %s and is to serve %s", id, other, p.name)
		}
	}
	if was := p.f.in[p.name]; was != "" {
		p.f.t.Errorf("card %s is to serve %s, which %s serves", c.ICCID, p.name, was)
	}
	if p.f.views[p.name].State == gsmgw.StateCalling {
		p.f.t.Errorf("the card of %s changes in a call", p.name)
	}
	p.f.in[p.name] = c.ICCID
	return nil
}

func (f *fleet) Views() (all []gsmgw.View) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, v := range f.views {
		all = append(all, v)
	}
	return all
}

func (f *fleet) Vacate(port string, lose bool) (func(), error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.views[port].State == gsmgw.StateCalling && !lose {
		return nil, cause.Errorf(cause.Conflict, "a call goes on in %s", port)
	}
	return func() { f.LookAtCard(port) }, nil
}

func (f *fleet) LookAtCard(port string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.deaf {
		return
	}
	v := gsmgw.View{Port: port, State: gsmgw.StateNoCard, SIM: modem.SIM{State: modem.SIMAbsent}}
	switch id := f.in[port]; {
	case id != "" && f.broken[id]:
		v.SIM.State = modem.SIMFailed
	case id != "":
		v.State, v.Card, v.SIM.State = gsmgw.StateReady, fmc.ICCID(id), modem.SIMReady
	}
	f.views[port] = v
}

// calls has a call begin or end in a port.
func (f *fleet) calls(port string, on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	v := f.views[port]
	if v.State = gsmgw.StateReady; on {
		v.State = gsmgw.StateCalling
	}
	f.views[port] = v
}

// journal keeps facts.
type journal struct {
	mu    sync.Mutex
	facts []fmc.Fact // guarded by mu
	full  bool       // guarded by mu: nothing more is taken
}

func (j *journal) Append(facts ...fmc.Fact) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.full {
		return cause.Errorf(cause.Unavailable, "the disk is full")
	}
	j.facts = append(j.facts, facts...)
	return nil
}

func (*journal) Sync(context.Context) error { return nil }

// companies are those of the tests.
type companies map[fmc.CompanyID]*fmc.Company

func (c companies) Company(id fmc.CompanyID) (*fmc.Company, bool) { x, ok := c[id]; return x, ok }
func (companies) Called(fmc.TrunkID, string) (*fmc.Company, bool) { return nil, false }

// direct carries questions to a server in this process.
type direct struct{ to http.Handler }

func (d direct) RoundTrip(r *http.Request) (answer *http.Response, err error) {
	defer func() {
		if recover() != nil {
			err = cause.Errorf(cause.Unavailable, "the connection ended")
		}
	}()
	w := httptest.NewRecorder()
	d.to.ServeHTTP(w, r)
	return w.Result(), nil
}

// world is a bank of cards of two companies, its modems and who serves it.
type world struct {
	t       *testing.T
	sim     *banksim.Bank
	fleet   *fleet
	journal *journal
	owners  map[fmc.ICCID]fmc.CompanyID
	all     companies
	cards   []fmc.ICCID
	o       bank.Options
	banks   *bank.Banks
	stop    func()
}

const (
	cards  = 5 // the last is the other company's
	modems = 3
)

// faults are everything that a server does wrong.
var faults = []banksim.Fault{
	banksim.Refuses, banksim.Away, banksim.Hangs, banksim.Half, banksim.SaysOnly, banksim.Twice, banksim.Amnesia, banksim.Gibberish,
}

// newWorld builds it; change may change what the machine file says.
func newWorld(t *testing.T, change func(*bank.Site)) *world {
	t.Helper()
	w := &world{
		t: t, fleet: &fleet{t: t, in: map[string]string{}, views: map[string]gsmgw.View{}, broken: map[string]bool{}}, journal: &journal{},
		owners: map[fmc.ICCID]fmc.CompanyID{}, all: companies{"acme": {}, "other": {}},
	}
	w.all["acme"].Profile.ID, w.all["other"].Profile.ID = "acme", "other"
	sim := banksim.Options{Cards: map[banksim.Slot]*gsmsim.Card{}, Modules: map[banksim.Client]banksim.Module{}, Step: 200 * time.Millisecond, Now: time.Now}
	site := bank.Site{Name: "north"}
	for i := range cards {
		card := gsmsim.NewCard(i + 1)
		id, owner := fmc.ICCID(card.ICCID), fmc.CompanyID("acme")
		if i == cards-1 {
			owner = "other"
		}
		w.cards, w.owners[id] = append(w.cards, id), owner
		c := w.all[owner]
		c.SIMs = append(c.SIMs, fmc.SIM{ICCID: id, Mandate: fmc.Mandate{Owner: "A", For: []fmc.SIMUse{fmc.UseCalls}}})
		sim.Cards[banksim.Slot{Bank: 1, Slot: i}] = card
		site.Cards = append(site.Cards, bank.Card{Slot: remsim.Slot{Bank: 1, Slot: i}, ICCID: id})
	}
	for i := range modems {
		name := modemNamed(i)
		sim.Modules[banksim.Client{Client: 10 + i}] = port{w.fleet, name}
		site.Modems = append(site.Modems, bank.Modem{Client: remsim.Client{Client: 10 + i}, Port: name})
		w.fleet.LookAtCard(name)
	}
	if change != nil {
		change(&site)
	}
	var err error
	if w.sim, err = banksim.New(sim); err != nil {
		t.Fatal(err)
	}
	if site.Server, err = remsim.NewServer("http://bank", direct{w.sim}); err != nil {
		t.Fatal(err)
	}
	w.o = bank.Options{
		Sites: []bank.Site{site}, Fleet: w.fleet, Journal: w.journal, Companies: w.all, File: filepath.Join(t.TempDir(), "banks.json"), Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Owner:   func(id fmc.ICCID) fmc.CompanyID { return w.owners[id] },
		Reached: func(_ *fmc.Company, s *fmc.SIM) []fmc.LimitSeen { return s.Reached(fmc.SIMUsed{Calls: 5}, time.Now()) },
	}
	w.start()
	return w
}

func modemNamed(i int) string { return fmt.Sprintf("modem-%d", i) }

// start starts whoever serves the bank, anew after stop.
func (w *world) start() {
	w.t.Helper()
	var err error
	if w.banks, err = bank.New(w.o); err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(w.t.Context())
	var end sync.WaitGroup
	end.Go(func() { _ = w.banks.Run(ctx) })
	end.Go(func() { _ = w.sim.Run(ctx) })
	w.stop = func() {
		cancel()
		end.Wait()
	}
}

func (w *world) move(card, modem int, more ...func(*fmc.CardMove)) error {
	m := fmc.CardMove{SIM: w.cards[card], By: "olga", Reason: "a reason"}
	if modem >= 0 {
		m.Modem = modemNamed(modem)
	}
	for _, f := range more {
		f(&m)
	}
	return w.banks.Move(w.all[w.owners[m.SIM]], m)
}

func (w *world) moved(card, modem int) {
	w.t.Helper()
	if err := w.move(card, modem); err != nil {
		w.t.Fatal(err)
	}
}

// serves fails where the modems do not have these cards, by modem; -1: none.
func (w *world) serves(want ...int) {
	w.t.Helper()
	synctest.Wait()
	w.fleet.mu.Lock()
	defer w.fleet.mu.Unlock()
	is := maps.Clone(w.fleet.in)
	for i, card := range want {
		id := ""
		if card >= 0 {
			id = string(w.cards[card])
		}
		if is[modemNamed(i)] != id {
			w.t.Fatalf("%s has %q, not %q", modemNamed(i), is[modemNamed(i)], id)
		}
	}
}

// slot is how a card's place is shown to its company.
func (w *world) slot(card int) fmc.BankSlotView {
	w.t.Helper()
	for _, s := range w.banks.Views(w.owners[w.cards[card]])[0].Slots {
		if s.SIM == w.cards[card] {
			return s
		}
	}
	w.t.Fatalf("card %d is in no slot", card)
	return fmc.BankSlotView{}
}

func (w *world) is(card int, state fmc.SlotState, why string) {
	w.t.Helper()
	if s := w.slot(card); s.State != state || !strings.Contains(s.Why, why) {
		w.t.Fatalf("card %d is %s: %q, and not %s: %q", card, s.State, s.Why, state, why)
	}
}
