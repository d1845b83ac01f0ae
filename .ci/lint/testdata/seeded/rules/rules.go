// Package rules breaks, line by line, what the analyzers forbid, and stays within it where it says "may stand".
package rules

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"
)

// Tables and errors may stand.
var (
	ErrGone  = errors.New("gone")
	names    = map[string]int{"a": 1}
	word     = regexp.MustCompile(`\w+`)
	version  = "dev"
	_        = io.Discard
	shapes   = []struct{ Name string }{{"round"}}
	fallback = func() int { return 1 }
)

var (
	lock    sync.Mutex          // want globals
	current = &Light{}          // want globals
	news    = make(chan string) // want globals
	counted = map[string]int{}
	total   int
)

func init() { // want inits
	current = nil // want globals
}

// Count changes what should be a table.
func Count(word string) {
	lock.Lock()     // want globals
	counted[word]++ // want globals
	total = 3       // want globals
	local := names["a"]
	local++
	news <- fmt.Sprint(local, total, current.spare, version, shapes, fallback(), square(2))
}

// Colour is an enumeration.
type Colour int

// Colours.
const (
	Red Colour = iota
	Green

	colours // how many there are
)

// Light is plain data.
type Light struct {
	spare int
	dark  bool // want unused
}

// Switches forgets a colour and does not, with a default.
func Switches(c Colour) string {
	switch c { // want exhaustive
	case Red:
		return "red"
	}
	switch c {
	case Red, Green:
	}
	if c >= colours {
		return ""
	}
	switch c {
	case Red:
		return "red"
	default:
		return "other"
	}
}

// Event is closed by its unexported method.
type Event interface{ event() }

// Rang and Ended are all there is.
type (
	Rang  struct{}
	Ended struct{}
)

// Record has Rang's method by embedding: it is no event.
type Record struct{ Rang }

// Tables of arrays are read by address.
var squares = [...]int{0, 1, 4}

func square(i int) int { return (&squares)[i] }

func (Rang) event()   {}
func (*Ended) event() {}

// Types forgets an event, lists all, and leaves the rest to a default.
func Types(ev Event) {
	switch ev.(type) { // want sumtype
	case Rang:
	}
	switch ev := ev.(type) {
	case Rang, *Ended:
		_ = ev
	}
	switch ev.(type) {
	case Rang:
	default:
	}
}

// Clocks reads one that it does not own, and one that a socket asks for.
func Clocks(c net.Conn) (time.Time, error) {
	now := time.Now       // want forbid
	_ = time.Since(now()) // want forbid
	err := c.SetReadDeadline(time.Now().Add(time.Second))
	//lint:ignore forbid the seeded exclusion, with its reason
	return time.Now(), err
}

// Prints where nobody asked.
func Prints(w io.Writer) {
	fmt.Println("loud") // want forbid
	println("louder")   // want forbid
	log.Print("global") // want forbid
	fmt.Fprintln(w, "asked for")
	os.Exit(1) // want forbid
}

// Errors are told by what they are.
func Errors(err error) error {
	if err == ErrGone { // want errorlint
		return fmt.Errorf("look: %v", err) // want errorlint
	}
	return fmt.Errorf("look: %w", err)
}

// Logs are facts in lower case, through the logger that was passed in.
func Logs(l *slog.Logger, leg string) {
	slog.Info("leg answered", "leg", leg) // want sloglint
	l.Info("Leg answered", "leg", leg)    // want sloglint
	l.Info("leg "+leg, "leg", leg)        // want sloglint
	l.Info("leg answered", "error", leg)  // want sloglint
	l.InfoContext(context.Background(), "leg answered", "leg", leg)
}

// Contexts are handed on.
func Contexts(ctx context.Context) error {
	_ = context.TODO() // want forbid
	wait(ctx)
	slog.New(slog.DiscardHandler).Info("leg answered") // the library's own contexts are not ours
	return dial(context.Background())                  // want contextcheck
}

func dial(ctx context.Context) error { return ctx.Err() }

func wait(ctx context.Context) { <-ctx.Done() }

// Directives without a reason, for nothing, and for nobody.
func Directives() time.Time {
	// want+1 directive
	//lint:ignore forbid
	at := time.Now()
	// want+1 forbid
	//lint:ignore forbid nothing here
	at = at.Add(time.Second)
	// want+1 directive
	//lint:ignore frobid a slip of the pen
	return at
}

// Simple is what staticcheck's three families find.
func Simple(s string, m map[string]string) bool {
	if _, ok := m[s]; ok == true { // want S1002
		return strings.ToLower(s) == "x"
	}
	for {
		select { // want S1000
		case <-news:
		}
		_ = s == s // want SA4000
		if word.MatchString(s) {
			break
		}
	}
	return errors.New("Loud.") != nil // want ST1005
}

func lonely() {} // want unused

// UserId is not how Go writes it.
type UserId string // want ST1003
