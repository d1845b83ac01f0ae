package modem

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"sync"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/at"
)

// Card is a sound card's two sides, mono, 8000 Hz; hardware/alsa's is one. Read and Write wait for the device, and Close
// ends the wait.
type Card interface {
	Read(frame *[160]int16) error
	Write(frame *[160]int16) error
	Close() error
}

// ringFrames is how much sound waits in either direction: 100 ms. What is older is worth nothing in a conversation.
const ringFrames = 5

// Speech is documented at Modem.
func (d *driver) Speech(ctx context.Context) (Speech, error) {
	card, err := d.openCard()
	if err != nil {
		return nil, err
	}
	s := newSpeech(card)
	d.mu.Lock()
	if d.closed || d.speech != nil {
		busy := d.speech != nil
		d.mu.Unlock()
		s.shut()
		s.live.Wait()
		if busy {
			return nil, cause.Errorf(cause.NoRoom, "open the sound of %s: it is open", d.family.Name)
		}
		return nil, cause.Errorf(cause.Unavailable, "open the sound of %s: the modem is closed", d.family.Name)
	}
	d.speech = s
	d.mu.Unlock()
	life := context.WithoutCancel(ctx) // the caller's may be over when the call is
	s.closed = func() error { return d.disarm(life, s) }
	if err := d.arm(ctx); err != nil {
		_ = s.Close()
		return nil, err
	}
	s.in.flush() // what came before is of an earlier call
	return s, nil
}

func (d *driver) openCard() (Card, error) {
	switch d.Can().Voice {
	case SerialPCM:
		port, err := d.opts.PCM()
		if err != nil {
			return nil, cause.Errorf(cause.Unavailable, "open the speech port: %w", err)
		}
		return &serialCard{port: port}, nil
	case SoundCard:
		card, err := d.opts.Card()
		if err != nil {
			return nil, cause.Errorf(cause.Unavailable, "open the sound card: %w", err)
		}
		return card, nil
	case NoVoice, OverSIP:
	}
	return nil, cause.Errorf(cause.Unsupported, "%s has no sound for this computer", d.family.Name)
}

// armPause is the time between two tries.
const armPause = 300 * time.Millisecond

// arm lets the module give and take sound. Some refuse it as long as the call is not active.
func (d *driver) arm(ctx context.Context) error {
	within := time.After(d.family.Speech.Within)
	for {
		err := d.give(ctx, d.family.Speech.Arm)
		if _, refused := errors.AsType[*at.Refused](err); !refused {
			return err
		}
		select {
		case <-within:
			return err
		case <-ctx.Done():
			return err
		case <-time.After(armPause):
		}
	}
}

func (d *driver) disarm(ctx context.Context, s *speech) error {
	d.mu.Lock()
	if d.speech == s {
		d.speech = nil
	}
	over := d.closed || d.err != nil
	d.mu.Unlock()
	if over {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, shortLimit)
	defer cancel()
	return d.give(ctx, optional(d.family.Speech.Disarm))
}

// pause holds back what is for the module's ear, or lets it go on.
func (d *driver) pause(pause bool) {
	d.mu.Lock()
	s := d.speech
	d.mu.Unlock()
	if s != nil {
		s.out.hold(pause)
	}
}

// speech is the sound of one call: two goroutines, one for each direction, so that neither waits for the other.
type speech struct {
	card    Card
	in, out *ring
	live    sync.WaitGroup
	once    sync.Once
	closed  func() error
}

func newSpeech(card Card) *speech {
	s := &speech{card: card, in: newRing(), out: newRing()}
	s.live.Go(func() {
		var f [160]int16
		for {
			if err := card.Read(&f); err != nil {
				s.in.end(err)
				return
			}
			s.in.put(&f)
		}
	})
	s.live.Go(func() {
		var f [160]int16
		for s.out.take(&f) == nil {
			if err := card.Write(&f); err != nil {
				s.out.end(err)
				return
			}
		}
	})
	return s
}

// Read is documented at Speech, as are the other methods.
func (s *speech) Read(frame *[160]int16) error { return s.in.take(frame) }

func (s *speech) Write(frame *[160]int16) error { return s.out.put(frame) }

func (s *speech) Lost() (frames, bytes int) {
	if c, ok := s.card.(*serialCard); ok {
		bytes = int(c.thrown.Load())
	}
	return s.out.lost(), bytes
}

func (s *speech) Close() error {
	s.shut()
	s.live.Wait()
	if s.closed == nil {
		return nil
	}
	return s.closed()
}

// shut ends both goroutines.
func (s *speech) shut() {
	s.once.Do(func() {
		s.in.end(io.ErrClosedPipe)
		s.out.end(io.ErrClosedPipe)
		_ = s.card.Close()
	})
}

// ring keeps the latest frames.
type ring struct {
	mu   sync.Mutex
	some *sync.Cond
	// mu guards:
	frames  [ringFrames][160]int16
	first   int
	n       int
	dropped int
	held    bool
	waited  int // frames that came while it is held
	err     error
}

// longestHold is how many frames a pause may last, a second: the line that ends it may have been lost.
const longestHold = 50

func newRing() *ring {
	r := &ring{}
	r.some = sync.NewCond(&r.mu)
	return r
}

// put takes the oldest out where there is no room.
func (r *ring) put(f *[160]int16) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return r.err
	}
	if r.waited++; r.waited > longestHold {
		r.held = false
	}
	if r.n == ringFrames {
		r.first, r.n = (r.first+1)%ringFrames, r.n-1
		r.dropped++
	}
	r.frames[(r.first+r.n)%ringFrames] = *f
	r.n++
	r.some.Signal()
	return nil
}

// take waits for a frame.
func (r *ring) take(f *[160]int16) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for (r.n == 0 || r.held) && r.err == nil {
		r.some.Wait()
	}
	if r.err != nil {
		return r.err
	}
	*f = r.frames[r.first]
	r.first, r.n = (r.first+1)%ringFrames, r.n-1
	return nil
}

func (r *ring) flush() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.n = 0
}

func (r *ring) hold(on bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held, r.waited = on, 0
	r.some.Signal()
}

func (r *ring) lost() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.dropped
}

// end makes every further put and take fail; the first error counts.
func (r *ring) end(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = cause.Errorf(cause.Unavailable, "the sound is lost: %w", err)
	}
	r.some.Broadcast()
}

// frameBytes is a frame on a serial port: S16LE, mono, 8000 Hz.
const frameBytes = 320

func toFrame(b *[frameBytes]byte, f *[160]int16) {
	for i := range f {
		f[i] = int16(binary.LittleEndian.Uint16(b[2*i:])) //nolint:gosec // two's complement
	}
}

func fromFrame(f *[160]int16, b *[frameBytes]byte) {
	for i, v := range f {
		binary.LittleEndian.PutUint16(b[2*i:], uint16(v)) //nolint:gosec // two's complement
	}
}
