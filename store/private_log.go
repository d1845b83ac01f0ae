package store

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
)

// serverLog passes on what the server writes, line by line, and keeps the last lines for an error.
type serverLog struct {
	log *slog.Logger

	mu   sync.Mutex // guards:
	part []byte     // of a line
	last []string
}

const linesKept = 12

// serverLevels are by the severity that PostgreSQL puts first. Errors of statements come back to who sent them; a
// FATAL ends one connection.
var serverLevels = map[string]slog.Level{
	"WARNING": slog.LevelWarn, "FATAL": slog.LevelInfo, "PANIC": slog.LevelError,
}

func (s *serverLog) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.part = append(s.part, b...)
	for {
		line, rest, whole := bytes.Cut(s.part, []byte("\n"))
		if !whole {
			break
		}
		s.line(string(line))
		s.part = rest
	}
	if len(s.part) > 64<<10 {
		s.line(string(s.part))
		s.part = nil
	}
	return len(b), nil
}

func (s *serverLog) line(text string) {
	if strings.TrimSpace(text) == "" {
		return
	}
	if s.last = append(s.last, text); len(s.last) > linesKept {
		s.last = s.last[1:]
	}
	severity, message, _ := strings.Cut(text, ":")
	level, ok := serverLevels[severity]
	if !ok {
		level = slog.LevelDebug
	}
	s.log.Log(context.Background(), level, "postgres says", "severity", severity, "text", strings.TrimSpace(message))
}

func (s *serverLog) tail() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.last, " / ")
}

func lastLines(b []byte, n int) string {
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], " / ")
}
