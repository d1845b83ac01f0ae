package room_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
	"roadline/fmc/room"
	"roadline/media"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a room with legs on real ports; its recorder only notes what it is told.
type bench struct {
	t      *testing.T
	room   *room.Room
	ports  *media.Ports
	now    time.Duration
	events []call.Event
	legs   []*leg
	tape   *tape
}

// leg is a party with a port.
type leg struct {
	id       fmc.LegID
	port     *media.Port
	released cause.Cause
}

func (l *leg) ID() fmc.LegID         { return l.id }
func (l *leg) Progress(bool)         {}
func (l *leg) Answer()               {}
func (l *leg) Release(c cause.Cause) { l.released = c }
func (l *leg) Port() *media.Port     { return l.port }

// tape notes what a room tells a recording.
type tape struct {
	label  room.Label
	ready  func(error)
	failed func(error)
	taps   []string
	marks  []string
	closed time.Duration
}

func (t *tape) Tap(id fmc.LegID, role fmc.Role, side fmc.Side) *media.Tap {
	t.taps = append(t.taps, fmt.Sprintf("%d %v %v", id.N, role, side))
	return media.NewTap(fmt.Sprintf("%v-%v", role, side), time.Second)
}

func (t *tape) Mark(m room.Mark) {
	t.marks = append(t.marks, fmt.Sprintf("%v %s %v", m.At, m.Kind, m.On))
}
func (t *tape) Failed(tell func(error)) { t.failed = tell }
func (t *tape) Close(at time.Duration)  { t.closed = at }

// Open is room.Recorder's.
func (b *bench) Open(l room.Label, ready func(error)) room.Tape {
	b.tape = &tape{label: l, ready: ready}
	return b.tape
}

// words are named sounds.
type words struct{}

// sound is one that only has a name.
type sound string

func (s sound) Frame(*[media.FrameSamples]byte) bool { return false }
func (s sound) String() string                       { return string(s) }

func (words) Find(_ fmc.CompanyID, say fmc.PromptID) (room.Utterance, bool) {
	return room.Utterance{Play: func(n int) media.Source { return sound(fmt.Sprintf("%s x%d", say, n)) }, Version: "v1", Language: "en"}, say != "missing"
}
func (words) RingBack(fmc.CompanyID) media.Source                { return sound("ring-back") }
func (words) Music(_ fmc.CompanyID, n fmc.PromptID) media.Source { return sound("music " + string(n)) }

func newBench(t *testing.T, legs int) *bench {
	t.Helper()
	b := &bench{t: t, now: 5 * time.Second}
	var err error
	b.ports, err = media.NewPorts(media.Options{Bind: []netip.Addr{netip.MustParseAddr("127.0.0.1")}, Now: func() time.Duration { return b.now }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	rooms := room.New(room.Options{
		Words: words{}, Recorder: b, Now: func() time.Duration { return b.now }, Clock: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	opened, ok := rooms.Open("c1", &fmc.Company{Profile: fmc.Profile{ID: "acme"}}, func(e call.Event) { b.events = append(b.events, e) }).(*room.Room)
	if !ok {
		t.Fatal("no room")
	}
	b.room = opened
	for n := 1; n <= legs; n++ {
		port, err := b.ports.Lease(media.Want{Name: fmt.Sprintf("leg %d", n)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(port.Close)
		l := &leg{id: id(n), port: port}
		b.legs = append(b.legs, l)
		b.room.Enter(l)
	}
	return b
}

func id(n int) fmc.LegID { return fmc.LegID{Call: "c1", N: n} }

func ids(n ...int) (all []fmc.LegID) {
	for _, x := range n {
		all = append(all, id(x))
	}
	return all
}

// is compares the printed chains.
func (b *bench) is(want ...string) {
	b.t.Helper()
	if got := strings.Split(strings.TrimSuffix(b.room.String(), "\n"), "\n"); !slices.Equal(got, want) {
		b.t.Fatalf("the room is\n%s\nit should be\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// roles are what parties on such sides are where a client is among them.
func roles(sides []fmc.Side) (all []fmc.Role) {
	for _, side := range sides {
		role := fmc.Worker
		if side == fmc.Left {
			role = fmc.Client
		}
		all = append(all, role)
	}
	return all
}

func talk(tape bool, legs []fmc.LegID, sides ...fmc.Side) call.Wiring {
	return call.Wiring{Talks: []call.Talk{{Legs: legs, Sides: sides, Roles: roles(sides), Tape: tape}}}
}

func TestARoomIsWhatItsWiringSays(t *testing.T) {
	b := newBench(t, 3)
	b.is("1: says nothing", "2: says nothing", "3: says nothing")
	b.room.Wire(call.Wiring{
		Hears: []call.Hears{{Leg: id(1), Sound: call.RingBack}, {Leg: id(2), Sound: call.Prompt, Say: "press-1", Times: 2}, {Leg: id(3), Sound: call.Music, Say: "jazz"}}, Listen: ids(2),
	})
	b.is("1: says nothing; hears ring-back", "2: says > keys; hears press-1 x2", "3: says nothing; hears music jazz")
	b.room.Wire(call.Wiring{Hears: []call.Hears{{Leg: id(1), Sound: call.EarlyMedia, From: id(2)}}})
	b.is("1: says nothing", "2: says > leg 1", "3: says nothing")
	b.room.OpenTape(plan.Policy{})
	b.room.Wire(talk(true, ids(1, 2), fmc.Left, fmc.Right))
	b.is("1: says > tape client-1 > leg 2 + keys", "2: says > tape employee-2 > leg 1 + keys", "3: says nothing")
	b.room.Wire(talk(true, ids(1, 2, 3), fmc.Left, fmc.Right, fmc.Third))
	b.is("1: says > tape client-1 > mix leg 1; hears mix leg 1", "2: says > tape employee-2 > mix leg 2; hears mix leg 2", "3: says > tape employee-3 > mix leg 3; hears mix leg 3")
	b.room.Wire(talk(false, ids(1, 3), fmc.Left, fmc.Right))
	b.is("1: says > leg 3 + keys", "2: says nothing", "3: says > leg 1 + keys")
	b.room.Leave(id(3))
	b.is("1: says > leg 3 + keys", "2: says nothing")
	b.room.Wire(call.Wiring{})
	b.is("1: says nothing", "2: says nothing")
	b.room.Close()
	if got := b.legs[0].port.Wiring().String(); got != "says nothing" {
		t.Errorf("a leg of a closed room %s", got)
	}
}

func TestASideThatChangesIsANewTrack(t *testing.T) {
	b := newBench(t, 3)
	b.room.OpenTape(plan.Policy{})
	for range 2 { // a consultation between two persons, and back
		b.room.Wire(talk(true, ids(1, 2), fmc.Left, fmc.Right))
		b.room.Wire(talk(true, ids(2, 3), fmc.Left, fmc.Right))
	}
	slices.Sort(b.tape.taps)
	if want := []string{"1 client 1", "2 client 1", "2 employee 2", "3 employee 2"}; !slices.Equal(b.tape.taps, want) {
		t.Errorf("taps %q, not %q", b.tape.taps, want)
	}
}

func TestATapeIsToldItsSpansAndTellsTheCallHowItIs(t *testing.T) {
	b := newBench(t, 2)
	b.now += 3 * time.Second
	b.room.OpenTape(plan.Policy{})
	b.room.OpenTape(plan.Policy{}) // asked again: the same tape
	if l := b.tape.label; l.Call != "c1" || l.Company != "acme" || l.Zero != 5*time.Second || l.Opened != 3*time.Second {
		t.Errorf("%+v", l)
	}
	b.tape.ready(nil)
	b.now += time.Second
	b.room.Wire(talk(true, ids(1, 2), fmc.Left, fmc.Right))
	b.now += time.Second
	b.room.Wire(talk(false, ids(1, 2), fmc.Left, fmc.Right)) // paused
	b.now += time.Second
	b.room.Wire(call.Wiring{Talks: []call.Talk{{Legs: ids(1), Sides: []fmc.Side{fmc.Left}, Roles: []fmc.Role{fmc.Client}, Tape: true, Mail: true}}})
	b.is("1: says > tape client-1", "2: says nothing")
	b.tape.failed(errors.New("full"))
	b.now += time.Second
	b.room.Close()
	b.room.Close()
	if want := []string{"4s talk true", "5s talk false", "6s mail true"}; !slices.Equal(b.tape.marks, want) || b.tape.closed != 7*time.Second {
		t.Errorf("marks %q, closed at %v", b.tape.marks, b.tape.closed)
	}
	want := []call.Event{call.TapeIs{State: fmc.TapeReady}, call.TapeIs{State: fmc.TapeFailed, Why: "full"}}
	if fmt.Sprint(b.events) != fmt.Sprint(want) {
		t.Errorf("events %v", b.events)
	}
}

func TestATapeThatIsNotReadyIsToldAsFailed(t *testing.T) {
	b := newBench(t, 1)
	b.room.OpenTape(plan.Policy{})
	b.tape.ready(errors.New("no folder"))
	if want := (call.TapeIs{State: fmc.TapeFailed, Why: "no folder"}); len(b.events) != 1 || b.events[0] != call.Event(want) {
		t.Errorf("events %v", b.events)
	}
}

func TestWhatIsPlayedGoesOnThroughANewWiring(t *testing.T) {
	b := newBench(t, 2)
	h := call.Hears{Leg: id(1), Sound: call.Prompt, Say: "menu", Asked: call.Question{Serial: 7}}
	b.room.Wire(call.Wiring{Hears: []call.Hears{h}})
	first := b.legs[0].port.Wiring().Hear
	b.room.Wire(call.Wiring{Hears: []call.Hears{h}, Listen: ids(1)})
	if b.legs[0].port.Wiring().Hear != first {
		t.Error("the prompt began again")
	}
	h.Asked.Serial = 8
	b.room.Wire(call.Wiring{Hears: []call.Hears{h}})
	if b.legs[0].port.Wiring().Hear == first {
		t.Error("another asking goes on with the prompt of the one before")
	}
}

func TestAPromptThatIsMissingEndsForWhoeverAsked(t *testing.T) {
	b := newBench(t, 1)
	q := call.Question{Serial: 7, Leg: id(1)}
	b.room.Wire(call.Wiring{Hears: []call.Hears{{Leg: id(1), Sound: call.Prompt, Say: "missing", Asked: q}}})
	b.is("1: says nothing")
	if len(b.events) != 1 || b.events[0] != call.Event(call.Played{Asked: q, Missing: true}) {
		t.Errorf("events %v", b.events)
	}
}

// mute is a leg without sound.
type mute struct{ *leg }

func (mute) Port() *media.Port { return nil }

func TestALegWithoutSoundIsReleased(t *testing.T) {
	b := newBench(t, 0)
	l := &leg{id: id(1)}
	b.room.Enter(mute{l})
	if l.released.Meaning != cause.Failed {
		t.Errorf("%v", l.released)
	}
}

func TestKeysThatAreForUsAreKeptFromTheOtherSide(t *testing.T) {
	b := newBench(t, 3)
	w := talk(false, ids(1, 2), fmc.Left, fmc.Right)
	w.Listen = ids(2)
	b.room.Wire(w)
	b.is("1: says > leg 2 + keys", "2: says > keys > gate > leg 1", "3: says nothing")
	gate := func(n int) *media.Gate { return b.legs[n-1].port.Wiring().Gate }
	first := gate(2)
	w.Hears = []call.Hears{{Leg: id(3), Sound: call.Music}}
	if b.room.Wire(w); gate(2) != first {
		t.Error("a wiring that changes nothing for the talk loses what the gate holds")
	}
	three := talk(false, ids(1, 2, 3), fmc.Left, fmc.Right, fmc.Third)
	three.Listen = ids(2)
	b.room.Wire(three)
	b.is("1: says > mix leg 1; hears mix leg 1", "2: says > keys > gate > mix leg 2; hears mix leg 2", "3: says > mix leg 3; hears mix leg 3")
	if gate(2) == first {
		t.Error("who joins hears what was said before")
	}
	w.Listen = nil
	b.room.Wire(w)
	b.is("1: says > leg 2 + keys", "2: says > leg 1 + keys", "3: says nothing; hears music ")
	b.room.Wire(call.Wiring{Listen: ids(2)})
	b.is("1: says nothing", "2: says > keys", "3: says nothing")
}

func TestACueIsHeardBesideATalkAndOnlyByItsLeg(t *testing.T) {
	b := newBench(t, 3)
	w := talk(false, ids(1, 2), fmc.Left, fmc.Right)
	w.Hears = []call.Hears{{Leg: id(2), Sound: call.Prompt, Say: "beep"}}
	b.room.Wire(w)
	b.is("1: says > leg 2 + keys", "2: says > leg 1 + keys; cue beep x1", "3: says nothing")
	w.Talks[0] = talk(false, ids(1, 2, 3), fmc.Left, fmc.Right, fmc.Third).Talks[0]
	cue := b.legs[1].port.Wiring().Cue
	b.room.Wire(w)
	b.is("1: says > mix leg 1; hears mix leg 1", "2: says > mix leg 2; hears mix leg 2; cue beep x1", "3: says > mix leg 3; hears mix leg 3")
	if b.legs[1].port.Wiring().Cue != cue {
		t.Error("the cue began again as a third joined")
	}
	b.room.Wire(call.Wiring{Hears: w.Hears})
	b.is("1: says nothing", "2: says nothing; hears beep x1", "3: says nothing")
}

func TestKeysArePressedTowardsALegInTheRoom(t *testing.T) {
	b := newBench(t, 0)
	began := time.Now()
	ports, err := media.NewPorts(media.Options{
		Bind: []netip.Addr{netip.MustParseAddr("127.0.0.1")}, Now: func() time.Duration { return time.Since(began) }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	keys := make(chan media.Key, 8)
	device, err := ports.LeasePCM("modem", func(k media.Key) { keys <- k })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- ports.Run(ctx) }()
	defer func() {
		cancel()
		<-stopped
	}()
	b.room.Enter(&leg{id: id(1), port: device.Port()})
	b.room.Press(id(2), "9") // it has left
	b.room.Press(id(1), "x") // no key
	b.room.Press(id(1), "4")
	b.room.Press(id(1), "2#")
	for _, want := range "42#" {
		if k := <-keys; k.Digit != byte(want) {
			t.Errorf("%c is pressed, not %c", k.Digit, want)
		}
	}
}

func TestTheFirstSoundOfALegThatIsWaitedForIsToldOnceAndWhatAKeyWasHeardBy(t *testing.T) {
	b := newBench(t, 2)
	b.room.Wire(call.Wiring{Await: ids(1), Listen: ids(2)})
	b.is("1: says > first sound", "2: says > keys")
	first := b.legs[0].port.Wiring().First
	b.room.Wire(call.Wiring{Await: ids(1)})
	if b.legs[0].port.Wiring().First != first {
		t.Error("another wiring would tell of it once more")
	}
	b.room.Wire(call.Wiring{Listen: ids(1)})
	b.is("1: says > keys", "2: says nothing")
	b.legs[0].port.Wiring().Keys(media.Key{Digit: '5', InVoice: true})
	if want := call.Event(call.Digit{Leg: id(1), Key: '5', InVoice: true}); len(b.events) != 1 || b.events[0] != want {
		t.Errorf("%+v", b.events)
	}
}
