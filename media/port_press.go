package media

import "time"

// pressing is keys on their way to a leg: as RFC 4733 where the leg takes it, else as sound. It is owned by the clock.
type pressing struct {
	events *KeyWriter
	sound  Source
}

// Press sends keys to the leg, each for tone with a pause after it: as telephone-events where they were agreed, else in
// the voice. Meanwhile the leg hears nothing from other legs, and what it hears from the clock waits while a key sounds.
// Keys still on their way are given up for the new ones. Errors: cause.Invalid for what is no key.
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
	p.pressing.Store(next)
	p.ports.clock.join(p)
	return nil
}

// press sends one frame of keys and reports whether that was all there is to send to the leg now.
func (c *clock) press(p *Port, keys *pressing, now time.Duration) bool {
	if keys.sound != nil && keys.sound.Frame(&c.frame) {
		c.send(p, now)
		return true
	}
	if keys.sound != nil || keys.events.Over() {
		p.pressing.CompareAndSwap(keys, nil)
		return false
	}
	key, ok := keys.events.Frame(c.ticks * FrameSamples)
	if ok {
		copy(c.buf[rtpHeader:], key.Payload[:])
		p.out.key(c.buf[:rtpHeader+len(key.Payload)], key, c.ticks, now)
	}
	return ok
}
