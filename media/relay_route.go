package media

import (
	"fmt"
	"strings"
	"sync/atomic"
)

// Route is the whole wiring of one leg: where what it says goes, and what it hears from the clock. It is immutable once
// given to Port.Route; packets read it without a lock. The zero Route is a silent leg: what it says is counted, locked
// to its source, and goes nowhere.
type Route struct {
	// What the leg says.
	Forward     []*Port   // legs that hear it, by plain relay
	ForwardKeys bool      // its RFC 4733 keys go to them too; else they are kept from them
	Keys        func(Key) // told of each key; nil: not listening. It runs on the read loop: no blocking, no allocating
	Tape        *Tap      // where its voice is copied for the recorder; nil: not on tape
	Into        Sink      // a mixer's input; nil: none
	Gate        *Gate     // keeps keys in its voice from all of these but Keys; nil: nothing does
	First       *First    // told of the first sound; nil: nobody waits for it

	// What the leg hears besides what others forward to it. Who gives a leg both a Hear and a Forward from another leg
	// gets a stream that jumps between them: mix instead.
	Hear *Play
	// Cue is heard in place of everything else, what others forward included, until it ends; what the leg says goes on.
	Cue *Play
}

// First tells once that a leg is heard, whatever Routes carry it.
type First struct {
	tell func()
	told atomic.Bool
}

// NewFirst makes a First. tell is called on the read loop: it must neither block nor allocate.
func NewFirst(tell func()) *First { return &First{tell: tell} }

// came takes a packet.
func (f *First) came() {
	if f != nil && !f.told.Load() && !f.told.Swap(true) {
		f.tell()
	}
}

// Play is one playing of a Source to one leg. It keeps its place when the Route that carries it is replaced by another
// that carries it too.
type Play struct {
	source Source
	ended  func()
	over   atomic.Bool
}

// NewPlay makes a playing of source. When the source ends, ended is called once, on the clock's goroutine: it must
// neither block nor allocate; nil is allowed. A Play that is taken off before its end is never reported.
func NewPlay(source Source, ended func()) *Play { return &Play{source: source, ended: ended} }

// Over reports whether the source has ended.
func (p *Play) Over() bool { return p.over.Load() }

// sounds reports whether there is something yet to be heard.
func (p *Play) sounds() bool { return p != nil && !p.over.Load() }

func (p *Play) String() string { return nameOf(p.source) }

// String prints the chain: "says > keys > gate > tape client > leg 2 + keys; hears ring-back; cue beep".
func (r *Route) String() string {
	var b strings.Builder
	b.WriteString("says")
	if r.Keys != nil {
		b.WriteString(" > keys")
	}
	if r.Gate != nil {
		b.WriteString(" > gate")
	}
	if r.First != nil {
		b.WriteString(" > first sound")
	}
	if r.Tape != nil {
		b.WriteString(" > tape " + r.Tape.Track())
	}
	if r.Into != nil {
		b.WriteString(" > " + nameOf(r.Into))
	}
	for _, to := range r.Forward {
		b.WriteString(" > " + to.String())
		if r.ForwardKeys {
			b.WriteString(" + keys")
		}
	}
	if b.Len() == len("says") {
		b.WriteString(" nothing")
	}
	if r.Hear != nil {
		b.WriteString("; hears " + r.Hear.String())
	}
	if r.Cue != nil {
		b.WriteString("; cue " + r.Cue.String())
	}
	return b.String()
}

func nameOf(v any) string {
	if s, ok := v.(fmt.Stringer); ok {
		return s.String()
	}
	return fmt.Sprintf("%T", v)
}
