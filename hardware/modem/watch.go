package modem

import (
	"context"
	"errors"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/at"
)

// watch turns what the module says into events, in order. One goroutine runs it and owns all of it; what a method of the
// driver did comes to it in the same stream, so that a call's end never overtakes its beginning.
type watch struct {
	d     *driver
	calls calls
	rings *time.Timer // RingWait of the call that has no number yet
	stall *time.Timer // bounds the wait for whoever reads the events
	lost  bool        // nobody reads them
}

func newWatch(d *driver) *watch {
	w := &watch{d: d, rings: time.NewTimer(time.Hour), stall: time.NewTimer(time.Hour)}
	w.rings.Stop()
	w.stall.Stop()
	w.calls = calls{now: d.opts.Now, emit: w.emit}
	return w
}

// run ends when the engine did and why is noted: whoever sees the events end asks Err at once.
func (w *watch) run(noted <-chan struct{}) {
	defer close(w.d.events)
	defer w.stall.Stop()
	defer w.rings.Stop()
	for {
		select {
		case s, ok := <-w.d.engine.Said():
			if !ok {
				<-noted
				return
			}
			w.take(s)
		case <-w.rings.C:
			w.calls.announce()
		}
		w.settle()
	}
}

// settle tells the others how things stand.
func (w *watch) settle() {
	d := w.d
	if was := d.busy.Swap(w.calls.any()); w.calls.any() && (!was || w.calls.curious) {
		w.calls.curious = false
		d.askCalls()
	}
	d.active.Store(int64(w.calls.speaking()))
	if wait, ok := w.calls.waitsForNumber(); ok {
		w.rings.Reset(wait)
	} else {
		w.rings.Stop()
	}
}

func (w *watch) take(s at.Said) {
	if s.Line == "" {
		w.calls.ended(s)
		return
	}
	if pause, ok := w.flow(s.Line); ok {
		w.d.pause(pause)
		return
	}
	if w.d.family.Tell != nil {
		if events, ok := w.d.family.Tell(s.Line); ok {
			for _, ev := range events {
				w.happen(ev)
			}
			return
		}
	}
	if w.calls.standard(s.Line) {
		return
	}
	for _, ev := range standard(s) {
		if given, ok := ev.(Delivered); ok {
			given.Owed = w.d.ack.Load()
			ev = given
		}
		w.happen(ev)
	}
}

func (w *watch) flow(line string) (pause, ok bool) {
	if w.d.family.Speech.Pause == nil {
		return false, false
	}
	return w.d.family.Speech.Pause(line)
}

// happen takes what a line meant; what it says of calls and of the radio is laid beside what is known.
func (w *watch) happen(ev Event) {
	switch ev := ev.(type) {
	case Ringing:
		w.calls.ring(ev.Number, ev.Hidden)
	case CallIs:
		w.calls.is(ev.Call, ev.Cause)
	case RadioIs:
		if radio, changed := w.d.mergeRadio(ev.Radio); changed {
			w.emit(RadioIs{radio})
		}
	case Asked:
		if !w.d.ussd.answered(ev.USSD) {
			w.emit(ev)
		}
	case Rebooted:
		w.calls.gone(cause.Because(cause.LineFault, "The modem started anew in the call."))
		w.emit(ev)
	default:
		w.emit(ev)
	}
}

// emit waits a second for whoever reads; then the modem ends.
func (w *watch) emit(ev Event) {
	if w.lost {
		return
	}
	select {
	case w.d.events <- ev:
		return
	default:
	}
	w.stall.Reset(eventWait)
	select {
	case w.d.events <- ev:
		w.stall.Stop()
	case <-w.stall.C:
		w.lost = true
		w.d.fail(cause.Errorf(cause.Unavailable, "nobody reads the modem's events"))
	}
}

// pollEvery is how often the list of calls is asked for while there is a call.
const pollEvery = time.Second

// askCalls has the list of calls asked for now.
func (d *driver) askCalls() {
	select {
	case d.kick <- struct{}{}:
	default:
	}
}

// poll asks for the list of calls, as long as there is one; the answer goes to the watch in its order.
func (d *driver) poll(life context.Context) {
	t := time.NewTimer(pollEvery)
	defer t.Stop()
	for {
		select {
		case <-life.Done():
			return
		case <-d.kick:
		case <-t.C:
		}
		if d.busy.Load() {
			if _, err := d.engine.InOrder(life, "+CLCC", shortLimit); err != nil && !errors.Is(err, context.Canceled) {
				d.log.Debug("list of calls not told", "err", err)
			}
		}
		t.Reset(pollEvery)
	}
}
