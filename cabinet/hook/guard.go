package hook

import (
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"unicode"

	"roadline/fmc/cause"
)

// Guard keeps receivers from being addresses of the node's own network: whoever may name a receiver must not be able to
// speak to what only the node reaches. It looks at the address at the very moment of connecting, so that a name that
// leads elsewhere the second time gains nothing.
type Guard struct {
	Allow []netip.Prefix // are told all the same, also without TLS
}

// inside are the networks that are not the public one, besides those that netip knows by name: IANA's special-purpose
// registries, and those that wrap an address of version 4 in one of version 6.
var inside = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/96"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("100::/64"), netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("3fff::/20"), netip.MustParsePrefix("5f00::/16"), netip.MustParsePrefix("fec0::/10"),
}

// refusedAddress is an address that is told nothing.
type refusedAddress struct {
	addr netip.Addr
	why  string
}

func (r refusedAddress) Error() string { return fmt.Sprintf("The name leads to %s, %s", r.addr, r.why) }

// control is asked by the dialer with the address that it is about to connect to.
func (g Guard) control(ctx context.Context, _, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	addr := at.Addr().Unmap().WithZone("")
	if g.allows(addr) {
		return nil
	}
	if isInside(addr) {
		return refusedAddress{addr, "an address inside: the operator of this machine may allow it in roadline.yaml, under webhooks"}
	}
	if plain, _ := ctx.Value(plainKey{}).(bool); plain {
		return refusedAddress{addr, "which is outside: there an address must begin with https://"}
	}
	return nil
}

// plainKey marks a request without TLS.
type plainKey struct{}

func (g Guard) allows(addr netip.Addr) bool {
	return slices.ContainsFunc(g.Allow, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// isInside reports whether an address is of no use to the public.
func isInside(a netip.Addr) bool {
	return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() || !a.IsGlobalUnicast() ||
		slices.ContainsFunc(inside, func(p netip.Prefix) bool { return p.Contains(a) })
}

// isHost reports whether a name can be one of a host.
func isHost(name string) bool {
	_, err := netip.ParseAddr(name)
	return err == nil || name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r != '.' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

// urlMost is how long an address may be.
const urlMost = 2000

// Check refuses what cannot be a receiver's address, with cause.Invalid. Where a name leads is seen when it is told.
func (g Guard) Check(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || len(address) > urlMost || strings.TrimSpace(address) != address:
		return cause.Errorf(cause.Invalid, "url: this is no address: write one such as https://crm.example/hook")
	case u.Scheme != "https" && u.Scheme != "http" || !isHost(u.Hostname()):
		return cause.Errorf(cause.Invalid, "url: write an address that begins with https://")
	case u.Scheme == "http" && len(g.Allow) == 0:
		return cause.Errorf(cause.Invalid, "url: write https:// in place of http://: events hold numbers and texts of people")
	case u.User != nil:
		return cause.Errorf(cause.Invalid, "url: leave name and password out: the receiver knows us by the signature")
	case u.Fragment != "":
		return cause.Errorf(cause.Invalid, "url: leave out what stands behind #: it is never sent")
	}
	if addr, err := netip.ParseAddr(u.Hostname()); err == nil && !g.allows(addr.Unmap()) && isInside(addr.Unmap()) {
		return cause.Errorf(cause.Invalid, "url: %s is an address inside: the operator of this machine may allow it in roadline.yaml, under webhooks", addr)
	}
	return nil
}
