package smpp

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"roadline/fmc"
)

// ServerOptions are what a Server stands on. All is required but where the field says otherwise.
type ServerOptions struct {
	Listen []net.Listener
	TLS    map[net.Listener]*tls.Config // for those that speak TLS
	// Admit says whose program it is that binds; an error of cause.Unavailable: nobody can say now. It may wait.
	Admit func(ctx context.Context, systemID, password string) (fmc.CompanyID, fmc.ProgramID, error)
	// Begin writes a message of a program to the journal and returns what it is called; goOn is called when the journal is on
	// disk, or whatever else happens. It does not wait. until zero: whatever is usual.
	Begin     func(company *fmc.Company, o fmc.MessageOrder, until time.Time) (id fmc.MessageID, goOn func(), err error)
	Journal   fmc.Journal
	Companies fmc.Directory
	Queue     Deliveries
	Terms     Terms // of the links
	Now       func() time.Time
	Log       *slog.Logger
}

// Deliveries is what programs are to be told: store.Operator.
type Deliveries interface {
	// RecoverDeliveries settles what an earlier process had out.
	RecoverDeliveries(ctx context.Context) error
	// ReturnDeliveries has wait again what stands as out for a program and was not given to it.
	ReturnDeliveries(ctx context.Context, who fmc.ProgramRef) error
	// DeliveriesDue are the programs for which something waits.
	DeliveriesDue(ctx context.Context) ([]fmc.ProgramRef, error)
	// TakeDeliveries takes what is due for a program, in order, and notes that it is out.
	TakeDeliveries(ctx context.Context, who fmc.ProgramRef, most int) ([]fmc.Delivery, error)
	// SettleDeliveries writes down what became of them.
	SettleDeliveries(ctx context.Context, outcomes []fmc.DeliveryOutcome) error
}

// Server is what the companies' own programs bind to.
type Server struct {
	o         ServerOptions
	log       *slog.Logger
	admission chan struct{} // a token for each bind that is looked at: that costs memory

	mu      sync.Mutex // guards:
	guests  []*member  // that are not bound, the oldest first
	bound   map[fmc.ProgramRef][]*member
	budgets map[fmc.ProgramRef]*budget
	turn    int
}

// Bounds of links that nobody knows yet.
const (
	admissionsAtOnce = 2
	guestsAtOnce     = 256
	guestsFrom       = 20               // of one address: as many links as a program may have
	bindTime         = 10 * time.Second // within which a link must be bound
	wrongWait        = time.Second      // before a wrong secret is answered
)

// NewServer makes a server; Run serves.
func NewServer(o ServerOptions) *Server {
	return &Server{
		o: o, log: o.Log, admission: make(chan struct{}, admissionsAtOnce), bound: map[fmc.ProgramRef][]*member{}, budgets: map[fmc.ProgramRef]*budget{},
	}
}

// Run takes links until ctx is done, and then unbinds those that stand.
func (s *Server) Run(ctx context.Context) error {
	var parts sync.WaitGroup
	for _, l := range s.o.Listen {
		parts.Go(func() {
			<-ctx.Done()
			_ = l.Close()
		})
		parts.Go(func() { s.accept(ctx, l) })
	}
	parts.Go(func() { s.deliver(ctx) })
	parts.Wait()
	return nil
}

// accept takes the links of one listener.
func (s *Server) accept(ctx context.Context, l net.Listener) {
	var links sync.WaitGroup
	defer links.Wait()
	for {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			s.log.Warn("link of a program not taken", "err", err)
			pause(ctx, wrongWait)
			continue
		}
		m := &member{server: s, from: addressFrom(conn), wire: conn, known: make(chan struct{})}
		s.welcome(m)
		if c := s.o.TLS[l]; c != nil {
			conn = tls.Server(conn, c)
		}
		links.Go(func() { s.serve(ctx, m, conn) })
	}
}

// welcome takes in a link that nobody knows yet, in place of the oldest such where there are too many.
func (s *Server) welcome(m *member) {
	s.mu.Lock()
	defer s.mu.Unlock()
	near := func(x *member) bool { return network(x.from) == network(m.from) }
	count := 0
	for _, x := range s.guests {
		if near(x) {
			count++
		}
	}
	out := -1
	switch {
	case count >= guestsFrom:
		out = slices.IndexFunc(s.guests, near)
	case len(s.guests) >= guestsAtOnce:
		out = 0
	}
	if out >= 0 {
		_ = s.guests[out].wire.Close() // its session sees it
		s.guests = slices.Delete(s.guests, out, out+1)
	}
	s.guests = append(s.guests, m)
}

// network is what one stranger has: an address, or a /64 of IPv6.
func network(a netip.Addr) netip.Addr {
	if p, err := a.Prefix(64); err == nil && a.Is6() {
		return p.Addr()
	}
	return a
}

// known takes a link out of those that nobody knows. mu is held.
func (s *Server) known(m *member) {
	s.guests = slices.DeleteFunc(s.guests, func(x *member) bool { return x == m })
}

// serve serves one link.
func (s *Server) serve(ctx context.Context, m *member, conn net.Conn) {
	m.s = newSession(conn, s.o.Terms, server{take: m.take, keep: s.o.Journal.Sync}, s.o.Now, s.log)
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	var parts sync.WaitGroup
	parts.Go(func() {
		defer end()
		m.live(ctx)
	})
	if err := m.s.Run(life); err != nil {
		who, _ := m.is()
		level := slog.LevelInfo
		if who.Company == "" {
			level = slog.LevelDebug // strangers do not fill the log
		}
		s.log.Log(ctx, level, "link of a program ended", "company", who.Company, "err", err)
	}
	end()
	parts.Wait()
	s.leave(m)
}

// live sees that a link is bound in time, and unbinds it at the stop, or once it may not be bound any more.
func (m *member) live(ctx context.Context) {
	late := time.NewTimer(bindTime)
	defer late.Stop()
	known := false
	select {
	case <-m.known:
		known = true
	case <-late.C:
	case <-m.s.done:
	case <-ctx.Done():
	}
	if !known || !m.stay(ctx) {
		return
	}
	left, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTime)
	defer cancel()
	m.s.Leave(left)
}

// stay waits until a link that is bound is to be unbound; false: it ended.
func (m *member) stay(ctx context.Context) bool {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for who, _ := m.is(); m.may(who); {
		select {
		case <-m.s.done:
			return false
		case <-ctx.Done():
			return true
		case <-tick.C:
		}
	}
	m.server.log.Info("program is unbound: the company's document does not allow its link any more")
	return true
}

func addressFrom(conn net.Conn) netip.Addr {
	a, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	return a.Addr().Unmap()
}

// ProgramState is how a program stands.
type ProgramState struct {
	Binds     int
	Sent      uint64 // messages of its that were taken since it bound, over the links that stand
	Throttled uint64 // that were refused, for they came faster than its rate allows, since the server started
}

// Throttled is how many messages of each program were refused since the server started, for they came faster than its rate
// allows.
func (s *Server) Throttled() map[fmc.ProgramRef]uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[fmc.ProgramRef]uint64{}
	for who, b := range s.budgets {
		all[who] = b.refused
	}
	return all
}

// States are how a company's programs stand that are bound, or sent something.
func (s *Server) States(company fmc.CompanyID) map[fmc.ProgramID]ProgramState {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[fmc.ProgramID]ProgramState{}
	for who, b := range s.budgets {
		if who.Company == company {
			all[who.Program] = ProgramState{Throttled: b.refused}
		}
	}
	for who, members := range s.bound {
		if who.Company != company {
			continue
		}
		p := all[who.Program]
		p.Binds = len(members)
		for _, m := range members {
			p.Sent += m.sent.Load()
		}
		all[who.Program] = p
	}
	return all
}

// leave forgets a link.
func (s *Server) leave(m *member) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known(m)
	who, _ := m.is()
	left := s.bound[who]
	for i, x := range left {
		if x == m {
			left = append(left[:i:i], left[i+1:]...)
			break
		}
	}
	if s.bound[who] = left; len(left) == 0 {
		delete(s.bound, who)
	}
}
