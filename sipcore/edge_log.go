package sipcore

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

const (
	sameRecords = 5                // of one message and level that pass per window
	sampleOver  = 10 * time.Second // the window
)

// sampled is the log handler given to the library: it writes whole datagrams of strangers into its error records, one
// record per datagram. Here such bytes are cut away, and of each message only a few pass per window.
type sampled struct {
	slog.Handler
	state *sampleState
}

type sampleState struct {
	now func() time.Time

	mu    sync.Mutex // guards:
	begun time.Time
	seen  map[string]int
}

func newSampled(h slog.Handler, now func() time.Time) *sampled {
	return &sampled{h, &sampleState{now: now, seen: make(map[string]int)}}
}

// Handle passes a record on without what the wire wrote, or drops it. The library's errors are about peers, so none is
// worth more than a warning.
func (s *sampled) Handle(ctx context.Context, r slog.Record) error {
	if !s.state.pass(r.Level.String() + r.Message) {
		return nil
	}
	clean := slog.NewRecord(r.Time, min(r.Level, slog.LevelWarn), "sip library: "+r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "laddr":
			clean.AddAttrs(slog.String("listener", printable(a.Value.String())))
		case "raddr":
			clean.AddAttrs(slog.String("remote", printable(a.Value.String())))
		case "error":
			clean.AddAttrs(slog.String("err", printable(a.Value.String())))
		}
		return true
	})
	return s.Handler.Handle(ctx, clean)
}

func (s *sampleState) pass(what string) bool {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.begun) > sampleOver {
		s.begun = now
		clear(s.seen)
	}
	s.seen[what]++
	return s.seen[what] <= sameRecords
}

// WithAttrs keeps the sampling.
func (s *sampled) WithAttrs(a []slog.Attr) slog.Handler {
	return &sampled{s.Handler.WithAttrs(a), s.state}
}

// WithGroup keeps the sampling.
func (s *sampled) WithGroup(name string) slog.Handler {
	return &sampled{s.Handler.WithGroup(name), s.state}
}

const longestLogged = 200

// printable makes bytes of a stranger fit for a log line.
func printable(s string) string {
	out := make([]rune, 0, min(len(s), longestLogged))
	for _, r := range s {
		if len(out) == longestLogged {
			return string(out) + "…"
		}
		if r < ' ' || r == 0x7f || r == 0xfffd {
			r = '.'
		}
		out = append(out, r)
	}
	return string(out)
}
