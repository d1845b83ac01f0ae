package wire

import (
	"net/netip"
	"strconv"
	"strings"
)

// The terminals of RFC 3261 §25.1 that the pre-parser needs.

// IsToken reports a token.
func IsToken(s string) bool {
	for i := 0; i < len(s); i++ {
		if !alnum(s[i]) && strings.IndexByte("-.!%*_+`'~", s[i]) < 0 {
			return false
		}
	}
	return s != ""
}

func alnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func digits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// IsCallID reports a callid: word [ "@" word ].
func IsCallID(s string) bool {
	left, right, has := strings.Cut(s, "@")
	return isWord(left) && (!has || isWord(right))
}

func isWord(s string) bool {
	for i := 0; i < len(s); i++ {
		if !alnum(s[i]) && strings.IndexByte("-.!%*_+`'~()<>:\\\"/[]?{}", s[i]) < 0 {
			return false
		}
	}
	return s != ""
}

// balanced reports that every quoted string is closed.
func balanced(s string) bool {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		}
	}
	return !quoted
}

// Split cuts a header value at sep where sep stands outside quotes and angle brackets (RFC 3261 §7.3.1, §25.1).
func Split(value string, sep byte) []string {
	var out []string
	quoted, angle, from := false, 0, 0
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '<':
			angle++
		case c == '>' && angle > 0:
			angle--
		case c == sep && angle == 0:
			out = append(out, strings.TrimSpace(value[from:i]))
			from = i + 1
		}
	}
	return append(out, strings.TrimSpace(value[from:]))
}

// uriShape is what validation must know of a URI.
type uriShape struct {
	scheme  string // lower case
	user    string
	headers bool // it carries "?…"
	text    string
}

// readURI checks a URI as it stands in a request line or between angle brackets. SIP URIs are read to the end (RFC 3261
// §19.1.1), others only for characters that no URI may hold.
func readURI(s string) (uriShape, bool) {
	scheme, rest, ok := strings.Cut(s, ":")
	u := uriShape{scheme: strings.ToLower(scheme), text: s}
	if !ok || !isScheme(scheme) || rest == "" || !uriChars(rest) {
		return u, false
	}
	if u.scheme != "sip" && u.scheme != "sips" {
		return u, true
	}
	if at := strings.IndexByte(rest, '@'); at >= 0 {
		if at == 0 || !userChars(rest[:at]) {
			return u, false
		}
		u.user, rest = rest[:at], rest[at+1:]
	}
	host := rest
	if i := strings.IndexAny(rest, ";?"); i >= 0 {
		host = rest[:i]
		u.headers = strings.IndexByte(rest[i:], '?') >= 0
		if !paramChars(rest[i:]) {
			return u, false
		}
	}
	mended, ok := readHostPort(host)
	u.text = strings.Replace(s, host, mended, 1)
	return u, ok
}

func isScheme(s string) bool {
	for i := 0; i < len(s); i++ {
		letter := s[i] >= 'a' && s[i] <= 'z' || s[i] >= 'A' && s[i] <= 'Z'
		if !letter && (i == 0 || !digits(s[i:i+1]) && strings.IndexByte("+-.", s[i]) < 0) {
			return false
		}
	}
	return s != ""
}

func letters(s string) bool {
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz") == ""
}

// uriChars reports that s holds printable ASCII without the delimiters of RFC 3986 §2 and only whole escapes.
func uriChars(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte("<>\"{}|\\^`", c) >= 0 {
			return false
		}
		if c == '%' && (i+2 >= len(s) || !hexDigit(s[i+1]) || !hexDigit(s[i+2])) {
			return false
		}
	}
	return true
}

func hexDigit(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func userChars(s string) bool {
	for i := 0; i < len(s); i++ {
		if !alnum(s[i]) && strings.IndexByte("-_.!~*'()&=+$,;?/:%#", s[i]) < 0 {
			return false
		}
	}
	return true
}

// paramChars checks ";params?headers": no parameter and no header without a name.
func paramChars(s string) bool {
	params, headers, has := strings.Cut(s, "?")
	if params != "" {
		for _, p := range strings.Split(params[1:], ";") {
			if k, _, _ := strings.Cut(p, "="); k == "" {
				return false
			}
		}
	}
	return !has || headers != ""
}

// readHostPort checks "host", "host:port", "[v6]", "[v6]:port". RFC 5118 §4.10: the three colons before an embedded
// IPv4 address, which an error in RFC 3261's grammar allows, are tolerated and mended.
func readHostPort(s string) (string, bool) {
	host, port := s, ""
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return s, false
		}
		ip := s[1:end]
		if i := strings.Index(ip, ":::"); i >= 0 && strings.IndexByte(ip[i:], '.') > 0 {
			ip = ip[:i] + ip[i+1:]
		}
		a, err := netip.ParseAddr(ip)
		if err != nil || !a.Is6() || a.Zone() != "" {
			return s, false
		}
		host, port = "["+ip+"]", s[end+1:]
		return host + port, port == "" || port[0] == ':' && isPort(port[1:])
	}
	if i := strings.IndexByte(s, ':'); i >= 0 {
		host, port = s[:i], s[i+1:]
		if !isPort(port) {
			return s, false
		}
	}
	return s, isHost(host)
}

func isPort(s string) bool {
	n, err := strconv.Atoi(s)
	return digits(s) && err == nil && n > 0 && n < 65536
}

// isHost is lenient with underscores, which names in real networks have.
func isHost(s string) bool {
	for i := 0; i < len(s); i++ {
		if !alnum(s[i]) && s[i] != '.' && s[i] != '-' && s[i] != '_' {
			return false
		}
	}
	return s != ""
}

// Unquote is what a quoted-string says (RFC 3261 §25.1); what is not quoted is returned as it is.
func Unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	var b strings.Builder
	for i := 1; i < len(s)-1; i++ {
		if s[i] == '\\' && i+1 < len(s)-1 {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// Quote writes a quoted-string (RFC 3261 §25.1); control characters, which could end the header line, are dropped.
func Quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		if r < ' ' || r == 0x7f {
			continue
		}
		if r == '"' || r == '\\' {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	b.WriteByte('"')
	return b.String()
}
