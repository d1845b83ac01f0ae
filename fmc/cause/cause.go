// Package cause says why a thing failed or ended: the kind of an error, and for a leg or a call the meaning, the
// Q.850 cause, whose fault it was and a sentence for a person. It is the one vocabulary that SIP, GSM, the record and
// the pages share; the tables that turn it into SIP statuses or HTTP statuses live with those protocols. Start at
// Meaning.
package cause

import "fmt"

// Meaning is what the end of a leg or of a call meant, whatever technology reported it.
type Meaning uint8

// The meanings. The order is stable: the numbers never leave the process, the names do.
const (
	Unknown         Meaning = iota
	Hangup                  // a person hung up: the normal end
	Busy                    // the user is in another call
	NoAnswer                // it rang and nobody took it
	Unreachable             // switched off, out of cover, not registered
	Declined                // the person refused this call
	Congested               // the line, the operator or the trunk had no room
	WrongNumber             // unallocated, incomplete or malformed
	CallerIDRefused         // the network refuses the number we show
	MediaRefused            // no common codec or encryption
	LineFault               // our own modem, card or port failed
	Lost                    // speech was lost without anybody hanging up
	Cancelled               // whoever called gave up before the answer
	TakenElsewhere          // another device or person took it: never a missed call
	Unconfirmed             // picked up, but nobody pressed the key: not an answer
	Refused                 // a rule of the company or of the node forbids it
	Failed                  // our own error
	Interrupted             // the server stopped or was killed in the middle
	meanings                // how many there are
)

// Fault says on whose side the reason of an end lies.
type Fault uint8

// The faults.
const (
	FaultUnknown    Fault = iota
	FaultNone             // a normal end
	FaultUs               // this server, its configuration or its rules
	FaultSubscriber       // the person called, or the person's phone
	FaultCarrier          // the network between us and the person
	FaultDevice           // a modem, a card, a gateway of ours
	faults
)

// Cause is why a leg or a call ended.
type Cause struct {
	Meaning Meaning `json:"meaning"`
	Q850    int     `json:"q850,omitempty"` // ITU-T Q.850 cause value, 0 where none is known
	Fault   Fault   `json:"fault"`
	Text    string  `json:"text,omitempty"` // a sentence for the person who asks; empty: the meaning's own
}

// meaningRow is what a meaning implies where the network says no more.
type meaningRow struct {
	name  string
	q850  int
	fault Fault
	text  string
}

// ITU-T Q.850 §2.2.7 for the values.
var meaningTable = [meanings]meaningRow{
	Unknown:         {"unknown", 0, FaultUnknown, "The call ended for a reason that nobody gave."},
	Hangup:          {"hangup", 16, FaultNone, "A person hung up."},
	Busy:            {"busy", 17, FaultSubscriber, "The line was busy."},
	NoAnswer:        {"no_answer", 19, FaultSubscriber, "Nobody answered."},
	Unreachable:     {"unreachable", 20, FaultSubscriber, "The phone is switched off, out of cover or not registered."},
	Declined:        {"declined", 21, FaultSubscriber, "The person declined the call."},
	Congested:       {"congested", 34, FaultCarrier, "The network had no free line."},
	WrongNumber:     {"wrong_number", 1, FaultSubscriber, "The number is not in use or not complete."},
	CallerIDRefused: {"caller_id_refused", 50, FaultCarrier, "The network refused the number we show."},
	MediaRefused:    {"media_refused", 88, FaultUs, "The two sides share no codec."},
	LineFault:       {"line_fault", 27, FaultDevice, "Our own line failed."},
	Lost:            {"lost", 41, FaultCarrier, "The connection was lost in speech."},
	Cancelled:       {"cancelled", 16, FaultNone, "The caller gave up before the answer."},
	TakenElsewhere:  {"taken_elsewhere", 26, FaultNone, "Somebody else took the call."},
	Unconfirmed:     {"unconfirmed", 19, FaultSubscriber, "The phone was picked up, but nobody confirmed by key."},
	Refused:         {"refused", 21, FaultUs, "A rule forbids this call."},
	Failed:          {"failed", 41, FaultUs, "The server made a mistake; the log says more."},
	Interrupted:     {"interrupted", 41, FaultUs, "The server stopped in the middle of the call."},
}

var faultNames = [faults]string{"unknown", "none", "us", "subscriber", "carrier", "device"}

// Of returns the cause that a meaning implies: its usual Q.850 value, fault and sentence.
func Of(m Meaning) Cause {
	if m >= meanings {
		m = Unknown
	}
	row := meaningTable[m]
	return Cause{Meaning: m, Q850: row.q850, Fault: row.fault, Text: row.text}
}

// Because is Of with a sentence of its own, for a person.
func Because(m Meaning, format string, args ...any) Cause {
	c := Of(m)
	c.Text = fmt.Sprintf(format, args...)
	return c
}

// Person reports whether somebody ended it on purpose: such a leg is never rung back.
func (c Cause) Person() bool { return c.Meaning == Hangup || c.Meaning == Declined }

// String is the meaning with its Q.850 value: "busy (17)".
func (c Cause) String() string {
	if c.Q850 == 0 {
		return c.Meaning.String()
	}
	return fmt.Sprintf("%s (%d)", c.Meaning, c.Q850)
}

// FromQ850 returns the meaning of an ITU-T Q.850 cause value; Unknown for a value that the table of FLOWS E0 does not
// name.
func FromQ850(value int) Meaning {
	switch value {
	case 16:
		return Hangup
	case 17:
		return Busy
	case 18, 19:
		return NoAnswer
	case 20, 27:
		return Unreachable
	case 21:
		return Declined
	case 26:
		return TakenElsewhere
	case 34, 42, 47:
		return Congested
	case 1, 28:
		return WrongNumber
	case 50, 55, 57:
		return CallerIDRefused
	case 88:
		return MediaRefused
	case 31, 41, 102:
		return Lost
	default:
		return Unknown
	}
}

func (m Meaning) String() string {
	if m < meanings {
		return meaningTable[m].name
	}
	return fmt.Sprintf("meaning(%d)", uint8(m))
}

// MarshalText writes the name.
func (m Meaning) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads a name; an unknown one, written by a later version, reads as Unknown.
func (m *Meaning) UnmarshalText(b []byte) error {
	*m = Unknown
	for i, row := range meaningTable {
		if row.name == string(b) {
			*m = Meaning(i)
		}
	}
	return nil
}

func (f Fault) String() string {
	if f < faults {
		return faultNames[f]
	}
	return fmt.Sprintf("fault(%d)", uint8(f))
}

// MarshalText writes the name.
func (f Fault) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads a name; an unknown one reads as FaultUnknown.
func (f *Fault) UnmarshalText(b []byte) error {
	*f = FaultUnknown
	for i, name := range faultNames {
		if name == string(b) {
			*f = Fault(i)
		}
	}
	return nil
}
