package gatewaytest

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"roadline/hardware/gateway"
)

// Live runs something until the test ends; what began last ends first. That it ends with an error fails the test.
func Live(t testing.TB, run func(context.Context) error) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("what ran ended with %v", err)
		}
	})
}

// Drive is a vendor's driver that runs until the test ends.
func Drive(t testing.TB, v gateway.Vendor, o gateway.Options) gateway.Gateway {
	t.Helper()
	g, err := v.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	Live(t, g.Run)
	return g
}

// Serve opens a line as soon as its box is there, until the test ends.
func Serve(t testing.TB, l *gateway.Line) *gateway.Module {
	t.Helper()
	var m *gateway.Module
	Until(t, "the line can be opened", func() bool {
		var err error
		m, err = gateway.Open(l, nil, slog.New(slog.DiscardHandler))
		return err == nil
	})
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Errorf("the line is closed with %v", err)
		}
	})
	return m
}

// Until asks again and again for what has no signal of its own.
func Until(t testing.TB, what string, is func() bool) {
	t.Helper()
	late := time.After(patience)
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for !is() {
		select {
		case <-look.C:
		case <-late:
			t.Fatalf("it never came that %s", what)
		}
	}
}
