package fmc

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Term is how long something is kept, by the calendar. Zero: for ever.
type Term struct{ Years, Months, Days int }

// IsZero reports whether it has no end.
func (t Term) IsZero() bool { return t == Term{} }

// Before is the moment before which a term that ends at now began.
func (t Term) Before(now time.Time) time.Time { return now.AddDate(-t.Years, -t.Months, -t.Days) }

// days is how long it is, to compare.
func (t Term) days() int { return 365*t.Years + 30*t.Months + t.Days }

// Compare puts the shorter term first; one without an end is the longest.
func (t Term) Compare(u Term) int {
	if t.IsZero() || u.IsZero() {
		return cmp.Compare(btoi(t.IsZero()), btoi(u.IsZero()))
	}
	return cmp.Compare(t.days(), u.days())
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// String writes a term as it stands in a company file: "180d", "3y". Without an end it is "ever".
func (t Term) String() string {
	s := ""
	for _, part := range []struct {
		n    int
		unit string
	}{{t.Years, "y"}, {t.Months, "m"}, {t.Days, "d"}} {
		if part.n > 0 {
			s += fmt.Sprintf("%d%s", part.n, part.unit)
		}
	}
	return cmp.Or(s, "ever")
}

// KeepRule is how long recordings are kept, and how much room they may take.
type KeepRule struct {
	Usual  Term // of calls of no group that Groups names
	Groups map[GroupID]Term
	Quota  int64 // bytes; 0: as much as the disk has
}

// UsualClass is the class of the recordings that KeepRule.Groups does not name.
const UsualClass = "default"

// KeepClass is recordings that are kept equally long.
type KeepClass struct {
	Name  string // a group's id, or UsualClass
	Term  Term
	Group GroupID // whose calls; empty: those of all but Not
	Not   []GroupID
}

// Classes are the rule's classes, the shortest term first: in this order room is made where the quota is reached.
func (k KeepRule) Classes() []KeepClass {
	usual := KeepClass{Name: UsualClass, Term: k.Usual}
	all := []KeepClass{}
	for id, term := range k.Groups {
		usual.Not = append(usual.Not, id)
		all = append(all, KeepClass{Name: string(id), Term: term, Group: id})
	}
	slices.Sort(usual.Not)
	all = append(all, usual)
	slices.SortFunc(all, func(a, b KeepClass) int { return cmp.Or(a.Term.Compare(b.Term), cmp.Compare(a.Name, b.Name)) })
	return all
}

// TermOf is how long the recordings of a group's calls are kept.
func (k KeepRule) TermOf(g GroupID) Term {
	if t, ok := k.Groups[g]; ok {
		return t
	}
	return k.Usual
}

// Disposal says which recordings go: the oldest of a class first, and never one that is held.
type Disposal struct {
	Class  KeepClass
	Before time.Time // of calls that began before
	Bytes  int64     // as many as take so much room; 0: all
	Why    string    // the rule, for the tombstone
}

// StoredDay is what lies on disk of the calls of one day, by UTC, and one group.
type StoredDay struct {
	Day        time.Time
	Group      GroupID
	Recordings int
	Bytes      int64
	Held       int64 // of Bytes: what may not be deleted
}

// Alarm is a condition that somebody should see to. It is raised once, and stays until it is cleared.
type Alarm struct {
	Company CompanyID
	Kind    AlarmKind
	About   string            // which of several: a line, a trunk; empty: there is one only
	Values  map[string]string // what its words need
}

// AlarmKind says what is wrong. Words for each stand where alarms are shown and mailed.
type AlarmKind string

// The kinds of alarm.
const (
	AlarmQuotaNear    AlarmKind = "quota_near"    // used, quota, full
	AlarmQuotaReached AlarmKind = "quota_reached" // deleted, quota, class
	AlarmQuotaHeld    AlarmKind = "quota_held"    // used, quota: nothing that may go is left
	AlarmNoFile       AlarmKind = "no_file"       // count, example
	AlarmStrayFile    AlarmKind = "stray_file"    // count, example
	AlarmLineDown     AlarmKind = "line_down"     // line, state, why
	AlarmTrunkDown    AlarmKind = "trunk_down"    // trunk
	AlarmBalanceLow   AlarmKind = "balance_low"   // line, balance, limit
	AlarmPackageShort AlarmKind = "package_short" // line, short, day, end, moves: minutes; about a card and the end of its tariff's month
	AlarmShadow       AlarmKind = "shadow"        // line, why, troubles: by their keys, with spaces; about a card
	AlarmBankAway     AlarmKind = "bank_away"     // why; about a SIM bank
	AlarmForwarding   AlarmKind = "forwarding"    // line, why: it is not as it is wished, and cannot be set
	AlarmDiverted     AlarmKind = "diverted"      // line, number: calls went to a number that is not the company's
)

// Filed is what is written of a recording, to be compared with what lies on the disk.
type Filed struct {
	Call    CallID
	At      time.Time // when the call began
	File    string    // within the recordings' folder: the stereo file
	Bytes   int64
	Gone    bool
	Removed bool
	Lost    bool // it was missed before
}

// FoundSize is how large a recording is on the disk; 0 bytes: its files are missing.
type FoundSize struct {
	Call  CallID
	Bytes int64
}
