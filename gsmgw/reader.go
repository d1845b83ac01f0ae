package gsmgw

import (
	"context"
	"errors"
	"fmt"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/hardware/modem"
	"roadline/hardware/pcsc"
	"roadline/hardware/simcard"
)

// ReadCards reads the cards in the machine's card readers. It enters no PIN.
func (g *Gateway) ReadCards(ctx context.Context) ([]fmc.CardView, error) {
	all := []fmc.CardView{}
	err := g.eachReader(ctx, func(v fmc.CardView, _ *simcard.Card, r simcard.Reading) {
		if r.State == modem.SIMPIN {
			v.Why = g.mayTry(r.SIM)
		}
		all = append(all, v)
	})
	return all, err
}

// UnlockCard enters the PIN on file in a card that is in a reader, under the same rules as in a modem, and returns what is
// then read: the card is locked again when it is let go of. looked: a person has looked at the card, so that a PIN which
// failed before may be tried once more.
func (g *Gateway) UnlockCard(ctx context.Context, id fmc.ICCID, looked bool) (fmc.CardView, error) {
	var found *fmc.CardView
	var failed error
	err := g.eachReader(ctx, func(v fmc.CardView, card *simcard.Card, r simcard.Reading) {
		if v.ICCID != id || found != nil {
			return
		}
		found = &v
		if r.State != modem.SIMPIN {
			return
		}
		if looked {
			failed = g.pins.forget(id)
		}
		if failed == nil {
			*found, failed = g.unlockRead(ctx, v, card, r)
		}
	})
	if err = errors.Join(err, failed); err == nil && found == nil {
		err = cause.Errorf(cause.NotFound, "the card %s is in none of the readers", id)
	}
	if err != nil {
		return fmc.CardView{}, err
	}
	return *found, nil
}

func (g *Gateway) unlockRead(ctx context.Context, v fmc.CardView, card *simcard.Card, r simcard.Reading) (fmc.CardView, error) {
	locked := g.tryPIN(r.SIM, func(pin string) error { return card.EnterPIN(ctx, pin) })
	r, err := card.Read(ctx)
	if err != nil {
		return v, fmt.Errorf("read the card in %s: %w", v.Reader, err)
	}
	v = g.cardView(v.Reader, r)
	v.Why = locked
	return v, nil
}

// readersLimit bounds how long the readers may take together.
const readersLimit = time.Minute

// eachReader takes the card of each reader in turn and lets go of it again. A card that cannot be read comes with the reason,
// and without a reading.
func (g *Gateway) eachReader(ctx context.Context, do func(fmc.CardView, *simcard.Card, simcard.Reading)) (err error) {
	g.reading.Lock() // a card is exclusive: two who ask would find each other in it
	defer g.reading.Unlock()
	ctx, cancel := context.WithTimeout(ctx, readersLimit)
	defer cancel()
	c, err := pcsc.Dial(ctx, g.o.Readers)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	readers, err := c.Readers(ctx)
	if err != nil {
		return err
	}
	for _, reader := range readers {
		if !reader.Card {
			continue
		}
		if err := g.inReader(ctx, c, reader.Name, do); err != nil {
			do(fmc.CardView{Reader: reader.Name, State: string(modem.SIMUnknown), Why: sentence(err)}, nil, simcard.Reading{})
		}
	}
	return ctx.Err()
}

func (g *Gateway) inReader(ctx context.Context, c *pcsc.Client, reader string, do func(fmc.CardView, *simcard.Card, simcard.Reading)) error {
	held, err := c.Connect(ctx, reader)
	if err != nil {
		return err
	}
	card, err := simcard.Open(ctx, held)
	var r simcard.Reading
	if err == nil {
		r, err = card.Read(ctx)
	}
	if err == nil {
		do(g.cardView(reader, r), card, r)
	}
	if left := held.Close(ctx); left != nil {
		g.log.Warn("card in a reader not let go of", "err", left)
	}
	return err
}

func (g *Gateway) cardView(reader string, r simcard.Reading) fmc.CardView {
	v := fmc.CardView{
		Reader: reader, Kind: string(r.Kind), ICCID: fmc.ICCID(r.ICCID), IMSI: r.IMSI, Number: r.Number, Provider: r.Provider, State: string(r.State),
	}
	if r.Attempts >= 0 {
		v.Attempts = &r.Attempts
	}
	if card, ok := g.card(v.ICCID); ok {
		v.Company = card.Company
	}
	return v
}
