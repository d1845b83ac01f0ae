package house

import (
	"log/slog"
	"os"
	"testing"

	"roadline/configs"
)

func TestWhenACentresLinkStoodLastIsKeptUntilItEndsInOrder(t *testing.T) {
	h := &House{m: &configs.Machine{Data: t.TempDir()}, log: slog.New(slog.DiscardHandler)}
	h.centreStands("mts", false)
	if sums := h.takenLately(t.Context(), "mts"); sums != nil { // nobody asks PostgreSQL, of which there is none
		t.Errorf("of a centre that never was linked %v are in doubt", sums)
	}
	for range 2 {
		h.centreStands("mts", true)
	}
	if _, err := os.Stat(h.standing("mts")); err != nil {
		t.Error(err)
	}
	h.centreStands("mts", false)
	if sums := h.takenLately(t.Context(), "mts"); sums != nil {
		t.Errorf("after it ended in order %v are in doubt", sums)
	}
}
