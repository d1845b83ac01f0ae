package call

import (
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// Event is something that happened to a call. Events of a leg come in the order they happened.
type Event interface{ event() }

// LegOffered begins a call: somebody calls us.
type LegOffered struct {
	Leg  fmc.LegID
	Role fmc.Role
	Who  Who
	Line fmc.LineID
	// Dialog is what a later start needs to hang up once it is answered; nil where nothing outlives this server.
	Dialog *fmc.Dialog
}

// LinkIs says how far a leg is.
type LinkIs struct {
	Leg    fmc.LegID
	Link   fmc.Link    // Alerting, Up, Gone; Dialing with Early for sound before any ringing
	Early  bool        // it sends sound though it has not answered
	Line   fmc.LineID  // the line that carries it, once known
	Cause  cause.Cause // of Gone
	Dialog *fmc.Dialog // where it changed
	// Quality comes with Gone, where the line measures.
	Quality *fmc.LegQuality
	// Anew: a line of another kind is tried, and the leg's sound comes by another port from now on.
	Anew bool
}

// HeldIs says that a leg's far end holds us, or does not any more.
type HeldIs struct {
	Leg  fmc.LegID
	Held bool
}

// SoundCame says that a leg is heard for which Wiring.Await waits.
type SoundCame struct{ Leg fmc.LegID }

// Allowance says how long a leg that somebody called outside may still talk, where that changed: what a person may call a
// day is shared by all their calls.
type Allowance struct {
	Leg  fmc.LegID
	Left time.Duration
}

// Digit is a key that a party pressed: 0-9, *, #, A-D.
type Digit struct {
	Leg     fmc.LegID
	Key     byte
	InVoice bool // its tone was heard in the voice: another may have been lost on the way
}

// Played says that a prompt was heard to its end, or could not be played.
type Played struct {
	Asked    Question
	Missing  bool   // there is no such prompt: nobody heard anything
	Version  string // of text and voice
	Language string
}

// TapeIs says that the recording is ready, or failed.
type TapeIs struct {
	State fmc.TapeState // TapeReady or TapeFailed
	Why   string
}

// Decided answers an Ask.
type Decided struct {
	Asked   Question
	Request plan.Request // as asked
	Plan    plan.Plan
	At      time.Time // the wall clock it was decided for
}

// Wished is what a person, the API or the Switch asks of the call.
type Wished struct {
	Wish Wish
}

// LegGiven hands a leg of another call to this one.
type LegGiven struct {
	Party Party
	From  fmc.CallID
	Gift  fmc.Gift
	Whom  fmc.LegID // Replace: whose place it takes
}

// LegTaken says that the leg of a Give is another call's now.
type LegTaken struct {
	Leg fmc.LegID
	To  fmc.CallID
}

// LegReturned says that nobody took the leg of a Give: it is still ours.
type LegReturned struct {
	Leg fmc.LegID
	Why string
}

// TurnCame tells the head of a group's waiting line that a person may be free.
type TurnCame struct {
	Group fmc.GroupID
}

// Due is the tick of the call's own clock. Any event does a Due's work too.
type Due struct{}

func (LegOffered) event()  {}
func (LinkIs) event()      {}
func (HeldIs) event()      {}
func (Digit) event()       {}
func (Allowance) event()   {}
func (SoundCame) event()   {}
func (Played) event()      {}
func (TapeIs) event()      {}
func (Decided) event()     {}
func (Wished) event()      {}
func (LegGiven) event()    {}
func (LegTaken) event()    {}
func (LegReturned) event() {}
func (TurnCame) event()    {}
func (Due) event()         {}

// WishKind is a kind of wish.
type WishKind uint8

// The wishes. Those of FLOWS E4 come from keys too.
const (
	WishBegin    WishKind = iota + 1 // a call that nobody offered: call-back, conference
	WishHangUp                       // end the call
	WishHold                         // hold the others, or take them back
	WishConsult                      // speak to Digits first
	WishComplete                     // the consultation's target takes over
	WishReturn                       // end the consultation, back to the client
	WishThreeWay                     // all together
	WishTransfer                     // the other party goes to Digits
	WishPark                         // the other party is parked in Digits
	WishMove                         // go on at another device
	WishPause                        // stop recording, or go on
	WishMark                         // mark this moment
	WishDropLast                     // the last who joined leaves
	WishHandOver                     // whom Leg talks with takes the place of Whom in its call: an attended transfer by REFER
	wishes
)

// Wish is what somebody wants of a call.
type Wish struct {
	Kind   WishKind
	Leg    fmc.LegID // whose wish
	Whom   fmc.LegID // WishHandOver: the same person's leg in the other call
	Digits string
	Why    string
	Cause  cause.Cause // WishHangUp
}
