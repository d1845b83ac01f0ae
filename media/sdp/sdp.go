// Package sdp reads and writes the session descriptions of SIP calls (RFC 8866) and agrees on one audio stream by offer
// and answer (RFC 3264). It is the only place that knows SDP. Everything in it is a pure function of its arguments; it
// opens nothing and resolves no names.
//
// Start at Offer, Answer and Accept: what we say is a Side, what comes out is a Session to send and an Agreed for
// media.Port.Set. Parse is lenient where phones and carriers are sloppy, and strict where a guess could send voice to
// the wrong place.
package sdp

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"roadline/media"
)

// Session is one description: an offer or an answer.
type Session struct {
	ID      uint64     // of o=; 0 where a foreign one is no number
	Version uint64     // of o=: grows by one with every change (RFC 3264 §8)
	Addr    netip.Addr // of o= where we write it
	Media   []Media    // in the order of the m= lines
}

// Media is one m= line with what belongs to it, session-level defaults filled in.
type Media struct {
	Kind      string // audio, video, image, application, ...
	Port      uint16 // 0: refused, or switched off
	Proto     string // RTP/AVP, RTP/SAVP, udptl, ...
	Formats   []Format
	Addr      netip.Addr     // where it comes to; unspecified (0.0.0.0): the old way to hold (RFC 3264 §8.4)
	RTCP      netip.AddrPort // of a=rtcp (RFC 3605); zero: none given
	Direction media.Direction
	PTime     time.Duration // of a=ptime; 0: none given
}

// Format is one entry of an m= line's list.
type Format struct {
	ID     string // the payload type of RTP, else any word
	Name   string // of a=rtpmap or the static table, in upper case; empty: unknown
	Clock  int    // Hz
	Params string // of a=fmtp
}

// Event is the name of RFC 4733's format, as Format.Name has it.
const Event = "TELEPHONE-EVENT"

// Audio returns the first audio stream over plain RTP that is not switched off: the one that Answer would take.
func (s Session) Audio() (Media, bool) {
	i := s.audio()
	if i < 0 {
		return Media{}, false
	}
	return s.Media[i], true
}

func (s Session) audio() int {
	return slices.IndexFunc(s.Media, func(m Media) bool { return m.plainAudio() && m.Port != 0 })
}

func (m Media) plainAudio() bool { return m.Kind == "audio" && m.Proto == "RTP/AVP" }

// target is where RTP goes; port 0 and an unspecified address stay as they are.
func (m Media) target() netip.AddrPort { return netip.AddrPortFrom(m.Addr, m.Port) }

// receives reports whether who wrote the line wants to be sent anything.
func (m Media) receives() bool { return m.Direction.Receives() && !m.Addr.IsUnspecified() }

// Is reports whether two descriptions say the same, whatever their version.
func (s Session) Is(other Session) bool {
	return s.ID == other.ID && s.Addr == other.Addr && slices.EqualFunc(s.Media, other.Media, Media.is)
}

func (m Media) is(other Media) bool {
	return m.Kind == other.Kind && m.Port == other.Port && m.Proto == other.Proto && slices.Equal(m.Formats, other.Formats) &&
		m.Addr == other.Addr && m.RTCP == other.RTCP && m.Direction == other.Direction && m.PTime == other.PTime
}

// codec is the format as one of ours.
func (f Format) codec() (media.Codec, bool) {
	switch {
	case f.Clock != media.SampleRate:
		return 0, false
	case f.Name == media.PCMA.String():
		return media.PCMA, true
	case f.Name == media.PCMU.String():
		return media.PCMU, true
	default:
		return 0, false
	}
}

// isEvent reports RFC 4733 at our clock: a telephone-event of another rate belongs to another codec.
func (f Format) isEvent() bool { return f.Name == Event && f.Clock == media.SampleRate }

// static fills in what RFC 3551 table 4 says of a payload type without a=rtpmap.
func static(id string) (name string, clock int) {
	switch strings.TrimLeft(id, "0") {
	case "":
		return "PCMU", media.SampleRate
	case "8":
		return "PCMA", media.SampleRate
	default:
		return "", 0
	}
}
