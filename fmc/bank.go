package fmc

import "time"

// A SIM bank holds cards away from the modems that they serve. Which card is to serve which modem is wished by a person, or
// by the rule of spares, with a reason; whoever has the server of the bank map it so is gsmgw/bank.

// BankID names a SIM bank of the node, as roadline.yaml does.
type BankID string

// BySpareRule is who moved a card where no person did: the card that served there failed.
const BySpareRule = "spare-rule"

// CardMove is the wish that a card of a bank serves a modem from now on.
type CardMove struct {
	SIM    ICCID
	Modem  string // the name of its port; empty: none is to be served
	By     string
	Reason string
	Lose   bool // a call that goes on by either modem may be lost
}

// CardMoved is the fact that such a wish was taken: of no call. Of a card the latest counts.
type CardMoved struct {
	At     time.Time `json:"at"` // wall clock, UTC
	SIM    ICCID     `json:"sim"`
	Bank   BankID    `json:"bank"`
	Was    string    `json:"was,omitempty"`   // the modem that it was to serve until then
	Modem  string    `json:"modem,omitempty"` // that it is to serve; empty: none
	By     string    `json:"by"`
	Reason string    `json:"reason"`
	Lose   bool      `json:"lose,omitempty"` // a call that goes on by either modem may be lost
}

func (CardMoved) happening() string { return "card_moved" }

// BankView is a SIM bank for people. A company sees its own cards, and all modems.
type BankView struct {
	Bank   BankID          `json:"bank"`
	State  BankState       `json:"state"`
	Why    string          `json:"why,omitempty"`  // what is wrong with the server, or with what it says
	Since  time.Time       `json:"since,omitzero"` // of State
	Slots  []BankSlotView  `json:"slots"`
	Modems []BankModemView `json:"modems"`
}

// BankState is how the server of a bank is.
type BankState string

// The states.
const (
	BankUnasked BankState = "unasked" // since this start
	BankReached BankState = "reached"
	BankAway    BankState = "away" // the cards serve as they did last, as far as anybody knows
)

// LineInBank is the state of the line of a card that lies in a bank and is to serve no modem: nothing is wrong with it.
const LineInBank = "in a bank"

// BankSlotView is a place for a card in a bank.
type BankSlotView struct {
	BankID  int        `json:"bank_id"` // of the server's banks
	Slot    int        `json:"slot"`
	SIM     ICCID      `json:"iccid,omitempty"`   // empty: nobody said, and no modem showed it yet
	Seen    bool       `json:"seen,omitempty"`    // that this card lies there was seen in a modem; else the machine file says so
	Company CompanyID  `json:"company,omitempty"` // whose the card is; empty: nobody's
	Spare   ICCID      `json:"spare,omitempty"`   // serves in its place where it fails
	Modem   string     `json:"modem,omitempty"`   // that it is to serve
	Serves  string     `json:"serves,omitempty"`  // that it serves, by what the server says
	State   SlotState  `json:"state"`
	Why     string     `json:"why,omitempty"` // why it is not as it is to be, for a person
	Moved   *CardMoved `json:"moved,omitempty"`
}

// SlotState says how the place of a card is against how it is to be.
type SlotState string

// The states.
const (
	SlotFree    SlotState = "free"    // it is to serve no modem, and serves none
	SlotServing SlotState = "serving" // it serves the modem that it is to
	SlotMoving  SlotState = "moving"  // what stands in the way is said in Why
	SlotRefused SlotState = "refused" // the server does not map it: tried again
	SlotOddly   SlotState = "oddly"   // the server says that it serves, the modem says otherwise; or nobody wished that it serves
)

// BankModemView is a modem that cards of a bank can serve.
type BankModemView struct {
	Modem     string `json:"modem"` // the name of its port
	Client    int    `json:"client"`
	Slot      int    `json:"slot"`            // of the client
	Connected bool   `json:"connected"`       // the client is at the server
	Taken     bool   `json:"taken"`           // a card is to serve it, whoever's it is
	SIM       ICCID  `json:"iccid,omitempty"` // that one; empty where it is another company's
	InCall    bool   `json:"in_call"`
}
