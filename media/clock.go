package media

import (
	"context"
	"runtime/debug"
	"sync"
	"time"
)

// clock is the one 20 ms clock of the process. It plays to every leg that hears something, and sees to the reports that
// are due. It owns every Source while it plays.
type clock struct {
	owner *Ports

	mu     sync.Mutex // guards, with Port.ticking:
	joined []*Port    // asked to be ticked

	// owned by run
	ticks   uint32 // frames of time since the clock began, played or slept through
	playing []*Port
	live    []*Port // a copy of Ports.live
	changes uint64  // the state of Ports.live that the copy shows
	frame   [FrameSamples]byte
	buf     [rtpHeader + FrameSamples]byte
	serving *Port
}

// mostAtOnce is how many frames the clock makes up for when it woke late; what is beyond is silence, honestly stamped.
const mostAtOnce = 5

func newClock(owner *Ports) *clock { return &clock{owner: owner, changes: ^uint64(0)} }

// join puts a port on the list.
func (c *clock) join(p *Port) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !p.ticking {
		p.ticking = true
		c.joined = append(c.joined, p)
	}
}

func (c *clock) run(ctx context.Context) error {
	ticker := time.NewTicker(FrameTime)
	defer ticker.Stop()
	began := c.owner.opts.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		now := c.owner.opts.Now()
		due := uint32((now - began) / FrameTime)
		if due-c.ticks > mostAtOnce && int32(due-c.ticks) > 0 {
			c.ticks = due - mostAtOnce
		}
		for int32(due-c.ticks) > 0 {
			c.ticks++
			c.tick(now)
		}
	}
}

// tick plays one frame to everybody.
func (c *clock) tick(now time.Duration) {
	c.mu.Lock()
	c.playing = append(c.playing, c.joined...)
	c.joined = c.joined[:0]
	c.mu.Unlock()
	still := c.playing[:0]
	for _, p := range c.playing {
		if c.play(p, now) {
			still = append(still, p)
		}
	}
	clear(c.playing[len(still):])
	c.playing = still
	c.report(now)
}

// play sends a port its frame and reports whether it stays on the list.
func (c *clock) play(p *Port, now time.Duration) bool {
	if keys := p.presses.now.Load(); keys != nil && c.press(p, keys, now) {
		return true
	}
	r := p.route.Load()
	if p.closed.Load() || !r.Cue.sounds() && !r.Hear.sounds() {
		return !c.leave(p)
	}
	if !c.sound(p, r.Cue, now) {
		c.sound(p, r.Hear, now) // also in the frame in which a cue ended
	}
	return true // what ended may have brought the next thing to hear
}

// sound sends a port the next frame of a playing, and reports whether there was one.
func (c *clock) sound(p *Port, h *Play, now time.Duration) bool {
	if !h.sounds() {
		return false
	}
	c.serving = p
	defer c.survive(h)
	if !h.source.Frame(&c.frame) {
		h.over.Store(true)
		if h.ended != nil {
			h.ended()
		}
		return false
	}
	c.send(p, now)
	return true
}

// send gives a port the frame, in its own law.
func (c *clock) send(p *Port, now time.Duration) {
	frame := c.buf[rtpHeader:]
	copy(frame, c.frame[:])
	if p.speaks() == PCMU {
		for i, s := range frame {
			frame[i] = ALawToMuLaw(s)
		}
	}
	p.out.frame(c.buf[:], c.ticks, now)
}

// leave takes a port off the list unless it has been given something to hear meanwhile.
func (c *clock) leave(p *Port) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := p.route.Load(); !p.closed.Load() && (r.Cue.sounds() || r.Hear.sounds() || p.presses.now.Load() != nil) {
		return false
	}
	p.ticking = false
	return true
}

// survive ends a playing whose source panicked: the leg hears silence, and the clock goes on.
func (c *clock) survive(h *Play) {
	if r := recover(); r != nil {
		h.over.Store(true)
		c.owner.opts.Log.Error("playing stopped: it panicked", "leg", c.serving.String(), "cause", r, "stack", string(debug.Stack()))
	}
}

// report sends the reports that are due, looking at a fiftieth of the ports each time: each once a second.
func (c *clock) report(now time.Duration) {
	c.owner.mu.Lock()
	if c.changes != c.owner.changes {
		clear(c.live)
		c.live = append(c.live[:0], c.owner.live...)
		c.changes = c.owner.changes
	}
	c.owner.mu.Unlock()
	const slices = 50
	for i := int(c.ticks % slices); i < len(c.live); i += slices {
		c.live[i].report(now)
	}
}
