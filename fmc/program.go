package fmc

import (
	"net/netip"
	"time"

	"roadline/callerid"
)

// ProgramID names a program of a company that sends and receives messages by SMPP.
type ProgramID string

// CentreID names a message centre that this node is a client of.
type CentreID string

// Program is a program of the company's own that speaks SMPP with this node.
type Program struct {
	ID      ProgramID
	From    []netip.Prefix    // where it may come from; none: from anywhere
	Numbers []callerid.Number // of the company: it may send as these, and gets what comes to them
	Names   []string          // in letters, that it may send as
	Binds   int               // links at once
	Rate    int               // messages a second that it may send
	Latin   bool              // its data_coding 0 is ISO 8859-1, not the default alphabet of GSM
}

// ProgramRef names a program of the node.
type ProgramRef struct {
	Company CompanyID
	Program ProgramID
}

// MaySend reports whether the program may send as a number or a name.
func (p *Program) MaySend(sender string) bool { return sends(p.Numbers, p.Names, sender) }

func sends(numbers []callerid.Number, names []string, sender string) bool {
	for _, n := range numbers {
		if n.E164 == sender {
			return true
		}
	}
	for _, n := range names {
		if n == sender {
			return true
		}
	}
	return false
}

// Program returns the program of that id.
func (c *Company) Program(id ProgramID) (*Program, bool) {
	return find(c.Programs, func(p *Program) bool { return p.ID == id })
}

// ProgramOf returns the program that gets what comes to a number.
func (c *Company) ProgramOf(e164 string) (*Program, bool) {
	return find(c.Programs, func(p *Program) bool { return e164 != "" && sends(p.Numbers, nil, e164) })
}

// CentreGrant is what a company may use a message centre for: to send as these, and to get what comes to them.
type CentreGrant struct {
	Centre  CentreID
	Company CompanyID
	Numbers []callerid.Number
	Names   []string
}

// MaySend reports whether the company may send as a number or a name.
func (g CentreGrant) MaySend(sender string) bool { return sends(g.Numbers, g.Names, sender) }

// Delivery is something that a program of a company is to be told: a message that came, or what became of one that it
// sent.
type Delivery struct {
	N       int64
	Company CompanyID
	Program ProgramID
	Message MessageID
	State   MessageState // Received: it is the message itself; else what became of the program's
	From    string       // of the message
	To      string
	Text    string
	At      time.Time // when the message came, or was accepted
	Done    time.Time // when it got into this state
	Parts   int
	Tries   int
}

// Receipt reports that a delivery tells what became of a message.
func (d Delivery) Receipt() bool { return d.State != MessageReceived }

// DeliveryState is how far a Delivery is.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryWaiting   DeliveryState = "waiting"
	DeliveryOut       DeliveryState = "out" // the program was given it, and has not answered
	DeliveryDone      DeliveryState = "done"
	DeliveryUncertain DeliveryState = "uncertain" // the program may have it, or not; it is not given it again by itself
	DeliveryFailed    DeliveryState = "failed"
)

// DeliveryOutcome is what became of a try.
type DeliveryOutcome struct {
	N       int64
	Company CompanyID
	State   DeliveryState // waiting: it is tried again at Due
	Due     time.Time     // zero: it is as due as it was
	Why     string
}
