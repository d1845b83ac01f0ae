package gsmgw

import (
	"context"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/hardware/modem"
)

// restartWait bounds a restart that a person asked for: the module boots anew, and says nothing meanwhile.
const restartWait = time.Minute

// RestartLine boots the module anew that has a company's card, by a person's word, and waits until it did or refused; the
// line is brought up by itself afterwards. A call that goes on is an obstacle, unless it is to be lost. Errors: not found
// (no such line of the company), unavailable (the card is in no modem), conflict (it is in a call), unsupported (the
// family cannot).
func (g *Gateway) RestartLine(ctx context.Context, company fmc.CompanyID, line fmc.LineID, lose bool) error {
	c, ok := g.o.Companies.Company(company)
	if !ok {
		return cause.Errorf(cause.NotFound, "there is no company %q on this node", company)
	}
	sim, ok := simOf(c, line)
	if !ok {
		return cause.Errorf(cause.NotFound, "the company has no line %s: see roadline line list", line)
	}
	s := g.slotOf(c, sim)
	done := make(chan error, 1)
	if s == nil || !s.box.post(func() { s.restart(lose, done) }) {
		return cause.Errorf(cause.Unavailable, "the card is in no modem")
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return cause.Errorf(cause.Unavailable, "the modem did not answer yet: %w", ctx.Err())
	}
}

// restart boots the module anew. A module that re-enumerates is lost meanwhile: that is no failure.
func (s *slot) restart(lose bool, answer chan<- error) {
	l := s.leased.Load()
	switch {
	case s.m == nil:
		answer <- cause.Errorf(cause.Unavailable, "nothing answers in the port: %s", sentence(s.lost))
		return
	case (l != nil || s.talk != nil) && !lose:
		answer <- cause.Errorf(cause.Conflict, "the card is in a call: wait for its end, or say that the call may be lost")
		return
	case l != nil:
		s.lostCall(l, cause.Because(cause.Lost, "A person had the modem in %s restarted in the call; SIM %s is in it.", s.name, s.card.id))
	}
	s.log.Warn("modem restarted by a person")
	s.up = false
	s.assess()
	m := s.m
	s.hands.ask(job{
		how: atOnce, wait: restartWait,
		do: func(ctx context.Context) error { return m.Reset(ctx, modem.Restart) },
		done: func(err error) {
			if s.m != m {
				answer <- nil
				return
			}
			s.bringUp()
			answer <- err
		},
	})
}
