// Package modemtest is what every family of modems passes: one suite, run against a simulated network that speaks the
// family's dialect on pseudo-terminals, and a player of recorded dialogues. It is there for tests and for whoever adds a
// family: a test in the family's folder calls Run and Replay, and nothing else is needed.
//
// It looks at a modem as gsmgw does, by the Modem interface alone; it never looks into the driver. Start at Run.
package modemtest

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/gsmsim"
	"roadline/hardware/modem"
	"roadline/hardware/port"
)

// World is what the family is tested in.
type World struct {
	Model gsmsim.Make // the module that speaks the family's dialect
}

// Run proves a family. Each subtest has a network of its own, so that they run beside each other.
func Run(t *testing.T, family modem.Family, world World) {
	t.Helper()
	parts := []part{
		{"it starts and says who it is", starts},
		{"it starts again", startsAgain},
		{"a card that is away", cardAway},
		{"a card with a PIN", cardWithPIN},
		{"a card that is ready", cardReady},
		{"it tells the network", tellsNetwork},
		{"it tells that the network is lost", losesNetwork},
		{"a call that comes", incoming},
		{"a call that comes with a hidden number", incomingHidden},
		{"a call that nobody takes", incomingMissed},
		{"a call that is refused", incomingRefused},
		{"a call that goes out", outgoing},
		{"calls that fail say why", failures},
		{"hanging up while it dials", hangUpDialling},
		{"hanging up while it rings", hangUpAlerting},
		{"keys go out", keysOut},
		{"a call that ends without a word", endsSilently},
		{"a call that is dropped", dropped},
		{"bursts of unasked lines", bursts},
		{"noise before every line", noise},
		{"echo that cannot be switched off", echo},
		{"texts come", textsCome},
		{"texts go", textsGo},
		{"texts that are refused", textsRefused},
		{"a text that may have gone", textUncertain},
		{"a storage that is full", storageFull},
		{"the network answers questions", questions},
		{"an answer that comes late", lateAnswer},
		{"a module that says nothing", silent},
		{"a port that is pulled", pulled},
		{"a module that starts anew by itself", resetsItself},
		{"a call that is stuck", stuck},
		{"the ladder", ladder},
	}
	for _, p := range append(parts, abilities(family.Can)...) {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			p.test(newBench(t, family, world))
		})
	}
}

// part is one subtest.
type part struct {
	name string
	test func(*bench)
}

// abilities are the parts about what not every family can.
func abilities(can modem.Capabilities) []part {
	var parts []part
	if can.Forward {
		parts = append(parts, part{"calls go elsewhere", forwarding})
	}
	if can.KeysIn {
		parts = append(parts, part{"keys come in", keysIn})
	}
	if can.Voice == modem.NoVoice {
		return append(parts, part{"it says that it has no speech", speechless})
	}
	return append(parts, part{"speech both ways", speech}, part{"a second call has speech", speechAgain}, part{"speech that is shifted by a byte", speechShifted})
}

// patience bounds every wait: it only ends a test that has failed.
const patience = 30 * time.Second

// pace makes the simulated network fast; sound keeps the pace of life.
const pace = 0.02

// bench is a network with one module in it, and its driver.
type bench struct {
	*testing.T
	family modem.Family
	world  World
	net    *gsmsim.Network
	device *gsmsim.Device
	modem  modem.Modem
	*feed  // of the modem
}

// feed is what one modem told.
type feed struct {
	mu sync.Mutex
	// mu guards:
	events []modem.Event
	seen   int           // of them were looked at
	closed bool          // the modem ended
	news   chan struct{} // has an item when something was added
}

func newBench(t *testing.T, family modem.Family, world World) *bench {
	t.Helper()
	b := &bench{T: t, family: family, world: world}
	var err error
	b.net, err = gsmsim.New(gsmsim.Options{Now: time.Now, Dir: t.TempDir(), Pace: pace, Lateness: lateness})
	b.check(err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.net.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		b.check(<-ended)
	})
	return b
}

// plug puts a module with a card in, and makes its driver; it is not started.
func (b *bench) plug(card *gsmsim.Card) {
	b.Helper()
	var err error
	b.device, err = b.net.Plug(b.world.Model, card)
	b.check(err)
	b.open()
}

// open makes a driver for the module.
func (b *bench) open() {
	b.Helper()
	opener := func(r gsmsim.Role) func() (io.ReadWriteCloser, error) {
		return func() (io.ReadWriteCloser, error) { return port.Open(b.device.Port(r), port.Options{}) }
	}
	o := modem.Options{Family: b.family, AT: opener(gsmsim.AT), Log: slog.New(slog.DiscardHandler), Now: time.Now}
	if testing.Verbose() {
		o.Log = slog.New(slog.NewTextHandler(b.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	if b.world.Model.Speaks() {
		o.PCM = opener(gsmsim.PCM)
	}
	m, f := modem.Open(o), &feed{news: make(chan struct{}, 1)}
	b.modem, b.feed = m, f
	read := make(chan struct{})
	go func() {
		defer close(read)
		for ev := range m.Events() {
			f.note(ev)
		}
		f.note(nil)
	}()
	b.Cleanup(func() {
		b.check(m.Close())
		<-read
	})
}

// note takes an event; nil is the end.
func (f *feed) note(ev modem.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed = ev == nil; !f.closed {
		f.events = append(f.events, ev)
	}
	select {
	case f.news <- struct{}{}:
	default:
	}
}

// ready plugs a module with an ordinary card in, starts it and waits until it is registered.
func (b *bench) ready() *gsmsim.Card {
	b.Helper()
	card := gsmsim.NewCard(1)
	b.plug(card)
	b.start()
	return card
}

func (b *bench) start() {
	b.Helper()
	b.check(b.modem.Start(b.ctx()))
	b.until("it is registered", func() bool {
		r, err := b.modem.Radio(b.ctx())
		return err == nil && r.Voice
	})
}

// ctx bounds one command.
func (b *bench) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	b.Cleanup(cancel)
	return ctx
}

func (b *bench) brief(d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
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
	if got := cause.KindOf(err); err == nil || got != want && !isKind(err, want) {
		b.Fatalf("error %v, want one of kind %v", err, want)
	}
}

// until asks again and again for what has no signal of its own.
func (b *bench) until(what string, is func() bool) {
	b.Helper()
	late := time.After(patience)
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for !is() {
		select {
		case <-look.C:
		case <-late:
			b.Fatalf("it never came that %s", what)
		}
	}
}

func (b *bench) arrives(what string, signal <-chan struct{}) {
	b.Helper()
	select {
	case <-signal:
	case <-time.After(patience):
		b.Fatalf("it never came that %s", what)
	}
}

// await is the next event that is fit; those before it are passed over.
func await[E modem.Event](b *bench, what string, fit func(E) bool) E {
	b.Helper()
	late := time.After(patience)
	for {
		b.mu.Lock()
		for b.seen < len(b.events) {
			ev, is := b.events[b.seen].(E)
			b.seen++
			if is && fit(ev) {
				b.mu.Unlock()
				return ev
			}
		}
		all, closed := len(b.events), b.closed
		b.mu.Unlock()
		if closed {
			b.Fatalf("the modem ended (%v) before %s", b.modem.Err(), what)
		}
		select {
		case <-b.news:
		case <-late:
			b.Fatalf("%s never came; there were %d events: %+v", what, all, b.events)
		}
	}
}

// callIs waits until the call is in a state.
func (b *bench) callIs(state modem.CallState) modem.CallIs {
	b.Helper()
	return await(b, "a call that is "+string(state), func(c modem.CallIs) bool { return c.State == state })
}

// ends waits until the modem has ended, and returns why.
func (b *bench) ends() error {
	b.Helper()
	b.until("the modem ends", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return b.closed
	})
	return b.modem.Err()
}

// count is how many events are fit, of all that came.
func count[E modem.Event](b *bench, fit func(E) bool) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, ev := range b.events {
		if e, is := ev.(E); is && fit(e) {
			n++
		}
	}
	return n
}
