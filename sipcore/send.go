package sipcore

import (
	"context"
	"crypto/rand"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"roadline/fmc/cause"
	"roadline/sipcore/wire"
)

const (
	longDatagram = 1300            // bytes from which a request should go over a stream (RFC 3261 §18.1.1)
	connectFor   = 5 * time.Second // for a stream to a peer to open
)

// send opens a client transaction towards to. The caller must read Responses until a final one or Done: the library
// writes to that channel under its lock. An INVITE's transaction is never to be terminated after a final response, it
// acknowledges retransmissions of it. Over UDP send returns at once; over a stream that is not open yet it takes as
// long as opening one.
func (a *Agent) send(req *sip.Request, to flow) (*sip.ClientTx, error) {
	if !a.enter() {
		return nil, stopped(req, to)
	}
	defer a.wg.Done()
	ctx, cancel := context.WithTimeout(context.Background(), connectFor)
	defer cancel()
	if err := a.aim(ctx, req, to); err != nil {
		a.count.sendFailed.Add(1)
		return nil, cause.Errorf(cause.Unavailable, "send %s to %s %s: %w", req.Method, to.Transport, to.Remote, err)
	}
	tx, err := a.txl.Request(ctx, req)
	if err != nil {
		a.count.sendFailed.Add(1)
		return nil, cause.Errorf(cause.Unavailable, "send %s to %s %s: %w", req.Method, to.Transport, to.Remote, err)
	}
	return tx, nil
}

// write sends what has no transaction: the ACK of a 2xx (RFC 3261 §13.2.2.4).
func (a *Agent) write(req *sip.Request, to flow) error {
	if !a.enter() {
		return stopped(req, to)
	}
	defer a.wg.Done()
	ctx, cancel := context.WithTimeout(context.Background(), connectFor)
	defer cancel()
	err := a.aim(ctx, req, to)
	if err == nil {
		err = a.tpl.WriteMsg(req)
	}
	if err != nil {
		a.count.sendFailed.Add(1)
		return cause.Errorf(cause.Unavailable, "send %s to %s %s: %w", req.Method, to.Transport, to.Remote, err)
	}
	return nil
}

// stopped refuses to send when the sockets are closed: the library would open one of its own.
func stopped(req *sip.Request, to flow) error {
	return cause.Errorf(cause.Unavailable, "send %s to %s %s: this node is stopping", req.Method, to.Transport, to.Remote)
}

// aim is the one place where a request gets its way: transport, destination, local address and Via.
func (a *Agent) aim(ctx context.Context, req *sip.Request, to flow) error {
	remote := to.remote()
	if !remote.IsValid() || remote.Port() == 0 {
		return cause.Errorf(cause.Invalid, "no address to send to: %q", to.Remote)
	}
	if slices.Contains(a.sockets.addrs(wire.UDP), remote) || slices.Contains(a.sockets.addrs(wire.TCP), remote) {
		// The library would find, under that address, whatever stream was accepted last.
		return cause.Errorf(cause.Invalid, "%s is our own address", remote)
	}
	network := to.Transport
	if v := req.Via(); v != nil {
		network = v.Transport // a CANCEL goes the way of its INVITE
	}
	if network != wire.UDP && network != wire.TCP {
		return cause.Errorf(cause.Unsupported, "transport %q", network)
	}
	if network == wire.UDP && !to.Pinned && req.Via() == nil && len(req.String()) > longDatagram && a.streams.offers(ctx, remote) {
		network = wire.TCP // else it is fragmented, as RFC 3261 §18.1.1 says of a peer without TCP
	}
	req.SetTransport(network)
	req.SetDestination(remote.String())
	if network == wire.TCP {
		// Never a local address here: the library pools an accepted stream under the listener's address, and would send
		// to whoever connected last.
		req.Laddr = sip.Addr{}
		return a.aimStream(ctx, req, to, remote)
	}
	local, err := a.localUDP(to, remote)
	if err != nil {
		return err
	}
	if err := a.sockets.ready(ctx, local); err != nil {
		return err
	}
	// Always the listener's address here: without it the library opens a new socket on a random port.
	req.Laddr = sip.Addr{IP: local.Addr().AsSlice(), Port: int(local.Port())}
	a.addVia(req, network, local)
	return nil
}

func (a *Agent) aimStream(ctx context.Context, req *sip.Request, to flow, remote netip.AddrPort) error {
	if _, open := a.streams.get(remote); !open && to.Pinned {
		return cause.Errorf(cause.Unavailable, "the connection is closed, and a phone cannot be called back")
	}
	if err := a.streams.dial(ctx, remote); err != nil {
		return err
	}
	local, err := a.sockets.local(wire.TCP, remote.Addr())
	if err != nil {
		// No listener of that family: the stream itself is the only way back.
		st, ok := a.streams.get(remote)
		if !ok {
			return err
		}
		local = st.local
	}
	a.addVia(req, wire.TCP, local)
	return nil
}

// localUDP is the listener that speaks to a peer: the one that heard it, else the one on the way to it.
func (a *Agent) localUDP(to flow, remote netip.AddrPort) (netip.AddrPort, error) {
	if to.Local != "" {
		for _, l := range a.sockets.addrs(wire.UDP) {
			if l.String() == to.Local {
				return l, nil
			}
		}
	}
	return a.sockets.local(wire.UDP, remote.Addr())
}

// contactAddr is the address that a peer on this way should send its requests to: the host and port of our Contact.
func (a *Agent) contactAddr(to flow) (host string, port int, err error) {
	local, err := a.sockets.local(to.Transport, to.remote().Addr())
	if to.Transport == wire.UDP {
		local, err = a.localUDP(to, to.remote())
	}
	return hostOf(local.Addr()), int(local.Port()), err
}

// addVia puts our Via on top (RFC 3261 §8.1.1.7). One that is there already stays: a CANCEL bears its INVITE's.
func (a *Agent) addVia(req *sip.Request, network string, local netip.AddrPort) {
	if req.Via() != nil {
		return
	}
	req.PrependHeader(&sip.ViaHeader{
		ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: network,
		Host: local.Addr().String(), Port: int(local.Port()),
		Params: sip.HeaderParams{{K: "branch", V: wire.MagicCookie + rand.Text()}, {K: "rport"}},
	})
	if req.GetHeader("user-agent") == nil {
		req.AppendHeader(sip.NewHeader("User-Agent", a.product))
	}
	if req.ContentLength() == nil {
		req.SetBody(req.Body())
	}
}

// hostOf writes an address as the host of a URI.
func hostOf(ip netip.Addr) string {
	if ip.Is6() {
		return "[" + ip.String() + "]"
	}
	return ip.String()
}

// direct reads where a URI points when it names an address and not a host that DNS must be asked for.
func direct(u *sip.Uri) (flow, bool) {
	ip, err := netip.ParseAddr(strings.Trim(u.Host, "[]"))
	if err != nil || u.Port < 0 || u.Port > 65535 {
		return flow{}, false
	}
	port := u.Port
	if port == 0 {
		port = wire.Port
	}
	return flow{Transport: transportOf(u), Remote: netip.AddrPortFrom(ip.Unmap(), uint16(port)).String()}, true
}

// transportOf is the transport that a URI asks for; UDP where it does not say (RFC 3263 §4.1). One that we do not have is
// named too: send refuses it.
func transportOf(u *sip.Uri) string {
	t, _ := u.UriParams.Get("transport")
	switch {
	case strings.EqualFold(u.Scheme, "sips"):
		return "TLS"
	case t == "":
		return wire.UDP
	}
	return strings.ToUpper(t)
}
