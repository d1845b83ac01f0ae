package fmc

import (
	"time"

	"roadline/callerid"
)

// LineKind says what carries a line.
type LineKind uint8

// The kinds of line.
const (
	TrunkLine   LineKind = iota + 1 // a circuit of a carrier's trunk
	AccountLine                     // the registered phones of one SIP account
	SIMLine                         // a SIM in a port
)

var lineKindNames = [...]string{"", "trunk", "account", "sim"}

func (k LineKind) String() string { return nameOf(lineKindNames[:], int(k)) }

// MarshalText writes the name.
func (k LineKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads a name.
func (k *LineKind) UnmarshalText(b []byte) error {
	return readName(k, lineKindNames[:], b, "line kind")
}

// LineState is what is known of a line when somebody asks which may serve.
type LineState struct {
	ID    LineID        `json:"id"`
	Kind  LineKind      `json:"kind"`
	Trunk TrunkID       `json:"trunk,omitempty"`
	Ready bool          `json:"ready"`
	Why   string        `json:"why,omitempty"`  // why it is not ready, for a person
	Free  int           `json:"free,omitempty"` // calls it can still take; 0 with Ready: not counted
	Form  callerid.Form `json:"form,omitzero"`  // what caller ID the trunk carries
	SIM   *SIMState     `json:"sim,omitempty"`  // of a SIMLine
}

// LineView is a line as a person looks at it: what LineState says, and what is behind it.
type LineView struct {
	LineState
	Name   string    `json:"modem,omitempty"` // of the modem's port
	Family string    `json:"family,omitempty"`
	Model  string    `json:"model,omitempty"`
	IMEI   string    `json:"imei,omitempty"`
	State  string    `json:"state"`             // in a word or two: "ready", "in a call", "quarantined"
	WayOut string    `json:"way_out,omitempty"` // what would make it ready, where it is not
	Since  time.Time `json:"since,omitzero"`    // of State
	Call   CallID    `json:"call,omitempty"`    // the call that has it now
	Queue  int       `json:"queue,omitempty"`   // messages that wait to be sent by it
}

// ModemView is a radio module as the node's operator looks at it, whoever's card is in it.
type ModemView struct {
	Name     string            `json:"name"` // of the port: the same after it was plugged in anew
	Path     string            `json:"path"` // of the port's device
	Family   string            `json:"family"`
	Maker    string            `json:"maker,omitempty"`
	Model    string            `json:"model,omitempty"`
	Revision string            `json:"revision,omitempty"` // of the firmware
	IMEI     string            `json:"imei,omitempty"`
	ICCID    ICCID             `json:"iccid,omitempty"`   // of the card in it
	Company  CompanyID         `json:"company,omitempty"` // whose the card is; empty: granted to nobody, or none is in it
	State    string            `json:"state"`
	Why      string            `json:"why,omitempty"`
	Can      map[string]string `json:"can,omitempty"` // what it is able to do, by name: "voice": "serial"
}

// LegQuality is how a leg sounded and how quickly it came about, measured by the line that carried it. What was not
// measured is 0.
type LegQuality struct {
	Setup     time.Duration `json:"setup,omitempty"`      // from dialling until the far side rang
	MOS       int           `json:"mos,omitempty"`        // estimated, in hundredths: 100 to 450
	Heard     time.Duration `json:"heard,omitempty"`      // speech that came from the far side
	Spoke     time.Duration `json:"spoke,omitempty"`      // speech that went to it
	SignalDBm int           `json:"signal_dbm,omitempty"` // the weakest seen
	Lost      int           `json:"lost,omitempty"`       // frames of 20 ms that did not come or were not taken
}

// USSDAnswer is what a network answered to a USSD string.
type USSDAnswer struct {
	Text string `json:"text"`
	Open bool   `json:"open"` // it expects an answer
	Mode int    `json:"mode"` // 27.007: 0 done, 1 answer expected, 2 ended by the network, 4 not supported, 5 time-out
}

// CardView is a SIM card in a card reader of the node, for people.
type CardView struct {
	Reader   string    `json:"reader"`         // as its driver names it
	Kind     string    `json:"kind,omitempty"` // "UICC", "classic SIM"
	ICCID    ICCID     `json:"iccid,omitempty"`
	IMSI     string    `json:"imsi,omitempty"`
	Number   string    `json:"number,omitempty"`   // as the card says; most say nothing
	Provider string    `json:"provider,omitempty"` // whose it says to be
	State    string    `json:"state"`              // "ready", "pin", "puk", "unknown"
	Attempts *int      `json:"attempts,omitempty"` // for the PIN; nil: not known
	Company  CompanyID `json:"company,omitempty"`  // that the node grants the card to; empty: nobody
	Why      string    `json:"why,omitempty"`      // why it stays locked, or cannot be read
}
