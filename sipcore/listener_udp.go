package sipcore

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"roadline/sipcore/wire"
)

const (
	receiveBuffer = 4 << 20                // bytes the kernel may hold for us while we are busy
	readPause     = 100 * time.Millisecond // after a failed read, so that a broken socket does not spin
)

// udpSocket is one bound UDP address. sipgo remembers every source that its read loop ever saw, in the pool and in the
// loop, and forgets them only when the loop ends. So the loop is run in generations: each reads the same socket through
// a udpGeneration; when one has seen enough sources the next takes over, and a little later the old one ends and takes
// its memory with it. The real socket stays open all the time.
type udpSocket struct {
	conn *net.UDPConn
	addr netip.AddrPort
	a    *Agent

	pooled     chan struct{} // closed when the first generation reads: from then on sipgo finds the socket
	pooledOnce sync.Once
}

func bindUDP(addr netip.AddrPort, a *Agent) (*udpSocket, error) {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(addr))
	if err != nil {
		return nil, bindError(wire.UDP, addr, err)
	}
	_ = conn.SetReadBuffer(receiveBuffer) // as far as the kernel's limit allows
	return &udpSocket{conn: conn, addr: addrPort(conn.LocalAddr()), a: a, pooled: make(chan struct{})}, nil
}

// serve runs generations until ctx ends, and returns after the last loop did.
func (u *udpSocket) serve(ctx context.Context, tpl *sip.TransportLayer) {
	var wg sync.WaitGroup
	defer wg.Wait()
	for ctx.Err() == nil {
		g := u.generation(ctx)
		wg.Go(func() { _ = tpl.ServeUDP(g) }) // it returns only when g says so
		select {
		case <-g.full:
		case <-ctx.Done():
		}
	}
}

// generation makes the next view of the socket for one read loop of sipgo.
func (u *udpSocket) generation(ctx context.Context) *udpGeneration {
	return &udpGeneration{
		UDPConn: u.conn, u: u, ctx: ctx,
		buf: make([]byte, wire.MaxMessage), seen: make(map[netip.AddrPort]struct{}), full: make(chan struct{}),
	}
}

// udpGeneration is the net.PacketConn of one read loop. All fields are owned by that loop.
type udpGeneration struct {
	*net.UDPConn // writes, addresses
	u            *udpSocket
	ctx          context.Context // of serve, which outlives the loop
	buf          []byte
	seen         map[netip.AddrPort]struct{}
	full         chan struct{} // closed when the next generation should take over
}

// ReadFrom gives the next good message, in canonical writing. Whatever else arrives is answered or dropped here, so
// that sipgo neither pools its source nor logs its bytes. Only the end of the generation is reported as an error: sipgo
// gives up the listener at the first.
func (g *udpGeneration) ReadFrom(b []byte) (int, net.Addr, error) {
	g.u.pooledOnce.Do(func() { close(g.u.pooled) })
	if len(g.seen) >= g.u.a.limits.UDPGeneration {
		return 0, nil, g.retire()
	}
	for {
		n, from, err := g.u.conn.ReadFromUDPAddrPort(g.buf)
		if err != nil {
			if errors.Is(err, net.ErrClosed) || g.ctx.Err() != nil {
				return 0, nil, net.ErrClosed
			}
			g.u.a.log.Warn("udp read failed", "listener", g.u.addr.String(), "err", err)
			pause(g.ctx, readPause)
			continue
		}
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		good := g.u.a.datagram(g.buf[:n], from, g.u)
		if len(good) == 0 {
			continue
		}
		g.seen[from] = struct{}{}
		return copy(b, good), net.UDPAddrFromAddrPort(from), nil
	}
}

// retire hands the socket to the next generation and keeps this one's pool entries while answers may need them.
func (g *udpGeneration) retire() error {
	close(g.full)
	pause(g.ctx, g.u.a.limits.linger)
	return net.ErrClosed
}

// Close leaves the shared socket open: serve's owner closes it.
func (g *udpGeneration) Close() error { return nil }

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
