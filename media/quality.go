package media

import (
	"sync/atomic"
	"time"
)

// Quality is a snapshot of one leg's figures since its lease.
type Quality struct {
	Heard   Heard
	Sent    Sent
	Dropped Dropped
	Quiet   Quiet
	RTT     time.Duration // round trip by RTCP; 0 until a report has come back
	MOS     float64       // what we hear, 1 to 4.4 by the E-model; 0 before the first packet
}

// Heard is what came from the leg.
type Heard struct {
	Packets    uint64 // distinct ones, voice and keys
	Bytes      uint64 // of payload
	Lost       int64  // expected less received (RFC 3550 A.3)
	Late       uint64 // reordered by the network
	Duplicates uint64
	Events     uint64        // RFC 4733 packets among Packets
	Jitter     time.Duration // RFC 3550 A.8
	First      time.Duration // when the first packet came, on Options.Now; 0: none
}

// Sent is what the leg was sent, and what it says of it.
type Sent struct {
	Packets      uint64
	Bytes        uint64
	Failed       uint64        // the kernel refused them
	RemoteLost   int64         // as its RTCP reports: cumulative
	RemoteJitter time.Duration // likewise
}

// Dropped is what was thrown away.
type Dropped struct {
	Early     uint64 // before Set or after Close
	Foreign   uint64 // from an address or of an SSRC that is not the leg's: promise S01
	Malformed uint64 // no RTP, or a payload of no bearable length
	Stray     uint64 // far off the sequence
	Unwanted  uint64 // while the leg is not listened to, or of a payload type that was not agreed
	Unsent    uint64 // packets of other legs that this one could not be sent: on hold, no address, older than its stream
}

// Quiet is for how long nothing has come from the leg; counted from Set until the first packet, and 0 before Set.
type Quiet struct {
	RTP  time.Duration
	RTCP time.Duration
}

// Both is for how long neither RTP nor RTCP has come: the sign of a leg that is lost.
func (s Quiet) Both() time.Duration { return min(s.RTP, s.RTCP) }

// counters are what the read loop publishes: it alone writes them, snapshots read.
type counters struct {
	packets, bytes, late, duplicate, events            atomic.Uint64
	early, foreign, malformed, stray, unwanted, unsent atomic.Uint64
	lost                                               atomic.Int64
	jitter                                             atomic.Uint32 // RFC 3550 A.8, sixteenths of a sample
	first, last, lastRTCP, began                       atomic.Int64  // on Options.Now
	remoteLost                                         atomic.Int64
	remoteJitter                                       atomic.Uint32 // samples
	rtt                                                atomic.Int64
	expected, got, stream                              atomic.Uint32 // of the current stream, for reception reports
	highest                                            atomic.Uint32 // extended sequence number
	sr                                                 atomic.Pointer[senderReport]
}

// publish takes what a reception report needs.
func (c *counters) publish(a *arrivals, ssrc uint32) {
	c.expected.Store(a.expected())
	c.got.Store(uint32(a.got))
	c.highest.Store(a.highest)
	c.stream.Store(ssrc)
}

// Quality takes a snapshot.
func (p *Port) Quality() Quality {
	c, now := &p.count, p.now()
	q := Quality{
		Heard: Heard{
			Packets: c.packets.Load(), Bytes: c.bytes.Load(), Lost: c.lost.Load(), Late: c.late.Load(), Duplicates: c.duplicate.Load(),
			Events: c.events.Load(), Jitter: samplesToTime(c.jitter.Load() >> 4), First: time.Duration(c.first.Load()),
		},
		Dropped: Dropped{
			Early: c.early.Load(), Foreign: c.foreign.Load(), Malformed: c.malformed.Load(), Stray: c.stray.Load(),
			Unwanted: c.unwanted.Load(), Unsent: c.unsent.Load(),
		},
		Quiet: Quiet{RTP: since(now, c.last.Load(), c.began.Load()), RTCP: since(now, c.lastRTCP.Load(), c.began.Load())},
		RTT:   time.Duration(c.rtt.Load()),
	}
	q.Sent = p.out.figures()
	q.Sent.RemoteLost, q.Sent.RemoteJitter = c.remoteLost.Load(), samplesToTime(c.remoteJitter.Load())
	q.MOS = mos(q)
	return q
}

func samplesToTime(n uint32) time.Duration { return time.Duration(n) * time.Second / SampleRate }

// since is the time from the last packet, else from the beginning, till now.
func since(now time.Duration, last, began int64) time.Duration {
	from := max(last, began)
	if from == 0 {
		return 0
	}
	return max(0, now-time.Duration(from))
}

// figures is what the stream has sent.
func (s *stream) figures() Sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Sent{Packets: s.sent.packets, Bytes: s.sent.octets, Failed: s.sent.failed}
}

// The E-model of ITU-T G.107 with every default but delay and loss: R = 93.2 - Id - Ie,eff.
const (
	ratingBest     = 93.2
	lossRobustness = 25.1 // Bpl of G.711 with loss concealment, G.113 appendix I: phones conceal
)

// mos estimates how the leg sounds to who hears it. Mouth-to-ear delay is taken as half the round trip, a frame, and a
// jitter buffer of twice the jitter; Id is the usual approximation of G.107's curve, and loss counts as random.
func mos(q Quality) float64 {
	if q.Heard.Packets == 0 {
		return 0
	}
	delay := float64((q.RTT/2 + FrameTime + 2*q.Heard.Jitter).Milliseconds())
	impairment := 0.024 * delay
	if delay > 177.3 {
		impairment += 0.11 * (delay - 177.3)
	}
	lost := max(0, float64(q.Heard.Lost))
	percent := 100 * lost / (lost + float64(q.Heard.Packets))
	r := ratingBest - impairment - 95*percent/(percent+lossRobustness) // Ie of G.711 is 0
	switch {
	case r <= 0:
		return 1
	case r >= 100:
		return 4.5
	}
	return 1 + 0.035*r + r*(r-60)*(100-r)*7e-6 // G.107 annex B
}
