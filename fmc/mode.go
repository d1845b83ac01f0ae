package fmc

import (
	"strconv"
	"time"
)

// ModeKind is how a person wishes to be rung: FLOWS E3.
type ModeKind uint8

// The kinds.
const (
	Available   ModeKind = iota // as the company's document has it
	MobileOnly                  // phones of the company stay silent
	Undisturbed                 // nothing rings but what the person asked for
)

var modeNames = [...]string{"on", "mobile", "dnd"}

func (k ModeKind) String() string { return nameOf(modeNames[:], int(k)) }

// MarshalText writes the name.
func (k ModeKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads a name.
func (k *ModeKind) UnmarshalText(b []byte) error { return readName(k, modeNames[:], b, "mode") }

// Mode is a person's wish to be rung so. It is a live thing that they set themselves, and no part of the document.
type Mode struct {
	Kind  ModeKind  `json:"kind"`
	Until time.Time `json:"until,omitzero"` // when they are available again; zero: when they say so
}

// At is the mode that holds at a moment.
func (m Mode) At(now time.Time) Mode {
	if m.Kind == Available || !m.Until.IsZero() && !now.Before(m.Until) {
		return Mode{}
	}
	return m
}

// In is the mode in words, with times of a zone; nil: UTC.
func (m Mode) In(zone *time.Location) string {
	words := [...]string{"is available", "wishes to be rung on the mobile only", "does not wish to be disturbed"}
	if zone == nil {
		zone = time.UTC
	}
	w := nameOf(words[:], int(m.Kind))
	if m.Until.IsZero() || m.Kind == Available {
		return w
	}
	return w + " until " + m.Until.In(zone).Format("2006-01-02 15:04")
}

// ModeSet is the fact that a person's mode was set: of a call where they keyed it, else of no call.
type ModeSet struct {
	At       time.Time  `json:"at"` // wall clock, UTC: the latest counts
	Employee EmployeeID `json:"employee"`
	Mode
	By string `json:"by"` // who: the person's id, or whom the command line or the API names
}

func (ModeSet) happening() string { return "mode_set" }

// Modes are how the people of a company were last set. Nobody changes one that others may have.
type Modes map[EmployeeID]ModeSet

// At is the mode of a person that holds at a moment; whoever never set one is available.
func (m Modes) At(who EmployeeID, now time.Time) Mode { return m[who].Mode.At(now) }

// NextClock is the next moment at which it is a time of day in a zone; nil: UTC.
func NextClock(now time.Time, zone *time.Location, hour, minute int) time.Time {
	if zone == nil {
		zone = time.UTC
	}
	today := now.In(zone)
	for days := 0; ; days++ { // tomorrow at the latest, but where clocks are put forward
		at := time.Date(today.Year(), today.Month(), today.Day()+days, hour, minute, 0, 0, zone)
		if at.After(now) {
			return at
		}
	}
}

// UntilKeyed reads until when a mode is to last as a phone keys it: nothing is for good, one or two figures are hours,
// four are a time of day. ok is false for what is none of these.
func UntilKeyed(keyed string, now time.Time, zone *time.Location) (until time.Time, ok bool) {
	n, err := strconv.ParseUint(keyed, 10, 16)
	hours, minutes := int(n)/100, int(n)%100
	switch {
	case keyed == "":
		return time.Time{}, true
	case err != nil || n == 0 && len(keyed) < 4:
		return time.Time{}, false
	case len(keyed) <= 2:
		return now.Add(time.Duration(n) * time.Hour), true //nolint:gosec // below 100
	case len(keyed) == 4 && hours < 24 && minutes < 60:
		return NextClock(now, zone, hours, minutes), true
	}
	return time.Time{}, false
}
