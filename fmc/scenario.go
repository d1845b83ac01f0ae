package fmc

import (
	"time"

	"roadline/callerid"
)

// Scenario is what happens to a call to a number: its steps one after another until one of them takes the call.
type Scenario struct {
	ID    ScenarioID
	Steps []ScenarioStep
}

// ScenarioStep is exactly one of its fields.
type ScenarioStep struct {
	Schedule *ScheduleStep
	Menu     *Menu
	Do       Action
}

// ScheduleStep takes the call when the hours are closed (Outside) or open (Inside).
type ScheduleStep struct {
	Outside HoursID
	Inside  HoursID
	Do      Action
}

// Menu asks the caller for a key.
type Menu struct {
	Prompt        PromptID
	Keys          map[string]Action
	DialExtension bool          // a person's or group's short number may be keyed at once
	Timeout       time.Duration // silence after the prompt; 0: 6 s
	Repeats       int           // how often the prompt is heard in all; 0: twice
	Default       Action        // nothing, or nothing known, was keyed
}

// ActionKind is what an action does.
type ActionKind uint8

// The kinds of action.
const (
	NoAction ActionKind = iota
	RingGroup
	RingEmployee
	GoScenario
	LeaveVoicemail // with Group or Employee
	SayAndHangUp
	HangUp
	JoinConference // Conference
)

// Action is where a call goes. Zero: nowhere.
type Action struct {
	Do         ActionKind
	Group      GroupID
	Employee   EmployeeID
	Scenario   ScenarioID
	Prompt     PromptID
	Conference ConferenceID
}

// IsZero reports whether it does nothing.
func (a Action) IsZero() bool { return a == Action{} }

// Rules are what the company allows, shows and records.
type Rules struct {
	CallerID  []CallerIDRule
	Recording RecordingRule
	Dialling  DiallingRule
	Through   ThroughRule
	Missed    MissedRule
	Mid       MidCallRule
	Messages  []MessageRule // the first that fits says by what a message leaves
	// Forwarding is where the calls go that a card cannot take, of cards that say nothing; nil: nobody looks.
	Forwarding Forwarding
	Shadow     ShadowRules
	Alerts     []string      // mail addresses that are told of what somebody should look at
	Confirm    time.Duration // how long a person has to press 1; 0: 8 s
}

// CallerIDRule says which number a person or a group shows. The most particular rule wins: person, group, everybody.
type CallerIDRule struct {
	Employee EmployeeID
	Group    GroupID // both empty: everybody
	Show     callerid.Number
	Choose   []callerid.Number // that may be shown in its place by who chooses so for a call
}

// RecordingRule says which calls are recorded.
type RecordingRule struct {
	Inbound, Outbound, Internal bool
	Notice                      PromptID // heard before the parties hear each other; empty: "recording-notice"
	FailClosed                  bool     // no recording, no conversation
	Groups                      map[GroupID]GroupRecording
	// Refusal is the key by which a client who hears the notice has the call go on unrecorded; empty: none does.
	Refusal string
	Pause   PauseRule
	Keep    KeepRule
}

// PauseRule is who may stop a recording for a while.
type PauseRule struct {
	Never bool          // nobody may
	Full  bool          // it stays stopped until it is taken up again; else it goes on by itself after For
	For   time.Duration // 0: 2 min
}

// GroupRecording overrides the rule for the calls of one group.
type GroupRecording struct {
	Off        bool
	FailClosed bool
}

// DiallingRule is where the company may call. Zero: its own country, no premium numbers.
type DiallingRule struct {
	Destinations
	Caps    Caps          // of each person
	Longest time.Duration // of one call; 0: 4 h
	Prefer  LineKind      // SIMLine: SIMs go before trunks; else trunks before SIMs, but for one whose own number is to be shown
}

// Test is one line of the company's own policy tests: what must happen to a call at a time.
type Test struct {
	Name    string
	At      time.Time
	From    callerid.Number
	To      callerid.Number
	Account AccountID // who dials, for a call out
	Dial    string    // what is dialled, for a call out
	Keys    string    // what the caller presses in the menu
	Expect  Expectation
}

// Expectation is what a test wants. Empty fields are not looked at.
type Expectation struct {
	Reaches  string // a group, a person, "voicemail" or "outside"
	Within   time.Duration
	Recorded *bool
	Shows    callerid.Number // what the far side sees
	Refused  *bool
}
