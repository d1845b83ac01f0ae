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
	mu    sync.Mutex // guards all below: two writers meet only while a Route is being replaced
	rtp   int        // the sockets; -1 once closed
	rtcp  int
	to    target
	ssrc  uint32
	cname string
	last  newest
	turn  turn
	sent  traffic

	device *PCM // takes what is sent, in place of the sockets; nil: there is none, or the leg is closed
}

// target is where a stream goes, and how.
type target struct {
	rtp    sockaddr // none: nothing is sent
	rtcp   sockaddr
	aim    uint32 // agreed.aim that the addresses belong to
	opened bool   // Direction lets us send
	codec  Codec
	event  uint8 // the leg's payload type for RFC 4733; 0: it takes none
}

// newest is the packet with the highest number that was sent.
type newest struct {
	sequence uint16
	stamp    uint32
	length   uint32        // samples
	at       time.Duration // when it left
}

// turn is how the numbers of the one who writes now become the stream's.
type turn struct {
	writer     writer
	shift      uint16 // what to add to its sequence numbers
	stampShift uint32
	first      uint16 // its first sequence number
	packets    int    // sent since
	count      uint32 // its count of the packet that was sent last
	tick       uint32 // the clock's frame that was sent last
}

// traffic is what was sent, for RTCP and quality.
type traffic struct {
	packets uint64
	octets  uint64
	failed  uint64 // the kernel refused
}

// writer tells one writer of a stream from the next: the port that forwards and which of its streams, or the clock.
type writer struct {
	port  *Port
	epoch uint32
}

func newStream(pair socketPair) stream {
	return stream{
		rtp: pair.rtp, rtcp: pair.rtcp, cname: newCNAME(),
		// RFC 3550 §5.1: random starts.
		ssrc: rand.Uint32(), last: newest{sequence: uint16(rand.Uint32()), stamp: rand.Uint32()},
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
	withheld := int32(k.count - s.turn.count - 1) // packets of this writer that were kept from this leg
	switch {
	case s.turn.writer != k.writer || s.turn.packets == 0:
		s.take(k.writer, k.sequence, k.stamp, now)
		k.marker = k.marker || !k.event
	case withheld < 0:
		return false // sent already
	case withheld > 0:
		if !s.closeUp(k, uint16(withheld)) {
			return false
		}
		k.marker = k.marker || !k.event
	case s.turn.packets < maxDropout && int16(k.sequence-s.turn.first) < 0:
		s.turn.count = k.count
		return false // older than the first we sent of this writer: its number is another's
	}
	s.turn.count = k.count
	s.turn.packets++
	kind := s.to.codec.PayloadType()
	if k.event {
		kind = s.to.event
	}
	return s.send(k, kind, k.sequence+s.turn.shift, k.stamp+s.turn.stampShift, now)
}

// closeUp closes the hole in the sequence that withheld packets would leave, which the far side would count as lost: a
// key that was kept from it, the length of a hold. The timestamps stay the writer's own: the time has passed. It reports
// false for a packet that has no number left, because the network swapped it with a withheld one: that one is lost.
func (s *stream) closeUp(k *packet, withheld uint16) bool {
	shift := s.turn.shift - withheld
	if int16(k.sequence+shift-s.last.sequence) <= 0 {
		s.turn.count++ // its own number counts as sent, so that the next one finds a place
		return false
	}
	s.turn.shift, s.turn.first, s.turn.packets = shift, k.sequence, 0
	return true
}

// ready reports whether anything may be sent to the leg now. mu is held.
func (s *stream) ready() bool {
	return s.to.opened && (s.device != nil || s.to.rtp.size != 0 && s.rtp >= 0)
}

// frame sends 20 ms from the clock; tick numbers the frames of its time.
func (s *stream) frame(buf []byte, tick uint32, now time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ready() {
		return
	}
	k := packet{length: FrameSamples, stamp: tick * FrameSamples, buf: buf}
	k.marker = s.ticked(tick, now)
	s.send(&k, s.to.codec.PayloadType(), s.last.sequence+1, k.stamp+s.turn.stampShift, now)
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
	s.send(&k, s.to.event, s.last.sequence+1, k.stamp+s.turn.stampShift, now)
	s.last.length = (tick*FrameSamples - key.Timestamp) + FrameSamples // what is sent next lies after this frame
}

// ticked makes the clock the writer and reports whether this frame follows a silence. mu is held.
func (s *stream) ticked(tick uint32, now time.Duration) bool {
	if s.turn.writer.port != nil || s.turn.packets == 0 {
		s.take(writer{}, 0, tick*FrameSamples, now)
	}
	first := s.turn.packets == 0 || tick != s.turn.tick+1
	s.turn.tick = tick
	s.turn.packets++
	return first
}

// take lets another writer go on: its numbers are shifted so that seq follows the newest sent, and stamp lies as much
// later as time has passed, at least by what was sent last.
func (s *stream) take(w writer, seq uint16, stamp uint32, now time.Duration) {
	passed := s.last.length
	if s.sent.packets > 0 {
		passed = max(passed, uint32((now-s.last.at)/(time.Second/SampleRate)))
	}
	s.turn = turn{writer: w, first: seq, shift: s.last.sequence + 1 - seq, stampShift: s.last.stamp + passed - stamp}
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
	if s.sent.packets == 0 || int16(seq-s.last.sequence) > 0 {
		s.last = newest{sequence: seq, stamp: stamp, length: k.length, at: now}
	}
	if s.device != nil {
		v := Voice{Codec: s.to.codec, Marker: k.marker, Sequence: seq, Timestamp: stamp, Stream: s.ssrc, At: now, Payload: b[rtpHeader:]}
		s.device.sent(v, kind == s.to.event)
	} else if !send(s.rtp, b, &s.to.rtp) {
		s.sent.failed++
		return false
	}
	s.sent.packets++
	s.sent.octets += uint64(len(b) - rtpHeader)
	return true
}

// agree takes what SDP agreed; where the address is another, what was learnt of the old one is void.
func (s *stream) agree(r *agreed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.to.opened, s.to.codec, s.to.event = r.Direction.Sends(), r.Codec, r.EventOut
	if s.to.aim == r.aim {
		return
	}
	s.to.aim = r.aim
	s.to.rtp, s.to.rtcp = sockaddr{}, sockaddr{}
	if signal := behind(r.RTP.Addr(), r.Signal); !signal.IsValid() || isPrivate(signal) {
		// An address that only its owner's network can reach may be somebody else's in ours: there we wait to be spoken to.
		s.to.rtp, s.to.rtcp = toSockaddr(r.RTP), toSockaddr(r.rtcp())
	}
}

// learn takes where the leg really sends from, unless another address was agreed meanwhile.
func (s *stream) learn(from netip.AddrPort, aim uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.to.aim == aim {
		s.to.rtp = toSockaddr(from)
	}
}

// learnRTCP is learn for RTCP.
func (s *stream) learnRTCP(from netip.AddrPort, aim uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.to.aim == aim {
		s.to.rtcp = toSockaddr(from)
	}
}
