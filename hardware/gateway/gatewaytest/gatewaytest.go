// Package gatewaytest is what every gateway driver passes: one suite, run against a simulated box that speaks the vendor's
// protocol in a simulated mobile network. It is there for tests and for whoever adds a vendor: a test in the vendor's
// folder calls Run, and nothing else is needed.
//
// It looks at a line as gsmgw does, as a modem.Modem made by gateway.Open; it never looks into the driver. Start at Run.
package gatewaytest

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/gateway"
	"roadline/hardware/gsmsim"
	"roadline/hardware/gwsim"
	"roadline/hardware/modem"
)

// World is what a vendor is tested in.
type World struct {
	Vendor gateway.Vendor
	// Box switches a simulated box on that speaks to server, or listens; what a driver must know of it comes back.
	Box func(o gwsim.Options) (gwsim.Box, error)
	// Lines are the names of its ports, and the secret of each where lines have one of their own.
	Lines []gateway.Port
	// URL makes of the address at which the driver listens what the box is set up with; nil: the address itself.
	URL func(listen string) string
	// Menus says that an answer within a USSD session can be given.
	Menus bool
	// Unsure says that the protocol leaves open, when the answer to an order is lost, whether the text went.
	Unsure bool
	// Reports says that what became of a text is told.
	Reports bool
	// Cards says that the box tells of a card the IMSI only, so that the driver is given the ICCIDs.
	Cards bool
}

// User and Secret are what the simulated box wants to hear.
const (
	User   = "admin"
	Secret = "open-secret"
)

type part struct {
	name   string
	test   func(*bench)
	timing gateway.Timing // zero: patient
}

// Run proves a driver. Each subtest has a network and a box of its own, so that they run beside each other.
func Run(t *testing.T, w World) {
	t.Helper()
	parts := []part{
		{name: "it tells how its lines stand", test: tellsLines},
		{name: "a line is served by one", test: servedOnce},
		{name: "a card that is pulled and comes back", test: cardPulled},
		{name: "texts go", test: textsGo},
		{name: "every letter arrives", test: lettersGo},
		{name: "a long text arrives whole", test: longTextGoes},
		{name: "a text that the network refuses", test: textRefused},
		{name: "a long text of which the network takes a part", test: textBroken},
		{name: "a text goes once when everything is said twice", test: textOnce},
		{name: "a text of which nothing more was heard", test: textCut},
		{name: "a box that starts anew in the middle of a text", test: textForgotten},
		{name: "a box that lies about texts", test: textLied},
		{name: "bad texts are refused", test: textsBad},
		{name: "texts come", test: textsCome},
		{name: "a text that came is told once when everything is said twice", test: textsComeOnce},
		{name: "a text that came before the line was served", test: textsComeEarly},
		{name: "a text that is not kept is told again", test: textsToldAgain},
		{name: "the network answers questions", test: questions},
		{name: "a line is blocked and let in again", test: blocks},
		{name: "a port is started anew", test: restarts},
		{name: "a box that falls silent and comes back", test: silent, timing: hasty},
		{name: "a wrong password", test: wrongSecret},
		{name: "words that nobody knows", test: strange},
		{name: "one line's trouble is no other's", test: alone},
		{name: "it says what it cannot", test: cannot},
	}
	if w.Reports {
		parts = append(parts, part{name: "reports come", test: reportsCome})
	}
	for _, p := range parts {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			p.test(newBench(t, w, cmp.Or(p.timing, patient)))
		})
	}
}

// patience bounds every wait: it only ends a test that has failed.
const patience = 30 * time.Second

// How patient the driver is here, and how fast the box and the network. A machine that is busy must not be taken for a box
// that is silent, but where a test waits for just that.
var (
	patient   = gateway.Timing{Answer: 2 * time.Second, Send: patience, Poll: 50 * time.Millisecond, Silent: patience}
	hasty     = gateway.Timing{Answer: 2 * time.Second, Send: patience, Poll: 50 * time.Millisecond, Silent: time.Second}
	quickBox  = gwsim.Timing{Alive: 50 * time.Millisecond, Again: 100 * time.Millisecond, Boot: 200 * time.Millisecond}
	quickPace = 0.02
)

// bench is a network with one box in it, and its driver.
type bench struct {
	*testing.T
	world  World
	net    *gsmsim.Network
	cards  []*gsmsim.Card
	box    gwsim.Box
	driver gateway.Gateway
	lines  []*gateway.Line
}

func newBench(t *testing.T, w World, timing gateway.Timing) *bench {
	t.Helper()
	b := &bench{T: t, world: w}
	var err error
	b.net, err = gsmsim.New(gsmsim.Options{Now: time.Now, Dir: t.TempDir(), Pace: quickPace})
	b.check(err)
	for i := range w.Lines {
		card := gsmsim.NewCard(i + 1)
		card.Says = true
		b.cards = append(b.cards, card)
	}
	listen := freeAddress(t)
	server := listen
	if w.URL != nil {
		server = w.URL(listen)
	}
	b.box, err = w.Box(gwsim.Options{
		Net: b.net, Cards: b.cards, Server: server, Listen: "127.0.0.1:0", User: User, Secret: Secret, Now: time.Now, Log: b.log("box"), Timing: quickBox,
	})
	b.check(err)
	book, err := gateway.OpenBook(filepath.Join(t.TempDir(), "book.json"))
	b.check(err)
	o := gateway.Options{
		Name: "box", Address: b.box.Address(), Listen: listen, User: User, Secret: Secret, Lines: w.Lines, Book: book,
		Now: time.Now, Log: b.log("driver"), Timing: timing,
	}
	if o.Address == "" {
		o.Address = "127.0.0.1:0"
	}
	if w.Cards {
		o.Cards = map[string]string{}
		for _, card := range b.cards {
			o.Cards[card.IMSI] = card.ICCID
		}
	}
	b.driver, err = w.Vendor.Open(o)
	b.check(err)
	b.lines = b.driver.Lines()
	Live(b, b.net.Run)
	Live(b, b.box.Run)
	Live(b, b.driver.Run)
	return b
}

func (b *bench) log(who string) *slog.Logger {
	var to io.Writer = io.Discard
	if testing.Verbose() && os.Getenv("GATEWAYTEST_LOG") != "" {
		to = b.Output()
	}
	return slog.New(slog.NewTextHandler(to, &slog.HandlerOptions{Level: slog.LevelDebug})).With("who", who)
}

// freeAddress is a local address that nobody has, for UDP and TCP.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 20 {
		tcp, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address := tcp.Addr().String()
		udp, err := net.ListenPacket("udp", address)
		_ = tcp.Close()
		if err == nil {
			_ = udp.Close()
			return address
		}
	}
	t.Fatal("no port is free")
	return ""
}

// served is a line that somebody serves, with what it told.
type served struct {
	*bench
	*gateway.Module

	mu sync.Mutex
	// mu guards:
	events []modem.Event
	seen   int
	over   bool
	news   chan struct{} // has an item when something was added
}

// serve opens a line as soon as the box has told of it.
func (b *bench) serve(index int) *served {
	b.Helper()
	s := &served{bench: b, news: make(chan struct{}, 1)}
	b.until("the line can be opened", func() bool {
		m, err := gateway.Open(b.lines[index], nil, b.log("module"))
		s.Module = m
		return err == nil
	})
	read := make(chan struct{})
	go func() {
		defer close(read)
		for ev := range s.Events() {
			s.note(ev)
		}
		s.note(nil)
	}()
	b.Cleanup(func() {
		b.check(s.Close())
		<-read
	})
	b.check(s.Start(b.ctx()))
	return s
}

// ready serves a line and waits until it is in the network.
func (b *bench) ready(index int) *served {
	b.Helper()
	s := b.serve(index)
	b.until("the line is registered", func() bool {
		r, err := s.Radio(b.ctx())
		return err == nil && r.Voice
	})
	return s
}

// note takes an event; nil is the end.
func (s *served) note(ev modem.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over = ev == nil; !s.over {
		s.events = append(s.events, ev)
	}
	select {
	case s.news <- struct{}{}:
	default:
	}
}

// await is the next event that is fit; those before it are passed over.
func await[E modem.Event](s *served, what string, fit func(E) bool) E {
	s.Helper()
	late := time.After(patience)
	for {
		s.mu.Lock()
		for s.seen < len(s.events) {
			ev, is := s.events[s.seen].(E)
			s.seen++
			if is && fit(ev) {
				s.mu.Unlock()
				return ev
			}
		}
		told, over := fmt.Sprintf("%+v", s.events), s.over
		s.mu.Unlock()
		if over {
			s.Fatalf("the line ended (%v) before %s", s.Err(), what)
		}
		select {
		case <-s.news:
		case <-late:
			s.Fatalf("%s never came; told was %s", what, told)
		}
	}
}

func whatever[E modem.Event](E) bool { return true }

// count is how many events are fit, of all that came.
func count[E modem.Event](s *served, fit func(E) bool) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, ev := range s.events {
		if e, is := ev.(E); is && fit(e) {
			n++
		}
	}
	return n
}

// ended waits until the line has ended, and returns why.
func (s *served) ended() error {
	s.Helper()
	s.until("the line ends", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.over
	})
	return s.Err()
}

// ctx bounds one question.
func (b *bench) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	b.Cleanup(cancel)
	return ctx
}

// brief bounds a question that nobody will answer.
func (b *bench) brief() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	b.Cleanup(cancel)
	return ctx
}

func (b *bench) check(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bench) kind(err error, want cause.Kind) {
	b.Helper()
	if err == nil || cause.KindOf(err) != want {
		b.Fatalf("error %v, want one of kind %v", err, want)
	}
}

func (b *bench) until(what string, is func() bool) {
	b.Helper()
	Until(b, what, is)
}
