package gsmgw

import (
	"context"
	"fmt"
	"time"

	"roadline/fmc"
	"roadline/hardware/modem"
)

// leastAttempts is how many attempts a card must have left before a PIN is tried: one always stays for a person.
const leastAttempts = 2

// unlock reads the card's state and enters its PIN where that is safe. locked says why a card stays locked.
func (s *slot) unlock(ctx context.Context, m modem.Modem) (sim modem.SIM, locked string, err error) {
	sim, err = m.SIM(ctx)
	if err != nil || sim.State != modem.SIMPIN {
		return sim, "", err
	}
	locked = s.g.tryPIN(sim, func(pin string) error {
		refused := m.EnterPIN(ctx, pin)
		if refused == nil {
			return nil
		}
		if sim, err = m.SIM(ctx); err == nil && sim.State == modem.SIMReady { // what was refused came after the PIN
			return nil
		}
		return refused
	})
	if locked == "" && sim.State == modem.SIMPIN {
		sim, err = s.settled(ctx, m)
	}
	return sim, locked, err
}

// tryPIN enters a card's PIN where that is safe, wherever the card sits: the PIN belongs to this very card, the attempts left
// are known and more than one, and this PIN never failed on it before. What is about to be tried is on disk first, so that
// a crash in between cannot try it twice. locked says why the card stays locked.
func (g *Gateway) tryPIN(sim modem.SIM, enter func(pin string) error) (locked string) {
	if locked = g.mayTry(sim); locked != "" {
		return locked
	}
	card, _ := g.card(fmc.ICCID(sim.ICCID))
	pin, err := card.PIN()
	if err != nil {
		return "its PIN cannot be read: " + sentence(err)
	}
	if locked, err = g.pins.try(card.ICCID, pin); err != nil {
		return "that it is tried could not be noted: " + sentence(err)
	}
	if locked != "" {
		return locked
	}
	if err := enter(pin); err != nil {
		return "the card refused the PIN that we have: " + sentence(err)
	}
	if err := g.pins.worked(card.ICCID); err != nil {
		g.log.Error("pin that worked not noted", "err", err)
	}
	return ""
}

// settled waits till a card that was unlocked is ready: most take a second or two.
func (s *slot) settled(ctx context.Context, m modem.Modem) (modem.SIM, error) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		sim, err := m.SIM(ctx)
		if err != nil || sim.State != modem.SIMBusy && sim.State != modem.SIMUnknown && sim.State != modem.SIMPIN {
			return sim, err
		}
		select {
		case <-ctx.Done():
			return sim, nil
		case <-tick.C:
		}
	}
}

// mayTry says why the PIN must not be tried; "" where it may.
func (g *Gateway) mayTry(sim modem.SIM) string {
	card, ok := g.card(fmc.ICCID(sim.ICCID))
	switch {
	case sim.ICCID == "":
		return "the card wants a PIN and does not say which card it is"
	case !ok || card.PIN == nil:
		return "the card wants a PIN, and none is on file for it"
	case sim.Attempts < 0:
		return "the card wants a PIN, and it is not known how many attempts are left"
	case sim.Attempts < leastAttempts:
		return fmt.Sprintf("the card wants a PIN and has %d attempt left, which is a person's", sim.Attempts)
	}
	return ""
}
