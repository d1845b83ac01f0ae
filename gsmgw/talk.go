package gsmgw

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
	"roadline/hardware/modem"
)

// talk is the call that a slot carries.
type talk struct {
	leg      *leg
	out      bool
	line     fmc.LineID
	card     fmc.ICCID
	link     fmc.Link
	began    time.Time
	alerting time.Time // zero: it did not
	up       time.Time // zero: it was not answered
	speech   modem.Speech
	opening  bool         // the speech is being opened
	reopened bool         // it was lost and opened again
	busy     bool         // the module is at the number: it cannot be hung up before
	hanging  bool         // it is being hung up
	asking   bool         // it is over, and the module is asked why
	ending   *cause.Cause // it is being hung up, or has ended

	// Read and written by the module's hands too.
	dead    atomic.Bool // ending is set: it is not dialled any more
	dialled atomic.Bool // the module has, or had, the number
	over    atomic.Bool // the module says that it ended: whoever rings now is somebody else
}

// end notes why the call ends.
func (t *talk) end(c cause.Cause) {
	t.ending = &c
	t.dead.Store(true)
}

// How long a module may take for each thing.
const (
	dialWait   = 70 * time.Second
	answerWait = 30 * time.Second
	speechWait = 20 * time.Second
	hangUpWait = 15 * time.Second
	alertsMost = 3 * time.Minute // a call that alerts so long is stuck
)

// place dials a leg's number.
func (s *slot) place(l *leg, c plan.Candidate) {
	if s.talk != nil { // a shadow call that gave way is being hung up
		s.after = func() { s.place(l, c) }
		return
	}
	t := &talk{leg: l, out: true, line: c.Line, card: s.card.id, link: fmc.Dialing, began: s.g.o.Now(), busy: true}
	if l.at() != s { // its call let it go before it came here
		s.settle(t)
		return
	}
	s.talk = t
	if s.m == nil || !s.up {
		s.settle(t)
		s.passOver(t, cause.Because(cause.LineFault, "The modem of %s is gone.", c.Line))
		return
	}
	s.assess()
	l.tell(call.LinkIs{Link: fmc.Dialing, Line: c.Line})
	number, m := l.try.Number.E164, s.m
	if number == "" {
		number = l.try.Number.Code()
	}
	s.hands.ask(job{
		how: atOnce, wait: dialWait,
		do: func(ctx context.Context) error {
			s.box.post(func() { s.dialling(t) })
			calls, err := m.Calls(ctx)
			switch {
			case err != nil:
				return err
			case len(calls) > 0:
				return errTaken
			case t.dead.Load():
				return errGivenUp
			}
			t.dialled.Store(true)
			return m.Dial(ctx, number)
		},
		done: func(err error) { s.placed(t, err) },
	})
}

var (
	errTaken   = cause.Errorf(cause.NoRoom, "the modem has a call already")
	errGivenUp = cause.Errorf(cause.Conflict, "nobody wants the call any more")
)

// dialling begins the watch over a call: the module is at it now, and not at a message before it.
func (s *slot) dialling(t *talk) {
	if s.talk == t && t.ending == nil && t.link == fmc.Dialing {
		s.alarms.set(callAlarm, s.g.o.Now().Add(s.g.o.Rules.Watchdog))
	}
}

// placed takes whether the module took the number.
func (s *slot) placed(t *talk, err error) {
	if s.talk != t {
		return
	}
	t.busy = false
	if err != nil {
		t.dialled.Store(false)
	}
	switch {
	case cause.KindOf(err) == cause.NoRoom: // somebody calls the line this moment: he is not hung up
		s.settle(t)
		if t.ending == nil {
			s.passOver(t, cause.Because(cause.Congested, "%s has a call already.", t.line))
		}
		s.leftover()
	case errors.Is(err, errGivenUp):
		s.settle(t)
	case t.ending != nil:
		s.hangUp(t)
	case err != nil:
		s.conclude(t, cause.Because(cause.LineFault, "The modem of %s did not dial: %s.", t.line, sentence(err)))
	}
}

// rang takes a call that comes in.
func (s *slot) rang(ev modem.Ringing) {
	if s.talk != nil || !s.rangShadow(ev) {
		s.rangOrdinary(ev)
	}
}

// rangOrdinary takes a call that somebody makes to the card.
func (s *slot) rangOrdinary(ev modem.Ringing) {
	c, sim, ok := s.company()
	if s.talk != nil || !ok {
		s.log.Warn("call not taken", "state", string(s.look().State))
		return
	}
	if why := sim.Mandate.Allows(fmc.UseCalls, "", c.Profile.Country, s.g.o.Now()); why != "" || s.g.draining() {
		s.log.Warn("call not taken", "cause", why)
		return
	}
	l, err := s.g.newLeg(fmc.LegID{Call: s.g.o.NewCall(), N: 1})
	if err != nil {
		s.log.Error("call not taken", "err", err)
		return
	}
	if !s.leased.CompareAndSwap(nil, l) { // a call out took the line this moment: it finds it busy and goes on
		s.log.Warn("call not taken: the line was taken for a call out this moment")
		l.drop()
		return
	}
	if !l.takes(s) { // the server is stopping
		s.leased.CompareAndSwap(l, nil)
		return
	}
	s.talk = &talk{leg: l, line: s.card.id.Line(), card: s.card.id, link: fmc.Offered, began: s.g.o.Now()}
	s.assess()
	from := callerid.Received(ev.Number, c.Profile.Country)
	if ev.Hidden {
		from = callerid.Number{Kind: callerid.Hidden}
	}
	err = s.g.o.Calls.Offer(l, plan.Request{
		Call: l.id.Call, Company: c.Profile.ID, Direction: fmc.Inbound, From: from, To: sim.Number, Line: s.card.id.Line(), Trust: s.g.o.Trust,
	})
	if err != nil {
		s.log.Warn("call refused", "err", err)
		s.release(l, cause.Of(cause.Refused))
	}
}

// answer takes a call that rings.
func (s *slot) answer(l *leg) {
	t := s.talk
	if t == nil || t.leg != l || t.out || t.link != fmc.Offered || t.ending != nil || s.m == nil {
		return
	}
	t.link = fmc.Dialing // being answered
	m := s.m
	s.hands.ask(job{
		how: atOnce, wait: answerWait,
		do: func(ctx context.Context) error { return m.Answer(ctx) },
		done: func(err error) {
			if s.talk == t && err != nil && t.ending == nil {
				s.conclude(t, cause.Because(cause.LineFault, "The modem of %s could not answer: %s.", t.line, sentence(err)))
			}
		},
	})
}

// callIs takes how far the module's call is.
func (s *slot) callIs(ev modem.CallIs) {
	t := s.talk
	switch {
	case t == nil && s.doubt != nil && ev.State == modem.CallEnded:
		s.doubt.ended = &ev
		s.doubt.trial.Stopped()
		return
	case t != nil && t.leg.shadow != nil && ev.State == modem.CallWaiting:
		t.leg.giveWay()
		return
	case t == nil || ev.State == modem.CallWaiting:
		return
	}
	switch ev.State {
	case modem.CallAlerting:
		if t.out && t.link == fmc.Dialing && t.ending == nil {
			t.link, t.alerting = fmc.Alerting, s.g.o.Now()
			s.alarms.set(callAlarm, t.alerting.Add(alertsMost))
			t.leg.tell(call.LinkIs{Link: fmc.Alerting, Line: t.line})
		}
	case modem.CallActive:
		if t.up.IsZero() && t.ending == nil {
			t.up = s.g.o.Now()
			s.alarms.stop(callAlarm)
			s.listen(t)
		}
	case modem.CallEnded:
		s.ended(t, ev.Cause)
	case modem.CallDialing, modem.CallHeld, modem.CallIncoming, modem.CallWaiting:
	}
}

// ended takes the end of the call as the module tells it, and asks why where it did not say.
func (s *slot) ended(t *talk, c cause.Cause) {
	t.over.Store(true)
	switch {
	case t.ending != nil || t.asking: // it is being hung up: settle sees that it is over
	case s.m != nil && c == (cause.Cause{}):
		s.askWhy(t)
	case s.m != nil && brokenOff(t, c):
		s.askCard(t, c)
	default:
		s.conclude(t, c)
	}
}

// askWhy asks the module for the cause.
func (s *slot) askWhy(t *talk) {
	m := s.m
	t.asking = true
	var c cause.Cause
	s.hands.ask(job{
		how: atOnce, wait: 5 * time.Second,
		do: func(ctx context.Context) (err error) {
			c, err = m.Released(ctx)
			return err
		},
		done: func(err error) {
			switch {
			case s.talk != t || t.ending != nil:
			case !t.up.IsZero() && cause.KindOf(err) == cause.Unavailable: // its last word, before it went
				s.lostCall(t.leg, s.unplugged(s.card.id))
			case s.m != nil && brokenOff(t, c):
				s.askCard(t, c)
			default:
				s.conclude(t, c)
			}
		},
	})
}

// brokenOff reports whether a conversation ended by a cause that no person's hanging up has: FLOWS E0.
func brokenOff(t *talk, c cause.Cause) bool {
	return !t.up.IsZero() && c.Q850 != 0 && !c.Person() && c.Fault != cause.FaultDevice
}

// askCard asks whether the card was pulled out in the conversation that broke off: some modules tell of the call first.
func (s *slot) askCard(t *talk, c cause.Cause) {
	m := s.m
	t.asking = true
	var sim modem.SIM
	s.hands.ask(job{
		how: atOnce, wait: 3 * time.Second,
		do: func(ctx context.Context) (err error) {
			sim, err = m.SIM(ctx)
			return err
		},
		done: func(err error) {
			switch {
			case s.talk != t || t.ending != nil:
			case err == nil && sim.State == modem.SIMAbsent:
				s.lostCall(t.leg, s.pulled())
			default:
				lost := cause.Because(cause.Lost, "The network broke off the call on %s, for cause %d.", t.line, c.Q850)
				lost.Q850 = c.Q850
				s.conclude(t, lost)
			}
		},
	})
}

// pulled is why a call ended whose card was pulled out.
func (s *slot) pulled() cause.Cause {
	return cause.Because(cause.Lost, "SIM %s was pulled out of %s in the call.", s.card.id, s.name)
}

// lostCall ends the call of a line that went away under it.
func (s *slot) lostCall(l *leg, c cause.Cause) {
	t := s.talk
	switch {
	case t == nil || t.leg != l:
	case t.ending != nil: // its call knows already
		s.hangUp(t)
	default:
		c.Fault = cause.FaultDevice
		s.conclude(t, c)
	}
}

// conclude ends a call that the line or the far side ended. A call out that never rang by the line's own fault, or for
// want of room in the network, goes on to the next line.
func (s *slot) conclude(t *talk, c cause.Cause) {
	if t.out && c.Meaning == cause.Unknown {
		c = unexplained(t)
	} else if c.Meaning == cause.Unknown {
		c = cause.Of(cause.Hangup)
	}
	if !t.out && t.up.IsZero() && c.Meaning == cause.Hangup {
		c = cause.Of(cause.Cancelled)
	}
	next := t.out && t.alerting.IsZero() && t.up.IsZero() && another(c)
	q := s.quality(t)
	s.judgeCall(t, c, q)
	t.end(c)
	if next {
		s.hangUp(t)
		s.passOver(t, c)
		return
	}
	t.leg.gone(c, q)
	s.hangUp(t)
}

// unexplained is the cause of a call out whose end nobody explained.
func unexplained(t *talk) cause.Cause {
	switch {
	case !t.up.IsZero():
		return cause.Of(cause.Hangup)
	case !t.alerting.IsZero():
		return cause.Of(cause.NoAnswer)
	}
	return cause.Because(cause.Unreachable, "The network ended the call before it rang, and did not say why.")
}

// another reports whether another line may do better.
func another(c cause.Cause) bool {
	return c.Meaning == cause.Congested || c.Meaning == cause.LineFault || c.Meaning == cause.Lost || c.Meaning == cause.Failed
}

// barred is operator determined barring (24.008 §10.5.4.11): this card may not call so, whoever tries.
const barred = 8

// judgeCall notes what the end of a call says of the line.
func (s *slot) judgeCall(t *talk, c cause.Cause, q *fmc.LegQuality) {
	switch {
	case c.Q850 == barred:
		s.putAway("the operator bars the calls of this card")
	case c.Meaning == cause.LineFault || c.Meaning == cause.Failed || c.Meaning == cause.Lost && c.Fault == cause.FaultDevice:
		s.failure(c.Text)
	case c.Meaning == cause.Congested && t.alerting.IsZero():
		s.failure("the network has no room for its calls")
	case t.up.IsZero(), t.leg.shadow != nil:
	case q.Heard == 0 && s.g.o.Now().Sub(t.up) >= muteAfter:
		s.failure("nothing was heard in its calls, though they were answered")
	default:
		s.health.served()
	}
}

// muteAfter is how long an answered call may stay without any sound from the far side before the line is to blame.
const muteAfter = 20 * time.Second

// passOver has the leg go on to its next line.
func (s *slot) passOver(t *talk, c cause.Cause) {
	t.leg.failed(c)
	t.leg.log.Info("line passed over", "line", string(t.line), "cause", c.String())
	t.leg.goOn()
}

// release ends the call by its own side's wish.
func (s *slot) release(l *leg, c cause.Cause) {
	t := s.talk
	if t == nil || t.leg != l {
		l.gone(c, nil)
		return
	}
	var q *fmc.LegQuality
	if t.ending == nil {
		q = s.quality(t)
		s.judgeCall(t, cause.Of(cause.Hangup), q)
	}
	l.gone(c, q)
	if t.ending != nil {
		return
	}
	t.end(c)
	if !t.busy {
		s.hangUp(t)
		return
	}
	if m := s.m; m != nil && t.dialled.Load() { // a module that says OK only when it rings is hung up meanwhile
		s.asker.ask(job{how: atOnce, wait: hangUpWait, do: m.HangUp, done: func(error) {}})
	}
}

// hangUp has the module end its calls, sees that it has none, and gives the line back.
func (s *slot) hangUp(t *talk) {
	speech := t.speech
	t.speech = nil
	s.alarms.stop(callAlarm)
	if s.m == nil {
		if speech != nil {
			s.closed(speech.Close())
		}
		s.settle(t)
		return
	}
	if t.hanging && speech == nil {
		return
	}
	t.hanging = true
	m, mine := s.m, !t.out && t.up.IsZero()
	s.hands.ask(job{
		how: atOnce, wait: hangUpWait,
		do: func(ctx context.Context) error {
			if speech != nil {
				_ = speech.Close() // the call ends whether the module says so or not
			}
			return emptied(ctx, m, func() bool { return mine && !t.over.Load() })
		},
		done: func(err error) {
			if s.talk != t {
				return
			}
			s.settle(t)
			switch {
			case s.m != m || m.Err() != nil:
			case err != nil:
				s.failure("a call could not be ended")
				s.recover("a call could not be ended: " + sentence(err))
			default:
				s.leftover()
				s.send()
			}
		},
	})
}

// emptied hangs up until the module lists no call. A client who rings is left ringing, as somebody else than the call that
// ends, unless mine says that the ringing one is that call.
func emptied(ctx context.Context, m modem.Modem, mine func() bool) error {
	pace := time.NewTicker(300 * time.Millisecond)
	defer pace.Stop()
	for {
		calls, err := m.Calls(ctx)
		if !mine() {
			calls = slices.DeleteFunc(calls, rings)
		}
		if err != nil || len(calls) == 0 {
			return err
		}
		if err := m.HangUp(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return cause.Errorf(cause.Unavailable, "the modem still lists a call")
		case <-pace.C:
		}
	}
}

// rings reports a call of somebody who was not answered.
func rings(c modem.Call) bool {
	return c.Incoming && (c.State == modem.CallIncoming || c.State == modem.CallWaiting)
}

// settle gives the line back.
func (s *slot) settle(t *talk) {
	if t.dialled.Load() {
		var talked time.Duration
		if !t.up.IsZero() {
			talked = s.g.o.Now().Sub(t.up)
		}
		s.g.uses.called(t.card, t.began, talked)
	}
	s.talk = nil
	s.leased.CompareAndSwap(t.leg, nil)
	s.assess()
	if next := s.after; next != nil {
		s.after = nil
		next()
	}
}

// leftover looks for a call that came while the line was busy with another, and takes it.
func (s *slot) leftover() {
	m := s.m
	var calls []modem.Call
	s.hands.ask(job{
		how: soon, wait: 10 * time.Second,
		do: func(ctx context.Context) (err error) {
			calls, err = m.Calls(ctx)
			return err
		},
		done: func(err error) {
			if s.m != m || err != nil || s.talk != nil {
				return
			}
			for _, c := range calls {
				if rings(c) {
					s.rang(modem.Ringing{Number: c.Number, Hidden: c.Hidden})
					return
				}
			}
		},
	})
}

// watch ends a call that does not change.
func (s *slot) watch() {
	t := s.talk
	if t == nil || t.ending != nil || !t.up.IsZero() {
		return
	}
	if !t.alerting.IsZero() { // nobody's fault: the person lets it ring
		s.conclude(t, cause.Because(cause.NoAnswer, "It rang for %s and nobody answered.", alertsMost))
		return
	}
	s.conclude(t, cause.Because(cause.LineFault, "The call on %s did not change for %s.", t.line, s.g.o.Rules.Watchdog))
}

// quality is how the call sounded on this line.
func (s *slot) quality(t *talk) *fmc.LegQuality {
	q := &fmc.LegQuality{SignalDBm: s.radio.SignalDBm}
	if !t.alerting.IsZero() {
		q.Setup = t.alerting.Sub(t.began)
	}
	if !t.up.IsZero() && t.leg.pcm != nil {
		f, sound := t.leg.pcm.Figures(), t.leg.Port().Quality()
		q.MOS = int(sound.Worse() * 100)
		q.Heard, q.Spoke = sound.Speech.Said.For, sound.Speech.Heard.For
		q.Lost = int(f.Missing + f.Concealed)
		if t.speech != nil {
			frames, _ := t.speech.Lost()
			q.Lost += frames
		}
		s.g.uses.sounded(t.card, q.MOS)
	}
	return q
}
