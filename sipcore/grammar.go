package sipcore

import (
	"net/netip"
	"strconv"
	"strings"
)

// The terminals of RFC 3261 §25.1 that the pre-parser needs.

func isToken(s string) bool {
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

// isCallID reads word [ "@" word ].
func isCallID(s string) bool {
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

// address is one name-addr or addr-spec with its parameters.
type address struct {
	display string // as written inside its quotes, escapes and all
	uri     uriShape
	params  []field // names in lower case; quoted values keep their quotes
}

func (a address) param(name string) (string, bool) {
	for _, p := range a.params {
		if p.name == name {
			return p.value, true
		}
	}
	return "", false
}

// readAddress reads one value of From, To, Contact, Route and their like (RFC 3261 §20.10). Where a bare URI stands, all
// parameters are the header's, and a comma, question mark or semicolon in it demands angle brackets.
func readAddress(s string) (address, bool) {
	var a address
	if !balanced(s) {
		return a, false
	}
	parts := splitOutside(s, ';')
	head := parts[0]
	if open := openBracket(head); open >= 0 {
		if !strings.HasSuffix(head, ">") || !a.readDisplay(strings.TrimSpace(head[:open])) {
			return a, false
		}
		head = head[open+1 : len(head)-1]
	} else if strings.ContainsAny(head, "?,") {
		return a, false
	}
	var ok bool
	if a.uri, ok = readURI(head); !ok || !letters(a.uri.scheme) {
		return a, false // the library reads no scheme like h323; nobody here could do anything with it
	}
	a.params, ok = readParams(parts[1:])
	return a, ok
}

// openBracket is where the URI's bracket opens, outside quotes; -1 for a bare URI.
func openBracket(s string) int {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == '<' && !quoted:
			return i
		}
	}
	return -1
}

// readDisplay takes a quoted string or tokens.
func (a *address) readDisplay(s string) bool {
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		a.display = s[1 : len(s)-1]
		return balanced(s) && !strings.ContainsRune(stripEscapes(a.display), '"')
	}
	for _, word := range strings.Fields(s) {
		if !isToken(word) {
			return false
		}
	}
	a.display = s
	return true
}

func stripEscapes(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' {
			i++
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// readParams reads "a=b" parts. A quoted value with a semicolon or an equals sign in it is dropped with its name: sipgo
// would read a second parameter out of it, a tag for instance.
func readParams(parts []string) ([]field, bool) {
	var out []field
	for _, part := range parts {
		k, v, has := strings.Cut(part, "=")
		k, v = strings.ToLower(strings.TrimSpace(k)), strings.TrimSpace(v)
		if !isToken(k) || has && v == "" {
			return nil, false
		}
		quoted := strings.HasPrefix(v, `"`)
		if !quoted && strings.ContainsAny(v, " \"<>,\\") || quoted && (len(v) < 2 || !strings.HasSuffix(v, `"`)) {
			return nil, false
		}
		if quoted && strings.ContainsAny(v[1:len(v)-1], ";=,<>\\") && k != "+sip.instance" {
			continue
		}
		out = append(out, field{k, v})
	}
	return out, true
}

// String writes the canonical form: quotes round the name, brackets round the URI, no white space.
func (a address) String() string {
	var b strings.Builder
	if a.display != "" {
		b.WriteString(`"` + a.display + `" `)
	}
	b.WriteString("<" + a.uri.text + ">")
	writeParams(&b, a.params)
	return b.String()
}

func writeParams(b *strings.Builder, params []field) {
	for _, p := range params {
		b.WriteString(";" + p.name)
		if p.value != "" {
			b.WriteString("=" + p.value)
		}
	}
}

// via is one Via value.
type via struct {
	transport string
	host      string // with the brackets of IPv6
	port      string
	params    []field
}

// readVia reads one Via value with white space wherever the grammar allows it (RFC 3261 §20.42, §25.1).
func readVia(s string) (via, bool) {
	var v via
	if !balanced(s) {
		return v, false
	}
	parts := splitOutside(s, ';')
	proto := strings.SplitN(parts[0], "/", 3)
	if len(proto) != 3 || !strings.EqualFold(strings.TrimSpace(proto[0]), "SIP") || strings.TrimSpace(proto[1]) != "2.0" {
		return v, false
	}
	words := strings.Fields(proto[2])
	if len(words) < 2 || !isToken(words[0]) {
		return v, false
	}
	v.transport = words[0]
	sentBy, ok := readHostPort(strings.Join(words[1:], "")) // "host : port" is legal
	if !ok {
		return v, false
	}
	v.host, v.port = sentBy, ""
	if i := strings.LastIndexByte(sentBy, ':'); i > strings.LastIndexByte(sentBy, ']') {
		v.host, v.port = sentBy[:i], sentBy[i+1:]
	}
	v.params, ok = readParams(parts[1:])
	return v, ok
}

func (v via) param(name string) (string, bool) { return address{params: v.params}.param(name) }

func (v *via) drop(name string) {
	out := v.params[:0]
	for _, p := range v.params {
		if p.name != name {
			out = append(out, p)
		}
	}
	v.params = out
}

func (v via) String() string {
	var b strings.Builder
	b.WriteString("SIP/2.0/" + v.transport + " " + v.host)
	if v.port != "" {
		b.WriteString(":" + v.port)
	}
	writeParams(&b, v.params)
	return b.String()
}
