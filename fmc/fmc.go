// Package fmc holds the nouns of the house: ids, the company and its people, groups, numbers, hours and scenarios, the
// state of a line, the facts of a call and the one function that folds them into its record, and the interfaces of
// keeping, named in these nouns only. It decides nothing (fmc/plan does), runs nothing (fmc/call does) and keeps
// nothing (store does). Start at Company for what is configured and at Fact for what happened.
package fmc

import (
	"fmt"
	"strconv"
	"strings"
)

// The ids. Distinct types, so that none is taken for another; ids of what a company owns are unique within it, the
// others on the whole node.
type (
	NodeID       string // one machine that runs roadline
	CompanyID    string // one tenant: "acme"
	EmployeeID   string // a person of the company: "ivanov"
	GroupID      string // a department: "sales"
	DeviceID     string // what can ring for a person: "ivanov/mobile", "ivanov/sip"
	AccountID    string // a SIP authentication name, unique per node
	SiteID       string // a place with fixed phones: it decides where an emergency call goes
	HoursID      string // a weekly schedule
	ScenarioID   string // what happens to a call to a number
	PromptID     string // something to be said; several joined by "+" are said one after another
	TrunkID      string // a carrier's trunk of the machine
	LineID       string // one circuit: "trunk:carrier-a", "sip:ivanov-desk", "sim:8970…"
	LimitID      string // something of which only so many may be in use: "number:+74951234567"
	SlotID       string // a place where calls are parked
	ConferenceID string // a room that people of the company dial into
	CallID       string // UUIDv7
)

// Outside stands in for a device where any number of the public network is meant: World.Lines(Outside) are the lines
// on which the company may call out.
const Outside DeviceID = "outside"

// LegID names a leg for life: the call that bore it, kept when the leg moves to another call, and its number there.
type LegID struct {
	Call CallID
	N    int
}

// IsZero reports whether it names no leg.
func (id LegID) IsZero() bool { return id == LegID{} }

func (id LegID) String() string {
	if id.IsZero() {
		return ""
	}
	return string(id.Call) + "/" + strconv.Itoa(id.N)
}

// MarshalText writes "call/number", nothing for no leg.
func (id LegID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (id *LegID) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*id = LegID{}
		return nil
	}
	call, n, ok := strings.Cut(string(b), "/")
	number, err := strconv.Atoi(n)
	if !ok || err != nil || call == "" {
		return fmt.Errorf("leg id %q: want call/number", b)
	}
	*id = LegID{Call: CallID(call), N: number}
	return nil
}
