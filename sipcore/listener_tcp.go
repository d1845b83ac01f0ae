package sipcore

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"roadline/sipcore/wire"
)

// acceptPauses grow from the first to the last while accepting fails, as it does when the process is out of files.
const (
	acceptPauseFirst = 5 * time.Millisecond
	acceptPauseLast  = time.Second
)

// tcpListener is one bound TCP address as sipgo sees it: Accept gives only streams that passed the caps, each wrapped
// so that sipgo reads whole, good messages from it, and reports nothing but the end: sipgo gives up a listener at the
// first error.
type tcpListener struct {
	net.Listener
	addr netip.AddrPort
	a    *Agent
	ctx  context.Context // set by serve before sipgo calls Accept
}

func bindTCP(addr netip.AddrPort, a *Agent) (*tcpListener, error) {
	l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(addr))
	if err != nil {
		return nil, bindError(wire.TCP, addr, err)
	}
	return &tcpListener{Listener: l, addr: addrPort(l.Addr()), a: a, ctx: context.Background()}, nil
}

// Accept waits for the next admitted stream.
func (l *tcpListener) Accept() (net.Conn, error) {
	wait := acceptPauseFirst
	for {
		c, err := l.Listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed) || l.ctx.Err() != nil && err != nil:
			return nil, net.ErrClosed
		case err != nil:
			l.a.log.Warn("accept failed", "listener", l.addr.String(), "err", err)
			pause(l.ctx, wait)
			wait = min(2*wait, acceptPauseLast)
			continue
		}
		wait = acceptPauseFirst
		if s := l.a.streams.accept(c); s != nil {
			return s, nil
		}
		_ = c.Close()
	}
}

// dialled is the listener through which sipgo gets the streams that we opened: it would wrap its own connections in
// nothing, and what a carrier sends us on them deserves the same care.
type dialled struct {
	next chan *stream
	done <-chan struct{}
}

// Accept waits for the next opened stream.
func (d *dialled) Accept() (net.Conn, error) {
	select {
	case s := <-d.next:
		return s, nil
	case <-d.done:
		return nil, net.ErrClosed
	}
}

// Close does nothing: the agent's context ends it.
func (d *dialled) Close() error { return nil }

// Addr is no real address: nobody listens here.
func (d *dialled) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4zero} }

// streams are the open TCP connections of an agent by remote address.
type streams struct {
	a       *Agent
	dialled *dialled
	wg      sync.WaitGroup // one per stream, until its socket is closed

	mu    sync.Mutex // guards:
	open  map[netip.AddrPort]*stream
	perIP map[netip.Addr]int
	opens map[netip.AddrPort]*opening
	deaf  map[netip.AddrPort]time.Time // peers that took no stream for a long request, until when they are not asked again
	ended bool                         // no new ones
}

// opening is a connection being made; several senders wait for one.
type opening struct {
	done chan struct{}
	err  error
}

func newStreams(a *Agent) *streams {
	return &streams{
		a: a, dialled: &dialled{next: make(chan *stream), done: a.done},
		open: make(map[netip.AddrPort]*stream), perIP: make(map[netip.Addr]int), opens: make(map[netip.AddrPort]*opening),
		deaf: make(map[netip.AddrPort]time.Time),
	}
}

// accept wraps a connection that a peer opened, or refuses it with nil: too many of them, or a banned address.
func (s *streams) accept(c net.Conn) *stream {
	from := addrPort(c.RemoteAddr())
	limit := s.a.limits.MaxConnsPerIP
	switch {
	case s.a.up.trunk(from) || s.a.guard.Trusted(from.Addr()):
		limit = s.a.limits.MaxConns
	case !s.a.guard.AdmitConn(from):
		return nil
	}
	return s.add(newStream(c, s.a, false), limit)
}

// add registers a stream; nil when there are too many.
func (s *streams) add(st *stream, perIP int) *stream {
	ip := st.remote.Addr()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended || len(s.open) >= s.a.limits.MaxConns || s.perIP[ip] >= perIP {
		s.a.count.connsRefused.Add(1)
		return nil
	}
	s.open[st.remote] = st
	s.perIP[ip]++
	s.wg.Add(2) // until the socket is closed, and for the writer
	go st.write()
	return st
}

// remove forgets a closed stream.
func (s *streams) remove(st *stream) {
	s.mu.Lock()
	if s.open[st.remote] == st {
		delete(s.open, st.remote)
	}
	if ip := st.remote.Addr(); s.perIP[ip] > 1 {
		s.perIP[ip]--
	} else {
		delete(s.perIP, ip)
	}
	s.mu.Unlock()
	s.wg.Done()
}

// get returns the open stream to a peer.
func (s *streams) get(remote netip.AddrPort) (*stream, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st, ok := s.open[remote]
	return st, ok && !st.ending()
}

// count is how many are open.
func (s *streams) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

// dial opens a stream to a peer, or waits for the one being opened, until sipgo has it in its pool.
func (s *streams) dial(ctx context.Context, remote netip.AddrPort) error {
	s.mu.Lock()
	if st, ok := s.open[remote]; ok && !st.ending() {
		s.mu.Unlock()
		return st.adoption(ctx)
	}
	o, waiting := s.opens[remote]
	if !waiting {
		o = &opening{done: make(chan struct{})}
		s.opens[remote] = o
	}
	s.mu.Unlock()
	if !waiting {
		o.err = s.connect(ctx, remote)
		s.mu.Lock()
		delete(s.opens, remote)
		s.mu.Unlock()
		close(o.done)
	}
	select {
	case <-o.done:
		return o.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// offers reports whether a peer that is reached over UDP takes a stream too, and opens it. One that does not is not asked
// again for a while: asking may take a second where packets vanish.
func (s *streams) offers(ctx context.Context, remote netip.AddrPort) bool {
	now := s.a.now()
	s.mu.Lock()
	until := s.deaf[remote]
	s.mu.Unlock()
	if now.Before(until) {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if s.dial(ctx, remote) == nil {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.deaf) >= mostNames {
		clear(s.deaf)
	}
	s.deaf[remote] = now.Add(10 * time.Minute)
	return false
}

func (s *streams) connect(ctx context.Context, remote netip.AddrPort) error {
	local, err := s.a.sockets.local(wire.TCP, remote.Addr())
	d := net.Dialer{Timeout: s.a.limits.FirstMessage}
	if err == nil {
		d.LocalAddr = &net.TCPAddr{IP: local.Addr().AsSlice()}
	}
	c, err := d.DialContext(ctx, "tcp", remote.String())
	if err != nil {
		return err
	}
	st := s.add(newStream(c, s.a, true), s.a.limits.MaxConns)
	if st == nil {
		_ = c.Close()
		return errTooManyStreams
	}
	select {
	case s.dialled.next <- st:
		return st.adoption(ctx)
	case <-s.dialled.done:
	case <-ctx.Done():
	}
	_ = st.Close()
	return net.ErrClosed
}

// end closes every stream and waits until all are closed.
func (s *streams) end() {
	s.mu.Lock()
	s.ended = true
	all := make([]*stream, 0, len(s.open))
	for _, st := range s.open {
		all = append(all, st)
	}
	s.mu.Unlock()
	for _, st := range all {
		_ = st.Close()
	}
	s.wg.Wait()
}
