package goip

import (
	"crypto/sha256"
	"slices"
	"strings"
)

// event is what a box says by itself: `NAME:number;key:value;…`.
type event struct {
	name   string // "req", "RECEIVE", …
	number string
	fields []field // in their order
}

type field struct{ key, value string }

// readEvent reads an event; false: it is an answer, `WORD number …`. The text of a message is the rest of the datagram,
// with semicolons and line ends. The vendor's paper, §1 and §3.
func readEvent(text string) (e event, ok bool) {
	text = strings.TrimRight(text, "\x00")
	head, rest, _ := strings.Cut(text, ";")
	name, number, ok := strings.Cut(head, ":")
	if !ok || name == "" || strings.ContainsAny(name, " \n") {
		return event{}, false
	}
	e = event{name: name, number: strings.TrimSpace(number)}
	for rest != "" {
		key, value, found := strings.Cut(rest, ":")
		if !found {
			break
		}
		key = strings.TrimLeft(key, "; \r\n")
		if key == "msg" && name == "RECEIVE" {
			e.fields = append(e.fields, field{key, value})
			break
		}
		value, rest, _ = strings.Cut(value, ";")
		e.fields = append(e.fields, field{key, strings.TrimRight(value, "\r\n")})
	}
	return e, true
}

// field is the value of a key, or of another name for it.
func (e event) field(names ...string) string {
	for _, name := range names {
		if i := slices.IndexFunc(e.fields, func(f field) bool { return f.key == name }); i >= 0 {
			return e.fields[i].value
		}
	}
	return ""
}

// secret: the paper says password, and its example pass.
func (e event) secret() string { return e.field("password", "pass") }

// sum tells what the event says from what another with its number says: the text and its sender, or the report.
func (e event) sum() []byte {
	said := ""
	for _, name := range []string{"srcnum", "msg", "sms_no", "state", "num"} {
		said += e.field(name) + "\x00"
	}
	sum := sha256.Sum256([]byte(said))
	return sum[:8]
}

// done is the word by which an event is acknowledged.
func (e event) done() string {
	if e.name == "req" {
		return "reg:" + e.number + ";status:200;"
	}
	return e.name + " " + e.number + " OK"
}

// refusal tells the box that the event is not taken.
func (e event) refusal(why string) string {
	if e.name == "req" {
		return "reg:" + e.number + ";status:404;"
	}
	return e.name + " " + e.number + " ERROR " + why
}

// readAnswer reads `WORD number rest`.
func readAnswer(text string) (word, number, rest string) {
	text = strings.TrimRight(text, "\x00\r\n ")
	word, rest, _ = strings.Cut(text, " ")
	number, rest, _ = strings.Cut(rest, " ")
	return word, number, rest
}
