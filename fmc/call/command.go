package call

import (
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// Command is something that Run must do, in order, after the facts among them were appended in one write.
type Command interface{ command() }

// Note appends a fact.
type Note struct{ Fact fmc.Fact }

// Dial makes a leg by a try; outcomes come back as LinkIs.
type Dial struct {
	Leg   fmc.LegID
	Try   plan.Try
	Group fmc.GroupID // on whose behalf
	// By is for whom a number outside or a colleague is called: a person's caps, and whom they called last. Empty: nobody's.
	By fmc.EmployeeID
}

// Progress tells an offered leg that we ring for it; Early: sound follows.
type Progress struct {
	Leg   fmc.LegID
	Early bool
}

// Answer answers an offered leg.
type Answer struct{ Leg fmc.LegID }

// Release ends a leg.
type Release struct {
	Leg   fmc.LegID
	Cause cause.Cause
}

// Ask has Decide asked.
type Ask struct {
	Asked   Question
	Request plan.Request
}

// OpenTape starts the recording.
type OpenTape struct{ Policy plan.Policy }

// Wire sends the wiring.
type Wire struct{ Wiring Wiring }

// Give hands a leg to the call that Whom belongs to, or, without Whom, to what Query names.
type Give struct {
	Party Party
	Gift  fmc.Gift
	Whom  fmc.LegID
	Query plan.Query
}

// Begin begins a call of its own after a while: the person is called back.
type Begin struct {
	Request plan.Request
	After   time.Duration
}

// Press sends keys to a leg's far side, as if whoever talks with it had pressed them.
type Press struct {
	Leg  fmc.LegID
	Keys string
}

// Text sends a text to a person of the company.
type Text struct {
	To   callerid.Number
	Text string
}

func (Begin) command()    {}
func (Press) command()    {}
func (Text) command()     {}
func (Note) command()     {}
func (Dial) command()     {}
func (Progress) command() {}
func (Answer) command()   {}
func (Release) command()  {}
func (Ask) command()      {}
func (OpenTape) command() {}
func (Wire) command()     {}
func (Give) command()     {}
