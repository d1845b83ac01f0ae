package gsmsim_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"roadline/hardware/gsmsim"
)

// patience bounds every wait; it only ends a test that has failed already.
const patience = 20 * time.Second

// world starts a network, at a thousandth of the pace of life where a test does not say otherwise.
func world(t *testing.T, change ...func(*gsmsim.Options)) *gsmsim.Network {
	t.Helper()
	o := gsmsim.Options{Now: time.Now, Dir: t.TempDir(), Pace: 0.001}
	for _, c := range change {
		c(&o)
	}
	n, err := gsmsim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return n
}

// plug plugs a device in and waits until it is registered.
func plug(t *testing.T, n *gsmsim.Network, m gsmsim.Make, c *gsmsim.Card) *gsmsim.Device {
	t.Helper()
	d, err := n.Plug(m, c)
	if err != nil {
		t.Fatal(err)
	}
	if c != nil && c.PIN == "" {
		until(t, "the device is registered", d.Registered)
	}
	return d
}

// until waits for what has no signal of its own.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	late := time.After(patience)
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for !is() {
		select {
		case <-look.C:
		case <-late:
			t.Fatalf("it never came that %s", what)
		}
	}
}

// arrives waits for a signal.
func arrives(t *testing.T, what string, signal <-chan struct{}) {
	t.Helper()
	select {
	case <-signal:
	case <-time.After(patience):
		t.Fatalf("it never came that %s", what)
	}
}

// A line is somebody at a port for commands: it writes, and reads whatever comes.
type line struct {
	t    *testing.T
	port *os.File

	mu   sync.Mutex
	got  string
	gone error
	news chan struct{}
}

// open opens a port as a driver does.
func open(t *testing.T, path string) *line {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	l := &line{t: t, port: f, news: make(chan struct{}, 1)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		buf := make([]byte, 4096)
		for {
			n, err := f.Read(buf)
			l.mu.Lock()
			l.got += string(buf[:n])
			l.gone = err
			l.mu.Unlock()
			select {
			case l.news <- struct{}{}:
			default:
			}
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = f.Close()
		<-ended
	})
	return l
}

func (l *line) write(s string) {
	l.t.Helper()
	if _, err := l.port.WriteString(s); err != nil {
		l.t.Fatal(err)
	}
}

// expect waits for text and returns all up to its end, which is taken away.
func (l *line) expect(text string) string {
	l.t.Helper()
	late := time.After(patience)
	for {
		l.mu.Lock()
		got, gone := l.got, l.gone
		if before, after, found := strings.Cut(got, text); found {
			l.got = after
			l.mu.Unlock()
			return before + text
		}
		l.mu.Unlock()
		if gone != nil && !errors.Is(gone, os.ErrClosed) {
			l.t.Fatalf("the port ended with %v before %q came; there was %q", gone, text, got)
		}
		select {
		case <-l.news:
		case <-late:
			l.t.Fatalf("%q never came; there was %q", text, got)
		}
	}
}

// at gives a command and returns its answer up to the final OK.
func (l *line) at(command string) string {
	l.t.Helper()
	l.write(command + "\r")
	return l.expect("\r\nOK\r\n")
}

// silence returns what comes within a while, and should not.
func (l *line) silence() string {
	l.t.Helper()
	select {
	case <-l.news:
	default: // of what was taken already
	}
	select {
	case <-l.news:
	case <-time.After(50 * time.Millisecond):
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.got
}

// hangup waits until the port is gone.
func (l *line) hangup() {
	l.t.Helper()
	until(l.t, "the port is gone", func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.gone != nil
	})
}
