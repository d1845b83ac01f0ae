// Package pdu reads and writes short messages as modules carry them, the TPDUs of 3GPP TS 23.040: what we send, in parts
// and in the alphabet that the text needs, and what a SIM received, messages and delivery reports, however odd. It keeps
// nothing, counts no references and puts no parts together: whoever stores messages does. Start at Compose for sending,
// at Read for what came, and at Key for whether it came before.
//
// Writing goes by the tpdu of github.com/warthog618/sms; segments are cut here, because its counter of references lives
// in memory only. Reading takes that module's alphabets and not its TPDU, which gives up at the first octet that is
// wrong: a message whose sender is unreadable still has a text.
package pdu

import (
	"time"
)

// Kind says what a message that came is.
type Kind string

// The kinds.
const (
	Deliver Kind = "deliver" // a message
	Status  Kind = "report"  // a report on one that we sent
)

// Alphabet is what a text is written in.
type Alphabet string

// The alphabets.
const (
	GSM7 Alphabet = "gsm7" // 160 characters, those of the extension table count twice
	UCS2 Alphabet = "ucs2" // 70 characters of 16 bits, others count twice
	Data Alphabet = "data" // octets, meant for a program
)

// Message is what a card received. Fields that could not be read are zero.
type Message struct {
	Kind   Kind
	Centre string // the service centre's number; empty: not given

	// From is who wrote, as it was written: digits with a + where the number is international, or a name. Of a report, it
	// is the number that the message had gone to.
	From string
	Name bool // From is a name, and cannot be answered

	// Sent is the service centre's time stamp, in its time zone. A part of a text that its writer's phone cut within a
	// character has U+FFFD there.
	Sent     time.Time
	Text     string // of Data: the text where all of it is printable ASCII, else hex
	Alphabet Alphabet

	Ref, Part, Parts int // of a message in parts; Parts 0: it is whole

	Class   *int     // 0: to be shown at once and not kept
	Waiting *Waiting // something lies elsewhere
	Ports   *Ports   // an application is meant, not a person
	Report  *Report  // of Status
}

// Waiting says that something waits on a server of the operator's.
type Waiting struct {
	What  string // "voice", "fax", "mail", "other"
	On    bool   // false: no more
	Count int    // how many; 0: not told
	Drop  bool   // the text need not be kept
}

// Ports are the applications that a message is for and from.
type Ports struct{ To, From int }

// Report is what became of a message of ours.
type Report struct {
	Reference byte // as +CMGS gave it
	Status    StatusCode
	Done      time.Time // when that was; zero: not told
}
