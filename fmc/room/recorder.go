package room

import (
	"time"

	"roadline/fmc"
	"roadline/media"
)

// Recorder opens the tapes of calls. The recorder belongs to the call, never to a leg: parties come and go on one tape.
type Recorder interface {
	// Open starts a call's tape. It returns at once; ready is called once, from another goroutine, with nil when
	// everything that the tape takes from now on survives a crash but its last second, else with why it will not.
	Open(label Label, ready func(error)) Tape
}

// Label says what a tape is of.
type Label struct {
	Company fmc.CompanyID
	Call    fmc.CallID
	Began   time.Time     // of the call, UTC
	Zero    time.Duration // the call's beginning on the node's monotonic clock, the one that media stamps packets with
	Opened  time.Duration // when the tape starts, since the call began: the first sample of the file
}

// Tape is one call's recording as the room feeds it: a track per party on one timeline. No method waits. Only the
// call's goroutine calls them.
type Tape interface {
	// Tap returns a tap for what one leg says: its port fills it while the leg is on tape, and what was said when is told
	// by the packets themselves. side says on whose track of a stereo file it is heard. The tape reads it until Close.
	Tap(leg fmc.LegID, role fmc.Role, side fmc.Side) *media.Tap
	// Mark notes a span of the timeline that began or ended, since the call began.
	Mark(Mark)
	// Failed is called back at most once, from another goroutine, when the tape can take no more; nil: nobody asks.
	Failed(func(error))
	// Close ends the tape: what is in the taps is written, the file sealed.
	Close(at time.Duration)
}

// Mark is a moment of the timeline.
type Mark struct {
	At   time.Duration // since the call began
	Kind fmc.SpanKind  // talk, mail or notice
	On   bool          // it begins, else it ends
	Text string        // the notice: prompt, version and language
}
