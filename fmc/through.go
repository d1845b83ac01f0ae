package fmc

import (
	"slices"
	"time"

	"roadline/callerid"
)

// What a person on the road may do by their ordinary mobile, and how far it is believed that it is they: FLOWS E2.

// Trust is how far the caller's number can be believed of a call that came some way.
type Trust uint8

// The trusts, the least first.
const (
	TrustForeign Trust = iota // anybody may have written it
	TrustCarrier              // a carrier of the country checked it
	TrustOwn                  // the operator vouches for it: an FMC trunk
)

// Assurance is how a person of the company was recognised.
type Assurance uint8

// The assurances, the weakest first.
const (
	ByNothing  Assurance = iota
	ByNumber             // they called from their mobile's number
	ByPIN                // and keyed their PIN
	ByCallBack           // they answered on their own mobile and confirmed
	ByAccount            // their phone signed in
)

var (
	trustNames     = [...]string{"foreign", "carrier", "own"}
	assuranceNames = [...]string{"", "number", "pin", "call_back", "account"}
)

func (t Trust) String() string { return nameOf(trustNames[:], int(t)) }

// MarshalText writes the name.
func (t Trust) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads a name.
func (t *Trust) UnmarshalText(b []byte) error { return readName(t, trustNames[:], b, "trust") }

func (a Assurance) String() string { return nameOf(assuranceNames[:], int(a)) }

// MarshalText writes the name.
func (a Assurance) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads a name.
func (a *Assurance) UnmarshalText(b []byte) error {
	return readName(a, assuranceNames[:], b, "assurance")
}

// PINRule is when a caller who is taken for a person of the company is asked for their PIN.
type PINRule uint8

// The rules.
const (
	PINByRisk PINRule = iota // where the number cannot be believed, on the first use of a day, outside the person's hours, past half of a cap, after a wrong PIN
	PINAlways
	PINNever
)

// ThroughRule is the company's rule for calling through.
type ThroughRule struct {
	PIN          PINRule
	RefuseHidden bool          // who hides their number is taken for any caller, and not asked for extension and PIN
	Tries        int           // wrong PINs until a caller is locked; 0: 3
	Lock         time.Duration // for so long; 0: 15 min
	// What is called only after the person answered on their own mobile, unless the operator vouches for the number.
	ProveAbroad, ProvePremium, ProveFirst bool // ProveFirst: the first call through of a person ever
	CallBacks                             int  // call-backs of a person an hour; 0: 5
	NoTexts                               bool // no text says who calls where a person's mobile rings on a SIM line: N22
}

// Destinations are where calls may go besides the company's own country.
type Destinations struct {
	Abroad    bool
	Countries []string // ISO 3166-1 alpha-2; allowed even where Abroad is false
	Premium   bool
}

// Allows reports whether calls may go to a country abroad.
func (d *Destinations) Allows(country string) bool {
	return d.Abroad || slices.Contains(d.Countries, country)
}

// Caps are what one person may call outside a day, in the company's zone; 0: no limit.
type Caps struct {
	Calls  int
	Talk   time.Duration
	Abroad time.Duration // of Talk, abroad and to premium numbers
}

// Spent is what a person called outside today, counted as Caps are.
type Spent struct {
	Calls  int           `json:"calls,omitempty"`
	Talk   time.Duration `json:"talk,omitempty"`
	Abroad time.Duration `json:"abroad,omitempty"`
}

// Reach returns where a person may call.
func (c *Company) Reach(e *Employee) *Destinations {
	if e != nil && e.May != nil {
		return e.May
	}
	return &c.Rules.Dialling.Destinations
}

// CapsOf returns what a person may call a day.
func (c *Company) CapsOf(e *Employee) Caps {
	if e != nil && e.Caps != nil {
		return *e.Caps
	}
	return c.Rules.Dialling.Caps
}

// Caller is what the node knows of a person who calls from outside, at a moment.
type Caller struct {
	HasPIN    bool          `json:"has_pin,omitempty"`
	Locked    bool          `json:"locked,omitempty"`    // too many wrong PINs: from this number, for this person, or at this access number
	Wrong     int           `json:"wrong,omitempty"`     // PINs lately, from this number
	Proved    time.Duration `json:"proved,omitempty"`    // since they proved by more than a number that it is they; 0: never
	Spent     Spent         `json:"spent,omitzero"`      // today
	Ever      bool          `json:"ever,omitempty"`      // they called through before
	CallBacks int           `json:"callbacks,omitempty"` // in the last hour
	Asked     time.Duration `json:"asked,omitempty"`     // since the latest call-back was asked for; 0: never
	// Whom they talked with and called last, by E.164 or extension.
	LastWith, LastDialled string `json:",omitempty"`
}

// PINVerdict is what a keyed PIN came to.
type PINVerdict string

// The verdicts. A caller hears the same of all but the first.
const (
	PINRight  PINVerdict = "right"
	PINWrong  PINVerdict = "wrong"
	PINLocked PINVerdict = "locked"
)

// PINTry is a PIN that was keyed.
type PINTry struct {
	Employee EmployeeID
	From     callerid.Number // of the caller
	To       callerid.Number // the access number
	Digits   string
}

// NewMail is a message that was left for a person and that they have not heard.
type NewMail struct {
	Prompt PromptID `json:"prompt"`         // under which it is heard: "message/<call>/<milliseconds since it began>"
	From   string   `json:"from,omitempty"` // E.164 of who left it; empty: hidden
}

// MissedRule is how calls of clients that nobody took are followed up.
type MissedRule struct {
	Deadline time.Duration // until the owner should have called back, in working hours of the company; 0: 1 h
	Escalate time.Duration // after the deadline the head is told; 0: at once
	Text     string        // sent to the client by SMS; empty: nothing
}

// MidCallRule is what keys do in a conversation: FLOWS E4.
type MidCallRule struct {
	Off bool // keys are for the far side alone
}

// Alert is something that somebody of the company should look at.
type Alert struct {
	Kind     string     `json:"kind"` // "first_use", "pin_wrong", "pin_locked", "cap", "destination", "emergency", "call_back"
	Employee EmployeeID `json:"employee,omitempty"`
	About    string     `json:"about,omitempty"`  // a number
	Text     string     `json:"text"`             // a sentence
	Person   bool       `json:"person,omitempty"` // the person is told too, on their mobile
}
