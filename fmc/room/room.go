// Package room is the media side of a call: it makes a call's wiring true on the ports of its legs. It relays where two
// legs talk, mixes where more do, plays prompts, tones and music, tells the call of keys and of prompts that ended, and
// feeds the tape. It decides nothing: who hears whom is derived by fmc/call. What a recorder must do is declared here.
// Start at Rooms, then Room.Wire.
package room

import (
	"log/slog"
	"time"

	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
	"roadline/media"
)

// Voiced is a leg with sound: what a room takes.
type Voiced interface {
	call.Leg
	// Port is the leg's RTP, for as long as the leg lives.
	Port() *media.Port
}

// Words are what is said and played. They are asked by calls and neither wait nor touch the disk, but for a message that
// was left, which the call that plays it reads.
type Words interface {
	// Find returns what a prompt says to the people of a company; false where there is no such prompt.
	Find(company fmc.CompanyID, say fmc.PromptID) (Utterance, bool)
	// RingBack is what a caller hears while it rings, as the company's country has it.
	RingBack(company fmc.CompanyID) media.Source
	// Music is what a caller hears while waiting or on hold; name is the company's choice, "" or "default" the house's.
	Music(company fmc.CompanyID, name fmc.PromptID) media.Source
}

// Utterance is a prompt that is about to be heard.
type Utterance struct {
	Play     func(times int) media.Source // a new playing, times over with a pause between
	Version  string                       // of text and voice
	Language string
}

// Options are what rooms stand on.
type Options struct {
	Words    Words
	Recorder Recorder
	Now      func() time.Duration // the node's monotonic clock, the one that media.Ports has
	Clock    func() time.Time     // the node's wall clock
	Log      *slog.Logger
	Trace    Trace // zero: nobody is told how legs sound
}

// Rooms makes the rooms of calls.
type Rooms struct {
	o      Options
	seated seated
}

// New returns a maker of rooms.
func New(o Options) *Rooms { return &Rooms{o: o, seated: seated{legs: map[fmc.LegID]*media.Port{}}} }

// Open makes the room of a call that begins now. What the room has to say goes to post.
func (r *Rooms) Open(id fmc.CallID, company *fmc.Company, post func(call.Event)) call.Room {
	return &Room{
		rooms: r, o: r.o, post: post, label: Label{Company: company.Profile.ID, Call: id, Began: r.o.Clock().UTC(), Zero: r.o.Now()},
		legs: map[fmc.LegID]*seat{}, playing: map[played]*media.Play{},
	}
}

// Room is one call's. Only the call's goroutine uses it.
type Room struct {
	rooms   *Rooms
	o       Options
	label   Label
	post    func(call.Event)
	legs    map[fmc.LegID]*seat
	wiring  call.Wiring
	playing map[played]*media.Play // what goes on, so that a new wiring does not begin it again
	mixing  *mixing
	tape    Tape
	closed  bool
}

// seat is a leg in the room.
type seat struct {
	id   fmc.LegID
	port *media.Port
	taps map[fmc.Side]*media.Tap
	with []fmc.LegID // the legs of its conversation, its own among them; nil: it is in none
	gate *media.Gate // of that conversation, while its keys are for us
	// first is told of the leg's first sound, once the call waits for it.
	first *media.First
}

// played identifies one playing of something to one leg.
type played struct {
	leg   fmc.LegID
	hears call.Hears
}

// Enter brings a leg's sound in. A leg without any is refused.
func (r *Room) Enter(leg call.Leg) {
	v, ok := leg.(Voiced)
	if !ok || v.Port() == nil || r.closed {
		if !r.closed {
			leg.Release(cause.Because(cause.Failed, "The leg has no sound."))
		}
		return
	}
	r.legs[leg.ID()] = &seat{id: leg.ID(), port: v.Port(), taps: map[fmc.Side]*media.Tap{}}
	r.rooms.seated.enter(leg.ID(), v.Port())
	r.Wire(r.wiring)
}

// Leave takes a leg's sound out; the leg goes on, silent, until another room has it.
func (r *Room) Leave(id fmc.LegID) {
	if s, ok := r.legs[id]; ok {
		s.port.Route(nil)
		delete(r.legs, id)
		if r.rooms.seated.leave(id, s.port) {
			r.rooms.measure(id, s.port)
		}
	}
}

// Close ends the room and its tape. The ports are their legs' own.
func (r *Room) Close() {
	if r.closed {
		return
	}
	r.closed = true
	for id := range r.legs {
		r.Leave(id)
	}
	if r.tape != nil {
		r.tape.Close(r.now())
	}
}

// now is the time since the call began.
func (r *Room) now() time.Duration { return r.o.Now() - r.label.Zero }

// OpenTape starts the recording. TapeIs follows.
func (r *Room) OpenTape(plan.Policy) {
	if r.tape != nil || r.closed {
		return
	}
	label := r.label
	label.Opened = r.now()
	post := r.post
	r.tape = r.o.Recorder.Open(label, func(err error) {
		if err != nil {
			post(call.TapeIs{State: fmc.TapeFailed, Why: err.Error()})
			return
		}
		post(call.TapeIs{State: fmc.TapeReady})
	})
	r.tape.Failed(func(err error) { post(call.TapeIs{State: fmc.TapeFailed, Why: err.Error()}) })
}
