package sipcore

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"

	"roadline/sipcore/wire"
)

// nameAddr is one value of a header of the form name-addr *(;param): P-Asserted-Identity, Diversion, History-Info.
type nameAddr struct {
	Name   string
	URI    sip.Uri
	Params sip.HeaderParams
}

// params reads "head;a=b;c" into its head and its parameters; names in lower case, quotes taken off.
func params(value string) (string, sip.HeaderParams) {
	parts := wire.Split(value, ';')
	var p sip.HeaderParams
	for _, part := range parts[1:] {
		k, v, _ := strings.Cut(part, "=")
		if k = strings.ToLower(strings.TrimSpace(k)); k != "" && !p.Has(k) {
			p = append(p, sip.HeaderKV{K: k, V: wire.Unquote(strings.TrimSpace(v))})
		}
	}
	return strings.TrimSpace(parts[0]), p
}

// values returns all values of a header that may be a comma list, in order of appearance.
func values(msg sip.Message, name string) []string {
	var out []string
	for _, h := range msg.GetHeaders(name) {
		for _, v := range wire.Split(h.Value(), ',') {
			if v != "" {
				out = append(out, v)
			}
		}
	}
	return out
}

// nameAddrs returns the well-formed name-addr values of a header; a malformed one is passed over, since none of the
// headers read this way may fail a call (RFC 3261 §8.2.2).
func nameAddrs(msg sip.Message, name string) []nameAddr {
	var out []nameAddr
	for _, v := range values(msg, name) {
		if a, ok := parseNameAddr(v); ok {
			out = append(out, a)
		}
	}
	return out
}

func parseNameAddr(value string) (nameAddr, bool) {
	head, p := params(value)
	a := nameAddr{Params: p}
	text := head
	if open := strings.LastIndexByte(head, '<'); open >= 0 {
		closing := strings.IndexByte(head[open:], '>')
		if closing < 0 {
			return a, false
		}
		text = head[open+1 : open+closing]
		a.Name = wire.Unquote(strings.TrimSpace(head[:open]))
	}
	if err := sip.ParseUri(text, &a.URI); err != nil {
		return a, false
	}
	return a, a.URI.Host != "" || a.URI.Raw() != ""
}

// userOf returns the user part of a URI with escapes undone and without its own parameters: "+79161234567" of
// sip:%2B79161234567;phone-context=x@host as well as of tel:+7-916-123-45-67;ext=1. Visual separators are left to
// package callerid.
func userOf(u *sip.Uri) string {
	s := u.User
	if s == "" {
		s = u.Raw() // tel:
	}
	s, _, _ = strings.Cut(s, ";")
	if d, err := url.PathUnescape(s); err == nil {
		s = d
	}
	return s
}

// hasToken reports whether a comma-list header names the token, in whatever case.
func hasToken(msg sip.Message, name, token string) bool {
	for _, v := range values(msg, name) {
		head, _ := params(v)
		if strings.EqualFold(head, token) {
			return true
		}
	}
	return false
}

// escapeUser writes a user part so that any bytes are legal in a URI (RFC 3261 §25.1). It escapes more than it must: a
// user of "//" reads as the slashes of a hierarchical URI to some, a ";" as a parameter.
func escapeUser(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte("-_.!~*'()+", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteString(strings.ToUpper(strconv.FormatInt(int64(c)+0x100, 16)[1:]))
	}
	return b.String()
}
