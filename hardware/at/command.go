package at

import (
	"context"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/warthog618/modem/at"

	"roadline/fmc/cause"
)

// Refused is how the module ended a command that it did not carry out.
type Refused struct {
	Command string // without AT, secrets taken out
	Final   string // as it came: "ERROR", "+CME ERROR: 10", "NO CARRIER"
	Set     string // "CME" (27.007 §9.2) or "CMS" (27.005 §3.2.5), where Code is one of them
	Code    int    // -1: the module gave a text, or nothing
}

func (r *Refused) Error() string { return "AT" + r.Command + ": " + r.Final }

// Is makes errors.Is tell the kind of it.
func (r *Refused) Is(target error) bool { return target == kindOfRefusal(r) } //nolint:errorlint // a Kind is compared by value

func newRefused(command, final string) *Refused {
	r := &Refused{Command: Redact(command), Final: final, Code: -1}
	for _, set := range []string{"CME", "CMS"} {
		text, ok := strings.CutPrefix(final, "+"+set+" ERROR:")
		if !ok {
			continue
		}
		r.Set = set
		if n, err := strconv.Atoi(strings.TrimSpace(text)); err == nil {
			r.Code = n
		} else if n, ok := cmeTexts[strings.ToLower(strings.TrimSpace(text))]; ok && set == "CME" {
			r.Code = n
		}
	}
	return r
}

// Command gives one command, without AT, and waits for its end; limit is the longest that this command may take. Its
// answer is what the module said to it, line by line, also beside an error. An error is a *Refused, or of kind
// cause.Unavailable: ctx ended, limit passed, the port is gone.
func (e *Engine) Command(ctx context.Context, command string, limit time.Duration) ([]string, error) {
	return e.exchange(ctx, &exchange{command: command}, limit)
}

// InOrder is Command; its end is also told by Said, in its place among the unasked lines.
func (e *Engine) InOrder(ctx context.Context, command string, limit time.Duration) ([]string, error) {
	return e.exchange(ctx, &exchange{command: command, inOrder: true}, limit)
}

// Message gives a command that is followed by a text, such as +CMGS, waits for the prompt, writes the text and waits for
// the end. handed says that the module had the text: after an error with handed it is open what became of it, unless the
// error is a *Refused.
func (e *Engine) Message(ctx context.Context, command, text string, limit time.Duration) (answer []string, handed bool, err error) {
	x := &exchange{command: command, body: text}
	answer, err = e.exchange(ctx, x, limit)
	return answer, x.prompted, err
}

// Hail brings the module back to where it takes commands, out of a prompt as well, and waits for its sign of life.
func (e *Engine) Hail(ctx context.Context) error { return e.hail(ctx, true) }

// hail escapes from a prompt only where one is thought possible: a ping has no reason to.
func (e *Engine) hail(ctx context.Context, escape bool) error {
	s, err := e.take(ctx)
	if err != nil {
		return err
	}
	s.dirty, s.prompt = true, s.prompt || escape
	alive := e.clean(ctx, s)
	e.give(s, alive, ctx.Err() == nil)
	if !alive {
		return cause.Errorf(cause.Unavailable, "the module gives no sign of life")
	}
	return nil
}

func (e *Engine) exchange(ctx context.Context, x *exchange, limit time.Duration) ([]string, error) {
	if strings.ContainsAny(x.command, "\r\n\x1a\x1b") {
		return nil, cause.Errorf(cause.Invalid, "AT%q: a command is one line", Redact(x.command))
	}
	s, err := e.take(ctx)
	if err != nil {
		return nil, err
	}
	if s.dirty && !e.clean(ctx, s) {
		e.give(s, false, ctx.Err() == nil)
		return nil, cause.Errorf(cause.Unavailable, "AT%s: the module gives no sign of life", Redact(x.command))
	}
	answer, err := s.exchange(ctx, x, limit)
	e.give(s, x.final != "", false)
	return answer, err
}

// exchange is called by whoever has the turn.
func (s *session) exchange(ctx context.Context, x *exchange, limit time.Duration) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	w := s.wire
	w.begin(x)
	stop := context.AfterFunc(ctx, func() { w.abandon(x) })
	answer, err := s.send(x)
	stop()
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range answer {
		answer[i] = strings.TrimPrefix(answer[i], "\x00")
	}
	switch {
	case x.final == "OK" || strings.HasPrefix(x.final, "CONNECT"):
		return answer, nil
	case x.final != "":
		return answer, newRefused(x.command, x.final)
	}
	// No end was seen: it may come yet, and must not become that of the next command.
	x.over, s.dirty, s.prompt = true, true, x.body != ""
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return nil, cause.Errorf(cause.Unavailable, "AT%s: %w", Redact(x.command), err)
}

func (s *session) send(x *exchange) ([]string, error) {
	forever := at.WithTimeout(-1) // the wire ends what takes too long
	if x.body != "" {
		return s.lib.SMSCommand(x.command, x.body, forever)
	}
	return s.lib.Command(x.command, forever)
}

// How a session is brought to rest.
const (
	markCommand = "+CMEE?" // every 27.007 module has it, and its answer is known from all others
	mark        = "+CMEE:"
	markLimit   = 2 * time.Second
	markTries   = 2
)

// clean waits until no answer is under way. A plain AT would not do: the OK of the late command would be taken for its
// own. So it asks for something that can be told from all else, and drops what comes before. Modules that are busy drop
// what they are sent, hence the second try.
func (e *Engine) clean(ctx context.Context, s *session) bool {
	for range markTries {
		if s.prompt { // ESC ends a prompt; elsewhere it is not minded
			if _, err := io.WriteString(s.wire.port, "\x1b\r"); err != nil {
				s.wire.fail(err)
				return false
			}
		}
		x := &exchange{command: markCommand, marker: mark}
		_, err := s.exchange(ctx, x, markLimit)
		// A module without +CMEE? answers ERROR, which may be a late one: silence after it says that nothing follows.
		if err == nil || x.strays > 0 && ctx.Err() == nil {
			s.dirty, s.prompt = false, false
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		s.prompt = true // whatever it waits for
	}
	return false
}

// kindOfRefusal sorts what modules say by what can be done about it.
func kindOfRefusal(r *Refused) cause.Kind {
	switch {
	case r.Set == "CME":
		return cmeKind(r.Code)
	case r.Set == "CMS":
		return cmsKind(r.Code)
	case r.Final == "ERROR" || r.Final == notSupported:
		return cause.Unsupported
	default: // NO CARRIER and its like
		return cause.Unavailable
	}
}

// cmeKind: 27.007 §9.2.
func cmeKind(code int) cause.Kind {
	switch code {
	case 3, 11, 12, 16, 17, 18, 32, 111, 112, 113:
		return cause.Denied
	case 4:
		return cause.Unsupported
	case 14, 20:
		return cause.NoRoom
	case 21, 22, 24, 25, 26, 27, 50:
		return cause.Invalid
	default:
		return cause.Unavailable
	}
}

// cmsKind: 27.005 §3.2.5.
func cmsKind(code int) cause.Kind {
	switch code {
	case 8, 10, 50, 302, 311, 316, 317, 318:
		return cause.Denied
	case 1, 28, 30, 304, 305, 321:
		return cause.Invalid
	case 303:
		return cause.Unsupported
	case 314, 320, 322:
		return cause.NoRoom
	default:
		return cause.Unavailable
	}
}

// cmeTexts are those texts of +CMEE=2 that decide something; the texts of 27.007 §9.2.
var cmeTexts = map[string]int{
	"operation not allowed": 3, "operation not supported": 4, "sim not inserted": 10, "sim pin required": 11,
	"sim puk required": 12, "sim failure": 13, "sim busy": 14, "sim wrong": 15, "incorrect password": 16,
	"sim pin2 required": 17, "sim puk2 required": 18, "memory full": 20, "invalid index": 21, "not found": 22,
	"no network service": 30, "network timeout": 31, "network not allowed - emergency calls only": 32,
}
