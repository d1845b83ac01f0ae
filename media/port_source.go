package media

import (
	"net/netip"
	"time"
)

// The rules of who is heard (promise S01).
const (
	lockAfter     = 5                      // packets of one address and SSRC lock them
	movesAfter    = 2 * time.Second        // silence after which the same IP may come from another port
	restartsAfter = 200 * time.Millisecond // silence after which the locked address may start another SSRC
)

// source decides which packets are a leg's. Before it is locked it takes packets only from the IP that SDP named, or
// from the one that signalling came from where SDP's is private; the first to come is the candidate, and only SDP's very
// address may displace it. After lockAfter packets nothing else is heard until Set or silence. It is owned by the read
// loop.
type source struct {
	expect  netip.AddrPort // what SDP named
	natted  netip.Addr     // the other IP that may be heard; zero: none
	state   sourceState
	addr    netip.AddrPort
	ssrc    uint32
	streams uint32        // grows with each other address or SSRC that is taken: numbers begin anew
	last    time.Duration // when it was heard last
	run     int           // packets heard of the candidate
	claim   claim
}

// claim is another SSRC at the locked address that asks to be heard. RFC 3550 A.1 wants two packets in sequence.
type claim struct {
	made bool
	ssrc uint32
	next uint16 // the sequence number that its second packet must have
}

type sourceState uint8

const (
	sourceOpen      sourceState = iota // nothing heard yet
	sourceCandidate                    // heard, not proved
	sourceLocked
	sourceReopened // the address is locked, the SSRC may be another: after a Set
)

// aim takes what SDP agreed. The same address again keeps the lock, and only opens the SSRC: the far side may have put
// another gateway behind it.
func (s *source) aim(expect netip.AddrPort, signal netip.Addr) {
	natted := behind(expect.Addr(), signal)
	if s.expect == expect && s.natted == natted && s.state >= sourceLocked {
		s.state = sourceReopened
		return
	}
	*s = source{expect: expect, natted: natted, streams: s.streams}
}

// behind returns signal where SDP's address is one that its owner has behind a NAT, else the zero address.
func behind(ip, signal netip.Addr) netip.Addr {
	if signal.IsValid() && signal != ip && isPrivate(ip) {
		return signal
	}
	return netip.Addr{}
}

// isPrivate reports an address that means nothing outside its own network: RFC 1918, RFC 6598, RFC 4193, link-local,
// loopback.
func isPrivate(ip netip.Addr) bool {
	return ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || sharedSpace.Contains(ip)
}

var sharedSpace = netip.MustParsePrefix("100.64.0.0/10") // RFC 6598

// takes reports whether a packet is the leg's. moved tells that the address to answer to changed.
func (s *source) takes(from netip.AddrPort, ssrc uint32, seq uint16, now time.Duration) (ok, moved bool) {
	switch s.state {
	case sourceLocked, sourceReopened:
		if from == s.addr && s.sameStream(ssrc, seq, now) {
			s.last = now
			return true, false
		}
		if from.Addr() != s.addr.Addr() || now-s.last < movesAfter {
			return false, false
		}
	case sourceCandidate:
		if from == s.addr && ssrc == s.ssrc {
			s.last = now
			s.run++
			if s.run < lockAfter {
				return true, false
			}
			s.state = sourceLocked
			return true, true
		}
		if !s.allows(from.Addr()) || now-s.last < s.patience(from) {
			return false, false
		}
	case sourceOpen:
		if !s.allows(from.Addr()) {
			return false, false
		}
	}
	s.state, s.addr, s.ssrc, s.last, s.run, s.claim = sourceCandidate, from, ssrc, now, 1, claim{}
	s.streams++
	return true, s.natted.IsValid() && from != s.expect
}

// patience is how long the candidate must have been silent before another takes its place.
func (s *source) patience(from netip.AddrPort) time.Duration {
	switch {
	case from == s.addr:
		return restartsAfter
	case from == s.expect:
		return 0
	default:
		return movesAfter
	}
}

// sameStream decides about the SSRC of a packet from the locked address.
func (s *source) sameStream(ssrc uint32, seq uint16, now time.Duration) bool {
	if ssrc == s.ssrc {
		s.claim.made = false
		s.state = sourceLocked
		return true
	}
	if s.state == sourceReopened {
		s.state, s.ssrc = sourceLocked, ssrc
		s.streams++
		return true
	}
	if now-s.last < restartsAfter {
		return false
	}
	if s.claim == (claim{made: true, ssrc: ssrc, next: seq}) {
		s.ssrc, s.claim = ssrc, claim{}
		s.streams++
		return true
	}
	s.claim = claim{made: true, ssrc: ssrc, next: seq + 1}
	return false
}

func (s *source) allows(ip netip.Addr) bool {
	return ip == s.expect.Addr() || s.natted.IsValid() && ip == s.natted
}
