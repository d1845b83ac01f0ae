package smpp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// within is how long a test waits for what must come.
const within = 10 * time.Second

const (
	office = "+74951234500"
	client = "+79161234567"
)

// memory is a journal.
type memory struct {
	mu    sync.Mutex
	facts []fmc.Fact
	sick  error
	news  chan struct{}
}

func newMemory() *memory { return &memory{news: make(chan struct{})} }

func (m *memory) Append(facts ...fmc.Fact) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.sick != nil {
		return m.sick
	}
	m.facts = append(m.facts, facts...)
	close(m.news)
	m.news = make(chan struct{})
	return nil
}

func (m *memory) Sync(context.Context) error { return nil }

// await waits until something is true of the facts.
func (m *memory) await(t *testing.T, what string, is func([]fmc.Fact) bool) []fmc.Fact {
	t.Helper()
	over := time.After(within)
	for {
		m.mu.Lock()
		facts, news := slices.Clone(m.facts), m.news
		m.mu.Unlock()
		if is(facts) {
			return facts
		}
		select {
		case <-news:
		case <-over:
			for _, f := range facts {
				t.Logf("%s %s %+v", f.Message, f.Kind(), f.Body)
			}
			t.Fatalf("%s did not come", what)
		}
	}
}

// settled is how a message ended; "": it has not.
func settled(facts []fmc.Fact, id fmc.MessageID) fmc.MessageState {
	state := fmc.MessageState("")
	for _, f := range facts {
		if s, ok := f.Body.(fmc.MessageSettled); ok && f.Message == id {
			state = s.State
		}
	}
	return state
}

// directory is one company.
type directory struct{ c *fmc.Company }

func (d directory) Company(id fmc.CompanyID) (*fmc.Company, bool) { return d.c, id == d.c.Profile.ID }

func (d directory) Called(fmc.TrunkID, string) (*fmc.Company, bool) { return nil, false }

// changing is one company whose document changes.
type changing struct{ now *atomic.Pointer[fmc.Company] }

func (c changing) Company(id fmc.CompanyID) (*fmc.Company, bool) {
	return directory{c.now.Load()}.Company(id)
}

func (c changing) Called(fmc.TrunkID, string) (*fmc.Company, bool) { return nil, false }

func acme() *fmc.Company {
	return &fmc.Company{
		Profile: fmc.Profile{ID: "acme", Country: "RU"},
		Numbers: []fmc.Number{{Number: callerid.Number{E164: office, Country: "RU"}}},
		Programs: []fmc.Program{
			{ID: "crm", Numbers: []callerid.Number{{E164: office}}, Names: []string{"ACME"}, Binds: 2, Rate: 1000},
			{ID: "slow", Numbers: []callerid.Number{{E164: office}}, Binds: 1, Rate: 2},
		},
	}
}

// shelf is what programs are to be told.
type shelf struct {
	mu    sync.Mutex
	all   map[int64]fmc.Delivery
	state map[int64]fmc.DeliveryOutcome
	news  chan struct{}
	sick  int // so many recoveries fail yet
	lost  int // so many takes are not answered
}

func (s *shelf) RecoverDeliveries(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sick == 0 {
		return nil
	}
	s.sick--
	return cause.Errorf(cause.Unavailable, "nobody knows")
}

func (s *shelf) ReturnDeliveries(_ context.Context, who fmc.ProgramRef) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n, o := range s.state {
		if o.State == fmc.DeliveryOut && s.all[n].Program == who.Program {
			s.state[n] = fmc.DeliveryOutcome{State: fmc.DeliveryWaiting}
		}
	}
	return nil
}

func newShelf(all ...fmc.Delivery) *shelf {
	s := &shelf{all: map[int64]fmc.Delivery{}, state: map[int64]fmc.DeliveryOutcome{}, news: make(chan struct{}, 1)}
	for i, d := range all {
		d.N = int64(i + 1)
		s.all[d.N] = d
		s.state[d.N] = fmc.DeliveryOutcome{State: fmc.DeliveryWaiting}
	}
	return s
}

func (s *shelf) DeliveriesDue(context.Context) ([]fmc.ProgramRef, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n, o := range s.state {
		if o.State == fmc.DeliveryWaiting {
			return []fmc.ProgramRef{{Company: s.all[n].Company, Program: s.all[n].Program}}, nil
		}
	}
	return nil, nil
}

func (s *shelf) TakeDeliveries(_ context.Context, who fmc.ProgramRef, most int) (taken []fmc.Delivery, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := int64(1); n <= int64(len(s.all)) && len(taken) < most; n++ {
		if o := s.state[n]; o.State == fmc.DeliveryWaiting && !o.Due.After(time.Now()) && s.all[n].Program == who.Program {
			s.state[n] = fmc.DeliveryOutcome{State: fmc.DeliveryOut}
			taken = append(taken, s.all[n])
		}
	}
	if len(taken) > 0 && s.lost > 0 {
		s.lost--
		return nil, cause.Errorf(cause.Unavailable, "nobody knows")
	}
	return taken, nil
}

func (s *shelf) SettleDeliveries(_ context.Context, outcomes []fmc.DeliveryOutcome) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range outcomes {
		s.state[o.N] = o
	}
	select {
	case s.news <- struct{}{}:
	default:
	}
	return nil
}

// is waits until the deliveries stand so.
func (s *shelf) is(t *testing.T, want ...fmc.DeliveryState) {
	t.Helper()
	over := time.After(within)
	for {
		var got []fmc.DeliveryState
		s.mu.Lock()
		for n := range int64(len(s.all)) {
			got = append(got, s.state[n+1].State)
		}
		s.mu.Unlock()
		if slices.Equal(got, want) {
			return
		}
		select {
		case <-s.news:
		case <-over:
			t.Fatalf("the deliveries are %v, not %v: %+v", got, want, s.state)
		}
	}
}

// town is a server with programs, its message centre being the test's.
type town struct {
	t       *testing.T
	address string
	journal *memory
	shelf   *shelf
	server  *Server
	company atomic.Pointer[fmc.Company]
}

// opened runs a server until the test ends.
func opened(t *testing.T, terms Terms, company *fmc.Company, deliveries ...fmc.Delivery) *town {
	t.Helper()
	return openedOver(t, nil, terms, company, deliveries...)
}

// openedOver is the same over TLS; secure nil: over TCP.
func openedOver(t *testing.T, secure *tls.Config, terms Terms, company *fmc.Company, deliveries ...fmc.Delivery) *town {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	x := &town{t: t, address: l.Addr().String(), journal: newMemory(), shelf: newShelf(deliveries...)}
	x.company.Store(company)
	n := 0
	x.server = NewServer(ServerOptions{
		Listen: []net.Listener{l}, TLS: map[net.Listener]*tls.Config{l: secure}, Journal: x.journal, Companies: changing{&x.company}, Queue: x.shelf, Terms: terms, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Admit: func(_ context.Context, name, password string) (fmc.CompanyID, fmc.ProgramID, error) {
			if password != "secret" {
				return "", "", cause.Errorf(cause.Denied, "no")
			}
			return "acme", fmc.ProgramID(name), nil
		},
		Begin: func(_ *fmc.Company, o fmc.MessageOrder, until time.Time) (fmc.MessageID, func(), error) {
			if o.Text == "not this" {
				return "", nil, cause.Errorf(cause.NotFound, "no")
			}
			n++ // the reader of one session at a time: tests that have two are told apart by the text
			id := fmc.MessageID(fmt.Sprintf("m%d", n))
			err := x.journal.Append(fmc.Fact{Company: "acme", Message: id, Body: fmc.MessageAccepted{Text: o.Text, Program: o.Program, Receipt: o.Receipt, Until: until, Sender: o.From}})
			return id, func() {}, err
		},
	})
	running(t, x.server.Run)
	return x
}

// running runs something until the test ends.
func running(t *testing.T, run func(context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// centreAt is a client of the town's server, as of a message centre.
func centreAt(t *testing.T, address, name string, change func(*Centre, *CentreOptions)) (*Centres, *memory) {
	t.Helper()
	journal := newMemory()
	account := Centre{
		ID: "mts", Address: address, SystemID: name, Password: func() (string, error) { return "secret", nil }, Binds: []Bind{Transceiver}, Long: UDH,
		Grants: []fmc.CentreGrant{{Centre: "mts", Company: "acme", Numbers: []callerid.Number{{E164: office}}, Names: []string{"ACME"}}},
	}
	n := 0
	var mu sync.Mutex
	o := CentreOptions{Journal: journal, Companies: directory{acme()}, Now: time.Now, Log: slog.New(slog.DiscardHandler), NewMessage: func() fmc.MessageID {
		mu.Lock()
		defer mu.Unlock()
		n++
		return fmc.MessageID(fmt.Sprintf("c%d", n))
	}}
	if change != nil {
		change(&account, &o)
	}
	o.Centres = []Centre{account}
	return NewCentres(o), journal
}

// sends begins a message.
func sends(t *testing.T, c *Centres, text string) fmc.Message {
	t.Helper()
	m, goOn, err := c.Begin(acme(), fmc.MessageOrder{To: client, Text: text, By: "test"}, fmc.MessageWay{By: fmc.MessageBy{Centre: "mts"}, From: office, Why: "test"}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	goOn()
	return m
}
