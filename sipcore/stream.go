package sipcore

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"roadline/fmc/cause"
	"roadline/sipcore/guard"
	"roadline/sipcore/wire"
)

const (
	queueBytes  = 256 << 10              // what a peer may leave unread before its stream is given up
	writeWithin = 10 * time.Second       // for one write to make any progress at all
	farewell    = 250 * time.Millisecond // for the far side to take the last bytes
	lastAnswers = 500 * time.Millisecond // for requests in hand when the stream becomes unreadable
	slowDown    = 50 * time.Millisecond  // between two looks whether a peer over its limit may go on
	readChunk   = 4096
)

var (
	errTooManyStreams = cause.Errorf(cause.NoRoom, "too many open streams")
	errSlowPeer       = cause.Errorf(cause.Unavailable, "the peer does not read what it is sent")
)

// stream is one TCP connection as sipgo sees it. Reading cuts the bytes into messages and gives sipgo only good ones,
// in canonical writing; a bad one is answered here and the stream goes on while it is known where the next begins.
// Writing never blocks: it queues, and a peer that does not read loses its stream.
type stream struct {
	net.Conn
	a             *Agent
	remote, local netip.AddrPort
	ours          bool // we opened it: the far side owes us no first message

	adopted     chan struct{} // closed when sipgo reads, hence has it in its pool
	adoptedOnce sync.Once

	// owned by the one goroutine that reads
	raw     []byte       // received, not yet cut
	ready   []byte       // a good message, not yet taken
	framing wire.Framing // where the message that begins raw ends
	spoke   bool         // a complete message has come
	since   time.Time    // when raw became not empty, or the stream began, by the agent's clock

	mu     sync.Mutex // guards:
	queue  [][]byte
	queued int
	over   bool
	ended  chan struct{} // closed when over
	wake   chan struct{} // 1 slot: there is something to write, or it is over
}

func newStream(c net.Conn, a *Agent, ours bool) *stream {
	return &stream{
		Conn: c, a: a, remote: addrPort(c.RemoteAddr()), local: addrPort(c.LocalAddr()), ours: ours,
		adopted: make(chan struct{}), ended: make(chan struct{}), wake: make(chan struct{}, 1), since: a.now(),
	}
}

// adoption waits until requests can be sent on the stream through sipgo.
func (s *stream) adoption(ctx context.Context) error {
	select {
	case <-s.adopted:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Read gives the next good message or a part of it; io.EOF ends the stream, whatever the reason: sipgo logs any other.
func (s *stream) Read(b []byte) (int, error) {
	s.adoptedOnce.Do(func() { close(s.adopted) })
	for {
		if len(s.ready) > 0 {
			n := copy(b, s.ready)
			s.ready = s.ready[n:]
			return n, nil
		}
		more, err := s.cut()
		if err != nil {
			return 0, io.EOF
		}
		if !more {
			continue
		}
		if err := s.receive(); err != nil {
			return 0, io.EOF
		}
	}
}

// receive waits for bytes as long as the stream deserves it.
func (s *stream) receive() error {
	for {
		if err := s.arm(); err != nil {
			return err
		}
		if len(s.raw) == cap(s.raw) {
			grown := make([]byte, len(s.raw), max(2*cap(s.raw), readChunk))
			copy(grown, s.raw)
			s.raw = grown
		}
		empty := len(s.raw) == 0
		n, err := s.Conn.Read(s.raw[len(s.raw):cap(s.raw)])
		s.raw = s.raw[:len(s.raw)+n]
		if empty && n > 0 {
			s.since = s.a.now()
		}
		if n > 0 {
			return nil
		}
		if errors.Is(err, os.ErrDeadlineExceeded) && len(s.raw) == 0 && s.spoken() && s.mayIdle() {
			continue
		}
		if err != nil {
			return err
		}
	}
}

// arm sets the deadline of the next read, unless the stream is over: then hangUp owns it.
func (s *stream) arm() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return net.ErrClosed
	}
	return s.Conn.SetReadDeadline(time.Now().Add(s.left()))
}

// mayIdle reports whether the stream stays open while nothing passes: it may be all that leads to a device or into a call.
func (s *stream) mayIdle() bool {
	return s.ours || s.a.registrar.onFlow(s.remote) || s.a.guard.Knows(s.remote) || s.a.up.trunk(s.remote)
}

func (s *stream) spoken() bool { return s.spoke || s.ours }

// left is how much longer an unfinished message, a first message or an idle stream may take.
func (s *stream) left() time.Duration {
	if len(s.raw) > 0 || !s.spoken() {
		return s.a.limits.FirstMessage - s.a.now().Sub(s.since)
	}
	return s.a.limits.Idle
}

// cut takes one message off the front of raw. It reports that more bytes are needed, or why the stream must end.
func (s *stream) cut() (more bool, err error) {
	if n := wire.LeadingCRLF(s.raw); n > 0 {
		if n >= 4 { // RFC 5626 §3.5.1: a double CRLF is a ping
			_, _ = s.Write([]byte("\r\n"))
		}
		s.drop(n)
	}
	if len(s.raw) == 0 {
		return true, nil
	}
	done, wrong := s.framing.Advance(s.raw)
	if wrong != nil {
		s.a.unreadable(s.framing.Unfinished(), wrong, s)
		s.linger()
		return false, wrong
	}
	if !done {
		return true, nil
	}
	if !s.admitted() {
		return false, net.ErrClosed
	}
	s.ready = s.a.streamed(s.framing.Message(s.raw), s)
	s.drop(s.framing.Size())
	s.spoke = true
	return false, nil
}

// admitted waits until the guard lets the next message pass: a peer that sends too fast is slowed down by TCP itself, and
// nothing it sent is lost. It reports false when the stream must end.
func (s *stream) admitted() bool {
	for {
		switch s.a.admit(s.remote) {
		case guard.Passes:
			return true
		case guard.Banished:
			return false
		case guard.Waits:
		}
		t := time.NewTimer(slowDown)
		select {
		case <-t.C:
		case <-s.ended:
			t.Stop()
			return false
		}
	}
}

// linger leaves what came before an unreadable message the time to be answered.
func (s *stream) linger() {
	t := time.NewTimer(lastAnswers)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.ended:
	}
}

func (s *stream) drop(n int) {
	s.raw = append(s.raw[:0], s.raw[n:]...)
	s.framing = wire.Framing{}
	s.since = s.a.now()
}

// Write queues; it fails when the peer left too much unread or the stream is over.
func (s *stream) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.over:
		return 0, net.ErrClosed
	case s.queued+len(b) > queueBytes:
		s.a.count.slowPeers.Add(1)
		s.finishLocked()
		s.queue, s.queued = nil, 0
		return 0, errSlowPeer
	}
	s.queue = append(s.queue, append([]byte(nil), b...))
	s.queued += len(b)
	s.signal()
	s.a.sent(wire.TCP, s.remote, b)
	return len(b), nil
}

func (s *stream) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Close lets the queue run dry and closes the socket; sipgo calls it when reading has ended.
func (s *stream) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.finishLocked()
	return nil
}

func (s *stream) finishLocked() {
	if !s.over {
		s.over = true
		close(s.ended)
		_ = s.Conn.SetReadDeadline(time.Unix(1, 0)) // wakes the reader
		_ = s.Conn.SetWriteDeadline(time.Now().Add(farewell))
		s.signal()
	}
}

func (s *stream) ending() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.over
}

// write is the stream's writer: it runs until the stream is over and the queue empty or the peer gone.
func (s *stream) write() {
	defer s.a.streams.wg.Done()
	for range s.wake {
		s.mu.Lock()
		batch, over := s.queue, s.over
		s.queue, s.queued = nil, 0
		s.mu.Unlock()
		for _, b := range batch {
			s.armWrite()
			if _, err := s.Conn.Write(b); err != nil {
				over = true
				break
			}
		}
		if over {
			s.hangUp()
			return
		}
	}
}

// armWrite sets the deadline of the next write; a stream that is over has little time left in all.
func (s *stream) armWrite() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.over {
		_ = s.Conn.SetWriteDeadline(time.Now().Add(writeWithin))
	}
}

// hangUp ends the connection so that the last answer still arrives: closing with unread bytes would reset it away.
func (s *stream) hangUp() {
	_ = s.Close()
	if c, ok := s.Conn.(*net.TCPConn); ok && c.CloseWrite() == nil {
		_ = c.SetReadDeadline(time.Now().Add(farewell))
		_, _ = io.CopyN(io.Discard, c, wire.MaxMessage)
	}
	_ = s.Conn.Close()
	s.a.streams.remove(s)
	s.a.flowClosed(s)
}
