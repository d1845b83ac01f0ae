package plan

import (
	"time"

	"roadline/callerid"
	"roadline/fmc"
)

// Request is what Decide is asked: the call as it began, and what is wanted now.
type Request struct {
	Call      fmc.CallID      `json:"call"`
	Company   fmc.CompanyID   `json:"company"`
	Direction fmc.Direction   `json:"direction"`
	From      callerid.Number `json:"from,omitzero"`
	To        callerid.Number `json:"to,omitzero"`       // the company's number that was called, or the outside number that was dialled
	Dialled   string          `json:"dialled,omitempty"` // as keyed on a phone of the company
	Trunk     fmc.TrunkID     `json:"trunk,omitempty"`   // it came by
	Line      fmc.LineID      `json:"line,omitempty"`    // it came by, where that is a SIM's
	Account   fmc.AccountID   `json:"account,omitempty"` // of the phone that called
	Employee  fmc.EmployeeID  `json:"employee,omitempty"`
	Diversion callerid.Number `json:"diversion,omitzero"` // who diverted it to us
	Trust     fmc.Trust       `json:"trust,omitempty"`    // how far From can be believed
	Native    bool            `json:"native,omitempty"`   // an operator's FMC trunk brought it: a call of, or to, a person's own SIM
	Private   bool            `json:"private,omitempty"`  // the person made it for themselves: N24
	Show      callerid.Number `json:"show,omitzero"`      // what the person wants to be seen outside; zero: what the company's rules say
	Promised  fmc.CallID      `json:"promised,omitempty"` // by which call this one was promised
	Query     Query           `json:"query,omitzero"`
	So        SoFar           `json:"so,omitzero"`
}

// SoFar is what the call knows when it asks in its middle.
type SoFar struct {
	Answered bool             `json:"answered,omitempty"` // the subject is up
	Noticed  bool             `json:"noticed,omitempty"`  // the client heard the notice
	Tried    []fmc.EmployeeID `json:"tried,omitempty"`    // people who were rung in this call and did not take it
	Passed   []fmc.EmployeeID `json:"passed,omitempty"`   // people who declined this call: not rung again
	Waited   time.Duration    `json:"waited,omitempty"`   // in the waiting line
	With     fmc.EmployeeID   `json:"with,omitempty"`     // who talks, or talked last
	Client   callerid.Number  `json:"client,omitzero"`    // the outside party that this call dialled; zero: none
	// Asker is how the person is known who wants another party in the conversation; ByNothing: we rang them.
	Asker fmc.Assurance `json:"asker,omitempty"`
}

// World answers live questions, one by one; Decide notes each answer in Plan.Because. It is answered from the node's
// memory of its own facts, so also without PostgreSQL. No method waits.
type World interface {
	// Busy reports whether the person is in a call or being dialled.
	Busy(fmc.EmployeeID) bool
	// Lines returns which lines may reach a device now, in no particular order: the order is Decide's business.
	Lines(fmc.DeviceID) []fmc.LineState
	// LastWith returns who of the company talked last with an outside number, and how long ago; "" for nobody.
	LastWith(caller callerid.Number) (fmc.EmployeeID, time.Duration)
	// IdleSince returns how long ago the person's last call ended; a person without any: a very long time.
	IdleSince(fmc.EmployeeID) time.Duration
	// Turn returns who of the group was rung last in turn; "" for nobody yet.
	Turn(fmc.GroupID) fmc.EmployeeID
	// Waiting returns how many calls stand in the group's line, this one not counted.
	Waiting(fmc.GroupID) int
	// InUse returns how much of a limit is taken, this call not counted.
	InUse(fmc.LimitID) int
	// Caller returns what is known of a person who calls from outside: their PIN, what they spent, whom they called.
	Caller(who fmc.EmployeeID, from, to callerid.Number) fmc.Caller
	// CheckPIN says whether a PIN is right, and counts the wrong ones.
	CheckPIN(fmc.PINTry) fmc.PINVerdict
	// Talking returns the legs by which a person talks now, in calls other than this one, the latest first.
	Talking(fmc.EmployeeID) []fmc.LegID
	// In returns how many are in a conference, this call not counted.
	In(fmc.ConferenceID) int
	// Messages returns the messages left for a person that were not heard yet, the oldest first.
	Messages(fmc.EmployeeID) []fmc.NewMail
	// Mode returns how a person wishes to be rung now.
	Mode(fmc.EmployeeID) fmc.Mode
}
