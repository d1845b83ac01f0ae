package ami

import (
	"bufio"
	"errors"
	"io"
	"slices"
	"strings"

	"roadline/fmc/cause"
)

// Message is one block: an answer, or what happened.
type Message struct {
	fields [][2]string
	// Lines are what a command wrote, of an answer that says "Follows".
	Lines []string
}

// Get is a field; empty: it is not there.
func (m Message) Get(name string) string { return field(m.fields, name) }

// Written is a field among what the command wrote, as "Name: value".
func (m Message) Written(name string) string {
	for _, l := range m.Lines {
		if k, v, ok := strings.Cut(l, ":"); ok && strings.EqualFold(strings.TrimSpace(k), name) {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

func field(fields [][2]string, name string) string {
	i := slices.IndexFunc(fields, func(f [2]string) bool { return strings.EqualFold(f[0], name) })
	if i < 0 {
		return ""
	}
	return fields[i][1]
}

// The ends of blocks that are not empty lines. The first stands where a command has written, also at the end of a line of
// its own making; the second ends an event of Yeastar.
const (
	endOfCommand = "--END COMMAND--"
	endOfEvent   = "--END SMS EVENT--"
)

// Bounds of what is read.
const (
	mostLine  = 16 << 10
	mostLines = 1000
	mostBlock = 256 << 10
)

type reader struct {
	in   *bufio.Reader
	read int // octets of the block
}

func newReader(r io.Reader) *reader { return &reader{in: bufio.NewReaderSize(r, mostLine)} }

// next is the next block. The greeting and stray ends are passed over.
func (r *reader) next() (Message, error) {
	var m Message
	r.read = 0
	for range mostLines {
		line, err := r.line()
		switch name, value, ok := strings.Cut(line, ":"); {
		case err != nil:
			return Message{}, err
		case line == "" || line == endOfEvent:
			if len(m.fields) > 0 {
				return m, nil
			}
		case ok:
			m.fields = append(m.fields, [2]string{strings.TrimSpace(name), strings.TrimSpace(value)})
			if len(m.fields) == 1 && strings.EqualFold(m.Get("Response"), "Follows") {
				err = r.command(&m)
				return m, err
			}
		}
	}
	return Message{}, cause.Errorf(cause.Invalid, "a message of more than %d lines", mostLines)
}

// command reads what a command wrote: after some fields whatever it will, until the end that says so.
func (r *reader) command(m *Message) error {
	fields := true
	for range mostLines {
		line, err := r.line()
		if err != nil {
			return err
		}
		name, value, _ := strings.Cut(line, ":")
		if fields = fields && (strings.EqualFold(name, "Privilege") || strings.EqualFold(name, "ActionID")); fields {
			m.fields = append(m.fields, [2]string{name, strings.TrimSpace(value)})
			continue
		}
		written, over := strings.CutSuffix(line, endOfCommand)
		if written != "" || !over {
			m.Lines = append(m.Lines, written)
		}
		if over {
			return nil
		}
	}
	return cause.Errorf(cause.Invalid, "a command that wrote more than %d lines", mostLines)
}

// line is the next line without its end, which is CR LF, or LF alone within what a command wrote.
func (r *reader) line() (string, error) {
	b, err := r.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return "", cause.Errorf(cause.Invalid, "a line of more than %d octets", mostLine)
	}
	if err != nil {
		return "", cause.Errorf(cause.Unavailable, "read: %w", err)
	}
	if r.read += len(b); r.read > mostBlock {
		return "", cause.Errorf(cause.Invalid, "a message of more than %d octets", mostBlock)
	}
	return strings.TrimRight(string(b), "\r\n"), nil
}
