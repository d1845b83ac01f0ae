package media

import (
	"math/rand/v2"
	"time"
)

// portRange hands out the even ports of one address at random and lets freed ones rest. It is guarded by Ports.mu.
type portRange struct {
	rest    time.Duration
	total   int
	free    []uint16
	resting []restingPort // in the order of their release
}

type restingPort struct {
	port  uint16
	since time.Duration // on Options.Now
}

// leastRest is how long a port rests though no other is free: most of what a call sent late has come by then.
const leastRest = 2 * time.Second

func newPortRange(from, to uint16, rest time.Duration) *portRange {
	r := &portRange{rest: rest}
	for port := int(from) + int(from%2); port+1 <= int(to); port += 2 {
		r.free = append(r.free, uint16(port))
	}
	r.total = len(r.free)
	return r
}

func (r *portRange) size() int { return r.total }

// take gives a free port, any with equal chance: an outsider cannot guess where the next call will be.
func (r *portRange) take(now time.Duration) (uint16, bool) {
	r.ripen(now, r.rest)
	if len(r.free) == 0 {
		r.ripen(now, min(r.rest, leastRest))
	}
	if len(r.free) == 0 {
		return 0, false
	}
	i := rand.IntN(len(r.free))
	port := r.free[i]
	last := len(r.free) - 1
	r.free[i] = r.free[last]
	r.free = r.free[:last]
	return port, true
}

func (r *portRange) release(port uint16, now time.Duration) {
	r.resting = append(r.resting, restingPort{port, now})
}

// ripen moves the ports that have rested long enough back among the free.
func (r *portRange) ripen(now, rest time.Duration) {
	n := 0
	for n < len(r.resting) && r.resting[n].since+rest <= now {
		r.free = append(r.free, r.resting[n].port)
		n++
	}
	r.resting = r.resting[n:]
}
