package gsmgw_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/gsmgw"
	"roadline/hardware/modem"
)

func TestAPersonRestartsAModemAndItServesAgain(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		if err := b.g.RestartLine(b.t.Context(), "acme", cardA.Line(), false); err != nil {
			t.Fatal(err)
		}
		b.pass(time.Minute)
		if v := b.g.Views()[0]; v.State != gsmgw.StateReady || !slices.Equal(m.resets, []modem.Step{modem.Restart}) {
			t.Errorf("%s after %v", v.State, m.resets)
		}
	}, m)
}

func TestAModemIsNotRestartedInACallUnlessTheCallMayBeLost(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		b.dial(cardA)
		b.pass(time.Second)
		if err := b.g.RestartLine(b.t.Context(), "acme", cardA.Line(), false); !errors.Is(err, cause.Conflict) || len(m.resets) != 0 {
			t.Errorf("in a call: %v, %v", err, m.resets)
		}
		if err := b.g.RestartLine(b.t.Context(), "acme", cardA.Line(), true); err != nil || len(m.resets) != 1 {
			t.Errorf("all the same: %v, %v", err, m.resets)
		}
		b.pass(time.Minute)
		if v := b.g.Views()[0]; v.State != gsmgw.StateReady {
			t.Errorf("the line is %s: %s", v.State, v.Why)
		}
	}, m)
}

func TestARestartOfWhatIsNotThereIsRefused(t *testing.T) {
	m := newModem(cardA)
	start(t, func(b *bench) {
		for _, x := range []struct {
			company, line string
			want          cause.Kind
		}{{"nobody", string(cardA.Line()), cause.NotFound}, {"acme", "sim:0", cause.NotFound}} {
			if err := b.g.RestartLine(b.t.Context(), fmc.CompanyID(x.company), fmc.LineID(x.line), false); !errors.Is(err, x.want) {
				t.Errorf("%s of %s: %v", x.line, x.company, err)
			}
		}
		m.lose(cause.Errorf(cause.Unavailable, "input/output error"))
		b.pass(time.Millisecond)
		if err := b.g.RestartLine(b.t.Context(), "acme", cardA.Line(), false); !errors.Is(err, cause.Unavailable) {
			t.Errorf("unplugged: %v", err)
		}
	}, m)
}
