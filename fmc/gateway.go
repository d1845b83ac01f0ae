package fmc

import "time"

// GatewayView is a SIP-GSM gateway as the node's operator looks at it. A company sees those that have cards of its own, and
// of their lines these.
type GatewayView struct {
	Name    string      `json:"name"`
	Vendor  string      `json:"vendor"`
	Address string      `json:"address,omitempty"` // where it is reached, or, of one that speaks first, where it speaks to
	Since   time.Time   `json:"since,omitzero"`    // it tells without a break how its lines stand; zero: it does not
	Why     string      `json:"why,omitempty"`     // it does not
	Lines   []ModemView `json:"lines"`
	Quirks  []string    `json:"quirks"`          // of the vendor's boxes, in sentences
	Clear   string      `json:"clear,omitempty"` // what of its secrets travels readable, in a sentence; empty: none does
}
