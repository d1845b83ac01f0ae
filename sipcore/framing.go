package sipcore

import (
	"bytes"
	"strings"
)

// leadingCRLF counts the bytes of empty lines before a message (RFC 3261 §7.5).
func leadingCRLF(b []byte) int {
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

// framing finds where a message on a stream ends. It keeps what it has read of the head while the body comes.
type framing struct {
	parsed *message
	wrong  *fault // of the head; the message is answered with it when it is complete
	head   int    // bytes of start line, headers and empty line; 0 while that has not come
	body   int

	looked int  // bytes in which the empty line was looked for: a peer that sends byte by byte costs no more
	begun  bool // the start line is there and could be one
}

// advance reports that raw begins with a complete message. An error means that nobody can know where the next begins:
// it is answered and the stream ends.
func (f *framing) advance(raw []byte) (bool, *fault) {
	if f.head == 0 {
		if !f.begins(raw) {
			return false, notSIP
		}
		end := f.empty(raw)
		switch {
		case end < 0 && len(raw) > maxMessage:
			return false, notSIP
		case end < 0:
			return false, nil
		}
		f.parsed, f.wrong = parseHead(raw[:end-4])
		if f.parsed == nil {
			return false, notSIP
		}
		n, err := f.parsed.length()
		if n < 0 && err == nil {
			err = bad("Missing Content-Length")
		}
		if err == nil && end+n > maxMessage {
			err = &fault{status: 413, text: "Request Entity Too Large"}
		}
		if err != nil {
			return false, err
		}
		f.head, f.body = end, n
	}
	return len(raw) >= f.head+f.body, nil
}

// begins gives up early on what is no start line: TLS hellos, HTTP, noise.
func (f *framing) begins(raw []byte) bool {
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
func (f *framing) empty(raw []byte) int {
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
