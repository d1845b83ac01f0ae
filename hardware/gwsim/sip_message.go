package gwsim

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// message is a SIP message.
type message struct {
	method, uri string // of a request
	status      int    // of a response; 0: it is a request
	reason      string
	headers     []field
	body        string
}

type field struct{ name, value string }

// compact are the short names of headers, RFC 3261 §7.3.3.
var compact = map[string]string{"v": "Via", "f": "From", "t": "To", "i": "Call-ID", "m": "Contact", "l": "Content-Length", "c": "Content-Type"}

// readMessage reads a datagram; false: it is no SIP.
func readMessage(text string) (m message, ok bool) {
	head, body, ok := strings.Cut(text, "\r\n\r\n")
	if !ok {
		return m, false
	}
	lines := strings.Split(head, "\r\n")
	f := strings.SplitN(lines[0], " ", 3)
	switch {
	case len(f) == 3 && f[0] == "SIP/2.0":
		if m.status, _ = strconv.Atoi(f[1]); m.status < 100 || m.status > 699 {
			return m, false
		}
		m.reason = f[2]
	case len(f) == 3 && f[2] == "SIP/2.0":
		m.method, m.uri = f[0], f[1]
	default:
		return m, false
	}
	for _, line := range lines[1:] {
		name, value, found := strings.Cut(line, ":")
		if !found {
			continue
		}
		name = strings.TrimSpace(name)
		if long := compact[strings.ToLower(name)]; long != "" {
			name = long
		}
		m.add(name, strings.TrimSpace(value))
	}
	m.body = body
	return m, true
}

func (m *message) add(name, value string) { m.headers = append(m.headers, field{name, value}) }

// get is the first value of a header.
func (m *message) get(name string) string {
	i := slices.IndexFunc(m.headers, func(h field) bool { return strings.EqualFold(h.name, name) })
	if i < 0 {
		return ""
	}
	return m.headers[i].value
}

func (m *message) set(name, value string) {
	m.headers = slices.DeleteFunc(m.headers, func(h field) bool { return strings.EqualFold(h.name, name) })
	m.add(name, value)
}

// String is the message on the wire.
func (m *message) String() string {
	var b strings.Builder
	if m.status > 0 {
		fmt.Fprintf(&b, "SIP/2.0 %d %s\r\n", m.status, m.reason)
	} else {
		fmt.Fprintf(&b, "%s %s SIP/2.0\r\n", m.method, m.uri)
	}
	for _, h := range m.headers {
		if !strings.EqualFold(h.name, "Content-Length") {
			fmt.Fprintf(&b, "%s: %s\r\n", h.name, h.value)
		}
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(m.body), m.body)
	return b.String()
}

// branch is that of the topmost Via.
func (m *message) branch() string { return parameter(m.get("Via"), "branch") }

// cseq is the number and the method.
func (m *message) cseq() (n int, method string) {
	number, method, _ := strings.Cut(m.get("CSeq"), " ")
	n, _ = strconv.Atoi(number)
	return n, strings.TrimSpace(method)
}

// parameter is what stands behind name= in a header.
func parameter(value, name string) string {
	for _, p := range strings.Split(value, ";")[1:] {
		if k, v, _ := strings.Cut(strings.TrimSpace(p), "="); strings.EqualFold(k, name) {
			return v
		}
	}
	return ""
}

// uriOf is the URI of a header like From, without its parameters.
func uriOf(value string) string {
	if _, rest, ok := strings.Cut(value, "<"); ok {
		uri, _, _ := strings.Cut(rest, ">")
		return uri
	}
	uri, _, _ := strings.Cut(value, ";")
	return strings.TrimSpace(uri)
}

// userOf is the user of a SIP URI.
func userOf(uri string) string {
	_, rest, _ := strings.Cut(uri, ":")
	user, _, ok := strings.Cut(rest, "@")
	if !ok {
		return ""
	}
	user, _, _ = strings.Cut(user, ";")
	return strings.ReplaceAll(user, "%23", "#")
}

// hostOf is host:port of a SIP URI.
func hostOf(uri string) string {
	_, rest, _ := strings.Cut(uri, ":")
	if _, host, ok := strings.Cut(rest, "@"); ok {
		rest = host
	}
	rest, _, _ = strings.Cut(rest, ";")
	if !strings.Contains(rest, ":") {
		rest += ":5060"
	}
	return rest
}

func token() string { return rand.Text()[:16] }

// reply is an answer to a request.
func (m *message) reply(status int, reason, tag string) message {
	r := message{status: status, reason: reason}
	for _, h := range m.headers {
		switch strings.ToLower(h.name) {
		case "via", "from", "call-id", "cseq":
			r.headers = append(r.headers, h)
		case "to":
			if tag != "" && status > 100 && parameter(h.value, "tag") == "" {
				h.value += ";tag=" + tag
			}
			r.headers = append(r.headers, h)
		}
	}
	return r
}
