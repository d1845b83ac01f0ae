// Package alsa carries the speech of modules that are USB sound cards (USB audio class): frames of 20 ms, 16 bits mono at
// 8000 Hz, out of a card and into it. It talks to the device files of /dev/snd by ioctl, as the kernel's
// include/uapi/sound/asound.h has them, without alsa-lib and without cgo. It resamples nothing, sets no volume and knows
// no AT: a card that cannot do 8000 Hz is refused. Start at Find and Open.
package alsa

import (
	"errors"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"roadline/fmc/cause"
)

const (
	rate         = 8000 // Hz, the only one of telephony
	frameSamples = 160  // 20 ms

	// ring is how many frames a card's buffer holds: what comes waits at most so long for us, and what we say is at most so
	// late at the module, whose clock is not the host's.
	ring = 8
	// lead is how many frames are given to the card before it begins to speak.
	lead = 2

	// silence is how long a card may give nothing. A module whose sound was not switched on gives none.
	silence = 2 * time.Second

	// mends is how often one Read or Write sets a stream going again.
	mends = 4
)

// Stream is the open sound of a card, both ways. One goroutine reads and one writes, which may be the same; Lost and Close
// are for any.
type Stream struct {
	card    Card
	in, out direction

	// owned by the goroutine that reads
	heard  []int16 // one frame, all channels
	have   int     // frames of heard that have come, of one sample a channel
	mended int     // how often this Read set the stream going again

	// owned by the goroutine that writes
	frame []int16 // one frame, all channels
	rest  []int16 // what the card has not taken of it

	lost   atomic.Int64
	closed atomic.Bool
}

// Open opens a card. The kinds of error: unavailable (it is gone, or not ready yet: try again in a moment), busy (another
// program has it), denied (permissions), unsupported (it cannot do 8000 Hz).
func Open(card Card) (*Stream, error) { return open(card, openFile) }

// open is Open with the device files that opener gives.
func open(card Card, opener func(path string) (kernel, error)) (*Stream, error) {
	s := &Stream{card: card}
	for i, d := range []*direction{&s.in, &s.out} {
		var err error
		if *d, err = start(card.Files()[i], i == 0, opener); err != nil {
			if i > 0 {
				_ = s.in.kernel.close()
			}
			return nil, err
		}
	}
	s.heard = make([]int16, frameSamples*s.in.channels)
	s.frame = make([]int16, frameSamples*s.out.channels)
	return s, nil
}

// Read waits for the next frame that the card gives: the card is the clock. When the card was not read in time, what it
// had is lost and counted, and reading goes on. The error, of kind unavailable, means that the sound is gone for good.
func (s *Stream) Read(frame *[frameSamples]int16) error {
	s.mended = 0
	var failed error
	err := s.in.kernel.await(silence, func() (done bool) {
		done, failed = s.listen()
		return done
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return s.gone("listen to", err)
	}
	for i := range frame {
		frame[i] = s.heard[i*s.in.channels] // of two channels the left one: a module says the same on both
	}
	s.have = 0
	return nil
}

// listen takes what has come; done is false while the frame is not whole.
func (s *Stream) listen() (done bool, err error) {
	for s.have < frameSamples {
		n, err := s.in.transfer(s.heard[s.have*s.in.channels:])
		s.have += n
		switch {
		case errors.Is(err, unix.EAGAIN), err == nil && n == 0:
			return false, nil
		case broken(err) && s.mended < mends:
			s.mended++
			s.lost.Add(1)
			if err := s.in.revive(); err != nil {
				return true, err
			}
		case err != nil:
			return true, err
		}
	}
	return true, nil
}

// Write gives a frame to the card and never waits: when the card has no room the frame is lost, and counted. When the card
// ran dry it speaks again after two frames.
func (s *Stream) Write(frame *[frameSamples]int16) error {
	if len(s.rest) > 0 { // never a part of a frame, or a click
		if err := s.speak(); err != nil {
			return err
		}
		if len(s.rest) > 0 {
			s.lost.Add(1)
			return nil
		}
	}
	for i := range s.frame {
		s.frame[i] = frame[i/s.out.channels]
	}
	s.rest = s.frame
	if err := s.speak(); err != nil {
		return err
	}
	if len(s.rest) == len(s.frame) { // it took nothing: drop the frame, or what we say gets later and later
		s.rest = nil
		s.lost.Add(1)
	}
	return nil
}

// speak gives the card what it takes of rest.
func (s *Stream) speak() error {
	for range mends {
		n, err := s.out.transfer(s.rest)
		s.rest = s.rest[n*s.out.channels:]
		switch {
		case errors.Is(err, unix.EAGAIN), err == nil && (n == 0 || len(s.rest) == 0):
			return nil
		case broken(err):
			err = s.out.revive()
		}
		if err != nil {
			return s.gone("speak to", err)
		}
	}
	return nil // it takes a little at a time: what is left goes first next time
}

// Lost counts frames that the card did not take, and the times that it was not read in time; bytes are never lost alone.
func (s *Stream) Lost() (frames, bytes int) { return int(s.lost.Load()), 0 }

// Close gives the card up and ends a Read that waits. A second Close does nothing.
func (s *Stream) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	return errors.Join(s.in.kernel.close(), s.out.kernel.close())
}

// broken: the stream ran over or dry, or the machine slept.
func broken(err error) bool { return errors.Is(err, unix.EPIPE) || errors.Is(err, unix.ESTRPIPE) }

func (s *Stream) gone(tried string, err error) error {
	switch {
	case s.closed.Load():
		return cause.Errorf(cause.Unavailable, "%s card %s: it was closed: %w", tried, s.card.ID, os.ErrClosed)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return cause.Errorf(cause.Unavailable, "%s card %s: it gave no sound for %v: is the module's sound switched on? %w", tried, s.card.ID, silence, err)
	case errors.Is(err, unix.ENODEV), errors.Is(err, unix.EBADFD):
		return cause.Errorf(cause.Unavailable, "%s card %s: it is gone: the module was unplugged, or started anew (%w)", tried, s.card.ID, err)
	default:
		return cause.Errorf(cause.Unavailable, "%s card %s: %w", tried, s.card.ID, err)
	}
}
