package simcard_test

import (
	"context"
	"errors"
	"testing"

	"roadline/fmc/cause"
	"roadline/hardware/modem"
	"roadline/hardware/simcard"
	"roadline/hardware/simcard/cardtest"
)

func cards() map[simcard.Kind]*cardtest.Card {
	all := map[simcard.Kind]*cardtest.Card{}
	for _, kind := range []simcard.Kind{simcard.UICC, simcard.Classic} {
		all[kind] = &cardtest.Card{
			Classic: kind == simcard.Classic, ICCID: "8949000000000000017", IMSI: "262010123456789", Number: "+491510000017", Provider: "Roadnet",
		}
	}
	return all
}

func read(t *testing.T, w simcard.Wire) (*simcard.Card, simcard.Reading) {
	t.Helper()
	c, err := simcard.Open(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c, r
}

func TestACardOfEitherKindIsRead(t *testing.T) {
	for kind, card := range cards() {
		_, r := read(t, card)
		want := simcard.Reading{Kind: kind, Provider: "Roadnet", SIM: modem.SIM{
			State: modem.SIMReady, ICCID: card.ICCID, IMSI: card.IMSI, Number: card.Number, Attempts: r.Attempts,
		}}
		if r != want {
			t.Errorf("%s: %+v", kind, r)
		}
	}
}

func TestALockedCardSaysWhichItIsAndHowManyAttemptsAreLeft(t *testing.T) {
	for kind, card := range cards() {
		card.PIN = "1234"
		c, r := read(t, card)
		if r.State != modem.SIMPIN || r.Attempts != 3 || r.ICCID != card.ICCID || r.IMSI != "" || r.Number != "" {
			t.Errorf("%s: %+v", kind, r)
		}
		if err := c.EnterPIN(t.Context(), "4321"); !errors.Is(err, cause.Denied) {
			t.Errorf("%s: the wrong PIN: %v", kind, err)
		}
		if r, err := c.Read(t.Context()); err != nil || r.State != modem.SIMPIN || r.Attempts != 2 {
			t.Errorf("%s: after it: %+v, %v", kind, r, err)
		}
		if err := c.EnterPIN(t.Context(), "1234"); err != nil {
			t.Errorf("%s: the right PIN: %v", kind, err)
		}
		if r, err := c.Read(t.Context()); err != nil || r.State != modem.SIMReady || r.IMSI != card.IMSI {
			t.Errorf("%s: after it: %+v, %v", kind, r, err)
		}
	}
}

func TestABlockedCardAndOneThatKeepsItsAttemptsSecret(t *testing.T) {
	for kind, card := range cards() {
		card.PIN = "1234"
		card.Leave(0)
		if _, r := read(t, card); r.State != modem.SIMPUK || r.Attempts != 0 {
			t.Errorf("%s, blocked: %+v", kind, r)
		}
		card.Secret = true
		card.Leave(3)
		if _, r := read(t, card); r.State != modem.SIMPIN || r.Attempts != -1 {
			t.Errorf("%s, secret: %+v", kind, r)
		}
	}
}

func TestWhatIsNoPINIsNotSent(t *testing.T) {
	for kind, card := range cards() {
		card.PIN = "1234"
		c, _ := read(t, card)
		for _, pin := range []string{"", "123", "123456789", "12a4"} {
			if err := c.EnterPIN(t.Context(), pin); !errors.Is(err, cause.Invalid) {
				t.Errorf("%s: %q: %v", kind, pin, err)
			}
		}
		if len(card.Tried()) > 0 {
			t.Errorf("%s was sent %q", kind, card.Tried())
		}
	}
}

// says answers every command alike.
type says struct {
	answer []byte
	err    error
}

func (s says) Transmit(context.Context, []byte) ([]byte, error) { return s.answer, s.err }

func TestACardThatTalksNonsenseIsRefused(t *testing.T) {
	for name, w := range map[string]says{
		"nothing": {}, "one byte": {answer: []byte{0x90}}, "circles": {answer: []byte{0x61, 0x10}}, "another length again": {answer: []byte{0x6C, 0x01}},
		"another application": {answer: []byte{0x90, 0x00}}, "knows no class": {answer: []byte{0x6E, 0x00}}, "gone": {err: errors.New("gone")},
	} {
		if _, err := simcard.Open(t.Context(), w); !errors.Is(err, cause.Unsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzRead: whatever a card answers is read without a panic and in an end.
func FuzzRead(f *testing.F) {
	f.Add([]byte{0x62, 0x07, 0x82, 0x05, 0x42, 0x21, 0x00, 0x26, 0x01, 0x90, 0x00})
	f.Add([]byte{0x61, 0xFF, 0x4F, 0x10, 0x90, 0x00})
	f.Add([]byte{0x80, 0x04, 0x90, 0x00})
	f.Fuzz(func(t *testing.T, answer []byte) {
		c, err := simcard.Open(t.Context(), says{answer: answer})
		if err == nil {
			_, _ = c.Read(t.Context())
		}
	})
}
