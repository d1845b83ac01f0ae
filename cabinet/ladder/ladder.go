// Package ladder draws what happened in a call as a ladder: a lane for each party and one for the server, and on one
// axis of time what was said on the wires, what was decided, how it sounded and what came of it. It is made of a call's
// record, facts and trace by pure functions, reads nothing and knows no page. Start at Build; text.go and mermaid.go write
// it down, pcap.go writes what was said for Wireshark, quality.go says how the call sounded.
package ladder

import (
	"cmp"
	"slices"
	"time"

	"roadline/fmc"
)

// Ladder is one call.
type Ladder struct {
	Call  fmc.CallID `json:"call"`
	Began time.Time  `json:"began"`
	Lanes []Lane     `json:"lanes"`
	Rows  []Row      `json:"rows"`
}

// Lane is a party, or the server.
type Lane struct {
	Leg  fmc.LegID      `json:"leg,omitzero"` // zero: the server, or several legs that shared a lane for want of room
	Who  fmc.EmployeeID `json:"who,omitempty"`
	Name string         `json:"name"`           // a number, a device, "roadline"
	Line fmc.LineID     `json:"line,omitempty"` // that carried it last
}

// Kind says what a row is.
type Kind string

// The kinds of row.
const (
	SIP    Kind = "sip"
	AT     Kind = "at"
	Sound  Kind = "sound"
	Choice Kind = "choice" // what was decided
	Event  Kind = "event"  // what came of it
	Lost   Kind = "lost"   // lines that are missing in the trace
)

// Row is one moment.
type Row struct {
	At    time.Duration `json:"at"` // on the call's clock
	Kind  Kind          `json:"kind"`
	From  int           `json:"from"` // lane; a row from a lane to itself happened there
	To    int           `json:"to"`
	Label string        `json:"label,omitempty"` // what was said on the wire
	Say   Say           `json:"say,omitzero"`    // what happened, in words
	Times int           `json:"times,omitempty"` // of an exchange of AT lines that repeated itself; 0: once
	Bad   bool          `json:"bad,omitempty"`   // it went wrong here
	Raw   string        `json:"raw,omitempty"`   // the whole message
}

// Story is what a ladder is made of.
type Story struct {
	Record fmc.Record
	Facts  []fmc.Fact
	Trace  []fmc.TraceLine
	// Person is what a person is called; nil: by the id.
	Person func(fmc.EmployeeID) string
}

// mostLanes is how many parties have a lane of their own.
const mostLanes = 8

// Build draws a call.
func Build(s Story) Ladder {
	b := builder{story: s, of: map[fmc.LegID]int{}}
	b.lanes()
	for _, f := range s.Facts {
		b.fact(f)
	}
	b.wires()
	slices.SortStableFunc(b.rows, func(x, y Row) int { return cmp.Compare(x.At, y.At) })
	return Ladder{Call: s.Record.ID, Began: s.Record.Opened.Began, Lanes: b.all, Rows: b.rows}
}

type builder struct {
	story Story
	all   []Lane
	of    map[fmc.LegID]int // the lane of a leg
	us    int               // the server's lane
	rows  []Row
	owed  []fmc.Wanted // calls back that were promised, each once
}

// lanes gives every leg its lane: who came or is a client on the left, then the server, then whom it called.
func (b *builder) lanes() {
	var left, right []fmc.LegRecord
	for _, l := range b.story.Record.Legs {
		if l.Offered {
			left = append(left, l)
		} else {
			right = append(right, l)
		}
	}
	for _, l := range left {
		b.lane(l)
	}
	b.us = len(b.all)
	b.all = append(b.all, Lane{Name: "roadline"})
	// Of many who were rung, those who talked have a lane before those who only rang.
	slices.SortStableFunc(right, func(x, y fmc.LegRecord) int { return cmp.Compare(len(y.Talked), len(x.Talked)) })
	for _, l := range right {
		b.lane(l)
	}
}

func (b *builder) lane(l fmc.LegRecord) {
	if len(b.all) >= mostLanes {
		b.all[len(b.all)-1] = Lane{Name: "…"}
		b.of[l.Leg] = len(b.all) - 1
		return
	}
	name := cmp.Or(string(l.Device), l.Number.String(), l.Role.String())
	b.of[l.Leg] = len(b.all)
	b.all = append(b.all, Lane{Leg: l.Leg, Who: l.Employee, Name: name, Line: l.Line})
}

// laneOf is the lane of a leg; the server's for one that no record has.
func (b *builder) laneOf(id fmc.LegID) int {
	if i, ok := b.of[id]; ok {
		return i
	}
	return b.us
}

// person is what a person is called.
func (b *builder) person(id fmc.EmployeeID) string {
	if b.story.Person == nil || id == "" {
		return string(id)
	}
	return b.story.Person(id)
}

// party is who is at a leg.
func (b *builder) party(id fmc.LegID) string {
	for _, l := range b.story.Record.Legs {
		if l.Leg == id {
			return cmp.Or(b.person(l.Employee), l.Number.String(), string(l.Device), l.Role.String())
		}
	}
	return id.String()
}
