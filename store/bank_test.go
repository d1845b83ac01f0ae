package store_test

import (
	"slices"
	"testing"
	"time"

	"roadline/fmc"
)

// TestMovesOfACardAreKeptWithWhoAndWhy brings moves of a company's cards in, one of them twice as after a crash.
func TestMovesOfACardAreKeptWithWhoAndWhy(t *testing.T) {
	s, a := acme(t)
	apply(t, s, company("beta"), 0)
	moved := func(minutes int, sim fmc.ICCID, was, modem string) fmc.CardMoved {
		return fmc.CardMoved{
			At: noon.Add(time.Duration(minutes) * time.Minute), SIM: sim, Bank: "north", Was: was, Modem: modem, By: "olga", Reason: "no\x00 signal", Lose: minutes > 1,
		}
	}
	kept := func(m fmc.CardMoved) fmc.CardMoved {
		m.Reason = "no\ufffd signal" // PostgreSQL has no zero byte in a text
		return m
	}
	first, second, other := moved(1, "8970", "", "left"), moved(2, "8970", "left", "right"), moved(3, "8971", "right", "")
	drainAll(t, s, about("acme", "", second), about("acme", "", first), about("acme", "", first), about("acme", "", other), about("beta", "", moved(9, "8970", "", "theirs")))
	all, err := a.CardMoves(t.Context(), "8970")
	if want := []fmc.CardMoved{kept(second), kept(first)}; err != nil || !slices.Equal(all, want) {
		t.Errorf("the history is %+v, %v", all, err)
	}
	last, err := a.CardsMoved(t.Context())
	if want := []fmc.CardMoved{kept(second), kept(other)}; err != nil || !slices.Equal(last, want) {
		t.Errorf("they were moved last by %+v, %v", last, err)
	}
	if all, err := s.For("nobody").CardsMoved(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}
