package at_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"roadline/hardware/at"
)

// peer is the far end of the port: it hears what the engine writes and says whatever the test wants, when it wants.
type peer struct {
	t     *testing.T
	mu    sync.Mutex
	conn  net.Conn
	opens int
	deny  error // what opening the port ends in
	heard chan string
}

// open makes a new port; the one before it is dead.
func (p *peer) open() (io.ReadWriteCloser, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.deny != nil {
		return nil, p.deny
	}
	ours, theirs := net.Pipe()
	p.conn = theirs
	p.opens++
	go p.listen(theirs) // ends when the engine closes its end, and is awaited by the bubble
	return ours, nil
}

func (p *peer) listen(conn net.Conn) {
	r := bufio.NewReader(conn)
	var line strings.Builder
	for {
		b, err := r.ReadByte()
		if err != nil {
			return
		}
		if line.WriteByte(b); b == '\r' || b == 0x1a {
			p.heard <- line.String()
			line.Reset()
		}
	}
}

// say sends text as it stands.
func (p *peer) say(text string) {
	p.mu.Lock()
	conn := p.conn
	p.mu.Unlock()
	if _, err := io.WriteString(conn, text); err != nil && !errors.Is(err, io.ErrClosedPipe) {
		p.t.Errorf("say %q: %v", text, err)
	}
}

// hears waits for a command; those that look for rest are answered by the way, where mute is not set.
func (p *peer) hears(want string) {
	p.t.Helper()
	for {
		select {
		case got := <-p.heard:
			switch {
			case got == want:
				return
			case got == "\x1b\r":
			case got == "AT+CMEE?\r":
				p.say("\r\n+CMEE: 1\r\n\r\nOK\r\n")
			default:
				p.t.Fatalf("heard %q, want %q", got, want)
			}
		case <-time.After(time.Minute):
			p.t.Fatalf("%q was not sent", want)
		}
	}
}

// with runs a test with an engine that is running, in a bubble of its own.
func with(t *testing.T, run func(*testing.T, *at.Engine, *peer)) {
	t.Helper()
	withPing(t, time.Hour, func(t *testing.T, e *at.Engine, p *peer, _ <-chan error) { run(t, e, p) })
}

func withPing(t *testing.T, ping time.Duration, run func(*testing.T, *at.Engine, *peer, <-chan error)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := &peer{t: t, heard: make(chan string, 100)}
		forms := append(at.Standard(), at.Form{Prefix: "^CEND:"}, at.Form{Prefix: "^RSSI:"}, at.Form{Prefix: "^BOOT:"})
		e := at.New(at.Options{Open: p.open, Forms: forms, Log: slog.New(slog.DiscardHandler), Ping: ping})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- e.Run(ctx) }()
		run(t, e, p, ended)
		cancel()
		for range e.Said() {
			continue
		}
	})
}

// answer is what a command came to.
type answer struct {
	lines []string
	err   error
}

func give(e *at.Engine, command string, limit time.Duration) <-chan answer {
	c := make(chan answer, 1)
	go func() {
		lines, err := e.Command(context.Background(), command, limit)
		c <- answer{lines, err}
	}()
	return c
}

func (a answer) is(t *testing.T, want ...string) {
	t.Helper()
	if a.err != nil || strings.Join(a.lines, "|") != strings.Join(want, "|") {
		t.Errorf("answer %q, %v; want %q", a.lines, a.err, want)
	}
}

// said reads n things.
func said(t *testing.T, e *at.Engine, n int) []at.Said {
	t.Helper()
	var all []at.Said
	for range n {
		select {
		case s := <-e.Said():
			all = append(all, s)
		case <-time.After(time.Minute):
			t.Fatalf("%d of %d things were said: %q", len(all), n, all)
		}
	}
	return all
}
