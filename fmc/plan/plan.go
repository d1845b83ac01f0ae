// Package plan decides where a call goes. Decide is a pure function of the company, the live answers of a World, a
// Request and an instant; what it returns is a Plan: a small program that says which devices ring in which order over
// which lines, what is heard, which number is shown, whether and how it is recorded, what each outcome leads to, and
// why. The package runs nothing: fmc/call follows plans. Start at Decide, then Plan and Node.
package plan

import (
	"encoding/json"
	"fmt"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// Plan is a small program: printable, hashable, checked (no jump out, no endless loop without a wait).
type Plan struct {
	Generation int64  `json:"generation"` // the company version it was decided on
	Nodes      []Node `json:"nodes"`
	Recording  Policy `json:"recording"`
	// Caller is who the subject is, where that became known just now.
	Caller  *Caller      `json:"caller,omitempty"`
	Mode    *fmc.ModeSet `json:"mode,omitempty"`   // how the subject wishes to be rung from now on: they keyed it
	Alerts  []fmc.Alert  `json:"alerts,omitempty"` // what somebody should look at
	Because []Reason     `json:"because,omitempty"`
}

// Caller is who a caller was recognised as.
type Caller struct {
	Employee fmc.EmployeeID `json:"employee"`
	Device   fmc.DeviceID   `json:"device,omitempty"`
	By       fmc.Assurance  `json:"by"`
}

// Op is what a node does.
type Op uint8

// The ops.
const (
	Say    Op = iota + 1 // a prompt is heard
	Gather               // keys are collected
	Ring                 // devices ring
	Talk                 // subject and winner hear each other
	Wait                 // the subject stands in a group's waiting line
	Mail                 // the subject leaves a message
	Park                 // the subject is parked until somebody takes it
	Give                 // the subject is handed to another call
	Ask                  // a new plan is decided and replaces the rest
	End                  // the thread is over
	ops
)

// Outcome is how a node came out.
type Outcome uint8

// The outcomes.
const (
	Done Outcome = iota + 1
	Won          // somebody took it
	Busy
	NoAnswer
	Unreachable
	TurnedDown  // the person declined
	ToVoicemail // the person pressed 3
	Congested   // no line, trunk or operator had room
	TimedOut
	Dropped   // a party was lost without hanging up
	Forbidden // a rule, such as a tape that failed where no conversation may be without one
	outcomes
)

// Audience is who hears a Say.
type Audience uint8

// The audiences.
const (
	ToSubject Audience = iota
	ToOthers           // those who talk with the subject
	ToAll
)

// Node is one step of a plan. What Op it is decides which fields count.
type Node struct {
	Do     Op             `json:"do"`
	Say    fmc.PromptID   `json:"say,omitempty"` // heard in Say, Gather, Wait (music), Mail (greeting), Park
	To     Audience       `json:"to,omitempty"`
	Notice bool           `json:"notice,omitempty"` // this Say is the recording notice
	Answer bool           `json:"answer,omitempty"` // Ring: when For is over the subject is answered, even if somebody is about to confirm
	Early  bool           `json:"early,omitempty"`  // said without answering, where the line carries early media
	Tries  []Try          `json:"tries,omitempty"`
	For    time.Duration  `json:"for,omitempty"`    // Say, Gather, Ring, Wait, Mail, Park, Talk: at most; 0: the op's default
	Keys   map[string]int `json:"keys,omitempty"`   // Gather: what was keyed -> node
	Most   int            `json:"most,omitempty"`   // Gather: how many keys; 0: as many as the longest of Keys
	Secret bool           `json:"secret,omitempty"` // Gather: the keys are kept out of the record
	Begins string         `json:"begins,omitempty"` // Gather: first keys with which more than what Keys holds may begin
	Group  fmc.GroupID    `json:"group,omitempty"`  // Ring, Wait, Mail: on whose behalf
	Person fmc.EmployeeID `json:"person,omitempty"` // Ring: who is rung, or for whom it is rung outside: their caps count it
	Slot   fmc.SlotID     `json:"slot,omitempty"`   // Park: where
	Gift   fmc.Gift       `json:"gift,omitempty"`   // Give: how
	Whom   fmc.LegID      `json:"whom,omitzero"`    // Give: the leg whose call it goes to; Replace: whose place it takes
	Query  Query          `json:"query,omitzero"`   // Ask: what
	// Conference: this Talk is a room: it goes on with one, and others join it.
	Conference fmc.ConferenceID `json:"conference,omitempty"`
	Prompt     fmc.PromptID     `json:"prompt,omitempty"` // Mail: what is said becomes this prompt of the company
	Cause      *cause.Cause     `json:"cause,omitempty"`  // End: why, as the subject's far side is told
	Then       *Then            `json:"then,omitempty"`   // End: a call of its own follows
	// On says where each outcome leads; absent: the next node after Done and Won, else End.
	On map[Outcome]int `json:"on,omitempty"`
}

// Then is a call that begins when this one is over: the person is called back.
type Then struct {
	Employee fmc.EmployeeID `json:"employee"`
	Digits   string         `json:"digits,omitempty"` // whom they want; empty: they are asked
	After    time.Duration  `json:"after,omitempty"`
	Round    int            `json:"round,omitempty"` // how often they did not answer
	Busy     int            `json:"busy,omitempty"`  // how often the number they want was busy
}

// Try is one device to ring.
type Try struct {
	Device   fmc.DeviceID    `json:"device"`
	Employee fmc.EmployeeID  `json:"employee,omitempty"`
	Role     fmc.Role        `json:"role"`
	Number   callerid.Number `json:"number,omitzero"` // what is dialled on a trunk or SIM
	Account  fmc.AccountID   `json:"account,omitempty"`
	Lines    []Candidate     `json:"lines"` // in this order
	After    time.Duration   `json:"after,omitempty"`
	For      time.Duration   `json:"for"`
	Confirm  bool            `json:"confirm,omitempty"`
	Whisper  fmc.PromptID    `json:"whisper,omitempty"` // heard by whoever must confirm
	// Text is sent to Number when it rings on a line that cannot show the caller's number: N22.
	Text string `json:"text,omitempty"`
}

// Candidate is a line that may carry a try, and what the far side sees on it.
type Candidate struct {
	Line  fmc.LineID     `json:"line"`
	Kind  fmc.LineKind   `json:"kind"`
	Trunk fmc.TrunkID    `json:"trunk,omitempty"`
	Shown callerid.Shown `json:"shown,omitzero"`
	Limit fmc.LimitID    `json:"limit,omitempty"` // taken at dialling
	Why   string         `json:"why"`
}

// Policy is whether and how the call is recorded.
type Policy struct {
	Record     bool          `json:"record"`
	FailClosed bool          `json:"fail_closed,omitempty"` // no tape, no conversation
	Notice     fmc.PromptID  `json:"notice,omitempty"`      // what a client must hear before a recorded talk
	Confirm    time.Duration `json:"confirm,omitempty"`     // how long a person has to press the key
	Refusal    string        `json:"refusal,omitempty"`     // the key by which a client who hears the notice refuses
	Pause      time.Duration `json:"pause,omitempty"`       // how long a person may stop it; 0: not at all
	Private    bool          `json:"private,omitempty"`     // of a person alone
	NoKeys     bool          `json:"no_keys,omitempty"`     // keys in a conversation are for the far side alone
	Why        string        `json:"why"`
}

// Query is what an Ask asks, and with the Request it came from what Decide is asked again.
type Query struct {
	What     QueryKind      `json:"what"`
	Group    fmc.GroupID    `json:"group,omitempty"`
	Employee fmc.EmployeeID `json:"employee,omitempty"`
	Scenario fmc.ScenarioID `json:"scenario,omitempty"`
	Slot     fmc.SlotID     `json:"slot,omitempty"`
	Digits   string         `json:"digits,omitempty"` // what was keyed before, filled in by the call
	Leg      fmc.LegID      `json:"leg,omitzero"`     // whom a pick-up, a transfer or a move is about
	Round    int            `json:"round,omitempty"`  // how often it was asked before
	Hops     int            `json:"hops,omitempty"`   // overflows and defaults that led here: plans may not lead round for ever
	Device   fmc.DeviceID   `json:"device,omitempty"` // AskMove: where the person speaks now
	Secret   bool           `json:"secret,omitempty"` // Digits are kept out of the record
	Proof    fmc.Assurance  `json:"proof,omitempty"`  // how the person is known who asks, and who is the subject
	Next     QueryKind      `json:"next,omitempty"`   // AskWho, AskPIN: what is asked once the PIN is right; AskStart: a number
	Busy     int            `json:"busy,omitempty"`   // AskOut: how often the number was busy before
	// Conference: AskJoin: which. Prompt: AskRecord: which.
	Conference fmc.ConferenceID `json:"conference,omitempty"`
	Prompt     fmc.PromptID     `json:"prompt,omitempty"`
}

// QueryKind is a kind of question that a call asks in its middle.
type QueryKind uint8

// The kinds of query.
const (
	AskStart     QueryKind = iota // a call begins
	AskGroup                      // ring this group
	AskPerson                     // ring this person
	AskExtension                  // ring whom the digits mean
	AskScenario                   // follow this scenario
	AskOut                        // call the number keyed
	AskRescue                     // the person was lost: bring them or another back
	AskConsult                    // the person wants to speak to the digits first
	AskTransfer                   // the other party goes to the digits
	AskPark                       // the other party is parked
	AskRecall                     // a parked party was not fetched
	AskMove                       // the person goes on at another device
	AskPickUp                     // the caller takes a call that rings
	AskRetrieve                   // the caller takes a parked call
	AskWho                        // the caller keyed the extension that is theirs
	AskPIN                        // the caller keyed their PIN
	AskJoin                       // the caller goes into a conference
	AskMail                       // the caller hears messages left for them
	AskRecord                     // the caller says a prompt of the company
	queries
)

// Reason is why: a choice, a refusal, or a live answer that the plan rests on.
type Reason struct {
	Topic  string          `json:"topic"`            // "hours", "busy", "lines", "recording", "caller id" …
	About  string          `json:"about,omitempty"`  // whom or what: "ivanov", "sales"
	Text   string          `json:"text,omitempty"`   // a sentence
	Answer json.RawMessage `json:"answer,omitempty"` // what the World answered, whole
}

var (
	opNames      = [ops]string{"", "say", "gather", "ring", "talk", "wait", "mail", "park", "give", "ask", "end"}
	outcomeNames = [outcomes]string{"", "done", "won", "busy", "no_answer", "unreachable", "declined", "to_voicemail", "congested", "timed_out", "dropped", "forbidden"}
	queryNames   = [queries]string{
		"start", "group", "person", "extension", "scenario", "out", "rescue", "consult", "transfer", "park", "recall", "move", "pick_up", "retrieve", "who", "pin", "join", "mail", "record",
	}
)

func (o Op) String() string {
	if o < ops {
		return opNames[o]
	}
	return fmt.Sprintf("op(%d)", uint8(o))
}

// MarshalText writes the name.
func (o Op) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads a name.
func (o *Op) UnmarshalText(b []byte) error { return read(o, opNames[:], b, "op") }

func (o Outcome) String() string {
	if o < outcomes {
		return outcomeNames[o]
	}
	return fmt.Sprintf("outcome(%d)", uint8(o))
}

// MarshalText writes the name.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads a name.
func (o *Outcome) UnmarshalText(b []byte) error { return read(o, outcomeNames[:], b, "outcome") }

func (q QueryKind) String() string {
	if q < queries {
		return queryNames[q]
	}
	return fmt.Sprintf("query(%d)", uint8(q))
}

// MarshalText writes the name.
func (q QueryKind) MarshalText() ([]byte, error) { return []byte(q.String()), nil }

// UnmarshalText reads a name.
func (q *QueryKind) UnmarshalText(b []byte) error { return read(q, queryNames[:], b, "query") }

func read[T ~uint8](v *T, names []string, b []byte, what string) error {
	for i, name := range names {
		if name == string(b) {
			*v = T(i)
			return nil
		}
	}
	return cause.Errorf(cause.Invalid, "%s %q: want one of %q", what, b, names)
}

// Rings reports whether a Ring has a try for a person.
func (n Node) Rings(who fmc.EmployeeID) bool {
	for _, t := range n.Tries {
		if t.Employee == who {
			return true
		}
	}
	return false
}
