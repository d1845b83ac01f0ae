package wire

import (
	"slices"
	"strings"
)

// address is one name-addr or addr-spec with its parameters.
type address struct {
	display string // as written inside its quotes, escapes and all
	uri     uriShape
	params  []Field // names in lower case; quoted values keep their quotes
}

func (a address) param(name string) (string, bool) {
	for _, p := range a.params {
		if p.Name == name {
			return p.Value, true
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
	parts := Split(s, ';')
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
		if !IsToken(word) {
			return false
		}
	}
	a.display = s
	return true
}

// plain takes the escapes out of the display name. The library keeps those of From and To, but loses its way in those of
// lists.
func (a *address) plain() {
	a.display = strings.NewReplacer(`\"`, "'", `\\`, "/", `\`, "").Replace(a.display)
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
func readParams(parts []string) ([]Field, bool) {
	var out []Field
	for _, part := range parts {
		k, v, has := strings.Cut(part, "=")
		k, v = strings.ToLower(strings.TrimSpace(k)), strings.TrimSpace(v)
		if !IsToken(k) || has && v == "" || slices.ContainsFunc(out, func(f Field) bool { return f.Name == k }) {
			return nil, false // RFC 3261 §7.3.1: no name twice
		}
		quoted := strings.HasPrefix(v, `"`)
		if !quoted && strings.ContainsAny(v, " \"<>,\\") || quoted && (len(v) < 2 || !strings.HasSuffix(v, `"`)) {
			return nil, false
		}
		if quoted && strings.ContainsAny(v[1:len(v)-1], ";=,<>\\") && k != "+sip.instance" {
			continue
		}
		out = append(out, Field{k, v})
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

func writeParams(b *strings.Builder, params []Field) {
	for _, p := range params {
		b.WriteString(";" + p.Name)
		if p.Value != "" {
			b.WriteString("=" + p.Value)
		}
	}
}

// via is one Via value.
type via struct {
	transport string
	host      string // with the brackets of IPv6
	port      string
	params    []Field
}

// readVia reads one Via value with white space wherever the grammar allows it (RFC 3261 §20.42, §25.1).
func readVia(s string) (via, bool) {
	var v via
	if !balanced(s) {
		return v, false
	}
	parts := Split(s, ';')
	proto := strings.SplitN(parts[0], "/", 3)
	if len(proto) != 3 || !strings.EqualFold(strings.TrimSpace(proto[0]), "SIP") || strings.TrimSpace(proto[1]) != "2.0" {
		return v, false
	}
	words := strings.Fields(proto[2])
	if len(words) < 2 || !IsToken(words[0]) {
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
		if p.Name != name {
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
