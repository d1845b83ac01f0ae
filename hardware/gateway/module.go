package gateway

import (
	"context"
	"log/slog"
	"strings"
	"sync"

	"roadline/fmc/cause"
	"roadline/hardware/modem"
)

// Module is a line as a modem.Modem: its control side from the box, its calls and their sound from SIP. It lives from
// Open until the box is away, or Close.
type Module struct {
	line  *Line
	voice Voice // nil: the line carries no calls
	log   *slog.Logger

	live   sync.WaitGroup // placing a call, and the goroutines that follow dialogs
	done   chan struct{}  // closed by Close
	untake func()

	mu sync.Mutex
	// mu guards:
	events   chan modem.Event
	err      error
	over     bool // events is closed
	closed   bool // no call is taken any more
	current  *leg // the call; nil: none
	released cause.Cause
}

var _ modem.Texter = (*Module)(nil)

// leg is the call that a line carries.
type leg struct {
	dialog   Dialog // nil: it is being placed
	unwanted bool   // it was hung up before it was placed
	modem.Call
}

// callIndex is the index of every call: a line carries one.
const callIndex = 1

// eventRoom is how many events may wait for whoever reads them.
const eventRoom = 4 * mostHeld

// Open makes the modem of a line. An error of cause.NotFound: the box has not told of the line, or is away. voice nil: the
// line has no calls. Nobody else may serve the line meanwhile.
func Open(line *Line, voice Voice, log *slog.Logger) (*Module, error) {
	m := &Module{line: line, voice: voice, log: log, events: make(chan modem.Event, eventRoom), done: make(chan struct{})}
	if err := line.take(m); err != nil {
		return nil, err
	}
	if voice != nil {
		m.untake = voice.Take(m.came)
	}
	return m, nil
}

// Identity is documented at modem.Modem, as are the other methods.
func (m *Module) Identity() modem.Identity {
	s, _ := m.line.State()
	return modem.Identity{Family: m.line.vendor.Name, Maker: m.line.vendor.Name, Model: s.Box, IMEI: s.IMEI}
}

// Can is what the vendor's boxes are able to do; speech only where SIP was given.
func (m *Module) Can() modem.Capabilities {
	can := m.line.vendor.Can
	if m.voice == nil {
		can.Voice = modem.NoVoice
	}
	return can
}

// Start hangs up what an earlier life left.
func (m *Module) Start(ctx context.Context) error {
	if _, err := m.line.State(); err != nil {
		return err
	}
	return m.HangUp(ctx)
}

// Events end when the box is away.
func (m *Module) Events() <-chan modem.Event { return m.events }

// Err is why they ended.
func (m *Module) Err() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.err
}

// Close hangs up and waits until nothing of the module is left.
func (m *Module) Close() error {
	m.mu.Lock()
	was := m.closed
	m.closed = true
	var open Dialog // none while it is being placed: then Dial sees to it
	if m.current != nil {
		open = m.current.dialog
	}
	m.mu.Unlock()
	if !was {
		m.line.leave(m)
		if m.untake != nil {
			m.untake()
		}
		if open != nil {
			m.drop(context.Background(), open)
		}
		close(m.done)
	}
	m.live.Wait()
	m.fail(nil)
	return nil
}

// tell hands an event to whoever reads. One who does not read loses the module, as with any modem.
func (m *Module) tell(ev modem.Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.emit(ev)
}

// emit is tell with mu held.
func (m *Module) emit(ev modem.Event) {
	if m.over {
		return
	}
	select {
	case m.events <- ev:
	default:
		m.finish(cause.Errorf(cause.Unavailable, "nobody reads the events of line %s", m.line.id))
	}
}

// fail ends the events; the first reason counts.
func (m *Module) fail(why error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.finish(why)
}

func (m *Module) finish(why error) {
	if m.over {
		return
	}
	m.over, m.err = true, why
	close(m.events)
}

// SIM is the card as the box says it.
func (m *Module) SIM(context.Context) (modem.SIM, error) {
	s, err := m.line.State()
	return s.SIM, err
}

// EnterPIN is not had: boxes keep the PINs of their cards themselves.
func (m *Module) EnterPIN(context.Context, string) error {
	return m.unsupported("takes PINs in its own pages only")
}

// Radio is how the line stands with the network.
func (m *Module) Radio(context.Context) (modem.Radio, error) {
	s, err := m.line.State()
	return s.radio(), err
}

// SendText is documented at modem.Texter. A line that is not in the network is refused before the box is asked.
func (m *Module) SendText(ctx context.Context, to, text string) (reference byte, err error) {
	if strings.Trim(strings.TrimPrefix(to, "+"), "0123456789") != "" || to == "" || text == "" {
		return 0, cause.Errorf(cause.Invalid, "a text to %q: it needs a number and words", to)
	}
	if s, err := m.line.State(); err != nil || !s.Radio.Voice || s.SIM.State != modem.SIMReady {
		return 0, cause.Errorf(cause.Unavailable, "line %s is not in the network", m.line.id)
	}
	return m.line.control.SendText(ctx, to, text)
}

// Kept is documented at modem.Texter.
func (m *Module) Kept(ctx context.Context, token string) error {
	m.line.kept(token)
	return m.line.control.Kept(ctx, token)
}

// Send is not had: see modem.Texter.
func (m *Module) Send(context.Context, []byte) (byte, error) {
	return 0, m.unsupported("takes texts, not PDUs")
}

// Stored is empty: what a box has it tells as modem.TextCame.
func (m *Module) Stored(context.Context) ([]modem.Stored, error) { return nil, nil }

// Read finds every place empty.
func (m *Module) Read(context.Context, modem.Place) (modem.Stored, bool, error) {
	return modem.Stored{}, false, nil
}

// Delete has nothing to delete.
func (m *Module) Delete(context.Context, modem.Place) error { return nil }

// Acknowledge is Kept, by token.
func (m *Module) Acknowledge(context.Context) error { return nil }

// Room is not told by boxes.
func (m *Module) Room(context.Context) (used, total int, err error) { return 0, 0, nil }

// Ask is documented at modem.Modem.
func (m *Module) Ask(ctx context.Context, text string) (modem.USSD, error) {
	said, err := m.line.control.Ask(ctx, text)
	said.Text = cut(said.Text, mostUSSD)
	return said, err
}

// Cancel is documented at modem.Modem.
func (m *Module) Cancel(ctx context.Context) error { return m.line.control.Cancel(ctx) }

// Block takes the port out of the network, or back into it.
func (m *Module) Block(ctx context.Context, on bool) error { return m.line.control.Block(ctx, on) }

// Reset knows hailing, which looks whether the box still tells of the line, and restarting the port's module.
func (m *Module) Reset(ctx context.Context, step modem.Step) error {
	switch step {
	case modem.Hail:
		_, err := m.line.State()
		return err
	case modem.Restart:
		return m.line.control.Restart(ctx)
	case modem.RadioCycle:
	}
	return m.unsupported("has no step " + string(step))
}

// Raw is not had.
func (m *Module) Raw(context.Context, string) ([]string, error) {
	return nil, m.unsupported("speaks no AT")
}

func (m *Module) unsupported(what string) error {
	return cause.Errorf(cause.Unsupported, "a %s gateway %s", m.line.vendor.Name, what)
}
