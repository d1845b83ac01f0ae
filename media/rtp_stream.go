package media

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"
)

// stream is what a leg hears: one RTP stream for the life of the leg. Whoever writes next (a leg that forwards, the
// clock with a prompt) goes on where the last one stopped: the SSRC stays, the sequence has no hole that the network did
// not make, and the timestamp has moved on by the time that really passed.
type stream struct {
	mu   sync.Mutex // guards all below: two writers meet only while a Route is being replaced
	rtp  int        // the sockets; -1 once closed
	rtcp int

	to     sockaddr // where RTP goes; none: nothing is sent
	toRTCP sockaddr
	aimed  uint32 // agreed.aim that to belongs to
	opened bool   // Direction lets us send
	codec  Codec
	event  uint8 // the leg's payload type for RFC 4733; 0: it takes none

	ssrc     uint32
	sequence uint16        // the newest sent
	stamp    uint32        // its timestamp
	length   uint32        // its samples
	at       time.Duration // when it left
	writer   writer        // who wrote it
	seqShift uint16        // what to add to the writer's own numbers
	tsShift  uint32
	first    uint16 // the writer's first sequence number
	since    int    // packets of this writer
	count    uint32 // the writer's count of the packet that was sent last
	tick     uint32 // the clock's frame that was sent last
	cname    string

	packets, octets uint64 // sent, for RTCP and quality
	failed          uint64 // the kernel refused
}

// writer tells one writer of a stream from the next: the port that forwards and which of its streams, or the clock.
type writer struct {
	port  *Port
	epoch uint32
}

func newStream(pair socketPair) stream {
	return stream{
		rtp: pair.rtp, rtcp: pair.rtcp,
		cname: newCNAME(),
		ssrc:  rand.Uint32(), sequence: uint16(rand.Uint32() >> 17), stamp: rand.Uint32(), // RFC 3550 §5.1: random starts
	}
}

const rtpHeader = 12 // bytes, without CSRC and extension (RFC 3550 §5.1)

// packet is one that a port forwards. buf holds the payload from rtpHeader on: the header is written in place.
type packet struct {
	writer   writer
	count    uint32 // one more with each packet that the leg was heard with, forwarded or not
	event    bool   // RFC 4733, not voice
	marker   bool
	sequence uint16
	stamp    uint32
	length   uint32 // samples
	buf      []byte
}

// forward sends a packet of another leg, renumbered. It reports false when nothing left.
func (s *stream) forward(k *packet, now time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ready() {
		return false
	}
	withheld := int32(k.count - s.count - 1) // packets of this writer that were kept from this leg
	switch {
	case s.writer != k.writer || s.since == 0:
		s.take(k.writer, k.sequence, k.stamp, now)
		k.marker = k.marker || !k.event
	case withheld < 0:
		return false // sent already
	case withheld > 0:
		if !s.closeUp(k, uint16(withheld)) {
			return false
		}
		k.marker = k.marker || !k.event
	case s.since < maxDropout && int16(k.sequence-s.first) < 0:
		s.count = k.count
		return false // older than the first we sent of this writer: its number is another's
	}
	s.count = k.count
	s.since++
	kind := s.codec.PayloadType()
	if k.event {
		kind = s.event
	}
	return s.send(k, kind, k.sequence+s.seqShift, k.stamp+s.tsShift, now)
}

// closeUp closes the hole in the sequence that withheld packets would leave, which the far side would count as lost: a
// key that was kept from it, the length of a hold. The timestamps stay the writer's own: the time has passed. It reports
// false for a packet that has no number left, because the network swapped it with a withheld one: that one is lost.
func (s *stream) closeUp(k *packet, withheld uint16) bool {
	shift := s.seqShift - withheld
	if int16(k.sequence+shift-s.sequence) <= 0 {
		s.count++ // its own number counts as sent, so that the next one finds a place
		return false
	}
	s.seqShift, s.first, s.since = shift, k.sequence, 0
	return true
}

// ready reports whether anything may be sent to the leg now. mu is held.
func (s *stream) ready() bool { return s.opened && s.to.size != 0 && s.rtp >= 0 }

// frame sends 20 ms from the clock; tick numbers the frames of its time.
func (s *stream) frame(buf []byte, tick uint32, now time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ready() {
		return
	}
	k := packet{length: FrameSamples, stamp: tick * FrameSamples, buf: buf}
	k.marker = s.ticked(tick, now)
	s.send(&k, s.codec.PayloadType(), s.sequence+1, k.stamp+s.tsShift, now)
}

// key sends a packet of RFC 4733 from the clock. Its timestamp, when the key began, is in the clock's time.
func (s *stream) key(buf []byte, key KeyPacket, tick uint32, now time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ready() {
		return
	}
	s.ticked(tick, now)
	k := packet{stamp: key.Timestamp, marker: key.Marker, buf: buf}
	s.send(&k, s.event, s.sequence+1, k.stamp+s.tsShift, now)
	s.length = (tick*FrameSamples - key.Timestamp) + FrameSamples // what is sent next lies after this frame
}

// ticked makes the clock the writer and reports whether this frame follows a silence. mu is held.
func (s *stream) ticked(tick uint32, now time.Duration) bool {
	if s.writer.port != nil || s.since == 0 {
		s.take(writer{}, 0, tick*FrameSamples, now)
	}
	first := s.since == 0 || tick != s.tick+1
	s.tick = tick
	s.since++
	return first
}

// take lets another writer go on: its numbers are shifted so that seq follows the newest sent, and stamp lies as much
// later as time has passed, at least by what was sent last.
func (s *stream) take(w writer, seq uint16, stamp uint32, now time.Duration) {
	passed := s.length
	if s.packets > 0 {
		passed = max(passed, uint32((now-s.at)/(time.Second/SampleRate)))
	}
	s.writer, s.first, s.since = w, seq, 0
	s.seqShift = s.sequence + 1 - seq
	s.tsShift = s.stamp + passed - stamp
}

// send writes the header in place and sends. mu is held, and the stream ready.
func (s *stream) send(k *packet, kind uint8, seq uint16, stamp uint32, now time.Duration) bool {
	b := k.buf
	b[0], b[1] = 2<<6, kind
	if k.marker {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], seq)
	binary.BigEndian.PutUint32(b[4:], stamp)
	binary.BigEndian.PutUint32(b[8:], s.ssrc)
	if s.packets == 0 || int16(seq-s.sequence) > 0 {
		s.sequence, s.stamp, s.length, s.at = seq, stamp, k.length, now
	}
	if !send(s.rtp, b, &s.to) {
		s.failed++
		return false
	}
	s.packets++
	s.octets += uint64(len(b) - rtpHeader)
	return true
}

// agree takes what SDP agreed; where the address is another, what was learnt of the old one is void.
func (s *stream) agree(r *agreed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opened, s.codec, s.event = r.Direction.Sends(), r.Codec, r.EventOut
	if s.aimed == r.aim {
		return
	}
	s.aimed = r.aim
	s.to, s.toRTCP = sockaddr{}, sockaddr{}
	if signal := behind(r.RTP.Addr(), r.Signal); !signal.IsValid() || isPrivate(signal) {
		// An address that only its owner's network can reach may be somebody else's in ours: there we wait to be spoken to.
		s.to, s.toRTCP = toSockaddr(r.RTP), toSockaddr(r.rtcp())
	}
}

// learn takes where the leg really sends from, unless another address was agreed meanwhile.
func (s *stream) learn(from netip.AddrPort, aim uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.aimed == aim {
		s.to = toSockaddr(from)
	}
}

// learnRTCP is learn for RTCP.
func (s *stream) learnRTCP(from netip.AddrPort, aim uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.aimed == aim {
		s.toRTCP = toSockaddr(from)
	}
}
