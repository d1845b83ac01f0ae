package modem_test

import (
	"context"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"roadline/hardware/generic"
	"roadline/hardware/modem"
	"roadline/hardware/modemtest"
)

// with runs a test with a modem that has started, in a bubble: time passes at once.
func with(t *testing.T, family modem.Family, pcm func() (io.ReadWriteCloser, error), run func(*testing.T, *modemtest.Player)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := modemtest.NewPlayer(t, family, pcm)
		if err := p.Modem.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := p.Modem.Close(); err != nil {
				t.Error(err)
			}
		}()
		run(t, p)
	})
}

// plain runs a test with a generic modem.
func plain(t *testing.T, run func(*testing.T, *modemtest.Player)) {
	t.Helper()
	with(t, generic.Family(), nil, run)
}

// event is the next one, or nil where none comes within d.
func event(p *modemtest.Player, d time.Duration) modem.Event {
	select {
	case ev := <-p.Modem.Events():
		return ev
	case <-time.After(d):
		return nil
	}
}

// comes waits for the very event.
func comes(t *testing.T, p *modemtest.Player, want modem.Event) {
	t.Helper()
	if got := event(p, time.Minute); fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("event %T %+v, want %+v", got, got, want)
	}
}

func nothing(t *testing.T, p *modemtest.Player, d time.Duration) {
	t.Helper()
	if ev := event(p, d); ev != nil {
		t.Errorf("event %T %+v, want none", ev, ev)
	}
}

func limited(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}
