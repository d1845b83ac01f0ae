// Package wire reads SIP messages off the wire, before anything is remembered of them: where a message ends on a stream,
// whether it is SIP, what the status is that RFC 3261 wants for a bad one, and a good one in one canonical writing. sipgo's
// parser loses white space that the grammar allows, upper-cases methods and hands on messages without mandatory headers;
// so every message is read here, judged, and written again before sipgo sees it.
//
// It holds no sockets, no clock and no state beyond the message in hand, and knows nothing of transactions, dialogs, legs
// or trunks. It never decides who may speak: that is the guard's, in sipcore.
//
// Bytes pass: framing.go, where a message begins and ends → head.go, its lines → Judge in judge.go, which reads addresses
// (address.go) and their terminals (grammar.go) → Bytes, or answer.go for what is refused. Start reading at Message.
package wire

import (
	"bytes"
	"slices"
	"strconv"
)

// The names of the transports, as a Via has them (RFC 3261 §20.42).
const (
	UDP = "UDP"
	TCP = "TCP"
)

const (
	Port        = 5060      // of SIP over UDP and TCP (RFC 3261 §19.1.2)
	MaxMessage  = 65535     // bytes of a whole message, on every transport
	MagicCookie = "z9hG4bK" // begins the branch of every transaction identifier (RFC 3261 §8.1.1.7)
)

// Message is one SIP message cut into its parts. Until Judge only what ReadDatagram or Framing read stands in it. What is
// exported is for reading.
type Message struct {
	Request bool
	Method  string // of a request, as written: methods are case-sensitive (RFC 3261 §7.1)
	CallID  string
	CSeq    uint32
	Branch  string // of the top Via
	FromTag string

	uri, version string
	status       int // of a response
	reason       string
	fields       []Field
	body         []byte
	wrong        *Fault // the first that reading the bytes met

	vias        []via
	from, to    address
	toTag       string
	contacts    []address
	contactStar bool
	kind        string // of the body, in lower case: application/sdp
}

// Field is one header field: the long name in its usual writing, the value unfolded and trimmed.
type Field struct{ Name, Value string }

// Fault is why a message cannot be accepted, as the answer will say it. A fault without a status gets no answer.
type Fault struct {
	Status int
	Text   string  // the reason phrase: it names what is wrong, so that the far side's engineer can mend it
	Extra  []Field // headers that this status demands
}

func (f *Fault) Error() string { return strconv.Itoa(f.Status) + " " + f.Text }

// Bad is a fault of status 400.
func Bad(text string) *Fault { return &Fault{Status: 400, Text: text} }

// notSIP is a fault of bytes that nobody wants an answer to.
var notSIP = &Fault{Text: "not SIP"}

// orElse keeps the first fault.
func orElse(first, next *Fault) *Fault {
	if first != nil {
		return first
	}
	return next
}

// Bytes writes the message in canonical form: what validation has read is what sipgo will read.
func (m *Message) Bytes() []byte {
	var b bytes.Buffer
	b.Grow(len(m.body) + 64*len(m.fields) + 256)
	if m.Request {
		b.WriteString(m.Method + " " + m.uri + " " + m.version + "\r\n")
	} else {
		b.WriteString(m.version + " " + strconv.Itoa(m.status) + " " + m.reason + "\r\n")
	}
	for _, f := range m.fields {
		if f.Name != "Content-Length" {
			b.WriteString(f.Name + ": " + f.Value + "\r\n")
		}
	}
	b.WriteString("Content-Length: " + strconv.Itoa(len(m.body)) + "\r\n\r\n")
	b.Write(m.body)
	return b.Bytes()
}

// get returns the first value of a header.
func (m *Message) get(name string) (string, bool) {
	for _, f := range m.fields {
		if f.Name == name {
			return f.Value, true
		}
	}
	return "", false
}

// all returns every value of a header that is a comma list.
func (m *Message) all(name string) []string {
	var out []string
	for _, f := range m.fields {
		if f.Name == name {
			out = append(out, Split(f.Value, ',')...)
		}
	}
	return out
}

// count is how many lines a header has.
func (m *Message) count(name string) int {
	n := 0
	for _, f := range m.fields {
		if f.Name == name {
			n++
		}
	}
	return n
}

// replace puts new lines in the place of a header's first line and removes the others.
func (m *Message) replace(name string, values ...string) {
	if len(values) == 1 && m.count(name) == 1 {
		i := slices.IndexFunc(m.fields, func(f Field) bool { return f.Name == name })
		m.fields[i].Value = values[0]
		return
	}
	out := make([]Field, 0, len(m.fields)+len(values))
	for _, f := range m.fields {
		if f.Name != name {
			out = append(out, f)
			continue
		}
		for _, v := range values {
			out = append(out, Field{name, v})
		}
		values = nil
	}
	for _, v := range values {
		out = append(out, Field{name, v})
	}
	m.fields = out
}
