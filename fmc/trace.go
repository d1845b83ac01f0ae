package fmc

import "time"

// TraceLine is one thing that passed on the wires of a call: what an operator looks at when a call went wrong. Secrets
// and texts of messages were taken out by whoever told it.
type TraceLine struct {
	At    time.Duration `json:"at"` // on the call's clock; what came before the call began stands at 0
	Leg   LegID         `json:"leg,omitzero"`
	Kind  TraceKind     `json:"kind"`
	Out   bool          `json:"out,omitempty"`   // we said it
	Peer  string        `json:"peer,omitempty"`  // at the other end of the wire: "UDP 192.0.2.1:5060", or the port of a modem
	Text  string        `json:"text,omitempty"`  // a SIP message, an AT line
	Sound *SoundFigures `json:"sound,omitempty"` // of TraceSound
	Lost  int           `json:"lost,omitempty"`  // of TraceLost: how many lines are missing here
}

// TraceKind says what a line of a trace is.
type TraceKind string

// The kinds of line.
const (
	TraceSIP   TraceKind = "sip"
	TraceAT    TraceKind = "at"
	TraceSound TraceKind = "sound" // how a leg sounded until then
	TraceLost  TraceKind = "lost"  // lines that found no room
)

// SoundFigures are a leg's sound from its beginning up to a moment.
type SoundFigures struct {
	Codec     string        `json:"codec,omitempty"`
	Heard     SoundStream   `json:"heard"`                // what came from the leg
	Sent      SoundStream   `json:"sent"`                 // what the leg was sent, and what it says of it
	RTT       time.Duration `json:"rtt,omitempty"`        // round trip; 0: not known
	SignalDBm int           `json:"signal_dbm,omitempty"` // of a leg on a SIM; 0: not known
}

// SoundStream is one direction of a leg's sound.
type SoundStream struct {
	Packets uint64        `json:"packets"`
	Lost    int64         `json:"lost,omitempty"`
	Jitter  time.Duration `json:"jitter,omitempty"`
	MOS     float64       `json:"mos,omitempty"` // 1 to 4.5 by the E-model; 0: not known
}

// Tracer takes what passes on the wires of calls. Any goroutine may tell it, in the order of the wire; it does not wait.
// When it is told, the At of a line is how long ago it was: mostly 0.
type Tracer interface {
	Told(leg LegID, line TraceLine)
}
