package gateway_test

import (
	"log/slog"
	"testing"
	"time"

	"roadline/hardware/gateway"
)

func TestOnlyTheBoxsOwnHostSpeaks(t *testing.T) {
	for _, row := range []struct {
		host, remote string
		want         bool
	}{
		{"192.0.2.7", "192.0.2.7:4000", true},
		{"192.0.2.7", "[::ffff:192.0.2.7]:4000", true},
		{"192.0.2.7", "192.0.2.8:4000", false},
		{"[2001:db8::7]", "[2001:db8::7]:4000", true},
		{"2001:db8::7", "[2001:db8::8]:4000", false},
		{"localhost", "127.0.0.1:4000", true},
		{"localhost", "127.0.0.2:4000", false},
		{"no such host", "127.0.0.1:4000", false},
		{"192.0.2.7", "nonsense", false},
	} {
		h := gateway.NewHost(row.host, time.Now, slog.New(slog.DiscardHandler))
		h.Ask(t.Context())
		if got := h.Speaks(t.Context(), row.remote); got != row.want {
			t.Errorf("%s from %s: %v", row.host, row.remote, got)
		}
	}
}
