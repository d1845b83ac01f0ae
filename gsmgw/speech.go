package gsmgw

import (
	"context"
	"time"

	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/hardware/modem"
)

// listen opens the speech of a call that is answered. Up is told when it is open, so that nothing said by us is lost.
func (s *slot) listen(t *talk) {
	if t.opening || t.speech != nil || s.m == nil {
		return
	}
	t.opening = true
	m := s.m
	var speech modem.Speech
	s.hands.ask(job{
		how: atOnce, wait: speechWait,
		do: func(ctx context.Context) (err error) {
			speech, err = m.Speech(ctx)
			return err
		},
		done: func(err error) {
			t.opening = false
			switch {
			case s.talk != t || t.ending != nil:
				if speech != nil {
					s.closed(speech.Close())
				}
			case err != nil && t.reopened:
				s.lostCall(t.leg, s.speechless())
			case err != nil:
				s.conclude(t, cause.Because(cause.LineFault, "The modem of %s gives no speech: %s.", t.line, sentence(err)))
			default:
				s.speak(t, speech)
			}
		},
	})
}

// speak joins the speech to the leg, and tells that it is up where that was not told.
func (s *slot) speak(t *talk, speech modem.Speech) {
	t.speech = speech
	s.pumps.Go(func() {
		err := t.leg.pump(speech, func(key byte) { s.box.post(func() { s.press(t, key) }) })
		s.box.post(func() { s.silent(t, speech, err) })
	})
	if t.link != fmc.Up {
		t.link = fmc.Up
		t.leg.tell(call.LinkIs{Link: fmc.Up, Line: t.line})
	}
}

// pump carries frames between the module, whose clock it follows, and the leg, until the speech ends.
func (l *leg) pump(speech modem.Speech, press func(key byte)) error {
	var said, heard [160]int16
	for {
		if err := speech.Read(&said); err != nil {
			return err
		}
		if l.sound.Say(&said) {
			l.sound.Hear(&heard)
			if err := speech.Write(&heard); err != nil {
				return err
			}
		}
		select {
		case key := <-l.keys:
			press(key)
		default:
		}
	}
}

// silent takes the end of a speech. Where the call goes on it is opened once more.
func (s *slot) silent(t *talk, speech modem.Speech, err error) {
	if s.talk != t || t.speech != speech || t.ending != nil {
		return
	}
	t.speech = nil
	s.log.Warn("speech lost", "line", string(t.line), "err", err)
	s.hands.ask(job{how: atOnce, wait: hangUpWait, do: func(context.Context) error { return speech.Close() }, done: s.closed})
	if !t.reopened {
		t.reopened = true
		s.listen(t)
		return
	}
	s.lostCall(t.leg, s.speechless())
}

// unplugged is why a call ended whose module went away with the card that was in it.
func (s *slot) unplugged(card fmc.ICCID) cause.Cause {
	return cause.Because(cause.Lost, "The modem in %s was lost in the call, and SIM %s with it.", s.name, card)
}

// speechless is why a call ended whose sound went away for good.
func (s *slot) speechless() cause.Cause {
	return cause.Because(cause.Lost, "The sound of SIM %s in %s was lost in the call.", s.card.id, s.name)
}

// closed takes what came of closing a speech, which is nothing to anybody.
func (s *slot) closed(err error) {
	if err != nil {
		s.log.Debug("speech closed", "err", err)
	}
}

// press sends a key that another party pressed to the far side.
func (s *slot) press(t *talk, key byte) {
	if s.talk != t || t.link != fmc.Up || s.m == nil {
		return
	}
	m := s.m
	s.hands.ask(job{
		how: soon, wait: 5 * time.Second,
		do: func(ctx context.Context) error { return m.Press(ctx, string(key)) },
		done: func(err error) {
			if err != nil {
				s.log.Warn("key not sent", "line", string(t.line), "err", err)
			}
		},
	})
}
