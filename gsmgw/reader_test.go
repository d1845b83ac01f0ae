package gsmgw_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/gsmgw"
	"roadline/hardware/pcsc/pcsctest"
	"roadline/hardware/simcard/cardtest"
	"roadline/media"
)

// desk is a gateway with two cards in readers behind a real pcscd.
func desk(t *testing.T, pin string, first, second *cardtest.Card) *gsmgw.Gateway {
	t.Helper()
	ports, err := media.NewPorts(media.Options{Bind: loopback, From: 40000, To: 40099, Now: func() time.Duration { return 0 }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, log: &journal{}}
	g, err := gsmgw.New(gsmgw.Options{
		Calls: &calls{b: b}, Ports: ports, Journal: b.log, Companies: b, Find: b.find, PINs: filepath.Join(t.TempDir(), "pins.json"), Unclaimed: filepath.Join(t.TempDir(), "unclaimed.json"), Now: time.Now,
		Log: slog.New(slog.NewTextHandler(&testLog{t: t}, nil)), NewCall: func() fmc.CallID { return "" }, NewMessage: func() fmc.MessageID { return "" },
		Cards:   []gsmgw.Card{{ICCID: cardA, Company: "acme", PIN: func() (string, error) { return pin, nil }}, {ICCID: cardB, Company: "acme", PIN: func() (string, error) { return pin, nil }}},
		Readers: pcsctest.Start(t, first, second),
	})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func simA() *cardtest.Card {
	return &cardtest.Card{ICCID: string(cardA), IMSI: "262010123456789", PIN: "1234"}
}

func simB() *cardtest.Card {
	return &cardtest.Card{Classic: true, ICCID: string(cardB), IMSI: "262010123456780", PIN: "1234"}
}

// cardsOf waits till both cards were seen in the readers.
func cardsOf(ctx context.Context, t *testing.T, g *gsmgw.Gateway) []fmc.CardView {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for ; ; <-tick.C {
		all, err := g.ReadCards(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) == 2 {
			return all
		}
	}
}

func TestThePINOpensACardInAReaderForAReading(t *testing.T) {
	t.Parallel()
	a, b := simA(), simB()
	g := desk(t, "1234", a, b)
	for _, v := range cardsOf(t.Context(), t, g) {
		if v.State != "pin" || v.Company != "acme" || v.IMSI != "" || v.Attempts == nil || *v.Attempts != 3 || v.Why != "" {
			t.Errorf("before: %+v", v)
		}
	}
	if len(a.Tried())+len(b.Tried()) > 0 {
		t.Errorf("to read, %q and %q were tried", a.Tried(), b.Tried())
	}
	for id, imsi := range map[fmc.ICCID]string{cardA: a.IMSI, cardB: b.IMSI} {
		if v, err := g.UnlockCard(t.Context(), id, false); err != nil || v.State != "ready" || v.IMSI != imsi {
			t.Errorf("%s: %+v, %v", id, v, err)
		}
	}
	if _, err := g.UnlockCard(t.Context(), "8949000000000000009", false); !errors.Is(err, cause.NotFound) {
		t.Errorf("a card that is not there: %v", err)
	}
}

func TestInvariant11AWrongPINIsTriedOnceInAReader(t *testing.T) {
	t.Parallel()
	a, b := simA(), simB()
	a.Leave(3)
	b.Leave(3)
	g := desk(t, "4321", a, b)
	cardsOf(t.Context(), t, g)
	for range 3 {
		for _, id := range []fmc.ICCID{cardA, cardB} {
			if v, err := g.UnlockCard(t.Context(), id, false); err != nil || v.State != "pin" || v.Why == "" {
				t.Errorf("%+v, %v", v, err)
			}
		}
	}
	if once := []string{"4321"}; !slices.Equal(a.Tried(), once) || !slices.Equal(b.Tried(), once) {
		t.Errorf("tried %q and %q", a.Tried(), b.Tried())
	}
	if _, err := g.UnlockCard(t.Context(), cardA, true); err != nil || a.Left() != 1 {
		t.Errorf("after a person looked: %v, %d attempts left", err, a.Left())
	}
	if v, err := g.UnlockCard(t.Context(), cardA, true); err != nil || a.Left() != 1 || v.Why == "" {
		t.Errorf("the last attempt, though a person looked: %+v, %v, %d left", v, err, a.Left())
	}
}

func TestInvariant11TheLastAttemptIsNeverUsedInAReader(t *testing.T) {
	t.Parallel()
	a, b := simA(), simB()
	a.Leave(1)
	b.Secret = true
	g := desk(t, "1234", a, b)
	for _, v := range cardsOf(t.Context(), t, g) {
		if v.State != "pin" || v.Why == "" {
			t.Errorf("it is not said why: %+v", v)
		}
		if v, err := g.UnlockCard(t.Context(), v.ICCID, true); err != nil || v.State != "pin" || v.Why == "" {
			t.Errorf("%+v, %v", v, err)
		}
	}
	if len(a.Tried())+len(b.Tried()) > 0 {
		t.Errorf("tried %q and %q", a.Tried(), b.Tried())
	}
}
