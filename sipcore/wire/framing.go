package wire

import (
	"bytes"
	"strconv"
	"strings"
)

// LeadingCRLF counts the bytes of empty lines before a message (RFC 3261 §7.5).
func LeadingCRLF(b []byte) int {
	n := 0
	for bytes.HasPrefix(b[n:], []byte("\r\n")) {
		n += 2
	}
	return n
}

// headEnd is where the body begins, -1 when the empty line has not come.
func headEnd(b []byte) int {
	if i := bytes.Index(b, []byte("\r\n\r\n")); i >= 0 {
		return i + 4
	}
	return -1
}

// ReadDatagram reads a message that is one datagram, without empty lines before it; nil: it is no SIP. The body stays in
// b. What is behind the length that the message says is no part of it (RFC 3261 §18.3).
func ReadDatagram(b []byte) *Message {
	end := headEnd(b)
	head, body := b, []byte(nil)
	if end >= 0 {
		head, body = b[:end-4], b[end:]
	}
	m := parseHead(head)
	if m == nil {
		return nil
	}
	if end < 0 {
		m.wrong = orElse(m.wrong, Bad("Missing Empty Line After Headers"))
	}
	n, err := m.length()
	switch {
	case err != nil:
		m.wrong = orElse(m.wrong, err)
	case n > len(body):
		m.wrong = orElse(m.wrong, Bad("Content-Length Exceeds Message"))
	case n >= 0:
		body = body[:n]
	}
	m.body = body
	return m
}

// length reads Content-Length: -1 when there is none (RFC 3261 §18.3).
func (m *Message) length() (int, *Fault) {
	switch m.count("Content-Length") {
	case 0:
		return -1, nil
	case 1:
	default:
		return -1, Bad("Multiple Content-Length")
	}
	v, _ := m.get("Content-Length")
	if !digits(v) {
		return -1, Bad("Malformed Content-Length")
	}
	n, err := strconv.Atoi(v)
	if err != nil || n > MaxMessage {
		return -1, &Fault{Status: 413, Text: "Request Entity Too Large"}
	}
	return n, nil
}

// Framing finds where a message on a stream ends. It keeps what it has read of the head while the body comes.
type Framing struct {
	parsed *Message
	head   int // bytes of start line, headers and empty line; 0 while that has not come
	body   int

	looked int  // bytes in which the empty line was looked for: a peer that sends byte by byte costs no more
	begun  bool // the start line is there and could be one
}

// Advance reports that raw begins with a complete message. An error means that nobody can know where the next begins:
// it is answered and the stream ends.
func (f *Framing) Advance(raw []byte) (bool, *Fault) {
	if f.head == 0 {
		if !f.begins(raw) {
			return false, notSIP
		}
		end := f.empty(raw)
		switch {
		case end < 0 && len(raw) > MaxMessage:
			return false, notSIP
		case end < 0:
			return false, nil
		}
		if f.parsed = parseHead(raw[:end-4]); f.parsed == nil {
			return false, notSIP
		}
		n, err := f.parsed.length()
		if n < 0 && err == nil {
			err = Bad("Missing Content-Length")
		}
		if err == nil && end+n > MaxMessage {
			err = &Fault{Status: 413, Text: "Request Entity Too Large"}
		}
		if err != nil {
			return false, err
		}
		f.head, f.body = end, n
	}
	return len(raw) >= f.Size(), nil
}

// Size is how many bytes the complete message takes.
func (f *Framing) Size() int { return f.head + f.body }

// Message is the complete message that raw begins with. Its body stays in raw.
func (f *Framing) Message(raw []byte) *Message {
	f.parsed.body = raw[f.head:f.Size()]
	return f.parsed
}

// Unfinished is what came of a message whose end cannot be known; nil: nothing that could be answered.
func (f *Framing) Unfinished() *Message { return f.parsed }

// begins gives up early on what is no start line: TLS hellos, HTTP, noise.
func (f *Framing) begins(raw []byte) bool {
	if f.begun {
		return true
	}
	line, _, complete := bytes.Cut(raw, []byte("\r\n"))
	for _, c := range line {
		if control(c) && c != '\r' {
			return false
		}
	}
	f.begun = complete
	return !complete || bytes.Contains(line, []byte("SIP/")) || lacksVersion(string(line))
}

// empty finds the end of the empty line behind the headers, -1 while it has not come.
func (f *Framing) empty(raw []byte) int {
	from := max(0, f.looked-3)
	f.looked = len(raw)
	if i := headEnd(raw[from:]); i >= 0 {
		return from + i
	}
	return -1
}

// lacksVersion recognises a request line that was cut short: its sender speaks SIP and deserves a 400.
func lacksVersion(line string) bool {
	return strings.HasPrefix(line, "INVITE ") || strings.HasPrefix(line, "OPTIONS ") || strings.HasPrefix(line, "REGISTER ")
}
