package media

import (
	"slices"
	"sync"
)

// Mixer lets up to about eight legs hear each other: each hears all the others and not itself. Two alone hear each
// other bit for bit, as a relay would carry it. Packets come in on the ports' read loops, the clock drives what is
// heard; the mixer starts no goroutine.
type Mixer struct {
	mu    sync.Mutex // guards the rest, and the frames of the seats
	seats []*Seat
	tick  uint32              // frames mixed
	sum   [FrameSamples]int32 // of everybody who speaks in this frame
	speak int                 // how many they are
}

// NewMixer makes a mixer without seats.
func NewMixer() *Mixer { return &Mixer{} }

// Seat is one leg's place in a Mixer: the Sink of what it says and the Source of what it hears.
type Seat struct {
	name  string
	mixer *Mixer
	input jitter

	// guarded by Mixer.mu
	gone   bool
	heard  uint32 // the frame that it heard last
	speaks bool
	frame  [FrameSamples]int16 // what it says in this frame
}

// Join adds a leg. The name is for printed chains. What the leg says counts from its first packet on; a seat that
// nobody plays listens to nothing.
func (m *Mixer) Join(name string) *Seat {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := &Seat{name: name, mixer: m, heard: m.tick}
	s.input.reset()
	m.seats = append(m.seats, s)
	return s
}

// Leave takes the leg out; its Source has ended.
func (s *Seat) Leave() {
	m := s.mixer
	m.mu.Lock()
	defer m.mu.Unlock()
	s.gone = true
	m.seats = slices.DeleteFunc(m.seats, func(x *Seat) bool { return x == s })
	if s.speaks { // it was in the sum of the running frame
		s.speaks = false
		m.speak--
		for i, sample := range s.frame {
			m.sum[i] -= int32(sample)
		}
	}
}

func (s *Seat) String() string { return "mix " + s.name }

// Delay is how long what the leg says waits here, to even out its packets, in samples.
func (s *Seat) Delay() int { return s.input.delay() }

// Voice implements Sink.
func (s *Seat) Voice(v Voice) { s.input.put(v) }

// Frame implements Source. The first seat that asks for a frame makes everybody's: whoever has heard the running one
// wants the next.
func (s *Seat) Frame(dst *[FrameSamples]byte) bool {
	m := s.mixer
	m.mu.Lock()
	defer m.mu.Unlock()
	if s.gone {
		return false
	}
	if s.heard == m.tick {
		m.next()
	}
	s.heard = m.tick
	others := m.speak
	if s.speaks {
		others--
	}
	switch others {
	case 0:
		silence(dst[:])
	case 1:
		for i, sum := range m.sum {
			dst[i] = EncodeALaw(int16(sum - s.own(i)))
		}
	default:
		for i, sum := range m.sum {
			dst[i] = EncodeALaw(soften(sum - s.own(i)))
		}
	}
	return true
}

// own is a sample of what the seat itself says.
func (s *Seat) own(i int) int32 {
	if !s.speaks {
		return 0
	}
	return int32(s.frame[i])
}

// next takes the next frame of everybody.
func (m *Mixer) next() {
	m.tick++
	m.speak = 0
	clear(m.sum[:])
	for _, s := range m.seats {
		if s.speaks = s.input.take(&s.frame); !s.speaks {
			continue
		}
		m.speak++
		for i, sample := range s.frame {
			m.sum[i] += int32(sample)
		}
	}
}

// soften keeps a sum of voices within 16 bits: as it is up to three quarters of full scale, then bent toward it.
func soften(sum int32) int16 {
	const knee, room = 24576, 32767 - 24576
	over := max(sum, -sum) - knee
	if over <= 0 {
		return int16(sum)
	}
	bent := knee + int32(int64(room)*int64(over)/int64(over+room))
	if sum < 0 {
		return int16(-bent)
	}
	return int16(bent)
}
