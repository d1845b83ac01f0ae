package pcsc_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/modem"
	"roadline/hardware/pcsc"
	"roadline/hardware/pcsc/pcsctest"
	"roadline/hardware/simcard"
	"roadline/hardware/simcard/cardtest"
)

func TestCardsAreReadThroughTheRealDaemon(t *testing.T) {
	t.Parallel()
	uicc := &cardtest.Card{ICCID: "8949000000000000017", IMSI: "262010123456789", Number: "+491510000017", Provider: "Roadnet", PIN: "1234"}
	classic := &cardtest.Card{Classic: true, ICCID: "8949000000000000025", IMSI: "262010123456780"}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	socket := pcsctest.Start(t, uicc, classic)
	c, err := pcsc.Dial(ctx, socket)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	readers := inserted(ctx, t, c)

	held := take(ctx, t, c, readers[0].Name)
	card, r := look(ctx, t, held)
	if r.ICCID != uicc.ICCID || r.Kind != simcard.UICC || r.State != modem.SIMPIN || r.Attempts != 3 {
		t.Errorf("the locked card: %+v", r)
	}
	if err := card.EnterPIN(ctx, "4321"); !errors.Is(err, cause.Denied) || uicc.Left() != 2 {
		t.Errorf("a wrong PIN: %v, %d attempts are left", err, uicc.Left())
	}
	if err := card.EnterPIN(ctx, "1234"); err != nil {
		t.Error(err)
	}
	if _, r = look(ctx, t, held); r.State != modem.SIMReady || r.IMSI != uicc.IMSI || r.Number != uicc.Number || r.Provider != "Roadnet" {
		t.Errorf("the opened card: %+v", r)
	}
	other, err := pcsc.Dial(ctx, socket)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	if _, err := other.Connect(ctx, readers[0].Name); !errors.Is(err, cause.NoRoom) {
		t.Errorf("a second program takes the card: %v", err)
	}
	if err := held.Close(ctx); err != nil {
		t.Error(err)
	}
	if _, r = look(ctx, t, take(ctx, t, other, readers[0].Name)); r.State != modem.SIMPIN {
		t.Errorf("let go of, the card is left open: %+v", r)
	}
	if _, r = look(ctx, t, take(ctx, t, c, readers[1].Name)); r.ICCID != classic.ICCID || r.Kind != simcard.Classic || r.IMSI != classic.IMSI {
		t.Errorf("the classic card: %+v", r)
	}
	if _, err := c.Connect(ctx, "Nobody's reader 00 00"); !errors.Is(err, cause.NotFound) {
		t.Errorf("a reader that is not there: %v", err)
	}
}

// inserted waits till the daemon has seen both cards.
func inserted(ctx context.Context, t *testing.T, c *pcsc.Client) []pcsc.Reader {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		all, err := c.Readers(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) == 2 && all[0].Card && all[1].Card {
			return all
		}
		select {
		case <-ctx.Done():
			t.Fatalf("the readers are %+v", all)
		case <-tick.C:
		}
	}
}

func take(ctx context.Context, t *testing.T, c *pcsc.Client, reader string) *pcsc.Card {
	t.Helper()
	card, err := c.Connect(ctx, reader)
	if err != nil {
		t.Fatal(err)
	}
	return card
}

func look(ctx context.Context, t *testing.T, w simcard.Wire) (*simcard.Card, simcard.Reading) {
	t.Helper()
	card, err := simcard.Open(ctx, w)
	if err != nil {
		t.Fatal(err)
	}
	r, err := card.Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return card, r
}

func TestADaemonThatIsAwayIsSaid(t *testing.T) {
	if _, err := pcsc.Dial(t.Context(), filepath.Join(t.TempDir(), "none")); !errors.Is(err, cause.Unavailable) {
		t.Error(err)
	}
}
