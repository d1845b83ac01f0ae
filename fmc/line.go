package fmc

import "roadline/callerid"

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
