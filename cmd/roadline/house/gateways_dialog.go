package house

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/fmc/room"
	"roadline/gsmgw"
	"roadline/hardware/gateway"
	"roadline/hardware/modem"
	"roadline/media"
	"roadline/sipcore"
)

// boxVoice is the speech side of a gateway's line.
type boxVoice struct {
	boxes *boxes
	line  fmc.LineID
}

var (
	_ gateway.Voice  = boxVoice{}
	_ gateway.Dialog = (*boxDialog)(nil)
	_ sipcore.Boxes  = (*boxes)(nil)
)

// Place implements gateway.Voice.
func (v boxVoice) Place(_ context.Context, number string) (gateway.Dialog, error) {
	d := newBoxDialog(v.boxes, fmc.LegID{Call: v.boxes.h.calls.NewCall(), N: 1}, v.line)
	v.boxes.keep(d)
	leg, err := v.boxes.h.legs.DialBox(d.id, v.line, number)
	if err != nil {
		v.boxes.forget(d)
		return nil, err
	}
	d.has(leg)
	return d, nil
}

// Take implements gateway.Voice.
func (v boxVoice) Take(take func(gateway.Dialog)) (stop func()) {
	v.boxes.mu.Lock()
	defer v.boxes.mu.Unlock()
	v.boxes.serve[v.line] = take
	return func() {
		v.boxes.mu.Lock()
		defer v.boxes.mu.Unlock()
		delete(v.boxes.serve, v.line)
	}
}

// CameByBox implements sipcore.Boxes.
func (b *boxes) CameByBox(l call.Leg, line fmc.LineID, caller string) error {
	d := newBoxDialog(b, l.ID(), line)
	d.caller, d.in = caller, true
	d.has(l)
	b.mu.Lock()
	defer b.mu.Unlock() // who stops taking is given none after that
	take := b.serve[line]
	if take == nil {
		return cause.Errorf(cause.Unavailable, "the line %s is not served now", line)
	}
	b.add(d)
	l.Progress(false)
	take(d)
	return nil
}

// Overhear implements sipcore.Boxes.
func (b *boxes) Overhear(line fmc.LineID, leg fmc.LegID, said fmc.TraceLine) {
	b.h.gsm.OverhearSIP(string(line), leg, said)
}

func (b *boxes) keep(d *boxDialog) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.add(d)
}

// add is keep with mu held.
func (b *boxes) add(d *boxDialog) {
	b.kept++
	d.n = b.kept
	b.dialogs[d.id] = d
}

func (b *boxes) forget(d *boxDialog) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.dialogs, d.id)
}

// post takes an event of a gateway's dialog; false: the leg is none.
func (b *boxes) post(id fmc.LegID, ev call.Event) bool {
	b.mu.Lock()
	d := b.dialogs[id]
	b.mu.Unlock()
	if d == nil {
		return false
	}
	switch ev := ev.(type) {
	case call.LinkIs:
		d.linkIs(ev)
	case call.Digit:
		d.key(ev.Key)
	default: // a gateway neither holds nor transfers
	}
	return true
}

// standing tells, of a SIM line that carries a call of a gateway, what a later start needs to hang it up.
func (b *boxes) standing(ev call.LinkIs, views []gsmgw.View) *fmc.Dialog {
	for _, v := range views {
		if v.Card.Line() != ev.Line {
			continue
		}
		return b.carrying(fmc.LineID(v.Port))
	}
	return nil
}

// carrying is the dialog of the call that a line carries, of those that it has: a second call is being refused, or an old one
// hung up still.
func (b *boxes) carrying(line fmc.LineID) *fmc.Dialog {
	b.mu.Lock()
	var all []*boxDialog
	for _, d := range b.dialogs {
		if d.line == line {
			all = append(all, d)
		}
	}
	b.mu.Unlock() // linkIs has the dialog's mutex first
	slices.SortFunc(all, func(x, y *boxDialog) int { return cmp.Compare(x.n, y.n) })
	var first *fmc.Dialog
	for _, d := range all {
		dialog, up := d.stands()
		if up {
			return dialog
		}
		if first == nil {
			first = dialog
		}
	}
	return first
}

// boxDialog is a call of a gateway's line: a SIP leg that no call has, but the line.
type boxDialog struct {
	boxes  *boxes
	id     fmc.LegID
	line   fmc.LineID
	in     bool
	caller string
	n      int64 // of those that were kept, the first is 1; written by add
	steps  chan gateway.Step
	over   chan struct{} // closed when it has ended

	mu sync.Mutex
	// mu guards:
	leg    call.Leg
	at     fmc.Link
	left   bool        // we hung it up
	dialog *fmc.Dialog // of SIP; nil: nothing stands yet
	speech *boxSpeech  // nil: none is open
}

func newBoxDialog(b *boxes, id fmc.LegID, line fmc.LineID) *boxDialog {
	// Alerting, active and ended: it never waits.
	return &boxDialog{boxes: b, id: id, line: line, steps: make(chan gateway.Step, 3), over: make(chan struct{})}
}

// has gives it its leg.
func (d *boxDialog) has(l call.Leg) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.leg = l
	if s, ok := l.(call.Standing); ok && d.in {
		d.dialog = s.Dialog()
	}
}

// linkIs takes how far the leg is. Each step is told once.
func (d *boxDialog) linkIs(ev call.LinkIs) {
	d.step(ev)
	if ev.Link == fmc.Gone {
		d.boxes.forget(d)
	}
}

func (d *boxDialog) step(ev call.LinkIs) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if ev.Dialog != nil {
		d.dialog = ev.Dialog
	}
	if d.at == fmc.Gone || ev.Link == d.at {
		return
	}
	switch ev.Link {
	case fmc.Alerting:
		if !d.in {
			d.steps <- gateway.Step{State: modem.CallAlerting}
		}
	case fmc.Up:
		d.steps <- gateway.Step{State: modem.CallActive}
	case fmc.Gone:
		d.steps <- gateway.Step{State: modem.CallEnded, Cause: ev.Cause}
		close(d.steps)
		close(d.over)
	case fmc.Offered, fmc.Dialing, fmc.Leaving:
	}
	d.at = ev.Link
}

// stands is what a later start needs to hang it up, and whether the call is up; nil: it is over, or hung up by us.
func (d *boxDialog) stands() (dialog *fmc.Dialog, up bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.left || d.at == fmc.Gone {
		return nil, false
	}
	return d.dialog, d.at == fmc.Up
}

// key takes a key that the far side's gateway tells of in words.
func (d *boxDialog) key(k byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.speech != nil {
		d.speech.key(k)
	}
}

// Caller implements gateway.Dialog, as do the others.
func (d *boxDialog) Caller() (number string, hidden bool) { return d.caller, d.in && d.caller == "" }

// Steps are how far it is.
func (d *boxDialog) Steps() <-chan gateway.Step { return d.steps }

// Answer takes the call; that it stands is told by a step.
func (d *boxDialog) Answer(context.Context) error {
	d.now().Answer()
	return nil
}

// HangUp ends it, and returns when it has ended for us.
func (d *boxDialog) HangUp(ctx context.Context) error {
	d.mu.Lock()
	d.left = true
	d.mu.Unlock()
	d.now().Release(cause.Of(cause.Hangup))
	select {
	case <-d.over:
		return nil
	case <-ctx.Done():
		return cause.Errorf(cause.Unavailable, "the call of %s was not hung up: %w", d.line, ctx.Err())
	}
}

// Keys are pressed so long, with such pauses: what every receiver must take.
const (
	boxTone  = 100 * time.Millisecond
	boxPause = 80 * time.Millisecond
)

// Press sends keys to the far side.
func (d *boxDialog) Press(_ context.Context, keys string) error {
	port, err := d.port()
	if err != nil {
		return err
	}
	return port.Press(keys, boxTone, boxPause)
}

// Speech opens the sound.
func (d *boxDialog) Speech(context.Context) (modem.Speech, error) {
	port, err := d.port()
	if err != nil {
		return nil, err
	}
	s, err := newBoxSpeech(d.boxes.h.ports, port, d.id.String())
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.speech = s
	return s, nil
}

func (d *boxDialog) now() call.Leg {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.leg
}

// port is its RTP.
func (d *boxDialog) port() (*media.Port, error) {
	if v, ok := d.now().(room.Voiced); ok && v.Port() != nil {
		return v.Port(), nil
	}
	return nil, cause.Errorf(cause.Unavailable, "the call of %s has no sound", d.line)
}
