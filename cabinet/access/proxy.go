package access

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are who is believed when they say for whom they ask: web servers before this one, such as nginx.
type Proxies []netip.Prefix

// Before wraps everything that is served. What a proxy says in X-Forwarded-For and X-Forwarded-Proto is believed from
// these alone: RemoteAddr becomes the address of whoever asked the first of them. From anybody else both are taken away,
// so that nothing behind can fall for them.
func (p Proxies) Before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ours := *r
		ours.Header = r.Header.Clone()
		if said := ours.Header.Values("X-Forwarded-For"); p.has(Address(r)) {
			if client := p.client(strings.Split(strings.Join(said, ","), ",")); client != "" {
				ours.RemoteAddr = net.JoinHostPort(client, "0") // its port is nobody's business
			}
		} else {
			ours.Header.Del("X-Forwarded-Proto")
		}
		ours.Header.Del("X-Forwarded-For")
		next.ServeHTTP(w, &ours)
	})
}

// client is the address of whoever asked the first of our proxies; empty where they do not say. Each adds whom it was
// asked by at the end, so that what stands before the first stranger is the stranger's own invention.
func (p Proxies) client(said []string) (addr string) {
	for _, one := range slices.Backward(said) {
		a, ok := addressIn(strings.TrimSpace(one))
		if !ok {
			return addr
		}
		if addr = a.String(); !p.has(addr) {
			return addr
		}
	}
	return addr
}

// addressIn reads an address as proxies write it, some with a port.
func addressIn(text string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		at, err := netip.ParseAddrPort(text)
		if err != nil {
			return a, false
		}
		a = at.Addr()
	}
	return a.Unmap().WithZone(""), true
}

func (p Proxies) has(address string) bool {
	a, ok := addressIn(address)
	return ok && slices.ContainsFunc(p, func(n netip.Prefix) bool { return n.Contains(a) })
}

// Address is where a request came from: the peer, or whom a proxy that is believed says that it asks for.
func Address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
