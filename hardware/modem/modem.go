// Package modem is a radio module with a SIM, as everything above AT sees it: a Modem that dials, answers, hangs up,
// carries speech and messages, and tells in order what happens to it. What differs from maker to maker is a Family:
// data and a few functions, in a folder of its own beside this one. It owns the AT dialogue of one module and nothing
// else: which call is worth a SIM, what is kept and when to give up is gsmgw's business. Start at Modem, then Family.
package modem

import (
	"context"
	"time"

	"roadline/fmc/cause"
)

// Modem is one module. Its methods talk to the device and wait for it; any goroutine may call them, one command is on
// the wire at a time. Errors carry a kind of fmc/cause: unavailable (the port is gone, or the module is silent),
// invalid (what was asked), unsupported (the family cannot), denied (PIN, barring), busy.
type Modem interface {
	// Identity is what Start read.
	Identity() Identity
	// Can is what this module is able to do.
	Can() Capabilities
	// Start brings the module to the state that the other methods count on, hanging up whatever is left of an earlier
	// life. It may be called again after a Reset.
	Start(context.Context) error
	// Events are what happens, in order. The channel is closed when the module is lost; Err says why. Whoever reads must
	// keep reading: what finds no room for longer than a second ends the modem.
	Events() <-chan Event
	Err() error
	// Close gives the ports up. A second Close does nothing.
	Close() error

	SIM(context.Context) (SIM, error)
	// EnterPIN tries a PIN once. It never asks how many attempts are left: SIM does, and whoever calls this has looked.
	EnterPIN(ctx context.Context, pin string) error
	Radio(context.Context) (Radio, error)

	// Dial begins a voice call; that it was taken by the module is all that nil says. number is digits with an optional +.
	// A module that has a call already: busy.
	Dial(ctx context.Context, number string) error
	Answer(context.Context) error
	// HangUp ends every call of the module.
	HangUp(context.Context) error
	// Calls lists the voice calls.
	Calls(context.Context) ([]Call, error)
	// Released asks why the last call ended; the zero cause where the module does not know.
	Released(context.Context) (cause.Cause, error)
	// Press sends keys (0-9 * # A-D) to the far side of the active call.
	Press(ctx context.Context, keys string) error
	// Speech opens the sound of the call that goes on, or is about to. Close it when the call ends. A module without
	// speech: cause.Unsupported.
	Speech(context.Context) (Speech, error)

	// Send sends one SMS-SUBMIT; pdu has no service centre in front. It returns the message reference. An error of kind
	// cause.Unavailable after the module had the PDU leaves open whether it went out: see Uncertain.
	Send(ctx context.Context, pdu []byte) (reference byte, err error)
	// Stored lists every message of every storage of the module.
	Stored(context.Context) ([]Stored, error)
	// Read reads one message; ok is false for an empty place.
	Read(context.Context, Place) (s Stored, ok bool, err error)
	Delete(context.Context, Place) error
	// Acknowledge tells the module that what it gave out last is kept. Until then it gives out no more, and without it the
	// network delivers the message again.
	Acknowledge(context.Context) error
	// Room says how full the storage of incoming messages is.
	Room(context.Context) (used, total int, err error)

	// Ask sends a USSD string, or an answer within the session that is open, and waits for what the network says.
	Ask(ctx context.Context, text string) (USSD, error)
	// Cancel ends the USSD session.
	Cancel(context.Context) error

	// Reset tries to bring the module back by one step. One that re-enumerates loses the ports: the
	// modem ends, and is found again.
	Reset(context.Context, Step) error
	// Raw sends one command as it stands and returns its answer: for transcripts and diagnosis.
	Raw(ctx context.Context, command string) ([]string, error)
}

// Identity is who a module is.
type Identity struct {
	Family   string `json:"family"`
	Maker    string `json:"maker"`
	Model    string `json:"model"`
	Revision string `json:"revision"` // of the firmware
	IMEI     string `json:"imei"`
}

// Capabilities are what a module of a family is able to do, and how far that was seen.
type Capabilities struct {
	Voice    Voice  `json:"voice"`
	SMS      bool   `json:"sms"`
	USSD     bool   `json:"ussd"`
	Hold     bool   `json:"hold"`
	KeysIn   bool   `json:"keys_in"`  // it tells of keys that it hears, besides the sound
	KeysOut  string `json:"keys_out"` // the keys that it sends
	Forward  bool   `json:"forward"`  // call forwarding can be set and read
	Attempts bool   `json:"attempts"` // it says how many PIN attempts are left
	// Proved says what of this has met a real device, and what the simulator and public transcripts only.
	Proved string `json:"proved"`
}

// Voice says how speech comes out of a module.
type Voice string

// The ways of speech.
const (
	NoVoice   Voice = "none"
	SerialPCM Voice = "serial" // raw S16LE mono 8000 Hz on a port of its own
	SoundCard Voice = "card"   // USB audio class, by ALSA
	OverSIP   Voice = "sip"    // RTP of a SIP dialogue with the gateway that has the card
)

// SIM is the card as the module sees it.
type SIM struct {
	State    SIMState `json:"state"`
	ICCID    string   `json:"iccid,omitempty"` // digits, without filler
	IMSI     string   `json:"imsi,omitempty"`
	Number   string   `json:"number,omitempty"`  // as the card says; most say nothing
	Attempts int      `json:"attempts"`          // for the PIN; -1: not known
	Service  string   `json:"service,omitempty"` // address of the SMS centre
}

// SIMState is what the card wants.
type SIMState string

// The states of a card.
const (
	SIMAbsent  SIMState = "absent"
	SIMReady   SIMState = "ready"
	SIMPIN     SIMState = "pin"
	SIMPUK     SIMState = "puk"
	SIMLocked  SIMState = "locked" // to another phone or network
	SIMFailed  SIMState = "failed"
	SIMBusy    SIMState = "busy" // ask again in a second
	SIMUnknown SIMState = "unknown"
)

// Radio is how the module stands with the network.
type Radio struct {
	Registration Registration `json:"registration"`
	Voice        bool         `json:"voice"`      // calls can be made and received: circuit-switched, or IMS works
	Operator     string       `json:"operator"`   // as the network calls itself
	Network      string       `json:"network"`    // MCC and MNC, digits
	Access       string       `json:"access"`     // "2G", "3G", "4G", "5G"; empty: not known
	Cell         string       `json:"cell"`       // area and cell, "9110:7E6"; empty: not known
	SignalDBm    int          `json:"signal_dbm"` // 0: not known
}

// Registration is what the network says of the card.
type Registration string

// The registrations.
const (
	NotRegistered Registration = "none"
	Searching     Registration = "searching"
	Home          Registration = "home"
	Roaming       Registration = "roaming"
	Refused       Registration = "refused"
	EmergencyOnly Registration = "emergency"
)

// Call is one voice call of the module.
type Call struct {
	Index    int       `json:"index"`
	Incoming bool      `json:"incoming"`
	State    CallState `json:"state"`
	Number   string    `json:"number"` // with + where the module says that it is international
	Hidden   bool      `json:"hidden"` // the caller withheld it
}

// CallState is how far a call is.
type CallState string

// The states of a call.
const (
	CallDialing  CallState = "dialing"
	CallAlerting CallState = "alerting"
	CallActive   CallState = "active"
	CallHeld     CallState = "held"
	CallIncoming CallState = "incoming"
	CallWaiting  CallState = "waiting"
	CallEnded    CallState = "ended"
)

// Speech is the sound of a call. The module is the clock: it gives a frame of 20 ms every 20 ms, and takes one for each.
// One goroutine reads and writes.
type Speech interface {
	// Read returns the next frame that the far side said; an error means that the sound is lost.
	Read(frame *[160]int16) error
	// Write gives a frame to the far side. It does not wait: what the device does not take is lost, and counted.
	Write(frame *[160]int16) error
	// Lost counts frames that the device did not take, and bytes thrown away to mend a shifted stream.
	Lost() (frames, bytes int)
	Close() error
}

// Place is where a message lies.
type Place struct {
	Storage string `json:"storage"` // "SM", "ME", "SR"
	Index   int    `json:"index"`
}

// Stored is a message in a storage.
type Stored struct {
	Place
	PDU  []byte // with the service centre in front, as it was stored; nil: the module could not say it
	Sent bool   // one that was written by the module's owner, not received
}

// USSD is what the network said.
type USSD struct {
	Text string `json:"text"`
	Open bool   `json:"open"` // an answer is expected
	Mode int    `json:"mode"` // 27.007: 0 done, 1 answer expected, 2 ended by the network, 4 not supported, 5 time-out
}

// Step is one step of a family's reset ladder.
type Step string

// The steps, gentlest first. Restart re-enumerates on USB.
const (
	Hail       Step = "hail"        // AT, and escape from a prompt
	RadioCycle Step = "radio_cycle" // +CFUN 4, 1
	Restart    Step = "restart"     // the module boots anew
)

// Event is something that the module said unasked.
type Event interface{ event() }

// Ringing: somebody calls. It comes once for a call, when the number is known or has not come within two seconds.
type Ringing struct {
	Number string // empty: not known
	Hidden bool
}

// CallIs says that a call changed, as a line of the vendor's or the list of calls told. Ended carries the cause where
// the line did. A call that waits beside another is told once, and nothing more of it unless it is taken.
type CallIs struct {
	Call
	Cause cause.Cause
}

// Keyed is a key that the module heard.
type Keyed struct{ Key byte }

// Arrived: a message lies at a place. Index -1: somewhere, sweep.
type Arrived struct{ Place }

// Delivered is a message that the module gave out at once and did not store.
type Delivered struct {
	PDU    []byte
	Report bool // a status report
	Owed   bool // the module waits for Acknowledge, and the network with it
}

// Full: no message is taken any more before one is deleted.
type Full struct{ Storage string }

// RadioIs says that registration or signal changed.
type RadioIs struct{ Radio }

// SIMIs says that the card changed: pulled, put in, ready.
type SIMIs struct{ State SIMState }

// Asked is what the network says by USSD without having been asked, or too late for it.
type Asked struct{ USSD }

// Rebooted: the module started anew by itself; Start must be called.
type Rebooted struct{}

func (Ringing) event()   {}
func (CallIs) event()    {}
func (Keyed) event()     {}
func (Arrived) event()   {}
func (Delivered) event() {}
func (Full) event()      {}
func (RadioIs) event()   {}
func (SIMIs) event()     {}
func (Asked) event()     {}
func (Rebooted) event()  {}

// RingWait is how long a call rings before it counts as one without a number (FLOWS E0).
const RingWait = 2 * time.Second
