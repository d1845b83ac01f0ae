package at

import (
	"errors"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// wire stands between the port and the library's engine and sorts what the module says: unasked lines go to said, in the
// order in which they came; of the rest the library sees the answer to the command that is on the wire and nothing else,
// with ends that it knows. It is the io.ReadWriter that the library takes for a modem.
type wire struct {
	port  io.ReadWriteCloser
	forms []Form
	said  chan<- Said
	log   *slog.Logger
	told  func(out bool, line string)
	heard atomic.Uint64 // lines

	// owned by listen
	split splitter
	open  *Said // an unasked line whose further lines are awaited
	want  int   // how many of them
	text  bool  // its quoted text runs over several lines
	full  bool  // said had no room

	mu   sync.Mutex
	some *sync.Cond // there is something in feed, or shut
	// mu guards:
	feed   []byte // what the library is to read
	closed bool
	why    error // why it was closed
	now    *exchange
}

// exchange is one command and what became of it. The wire's mu guards it while it is the wire's.
type exchange struct {
	command string // without AT
	body    string // of a message: written after the prompt
	inOrder bool   // its end goes to said
	marker  string // the answer begins so; what comes before belongs to an earlier command

	lines    []string
	final    string
	prompted bool
	marked   bool
	strays   int // ends that came before the marker
	over     bool
}

// The bounds of what one unasked line may bring along.
const textLines = 16

var errFull = errors.New("nobody reads what the module says")

func newWire(port io.ReadWriteCloser, forms []Form, said chan<- Said, log *slog.Logger, told func(out bool, line string)) *wire {
	w := &wire{port: port, forms: forms, said: said, log: log, told: told}
	w.some = sync.NewCond(&w.mu)
	return w
}

// listen reads the port to its end.
func (w *wire) listen() error {
	buf := make([]byte, 4096)
	for {
		n, err := w.port.Read(buf)
		for _, line := range w.split.lines(buf[:n], w.prompt) {
			w.heard.Add(1)
			shown := Redact(line)
			w.log.Debug("at line heard", "text", shown)
			w.told(false, shown)
			w.take(line)
		}
		switch {
		case w.full:
			err = errFull
		case n == 0 && err == nil:
			err = io.ErrUnexpectedEOF // a port that was pulled says so on some systems
		}
		if err != nil {
			w.fail(err)
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.why
		}
	}
}

// prompt is asked whether a ">" at the beginning of a line is the prompt for a message, and hands it to the library.
func (w *wire) prompt() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	x := w.now
	if x == nil || x.over || x.body == "" || x.prompted {
		return false
	}
	x.prompted = true
	w.give(">")
	return true
}

// take sorts one line.
func (w *wire) take(line string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	x := w.now
	if x != nil && x.over {
		x = nil
	}
	if w.open != nil && w.belongs(line, x) {
		return
	}
	if rest, ok := strings.CutPrefix(line, "ERROR+"); ok { // Huawei: "ERROR+CNUM: …"
		w.sort("+"+rest, x)
		line = "ERROR"
	}
	w.sort(line, x)
}

func (w *wire) sort(line string, x *exchange) {
	form, unasked := unaskedForm(w.forms, line, x)
	switch {
	case isEcho(line, x):
	case isFinal(line, x):
		w.finish(line, x)
	case unasked:
		w.unasked(line, form)
	case isNoise(line):
		w.log.Debug("at noise dropped", "text", strconv.Quote(line))
	case x == nil && isResult(line):
		w.log.Debug("at late answer dropped", "text", line)
	case x == nil:
		w.post(Said{Line: line})
	case x.marker != "" && !x.marked && !strings.HasPrefix(line, x.marker): // of an earlier command
	default:
		x.marked = true
		x.lines = append(x.lines, line)
		// The NUL keeps the library from reading anything into the line: a prompt, an echo, an end.
		w.give("\x00" + line + "\n")
	}
}

// unasked posts the line, or keeps it until what belongs to it has come.
func (w *wire) unasked(line string, form Form) {
	s := Said{Line: line}
	if w.text = form.Text && strings.Count(line, `"`)%2 == 1; w.text || form.More > 0 {
		w.open, w.want = &s, form.More
		return
	}
	w.post(s)
}

// belongs adds the line to the one that waits for more; false: it does not belong to it.
func (w *wire) belongs(line string, x *exchange) bool {
	s := w.open
	if w.text {
		if isFinal(line, x) { // the closing quote will not come any more
			w.close()
			return false
		}
		s.More = append(s.More, line)
		if strings.Count(line, `"`)%2 == 1 || len(s.More) == textLines {
			s.Line, s.More = s.Line+"\n"+strings.Join(s.More, "\n"), nil
			w.close()
		}
		return true
	}
	if !isHex(line) {
		w.close()
		return false
	}
	s.More = append(s.More, line)
	if len(s.More) == w.want {
		w.close()
	}
	return true
}

func (w *wire) close() {
	w.post(*w.open)
	w.open, w.text = nil, false
}

func (w *wire) post(s Said) {
	select {
	case w.said <- s:
	default:
		w.full = true
	}
}

// finish ends the command that is on the wire.
func (w *wire) finish(line string, x *exchange) {
	if x.marker != "" && !x.marked {
		x.strays++
		return
	}
	x.over, x.final = true, line
	if x.inOrder {
		w.post(Said{Command: x.command, More: x.lines, Final: line})
	}
	switch {
	case line == "OK", strings.HasPrefix(line, "CONNECT"):
		w.give("OK\n")
	case isResult(line) && line != notSupported:
		w.give(line + "\n")
	default: // the library knows NO CARRIER after ATD only, and COMMAND NOT SUPPORT not at all
		w.give("+CME ERROR: " + line + "\n")
	}
}

// begin puts a command on the wire.
func (w *wire) begin(x *exchange) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = x
}

// abandon ends a command that is not worth waiting for; the library sees an error. Its answer may come yet.
func (w *wire) abandon(x *exchange) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !x.over {
		x.over = true
		w.give("ERROR\n")
	}
}

// give feeds the library. mu is held.
func (w *wire) give(s string) {
	w.feed = append(w.feed, s...)
	w.some.Broadcast()
}

// Read is the library's: it waits for what give gave.
func (w *wire) Read(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.feed) == 0 {
		if w.closed {
			return 0, io.EOF
		}
		w.some.Wait()
	}
	n := copy(p, w.feed)
	w.feed = w.feed[n:]
	return n, nil
}

// Write is the library's. It ends commands with CR and LF; modules count the LF as the beginning of the next command, or
// as the first character of a message.
func (w *wire) Write(p []byte) (int, error) {
	text := strings.TrimSuffix(string(p), "\n")
	shown := Redact(strings.TrimSuffix(text, "\r"))
	w.log.Debug("at line sent", "text", shown)
	w.told(true, shown)
	if _, err := io.WriteString(w.port, text); err != nil {
		w.fail(err)
		return 0, err
	}
	return len(p), nil
}

// fail closes the port for a reason; the first one counts.
func (w *wire) fail(err error) {
	w.mu.Lock()
	if w.why == nil {
		w.why = err
	}
	w.mu.Unlock()
	w.shut()
}

// shut closes the port, and with it the library's engine.
func (w *wire) shut() {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return
	}
	w.closed = true
	if w.why == nil {
		w.why = io.ErrClosedPipe
	}
	w.some.Broadcast()
	w.mu.Unlock()
	if err := w.port.Close(); err != nil {
		w.log.Debug("at port closed with an error", "err", err)
	}
}
