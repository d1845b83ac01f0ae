package gsmgw_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"roadline/fmc"
	"roadline/gsmgw"
	"roadline/hardware/modem"
	"roadline/hardware/pdu"
)

// mortal is what outlives a server that dies at any step: the disk, the card, and what the network got. Every use of
// the module and every write is two steps, one before it and one after.
type mortal struct {
	mu      sync.Mutex // guards:
	steps   int
	dies    int  // at this step; 0: never
	dead    bool // nothing that it does counts any more
	power   bool // the power goes with it: what was not brought to disk is lost
	facts   []fmc.Fact
	synced  int // so many of them are on disk
	room    []modem.Stored
	inbox   []string // PDUs, as they came
	named   int
	refuses int // so many messages more are refused for now
}

var errDead = errors.New("the server is dead")

// step is a moment at which the server may die; false: it is dead.
func (w *mortal) step() bool {
	if w.dead {
		return false
	}
	if w.steps++; w.steps == w.dies {
		w.dead = true
		if w.power {
			w.facts = w.facts[:w.synced]
		}
	}
	return !w.dead
}

// do does something between two steps.
func (w *mortal) do(f func()) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.step() {
		return errDead
	}
	f()
	if !w.step() {
		return errDead
	}
	return nil
}

func (w *mortal) Append(facts ...fmc.Fact) error {
	return w.do(func() { w.facts = append(w.facts, facts...) })
}

func (w *mortal) Sync(context.Context) error { return w.do(func() { w.synced = len(w.facts) }) }

func (w *mortal) name() fmc.MessageID {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.named++
	return fmc.MessageID(fmt.Sprint("m", w.named))
}

// mortalModem is a module with the world's card.
type mortalModem struct {
	*fakeModem
	w *mortal
}

func (m mortalModem) Stored(context.Context) (all []modem.Stored, err error) {
	err = m.w.do(func() { all = slices.Clone(m.w.room) })
	return all, err
}

func (m mortalModem) Read(_ context.Context, at modem.Place) (s modem.Stored, ok bool, err error) {
	err = m.w.do(func() {
		if i := slices.IndexFunc(m.w.room, func(s modem.Stored) bool { return s.Place == at }); i >= 0 {
			s, ok = m.w.room[i], true
		}
	})
	return s, ok, err
}

func (m mortalModem) Delete(_ context.Context, at modem.Place) error {
	return m.w.do(func() { m.w.room = slices.DeleteFunc(m.w.room, func(s modem.Stored) bool { return s.Place == at }) })
}

func (m mortalModem) Send(_ context.Context, pdu []byte) (ref byte, err error) {
	refused := false
	err = m.w.do(func() {
		if refused = m.w.refuses > 0; refused {
			m.w.refuses--
			return
		}
		m.w.inbox = append(m.w.inbox, hex.EncodeToString(pdu))
		ref = byte(len(m.w.inbox)) //nolint:gosec // few
	})
	if err == nil && refused {
		err = &modem.SendError{CMS: 42, Err: errors.New("+CMS ERROR: 42")}
	}
	return ref, err
}

// live runs a server in the world, for ten minutes, dead or alive.
func (w *mortal) live(t *testing.T, do func(*bench)) {
	t.Helper()
	w.steps, w.dead = 0, false
	m := mortalModem{newModem(cardA), w}
	ready := false
	startWith(t, func(b *bench) {
		b.options.Journal, b.options.NewMessage = w, w.name
		b.options.Find = func() []gsmgw.Port {
			w.mu.Lock()
			defer w.mu.Unlock()
			if !ready {
				return nil
			}
			return []gsmgw.Port{{Name: "usb:1-1", Open: func(ctx context.Context) (modem.Modem, error) {
				_, err := m.open(ctx)
				return m, err
			}}}
		}
	}, func(b *bench) {
		b.g.Restore(w.left())
		w.mu.Lock()
		ready = true
		w.mu.Unlock()
		do(b)
		b.pass(10 * time.Minute)
	}, m.fakeModem)
	w.dies = 0
}

// left are the messages that an earlier server left open, as the house finds them.
func (w *mortal) left() []fmc.MessageRecord {
	var left []fmc.MessageRecord
	for _, facts := range w.out() {
		if r := fmc.FoldMessage(facts); r.State == fmc.MessageQueued {
			left = append(left, r)
		}
	}
	return left
}

// out are the facts of messages that go out, by message, in the order in which they were accepted.
func (w *mortal) out() [][]fmc.Fact {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all [][]fmc.Fact
	place := map[fmc.MessageID]int{}
	for _, f := range w.facts {
		if _, ok := f.Body.(fmc.MessageAccepted); ok {
			place[f.Message] = len(all)
			all = append(all, nil)
		}
		if i, ok := place[f.Message]; ok {
			all[i] = append(all[i], f)
		}
	}
	return all
}

// came are messages for a card, as the network gives them to it.
var came = []string{
	hello,
	"07919471170600F0040C9194511121436500006201222130538005E8329BFD06", // ten seconds later
	"00FF",
	"07919471170600F0440C91945111214365000062012221306380" + "0B" + "050003070201" + "A8E5391D", // the first of two parts
}

// errand has the server send three messages, and the network give it four; it returns the ids that were accepted.
func (w *mortal) errand(b *bench) []fmc.MessageID {
	w.lies(b, 1, came[:2]...)
	var ids []fmc.MessageID
	for i, text := range []string{"one", strings.Repeat("two and more ", 20), "three"} {
		to := "+79161234567"
		if i == 2 {
			to = "+79167654321"
		}
		if m, err := b.send(string(cardA), to, text); err == nil {
			ids = append(ids, m.ID)
		}
	}
	b.pass(5 * time.Second)
	w.lies(b, 7, came[2:]...)
	return ids
}

// lies has messages lie on the card, from a place on, whether anybody is told or not.
func (w *mortal) lies(b *bench, place int, pdus ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, text := range pdus {
		w.room = append(w.room, stored(b.t, place+i, text))
	}
}

// judgeIn looks for every message that the network gave the card, known by its key, and for nothing left on the card.
func (w *mortal) judgeIn(t *testing.T) {
	t.Helper()
	keys := map[string]bool{}
	for _, f := range w.facts {
		if c, ok := f.Body.(fmc.MessageCame); ok {
			keys[c.Key] = true
		}
	}
	for _, text := range came {
		raw, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		if !keys[pdu.Key(string(cardA), raw)] {
			t.Errorf("%s is lost", text)
		}
	}
	if len(keys) != len(came) || len(w.room) > 0 {
		t.Errorf("%d messages came, %d lie on the card", len(keys), len(w.room))
	}
}

// judgeOut looks for the parts of every message in what the network got: once where it is sent, at most once where that
// is uncertain; those to one peer in order.
func (w *mortal) judgeOut(t *testing.T, accepted []fmc.MessageID) {
	t.Helper()
	var known []fmc.MessageID
	var order []int // places of the parts to one peer
	for _, facts := range w.out() {
		r := fmc.FoldMessage(facts)
		known = append(known, r.ID)
		for _, p := range r.Accepted.PDUs {
			times := 0
			for i, got := range w.inbox {
				if got != p {
					continue
				}
				times++
				if r.Accepted.To.E164 == "+79161234567" {
					order = append(order, i)
				}
			}
			if times > 1 || times == 0 && r.State == fmc.MessageSent || r.State != fmc.MessageSent && r.State != fmc.MessageUncertain {
				t.Errorf("message %s is %s, a part came %d times", r.ID, r.State, times)
			}
		}
	}
	for _, id := range accepted {
		if !slices.Contains(known, id) {
			t.Errorf("%s was accepted and is lost", id)
		}
	}
	if !slices.IsSorted(order) {
		t.Errorf("the parts to one peer came as %v", order)
	}
}

// TestAServerThatDiesAtAnyStepLosesAndDoublesNothing kills the server, or cuts the power, before and after everything
// that it does, once and again.
func TestAServerThatDiesAtAnyStepLosesAndDoublesNothing(t *testing.T) {
	for _, start := range []struct {
		power   bool
		refuses int
	}{{}, {power: true}, {power: true, refuses: 2}} {
		steps := 0
		for dies := 0; dies <= steps; dies++ {
			w := &mortal{dies: dies, power: start.power, refuses: start.refuses}
			var accepted []fmc.MessageID
			w.live(t, func(b *bench) { accepted = w.errand(b) })
			steps = max(steps, w.steps)
			again := rand.New(rand.NewPCG(uint64(dies), 0)) //nolint:gosec // chances, no secrets; it counts up from 0
			for range 3 {                                   // and again, anywhere
				w.dies = 1 + again.IntN(steps)
				w.live(t, func(*bench) {})
			}
			w.live(t, func(*bench) {})
			w.judgeIn(t)
			w.judgeOut(t, accepted)
			if t.Failed() {
				t.Fatalf("dead at step %d of %d, with the power %v, after %d refusals", dies, steps, start.power, start.refuses)
			}
		}
		t.Logf("%d steps", steps)
	}
}
