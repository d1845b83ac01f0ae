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
	Speech  Speech        // on a leg that shows it
	RTT     time.Duration // round trip by RTCP; 0 until a report has come back
	MOS     float64       // what we hear, 1 to 4.4 by the E-model; 0 before the first packet
}

// Worse is the MOS of the direction that is heard the worse: one value for how the leg sounds. 0: neither is known.
func (q Quality) Worse() float64 {
	if q.MOS == 0 || q.Sent.MOS == 0 {
		return max(q.MOS, q.Sent.MOS)
	}
	return min(q.MOS, q.Sent.MOS)
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
	MOS          float64       // what the leg hears, as Quality.MOS; 0: it has not told
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
	if p.device != nil {
		p.device.quality(&q, now)
	} else {
		q.rate()
	}
	return q
}

// rate estimates either direction of a leg that speaks G.711 over RTP. Mouth-to-ear delay is taken as half the round
// trip, a frame, and a jitter buffer of twice the jitter; phones conceal what is lost.
func (q *Quality) rate() {
	delay := func(jitter time.Duration) time.Duration { return q.RTT/2 + FrameTime + 2*jitter }
	if q.Heard.Packets > 0 {
		q.MOS = rating{
			delay: delay(q.Heard.Jitter), got: float64(q.Heard.Packets), lost: float64(q.Heard.Lost), robustness: lossRobustness,
		}.mos()
	}
	if q.RTT > 0 && q.Sent.Packets > 0 { // it has reported of our stream
		lost := min(float64(q.Sent.RemoteLost), float64(q.Sent.Packets))
		q.Sent.MOS = rating{
			delay: delay(q.Sent.RemoteJitter), got: float64(q.Sent.Packets) - lost, lost: lost, robustness: lossRobustness,
		}.mos()
	}
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

// The E-model of ITU-T G.107 with every default but delay, codec and loss: R = 93.2 - Id - Ie,eff.
const (
	ratingBest     = 93.2
	lossRobustness = 25.1 // Bpl of G.711 with loss concealment, G.113 appendix I
	bareRobustness = 4.3  // without
)

// rating is what the E-model is told of one direction.
type rating struct {
	delay      time.Duration // from mouth to ear
	got, lost  float64       // packets; loss counts as random
	impairment float64       // Ie of the codec, 0 for G.711
	robustness float64       // Bpl
}

// mos estimates how the direction sounds to who hears it. Id is the usual approximation of G.107's curve.
func (r rating) mos() float64 {
	ms := float64(r.delay.Milliseconds())
	delayed := 0.024 * ms
	if ms > 177.3 {
		delayed += 0.11 * (ms - 177.3)
	}
	lost := max(0, r.lost)
	percent := 100 * lost / (lost + r.got)
	sum := ratingBest - delayed - r.impairment - (95-r.impairment)*percent/(percent+r.robustness)
	switch {
	case sum <= 0:
		return 1
	case sum >= 100:
		return 4.5
	}
	return 1 + 0.035*sum + sum*(sum-60)*(100-sum)*7e-6 // G.107 annex B
}
