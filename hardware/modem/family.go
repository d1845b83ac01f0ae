package modem

import (
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/at"
)

// Family is what differs from maker to maker: data, and functions from a line to its meaning. It has no state.
type Family struct {
	Name string
	USB  []USB
	Can  Capabilities

	// Init is sent at every Start, before the card is looked at; Prepare when the card is ready.
	Init    []Command
	Prepare []Command

	// Forms are the maker's own unasked lines; Tell says what such a line, or a standard one that the maker uses in his
	// own way, means. It is asked before the standard meaning; nil events and false: it does not know the line.
	Forms []at.Form
	Tell  func(line string) ([]Event, bool)

	// Ended reads the answer to +CEER; nil: its texts are those of 24.008.
	Ended func(answer string) (cause.Cause, bool)

	Speech Path
	Card   CardQueries

	HangUp   []Command                       // all of them, in order
	Key      func(call int, key byte) string // the command that sends a key; nil: +VTS
	USSD     []Coding                        // forms of a USSD string, the likeliest first
	Storages []string                        // where messages may lie
	Steps    map[Step][]Command              // the ladder; a step without commands is not had
	Quirks   []string                        // what is odd about it, for people: family, firmware, where it was seen
}

// USB is one product and what its serial interfaces are for.
type USB struct {
	Vendor, Product uint16
	Ports           map[int]Port // by number of the USB interface
	Sound           bool         // it is a sound card as well
}

// Port is what a serial port of a module is for.
type Port string

// The ports.
const (
	CommandPort Port = "at"
	SecondPort  Port = "at2"
	SpeechPort  Port = "pcm"
)

// Command is one command and how it is given.
type Command struct {
	Text     string // without AT
	Optional bool   // an error is no reason to stop
	Limit    time.Duration
}

// Must are commands that have to succeed, with the usual limit; May are those that may fail.
func Must(texts ...string) []Command { return commands(false, texts) }

// May are commands that a firmware may refuse.
func May(texts ...string) []Command { return commands(true, texts) }

func commands(optional bool, texts []string) []Command {
	all := make([]Command, len(texts))
	for i, t := range texts {
		all[i] = Command{Text: t, Optional: optional}
	}
	return all
}

// Path is how the sound of a call is opened.
type Path struct {
	// Allowed asks whether this firmware has voice at all; nil of Has: all have.
	Allowed Query
	Arm     []Command
	Disarm  []Command
	// Within is how long Arm is tried again while it is refused: some take it in a call only.
	Within time.Duration
	// Pause tells lines of flow control: the module takes no more sound, or takes it again.
	Pause func(line string) (pause, ok bool)
}

// Query is a command and the meaning of its answer.
type Query struct {
	Command string
	Has     func(line string) (yes, ok bool) // ok is false for a line that says nothing about it
}

// CardQueries are the maker's questions about the card.
type CardQueries struct {
	ICCID    []string // commands whose answer has the ICCID, before +CRSM is tried
	Attempts []Count  // attempts left for the PIN, before +CPINR is tried
	IMS      Query    // whether calls go over LTE; an empty command: +CIREG? is asked
}

// Count is a command whose answer has a number.
type Count struct {
	Command string
	Read    func(line string) (n int, ok bool)
}

// Coding is how a USSD string stands in a command.
type Coding int

// The codings.
const (
	Plain  Coding = iota // as it is read
	Packed               // GSM 7 bit, packed, in hex: Huawei
	UCS2                 // UCS2 in hex; +CSCS="UCS2" is set for it
)
