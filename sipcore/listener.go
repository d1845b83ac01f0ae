package sipcore

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"roadline/fmc/cause"
	"roadline/sipcore/wire"
)

// expand turns what is configured into the literal addresses to bind. sipgo finds a listener by its literal address,
// so 0.0.0.0 and :: become the addresses that the machine has now, and nothing at all becomes its loopback and private
// ones.
func (l Listen) expand() (Listen, error) {
	own, err := interfaceAddrs()
	if err != nil {
		return l, err
	}
	if len(l.UDP) == 0 && len(l.TCP) == 0 {
		for _, ip := range own {
			if ip.IsLoopback() || ip.IsPrivate() {
				l.UDP = append(l.UDP, netip.AddrPortFrom(ip, wire.Port))
			}
		}
		l.TCP = l.UDP
		return l, nil
	}
	return Listen{UDP: spread(l.UDP, own), TCP: spread(l.TCP, own)}, nil
}

// spread replaces each unspecified address by every address of its family.
func spread(addrs []netip.AddrPort, own []netip.Addr) []netip.AddrPort {
	var out []netip.AddrPort
	for _, a := range addrs {
		if !a.Addr().IsUnspecified() {
			out = append(out, netip.AddrPortFrom(a.Addr().Unmap(), a.Port()))
			continue
		}
		for _, ip := range own {
			if ip.Is4() == a.Addr().Is4() {
				out = append(out, netip.AddrPortFrom(ip, a.Port()))
			}
		}
	}
	return out
}

// interfaceAddrs are the machine's addresses, without link-local ones: they mean nothing in a Contact.
func interfaceAddrs() ([]netip.Addr, error) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil, cause.Errorf(cause.Unavailable, "list the machine's addresses: %w", err)
	}
	var out []netip.Addr
	for _, a := range all {
		n, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		if ip, ok := netip.AddrFromSlice(n.IP); ok && !ip.Unmap().IsLinkLocalUnicast() {
			out = append(out, ip.Unmap())
		}
	}
	return out, nil
}

// sockets are the addresses on which an agent is reached, in the order of its configuration. Written by bind, then
// read only.
type sockets struct {
	udp []*udpSocket
	tcp []*tcpListener
}

// bind opens every socket, or none.
func (s *sockets) bind(l Listen, a *Agent) error {
	for _, addr := range l.UDP {
		u, err := bindUDP(addr, a)
		if err != nil {
			s.close()
			return err
		}
		s.udp = append(s.udp, u)
	}
	for _, addr := range l.TCP {
		t, err := bindTCP(addr, a)
		if err != nil {
			s.close()
			return err
		}
		s.tcp = append(s.tcp, t)
	}
	return nil
}

func (s *sockets) close() {
	for _, u := range s.udp {
		u.conn.Close()
	}
	for _, t := range s.tcp {
		t.Close()
	}
}

func bindError(network string, a netip.AddrPort, err error) error {
	return cause.Errorf(cause.Unavailable, "listen on %s %s: %w", network, a, err)
}

// local chooses the address of ours from which a peer is spoken to: the listener on the address that the kernel would
// use towards it, else one of its family. A loopback listener never serves a remote peer.
func (s *sockets) local(network string, to netip.Addr) (netip.AddrPort, error) {
	var fit []netip.AddrPort
	for _, a := range s.addrs(network) {
		if a.Addr().Is4() == to.Is4() && a.Addr().IsLoopback() == to.IsLoopback() {
			fit = append(fit, a)
		}
	}
	switch len(fit) {
	case 0:
		return netip.AddrPort{}, cause.Errorf(cause.Unavailable, "no %s listener of ours can reach %s: add a listen address of that network", network, to)
	case 1:
		return fit[0], nil
	}
	route := routeSource(to)
	if i := slices.IndexFunc(fit, func(a netip.AddrPort) bool { return a.Addr() == route }); i >= 0 {
		return fit[i], nil
	}
	return fit[0], nil
}

// ready waits until requests can leave from a UDP listener: from Run's first moment on.
func (s *sockets) ready(ctx context.Context, local netip.AddrPort) error {
	for _, u := range s.udp {
		if u.addr == local {
			select {
			case <-u.pooled:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return nil
}

func (s *sockets) addrs(network string) []netip.AddrPort {
	var out []netip.AddrPort
	if network == wire.UDP {
		for _, u := range s.udp {
			out = append(out, u.addr)
		}
		return out
	}
	for _, t := range s.tcp {
		out = append(out, t.addr)
	}
	return out
}

// routeSource asks the kernel from which address it would reach a peer; nothing is sent.
func routeSource(to netip.Addr) netip.Addr {
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(to, wire.Port)))
	if err != nil {
		return netip.Addr{}
	}
	defer c.Close()
	return addrPort(c.LocalAddr()).Addr()
}

// addrPort reads a socket's address; a foreign type reads as the zero value.
func addrPort(a net.Addr) netip.AddrPort {
	switch a := a.(type) {
	case *net.UDPAddr:
		ap := a.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	case *net.TCPAddr:
		ap := a.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	}
	return netip.AddrPort{}
}

func (l Listen) String() string { return fmt.Sprintf("udp %v, tcp %v", l.UDP, l.TCP) }
