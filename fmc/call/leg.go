package call

import (
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// Leg is one party's connection, whatever carries it. No method waits: what comes of it is posted as LinkIs. Each may
// be called by the goroutine of the call that has the leg, at any moment of the leg's life; a call that comes too late
// changes nothing.
type Leg interface {
	ID() fmc.LegID
	// Progress tells the far side that it rings; early opens sound before the answer, where the line carries it.
	Progress(early bool)
	// Answer answers an offered leg: LinkIs Up follows when the far side knows, LinkIs Gone when it went meanwhile.
	Answer()
	// Release ends the leg. LinkIs Gone follows, once.
	Release(cause.Cause)
}

// Standing is a Leg whose far end stands on when this server is killed, so that a later start must hang it up.
type Standing interface {
	// Dialog is what that needs. It is asked for when the leg is offered, before anything else.
	Dialog() *fmc.Dialog
}

// Dialer makes legs by a try: it leases the try's lines in their order, and goes on to the next where one is lost,
// dead or full. It returns at once; a try that cannot be dialled at all gives a leg that posts LinkIs Gone.
type Dialer interface {
	Dial(fmc.LegID, plan.Try) Leg
}

// Room is the media side of one call. No method waits. It posts Played and TapeIs; keys come as Digit from the leg's
// own id. Only the call's goroutine calls it.
type Room interface {
	// Enter brings a leg's sound into the room. A leg without sound of its own is refused: LinkIs Gone follows.
	Enter(Leg)
	// OpenTape starts the recording: TapeIs follows within a second.
	OpenTape(plan.Policy)
	// Wire makes the wiring true, replacing the one before.
	Wire(Wiring)
	// Press sends keys to a leg's far side.
	Press(leg fmc.LegID, keys string)
	// Leave takes a leg's sound out of the room; the leg itself goes on.
	Leave(fmc.LegID)
	// Close ends the room and seals its tape.
	Close()
}
