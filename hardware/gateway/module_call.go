package gateway

import (
	"context"
	"strings"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/modem"
)

// closeWait bounds the hanging up of a call that nobody wants any more.
const closeWait = 5 * time.Second

// Dial is documented at modem.Modem.
func (m *Module) Dial(ctx context.Context, number string) error {
	switch {
	case m.voice == nil:
		return m.unsupported("carries no calls where SIP is not set up")
	case strings.Trim(strings.TrimPrefix(number, "+"), "0123456789*#") != "" || number == "":
		return cause.Errorf(cause.Invalid, "dial %q: a number is digits", number)
	}
	m.mu.Lock()
	if m.current != nil || m.closed {
		m.mu.Unlock()
		return cause.Errorf(cause.NoRoom, "the line has a call already")
	}
	l := &leg{Call: modem.Call{Index: callIndex, State: modem.CallDialing, Number: number}}
	m.current = l
	m.live.Add(1) // under mu: Close, which is at it or not, waits for this and for what comes of it
	m.mu.Unlock()
	defer m.live.Done()
	d, err := m.voice.Place(ctx, number)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil {
		m.current = nil
		return err
	}
	l.dialog = d
	m.emit(modem.CallIs{Call: l.Call})
	m.live.Go(func() { m.follow(l) })
	if l.unwanted || m.closed { // neither HangUp nor Close saw the dialog
		unwanted := context.WithoutCancel(ctx)
		m.live.Go(func() { m.drop(unwanted, d) })
	}
	return nil
}

// came takes a call that comes on the line. A second one is refused: the box has one radio for the line.
func (m *Module) came(d Dialog) {
	number, hidden := d.Caller()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.current != nil || m.closed || m.over {
		m.live.Go(func() { m.drop(context.Background(), d) })
		return
	}
	l := &leg{dialog: d, Call: modem.Call{Index: callIndex, Incoming: true, State: modem.CallIncoming, Number: number, Hidden: hidden}}
	m.current = l
	m.emit(modem.Ringing{Number: number, Hidden: hidden})
	m.emit(modem.CallIs{Call: l.Call})
	m.live.Go(func() { m.follow(l) })
}

// drop ends a dialog that nobody wants.
func (m *Module) drop(ctx context.Context, d Dialog) {
	ctx, cancel := context.WithTimeout(ctx, closeWait)
	defer cancel()
	if err := d.HangUp(ctx); err != nil {
		m.log.Debug("call not refused", "err", err)
	}
}

// follow tells how far a call is until it has ended.
func (m *Module) follow(l *leg) {
	steps := l.dialog.Steps()
	ended := Step{State: modem.CallEnded, Cause: cause.Of(cause.Lost)}
	for open := true; open; {
		var s Step
		select {
		case s, open = <-steps:
		case <-m.done:
			open = false
		}
		if open && s.State == modem.CallEnded {
			ended, open = s, false
		} else if open {
			m.step(l, s)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	l.State, m.released = modem.CallEnded, ended.Cause
	if m.current == l {
		m.current = nil
	}
	m.emit(modem.CallIs{Call: l.Call, Cause: ended.Cause})
}

func (m *Module) step(l *leg, s Step) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l.State = s.State
	m.emit(modem.CallIs{Call: l.Call})
}

// now is the dialog of the call that goes on.
func (m *Module) now() (Dialog, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.current == nil || m.current.dialog == nil {
		return nil, cause.Errorf(cause.Conflict, "the line has no call")
	}
	return m.current.dialog, nil
}

// Answer is documented at modem.Modem.
func (m *Module) Answer(ctx context.Context) error {
	d, err := m.now()
	if err != nil {
		return err
	}
	return d.Answer(ctx)
}

// HangUp is documented at modem.Modem; without a call there is nothing to do.
func (m *Module) HangUp(ctx context.Context) error {
	m.mu.Lock()
	l := m.current
	if l == nil || l.dialog == nil {
		if l != nil {
			l.unwanted = true
		}
		m.mu.Unlock()
		return nil
	}
	m.mu.Unlock()
	return l.dialog.HangUp(ctx)
}

// Calls is the call that the line carries by SIP. One that the box alone knows of is none of ours: see State.Busy.
func (m *Module) Calls(context.Context) ([]modem.Call, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.current == nil {
		return nil, nil
	}
	return []modem.Call{m.current.Call}, nil
}

// Released is the cause of the call that ended last.
func (m *Module) Released(context.Context) (cause.Cause, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.released, nil
}

// Press is documented at modem.Modem.
func (m *Module) Press(ctx context.Context, keys string) error {
	if strings.Trim(keys, m.line.vendor.Can.KeysOut) != "" || keys == "" {
		return cause.Errorf(cause.Invalid, "press %q: the keys are %s", keys, m.line.vendor.Can.KeysOut)
	}
	d, err := m.now()
	if err != nil {
		return err
	}
	return d.Press(ctx, keys)
}

// Speech is documented at modem.Modem.
func (m *Module) Speech(ctx context.Context) (modem.Speech, error) {
	d, err := m.now()
	if err != nil {
		return nil, err
	}
	return d.Speech(ctx)
}
