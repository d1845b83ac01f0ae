package sipcore

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	maxMessage = 65535 // bytes of a whole message, on every transport
	maxFields  = 400   // header lines; the longest honest message has some forty
)

// message is one SIP message cut into its parts, before sipgo sees it. sipgo's parser loses white space that the
// grammar allows, upper-cases methods and hands on messages without mandatory headers; so every message is read here,
// judged (validate.go) and written again in one canonical form.
type message struct {
	request bool
	method  string // of a request, as written: methods are case-sensitive (RFC 3261 §7.1)
	uri     string
	version string
	status  int // of a response
	reason  string

	fields []field
	body   []byte

	vias                         []via
	from, to                     address
	callID                       string
	cseq                         uint32
	contacts                     []address
	contactStar                  bool
	kind                         string // of the body, in lower case: application/sdp
	branch, host, fromTag, toTag string // of the top Via, and the tags
}

// field is one header field: the long name in its usual writing, the value unfolded and trimmed.
type field struct{ name, value string }

// longNames are the names that are read here or have a compact form (RFC 3261 §7.3.3 and the IANA registry).
var longNames = map[string]string{
	"i": "Call-ID", "m": "Contact", "e": "Content-Encoding", "l": "Content-Length", "c": "Content-Type", "f": "From",
	"s": "Subject", "k": "Supported", "t": "To", "v": "Via", "r": "Refer-To", "b": "Referred-By", "o": "Event",
	"u": "Allow-Events", "x": "Session-Expires", "a": "Accept-Contact", "j": "Reject-Contact", "d": "Request-Disposition",
	"y":       "Identity",
	"call-id": "Call-ID", "contact": "Contact", "content-encoding": "Content-Encoding", "content-length": "Content-Length",
	"content-type": "Content-Type", "content-disposition": "Content-Disposition", "from": "From", "to": "To", "via": "Via",
	"cseq": "CSeq", "max-forwards": "Max-Forwards", "date": "Date", "expires": "Expires", "require": "Require",
	"proxy-require": "Proxy-Require", "route": "Route", "record-route": "Record-Route", "accept": "Accept",
	"supported": "Supported", "refer-to": "Refer-To", "referred-by": "Referred-By", "subject": "Subject", "event": "Event",
	"authorization": "Authorization", "proxy-authorization": "Proxy-Authorization", "session-expires": "Session-Expires",
	"min-expires": "Min-Expires", "retry-after": "Retry-After", "www-authenticate": "WWW-Authenticate",
	"proxy-authenticate": "Proxy-Authenticate", "path": "Path",
}

// fault is why a message cannot be accepted, as the answer will say it. A fault without a status gets no answer.
type fault struct {
	status int
	text   string  // the reason phrase: it names what is wrong, so that the far side's engineer can mend it
	extra  []field // headers that this status demands
}

func (f *fault) Error() string { return strconv.Itoa(f.status) + " " + f.text }

func bad(text string) *fault { return &fault{status: 400, text: text} }

// notSIP is a fault of bytes that nobody wants an answer to.
var notSIP = &fault{text: "not SIP"}

// parseHead reads the start line and the header section without the empty line. It reads on after a fault, so that the
// answer can carry what it must copy; the first fault is reported. A message that is not even SIP is nil.
func parseHead(head []byte) (*message, *fault) {
	first, rest, _ := bytes.Cut(head, []byte("\r\n"))
	m, wrong := parseStart(string(first))
	if m == nil {
		return nil, wrong
	}
	m.fields = make([]field, 0, 20)
	for len(rest) > 0 {
		var line []byte
		line, rest = nextHeader(rest)
		if len(line) == 0 {
			continue
		}
		f, err := parseField(line)
		if len(m.fields) == maxFields {
			return m, orElse(wrong, bad("Too Many Header Fields"))
		}
		if err != nil {
			wrong = orElse(wrong, err)
			continue
		}
		m.fields = append(m.fields, f)
	}
	return m, wrong
}

// orElse keeps the first fault.
func orElse(first, next *fault) *fault {
	if first != nil {
		return first
	}
	return next
}

// parseStart reads a request line or status line (RFC 3261 §7.1, §7.2): single spaces, nothing before or after.
func parseStart(line string) (*message, *fault) {
	if code, ok := strings.CutPrefix(line, "SIP/"); ok {
		return parseStatus(code)
	}
	at := strings.LastIndex(line, "SIP/")
	if at < 0 {
		if lacksVersion(line) {
			return &message{request: true, method: line[:strings.IndexByte(line, ' ')]}, bad("Malformed Request Line")
		}
		return nil, notSIP
	}
	m := &message{request: true}
	method, after, ok := strings.Cut(line[:at], " ")
	m.method, m.version = method, line[at:]
	m.uri = strings.TrimSuffix(after, " ")
	switch {
	case !ok || !isToken(method) || at == 0 || !strings.HasSuffix(after, " "):
		return m, bad("Malformed Request Line")
	case m.uri == "" || strings.ContainsAny(m.uri, " \t"):
		return m, bad("White Space in Request URI")
	case strings.TrimRight(m.version, " \t") != m.version:
		return m, bad("White Space After SIP Version")
	case m.version != "SIP/2.0":
		if !isVersion(m.version) {
			return m, bad("Malformed SIP Version")
		}
		return m, &fault{status: 505, text: "Version Not Supported"}
	}
	return m, nil
}

func parseStatus(afterSIP string) (*message, *fault) {
	m := &message{}
	parts := strings.SplitN(afterSIP, " ", 3)
	if len(parts) < 3 || parts[0] != "2.0" || len(parts[1]) != 3 || !digits(parts[1]) {
		return m, notSIP
	}
	reason, ok := cleanValue([]byte(parts[2]))
	if !ok {
		return m, notSIP
	}
	m.version, m.reason = "SIP/2.0", reason
	m.status, _ = strconv.Atoi(parts[1])
	if m.status < 100 || m.status > 699 {
		return m, notSIP
	}
	return m, nil
}

func isVersion(v string) bool {
	major, minor, ok := strings.Cut(strings.TrimPrefix(v, "SIP/"), ".")
	return ok && digits(major) && digits(minor)
}

// nextHeader cuts one header line with its continuation lines (RFC 3261 §7.3.1).
func nextHeader(b []byte) (line, rest []byte) {
	from := 0
	for {
		i := bytes.Index(b[from:], []byte("\r\n"))
		if i < 0 {
			return b, nil
		}
		end := from + i
		if end+2 < len(b) && (b[end+2] == ' ' || b[end+2] == '\t') {
			from = end + 2
			continue
		}
		return b[:end], b[end+2:]
	}
}

// parseField reads "Name : value", folded or not, into the canonical name and a value of one line.
func parseField(line []byte) (field, *fault) {
	colon := bytes.IndexByte(line, ':')
	if colon < 0 {
		return field{}, bad("Header Line Without Colon")
	}
	name := string(bytes.TrimRight(line[:colon], " \t"))
	if !isToken(name) {
		return field{}, bad("Malformed Header Name")
	}
	if long, ok := longNames[strings.ToLower(name)]; ok {
		name = long
	}
	value, ok := cleanValue(line[colon+1:])
	if !ok {
		return field{name, value}, bad("Control Character in " + name)
	}
	return field{name, value}, nil
}

// cleanValue unfolds and trims a header value. Control characters are legal only escaped in a quoted string, and even
// there they become spaces: nothing behind this point ever sees one. Invalid UTF-8 becomes a question mark.
func cleanValue(raw []byte) (string, bool) {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		switch {
		case c == '\r' && i+2 < len(raw) && raw[i+1] == '\n' && (raw[i+2] == ' ' || raw[i+2] == '\t'):
			for i+1 < len(raw) && (raw[i+1] == '\n' || raw[i+1] == ' ' || raw[i+1] == '\t') {
				i++
			}
			out = append(out, ' ')
		case c == '\\' && i+1 < len(raw) && control(raw[i+1]) && raw[i+1] != '\r' && raw[i+1] != '\n':
			i++
			out = append(out, ' ')
		case c == '\t':
			out = append(out, ' ')
		case control(c):
			return "", false
		default:
			out = append(out, c)
		}
	}
	out = bytes.Trim(out, " ")
	if !utf8.Valid(out) {
		out = bytes.ToValidUTF8(out, []byte("?"))
	}
	return string(out), true
}

func control(c byte) bool { return c < ' ' && c != '\t' || c == 0x7f }

// bytes writes the message in canonical form: what validation has read is what sipgo will read.
func (m *message) bytes() []byte {
	var b bytes.Buffer
	b.Grow(len(m.body) + 64*len(m.fields) + 256)
	if m.request {
		b.WriteString(m.method + " " + m.uri + " " + m.version + "\r\n")
	} else {
		b.WriteString(m.version + " " + strconv.Itoa(m.status) + " " + m.reason + "\r\n")
	}
	for _, f := range m.fields {
		if f.name != "Content-Length" {
			b.WriteString(f.name + ": " + f.value + "\r\n")
		}
	}
	b.WriteString("Content-Length: " + strconv.Itoa(len(m.body)) + "\r\n\r\n")
	b.Write(m.body)
	return b.Bytes()
}

// get returns the first value of a header.
func (m *message) get(name string) (string, bool) {
	for _, f := range m.fields {
		if f.name == name {
			return f.value, true
		}
	}
	return "", false
}

// all returns every value of a header that is a comma list.
func (m *message) all(name string) []string {
	var out []string
	for _, f := range m.fields {
		if f.name == name {
			out = append(out, splitOutside(f.value, ',')...)
		}
	}
	return out
}

// count is how many lines a header has.
func (m *message) count(name string) int {
	n := 0
	for _, f := range m.fields {
		if f.name == name {
			n++
		}
	}
	return n
}

// replace puts new lines in the place of a header's first line and removes the others.
func (m *message) replace(name string, values ...string) {
	if len(values) == 1 && m.count(name) == 1 {
		i := slices.IndexFunc(m.fields, func(f field) bool { return f.name == name })
		m.fields[i].value = values[0]
		return
	}
	out := make([]field, 0, len(m.fields)+len(values))
	for _, f := range m.fields {
		if f.name != name {
			out = append(out, f)
			continue
		}
		for _, v := range values {
			out = append(out, field{name, v})
		}
		values = nil
	}
	for _, v := range values {
		out = append(out, field{name, v})
	}
	m.fields = out
}

// length reads Content-Length: -1 when there is none (RFC 3261 §18.3).
func (m *message) length() (int, *fault) {
	switch m.count("Content-Length") {
	case 0:
		return -1, nil
	case 1:
	default:
		return -1, bad("Multiple Content-Length")
	}
	v, _ := m.get("Content-Length")
	if !digits(v) {
		return -1, bad("Malformed Content-Length")
	}
	n, err := strconv.Atoi(v)
	if err != nil || n > maxMessage {
		return -1, &fault{status: 413, text: "Request Entity Too Large"}
	}
	return n, nil
}
