package sipcore

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"roadline/fmc/cause"
	"roadline/sipcore/wire"
)

const (
	resolveFor  = 3 * time.Second  // for all DNS questions of one name
	resolveKeep = 30 * time.Second // how long an answer is used; Go does not tell the TTL
	mostNames   = 1024
)

// lookup is what the resolver needs of DNS: *net.Resolver.
type lookup interface {
	LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// resolver finds the ordered addresses of a SIP URI by RFC 3263: an address as it is, a host with a port by A and AAAA,
// a bare host by SRV of the transports we have, else by A and AAAA and the default port.
type resolver struct {
	dns lookup

	mu    sync.Mutex // guards:
	cache map[string]resolved
}

type resolved struct {
	at    time.Time
	flows []flow
}

func newResolver() *resolver {
	return &resolver{dns: net.DefaultResolver, cache: make(map[string]resolved)}
}

// resolve returns where a request to the URI may be sent, best first. It may take resolveFor; a URI with an address in
// it takes no time. When DNS is away, the last answer is used for as long as there is one.
func (a *Agent) resolve(ctx context.Context, u *sip.Uri) ([]flow, error) {
	if f, ok := direct(u); ok {
		return []flow{f}, nil
	}
	return a.resolver.find(ctx, u, a.now())
}

func (r *resolver) find(ctx context.Context, u *sip.Uri, now time.Time) ([]flow, error) {
	_, explicit := u.UriParams.Get("transport")
	key := strings.ToLower(u.HostPort())
	if explicit {
		key += transportOf(u)
	}
	r.mu.Lock()
	known, ok := r.cache[key]
	r.mu.Unlock()
	if ok && now.Sub(known.at) < resolveKeep {
		return known.flows, nil
	}
	ctx, cancel := context.WithTimeout(ctx, resolveFor)
	defer cancel()
	flows, err := r.ask(ctx, u, explicit)
	if err != nil && ok {
		return known.flows, nil
	}
	if err != nil {
		return nil, cause.Errorf(cause.Unavailable, "find %s: %w", u.HostPort(), err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.cache) >= mostNames {
		clear(r.cache)
	}
	r.cache[key] = resolved{now, flows}
	return flows, nil
}

// ask puts the questions of RFC 3263 §4.1 and §4.2.
func (r *resolver) ask(ctx context.Context, u *sip.Uri, explicit bool) ([]flow, error) {
	if t := transportOf(u); t != wire.UDP && t != wire.TCP {
		return nil, cause.Errorf(cause.Unsupported, "transport %s", t)
	}
	if u.Port != 0 {
		return r.addresses(ctx, u.Host, uint16(u.Port), transportOf(u))
	}
	for _, network := range []string{wire.UDP, wire.TCP} {
		if explicit && network != transportOf(u) {
			continue
		}
		if flows := r.service(ctx, u.Host, network); len(flows) > 0 {
			return flows, nil
		}
	}
	return r.addresses(ctx, u.Host, wire.Port, transportOf(u))
}

// service follows SRV records in the order of priority and weight that the resolver gives them.
func (r *resolver) service(ctx context.Context, host, network string) []flow {
	_, records, err := r.dns.LookupSRV(ctx, "sip", strings.ToLower(network), host)
	if err != nil {
		return nil // no such records: the usual case
	}
	var out []flow
	for _, srv := range records {
		flows, err := r.addresses(ctx, strings.TrimSuffix(srv.Target, "."), srv.Port, network)
		if err == nil {
			out = append(out, flows...)
		}
	}
	return out
}

// addresses are a host's, IPv4 before IPv6: most carriers announce the second and serve the first.
func (r *resolver) addresses(ctx context.Context, host string, port uint16, network string) ([]flow, error) {
	ips, err := r.dns.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	var four, six []flow
	for _, ip := range ips {
		ip = ip.Unmap()
		f := flow{Transport: network, Remote: netip.AddrPortFrom(ip, port).String()}
		if ip.Is4() {
			four = append(four, f)
		} else {
			six = append(six, f)
		}
	}
	return append(four, six...), nil
}
