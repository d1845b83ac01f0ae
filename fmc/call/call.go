// Package call is the life of a call. Step is a pure function that holds every rule of it, made of sub-machines: party,
// thread, attempt, key collector; wiring derives who hears whom, what is on tape and whose keys count. Run carries out
// what Step commands, one goroutine a call; the Switch owns all calls of the node and is the only place where they
// touch; Rehearse runs the same Step in virtual time. The package knows no technology: sipcore and gsmgw make legs,
// fmc/room wires sound. Start at Call, then Step.
package call

import (
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// Call is a call's whole state: plain data, no pointers shared. The value after each Step is the published snapshot.
type Call struct {
	ID      fmc.CallID
	Company fmc.CompanyID
	Began   time.Time     // the only wall-clock reading; every other time is a duration since
	Now     time.Duration // of the latest event
	Request plan.Request  // how it began
	Born    int           // legs that this call has borne
	Cues    int           // cues that were given
	Parties []Party
	Threads []Thread // [0] serves the contact; others are errands: consult, move
	Tape    Tape
	Wiring  Wiring  // as last sent
	End     *Ending // nil while alive
}

// Party is what the call knows of a leg.
type Party struct {
	Leg    fmc.LegID
	Role   fmc.Role // a fact of the leg, never of the direction
	Who    Who
	Proof  fmc.Assurance   // how it is known that it is they
	Number callerid.Number // outside: who calls by it, or whom we dialled; zero on a private call
	Link   fmc.Link
	Line   fmc.LineID // that carries it, once known
	Early  bool       // it sends sound before it answers
	Heard  bool       // sound of it came, since somebody waited for it
	Told   Told       // an offered leg: what we told its far side
	Assent fmc.Assent
	Held   bool // by its own far end
	OnHold bool // by a person of the company, by key
	Input  Input
	Bare   Bare
	Notice Notice
	Cue    Cue
	Remind time.Duration // who has somebody on hold: when they are told again; 0: nobody is
	Part   *Parting      // it goes after it heard why
	Ends   time.Duration // called outside: when it has talked as long as it may, wherever it was brought meanwhile; 0: no limit yet
	Latest time.Duration // of Ends, however few calls share what may be talked
	Dialog *fmc.Dialog   // as its technology told it last; it goes with a leg that is handed over
}

// Told is what an offered leg's far side was told, in this order.
type Told uint8

// What can be told.
const (
	ToldNothing  Told = iota
	ToldRinging       // 180
	ToldEarly         // 183 with sound
	ToldAnswered      // 200; it is up when the far side acknowledges
)

// Who is at a leg.
type Who struct {
	Employee fmc.EmployeeID
	Group    fmc.GroupID // on whose behalf they were rung
	Device   fmc.DeviceID
}

// Input is a party's key collector.
type Input struct {
	Keys   string
	Due    time.Duration // when what was keyed counts as whole; 0: nothing pending
	Secret bool          // a PIN: it leaves the call with the question it is for
}

// Bare is what a party keyed without a leader, and may have keyed one: mobile networks lose tones.
type Bare struct {
	Keys   string
	Due    time.Duration // when they are whole; 0: nothing pending
	Before string        // those before them
	Until  time.Duration // so long Before counts as the same try
	Told   bool          // the party was told how to key a code
}

// Notice is what a party heard of the recording notice.
type Notice struct {
	Since time.Duration // when the one it hears now began; 0: it hears none
	Heard bool
}

// Cue is a short sound that one leg hears above whatever it does: others go on hearing it, and the tape goes on.
type Cue struct {
	Say    fmc.PromptID // empty: none
	Serial int          // names it among the call's cues
	Due    time.Duration
}

// Parting is the word a leg hears before it is released.
type Parting struct {
	Say   fmc.PromptID
	Cause cause.Cause
	Due   time.Duration
}

// Errand is what a thread is for.
type Errand uint8

// The errands.
const (
	Serve   Errand = iota // the contact itself
	Consult               // a person speaks to another first
	Move                  // a person goes on at another device
)

// Thread is one plan followed for one leg, or for nobody yet (call-back).
type Thread struct {
	Errand  Errand
	Plan    plan.Plan
	At      int // node; len(Nodes) is the end
	Visit   Visit
	Subject fmc.LegID
	By      fmc.LegID     // who sent the errand, or parks the subject and must hear where
	Tries   []Attempt     // the running Ring
	With    []fmc.LegID   // the running Talk
	Due     time.Duration // 0: none
	Place   Place
	HandTo  fmc.LegID // whom it talks with takes the place of this leg of another call, once they do
}

// Visit is one stay of a thread at a node.
type Visit struct {
	Serial int              // of this stay, counted over the thread's life: late answers name an older one
	Since  time.Duration    // when it came
	Until  time.Duration    // Gather: when the collecting ends at the latest; 0: the prompt is still heard
	Heard  []fmc.LegID      // who heard the node's prompt to its end
	Why    cause.Cause      // the latest reason why an attempt failed
	Tried  []fmc.EmployeeID // over the thread's life: rung, and did not take it
	Passed []fmc.EmployeeID // over the thread's life: declined
}

// Place is a stand in a group's waiting line. It is kept while the call asks and rings for the group, and given up
// when somebody takes the call or it leaves the group.
type Place struct {
	Group fmc.GroupID
	Since time.Duration // on the call's clock
}

// AttemptState is how far an attempt is.
type AttemptState uint8

// The states of an attempt.
const (
	Planned   AttemptState = iota + 1 // its time has not come
	Reserved                          // dialled, not alerting yet
	Ringing                           // the device alerts
	Answered                          // picked up, confirmation awaited
	Withdrawn                         // over
)

// Attempt is one try of the running Ring.
type Attempt struct {
	State   AttemptState
	Leg     fmc.LegID     // zero while Planned
	Due     time.Duration // Planned: when it starts; else when it is given up
	Dialled time.Duration
	Alerted bool
	Texted  bool         // the person was sent a text that it rings
	Outcome plan.Outcome // once Withdrawn without a winner
}

// Tape is the call's recording.
type Tape struct {
	State   fmc.TapeState
	Due     time.Duration // TapeWanted: when it counts as failed
	Pause   *Pause
	Refused bool // by a client: nothing that is said is kept any more
}

// Pause is a recording stopped by a person.
type Pause struct {
	Leg   fmc.LegID // whose wish it was
	By    fmc.EmployeeID
	Why   string
	Until time.Duration // it goes on by itself
}

// Ending is how the call ends.
type Ending struct {
	Cause  cause.Cause
	By     fmc.LegID     // whose end ended it
	Due    time.Duration // when it is closed though legs have not gone
	Closed bool          // the last fact was written
}

// Wiring is who hears whom and what is kept: one value, so the two cannot disagree.
type Wiring struct {
	Talks  []Talk
	Hears  []Hears
	Listen []fmc.LegID // legs whose keys count
	Await  []fmc.LegID // legs whose first sound is waited for
}

// Talk is legs that hear each other. One leg alone leaves a message.
type Talk struct {
	Legs  []fmc.LegID
	Sides []fmc.Side // of each leg, on tape
	Roles []fmc.Role // of each leg
	Tape  bool
	Mail  bool
}

// Sound is what a leg hears that is not another's speech.
type Sound uint8

// The sounds.
const (
	Prompt   Sound = iota + 1 // once
	RingBack                  // until something else
	Music                     // until something else
	EarlyMedia
	Tone // Say names it: "beep", "error"
)

// Hears is one leg hearing something. A leg that is in a Talk hears it in place of the others, for as long as it lasts;
// what the leg itself says goes on to them, and to the tape.
type Hears struct {
	Leg   fmc.LegID
	Sound Sound
	Say   fmc.PromptID // of a Prompt, a Tone or Music
	From  fmc.LegID    // of EarlyMedia
	Times int          // a Prompt: how often, with a pause; 0: once
	Asked Question     // whom Played answers; zero: nobody
}

// Question names what a late answer belongs to: a thread's stay at a node and, of a prompt, the leg that hears it. A
// parting word has a leg and no serial, a cue its own serial and the thread OfCue.
type Question struct {
	Thread int
	Serial int
	Leg    fmc.LegID
}

// OfCue stands for a thread where a cue is meant.
const OfCue = -2

// New returns a call that is about to begin with its first event.
func New(id fmc.CallID, began time.Time, r plan.Request) Call {
	r.Call = id
	return Call{ID: id, Company: r.Company, Began: began, Request: r}
}

// Over reports whether the last fact of the call was written: nothing can happen to it any more.
func (c Call) Over() bool { return c.End != nil && c.End.Closed }

// Party returns what the call knows of a leg.
func (c Call) Party(id fmc.LegID) (Party, bool) {
	for _, p := range c.Parties {
		if p.Leg == id {
			return p, true
		}
	}
	return Party{}, false
}

// Node returns the node a thread is at; End where it is over.
func (t Thread) Node() plan.Node {
	if t.At >= 0 && t.At < len(t.Plan.Nodes) {
		return t.Plan.Nodes[t.At]
	}
	return plan.Node{Do: plan.End}
}
