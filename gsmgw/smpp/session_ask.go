package smpp

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/fiorix/go-smpp/smpp/pdu"
)

// reserve waits until a request may go, and then takes room for as many as may, up to most. 0: the session is over, or
// ctx is done.
func (s *Session) reserve(ctx context.Context, most int) int {
	select {
	case <-s.room:
	case <-s.done:
		return 0
	case <-ctx.Done():
		return 0
	}
	n := 1
	for ; n < most; n++ {
		select {
		case <-s.room:
		default:
			return n
		}
	}
	return n
}

// release gives room back.
func (s *Session) release(n int) {
	for range n {
		s.room <- struct{}{}
	}
}

// put sends a message in room that was reserved, no faster than the terms allow. told hears what became of it: an answer,
// or errSilent, beside which an answer may still come, or errGone, or errUnsent. It is called on the session's goroutines
// and does not wait.
func (s *Session) put(ctx context.Context, f frame, told func(frame, error)) {
	if !s.pace.wait(ctx, s.done, s.now) {
		s.release(1)
		told(nil, errUnsent)
		return
	}
	var freed atomic.Bool // a late answer frees nothing twice
	s.send(f, func(answer frame, err error) {
		if !freed.Swap(true) {
			s.release(1)
		}
		told(answer, err)
	})
}

// send writes a request under a number of its own.
func (s *Session) send(f frame, told func(frame, error)) {
	s.mu.Lock()
	if s.over || s.leaving != nil && f.id() != pdu.UnbindID {
		s.mu.Unlock()
		told(nil, errUnsent)
		return
	}
	s.number = s.number%lastNumber + 1
	n := s.number
	s.asked[n] = &question{id: f.id(), until: s.now().Add(s.terms.Answer), told: told, after: s.proved + len(s.proofs)}
	s.mu.Unlock()
	if err := s.write(f.numbered(n)); err != nil {
		_ = s.conn.Close() // the reader sees it, and end tells
	}
}

// lastNumber is the highest sequence number: SMPP 3.4 §3.2.
const lastNumber = 0x7fffffff

// answered takes an answer of the far side's.
func (s *Session) answered(f frame) {
	s.mu.Lock()
	q, ok := s.asked[f.sequence()]
	var arrived []func()
	if ok = ok && (f.id() == q.id|responseBit || f.id() == pdu.GenericNACKID); ok {
		delete(s.asked, f.sequence())
		arrived = s.arrived(q)
		s.settle()
	}
	s.mu.Unlock()
	if !ok {
		s.log.Debug("answer to nothing that was asked", "state", f.id().String())
		return
	}
	for _, tell := range arrived {
		tell()
	}
	q.told(f, nil)
}

// arrived takes out whose answers the far side has, since it read what was written after them. mu is held.
func (s *Session) arrived(q *question) []func() {
	n := max(q.after-s.proved, 0)
	all := s.proofs[:n:n]
	s.proofs, s.proved = s.proofs[n:], s.proved+n
	return all
}

// settle tells who waits for it that nothing is unanswered. mu is held.
func (s *Session) settle() {
	if s.leaving == nil {
		return
	}
	for _, q := range s.asked {
		if !q.late {
			return
		}
	}
	select {
	case <-s.leaving:
	default:
		close(s.leaving)
	}
}

// do sends a request and waits for its answer.
func (s *Session) do(ctx context.Context, f frame) (frame, error) {
	type outcome struct {
		f   frame
		err error
	}
	got := make(chan outcome, 2) // a late answer is the second
	s.send(f, func(f frame, err error) { got <- outcome{f, err} })
	select {
	case o := <-got:
		return o.f, o.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Leave sends nothing more, waits for the answers that are owed to us, unbinds and waits for the word on that, which says
// too that the far side has our answers. With ctx the link ends, whatever is still to be written. Run's context ends the
// session after it.
func (s *Session) Leave(ctx context.Context) {
	defer context.AfterFunc(ctx, func() { _ = s.conn.Close() })() // the reader sees it, and end tells
	s.mu.Lock()
	if s.leaving != nil || s.over {
		s.mu.Unlock()
		return
	}
	s.leaving = make(chan struct{})
	s.settle()
	s.mu.Unlock()
	select {
	case <-s.leaving:
	case <-s.done:
		return
	case <-ctx.Done():
	}
	_, _ = s.do(ctx, bare(pdu.UnbindID, statusOK, 0)) // whatever it says, the link ends
}

// pace spreads messages evenly.
type pace struct {
	every time.Duration // 0: as they come
	next  time.Time
}

func interval(rate int) time.Duration {
	if rate <= 0 {
		return 0
	}
	return time.Second / time.Duration(rate)
}

// wait returns when the next may go; false: it may not any more.
func (p *pace) wait(ctx context.Context, over <-chan struct{}, now func() time.Time) bool {
	if p.every == 0 {
		return true
	}
	at := now()
	if p.next.Before(at) {
		p.next = at
	}
	wait := p.next.Sub(at)
	p.next = p.next.Add(p.every)
	if wait == 0 {
		return true
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-over:
	case <-ctx.Done():
	}
	return false
}
