// Package ami speaks the manager protocol of Asterisk 1.x, which SIP-GSM gateways built on Asterisk have kept for their
// control: questions and orders by TCP as blocks of lines, an answer to each, and between them what happened. The dialects
// of vendors are understood as far as the blocks go; what their commands mean is the drivers' business.
//
// It repeats nothing and connects once: a driver decides what to do after a Session. Start at Open.
package ami

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"roadline/fmc/cause"
)

// Session is one connection that is logged in. Questions go one after the other; any goroutine may ask.
type Session struct {
	conn net.Conn
	in   *reader
	turn chan struct{} // held by the question that goes on
	done chan struct{} // closed when Run has ended

	mu sync.Mutex
	// mu guards:
	asked   int
	waits   string       // the ActionID that is waited for
	answers chan Message // where its answer goes
	err     error        // why it ended
}

// Login is who connects.
type Login struct {
	Address      string // host:port
	User, Secret string
	Patience     time.Duration // for the connection, and for one write
}

// Open connects and logs in. A refused password is of kind denied. Whoever opens must Run the session.
func Open(ctx context.Context, l Login) (*Session, error) {
	if !plain(l.User) || !plain(l.Secret) {
		return nil, cause.Errorf(cause.Invalid, "a user or password with a line end in it")
	}
	ctx, stop := context.WithTimeout(ctx, l.Patience)
	defer stop()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", l.Address)
	if err != nil {
		return nil, cause.Errorf(cause.Unavailable, "the gateway is not reached: %w", err)
	}
	s := &Session{conn: conn, in: newReader(conn), turn: make(chan struct{}, 1), done: make(chan struct{})}
	unhurried := context.AfterFunc(ctx, func() { _ = conn.Close() }) // ends the reading
	err = s.login(l)
	if !unhurried() && err == nil {
		err = cause.Errorf(cause.Unavailable, "the gateway did not let us in in time: %w", ctx.Err())
	}
	if err != nil {
		return nil, errors.Join(err, shut(conn))
	}
	return s, nil
}

// shut closes a connection that may be closed already.
func shut(conn net.Conn) error {
	if err := conn.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return cause.Errorf(cause.Unavailable, "the connection: %w", err)
	}
	return nil
}

func (s *Session) login(l Login) error {
	if _, err := s.conn.Write(block("Action: Login", "Username: "+l.User, "Secret: "+l.Secret)); err != nil {
		return cause.Errorf(cause.Unavailable, "log in: %w", err)
	}
	for {
		m, err := s.in.next()
		if err != nil {
			return cause.Errorf(cause.Unavailable, "log in: %w", err)
		}
		switch m.Get("Response") {
		case "": // an event
		case "Success":
			return nil
		case "Error":
			return cause.Errorf(cause.Denied, "the gateway does not let %s in: %s", l.User, m.Get("Message"))
		default:
			return cause.Errorf(cause.Unavailable, "log in: the gateway's answer %q is not understood", m.Get("Response"))
		}
	}
}

// Run reads until the connection or ctx ends, and says why. happened is told what the box says by itself, and does not wait.
func (s *Session) Run(ctx context.Context, happened func(Message)) error {
	unhurried := context.AfterFunc(ctx, func() { _ = s.conn.Close() }) // ends the reading
	defer unhurried()
	var err error
	for err == nil {
		var m Message
		if m, err = s.in.next(); err != nil {
			break
		}
		if m.Get("Event") != "" {
			happened(m)
		} else {
			s.answered(m)
		}
	}
	err = cause.Errorf(cause.Unavailable, "the gateway's connection ended: %w", err)
	s.mu.Lock()
	s.err = err
	s.mu.Unlock()
	close(s.done)
	return errors.Join(err, shut(s.conn))
}

// answered hands an answer to whoever waits for it. One that nobody waits for, because he gave up or had it before, is
// dropped.
func (s *Session) answered(m Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waits == "" || m.Get("ActionID") != s.waits {
		return
	}
	s.answers <- m // it has room for one
	s.waits = ""
}

// Done is closed when the session has ended.
func (s *Session) Done() <-chan struct{} { return s.done }

// Unsent is the error of a question that the box cannot have heard whole, or refused, so that it did nothing.
type Unsent struct{ Err error }

func (e Unsent) Error() string { return e.Err.Error() }
func (e Unsent) Unwrap() error { return e.Err }

// IsUnsent reports an error by which the box did nothing.
func IsUnsent(err error) bool {
	_, ok := errors.AsType[Unsent](err)
	return ok
}

// Ask asks, and waits for the answer until ctx ends. It is not asked twice.
func (s *Session) Ask(ctx context.Context, action string, lines ...string) (Message, error) {
	for _, l := range lines {
		if !plain(l) {
			return Message{}, Unsent{Err: cause.Errorf(cause.Invalid, "a question with a line end in it")}
		}
	}
	select {
	case s.turn <- struct{}{}:
	case <-s.done:
		return Message{}, Unsent{Err: s.ended()}
	case <-ctx.Done():
		return Message{}, Unsent{Err: cause.Errorf(cause.NoRoom, "the gateway is at something else: %w", ctx.Err())}
	}
	defer func() { <-s.turn }()
	if s.over() {
		return Message{}, Unsent{Err: s.ended()}
	}
	id, answers := s.expect()
	if err := s.write(ctx, block(append([]string{"Action: " + action, "ActionID: " + id}, lines...)...)); err != nil {
		return Message{}, err
	}
	select {
	case m := <-answers:
		return m, nil
	case <-s.done:
		select {
		case m := <-answers: // it was the last that came
			return m, nil
		default:
			return Message{}, s.ended()
		}
	case <-ctx.Done():
		return Message{}, cause.Errorf(cause.Unavailable, "the gateway did not answer in time: %w", ctx.Err())
	}
}

// Command has the box carry out a command by an action of the dialect, once, and returns what it wrote.
func (s *Session) Command(ctx context.Context, action, words string) (Message, error) {
	m, err := s.Ask(ctx, action, "Command: "+words)
	switch said := m.Get("Response"); {
	case err != nil:
		return Message{}, err
	case said == "Error":
		return Message{}, Unsent{Err: cause.Errorf(cause.Unavailable, "the gateway refuses the command: %s", m.Get("Message"))}
	case said != "Follows":
		return Message{}, cause.Errorf(cause.Unavailable, "the gateway's answer %q is not understood", said)
	case len(m.Lines) > 0 && strings.HasPrefix(m.Lines[0], "No such command"):
		return Message{}, Unsent{Err: cause.Errorf(cause.Unsupported, "the gateway does not know the command")}
	}
	return m, nil
}

// expect names the next question.
func (s *Session) expect() (id string, answers <-chan Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	s.waits, s.answers = fmt.Sprintf("rl-%d", s.asked), make(chan Message, 1)
	return s.waits, s.answers
}

// write sends a block. Half a block is none: the box waits for the empty line at its end, and the connection is closed.
func (s *Session) write(ctx context.Context, b []byte) error {
	until, _ := ctx.Deadline() // none is no deadline there either
	if err := s.conn.SetWriteDeadline(until); err != nil {
		return Unsent{Err: cause.Errorf(cause.Unavailable, "ask the gateway: %w", err)}
	}
	if _, err := s.conn.Write(b); err != nil {
		return Unsent{Err: errors.Join(cause.Errorf(cause.Unavailable, "ask the gateway: %w", err), shut(s.conn))}
	}
	return nil
}

// over reports that the session has ended.
func (s *Session) over() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// ended is why.
func (s *Session) ended() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// plain reports that a line can be part of a block.
func plain(s string) bool { return !strings.ContainsAny(s, "\r\n\x00") }

func block(lines ...string) []byte { return []byte(strings.Join(lines, "\r\n") + "\r\n\r\n") }
