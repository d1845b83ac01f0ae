package smpp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/fiorix/go-smpp/smpp/pdu"

	"roadline/fmc/cause"
)

// Terms are how a Session is run. Zero values take the default named at each field.
type Terms struct {
	Window  int           // own requests without an answer; 32
	Inbox   int           // the far side's requests that wait for the disk: more are refused; 256
	Rate    int           // own messages a second; 0: as many as the window lets through
	Answer  time.Duration // how long an answer is waited for, and a write may take; 30 s
	Enquire time.Duration // of silence after which the far side is asked whether it is there; 30 s
}

func (t Terms) withDefaults() Terms {
	if t.Window == 0 {
		t.Window = 32
	}
	if t.Inbox == 0 {
		t.Inbox = 256
	}
	if t.Answer == 0 {
		t.Answer = 30 * time.Second
	}
	if t.Enquire == 0 {
		t.Enquire = 30 * time.Second
	}
	return t
}

// Session is one link, whoever called whom. Each direction has sequence numbers of its own: a request of the far side's
// never answers one of ours.
type Session struct {
	conn   net.Conn
	terms  Terms
	server server
	now    func() time.Time
	log    *slog.Logger

	room  chan struct{} // a token for each request that may go
	done  chan struct{} // closed when the session is over
	inbox chan pending
	wire  sync.Mutex // guards writing: one frame at a time
	pace  pace       // owned by whoever sends messages

	mu      sync.Mutex // guards:
	number  uint32     // of the last request
	asked   map[uint32]*question
	heard   time.Time
	proofs  []func() // of answers that are written, and the far side may not have
	proved  int      // how many went before those
	over    bool
	leaving chan struct{} // closed when nothing is unanswered any more; nil: nobody waits for that
}

// server is who answers the far side's requests.
type server struct {
	// take takes a request, in the order in which they came. It does not wait: what must be on disk before the answer is
	// appended here, and awaited by keep.
	take func(frame) pending
	// keep returns when all that was appended is on disk; it is asked once for as many requests as there are.
	keep func(context.Context) error
}

// pending is a request that was taken, and its answer.
type pending struct {
	// answer makes the answer, given whether the disk has what was appended. It may wait, and holds back the answers behind
	// it. It is called whatever becomes of the link; nil: there is none to give, and the link ends.
	answer  func(ctx context.Context, kept error) frame
	durable bool // the disk is awaited before
	last    bool // the session ends with it
	// arrived is called once the far side answers what was asked after the answer was written: it read that too. nil: nobody
	// asks. It is called by the reader, and does not wait.
	arrived func()
}

// atOnce is an answer that nothing is waited for.
func atOnce(f frame) pending {
	return pending{answer: func(context.Context, error) frame { return f }}
}

// question is a request of ours.
type question struct {
	id    pdu.ID
	until time.Time
	told  func(frame, error)
	late  bool // it was told that no answer came; an answer is still taken
	after int  // how many answers were written before it that somebody asks about
}

// newSession makes a session of a connection.
func newSession(conn net.Conn, terms Terms, by server, now func() time.Time, log *slog.Logger) *Session {
	terms = terms.withDefaults()
	s := &Session{
		conn: conn, terms: terms, server: by, now: now, log: log, heard: now(), room: make(chan struct{}, terms.Window), done: make(chan struct{}),
		inbox: make(chan pending, terms.Inbox), asked: map[uint32]*question{}, pace: pace{every: interval(terms.Rate)},
	}
	for range terms.Window {
		s.room <- struct{}{}
	}
	return s
}

// Run reads and answers until the link ends, by either side, or ctx is done. It says why; nil: it was unbound. When it
// returns, every request was told what became of it.
func (s *Session) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	var parts sync.WaitGroup
	var ended error
	parts.Go(func() {
		ended = s.answer(ctx)
		cancel(ended)
	})
	parts.Go(func() { cancel(s.watch(ctx)) })
	parts.Go(func() {
		<-ctx.Done()
		_ = s.conn.Close()
	})
	cancel(s.read(ctx))
	parts.Wait()
	if left := s.waiting(nil); len(left) > 0 {
		_, _ = s.finish(ctx, left) // nobody is there to be answered
	}
	s.end()
	if errors.Is(ended, errUnbound) {
		return nil // also where the far side closed before we did
	}
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// errUnbound ends a session in order.
var errUnbound = errors.New("unbound")

// errUnkept ends a session in which a request cannot be answered truthfully: it is in the journal, and not for sure on disk.
var errUnkept = errors.New("the disk does not say whether it has a message")

// end tells every request that is open that nobody knows what became of it.
func (s *Session) end() {
	s.mu.Lock()
	s.over = true
	left := s.asked
	s.asked = nil
	s.mu.Unlock()
	close(s.done)
	for _, q := range left {
		if !q.late {
			q.told(nil, errGone)
		}
	}
}

// read takes what the far side sends.
func (s *Session) read(ctx context.Context) error {
	for {
		f, err := readFrame(s.conn)
		if errors.Is(err, cause.Invalid) {
			return errors.Join(err, s.write(bare(pdu.GenericNACKID, statusLength, f.sequence())))
		}
		if err != nil {
			return fmt.Errorf("the link was lost: %w", err)
		}
		s.mu.Lock()
		s.heard = s.now()
		s.mu.Unlock()
		if f.answers() {
			s.answered(f)
			continue
		}
		if err := s.requested(ctx, f); err != nil {
			return err
		}
	}
}

// requested takes a request.
func (s *Session) requested(ctx context.Context, f frame) error {
	switch id := f.id(); {
	case id == pdu.EnquireLinkID:
		return s.write(bare(pdu.EnquireLinkRespID, statusOK, f.sequence()))
	case id == pdu.AlertNotificationID, id == pdu.OutbindID: // are not answered, and say nothing to us
		return nil
	case id == pdu.UnbindID:
		p := atOnce(bare(pdu.UnbindRespID, statusOK, f.sequence()))
		p.last = true
		select {
		case s.inbox <- p: // behind the answers that are owed
		case <-ctx.Done():
		}
		return nil
	case len(s.inbox) == cap(s.inbox):
		return s.write(bare(id|responseBit, statusQueueFull, f.sequence()))
	}
	s.inbox <- s.server.take(f) // nobody else puts into it
	return nil
}

// answer gives the answers in the order of the requests. As many as wait are brought to disk at once.
func (s *Session) answer(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case p := <-s.inbox:
			last, err := s.finish(ctx, s.waiting([]pending{p}))
			switch {
			case err != nil:
				return err
			case last:
				return errUnbound
			}
		}
	}
}

// waiting adds what waits in the inbox.
func (s *Session) waiting(batch []pending) []pending {
	for {
		select {
		case p := <-s.inbox:
			batch = append(batch, p)
		default:
			return batch
		}
	}
}

// finish answers requests; last: one of them ends the session. What was appended is awaited even when the link is gone: it
// is kept, and must go on.
func (s *Session) finish(ctx context.Context, batch []pending) (last bool, err error) {
	var kept error
	if slices.ContainsFunc(batch, func(p pending) bool { return p.durable }) {
		patient, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.terms.Answer)
		kept = s.server.keep(patient)
		cancel()
	}
	for _, p := range batch {
		f := p.answer(ctx, kept)
		last = last || p.last
		switch {
		case err != nil: // the link is gone already
		case f == nil:
			err = errUnkept
		default:
			err = s.write(f)
			s.wrote(p, err)
		}
	}
	return last, err
}

// wrote notes that an answer is on its way.
func (s *Session) wrote(p pending, err error) {
	if err != nil || p.arrived == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.proofs = append(s.proofs, p.arrived)
}

// write puts a frame on the wire, at once or, where the far side does not read, not at all.
func (s *Session) write(f frame) error {
	s.wire.Lock()
	defer s.wire.Unlock()
	_ = s.conn.SetWriteDeadline(s.now().Add(s.terms.Answer)) // a connection that has none fails by itself
	_, err := s.conn.Write(f)
	return err
}

// lateTime is how long an answer is taken after it was given up.
const lateTime = 10 * time.Minute

// watch gives up answers that do not come, and asks a far side that is silent whether it is there.
func (s *Session) watch(ctx context.Context) error {
	tick := time.NewTicker(min(time.Second, s.terms.Answer/2, s.terms.Enquire/2))
	defer tick.Stop()
	silent := make(chan struct{}, 1)
	enquiring := false
	back := make(chan struct{}, 1)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-silent:
			return cause.Errorf(cause.Unavailable, "the far side does not say whether it is there")
		case <-back:
			enquiring = false
		case <-tick.C:
			s.giveUp()
			if enquiring || !s.curious() {
				continue
			}
			enquiring = true
			s.send(bare(pdu.EnquireLinkID, statusOK, 0), func(_ frame, err error) {
				if err != nil && !errors.Is(err, errUnsent) {
					silent <- struct{}{}
					return
				}
				back <- struct{}{}
			})
		}
	}
}

// curious reports that the far side was silent for long, or that somebody wants to know that it has an answer.
func (s *Session) curious() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.leaving == nil && (len(s.proofs) > 0 || s.now().Sub(s.heard) >= s.terms.Enquire)
}

// giveUp tells those whose answer did not come in time.
func (s *Session) giveUp() {
	now := s.now()
	var late []*question
	s.mu.Lock()
	for n, q := range s.asked {
		switch {
		case now.Before(q.until):
		case q.late:
			delete(s.asked, n)
		default:
			q.late, q.until = true, now.Add(lateTime)
			late = append(late, q)
		}
	}
	s.settle()
	s.mu.Unlock()
	for _, q := range late {
		q.told(nil, errSilent)
	}
}
