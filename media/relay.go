package media

import (
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"
)

// maxPayload is the longest audio payload that is taken: 200 ms, which RFC 3551 §4.2 asks every receiver to accept.
const maxPayload = SampleRate / 5

// inbound is what a leg says, from its socket to where its Route leads. It is owned by the read loop; on a device that is
// the goroutine that reads it.
type inbound struct {
	agreed   *agreed // the Remote that source and arrivals have taken
	source   source
	control  control
	arrivals arrivals
	streams  uint32     // source.streams as arrivals has it
	header   rtp.Header // reused: parsing allocates nothing
	epoch    uint32     // grows whenever the numbers of the leg begin anew
	count    uint32     // packets heard
	keys     KeyReader
	latched  bool // an RFC 4733 key was seen: tones in the voice are no keys any more
	voiced   bool // a key was heard in the voice
	ears     atomic.Pointer[Detector]
	other    *[rtpHeader + maxPayload]byte // room for a payload in the other law: the read loop's own
}

// hear gets the detector of tones ready, once, outside the path of packets.
func (in *inbound) hear() {
	if in.ears.Load() == nil {
		in.ears.CompareAndSwap(nil, NewDetector())
	}
}

// received takes a datagram from the RTP socket. It allocates nothing.
func (p *Port) received(b []byte, from netip.AddrPort, now time.Duration) {
	in, agreed := &p.in, p.remote.Load()
	if agreed.aim == 0 || p.closed.Load() {
		p.count.early.Add(1)
		return
	}
	in.follow(agreed)
	payload, ok := in.parse(b)
	if !ok {
		p.count.malformed.Add(1)
		return
	}
	h := &in.header
	ok, moved := in.source.takes(from, h.SSRC, h.SequenceNumber, now)
	if !ok {
		p.count.foreign.Add(1)
		return
	}
	if moved {
		p.out.learn(from, agreed.aim)
	}
	verdict := p.arrive(now, len(payload))
	if verdict == arrivalDuplicate || verdict == arrivalStray {
		return
	}
	if !agreed.Direction.Receives() || len(payload) == 0 { // some keep a NAT open with empty packets
		p.count.unwanted.Add(1)
		return
	}
	voice := Voice{Marker: h.Marker, Sequence: h.SequenceNumber, Timestamp: h.Timestamp, Stream: h.SSRC, At: now, Payload: payload}
	switch kind := h.PayloadType; {
	case kind == PCMA.PayloadType() || kind == PCMU.PayloadType():
		if kind == PCMU.PayloadType() {
			voice.Codec = PCMU
		}
		in.arrivals.time(h.Timestamp, now)
		p.count.jitter.Store(in.arrivals.jitter)
		p.voice(b, voice)
	case kind != 0 && (kind == agreed.EventIn || kind == agreed.EventOut):
		p.keyEvent(b, voice)
	default: // comfort noise too says that somebody is there
		p.route.Load().First.came()
		p.count.unwanted.Add(1)
	}
}

// follow takes the Remote in force, when it is another than before.
func (in *inbound) follow(a *agreed) {
	if in.agreed != a {
		in.agreed = a
		in.source.aim(a.RTP, a.Signal)
		in.control.aim(a)
	}
}

// parse reads the header and returns the payload without padding, in the datagram's own bytes.
func (in *inbound) parse(b []byte) ([]byte, bool) {
	if len(b) < rtpHeader || b[0]>>6 != 2 || b[1] >= 192 && b[1] < 224 { // the last is RTCP gone astray (RFC 5761 §4)
		return nil, false
	}
	n, err := in.header.Unmarshal(b)
	if err != nil || n > len(b) {
		return nil, false
	}
	payload := b[n:]
	if in.header.Padding {
		if len(payload) == 0 || int(payload[len(payload)-1]) > len(payload) || payload[len(payload)-1] == 0 {
			return nil, false
		}
		payload = payload[:len(payload)-int(payload[len(payload)-1])]
	}
	return payload, len(payload) <= maxPayload
}

// arrive counts a packet of the leg.
func (p *Port) arrive(now time.Duration, size int) arrival {
	in := &p.in
	verdict := arrivalRestart
	if in.streams != in.source.streams {
		in.streams = in.source.streams
		in.arrivals.begin(in.header.SequenceNumber)
	} else {
		verdict = in.arrivals.arrive(in.header.SequenceNumber)
	}
	switch verdict {
	case arrivalDuplicate:
		p.count.duplicate.Add(1)
		return verdict
	case arrivalStray:
		p.count.stray.Add(1)
		return verdict
	case arrivalLate:
		p.count.late.Add(1)
	case arrivalRestart:
		in.epoch++
	case arrivalNew:
	}
	in.count++
	if p.count.packets.Add(1) == 1 {
		p.count.first.Store(int64(now))
	}
	p.count.bytes.Add(uint64(size))
	p.count.last.Store(int64(now))
	p.count.lost.Store(in.arrivals.lost())
	p.count.publish(&in.arrivals, in.header.SSRC)
	return verdict
}

// voice carries one audio packet along the leg's Route.
func (p *Port) voice(b []byte, v Voice) {
	r := p.route.Load()
	r.First.came()
	k := packet{
		writer: writer{p, p.in.epoch}, count: p.in.count, marker: v.Marker, sequence: v.Sequence, stamp: v.Timestamp,
		length: uint32(len(v.Payload)),
	}
	if r.Gate != nil && !p.in.latched {
		p.gated(r, v, k)
		return
	}
	if r.Keys != nil && !p.in.latched {
		p.listen(r, v)
	}
	k.buf = headed(b, v.Payload)
	p.carry(r, r.Tape, v, k, v.At)
}

// carry brings a packet to the tape, into the mix and to the other legs; now may be later than when it arrived.
func (p *Port) carry(r *Route, tape *Tap, v Voice, k packet, now time.Duration) {
	if tape != nil {
		tape.Voice(v)
	}
	if r.Into != nil {
		r.Into.Voice(v)
	}
	converted := false
	for _, to := range r.Forward {
		if to.speaks() == v.Codec {
			to.hears(k, now)
			continue
		}
		if !converted {
			p.in.convert(v)
			converted = true
		}
		other := k
		other.buf = p.in.other[:rtpHeader+len(v.Payload)]
		to.hears(other, now)
	}
}

// headed is the payload with room for a bare header before it, in the datagram's own bytes: its header is no longer
// needed.
func headed(b, payload []byte) []byte {
	start := cap(b) - cap(payload) - rtpHeader
	return b[start : start+rtpHeader+len(payload)]
}

// convert writes the payload in the other law.
func (in *inbound) convert(v Voice) {
	to := in.other[rtpHeader:]
	for i, s := range v.Payload {
		if v.Codec == PCMU {
			to[i] = MuLawToALaw(s)
		} else {
			to[i] = ALawToMuLaw(s)
		}
	}
}

// speaks is the codec that the leg hears.
func (p *Port) speaks() Codec { return p.remote.Load().Codec }

// hears sends a packet of another leg to this one, unless it hears keys or a cue.
func (p *Port) hears(k packet, now time.Duration) {
	if p.presses.now.Load() != nil || p.route.Load().Cue.sounds() || !p.out.forward(&k, now) {
		p.count.unsent.Add(1)
	}
}

// listen looks for keys in the voice itself.
func (p *Port) listen(r *Route, v Voice) {
	if ears := p.in.ears.Load(); ears != nil {
		for _, key := range ears.Voice(v) {
			p.in.voiced = true
			p.in.keys.Voiced(key)
			key.InVoice = true
			if r.Keys != nil {
				r.Keys(key)
			}
		}
	}
}

// keyEvent carries one RFC 4733 packet: to whom listens for keys, and where the Route says so to the other legs. It is
// never voice: not on tape, not in a mix.
func (p *Port) keyEvent(b []byte, v Voice) {
	r := p.route.Load()
	r.First.came()
	if !p.in.latched && r.Gate != nil {
		p.open(r, 0, v.At) // what it holds was said before
	}
	p.in.latched = true
	p.count.events.Add(1)
	for _, key := range p.in.keys.Packet(v) {
		if r.Keys != nil {
			r.Keys(key)
		}
	}
	if !r.ForwardKeys {
		return
	}
	k := packet{
		writer: writer{p, p.in.epoch}, count: p.in.count, event: true, marker: v.Marker, sequence: v.Sequence, stamp: v.Timestamp,
		buf: headed(b, v.Payload),
	}
	for _, to := range r.Forward {
		if to.remote.Load().EventOut != 0 {
			to.hears(k, v.At)
		}
	}
}
