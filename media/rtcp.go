package media

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/pion/rtcp"
)

// reportEvery is the mean interval of our reports (RFC 3550 §6.2: 5 s at least); each is between half and one and a
// half of it, so that the legs of a busy node do not report in step (§6.3.1).
const reportEvery = 5 * time.Second

// controlMoves is after what silence RTCP may come from another port of the same IP: three intervals of the far side.
const controlMoves = 3 * reportEvery

// control decides which RTCP is a leg's, by the same rules as source. It is owned by the read loop.
type control struct {
	expect netip.AddrPort
	addr   netip.AddrPort // locked; zero: nothing heard yet
	sender uint32         // the SSRC that reports, locked with addr
	last   time.Duration
}

// aim takes what SDP agreed.
func (c *control) aim(a *agreed) {
	if expect := a.rtcp(); c.expect != expect {
		c.expect, c.addr = expect, netip.AddrPort{}
	}
}

// takes reports whether a report is the leg's. moved tells that ours must go to another address than SDP's.
func (c *control) takes(from netip.AddrPort, sender uint32, s *source, now time.Duration) (ok, moved bool) {
	if c.addr.IsValid() && now-c.last < controlMoves {
		if from != c.addr || sender != c.sender && sender != s.ssrc {
			return false, false
		}
		c.sender, c.last = sender, now
		return true, false
	}
	switch {
	case from.Addr() == c.expect.Addr() && !c.addr.IsValid():
	case s.state >= sourceLocked && from.Addr() == s.addr.Addr():
	case s.state < sourceLocked && s.allows(from.Addr()):
	default:
		return false, false
	}
	c.addr, c.sender, c.last = from, sender, now
	return true, from != c.expect
}

// senderReport is what the far side's last SR leaves for our next report (RFC 3550 §6.4.1: LSR and DLSR).
type senderReport struct {
	middle uint32 // the middle 32 bits of its NTP time
	at     time.Duration
}

// receivedRTCP takes a datagram from the RTCP socket.
func (p *Port) receivedRTCP(b []byte, from netip.AddrPort, now time.Duration) {
	in, agreed := &p.in, p.remote.Load()
	if agreed.aim == 0 || p.closed.Load() {
		p.count.early.Add(1)
		return
	}
	in.follow(agreed)
	// RFC 3550 §6.1: a compound begins with SR or RR, whose first word after the header is the sender's SSRC.
	if len(b) < 8 || b[0]>>6 != 2 || b[1] != byte(rtcp.TypeSenderReport) && b[1] != byte(rtcp.TypeReceiverReport) {
		p.count.malformed.Add(1)
		return
	}
	ok, moved := in.control.takes(from, binary.BigEndian.Uint32(b[4:]), &in.source, now)
	if !ok {
		p.count.foreign.Add(1)
		return
	}
	packets, err := rtcp.Unmarshal(b)
	if err != nil {
		p.count.malformed.Add(1)
		return
	}
	if moved {
		p.out.learnRTCP(from, agreed.aim)
	}
	p.count.lastRTCP.Store(int64(now))
	for _, k := range packets {
		switch k := k.(type) {
		case *rtcp.SenderReport:
			p.count.sr.Store(&senderReport{middle: uint32(k.NTPTime >> 16), at: now})
			p.heardOf(k.Reports, now)
		case *rtcp.ReceiverReport:
			p.heardOf(k.Reports, now)
		}
	}
}

// heardOf takes what the far side reports of our stream.
func (p *Port) heardOf(reports []rtcp.ReceptionReport, now time.Duration) {
	for _, r := range reports {
		if r.SSRC != p.out.ssrc {
			continue
		}
		p.count.remoteLost.Store(int64(int32(r.TotalLost<<8) >> 8)) // a signed number of 24 bits
		p.count.remoteJitter.Store(r.Jitter)
		if r.LastSenderReport == 0 {
			continue
		}
		// RFC 3550 §6.4.1: round trip = arrival - LSR - DLSR, in units of 1/65536 s.
		if trip := uint32(ntp(now)>>16) - r.LastSenderReport - r.Delay; int32(trip) >= 0 {
			p.count.rtt.Store(int64(trip) * int64(time.Second) >> 16)
		}
	}
}

// ntp is the node's clock as an NTP timestamp. RFC 3550 §4 allows a sender without a notion of wall-clock time to use
// such a one: only its differences are used.
func ntp(now time.Duration) uint64 {
	return uint64(now/time.Second)<<32 | uint64(now%time.Second)<<32/uint64(time.Second)
}

// reports is the state of a leg's outgoing reports. It is owned by the clock.
type reports struct {
	due      time.Duration // 0: not planned yet
	stream   uint32
	expected uint32 // as of the last report
	got      uint32
	packets  uint64 // sent, as of the last report
}

// report sends the leg's report when it is due.
func (p *Port) report(now time.Duration) {
	if p.remote.Load().aim == 0 || p.closed.Load() || p.device != nil {
		return
	}
	r := &p.reports
	first := r.due == 0
	if now < r.due {
		return
	}
	r.due = now + reportEvery/2 + rand.N(reportEvery)
	if first {
		return
	}
	p.out.report(p.reception(now), r, now)
}

// reception is what we report of the leg's own stream; none before it has one.
func (p *Port) reception(now time.Duration) []rtcp.ReceptionReport {
	c, r := &p.count, &p.reports
	stream, expected, got := c.stream.Load(), c.expected.Load(), c.got.Load()
	if expected == 0 {
		return nil
	}
	if stream != r.stream || expected < r.expected {
		r.stream, r.expected, r.got = stream, 0, 0
	}
	block := rtcp.ReceptionReport{SSRC: stream, LastSequenceNumber: c.highest.Load() - 1<<16, Jitter: c.jitter.Load() >> 4}
	if e, g := expected-r.expected, got-r.got; e > g {
		block.FractionLost = uint8(min(255, uint64(e-g)<<8/uint64(e))) // RFC 3550 A.3
	}
	if expected > got {
		block.TotalLost = min(expected-got, 0x7FFFFF)
	}
	if sr := c.sr.Load(); sr != nil {
		block.LastSenderReport = sr.middle
		block.Delay = uint32((now - sr.at) << 16 / time.Second)
	}
	r.expected, r.got = expected, got
	return []rtcp.ReceptionReport{block}
}

// report sends SR, or RR where nothing was sent since the last one (RFC 3550 §6.4), with SDES.
func (s *stream) report(blocks []rtcp.ReceptionReport, r *reports, now time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var first rtcp.Packet = &rtcp.ReceiverReport{SSRC: s.ssrc, Reports: blocks}
	if s.sent.packets != r.packets {
		first = &rtcp.SenderReport{
			SSRC: s.ssrc, NTPTime: ntp(now), RTPTime: s.last.stamp + uint32((now-s.last.at)/(time.Second/SampleRate)),
			PacketCount: uint32(s.sent.packets), OctetCount: uint32(s.sent.octets), Reports: blocks,
		}
		r.packets = s.sent.packets
	}
	s.sendRTCP(first)
}

// bye ends the stream: RTCP says so (RFC 3550 §6.6), where there ever was a stream, and nothing is sent any more.
func (s *stream) bye() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sent.packets > 0 {
		s.sendRTCP(&rtcp.ReceiverReport{SSRC: s.ssrc}, &rtcp.Goodbye{Sources: []uint32{s.ssrc}})
	}
	s.rtp, s.rtcp, s.device = -1, -1, nil
}

// sendRTCP sends a compound: first, SDES with our CNAME, the rest. mu is held.
func (s *stream) sendRTCP(first rtcp.Packet, rest ...rtcp.Packet) {
	if s.to.rtcp.size == 0 || s.rtcp < 0 {
		return
	}
	compound := append([]rtcp.Packet{first, rtcp.NewCNAMESourceDescription(s.ssrc, s.cname)}, rest...)
	b, err := rtcp.Marshal(compound)
	if err != nil {
		s.sent.failed++
		return
	}
	send(s.rtcp, b, &s.to.rtcp)
}

// newCNAME is a name of the endpoint that tells nothing about it (RFC 7022 §4.2).
func newCNAME() string {
	var b [12]byte
	binary.BigEndian.PutUint64(b[:], rand.Uint64())
	binary.BigEndian.PutUint32(b[8:], rand.Uint32())
	return hex.EncodeToString(b[:])
}
