package gsmgw

import (
	"context"
	"slices"
	"strings"
	"time"

	"roadline/hardware/modem"
)

// health is what a line went through lately. It outlives the module, which comes back after a restart, and ends with
// the card.
type health struct {
	failed   int         // calls that failed by the line's own fault, in a row
	rests    int         // cool-downs in a row
	cool     time.Time   // until then it takes no call out
	away     time.Time   // until then it is put away; zero: it is not
	why      string      // of either
	silent   int         // questions that the module did not answer, in a row
	step     int         // of the ladder, to be taken next
	tried    time.Time   // when the ladder was used last
	restarts []time.Time // within the last hour
}

// mostRest bounds a cool-down.
const mostRest = time.Hour

// answered notes that the module answers.
func (h *health) answered() { h.silent = 0 }

// served notes a call that went well.
func (h *health) served() { h.failed, h.rests, h.step = 0, 0, 0 }

// failure notes a call that failed by the line's own fault.
func (s *slot) failure(why string) {
	h, r, now := &s.health, &s.g.o.Rules, s.g.o.Now()
	h.failed++
	s.log.Warn("line failed a call", "cause", why, "count", h.failed)
	if h.failed < r.Failures {
		return
	}
	if h.rests >= r.Quarantine {
		s.putAway(why)
		return
	}
	rest := min(r.CoolDown<<h.rests, mostRest)
	h.failed, h.rests = 0, h.rests+1
	h.cool, h.why = now.Add(rest), why
	s.alarms.set(trialAlarm, h.cool)
	s.assess()
}

// putAway takes the line out of service, with the reason, until a person releases it or the time for a trial comes.
func (s *slot) putAway(why string) {
	now := s.g.o.Now()
	s.health.away, s.health.why = now.Add(s.g.o.Rules.Trial), why
	s.health.failed, s.health.rests, s.health.step, s.health.restarts = 0, 0, 0, nil
	s.log.Error("line put away", "cause", why)
	s.alarms.set(startAlarm, s.health.away)
	s.assess()
}

// releaseLine ends what keeps the line from taking calls, by a person's word. A call that goes on is not disturbed.
func (s *slot) releaseLine() {
	s.health = health{}
	s.log.Info("line released by a person")
	if err := s.g.pins.forget(s.card.id); err != nil {
		s.log.Error("pin that was tried not forgotten", "err", err)
	}
	if s.m != nil && s.talk == nil && (!s.up || s.sim.State == modem.SIMPIN) {
		s.bringUp()
	}
	s.assess()
}

// mostSilent is how many questions in a row a module may leave unanswered.
const mostSilent = 3

// startAgain is when a module that did not start is started again.
const startAgain = 5 * time.Second

// troubled deals with a module that did not do what it was asked.
func (s *slot) troubled(err error, what string) {
	s.health.silent++
	s.log.Warn("modem troubled", "text", what, "err", err, "count", s.health.silent)
	if s.health.silent < mostSilent {
		if !s.up { // it may still be booting
			s.alarms.set(startAlarm, s.g.o.Now().Add(startAgain))
		}
		return
	}
	s.recover(what + ": " + sentence(err))
}

// ladder is how a module is brought back, gentlest first.
var ladder = []modem.Step{modem.Hail, modem.RadioCycle, modem.Restart}

// calm is how long a module must have done well before the ladder begins at its foot again.
const calm = 10 * time.Minute

// recover takes the next step of the ladder. The last loses the module, which is then opened anew; more restarts than
// the rules allow within an hour put the line away. A module that is gone, and whose end is about to be heard, needs none.
func (s *slot) recover(why string) {
	h, now := &s.health, s.g.o.Now()
	if now.Before(h.away) || s.m == nil || s.m.Err() != nil {
		return
	}
	if now.Sub(h.tried) > calm {
		h.step = 0
	}
	h.tried = now
	step := ladder[min(h.step, len(ladder)-1)]
	h.step++
	if step == modem.Restart {
		h.restarts = slices.DeleteFunc(h.restarts, func(t time.Time) bool { return now.Sub(t) > time.Hour })
		if len(h.restarts) >= s.g.o.Rules.Quarantine {
			s.putAway(why)
			return
		}
		h.restarts = append(h.restarts, now)
	}
	s.log.Warn("modem is brought back", "state", string(step), "cause", why)
	s.up = false
	s.assess()
	m := s.m
	s.hands.ask(job{
		how: atOnce, wait: time.Minute,
		do: func(ctx context.Context) error { return m.Reset(ctx, step) },
		done: func(err error) {
			switch {
			case s.m != m:
			case err != nil:
				s.recover(why)
			default:
				s.bringUp()
			}
		},
	})
}

// sentence is an error for a person.
func sentence(err error) string {
	if err == nil {
		return "nothing is known"
	}
	return strings.TrimRight(strings.ReplaceAll(err.Error(), "\n", "; "), ".")
}
