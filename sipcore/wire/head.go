package wire

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

const maxFields = 400 // header lines; the longest honest message has some forty

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

// parseHead reads the start line and the header section without the empty line; nil: it is not even SIP. It reads on
// after a fault, so that the answer can carry what it must copy.
func parseHead(head []byte) *Message {
	first, rest, _ := bytes.Cut(head, []byte("\r\n"))
	m, wrong := parseStart(string(first))
	if m == nil {
		return nil
	}
	m.wrong = wrong
	m.fields = make([]Field, 0, 20)
	for len(rest) > 0 {
		var line []byte
		line, rest = nextHeader(rest)
		if len(line) == 0 {
			continue
		}
		f, err := parseField(line)
		if len(m.fields) == maxFields {
			m.wrong = orElse(m.wrong, Bad("Too Many Header Fields"))
			return m
		}
		if err != nil {
			m.wrong = orElse(m.wrong, err)
			continue
		}
		m.fields = append(m.fields, f)
	}
	return m
}

// parseStart reads a request line or status line (RFC 3261 §7.1, §7.2): single spaces, nothing before or after.
func parseStart(line string) (*Message, *Fault) {
	if code, ok := strings.CutPrefix(line, "SIP/"); ok {
		return parseStatus(code)
	}
	at := strings.LastIndex(line, "SIP/")
	if at < 0 {
		if lacksVersion(line) {
			return &Message{Request: true, Method: line[:strings.IndexByte(line, ' ')]}, Bad("Malformed Request Line")
		}
		return nil, notSIP
	}
	m := &Message{Request: true}
	method, after, ok := strings.Cut(line[:at], " ")
	m.Method, m.version = method, line[at:]
	m.uri = strings.TrimSuffix(after, " ")
	switch {
	case !ok || !IsToken(method) || at == 0 || !strings.HasSuffix(after, " "):
		return m, Bad("Malformed Request Line")
	case m.uri == "" || strings.ContainsAny(m.uri, " \t"):
		return m, Bad("White Space in Request URI")
	case strings.TrimRight(m.version, " \t") != m.version:
		return m, Bad("White Space After SIP Version")
	case m.version != "SIP/2.0":
		if !isVersion(m.version) {
			return m, Bad("Malformed SIP Version")
		}
		return m, &Fault{Status: 505, Text: "Version Not Supported"}
	}
	return m, nil
}

func parseStatus(afterSIP string) (*Message, *Fault) {
	m := &Message{}
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
func parseField(line []byte) (Field, *Fault) {
	colon := bytes.IndexByte(line, ':')
	if colon < 0 {
		return Field{}, Bad("Header Line Without Colon")
	}
	name := string(bytes.TrimRight(line[:colon], " \t"))
	if !IsToken(name) {
		return Field{}, Bad("Malformed Header Name")
	}
	if long, ok := longNames[strings.ToLower(name)]; ok {
		name = long
	}
	value, ok := cleanValue(line[colon+1:])
	if !ok {
		return Field{name, value}, Bad("Control Character in " + name)
	}
	return Field{name, value}, nil
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
