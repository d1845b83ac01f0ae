// Package media owns RTP and sound: the ports and their sockets, who may be heard on them, the relay between two legs,
// prompts, tones, music and mixing on one 20 ms clock, keys, quality figures, and the tap from which a tape is fed.
// It never decides who hears whom (a Route is given to it), never opens a file for a recording, never speaks SIP, and
// only its sub-package sdp reads or writes SDP.
//
// Start reading at Ports: it leases a Port per leg. A Port is aimed by Set (what SDP agreed) and wired by Route (one
// immutable value, swapped whole). A packet that arrives goes through source (may it be heard?), arrivals (is it new?),
// then keys, gate, tape and relay; everything a leg hears leaves through its stream, one RTP stream for the life of the leg.
// A leg on a device that speaks linear PCM, a radio module, is a Port too: see PCM.
package media

import "time"

// The frame of the house: every source gives, and the clock sends, 20 ms of G.711 at 8000 samples a second.
const (
	SampleRate   = 8000                  // Hz; also the RTP clock of every payload type here (RFC 3551 §4.5.14)
	FrameSamples = 160                   // samples, and bytes of G.711, in one frame
	FrameTime    = 20 * time.Millisecond // the length of one frame
)

// Codec says how the bytes of an RTP payload carry voice.
type Codec uint8

// The codecs.
const (
	PCMA Codec = iota // G.711 A-law, the house's own: what sources give and tapes usually hold
	PCMU              // G.711 µ-law: relayed as it is between two such legs, else converted by table
)

// PayloadType is the codec's static RTP payload type (RFC 3551 table 4).
func (c Codec) PayloadType() uint8 {
	if c == PCMU {
		return 0
	}
	return 8
}

func (c Codec) String() string {
	if c == PCMU {
		return "PCMU"
	}
	return "PCMA"
}

// Direction says which way voice may go on a leg, from our side, as SDP agreed it (RFC 3264 §5.1). The zero value lets
// nothing pass.
type Direction uint8

// The directions.
const (
	Inactive Direction = 0
	SendOnly Direction = 1 // we may send to the leg, and do not listen to it
	RecvOnly Direction = 2 // we listen to the leg, and send nothing
	SendRecv Direction = SendOnly | RecvOnly
)

// Sends reports whether we may send to the leg.
func (d Direction) Sends() bool { return d&SendOnly != 0 }

// Receives reports whether we listen to the leg.
func (d Direction) Receives() bool { return d&RecvOnly != 0 }

// Reverse is the same agreement seen from the other side.
func (d Direction) Reverse() Direction { return d&SendOnly<<1 | d&RecvOnly>>1 }

func (d Direction) String() string {
	return [...]string{"inactive", "sendonly", "recvonly", "sendrecv"}[d&SendRecv]
}

// Source is something a leg can hear: a prompt, a tone, music, a mix. The 20 ms clock drives it; it starts no
// goroutine.
type Source interface {
	// Frame writes the next 20 ms as A-law to dst and reports true; false is the end, and then dst is not used. It is
	// called on the clock's goroutine, by one clock only, and neither blocks nor allocates.
	Frame(dst *[FrameSamples]byte) bool
}

// Sink takes what a leg says, for example an input of a mixer.
type Sink interface {
	// Voice takes one packet as it was received. It is called on the port's read loop, in order of arrival: it neither
	// blocks nor allocates, and keeps nothing of Payload.
	Voice(Voice)
}

// Voice is one received audio packet.
type Voice struct {
	Codec     Codec
	Marker    bool          // the first packet after a silence, if the sender says so
	Sequence  uint16        // RTP sequence number, as received
	Timestamp uint32        // RTP timestamp, as received, in samples
	Stream    uint32        // SSRC: sequence and timestamp of two streams have nothing in common
	At        time.Duration // when it arrived, on Options.Now
	Payload   []byte        // G.711: a byte is a sample
}

// Key is one key pressed on a leg, told once per press however often the network repeated it.
type Key struct {
	Digit byte          // '0' to '9', '*', '#', 'A' to 'D'
	At    time.Duration // when it was recognised, on Options.Now
	Held  time.Duration // how long it was down, as far as known when it was recognised
	// InVoice: its tone was heard in the voice, where a network may lose one; nobody told of it apart.
	InVoice bool
}
