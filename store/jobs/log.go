package jobs

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// sameAgain is how soon River may say the same again: while PostgreSQL is away it would do so every few seconds.
const sameAgain = 5 * time.Minute

// rarely is a log in which River says what worries it, each thing once in a while. What it says below a warning is of
// its own inner life.
type rarely struct {
	slog.Handler
	said *said
}

// said is what was said when.
type said struct {
	mu   sync.Mutex // guards:
	last map[string]time.Time
}

func newRarely(h slog.Handler) rarely { return rarely{h, &said{last: map[string]time.Time{}}} }

// Enabled reports whether a level is let through.
func (h rarely) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && h.Handler.Enabled(ctx, level)
}

// Handle passes a record on, if it was not said lately.
func (h rarely) Handle(ctx context.Context, r slog.Record) error {
	if !h.said.anew(r) {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

func (s *said) anew(r slog.Record) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last, ok := s.last[r.Message]; ok && r.Time.Sub(last) < sameAgain {
		return false
	}
	s.last[r.Message] = r.Time
	return true
}

// WithAttrs adds to what is said.
func (h rarely) WithAttrs(attrs []slog.Attr) slog.Handler {
	return rarely{h.Handler.WithAttrs(attrs), h.said}
}

// WithGroup opens a group.
func (h rarely) WithGroup(name string) slog.Handler { return rarely{h.Handler.WithGroup(name), h.said} }
