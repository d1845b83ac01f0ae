// Package at talks AT with one module over one port: a command at a time, each with its own limit, and, apart from the
// answers and in order, the lines that the module says unasked. Underneath works the engine of warthog618/modem; it reads
// a stream that a wire of ours has sorted before, because by itself it mixes unasked lines into answers, tells them in any
// order and lets a late answer end the next command.
//
// It knows no maker: which lines are unasked is told to it as Forms. It never keeps a call, a message or a card; that is
// modem's business. Start at Engine, then wire.
package at

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/warthog618/modem/at"

	"roadline/fmc/cause"
)

// Options are what an Engine needs.
type Options struct {
	// Open opens the port; it is called again when the module has stopped to answer on the open one. Its Close ends a Read
	// that waits, and its Write waits for a bounded time (that of hardware/port does).
	Open  func() (io.ReadWriteCloser, error)
	Forms []Form
	Log   *slog.Logger
	Told  func(out bool, line string) // hears every line without its secrets, as Redact has it; it does not wait. nil: nobody asks
	Ping  time.Duration               // silence after which the module is asked whether it lives; 0: ten seconds
}

// The bounds of an Engine.
const (
	defaultPing  = 10 * time.Second
	lostPings    = 3    // in a row: the module is dead
	saidCapacity = 1024 // unasked lines that wait for whoever reads them; one more ends the engine
)

// Engine is the dialogue with one module. Run it, and read Said to its end; everything else may be called by anybody.
type Engine struct {
	open  func() (io.ReadWriteCloser, error)
	forms []Form
	log   *slog.Logger
	told  func(out bool, line string)
	ping  time.Duration

	said chan Said
	turn chan *session // holds the open session while no command is on the wire
	over chan struct{} // closed when Run returns
	why  error         // of Run; to be read when over is closed

	mu sync.Mutex
	// mu guards:
	current *session
	lost    int // commands in a row that only asked for a sign of life, and got none
}

// Said is something of the module's, in the order of the wire: a line that nobody asked for, or the end of a command that
// was given by InOrder.
type Said struct {
	Line string   // the unasked line; empty for the end of a command
	More []string // the lines that belong to it, such as the PDU of +CMT; the answer of a command

	Command string // the command, without AT
	Final   string // how it ended: "OK", "BUSY", "+CME ERROR: 30"
}

// New makes an engine; it opens nothing before Run.
func New(o Options) *Engine {
	e := &Engine{
		open: o.Open, forms: o.Forms, log: o.Log, told: o.Told, ping: o.Ping,
		said: make(chan Said, saidCapacity), turn: make(chan *session, 1), over: make(chan struct{}),
	}
	if e.told == nil {
		e.told = func(bool, string) {}
	}
	if e.ping == 0 {
		e.ping = defaultPing
	}
	return e
}

// Said gives what the module says, in order. It is closed when Run returns.
func (e *Engine) Said() <-chan Said { return e.said }

// Run opens the port and serves it until ctx ends (nil) or the module is lost: an error of kind cause.Unavailable.
func (e *Engine) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var pings sync.WaitGroup
	pings.Go(func() { e.keepPinging(ctx) })
	err := e.serve(ctx)
	e.why = err
	close(e.over)
	cancel()
	pings.Wait()
	close(e.said)
	return err
}

// serve opens one session after the other, as long as a session ends with the wish for another.
func (e *Engine) serve(ctx context.Context) error {
	for {
		port, err := e.open()
		if err != nil {
			return cause.Errorf(cause.Unavailable, "open the AT port: %w", err)
		}
		s := newSession(port, e)
		e.enter(s)
		stop := context.AfterFunc(ctx, s.wire.shut)
		err = s.wire.listen()
		stop()
		again := e.leave(s)
		<-s.lib.Closed()
		switch {
		case ctx.Err() != nil:
			return nil //nolint:nilerr // whoever closed the port knows
		case !again:
			return cause.Errorf(cause.Unavailable, "AT port: %w", err)
		}
		e.log.Warn("at port opened anew", "cause", err)
	}
}

// session is the life of one open port.
type session struct {
	wire *wire
	lib  *at.AT

	// owned by whoever has the turn
	dirty  bool // an answer may still be under way that no command waits for
	prompt bool // the module may wait for the text of a message

	// the engine's mu guards:
	ended bool
	again bool // another session is to follow
}

func newSession(port io.ReadWriteCloser, e *Engine) *session {
	w := newWire(port, e.forms, e.said, e.log, e.told)
	// What an earlier owner of the port left behind is treated as a late answer.
	return &session{wire: w, lib: at.New(w), dirty: true, prompt: true}
}

func (e *Engine) enter(s *session) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.current = s
	e.turn <- s // empty: leave has taken the one before
}

// leave takes an ended session out of turn and says whether another is to follow.
func (e *Engine) leave(s *session) bool {
	s.wire.shut()
	e.mu.Lock()
	defer e.mu.Unlock()
	s.ended = true
	select {
	case <-e.turn:
	default: // a command has it, and will not give it back
	}
	return s.again
}

// take waits for the turn.
func (e *Engine) take(ctx context.Context) (*session, error) {
	select {
	case <-ctx.Done():
		return nil, cause.Errorf(cause.Unavailable, "wait for the AT port: %w", ctx.Err())
	case <-e.over:
		if e.why != nil {
			return nil, e.why
		}
		return nil, cause.Errorf(cause.Unavailable, "the AT port was closed")
	case s := <-e.turn:
		return s, nil
	}
}

// give ends the turn. alive says whether the module gave a sign of life in it; asked, that nothing but that was asked.
func (e *Engine) give(s *session, alive, asked bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case alive:
		e.lost = 0
	case asked:
		e.lost++
		s.again = e.lost < lostPings
		s.wire.fail(fmt.Errorf("no sign of life, %d in a row", e.lost))
	}
	if !s.ended {
		e.turn <- s
	}
}

// keepPinging asks a silent module for a sign of life.
func (e *Engine) keepPinging(ctx context.Context) {
	t := time.NewTicker(e.ping)
	defer t.Stop()
	var heard uint64
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		now := e.heard()
		if now != heard {
			heard = now
			continue
		}
		if err := e.hail(ctx, false); err != nil {
			e.log.Debug("at ping lost", "err", err)
		}
		heard = e.heard()
	}
}

// heard counts the lines of the session.
func (e *Engine) heard() uint64 {
	e.mu.Lock()
	s := e.current
	e.mu.Unlock()
	if s == nil {
		return 0
	}
	return s.wire.heard.Load()
}
