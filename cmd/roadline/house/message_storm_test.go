package house_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"roadline/cabinet"
	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/hardware/gsmsim"
	"roadline/store"
	"roadline/store/storetest"
)

// stormSize is how many messages go each way: as many as a test program beside others may take the time for, unless
// ROADLINE_TEST_MESSAGES asks for more.
func stormSize(t *testing.T) int {
	text := os.Getenv("ROADLINE_TEST_MESSAGES")
	if text == "" {
		return 2000
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// stormSeed is where the storm's chances come from; ROADLINE_TEST_SEED repeats one.
func stormSeed(t *testing.T) uint64 {
	text := os.Getenv("ROADLINE_TEST_SEED")
	if text == "" {
		return uint64(time.Now().UnixNano())
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// The people of a storm: each writes to, and is written to by, one card only, so that the order is known.
const (
	stormPeers  = 48
	stormBlows  = 12
	stormPlaces = 6 // of a card: it fills whenever nobody fetches
)

// storm is a node with four modems that is killed and robbed of them while messages go both ways.
type storm struct {
	t       *testing.T
	dsn     string
	data    string
	seed    uint64
	random  *rand.Rand // owned by the test's goroutine
	mobiles *housetest.Mobiles
	devices []*gsmsim.Device
	cards   []*gsmsim.Card
	child   *housetest.Child
	api     *http.Client
	opened  *store.Tenant // by store
	kills   int
	losses  int // moments at which a module may have had a message and nobody knows

	mu      sync.Mutex // guards:
	asked   map[string]*askedMessage
	written map[string]writtenText
}

// askedMessage is a message that the API was asked to send.
type askedMessage struct {
	peer, n int
	parts   int           // 0: the API did not say
	id      fmc.MessageID // empty: the house died before it answered
}

// writtenText is a text that the network was given for a card.
type writtenText struct {
	peer, n int
	twice   bool
}

func newStorm(t *testing.T) *storm {
	t.Helper()
	data, err := os.MkdirTemp("", "roadline-storm-") // short: a unix socket's path is
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(data) })
	s := &storm{t: t, dsn: storetest.DSN(t), data: data, seed: stormSeed(t), asked: map[string]*askedMessage{}, written: map[string]writtenText{}}
	s.random = rand.New(rand.NewPCG(s.seed, 0)) //nolint:gosec // chances, no secrets
	t.Logf("seed %d", s.seed)
	s.mobiles = housetest.MobilesAt(t, quickTexts)
	for i, model := range []gsmsim.Make{gsmsim.HuaweiE173, gsmsim.EC25, gsmsim.SIM7600, gsmsim.SIM800} {
		card := gsmsim.NewCard(i + 1)
		card.Places = stormPlaces
		s.cards = append(s.cards, card)
		s.devices = append(s.devices, s.mobiles.Plugs(model, card))
	}
	town := housetest.Start(t, housetest.Setup{Data: data, DSN: s.dsn, Extra: s.mobiles.Machine("acme", s.cards...), Company: textCompany(s.cards...)})
	town.Close()
	s.api = overSocket(filepath.Join(data, "roadline.sock"))
	t.Cleanup(s.api.CloseIdleConnections)
	return s
}

// store is the company in PostgreSQL, whether the house lives or not.
func (s *storm) store() *store.Tenant {
	if s.opened == nil {
		s.opened = storetest.OpenAt(s.t, s.dsn).For("acme")
	}
	return s.opened
}

func (s *storm) card(peer int) *gsmsim.Card { return s.cards[peer%len(s.cards)] }

func peerNumber(peer int) string { return fmt.Sprintf("+7916%07d", 1000000+peer) }

// words is the text of a message: known by its beginning, and of one part or some.
func words(way string, peer, n int, chance *rand.Rand) string {
	text := fmt.Sprintf("%s %d %d.", way, peer, n)
	switch x := chance.IntN(20); {
	case x == 0:
		text += strings.Repeat(" Добрый день €", 12) // 3 parts or so
	case x <= 2:
		text += strings.Repeat(" good day {€}", 18) // 2
	case x <= 4:
		text += " до свидания 👋"
	}
	return text
}

// write has people write to the cards: the network is given so many texts, no faster than it gets rid of them.
func (s *storm) write(ctx context.Context, card, count int) {
	chance := rand.New(rand.NewPCG(s.seed, uint64(100+card))) //nolint:gosec // chances, no secrets
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for n := range count {
		for s.mobiles.Undelivered() > 12*len(s.cards) {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
		peer := card + len(s.cards)*(n%(stormPeers/len(s.cards)))
		text := words("in", peer, n, chance)
		options := gsmsim.TextOptions{Backwards: chance.IntN(2) == 0, Twice: chance.IntN(12) == 0}
		s.mu.Lock()
		s.written[text] = writtenText{peer, n, options.Twice}
		s.mu.Unlock()
		if err := s.mobiles.TextAs(peerNumber(peer), s.cards[card].Number, text, options); err != nil {
			s.t.Error(err)
			return
		}
	}
}

// ask has the company write to one person, one message after the other.
func (s *storm) ask(ctx context.Context, peer, count int) {
	chance := rand.New(rand.NewPCG(s.seed, uint64(1000+peer))) //nolint:gosec // chances, no secrets
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for n := range count {
		text := words("out", peer, n, chance)
		asked := &askedMessage{peer: peer, n: n}
		s.mu.Lock()
		s.asked[text] = asked
		s.mu.Unlock()
		for {
			m, err := s.post(ctx, cabinet.Send{From: s.card(peer).ICCID, To: peerNumber(peer), Text: text, Author: "storm"})
			var dial *net.OpError
			if errors.As(err, &dial) && dial.Op == "dial" && ctx.Err() == nil { // nobody was there to be asked
				<-tick.C
				continue
			}
			if err == nil {
				s.mu.Lock()
				asked.id, asked.parts = m.ID, m.Parts
				s.mu.Unlock()
			}
			break
		}
	}
}

// post sends a message by the API. An error says that nobody knows whether it was accepted.
func (s *storm) post(ctx context.Context, send cabinet.Send) (m fmc.Message, err error) {
	err = ask(ctx, s.api, http.MethodPost, "messages", send, &m)
	var refused *refusedError
	if errors.As(err, &refused) {
		s.t.Errorf("the API refused a message: %v", err)
	}
	return m, err
}

// disturb does something to the house or to a modem, and returns when it is as it was.
func (s *storm) disturb() {
	d := s.devices[s.random.IntN(len(s.devices))]
	s.losses++
	switch s.random.IntN(9) {
	case 0, 1, 2, 3:
		s.kill()
	case 4: // a module takes a message and cannot say so, and then the house dies
		d.Fault(gsmsim.LostOK)
		s.pass(time.Duration(20+s.random.IntN(150)) * time.Millisecond)
		s.kill()
		d.Mend(gsmsim.LostOK)
	case 5: // the same, and the module starts anew
		d.Fault(gsmsim.LostOK)
		s.pass(time.Duration(20+s.random.IntN(150)) * time.Millisecond)
		d.Reset()
		d.Mend(gsmsim.LostOK)
	case 6:
		d.Reset()
	case 7:
		d.Unplug()
		s.pass(time.Duration(s.random.IntN(400)) * time.Millisecond)
		if err := d.Replug(); err != nil {
			s.t.Error(err)
		}
	case 8: // no room on the card: the service centre keeps what comes
		d.Fault(gsmsim.FullStorage)
		s.pass(time.Duration(100+s.random.IntN(400)) * time.Millisecond)
		d.Mend(gsmsim.FullStorage)
	}
}

// kill ends the house at whatever it does, and starts it anew.
func (s *storm) kill() {
	s.kills++
	s.losses += len(s.devices)
	s.child.Kill()
	s.pass(time.Duration(s.random.IntN(200)) * time.Millisecond)
	s.child = housetest.StartChild(s.t, s.data)
}

// pass lets the storm blow.
func (s *storm) pass(d time.Duration) {
	//lint:ignore forbid the messages go on meanwhile: nothing signals that they have
	<-time.After(d)
}

// progress waits until so many texts were written to the cards, which goes no faster than they are fetched.
func (s *storm) progress(over <-chan struct{}, count int) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		s.mu.Lock()
		n := len(s.written)
		s.mu.Unlock()
		if n >= count {
			return
		}
		select {
		case <-tick.C:
		case <-over:
			return
		}
	}
}

// TestNoMessageIsLostOrDoubledInAStorm has messages go both ways while the house is killed, modems start anew, are
// pulled and swallow their answers, cards are full and the network refuses for a while and gives parts out of order and
// twice.
func TestNoMessageIsLostOrDoubledInAStorm(t *testing.T) {
	t.Parallel()
	s := newStorm(t)
	size := stormSize(t)
	s.mobiles.RefuseTexts(5, 42)
	s.child = housetest.StartChild(t, s.data)
	ctx, cancel := context.WithCancel(t.Context())
	var traffic sync.WaitGroup
	defer traffic.Wait()
	defer cancel()
	for card := range s.cards {
		traffic.Go(func() { s.write(ctx, card, size/len(s.cards)) })
	}
	for peer := range stormPeers {
		traffic.Go(func() { s.ask(ctx, peer, size/stormPeers) })
	}
	over := make(chan struct{})
	go func() { traffic.Wait(); close(over) }()
	began := time.Now()
	for n := range stormBlows {
		s.progress(over, (n+1)*size/(stormBlows+1))
		s.pass(time.Duration(s.random.IntN(300)) * time.Millisecond)
		s.disturb()
	}
	<-over
	t.Logf("%v: the last is written, %d kills", time.Since(began), s.kills)
	s.disturb()
	s.kill()
	s.judge()
	t.Logf("%v: all is over", time.Since(began))
}
