package gsmgw

import (
	"context"
	"slices"
	"sync"
	"time"

	"roadline/fmc/cause"
)

// urgency orders what a module is asked: a call before a message, hanging up before all.
type urgency uint8

const (
	atOnce urgency = iota
	soon
	idle
)

// job is one thing to do with a module.
type job struct {
	how  urgency
	wait time.Duration // how long it may take
	do   func(context.Context) error
	done func(error) // on the slot's goroutine
}

// hands does the jobs of one module, one at a time, the most urgent first: commands wait for the device, and the slot
// must not. What is asked of a module ends with it.
type hands struct {
	box  *inbox
	wake chan struct{}

	mu   sync.Mutex
	jobs []job // guarded by mu
	over bool  // guarded by mu
}

func newHands(box *inbox) *hands { return &hands{box: box, wake: make(chan struct{}, 1)} }

// ask puts a job into the queue. done runs in any case, with an error of cause.Unavailable where the module ends before.
func (h *hands) ask(j job) {
	h.mu.Lock()
	over := h.over
	if !over {
		at := slices.IndexFunc(h.jobs, func(o job) bool { return o.how > j.how })
		if at < 0 {
			at = len(h.jobs)
		}
		h.jobs = slices.Insert(h.jobs, at, j)
	}
	h.mu.Unlock()
	if over {
		h.box.post(func() { j.done(errModuleGone) })
		return
	}
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

var errModuleGone = cause.Errorf(cause.Unavailable, "the modem is gone")

// run does jobs until ctx ends, and gives up what is left.
func (h *hands) run(ctx context.Context) {
	for ctx.Err() == nil {
		j, ok := h.next()
		if !ok {
			select {
			case <-ctx.Done():
			case <-h.wake:
			}
			continue
		}
		limit, cancel := context.WithTimeout(ctx, j.wait)
		err := j.do(limit)
		cancel()
		h.box.post(func() { j.done(err) })
	}
	h.mu.Lock()
	h.over = true
	left := h.jobs
	h.jobs = nil
	h.mu.Unlock()
	for _, j := range left {
		h.box.post(func() { j.done(errModuleGone) })
	}
}

func (h *hands) next() (job, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.jobs) == 0 {
		return job{}, false
	}
	j := h.jobs[0]
	h.jobs = slices.Delete(h.jobs, 0, 1)
	return j, true
}
