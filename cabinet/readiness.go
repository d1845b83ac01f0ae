package cabinet

import (
	"time"

	"roadline/fmc"
)

// Gap is something that a company's document leaves open: it is right, and yet a call may be lost by it.
type Gap struct {
	Kind  GapKind
	About string // a number, a person, a group
	At    time.Time
}

// GapKind is what is open.
type GapKind string

// The kinds.
const (
	GapNumber  GapKind = "number"  // it rings nobody of its own: no scenario and no owner
	GapProof   GapKind = "proof"   // the proof of a number ends soon, at At
	GapPerson  GapKind = "person"  // has nothing that could ring
	GapGroup   GapKind = "group"   // has no people
	GapHead    GapKind = "head"    // a group's missed calls are nobody's task
	GapTests   GapKind = "tests"   // the document has none
	GapMandate GapKind = "mandate" // a card has none and is not used
)

// soon is how long before its end a proof is told of.
const soon = 30 * 24 * time.Hour

// Gaps are what a company's document leaves open.
func Gaps(c *fmc.Company, now time.Time) []Gap {
	var all []Gap
	for _, n := range c.Numbers {
		if n.Scenario == "" && n.Owner == "" && n.Access == fmc.NoAccess {
			all = append(all, Gap{Kind: GapNumber, About: n.Number.E164})
		}
		if until := n.Proof.Until; !until.IsZero() && until.Before(now.Add(soon)) {
			all = append(all, Gap{Kind: GapProof, About: n.Number.E164, At: until})
		}
	}
	for _, e := range c.Employees {
		if len(e.Devices) == 0 && len(e.Groups) > 0 {
			all = append(all, Gap{Kind: GapPerson, About: string(e.ID)})
		}
	}
	for _, g := range c.Groups {
		if len(c.Members(g.ID)) == 0 {
			all = append(all, Gap{Kind: GapGroup, About: string(g.ID)})
		}
		if g.Head == "" {
			all = append(all, Gap{Kind: GapHead, About: string(g.ID)})
		}
	}
	for _, s := range c.SIMs {
		if s.Mandate.IsZero() {
			all = append(all, Gap{Kind: GapMandate, About: string(s.ICCID)})
		}
	}
	if len(c.Tests) == 0 {
		all = append(all, Gap{Kind: GapTests})
	}
	return all
}
