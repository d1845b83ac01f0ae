package media

import (
	"fmt"
	"time"
)

// Sound is something recorded or made once and played many times: a prompt, a piece of music. It is immutable, so that
// any number of calls play it at once. The zero Sound is silence of no length.
type Sound struct {
	name string
	alaw []byte
}

// NewSound makes a sound of A-law samples, which it copies. The name is for logs and printed chains.
func NewSound(name string, alaw []byte) Sound {
	return Sound{name: name, alaw: append([]byte(nil), alaw...)}
}

// Name is what the sound was called.
func (s Sound) Name() string { return s.name }

// Named is the same sound under another name.
func (s Sound) Named(name string) Sound {
	s.name = name
	return s
}

// Samples is its length in samples.
func (s Sound) Samples() int { return len(s.alaw) }

// Duration is its length in time.
func (s Sound) Duration() time.Duration { return duration(len(s.alaw)) }

func (s Sound) String() string {
	return fmt.Sprintf("%s (%v)", s.name, s.Duration().Round(10*time.Millisecond))
}

// ALaw returns a copy of its samples.
func (s Sound) ALaw() []byte { return append([]byte(nil), s.alaw...) }

// Once plays sounds one after the other, without a gap.
func Once(sounds ...Sound) Source { return Loop(1, 0, sounds...) }

// Loop plays sounds one after the other, all of them a number of times, with a gap of silence between the rounds; 0
// times is for ever.
func Loop(times int, gap time.Duration, sounds ...Sound) Source {
	p := &player{gap: samples(gap), rounds: times}
	total := p.gap
	for _, s := range sounds {
		p.clips = append(p.clips, s.alaw)
		p.name = joined(p.name, s.name)
		total += len(s.alaw)
	}
	if total == 0 {
		p.rounds = 1 // nothing, however often, is nothing
	}
	return p
}

// SoundOf plays a source once, at once, and keeps what is heard of it within most.
func SoundOf(name string, source Source, most time.Duration) Sound {
	s := Sound{name: name}
	var frame [FrameSamples]byte
	for s.Duration() < most && source.Frame(&frame) {
		s.alaw = append(s.alaw, frame[:]...)
	}
	return s
}

// player plays its clips one after the other, in rounds.
type player struct {
	name   string
	clips  [][]byte // A-law
	gap    int      // samples of silence between rounds
	rounds int      // still to play, the running one included; 0: for ever
	clip   int      // the one being played
	at     int      // samples of it played
	rest   int      // samples of silence to play first
}

func (p *player) String() string { return p.name }

// Frame implements Source.
func (p *player) Frame(dst *[FrameSamples]byte) bool {
	filled := 0
	for filled < FrameSamples && p.more() {
		filled += p.fill(dst[filled:])
	}
	silence(dst[filled:])
	return filled > 0
}

// more finds the next sample to play.
func (p *player) more() bool {
	for p.rest == 0 {
		switch {
		case p.clip < len(p.clips) && p.at < len(p.clips[p.clip]):
			return true
		case p.clip < len(p.clips):
			p.clip, p.at = p.clip+1, 0
		case p.rounds == 1:
			return false
		default:
			p.rounds = max(p.rounds-1, 0)
			p.clip, p.rest = 0, p.gap
		}
	}
	return true
}

// fill plays what there is without a seam, and returns how much.
func (p *player) fill(dst []byte) int {
	if p.rest > 0 {
		n := min(p.rest, len(dst))
		silence(dst[:n])
		p.rest -= n
		return n
	}
	n := copy(dst, p.clips[p.clip][p.at:])
	p.at += n
	return n
}

// joined adds a name to others: "welcome, menu".
func joined(names, name string) string {
	if names == "" {
		return name
	}
	return names + ", " + name
}
