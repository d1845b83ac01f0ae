package outside

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/media"
)

// Habit is what somebody does on a line, from its first moment on; when they have done it they hang up. Every method of
// the line returns at once when the line is over, so that a habit reads as it is done.
type Habit func(*Line)

// Line is one end of a call, as the person at it has it. The methods that wait are the habit's goroutine's alone.
type Line struct {
	// Chance is the line's own, of the world's seed.
	Chance *rand.Rand

	network *Network
	leg     call.Leg
	sound   sound // nil: the leg has none
	ear     *ear
	mouth   *mouth
	free    func() // gives the subscriber's line back
	wake    chan struct{}

	mu   sync.Mutex // guards:
	link fmc.Link
	seen Seen
}

// sound is what joins a line's ear and mouth to its leg.
type sound interface {
	hear(*ear)          // from now on the ear is there
	speak(*ear, *mouth) // from now on the mouth is, too
	press(keys string) error
}

// voiced is a leg with a port, as sipcore's are.
type voiced interface{ Port() *media.Port }

// port is the sound of a leg by RTP.
type port struct{ *media.Port }

func (p port) hear(e *ear) { p.Route(&media.Route{Into: e}) }

func (p port) speak(e *ear, m *mouth) { p.Route(&media.Route{Into: e, Hear: media.NewPlay(m, nil)}) }

func (p port) press(keys string) error { return p.Press(keys, keyDown, keyUp) }

func newLine(n *Network, about Seen) *Line {
	l := &Line{network: n, seen: about, wake: make(chan struct{}, 1), mouth: &mouth{}, free: func() {}}
	l.Chance = rand.New(rand.NewPCG(n.o.Seed, uint64(about.Line))) //nolint:gosec // pretend people
	l.ear = newEar(n.phrases.Load(), l.stir)
	return l
}

func (l *Line) callID() fmc.CallID { return fmc.CallID(fmt.Sprintf("line-%d", l.seen.Line)) }

// take gives the line its leg, before anything of the leg can be told.
func (l *Line) take(leg call.Leg) {
	l.leg = leg
	if v, ok := leg.(voiced); ok && v.Port() != nil {
		l.sound = port{v.Port()}
		l.sound.hear(l.ear)
	}
}

// stir wakes whoever waits on the line.
func (l *Line) stir() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// is takes what the leg says of itself.
func (l *Line) is(is call.LinkIs) {
	now := l.network.now()
	l.mu.Lock()
	l.link = is.Link
	switch is.Link {
	case fmc.Alerting:
		l.seen.Rang = first(l.seen.Rang, now)
	case fmc.Up:
		l.seen.Answered = first(l.seen.Answered, now)
	case fmc.Gone:
		l.seen.Ended, l.seen.Cause = now, is.Cause
	case fmc.Offered, fmc.Dialing, fmc.Leaving:
	}
	l.mu.Unlock()
	switch {
	case is.Link == fmc.Up && l.sound != nil:
		l.sound.speak(l.ear, l.mouth)
	case is.Link == fmc.Gone:
		l.free()
	}
	l.stir()
}

func first(at, now time.Duration) time.Duration {
	if at != 0 {
		return at
	}
	return now
}

func (l *Line) linked() fmc.Link {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.link
}

// Over says that the line has ended.
func (l *Line) Over() bool { return l.linked() == fmc.Gone }

// Up says that the call was answered and goes on.
func (l *Line) Up() bool { return l.linked() == fmc.Up }

// Seen is what is known of the line so far.
func (l *Line) Seen() Seen {
	l.mu.Lock()
	s := l.seen
	l.mu.Unlock()
	s.Heard = l.ear.all()
	return s
}

// until waits until something holds, or most has passed, or the line is over; it reports whether it holds.
func (l *Line) until(most time.Duration, holds func() bool) bool {
	timer := time.NewTimer(most)
	defer timer.Stop()
	for {
		switch {
		case holds():
			return true
		case l.Over():
			return false
		}
		select {
		case <-l.wake:
		case <-timer.C:
			return false
		}
	}
}

// ended waits for the end of a line that was hung up.
func (l *Line) ended() { l.until(time.Minute, l.Over) }

// Wait lets time pass.
func (l *Line) Wait(d time.Duration) { l.until(d, func() bool { return false }) }

// Between is a time of chance.
func (l *Line) Between(least, most time.Duration) time.Duration {
	return least + time.Duration(l.Chance.Int64N(int64(most-least)+1))
}

// Ring lets the caller hear that it rings here.
func (l *Line) Ring() { l.leg.Progress(false) }

// Announce says a phrase before the line is answered, as networks do, in early media. Over the air the phrase is not
// heard, but takes its time.
func (l *Line) Announce(phrase string) {
	l.leg.Progress(true)
	if l.sound != nil {
		l.sound.speak(l.ear, l.mouth)
	}
	l.Say(phrase)
}

// Answer picks up, and reports whether the caller is there.
func (l *Line) Answer() bool {
	l.leg.Answer()
	return l.until(time.Minute, l.Up)
}

// Answered waits until the one who was called picks up.
func (l *Line) Answered(most time.Duration) bool { return l.until(most, l.Up) }

// Refuse ends a ringing line with what the network would say: busy, declined, unreachable; over the air, where it rings
// already, it is declined.
func (l *Line) Refuse(m cause.Meaning) { l.leg.Release(cause.Of(m)) }

// HangUp ends the line.
func (l *Line) HangUp() {
	if l.Over() {
		return
	}
	l.mu.Lock()
	l.seen.HungUp = true
	l.mu.Unlock()
	l.leg.Release(cause.Of(cause.Hangup))
}

// Keys are pressed so long, with so much time between them.
const (
	keyDown = 100 * time.Millisecond
	keyUp   = 120 * time.Millisecond
)

// Press presses keys one after the other.
func (l *Line) Press(keys string) {
	if !l.Up() || l.sound == nil {
		return
	}
	if err := l.sound.press(keys); err != nil {
		l.network.o.Log.Error("keys not pressed", "err", err)
		return
	}
	l.mu.Lock()
	l.seen.Keys += keys
	l.mu.Unlock()
	l.Wait(time.Duration(len(keys)) * (keyDown + keyUp))
}

// Say speaks a phrase to its end.
func (l *Line) Say(phrase string) {
	sound, ok := l.ear.phrases.sound(phrase)
	if !ok || l.Over() {
		return
	}
	l.mouth.say(media.Once(sound), l.stir)
	if !l.until(sound.Duration()+time.Second, l.mouth.silent) {
		l.mouth.stop()
	}
	l.mu.Lock()
	l.seen.Said = append(l.seen.Said, phrase)
	l.mu.Unlock()
}

// Hear waits until one of these phrases was understood, and returns it; empty where none was.
func (l *Line) Hear(most time.Duration, phrases ...string) (which string) {
	l.until(most, func() bool {
		which = l.ear.understood(phrases)
		return which != ""
	})
	return which
}

// Quiet waits until nothing was heard for a while, at most so long.
func (l *Line) Quiet(silence, most time.Duration) {
	began := l.network.now()
	for {
		now := l.network.now()
		since := now - max(l.ear.loud(), began)
		if since >= silence || now-began >= most || l.Over() {
			return
		}
		l.Wait(min(silence-since, most-(now-began)))
	}
}

// pause is the silence by which people know that it is their turn.
const pause = 600 * time.Millisecond

// Turn waits for one's turn: until the other side has said something and paused. It waits so long for the other to
// begin.
func (l *Line) Turn(patience time.Duration) {
	began := l.network.now()
	l.until(patience, func() bool { return l.ear.loud() > began })
	l.Quiet(pause, 15*time.Second)
}
