package media

import "time"

// arrivals counts one leg's incoming streams as RFC 3550 A.1, A.3 and A.8 do, and tells which packets are new. It is
// owned by the read loop.
type arrivals struct {
	base     uint32 // extended sequence number of the stream's first packet
	highest  uint32 // extended: cycles in the upper half
	window   uint64 // bit n: highest-n has come
	got      uint64 // distinct packets of this stream
	lostPast int64  // of earlier streams of the leg
	restart  uint16 // RFC 3550 A.1 bad_seq: the number that would prove a restart
	restarts bool   // whether restart holds one
	transit  uint32
	timed    bool
	jitter   uint32 // RFC 3550 A.8, sixteenths of a timestamp unit
}

type arrival uint8

const (
	arrivalNew       arrival = iota
	arrivalRestart           // new, and nothing before it counts: the sender began again
	arrivalLate              // reordered, never seen
	arrivalDuplicate         // seen
	arrivalStray             // far off the sequence: perhaps a restart, if the next one follows it
)

// RFC 3550 A.1.
const (
	maxDropout  = 3000
	maxMisorder = 64 // the RFC has 100; the window of duplicates is what bounds us
)

// begin starts counting another stream.
func (a *arrivals) begin(seq uint16) {
	*a = arrivals{lostPast: a.lost(), jitter: a.jitter, base: 1<<16 | uint32(seq), highest: 1<<16 | uint32(seq), window: 1, got: 1}
}

// arrive counts a packet of the stream that has begun.
func (a *arrivals) arrive(seq uint16) arrival {
	ahead := seq - uint16(a.highest)
	switch {
	case ahead == 0:
		return arrivalDuplicate
	case ahead < maxDropout:
		a.highest += uint32(ahead)
		a.window = a.window<<ahead | 1
		a.got++
		a.restarts = false
		return arrivalNew
	case -ahead < maxMisorder:
		bit := uint64(1) << -ahead
		if a.window&bit != 0 {
			return arrivalDuplicate
		}
		a.window |= bit
		a.base = min(a.base, a.highest-uint32(-ahead))
		a.got++
		return arrivalLate
	case a.restarts && seq == a.restart:
		a.begin(seq)
		return arrivalRestart
	default:
		a.restarts, a.restart = true, seq+1
		return arrivalStray
	}
}

// time takes an audio packet's timestamp into the jitter; at is when it arrived.
func (a *arrivals) time(timestamp uint32, at time.Duration) {
	transit := uint32(at/(time.Second/SampleRate)) - timestamp
	if a.timed {
		d := int32(transit - a.transit)
		if d < 0 {
			d = -d
		}
		a.jitter += uint32(d) - (a.jitter+8)>>4
	}
	a.transit, a.timed = transit, true
}

// expected is how many packets the stream has had by its sequence numbers.
func (a *arrivals) expected() uint32 {
	if a.got == 0 {
		return 0
	}
	return a.highest - a.base + 1
}

// lost is expected less got, over all streams of the leg.
func (a *arrivals) lost() int64 { return a.lostPast + int64(a.expected()) - int64(a.got) }
