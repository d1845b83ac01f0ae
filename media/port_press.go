package media

import (
	"sync"
	"sync/atomic"
	"time"

	"roadline/fmc/cause"
)

// mostPresses is how many presses may wait for a leg: a person's keys, forwarded one by one, never are so many.
const mostPresses = 64

// presses are the keys on their way to a leg, in the order in which they were asked for.
type presses struct {
	now atomic.Pointer[pressing] // being sent; nil: none

	mu      sync.Mutex // guards, and every change of now:
	waiting []*pressing
}

// pressing is keys asked for at once: as RFC 4733 where the leg takes it, else as sound. It is owned by the clock.
type pressing struct {
	events *KeyWriter
	sound  Source
}

// Press sends keys to the leg, after those that are still on their way, each for tone with a pause after it: as
// telephone-events where they were agreed, else in the voice. Meanwhile the leg hears nothing from other legs, and what
// it hears from the clock waits while a key sounds. Errors: cause.Invalid for what is no key, cause.NoRoom where too
// many wait already.
func (p *Port) Press(digits string, tone, pause time.Duration) error {
	next, err := &pressing{}, error(nil)
	if p.remote.Load().EventOut != 0 {
		next.events, err = NewKeyWriter(digits, tone, pause)
	} else {
		next.sound, err = NewKeyTones(digits, tone, pause)
	}
	if err != nil {
		return err
	}
	if !p.presses.add(next) {
		return cause.Errorf(cause.NoRoom, "keys %q for %s: %d presses wait already", digits, p, mostPresses)
	}
	p.ports.clock.join(p)
	return nil
}

// add puts keys behind the others; false where too many wait.
func (s *presses) add(next *pressing) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.now.Load() == nil:
		s.now.Store(next)
	case len(s.waiting) == mostPresses:
		return false
	default:
		s.waiting = append(s.waiting, next)
	}
	return true
}

// over goes on to the keys after those that were sent.
func (s *presses) over() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting) == 0 {
		s.now.Store(nil)
		return
	}
	s.now.Store(s.waiting[0])
	s.waiting = s.waiting[1:]
}

// press sends one frame of keys and reports whether that was all there is to send to the leg now.
func (c *clock) press(p *Port, keys *pressing, now time.Duration) bool {
	if keys.sound != nil && keys.sound.Frame(&c.frame) {
		c.send(p, now)
		return true
	}
	if keys.sound != nil || keys.events.Over() {
		p.presses.over()
		return false
	}
	key, ok := keys.events.Frame(c.ticks * FrameSamples)
	if ok {
		copy(c.buf[rtpHeader:], key.Payload[:])
		p.out.key(c.buf[:rtpHeader+len(key.Payload)], key, c.ticks, now)
	}
	return ok
}
