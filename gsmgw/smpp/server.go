package smpp

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/netip"
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
	guests    chan struct{} // likewise for each link that is not bound

	mu    sync.Mutex // guards:
	bound map[fmc.ProgramRef][]*member
	turn  int
}

// Bounds of links that nobody knows yet.
const (
	admissionsAtOnce = 2
	guestsAtOnce     = 64
	bindTime         = 10 * time.Second // within which a link must be bound
	wrongWait        = time.Second      // before a wrong secret is answered
)

// NewServer makes a server; Run serves.
func NewServer(o ServerOptions) *Server {
	s := &Server{o: o, log: o.Log, admission: make(chan struct{}, admissionsAtOnce), guests: make(chan struct{}, guestsAtOnce), bound: map[fmc.ProgramRef][]*member{}}
	return s
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
		select {
		case s.guests <- struct{}{}:
		default:
			_ = conn.Close()
			continue
		}
		if c := s.o.TLS[l]; c != nil {
			conn = tls.Server(conn, c)
		}
		links.Go(func() { s.serve(ctx, conn) })
	}
}

// serve serves one link.
func (s *Server) serve(ctx context.Context, conn net.Conn) {
	m := &member{server: s, from: addressFrom(conn), known: make(chan struct{})}
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
		s.log.Info("link of a program ended", "company", who.Company, "err", err)
	}
	end()
	parts.Wait()
	s.leave(m)
}

// live sees that a link is bound in time, and unbinds it at the stop.
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
	<-m.server.guests
	if !known {
		return
	}
	select {
	case <-m.s.done:
	case <-ctx.Done():
		left, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTime)
		defer cancel()
		m.s.Leave(left)
	}
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
	ID    fmc.ProgramID
	Binds int
	Sent  uint64 // messages of its that were taken since it bound, over the links that stand
}

// States are how a company's programs stand that are bound.
func (s *Server) States(company fmc.CompanyID) map[fmc.ProgramID]ProgramState {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[fmc.ProgramID]ProgramState{}
	for who, members := range s.bound {
		if who.Company != company {
			continue
		}
		p := ProgramState{ID: who.Program, Binds: len(members)}
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
